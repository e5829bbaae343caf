//! Every statement about who was invited.

use chrono::{DateTime, Utc};

use crate::base::db::{Result, Tx};
use crate::base::ids::{HubId, PersonId};
use crate::members::people::Invitation;

pub(in crate::members::people) async fn latest(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
) -> Result<Option<Invitation>> {
    tx.query(
        "SELECT created_at, expires_at, used_at FROM invitations
         WHERE hub_id = $1 AND person_id = $2
         ORDER BY created_at DESC, expires_at DESC LIMIT 1",
    )
    .bind(hub)
    .bind(person)
    .optional()
    .await
}

/// The invitations of these people that still work, and until when.
pub(in crate::members::people) async fn working(
    tx: &mut Tx,
    hub: HubId,
    people: &[PersonId],
    now: DateTime<Utc>,
) -> Result<Vec<(PersonId, DateTime<Utc>)>> {
    tx.rows_all::<3, _, _>(
        "WITH wanted (hub_id, person_id, at) AS (VALUES $rows)
         SELECT i.person_id, i.expires_at
         FROM wanted w JOIN invitations i ON i.hub_id = w.hub_id AND i.person_id = w.person_id
         WHERE i.used_at IS NULL AND i.expires_at > w.at",
        people,
        |query, person| query.bind(hub).bind(*person).bind(now),
    )
    .await
}

/// How many enabled people have not signed in and have no invitation that works.
pub(in crate::members::people) async fn uninvited(
    tx: &mut Tx,
    hub: HubId,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<i64> {
    let (count,): (i64,) = tx
        .query(
            "SELECT COUNT(*)
             FROM (SELECT p.id FROM people p
                   WHERE p.hub_id = $1 AND p.signed_in_at IS NULL AND p.disabled_at IS NULL AND p.erased_at IS NULL
                     AND NOT EXISTS (
                         SELECT 1 FROM invitations i
                         WHERE i.hub_id = p.hub_id AND i.person_id = p.id AND i.used_at IS NULL AND i.expires_at > $2)
                   LIMIT $3) u",
        )
        .bind(hub)
        .bind(now)
        .bind(limit)
        .one()
        .await?;
    Ok(count)
}
