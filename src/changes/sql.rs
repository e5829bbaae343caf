//! Every statement of the changes.

use chrono::{DateTime, Utc};

use super::{Change, Kind, Recorded};
use crate::db::{Result, Tx, Writes};
use crate::ids::{HubId, PersonId};

pub(super) fn insert(
    tx: &Tx,
    writes: &mut Writes,
    hub: HubId,
    (actor, now): (Option<PersonId>, DateTime<Utc>),
    changes: &[(i64, &Change)],
) {
    writes.add::<7, _>(
        tx,
        "WITH new (hub_id, sequence, recorded_at, actor_id, kind, subject_id, data) AS (VALUES $rows)
         INSERT INTO changes (hub_id, sequence, recorded_at, actor_id, kind, subject_id, data)
         SELECT hub_id, sequence, recorded_at, actor_id, kind, subject_id, data FROM new WHERE sequence IS NOT NULL",
        changes,
        |query, new| {
            let change = new.map(|(_, change)| change);
            query
                .bind(hub)
                .bind(new.map(|(sequence, _)| *sequence))
                .bind(now)
                .bind(change.filter(|change| !change.anonymous).and_then(|change| change.actor.or(actor)))
                .bind(change.map(|change| change.kind))
                .bind(change.map(|change| change.subject.clone()))
                .bind(change.map(|change| change.data.clone()))
        },
    );
}

/// The number of the last change of the hub.
pub(super) async fn last(tx: &mut Tx, hub: HubId) -> Result<i64> {
    let last: Option<(i64,)> =
        tx.query("SELECT changes FROM ledger_heads WHERE hub_id = $1").bind(hub).optional().await?;
    Ok(last.map_or(0, |(last,)| last))
}

pub(super) async fn after(tx: &mut Tx, hub: HubId, after: i64, to: i64, limit: i64) -> Result<Vec<Recorded>> {
    tx.query(
        "SELECT sequence, recorded_at, actor_id, kind, subject_id, data FROM changes
         WHERE hub_id = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence LIMIT $4",
    )
    .bind(hub)
    .bind(after)
    .bind(to)
    .bind(limit)
    .all()
    .await
}

pub(super) async fn of_kind_after(
    tx: &mut Tx,
    hub: HubId,
    after: i64,
    to: i64,
    kind: Kind,
    limit: i64,
) -> Result<Vec<Recorded>> {
    tx.query(
        "SELECT sequence, recorded_at, actor_id, kind, subject_id, data FROM changes
         WHERE hub_id = $1 AND sequence > $2 AND sequence <= $3 AND kind = $4 ORDER BY sequence LIMIT $5",
    )
    .bind(hub)
    .bind(after)
    .bind(to)
    .bind(kind)
    .bind(limit)
    .all()
    .await
}

/// How many changes there are, and the number of the last.
pub(super) async fn counted(tx: &mut Tx, hub: HubId) -> Result<(i64, i64)> {
    tx.query("SELECT COUNT(*), COALESCE(MAX(sequence), 0) FROM changes WHERE hub_id = $1").bind(hub).one().await
}
