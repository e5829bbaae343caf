//! Every statement of the API keys.

use chrono::{DateTime, Utc};

use super::{ApiKey, Digest, Standing};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{ApiKeyId, HubId, PersonId};

/// The columns of a key.
macro_rules! columns {
    () => {
        "id, name, person_id, scope, created_at, created_by, expires_at, last_used_at, revoked_at, revoked_by"
    };
}

pub(super) async fn insert(tx: &mut Tx, hub: HubId, key: &ApiKey) -> Result<Changed> {
    tx.query(
        "INSERT INTO api_keys (hub_id, id, name, person_id, scope, created_at, created_by, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(hub)
    .bind(key.id)
    .bind(key.name.clone())
    .bind(key.person_id)
    .bind(key.scope)
    .bind(key.created_at)
    .bind(key.created_by)
    .bind(key.expires_at)
    .run()
    .await
}

/// The keys of a person that are not revoked.
pub(super) async fn of_person(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Vec<ApiKey>> {
    tx.query(concat!(
        "SELECT ",
        columns!(),
        " FROM api_keys WHERE hub_id = $1 AND person_id = $2 AND revoked_at IS NULL ORDER BY id"
    ))
    .bind(hub)
    .bind(person)
    .all()
    .await
}

pub(super) async fn hand_over(tx: &mut Tx, hub: HubId, (from, to): (PersonId, PersonId)) -> Result<Changed> {
    tx.query("UPDATE api_keys SET person_id = $3 WHERE hub_id = $1 AND person_id = $2")
        .bind(hub)
        .bind(from)
        .bind(to)
        .run()
        .await
}

pub(super) async fn insert_digest(tx: &mut Tx, hub: HubId, key: ApiKeyId, digest: &Digest) -> Result<Changed> {
    tx.query("INSERT INTO api_key_digests (digest, hub_id, key_id) VALUES ($1, $2, $3)")
        .bind(digest.to_vec())
        .bind(hub)
        .bind(key)
        .run()
        .await
}

/// A key does not name its hub: its digest does.
pub(super) async fn opened_by(tx: &mut Tx, digest: &Digest) -> Result<Option<(HubId, ApiKeyId)>> {
    tx.query("SELECT hub_id, key_id FROM api_key_digests WHERE digest = $1").bind(digest.to_vec()).optional().await
}

pub(super) async fn standing(tx: &mut Tx, hub: HubId, key: ApiKeyId) -> Result<Option<Standing>> {
    tx.query(
        "SELECT k.person_id, k.scope, k.created_by, k.expires_at, k.last_used_at, k.revoked_at, p.role, p.disabled_at
         FROM api_keys k JOIN people p ON p.hub_id = k.hub_id AND p.id = k.person_id
         WHERE k.hub_id = $1 AND k.id = $2",
    )
    .bind(hub)
    .bind(key)
    .optional()
    .await
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, id: ApiKeyId) -> Result<Option<ApiKey>> {
    tx.query(concat!("SELECT ", columns!(), " FROM api_keys WHERE hub_id = $1 AND id = $2"))
        .bind(hub)
        .bind(id)
        .optional()
        .await
}

/// All keys of a hub.
const OF_HUB: &str =
    concat!("SELECT ", columns!(), " FROM api_keys WHERE hub_id = $1 AND ($2 IS NULL OR id > $2) ORDER BY id LIMIT $3");

/// Those of one person.
const OF_PERSON: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM api_keys WHERE hub_id = $1 AND ($2 IS NULL OR id > $2) AND person_id = $4 ORDER BY id LIMIT $3"
);

pub(super) async fn list(
    tx: &mut Tx,
    hub: HubId,
    person: Option<PersonId>,
    after: Option<ApiKeyId>,
    limit: i64,
) -> Result<Vec<ApiKey>> {
    let query = tx.query(if person.is_some() { OF_PERSON } else { OF_HUB }).bind(hub).bind(after).bind(limit);
    match person {
        Some(person) => query.bind(person).all().await,
        None => query.all().await,
    }
}

pub(super) async fn revoke(
    tx: &mut Tx,
    hub: HubId,
    id: ApiKeyId,
    now: DateTime<Utc>,
    by: Option<PersonId>,
) -> Result<Changed> {
    tx.query(
        "UPDATE api_keys SET revoked_at = $3, revoked_by = $4 WHERE hub_id = $1 AND id = $2 AND revoked_at IS NULL",
    )
    .bind(hub)
    .bind(id)
    .bind(now)
    .bind(by)
    .run()
    .await
}

pub(super) async fn note_use(
    tx: &mut Tx,
    hub: HubId,
    id: ApiKeyId,
    now: DateTime<Utc>,
    before: DateTime<Utc>,
) -> Result<Changed> {
    tx.query(
        "UPDATE api_keys SET last_used_at = $3
         WHERE hub_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at <= $4 OR last_used_at > $3)",
    )
    .bind(hub)
    .bind(id)
    .bind(now)
    .bind(before)
    .run()
    .await
}
