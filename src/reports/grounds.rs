//! What decided each transaction, recomputed from the records as they are now, against the digest that it was sealed with.
//! Of bookings, whose records change, the hub's changes say it (`super::feed`).

use uuid::Uuid;

use super::feed::unreadable;
use crate::adjustments;
use crate::allocation;
use crate::bookings;
use crate::db::{Result, Tx};
use crate::ids::{AdjustmentId, AllocationId, EventId, HubId, SuccessionId, TopUpId, TransferId, YearCloseId};
use crate::ledger::{self, Difference, SourceKind};
use crate::seal::Hash;
use crate::succession;
use crate::top_ups;
use crate::transfers;
use crate::year_close;

/// How many transactions are read at once.
const PAGE: i64 = 1_000;

/// The first transaction that something else decided than its records say, or that does not say what did though one
/// before it does.
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
            let grounds = match recomputed(tx, hub, kind, transaction.source_id).await {
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

/// The digest of a record as it is now; none where it is not there.
async fn recomputed(tx: &mut Tx, hub: HubId, kind: SourceKind, id: Uuid) -> Result<Option<Hash>> {
    Ok(match kind {
        SourceKind::Allocation => allocation::grounds(tx, hub, AllocationId(id)).await?,
        SourceKind::Event => bookings::settled_on(tx, hub, EventId(id)).await?,
        SourceKind::TopUp => top_ups::get(tx, hub, TopUpId(id)).await?.map(|top_up| top_up.grounds()),
        SourceKind::Transfer => transfers::get(tx, hub, TransferId(id)).await?.map(|transfer| transfer.grounds()),
        SourceKind::Adjustment => {
            adjustments::get(tx, hub, AdjustmentId(id)).await?.map(|adjustment| adjustment.grounds())
        }
        SourceKind::YearClose => year_close::grounds(tx, hub, YearCloseId(id)).await?,
        SourceKind::Succession => {
            succession::get(tx, hub, SuccessionId(id)).await?.map(|succession| succession.grounds())
        }
        // The hub's changes say it; and nothing records a payment to a partner yet.
        SourceKind::Booking | SourceKind::Settlement => None,
    })
}
