//! The digests of what decided transactions, read for those who compare them with the records.

use super::difference::{Difference, first_wrong};
use super::sql::{self, Grounded};
use crate::base::db::{Result, Tx};
use crate::base::ids::{HubId, TransactionId};

/// A page of the transactions, in the order of the journal, that state what decided them, without those of bookings.
pub async fn grounded(tx: &mut Tx, hub: HubId, after: i64, limit: i64) -> Result<Vec<Grounded>> {
    sql::grounded(tx, hub, after, limit).await
}

/// How many transactions of bookings state what decided them.
pub async fn grounded_bookings(tx: &mut Tx, hub: HubId) -> Result<i64> {
    sql::grounded_bookings(tx, hub).await
}

/// The digests of these transactions, where there are any.
pub async fn grounds(tx: &mut Tx, hub: HubId, ids: &[TransactionId]) -> Result<Vec<(TransactionId, Option<Vec<u8>>)>> {
    sql::grounds(tx, hub, ids).await
}

/// The first transaction without a digest after one that has one. A reversal has none where its original has none.
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
