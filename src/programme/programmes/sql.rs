//! Every statement of the programmes and priorities; those of the events are in [`events`], of their sessions in
//! [`sessions`], of the catalogue in [`catalogue`].

pub(super) mod catalogue;
pub(super) mod events;
pub(super) mod sessions;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::priorities::Priority;
use super::{Filter, NewProgramme, Programme, Provider};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, PriorityId, ProgrammeId, SchoolId};
use crate::base::text::{Line, Prose, fold};

/// Programmes, each with the name of its provider; goes on with the conditions.
macro_rules! programmes {
    ($where:literal) => {
        concat!(
            "SELECT p.id, p.kind, p.title, p.description, p.phase, p.priority_id, p.provider_kind, p.provider_school_id, p.provider_partner_id,
                    COALESCE(s.name, q.name, h.name) AS provider_name, p.state, p.returned_because, p.version, p.created_at
             FROM programmes p
             JOIN hubs h ON h.id = p.hub_id
             LEFT JOIN schools s ON s.hub_id = p.hub_id AND s.id = p.provider_school_id
             LEFT JOIN partners q ON q.hub_id = p.hub_id AND q.id = p.provider_partner_id
             WHERE p.hub_id = $1 AND ",
            $where
        )
    };
}

/// The columns of a priority.
macro_rules! priority_columns {
    () => {
        "id, name, created_at"
    };
}

pub(super) async fn insert(
    tx: &mut Tx,
    hub: HubId,
    id: ProgrammeId,
    new: &NewProgramme,
    now: DateTime<Utc>,
) -> Result<Changed> {
    let (kind, school, partner) = new.provider.parts();
    tx.query(
        "INSERT INTO programmes (hub_id, id, kind, title, description, search, phase, priority_id, provider_kind, provider_school_id, provider_partner_id, version, created_at, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $13)",
    )
    .bind(hub)
    .bind(id)
    .bind(new.kind)
    .bind(new.title.clone())
    .bind(new.description.clone())
    .bind(search(&new.title, &new.description))
    .bind(new.phase)
    .bind(new.priority_id)
    .bind(kind)
    .bind(school)
    .bind(partner)
    .bind(now)
    .bind(new.stage)
    .run()
    .await
}

pub(super) async fn update(tx: &mut Tx, hub: HubId, programme: &Programme) -> Result<Changed> {
    tx.query(
        "UPDATE programmes SET kind = $4, title = $5, description = $6, search = $7, phase = $8, priority_id = $9,
             returned_because = NULL, version = $3
         WHERE hub_id = $1 AND id = $2 AND version = $3 - 1",
    )
    .bind(hub)
    .bind(programme.id)
    .bind(programme.version)
    .bind(programme.kind)
    .bind(programme.title.clone())
    .bind(programme.description.clone())
    .bind(search(&programme.title, &programme.description))
    .bind(programme.phase)
    .bind(programme.priority_id)
    .run()
    .await
}

/// The text that the text filter searches.
fn search(title: &Line, description: &Prose) -> String {
    fold::searchable(&format!("{title}\n{description}"))
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, id: ProgrammeId) -> Result<Option<Programme>> {
    tx.query(programmes!("p.id = $2")).bind(hub).bind(id).optional().await
}

pub(super) async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: &Filter,
    after: Option<ProgrammeId>,
    limit: i64,
) -> Result<Vec<Programme>> {
    tx.query(programmes!(
        "($2 IS NULL OR p.kind = $2)
               AND ($3 IS NULL OR p.phase = $3)
               AND ($4 IS NULL OR p.priority_id = $4)
               AND ($5 IS NULL OR p.search LIKE $5 ESCAPE '\\')
               AND ($6 IS NULL OR p.provider_partner_id = $6)
               AND ($7 IS NULL OR p.id > $7)
               AND ($9 OR p.state = 'published')
             ORDER BY p.id LIMIT $8"
    ))
    .bind(hub)
    .bind(filter.kind)
    .bind(filter.phase)
    .bind(filter.priority)
    .bind(filter.text.as_ref().map(Line::pattern))
    .bind(filter.partner)
    .bind(after)
    .bind(limit)
    .bind(filter.drafts)
    .all()
    .await
}

/// Makes a draft visible to everyone.
pub(super) async fn publish(tx: &mut Tx, hub: HubId, id: ProgrammeId) -> Result<Changed> {
    tx.query(
        "UPDATE programmes SET state = 'published', returned_because = NULL, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND state = 'draft'",
    )
    .bind(hub)
    .bind(id)
    .run()
    .await
}

/// Says why a draft is sent back; with nothing, that it waits again.
pub(super) async fn send_back(tx: &mut Tx, hub: HubId, id: ProgrammeId, because: Option<&Line>) -> Result<Changed> {
    tx.query(
        "UPDATE programmes SET returned_because = $3, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND state = 'draft'",
    )
    .bind(hub)
    .bind(id)
    .bind(because.cloned())
    .run()
    .await
}

/// Deletes a draft.
pub(super) async fn delete(tx: &mut Tx, hub: HubId, id: ProgrammeId) -> Result<Changed> {
    tx.query("DELETE FROM programmes WHERE hub_id = $1 AND id = $2 AND state = 'draft'").bind(hub).bind(id).run().await
}

/// Whether the provider exists in the hub.
pub(super) async fn provider_exists(tx: &mut Tx, hub: HubId, provider: Provider) -> Result<bool> {
    let query = match provider {
        Provider::Hub => return Ok(true),
        Provider::School(id) => {
            tx.query("SELECT id FROM schools WHERE hub_id = $1 AND id = $2 AND successor_id IS NULL").bind(hub).bind(id)
        }
        Provider::Partner(id) => tx.query("SELECT id FROM partners WHERE hub_id = $1 AND id = $2").bind(hub).bind(id),
    };
    Ok(query.optional::<(uuid::Uuid,)>().await?.is_some())
}

pub(super) async fn insert_priority(tx: &mut Tx, hub: HubId, priority: &Priority) -> Result<Changed> {
    tx.query("INSERT INTO priorities (hub_id, id, name, name_key, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(hub)
        .bind(priority.id)
        .bind(priority.name.clone())
        .bind(priority.name.key())
        .bind(priority.created_at)
        .run()
        .await
}

pub(super) async fn priority(tx: &mut Tx, hub: HubId, id: PriorityId) -> Result<Option<Priority>> {
    tx.query(concat!("SELECT ", priority_columns!(), " FROM priorities WHERE hub_id = $1 AND id = $2"))
        .bind(hub)
        .bind(id)
        .optional()
        .await
}

pub(super) async fn priorities(
    tx: &mut Tx,
    hub: HubId,
    text: Option<&Line>,
    after: Option<(String, PriorityId)>,
    limit: i64,
) -> Result<Vec<Priority>> {
    let (key, id) = after.unwrap_or((String::new(), PriorityId(Uuid::nil())));
    tx.query(concat!(
        "SELECT ",
        priority_columns!(),
        " FROM priorities
         WHERE hub_id = $1 AND (name_key, id) > ($2, $3)
           AND CASE WHEN ($5 IS NULL OR name_key LIKE $5 ESCAPE '\\') THEN TRUE ELSE FALSE END
         ORDER BY name_key, id LIMIT $4"
    ))
    .bind(hub)
    .bind(key)
    .bind(id)
    .bind(limit)
    .bind(text.map(Line::pattern))
    .all()
    .await
}

/// Makes the school's programmes its successor's.
pub(super) async fn pass_to_successor(
    tx: &mut Tx,
    hub: HubId,
    (school, successor): (SchoolId, SchoolId),
) -> Result<Changed> {
    tx.query(
        "UPDATE programmes SET provider_school_id = $3, version = version + 1
         WHERE hub_id = $1 AND provider_school_id = $2",
    )
    .bind(hub)
    .bind(school)
    .bind(successor)
    .run()
    .await
}
