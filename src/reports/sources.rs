//! Every transaction has its reason, and every reason its transaction: for each kind of source, the records of that
//! kind against what the ledger posted for them, both ways.

use crate::adjustments;
use crate::allocation;
use crate::bookings;
use crate::db::{Result, Tx};
use crate::ids::HubId;
use crate::ledger::{self, Difference, SourceKind};
use crate::succession;
use crate::top_ups;
use crate::transfers;
use crate::year_close;

/// The first thing that is wrong, if anything is.
pub(super) async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    for kind in SourceKind::ALL {
        let found = of_kind(tx, hub, *kind).await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

async fn of_kind(tx: &mut Tx, hub: HubId, kind: SourceKind) -> Result<Option<Difference>> {
    match kind {
        SourceKind::Allocation => allocation::verify(tx, hub).await,
        SourceKind::Booking => bookings::verify_paid(tx, hub).await,
        SourceKind::Event => bookings::verify_settled(tx, hub).await,
        SourceKind::TopUp => top_ups::verify(tx, hub).await,
        SourceKind::Transfer => transfers::verify(tx, hub).await,
        SourceKind::Adjustment => adjustments::verify(tx, hub).await,
        SourceKind::Settlement => of_settlements(tx, hub).await,
        SourceKind::YearClose => year_close::verify(tx, hub).await,
        SourceKind::Succession => succession::verify(tx, hub).await,
    }
}

/// Nothing records a payment to a partner yet, so that nothing may have posted one.
async fn of_settlements(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let checks: [(&str, &'static str); 1] = [(
        "the ledger posted a payment to a partner that is not there",
        "SELECT t.sequence, t.source_id, CAST(0 AS BIGINT), CAST(COALESCE(SUM(e.amount), 0) AS BIGINT)
         FROM transactions t
         LEFT JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.side = 'debit'
         WHERE t.hub_id = $1 AND t.source_kind = 'settlement'
         GROUP BY t.sequence, t.source_id ORDER BY t.sequence LIMIT 1",
    )];
    ledger::first_wrong(tx, hub, &checks, |what, row| Difference::moved(what, SourceKind::Settlement, row)).await
}
