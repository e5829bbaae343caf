//! An account's statement as a person reads it: each entry with what it was for.

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::sql;
use crate::credits::Credits;
use crate::db::{self, Tx};
use crate::ids::{AccountId, HubId};
use crate::ledger::{self, Side, SourceKind, TransactionKind};

/// One line of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// The account's gap-free number of the entry.
    pub position: i64,
    /// The business date.
    pub on: NaiveDate,
    /// What the transaction did.
    pub kind: TransactionKind,
    /// What it was for: the year of an allocation, the event and delegate of a booking.
    pub what_for: String,
    /// The side.
    pub side: Side,
    /// More than zero.
    pub amount: Credits,
    /// The account's balance after it, on its normal side.
    pub balance_after: Credits,
}

/// A page of an account's statement, oldest first, after a position. A statement for each kind of
/// source that stands on the page, however many lines it has.
pub async fn statement(
    tx: &mut Tx,
    hub: HubId,
    account: AccountId,
    after: i64,
    limit: i64,
) -> Result<Vec<StatementLine>, db::Error> {
    let entries = ledger::entries(tx, hub, account, after, limit).await?;
    let of = |kind| entries.iter().filter(|entry| entry.source_kind == kind).map(|entry| entry.source_id).collect();
    let (bookings, allocations): (Vec<Uuid>, Vec<Uuid>) = (of(SourceKind::Booking), of(SourceKind::Allocation));
    let bookings = sql::bookings_in_words(tx, hub, &bookings).await?;
    let allocations = sql::years_of_allocations(tx, hub, &allocations).await?;
    let mut words: HashMap<Uuid, String> = HashMap::with_capacity(bookings.len() + allocations.len());
    words.extend(bookings.into_iter().map(|(id, event, delegate)| (id, format!("{event}: {delegate}"))));
    words.extend(allocations.into_iter().map(|(id, year)| (id, format!("allocation for {year}"))));
    let line = |entry: ledger::Entry| StatementLine {
        position: entry.position,
        on: entry.effective_on,
        kind: entry.kind,
        what_for: entry.memo.or_else(|| words.get(&entry.source_id).cloned()).unwrap_or_default(),
        side: entry.side,
        amount: entry.amount,
        balance_after: entry.balance_after,
    };
    Ok(entries.into_iter().map(line).collect())
}
