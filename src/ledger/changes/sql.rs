//! Every statement of the changes.

use chrono::{DateTime, Utc};

use super::row::{Row, Sealed};
use super::{Change, Kind, Recorded};
use crate::base::db::{Result, Tx, Writes};
use crate::base::ids::{HubId, PersonId};
use crate::base::seal::Hash;

/// The columns of a change as it is told.
macro_rules! columns {
    () => {
        "sequence, recorded_at, actor_id, kind, subject_id, data"
    };
}

/// A change to be written.
pub(super) struct NewChange<'a> {
    pub(super) sequence: i64,
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) actor: Option<PersonId>,
    pub(super) change: &'a Change,
    pub(super) data: String,
    pub(super) hash: Hash,
}

impl NewChange<'_> {
    pub(super) fn sealed(&self, hub: HubId) -> Sealed<'_> {
        Sealed {
            hub: hub.0,
            sequence: self.sequence,
            recorded_at: self.recorded_at,
            actor: self.actor.map(|actor| actor.0),
            kind: self.change.kind.as_str(),
            subject: &self.change.subject,
            data: &self.data,
            grounds: self.change.grounds.as_ref().map(Hash::as_slice),
        }
    }
}

pub(super) fn insert(tx: &Tx, writes: &mut Writes, hub: HubId, changes: &[NewChange<'_>]) {
    writes.add::<9, _>(
        tx,
        "WITH new (hub_id, sequence, recorded_at, actor_id, kind, subject_id, data, grounds, hash) AS (VALUES $rows)
         INSERT INTO changes (hub_id, sequence, recorded_at, actor_id, kind, subject_id, data, grounds, hash)
         SELECT hub_id, sequence, recorded_at, actor_id, kind, subject_id, data, grounds, hash FROM new WHERE sequence IS NOT NULL",
        changes,
        |query, new| {
            query
                .bind(hub)
                .bind(new.map(|new| new.sequence))
                .bind(new.map(|new| new.recorded_at))
                .bind(new.and_then(|new| new.actor))
                .bind(new.map(|new| new.change.kind))
                .bind(new.map(|new| new.change.subject.clone()))
                .bind(new.map(|new| new.data.clone()))
                .bind(new.and_then(|new| new.change.grounds).map(|grounds| grounds.to_vec()))
                .bind(new.map(|new| new.hash.to_vec()))
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
    tx.query(concat!(
        "SELECT ",
        columns!(),
        " FROM changes
         WHERE hub_id = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence LIMIT $4"
    ))
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
    tx.query(concat!(
        "SELECT ",
        columns!(),
        " FROM changes
         WHERE hub_id = $1 AND sequence > $2 AND sequence <= $3 AND kind = $4 ORDER BY sequence LIMIT $5"
    ))
    .bind(hub)
    .bind(after)
    .bind(to)
    .bind(kind)
    .bind(limit)
    .all()
    .await
}

/// The number and hash of the last change, by the hub's counter; none where there is no ledger.
pub(super) async fn head(tx: &mut Tx, hub: HubId) -> Result<Option<(i64, Vec<u8>)>> {
    tx.query("SELECT changes, changes_hash FROM ledger_heads WHERE hub_id = $1").bind(hub).optional().await
}

/// A page of the changes, unparsed.
pub(super) async fn rows(tx: &mut Tx, hub: HubId, after: i64, limit: i64) -> Result<Vec<Row>> {
    tx.query(concat!(
        "SELECT ",
        columns!(),
        ", grounds, hash FROM changes
         WHERE hub_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3"
    ))
    .bind(hub)
    .bind(after)
    .bind(limit)
    .all()
    .await
}
