//! The journal as Beancount reads it: every account opened, every transaction with its source, and all
//! balances asserted, to the hundredth, on the day after the last.
//!
//! Beancount's account names consist of capital letters, digits and dashes to begin with, so names of schools lose
//! everything else; what makes an account unique (the URN, the id) is kept. Debits are positive, credits negative.

use std::fmt::Write;

use chrono::{Days, NaiveDate};

use super::{Book, Form, Labels, Names, Outline, Sort, parts, plain, side, signed, sort};
use crate::base::clock::london_date;
use crate::ledger::read::Account;
use crate::ledger::stream::{EntryRow, TransactionRow};

#[derive(Default)]
pub(super) struct Beancount {
    labels: Labels,
    names: Names,
    opens_on: NaiveDate,
    ends_on: NaiveDate,
}

impl Form for Beancount {
    fn begin(&mut self, book: &Book, outline: &Outline) -> String {
        self.labels.clone_from(&book.labels);
        let founded = london_date(book.founded_at);
        let (first, last) = outline.dates.unwrap_or((founded, founded));
        (self.opens_on, self.ends_on) = (first, last.checked_add_days(Days::new(1)).unwrap_or(last));
        let (name, head) = (quoted(&book.name), outline.head);
        format!(
            "; Exported by hub-credits. Debits are positive, credits negative.\n; Head {}:{}\n\n\
             option \"title\" {name}\noption \"operating_currency\" \"HC\"\n{first} commodity HC\n\n",
            head.sequence,
            hex::encode(head.hash)
        )
    }

    fn account(&mut self, account: &Account) -> String {
        let top = match sort(account.kind) {
            Sort::Assets => "Assets",
            Sort::Liabilities => "Liabilities",
            Sort::Equity => "Equity",
            Sort::Income => "Income",
            Sort::Expenses => "Expenses",
        };
        let mut name = top.to_owned();
        for part in parts(account, &self.labels) {
            name.push(':');
            name.push_str(&component(part));
        }
        let name = self.names.add(account.id, name, |name| format!("{name}-{}", account.id));
        format!("{} open {name} HC\n  code: {}\n", self.opens_on, quoted(&account.code))
    }

    fn transaction(&mut self, transaction: &TransactionRow, entries: &[EntryRow]) -> String {
        let mut text = format!("\n{} * {}", transaction.effective_on, quoted(&transaction.kind));
        if let Some(memo) = &transaction.memo {
            let _ = write!(text, " {}", quoted(memo));
        }
        let _ = writeln!(
            text,
            "\n  sequence: {}\n  transaction: \"{}\"\n  recorded: \"{}\"\n  source: {}",
            transaction.sequence,
            transaction.id,
            transaction.recorded_at.to_rfc3339(),
            quoted(&format!("{} {}", transaction.source_kind, transaction.source_id))
        );
        if let Some(reversed) = transaction.reverses {
            let _ = writeln!(text, "  reverses: \"{reversed}\"");
        }
        for entry in entries {
            let amount = signed(side(&entry.side), entry.amount);
            let _ = writeln!(text, "  {}  {amount} HC", self.names.of(entry.account_id));
        }
        text
    }

    fn before_balances(&mut self) -> Option<String> {
        Some("\n".to_owned())
    }

    fn balance(&mut self, account: &Account) -> String {
        let balance = signed(account.normal_side, account.balance.hundredths());
        format!("{} balance {}  {balance} ~ 0.00 HC\n", self.ends_on, self.names.of(account.id))
    }
}

/// Text in quotation marks, on one line.
fn quoted(text: &str) -> String {
    format!("\"{}\"", plain(text, |_| false).replace('\\', "\\\\").replace('"', "\\\""))
}

/// One component of an account's name: ASCII letters, digits and dashes, beginning with a capital letter or a digit.
fn component(text: &str) -> String {
    let kept: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect();
    let kept = kept.split_whitespace().collect::<Vec<_>>().join("-");
    let mut letters = kept.chars();
    letters.next().map_or("X".to_owned(), |first| format!("{}{}", first.to_ascii_uppercase(), letters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_what_beancount_takes() {
        assert_eq!(component("136341 St Mary's; (C of E), Acton"), "136341-St-Mary-s-C-of-E-Acton");
        assert_eq!(component("wallet"), "Wallet");
        assert_eq!(component("2026/27"), "2026-27");
        assert_eq!(component("– £"), "X");
        assert_eq!(quoted("a \"b\"\n\\c"), "\"a \\\"b\\\" \\\\c\"");
    }
}
