//! Reports over the whole hub: what no one module knows alone. Reads only.

mod sql;
mod statement;
mod wallet;

use crate::adjustments;
use crate::bookings;
use crate::certificates;
use crate::changes;
use crate::db::types::words;
use crate::db::{self, Tx};
use crate::ids::HubId;
use crate::ledger::{self, Difference, Labels};
use crate::top_ups;
use crate::transfers;

pub use crate::ledger::Verification;
pub use statement::{StatementLine, statement};
pub use wallet::{Expiry, HeldFor, Sums, WalletLine, WalletView, wallet};

words!(/** The forms the journal can be exported in. */ ExportFormat {
    /// Plain text of the program hledger.
    Hledger = "hledger",
});

/// Verifies all that the hub promises: the ledger from its entries alone, then what hangs on it.
/// Stops at the first thing that is wrong. `progress` is told how many transactions are done.
pub async fn verify(tx: &mut Tx, hub: HubId, progress: impl FnMut(i64)) -> Result<Verification, db::Error> {
    let verification = ledger::verify(tx, hub, progress).await?;
    if verification.difference.is_some() {
        return Ok(verification);
    }
    let mut difference = ledger::verify_reversals(tx, hub).await?;
    if difference.is_none() {
        difference = top_ups::verify(tx, hub).await?;
    }
    if difference.is_none() {
        difference = transfers::verify(tx, hub).await?;
    }
    if difference.is_none() {
        difference = adjustments::verify(tx, hub).await?;
    }
    if difference.is_none() {
        difference = bookings::verify(tx, hub).await?;
    }
    if difference.is_none() {
        difference = certificates::verify(tx, hub).await?;
    }
    if difference.is_none() {
        difference = changes::verify(tx, hub).await?.map(|(expected, found)| Difference {
            what: "the changes of the hub have a gap".to_owned(),
            transaction: None,
            subject: None,
            expected: expected.to_string(),
            found: found.to_string(),
        });
    }
    Ok(Verification { difference, ..verification })
}

/// What people call the owners of accounts: schools by URN and name, partners and events by name and id.
/// Every label is unique in the hub.
pub async fn labels(tx: &mut Tx, hub: HubId) -> Result<Labels, db::Error> {
    let schools = sql::schools(tx, hub).await?.into_iter().map(|(id, urn, name)| (id, format!("{urn} {name}")));
    let mut labels: Labels = schools.collect();
    for (id, name) in sql::partners(tx, hub).await?.into_iter().chain(sql::events(tx, hub).await?) {
        labels.insert(id, format!("{name} {id}"));
    }
    Ok(labels)
}
