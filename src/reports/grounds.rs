//! Recomputes what decided each transaction from the records as they are now, and compares it with the digest that was
//! sealed. For bookings, whose records change, the hub's changes have it (`super::feed`).

use super::feed::unreadable;
use super::kinds;
use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::base::seal::Hash;
use crate::ledger::{self, Difference, SourceKind};

/// How many transactions are read at once.
const PAGE: i64 = 1_000;

/// The first transaction whose digest does not match its records, or that has none though an earlier one does.
pub(super) async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let mut after = 0;
    loop {
        let page = ledger::grounded(tx, hub, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.sequence;
        for transaction in &page {
            let subject = format!("{} {}", transaction.source_kind, transaction.source_id);
            let Ok(kind) = SourceKind::parse(&transaction.source_kind) else {
                let (what, kinds) = ("a transaction is of a kind of source that there is none of", "a known kind");
                return Ok(Some(Difference::new(what, Some(transaction.sequence), None, kinds, subject)));
            };
            let grounds = match kinds::grounds(tx, hub, kind, (transaction.source_id, transaction.id)).await {
                Err(error) if error.is_unreadable() => return Ok(Some(unreadable(Some(subject), &error))),
                grounds => grounds?,
            };
            if grounds.as_ref().map(Hash::as_slice) != Some(transaction.grounds.as_slice()) {
                let what = "what decided a transaction is not what it was when it was posted";
                let (expected, found) =
                    (hex::encode(&transaction.grounds), grounds.map_or("none".to_owned(), hex::encode));
                return Ok(Some(Difference::new(what, Some(transaction.sequence), Some(subject), expected, found)));
            }
        }
    }
    ledger::first_ungrounded(tx, hub).await
}
