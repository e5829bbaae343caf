//! The journal as hledger reads it: every account declared, every posting with its account's balance after it where
//! the business dates are in order (hledger asserts by date), and all balances asserted at the end.
//!
//! Debits are positive and credits negative, as always in plain-text accounting; an account whose normal side is credit
//! therefore shows its balance with a minus sign (`hledger balance --invert` inverts it).

use std::fmt::Write;

use super::{Book, Form, Labels, Names, Outline, Sort, normal_side, parts, plain, side, signed, sort};
use crate::ledger::read::Account;
use crate::ledger::stream::{EntryRow, TransactionRow};

#[derive(Default)]
pub(super) struct PlainText {
    labels: Labels,
    names: Names,
    ends_on: Option<chrono::NaiveDate>,
    asserts_each: bool,
}

impl Form for PlainText {
    fn begin(&mut self, book: &Book, outline: &Outline) -> String {
        self.labels.clone_from(&book.labels);
        self.ends_on = outline.dates.map(|(_, last)| last);
        self.asserts_each = outline.in_order;
        let (name, head) = (words(&book.name), outline.head);
        format!(
            "; The journal of {name}, exported by hub-credits.\n; Debits are positive, credits negative.\n\
             ; Head {}:{}\n\ncommodity 1000.00 HC\n\n",
            head.sequence,
            hex::encode(head.hash)
        )
    }

    fn account(&mut self, account: &Account) -> String {
        let top = match sort(account.kind) {
            Sort::Assets => "assets",
            Sort::Liabilities => "liabilities",
            Sort::Equity => "equity",
            Sort::Income => "revenues",
            Sort::Expenses => "expenses",
        };
        let mut name = top.to_owned();
        for part in parts(account, &self.labels) {
            name.push(':');
            name.push_str(&words(part));
        }
        let name = self.names.add(account.id, name, |name| format!("{name} {}", account.id));
        format!("account {name}\n")
    }

    fn transaction(&mut self, transaction: &TransactionRow, entries: &[EntryRow]) -> String {
        let memo = transaction.memo.as_deref().map(words).filter(|memo| !memo.is_empty());
        let memo = memo.map(|memo| format!(": {memo}")).unwrap_or_default();
        let mut text =
            format!("\n{} ({}) {}{memo}\n", transaction.effective_on, transaction.sequence, words(&transaction.kind));
        let _ = writeln!(
            text,
            "    ; transaction: {}, recorded: {}, {}: {}",
            transaction.id,
            transaction.recorded_at.to_rfc3339(),
            words(&transaction.source_kind),
            transaction.source_id
        );
        if let Some(reversed) = transaction.reverses {
            let _ = writeln!(text, "    ; reverses: {reversed}");
        }
        for entry in entries {
            let amount = signed(side(&entry.side), entry.amount);
            let _ = write!(text, "    {}  {amount} HC", self.names.of(entry.account_id));
            if self.asserts_each {
                let _ = write!(text, " = {} HC", signed(normal_side(entry), entry.balance_after));
            }
            text.push('\n');
        }
        text
    }

    fn before_balances(&mut self) -> Option<String> {
        self.ends_on.map(|day| format!("\n{day} (end) the balance of every account\n"))
    }

    fn balance(&mut self, account: &Account) -> String {
        let balance = signed(account.normal_side, account.balance.hundredths());
        format!("    {}  0.00 HC = {balance} HC\n", self.names.of(account.id))
    }
}

/// Text without anything special to hledger: no colon, semicolon, bracket, line end or double space.
fn words(text: &str) -> String {
    plain(text, |c| matches!(c, ':' | ';' | '(' | ')' | '[' | ']' | '|' | '*' | '!' | '='))
}
