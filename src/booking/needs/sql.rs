//! Every statement of the needs: the only code that reads or writes their table.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{EventId, HubId, PersonId};
use crate::base::text::{Line, Prose};

/// A person's needs as they are stored.
#[derive(sqlx::FromRow)]
pub(super) struct Stored {
    pub(super) person_id: PersonId,
    /// In the clear: only what a release of before wrote.
    pub(super) access: Option<Prose>,
    pub(super) dietary: Option<Prose>,
    pub(super) sealed: Option<Vec<u8>>,
    pub(super) written_at: DateTime<Utc>,
}

/// The needs of a delegate as they are stored.
#[derive(sqlx::FromRow)]
pub(super) struct StoredOfDelegate {
    pub(super) person_name: Line,
    pub(super) school_name: Line,
    #[sqlx(flatten)]
    pub(super) stored: Stored,
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Option<Stored>> {
    tx.query("SELECT person_id, access, dietary, sealed, written_at FROM needs WHERE hub_id = $1 AND person_id = $2")
        .bind(hub)
        .bind(person)
        .optional()
        .await
}

/// Writes what was sealed in place of whatever stood there.
pub(super) async fn put(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    (sealed, key): (Vec<u8>, Option<Vec<u8>>),
    written_at: DateTime<Utc>,
) -> Result<Changed> {
    tx.query(
        "INSERT INTO needs (hub_id, person_id, access, dietary, sealed, sealed_with, written_at) VALUES ($1, $2, NULL, NULL, $3, $4, $5)
         ON CONFLICT (hub_id, person_id) DO UPDATE
         SET access = NULL, dietary = NULL, sealed = excluded.sealed, sealed_with = excluded.sealed_with, written_at = excluded.written_at",
    )
    .bind(hub)
    .bind(person)
    .bind(sealed)
    .bind(key)
    .bind(written_at)
    .run()
    .await
}

/// Some needs after a person that the key does not seal: those of before, and those of an older key.
pub(super) async fn unsealed_by(
    tx: &mut Tx,
    hub: HubId,
    key: Vec<u8>,
    after: Option<PersonId>,
    limit: i64,
) -> Result<Vec<Stored>> {
    tx.query(UNSEALED_BY).bind(hub).bind(key).bind(after.unwrap_or(PersonId(Uuid::nil()))).bind(limit).all().await
}

const UNSEALED_BY: &str = "SELECT person_id, access, dietary, sealed, written_at FROM needs
     WHERE hub_id = $1 AND (sealed_with IS NULL OR sealed_with <> $2) AND person_id > $3
     ORDER BY person_id LIMIT $4";

pub(super) async fn delete(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Changed> {
    tx.query("DELETE FROM needs WHERE hub_id = $1 AND person_id = $2").bind(hub).bind(person).run().await
}

/// The needs of those who hold a place, if the event ended after `since`.
pub(super) async fn of_event(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    since: DateTime<Utc>,
    after: Option<PersonId>,
    limit: i64,
) -> Result<Vec<StoredOfDelegate>> {
    tx.query(
        "SELECT n.person_id, p.name AS person_name, s.name AS school_name, n.access, n.dietary, n.sealed, n.written_at
         FROM events e
         JOIN bookings b ON b.hub_id = e.hub_id AND b.event_id = e.id
         JOIN needs n ON n.hub_id = b.hub_id AND n.person_id = b.person_id
         JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
         JOIN schools s ON s.hub_id = b.hub_id AND s.id = b.school_id
         WHERE e.hub_id = $1 AND e.id = $2 AND e.ends_at > $3
           AND b.state IN ('requested', 'confirmed', 'attended', 'no_show')
           AND n.person_id > $4
         ORDER BY n.person_id LIMIT $5",
    )
    .bind(hub)
    .bind(event)
    .bind(since)
    .bind(after.unwrap_or(PersonId(Uuid::nil())))
    .bind(limit)
    .all()
    .await
}

/// Needs written before `since`, by people with no place, or wait for one, on an event that ended after it. Joined in
/// the order of the text, which SQLite keeps for CROSS JOIN: a person has few bookings, a hub many events.
const PURGE: &str = "DELETE FROM needs
     WHERE hub_id = $1 AND written_at <= $2
       AND NOT EXISTS (
           SELECT 1 FROM bookings b CROSS JOIN events e
           WHERE b.hub_id = needs.hub_id AND b.person_id = needs.person_id
             AND b.state IN ('requested', 'waitlisted', 'confirmed', 'attended', 'no_show')
             AND e.hub_id = b.hub_id AND e.id = b.event_id AND e.ends_at > $2)";

/// Whether there are any to purge.
const OUTLIVED: &str = "SELECT person_id FROM needs
     WHERE hub_id = $1 AND written_at <= $2
       AND NOT EXISTS (
           SELECT 1 FROM bookings b CROSS JOIN events e
           WHERE b.hub_id = needs.hub_id AND b.person_id = needs.person_id
             AND b.state IN ('requested', 'waitlisted', 'confirmed', 'attended', 'no_show')
             AND e.hub_id = b.hub_id AND e.id = b.event_id AND e.ends_at > $2)
     LIMIT 1";

pub(super) async fn outlived(tx: &mut Tx, hub: HubId, since: DateTime<Utc>) -> Result<bool> {
    let row: Option<(PersonId,)> = tx.query(OUTLIVED).bind(hub).bind(since).optional().await?;
    Ok(row.is_some())
}

pub(super) async fn purge(tx: &mut Tx, hub: HubId, since: DateTime<Utc>) -> Result<Changed> {
    tx.query(PURGE).bind(hub).bind(since).run().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn what_is_to_be_purged_is_found_by_index() {
        for statement in [PURGE, OUTLIVED] {
            let plan = plan(statement).await;
            for step in [
                "needs USING INDEX needs_by_age (hub_id=? AND written_at<?)",
                "b USING INDEX bookings_by_person (hub_id=? AND person_id=?)",
            ] {
                assert!(plan.iter().any(|found| found.contains(step)), "{plan:#?}");
            }
        }
    }
}
