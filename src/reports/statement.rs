//! An account's statement as a person reads it: each entry with what it was for.

use std::collections::HashMap;

use uuid::Uuid;

use super::sql;
use crate::db::{self, Tx};
use crate::ids::{AccountId, HubId};
use crate::ledger::{self, Entry, SourceKind, TransactionKind};

/// One line of a statement.
#[derive(Clone, Debug)]
pub struct StatementLine {
    /// The entry.
    pub entry: Entry,
    /// What it was for: the year of an allocation or a close, the event and delegate of a booking, the event of a settlement,
    /// the invoice of a top-up, the schools of a gift, the reason of a correction.
    pub what_for: String,
}

/// A page of an account's statement, oldest first, after the transaction of a sequence.
pub async fn statement(
    tx: &mut Tx,
    hub: HubId,
    account: AccountId,
    after: i64,
    limit: i64,
) -> Result<Vec<StatementLine>, db::Error> {
    let entries = ledger::entries(tx, hub, account, after, limit).await?;
    in_words(tx, hub, entries).await
}

/// The entries with what they were for. A statement for each kind of source among them, however many they are.
pub(super) async fn in_words(tx: &mut Tx, hub: HubId, entries: Vec<Entry>) -> Result<Vec<StatementLine>, db::Error> {
    let of = |kind| entries.iter().filter(|entry| entry.source_kind == kind).map(|entry| entry.source_id).collect();
    let (bookings, allocations): (Vec<Uuid>, Vec<Uuid>) = (of(SourceKind::Booking), of(SourceKind::Allocation));
    let events: Vec<Uuid> = of(SourceKind::Event);
    let successions: Vec<Uuid> = of(SourceKind::Succession);
    let successions = sql::successions_in_words(tx, hub, &successions).await?;
    let events = sql::titles_of_events(tx, hub, &events).await?;
    let bookings = sql::bookings_in_words(tx, hub, &bookings).await?;
    let allocations = sql::years_of_allocations(tx, hub, &allocations).await?;
    let (top_ups, transfers): (Vec<Uuid>, Vec<Uuid>) = (of(SourceKind::TopUp), of(SourceKind::Transfer));
    let adjustments: Vec<Uuid> = of(SourceKind::Adjustment);
    let top_ups = sql::invoices_of_top_ups(tx, hub, &top_ups).await?;
    let transfers = sql::schools_of_transfers(tx, hub, &transfers).await?;
    let adjustments = sql::reasons_of_adjustments(tx, hub, &adjustments).await?;
    let mut words: HashMap<Uuid, String> = HashMap::with_capacity(bookings.len() + allocations.len());
    words.extend(events.into_iter().map(|(id, event)| (id, format!("{event}: its provider"))));
    words.extend(successions.into_iter().map(|(id, school, heir)| (id, format!("{school}: {heir} takes its place"))));
    words.extend(bookings.into_iter().map(|(id, event, delegate)| (id, format!("{event}: {delegate}"))));
    words.extend(allocations.into_iter().map(|(id, year, corrects)| {
        let what = if corrects { "Correction of the allocation" } else { "Allocation" };
        (id, format!("{what} for {year}"))
    }));
    words.extend(top_ups.into_iter().map(|(id, invoice)| (id, format!("Credits bought, invoice {invoice}"))));
    words.extend(transfers.into_iter().map(|(id, from, to)| (id, format!("Gift from {from} to {to}"))));
    words.extend(adjustments.into_iter().map(|(id, reason)| (id, format!("Correction: {reason}"))));
    let closes: Vec<Uuid> = of(SourceKind::YearClose);
    let closes = sql::years_of_closes(tx, hub, &closes).await?;
    words.extend(closes.into_iter().map(|(id, year)| (id, format!("Close of the year {year}"))));
    let line = |entry: Entry| {
        let what_for = match (entry.source_kind, words.get(&entry.source_id)) {
            (_, Some(words)) => words.clone(),
            (SourceKind::Settlement, None) => "Payment to the partner".to_owned(),
            (_, None) => String::new(),
        };
        let what_for = if matches!(entry.kind, TransactionKind::Reversed | TransactionKind::YearReopened) {
            format!("Reversed: {what_for}")
        } else {
            what_for
        };
        StatementLine { entry, what_for }
    };
    Ok(entries.into_iter().map(line).collect())
}
