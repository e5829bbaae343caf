//! An account's statement as a person reads it: each entry with what it was for.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::kinds;
use crate::base::db::{self, Tx};
use crate::base::ids::{AccountId, HubId};
use crate::ledger::{self, Entry, SourceKind, TransactionKind};

/// One line of a statement.
#[derive(Clone, Debug)]
pub struct StatementLine {
    /// The entry of the account.
    pub entry: Entry,
    /// What it was for: the year of an allocation or a close, the event and delegate of a booking, the event of a
    /// settlement, the invoice of a top-up, the schools of a gift, the reason for a correction.
    pub what_for: String,
}

/// A page of an account's statement, oldest first, after the transaction of this sequence.
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

/// The entries with what they were for. One query for each kind of source among them, however many entries there are.
pub(super) async fn in_words(tx: &mut Tx, hub: HubId, entries: Vec<Entry>) -> Result<Vec<StatementLine>, db::Error> {
    let mut words: HashMap<Uuid, String> = HashMap::new();
    for kind in SourceKind::ALL {
        let of = entries.iter().filter(|entry| entry.source_kind == *kind).map(|entry| entry.source_id);
        let sources: HashSet<Uuid> = of.collect();
        if !sources.is_empty() {
            words.extend(kinds::words(tx, hub, *kind, &Vec::from_iter(sources)).await?);
        }
    }
    let line = |entry: Entry| {
        let what_for = words.get(&entry.source_id).cloned().unwrap_or_default();
        let what_for = if matches!(entry.kind, TransactionKind::Reversed | TransactionKind::YearReopened) {
            format!("Reversed: {what_for}")
        } else {
            what_for
        };
        StatementLine { entry, what_for }
    };
    Ok(entries.into_iter().map(line).collect())
}
