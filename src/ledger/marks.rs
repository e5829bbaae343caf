//! What marks the end of a hub's chain, so that whoever has only the database can't continue it.
//!
//! The mark of a head is a code that only the service can make, over the hub, the sequence and the hash, which seals
//! all that came before. Whoever opens a journal to post checks the mark of the head that they find, and posts only if
//! it is good: nothing follows what somebody else wrote. The mark is not part of the chain, and does not travel with
//! it. No mark can expose an older head that is restored with its own mark: the signed checkpoints of later heads do.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::chain::{GENESIS, Hash};
use super::kept::KeptHead;
use super::sql;
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::HubId;
use crate::base::seal::Marker;

/// The message that the mark of a head is made over.
fn message(hub: HubId, sequence: i64, hash: &Hash) -> Vec<u8> {
    [b"hub-credits head 1".as_slice(), hub.0.as_bytes(), &sequence.to_be_bytes(), hash].concat()
}

/// The mark of a head.
pub(super) fn mark(marker: &dyn Marker, hub: HubId, sequence: i64, hash: &Hash) -> Hash {
    marker.mark(&message(hub, sequence, hash))
}

/// Whether the service made this head. Where nothing was posted yet, there is nothing to prove.
pub fn is_genuine(marker: &dyn Marker, hub: HubId, sequence: i64, hash: &Hash, mark: Option<&[u8]>) -> bool {
    match sequence {
        0 => *hash == GENESIS,
        _ => mark.is_some_and(|mark| marker.made(&message(hub, sequence, hash), mark)),
    }
}

/// The end of a hub's chain, with its mark.
#[derive(Clone, Debug)]
pub struct Marked {
    /// The hub whose chain it is.
    pub hub: HubId,
    /// The end of the chain.
    pub head: KeptHead,
    /// The mark that was stored with it, if any.
    pub mark: Option<Vec<u8>>,
}

/// The end of the hub's chain with its mark.
pub async fn marked_head(tx: &mut Tx, hub: HubId) -> Result<Option<Marked>> {
    let row = tx
        .query("SELECT hub_id, sequence, hash, mark FROM ledger_heads WHERE hub_id = $1")
        .bind(hub)
        .optional()
        .await?;
    Ok(row.map(Marked::of_row))
}

/// A page of the ends of all hubs' chains, in the order of the hubs' ids, after one of them.
pub async fn marked_heads(tx: &mut Tx, after: Option<HubId>, limit: i64) -> Result<Vec<Marked>> {
    let rows = tx
        .query("SELECT hub_id, sequence, hash, mark FROM ledger_heads WHERE hub_id > $1 ORDER BY hub_id LIMIT $2")
        .bind(after.unwrap_or(HubId(Uuid::nil())))
        .bind(limit)
        .all()
        .await?;
    Ok(rows.into_iter().map(Marked::of_row).collect())
}

impl Marked {
    /// A row whose hash is malformed is the end of no chain.
    fn of_row((hub, sequence, hash, mark): (HubId, i64, Vec<u8>, Option<Vec<u8>>)) -> Marked {
        let hash = Hash::try_from(hash).unwrap_or([0xff; 32]);
        Marked { hub, head: KeptHead { sequence, hash }, mark }
    }
}

/// The hash of the hub's transaction of this sequence, and when it was recorded.
pub async fn sealed_at(tx: &mut Tx, hub: HubId, sequence: i64) -> Result<Option<(Vec<u8>, DateTime<Utc>)>> {
    tx.query("SELECT hash, recorded_at FROM transactions WHERE hub_id = $1 AND sequence = $2")
        .bind(hub)
        .bind(sequence)
        .optional()
        .await
}

/// Marks the head of a hub as the service's own, whoever made it: for an operator who vouches for it. Changes nothing
/// where the hub has another head.
pub async fn adopt_head(tx: &mut Tx, marker: &dyn Marker, hub: HubId, head: KeptHead) -> Result<Changed> {
    let mark = mark(marker, hub, head.sequence, &head.hash);
    sql::mark_head(tx, hub, head.sequence, &head.hash, &mark).await
}
