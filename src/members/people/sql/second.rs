//! Every statement about who counts as a second person, and who has signed in.

use chrono::{DateTime, Utc};

use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, PersonId, SchoolId};
use crate::members::people::second::Added;

pub(in crate::members::people) async fn added(tx: &mut Tx, hub: HubId, id: PersonId) -> Result<Option<Added>> {
    tx.query(
        "SELECT COALESCE(m.person_id, p.created_by) AS created_by, p.created_at
         FROM people p LEFT JOIN merged_people m ON m.hub_id = p.hub_id AND m.old_id = p.created_by
         WHERE p.hub_id = $1 AND p.id = $2",
    )
    .bind(hub)
    .bind(id)
    .optional()
    .await
}

/// The leads of a school, including those disabled since then.
pub(in crate::members::people) async fn leads_since(
    tx: &mut Tx,
    hub: HubId,
    school: SchoolId,
    since: DateTime<Utc>,
) -> Result<Vec<(PersonId,)>> {
    tx.query(
        "SELECT id FROM people
         WHERE hub_id = $1 AND role = 'school_lead' AND school_id = $2 AND (disabled_at IS NULL OR disabled_at > $3)
         ORDER BY id",
    )
    .bind(hub)
    .bind(school)
    .bind(since)
    .all()
    .await
}

/// Records that somebody signs in, the first time that they do.
pub(in crate::members::people) async fn signed_in(
    tx: &mut Tx,
    hub: HubId,
    id: PersonId,
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.query("UPDATE people SET signed_in_at = $3 WHERE hub_id = $1 AND id = $2 AND signed_in_at IS NULL")
        .bind(hub)
        .bind(id)
        .bind(now)
        .run()
        .await
}

/// Whether somebody has signed in before.
pub(in crate::members::people) async fn signs_in(tx: &mut Tx, hub: HubId, id: PersonId) -> Result<bool> {
    let row: Option<(bool,)> = tx
        .query("SELECT signed_in_at IS NOT NULL FROM people WHERE hub_id = $1 AND id = $2")
        .bind(hub)
        .bind(id)
        .optional()
        .await?;
    Ok(row.is_some_and(|row| row.0))
}

pub(in crate::members::people) async fn let_out(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Changed> {
    tx.query("UPDATE people SET signed_in_at = NULL WHERE hub_id = $1 AND id = $2").bind(hub).bind(person).run().await
}
