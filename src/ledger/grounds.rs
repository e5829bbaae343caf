//! What decided transactions, as they say it by a digest, for those who compare it with the records.

use uuid::Uuid;

use super::sql;
use super::verify::{Difference, first_wrong};
use crate::db::{Result, Tx};
use crate::ids::{HubId, TransactionId};

/// A transaction that says what decided it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Grounded {
    /// The hub's number of it.
    pub sequence: i64,
    /// The kind of its source.
    pub source_kind: String,
    /// The id of its source.
    pub source_id: Uuid,
    /// The digest.
    pub grounds: Vec<u8>,
}

/// A page of the transactions that say what decided them, but those of bookings, in the order of the journal.
pub async fn grounded(tx: &mut Tx, hub: HubId, after: i64, limit: i64) -> Result<Vec<Grounded>> {
    sql::grounded(tx, hub, after, limit).await
}

/// How many transactions of bookings say what decided them.
pub async fn grounded_bookings(tx: &mut Tx, hub: HubId) -> Result<i64> {
    sql::grounded_bookings(tx, hub).await
}

/// What decided these transactions, of those that are there; nothing of those of before there were digests.
pub async fn grounds(tx: &mut Tx, hub: HubId, ids: &[TransactionId]) -> Result<Vec<(TransactionId, Option<Vec<u8>>)>> {
    sql::grounds(tx, hub, ids).await
}

/// The first transaction that does not say what decided it though one before it does. What reverses one of before there
/// were digests has none either.
pub async fn first_ungrounded(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let checks: [(&str, &'static str); 1] = [(
        "a transaction does not say what decided it",
        "SELECT t.sequence, t.source_kind FROM transactions t
         WHERE t.hub_id = $1 AND t.grounds IS NULL AND t.reverses IS NULL
           AND t.sequence > (SELECT MIN(g.sequence) FROM transactions g WHERE g.hub_id = $1 AND g.grounds IS NOT NULL)
         ORDER BY t.sequence LIMIT 1",
    )];
    first_wrong(tx, hub, &checks, |what, (sequence, source): (i64, String)| {
        Difference::new(what, Some(sequence), Some(source), "the digest of its source", "none")
    })
    .await
}
