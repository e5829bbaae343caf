//! An account's statement as a person reads it: each entry with what it was for.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
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

/// A page of an account's statement, oldest first, after the transaction of this sequence: all of it, or what was effective
/// on a day or earlier.
pub async fn statement(
    tx: &mut Tx,
    hub: HubId,
    account: AccountId,
    until: Option<NaiveDate>,
    after: i64,
    limit: i64,
) -> Result<Vec<StatementLine>, db::Error> {
    let entries = match until {
        Some(day) => ledger::entries_until(tx, hub, account, day, after, limit).await?,
        None => ledger::entries(tx, hub, account, after, limit).await?,
    };
    in_words(tx, hub, entries).await
}

/// The entries with what they were for. One query for each kind of source among them, however many entries there are.
pub(super) async fn in_words(tx: &mut Tx, hub: HubId, entries: Vec<Entry>) -> Result<Vec<StatementLine>, db::Error> {
    let sources = entries.iter().map(|entry| (entry.source_kind, entry.source_id));
    let words = words_of(tx, hub, sources).await?;
    let line = |entry: Entry| {
        let what_for = said(entry.kind, words.get(&entry.source_id));
        StatementLine { entry, what_for }
    };
    Ok(entries.into_iter().map(line).collect())
}

/// What these sources are called. One query for each kind among them.
pub(super) async fn words_of(
    tx: &mut Tx,
    hub: HubId,
    sources: impl Iterator<Item = (SourceKind, Uuid)> + Clone,
) -> Result<HashMap<Uuid, String>, db::Error> {
    let mut words: HashMap<Uuid, String> = HashMap::new();
    for kind in SourceKind::ALL {
        let of: HashSet<Uuid> = sources.clone().filter(|(of, _)| of == kind).map(|(_, id)| id).collect();
        if !of.is_empty() {
            words.extend(kinds::words(tx, hub, *kind, &Vec::from_iter(of)).await?);
        }
    }
    Ok(words)
}

/// What a transaction of this kind was for, by what its source is called.
pub(super) fn said(kind: TransactionKind, source: Option<&String>) -> String {
    let source = source.map(String::as_str).unwrap_or_default();
    match kind {
        TransactionKind::Reversed | TransactionKind::YearReopened => format!("Reversed: {source}"),
        _ => source.to_owned(),
    }
}

/// The memo of a transaction, where what it was for does not say the same already.
pub fn memo_beside<'m>(what_for: &str, memo: Option<&'m str>) -> Option<&'m str> {
    memo.filter(|memo| !what_for.ends_with(*memo))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_not_said_again() {
        assert_eq!(memo_beside("Correction: Two lunches", Some("Two lunches")), None);
        assert_eq!(memo_beside("Reversed: Correction: Two lunches", Some("One was eaten")), Some("One was eaten"));
        assert_eq!(memo_beside("Gift from Ash to Oak", None), None);
    }
}
