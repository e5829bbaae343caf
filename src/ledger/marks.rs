//! What the end of a hub's chain is marked with, so that whoever has only the database can't continue it.
//!
//! A head is marked with a code that only the service can make, over the hub, the sequence and the hash, which seals
//! all that came before. Whoever opens a journal to post looks whether the head that they find was marked, and posts only
//! then: nothing comes after what somebody else wrote. The mark is no part of the chain, and goes nowhere with it. An
//! older head that comes back with its own mark is no forgery that a mark could find: what was signed of later ones is.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::chain::{GENESIS, Hash};
use super::kept::KeptHead;
use super::sql;
use crate::db::{Changed, Result, Tx};
use crate::ids::HubId;

/// Who can mark heads: the keys of the service.
pub trait Marker: Send + Sync {
    /// The mark of a message.
    fn mark(&self, message: &[u8]) -> Hash;
    /// Whether a mark of that message was made with a key that lives.
    fn made(&self, message: &[u8], mark: &[u8]) -> bool;
}

/// Who can mark heads, shared by all who post.
pub type Marks = Arc<dyn Marker>;

/// What is marked of a head.
fn message(hub: HubId, sequence: i64, hash: &Hash) -> Vec<u8> {
    [b"hub-credits head 1".as_slice(), hub.0.as_bytes(), &sequence.to_be_bytes(), hash].concat()
}

/// The mark of a head.
pub(super) fn mark(marker: &dyn Marker, hub: HubId, sequence: i64, hash: &Hash) -> Hash {
    marker.mark(&message(hub, sequence, hash))
}

/// Whether the service made this head. Where nothing was posted yet there is nothing to be made.
pub fn is_genuine(marker: &dyn Marker, hub: HubId, sequence: i64, hash: &Hash, mark: Option<&[u8]>) -> bool {
    match sequence {
        0 => *hash == GENESIS,
        _ => mark.is_some_and(|mark| marker.made(&message(hub, sequence, hash), mark)),
    }
}

/// The end of a hub's chain, and what it is marked with.
#[derive(Clone, Debug)]
pub struct Marked {
    /// The hub.
    pub hub: HubId,
    /// The end.
    pub head: KeptHead,
    /// Its mark.
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

/// A page of the ends of all hubs' chains, by the hub's id, after one.
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
    /// A hash that is none is no end of any chain.
    fn of_row((hub, sequence, hash, mark): (HubId, i64, Vec<u8>, Option<Vec<u8>>)) -> Marked {
        let hash = Hash::try_from(hash).unwrap_or([0xff; 32]);
        Marked { hub, head: KeptHead { sequence, hash }, mark }
    }
}

/// The hash of the hub's transaction of a sequence, and when it was recorded.
pub async fn sealed_at(tx: &mut Tx, hub: HubId, sequence: i64) -> Result<Option<(Vec<u8>, DateTime<Utc>)>> {
    tx.query("SELECT hash, recorded_at FROM transactions WHERE hub_id = $1 AND sequence = $2")
        .bind(hub)
        .bind(sequence)
        .optional()
        .await
}

/// Marks the head of a hub as the service's own, whoever made it: for one who vouches for it. Nothing is changed where
/// the hub has another head.
pub async fn adopt_head(tx: &mut Tx, marker: &dyn Marker, hub: HubId, head: KeptHead) -> Result<Changed> {
    let mark = mark(marker, hub, head.sequence, &head.hash);
    sql::mark_head(tx, hub, head.sequence, &head.hash, &mark).await
}
