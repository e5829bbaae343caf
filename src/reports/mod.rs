//! Reports over the whole hub, which no one module can give alone. They only read.

mod action_plan;
mod feed;
mod first_steps;
mod grounds;
mod held_by_month;
mod journal;
mod kinds;
mod names;
pub mod personal;
mod school_statement;
mod school_year;
mod sql;
mod statement;
mod wallet;
mod year_figures;

use crate::base::db::{self, Tx};
use crate::base::ids::HubId;
use crate::booking::bookings;
use crate::booking::certificates;
use crate::ledger::checkpoints::{self, Coverage, Evidence};
use crate::ledger::{self, Book, Difference, Labels};
use crate::members::hubs::{self, Hub};

pub use crate::ledger::{ExportFormat, KeptHead, Verification};
pub use action_plan::{ActionPlan, OfPriority, OfSchool, Used, action_plan};
pub use first_steps::{FirstSteps, first_steps};
pub use journal::{Found, Posted, Sought, journal, what_for};
pub use names::{Named, Sight, names};
pub use school_statement::{Period, Place, SchoolLine, SchoolStatement, school_statement};
pub use school_year::{Month, school_year};
pub use statement::{StatementLine, memo_beside, statement};
pub use wallet::{Expiry, HeldFor, Sums, WalletLine, WalletView, wallet};
pub use year_figures::{
    Booked, MonthFigures, Unbooked, YearBalance, YearFigures, balances_by_year, schools_without_bookings, year_figures,
};

/// Verifies everything that the hub promises: the ledger from its rows alone, then what depends on it, and where a kept
/// head is given, that the history runs through it. Every posting must have the record that it came from, as it was
/// then, and every record that says it was posted its posting; the hub's changes must be the chain that was recorded.
/// For a hub whose journal was imported without its other records, only the ledger can be verified. Stops at the first
/// fault. `progress` is told how many transactions are done. What depends on the ledger is compared by the database: of
/// each comparison, one row comes here.
pub async fn verify(
    tx: &mut Tx,
    hub: HubId,
    against: Option<KeptHead>,
    progress: impl FnMut(i64),
) -> Result<Verification, db::Error> {
    let verification = ledger::verify_against(tx, hub, against.as_slice(), progress).await?;
    and_what_hangs_on_it(tx, hub, verification).await
}

/// Verifies everything, and the history against all that was signed: also returns how far that covers the history,
/// where nothing is wrong.
pub async fn verify_with(
    tx: &mut Tx,
    hub: HubId,
    evidence: &Evidence,
    progress: impl FnMut(i64),
) -> Result<(Verification, Option<Coverage>), db::Error> {
    let (verification, coverage) = checkpoints::verify(tx, evidence, progress).await?;
    let verification = and_what_hangs_on_it(tx, hub, verification).await?;
    let coverage = coverage.filter(|_| verification.difference.is_none());
    Ok((verification, coverage))
}

async fn and_what_hangs_on_it(tx: &mut Tx, hub: HubId, verification: Verification) -> Result<Verification, db::Error> {
    if verification.difference.is_some() || hubs::has_only_its_journal(tx, hub).await? {
        return Ok(verification);
    }
    let difference = match beside(tx, hub).await {
        Err(error) if error.is_unreadable() => Some(feed::unreadable(None, &error)),
        difference => difference?,
    };
    Ok(Verification { difference, ..verification })
}

/// The first difference in what depends on the ledger.
async fn beside(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>, db::Error> {
    let mut difference = kinds::verify_all(tx, hub).await?;
    if difference.is_none() {
        difference = bookings::verify(tx, hub).await?;
    }
    if difference.is_none() {
        difference = certificates::verify(tx, hub).await?;
    }
    if difference.is_none() {
        difference = feed::verify(tx, hub).await?;
    }
    if difference.is_none() {
        difference = grounds::verify(tx, hub).await?;
    }
    Ok(difference)
}

/// The hub's journal for export, with what people call the owners of its accounts: schools by URN and name, partners
/// and events by name and id. Memory grows with them.
pub async fn book(tx: &mut Tx, hub: Hub) -> Result<Book, db::Error> {
    let schools = sql::schools(tx, hub.id).await?.into_iter().map(|(id, urn, name)| (id, format!("{urn} {name}")));
    let mut labels: Labels = schools.collect();
    for (id, name) in sql::partners(tx, hub.id).await?.into_iter().chain(sql::events(tx, hub.id).await?) {
        labels.insert(id, format!("{name} {id}"));
    }
    Ok(Book { hub: hub.id, name: hub.name.as_str().to_owned(), founded_at: hub.created_at, labels })
}
