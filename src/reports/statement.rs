//! An account's statement as a person reads it: each entry with what it was for.

use std::collections::HashMap;

use uuid::Uuid;

use super::sql;
use crate::db::{self, Tx};
use crate::ids::{AccountId, HubId};
use crate::ledger::{self, Entry, SourceKind};

/// One line of a statement.
#[derive(Clone, Debug)]
pub struct StatementLine {
    /// The entry.
    pub entry: Entry,
    /// What it was for: the year of an allocation, the event and delegate of a booking, the event of a settlement.
    pub what_for: String,
}

/// A page of an account's statement, oldest first, after the transaction of a sequence. A statement for each kind of
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
    let events: Vec<Uuid> = of(SourceKind::Event);
    let events = sql::titles_of_events(tx, hub, &events).await?;
    let bookings = sql::bookings_in_words(tx, hub, &bookings).await?;
    let allocations = sql::years_of_allocations(tx, hub, &allocations).await?;
    let mut words: HashMap<Uuid, String> = HashMap::with_capacity(bookings.len() + allocations.len());
    words.extend(events.into_iter().map(|(id, event)| (id, format!("{event}: its provider"))));
    words.extend(bookings.into_iter().map(|(id, event, delegate)| (id, format!("{event}: {delegate}"))));
    words.extend(allocations.into_iter().map(|(id, year)| (id, format!("Allocation for {year}"))));
    let line = |entry: Entry| {
        let what_for = words.get(&entry.source_id).cloned().unwrap_or_default();
        StatementLine { entry, what_for }
    };
    Ok(entries.into_iter().map(line).collect())
}
