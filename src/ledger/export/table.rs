//! The journal as a table for spreadsheets: a row for each entry, with everything about its transaction.

use super::{Book, Form, Labels, Outline, parts};
use crate::base::clock::london_minute;
use crate::base::credits::Credits;
use crate::base::csv_file::{BYTE_ORDER_MARK, safe_cell};
use crate::ledger::read::Account;
use crate::ledger::stream::{EntryRow, TransactionRow};

/// The columns. `ordinal` counts the entries of the transaction, `position` those of the account, `account` is the
/// account's code, and `account_name` is the code with labels for its owner. `amount` is above zero;
/// `balance_after` is the account's balance on its normal side.
const COLUMNS: [&str; 18] = [
    "sequence",
    "ordinal",
    "transaction_id",
    "kind",
    "effective_on",
    "recorded_at",
    "actor_id",
    "source_kind",
    "source_id",
    "memo",
    "reverses",
    "account_id",
    "account",
    "account_name",
    "position",
    "side",
    "amount",
    "balance_after",
];

#[derive(Default)]
pub(super) struct Table {
    labels: Labels,
    names: std::collections::HashMap<crate::base::ids::AccountId, String>,
}

impl Form for Table {
    fn begin(&mut self, book: &Book, _: &Outline) -> String {
        self.labels.clone_from(&book.labels);
        format!("{BYTE_ORDER_MARK}{}", rows([COLUMNS.map(str::to_owned)]))
    }

    fn account(&mut self, account: &Account) -> String {
        let name = parts(account, &self.labels).collect::<Vec<_>>().join(" ");
        self.names.insert(account.id, name);
        String::new()
    }

    fn transaction(&mut self, transaction: &TransactionRow, entries: &[EntryRow]) -> String {
        rows(entries.iter().map(|entry| {
            [
                transaction.sequence.to_string(),
                entry.ordinal.to_string(),
                transaction.id.to_string(),
                safe_cell(&transaction.kind),
                transaction.effective_on.to_string(),
                london_minute(transaction.recorded_at),
                transaction.actor_id.map(|id| id.to_string()).unwrap_or_default(),
                safe_cell(&transaction.source_kind),
                transaction.source_id.to_string(),
                transaction.memo.as_deref().map(safe_cell).unwrap_or_default(),
                transaction.reverses.map(|id| id.to_string()).unwrap_or_default(),
                entry.account_id.to_string(),
                entry.code.as_deref().map(safe_cell).unwrap_or_default(),
                self.names.get(&entry.account_id).map(|name| safe_cell(name)).unwrap_or_default(),
                entry.position.to_string(),
                safe_cell(&entry.side),
                Credits::from_hundredths(entry.amount).to_string(),
                Credits::from_hundredths(entry.balance_after).to_string(),
            ]
        }))
    }
}

fn rows(rows: impl IntoIterator<Item = [String; 18]>) -> String {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        // Writing text to memory can't fail.
        let _ = writer.write_record(&row);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
