//! The books of the hub: its transactions, its accounts, the balances of all of them, their verification, and the journal
//! to take away.

mod accounts;
mod books;
mod transaction;
mod transactions;
mod words;

use super::router::Pages;

pub(super) fn pages(pages: &mut Pages<'_>) {
    transactions::pages(pages);
    transaction::pages(pages);
    accounts::pages(pages);
    books::pages(pages);
}

/// The pages of the ledger beside each other.
const TABS: &[(&str, &str)] = &[
    ("/ledger", "Transactions"),
    ("/ledger/accounts", "Accounts"),
    ("/ledger/trial-balance", "Trial balance"),
    ("/ledger/verification", "Verification"),
    ("/ledger/checkpoints", "Checkpoints"),
    ("/ledger/export", "Export the journal"),
];

/// The pages beside each other, of which one is shown.
#[derive(Clone, Copy)]
struct Tabs(&'static str);

impl Tabs {
    /// Each page with its name, and whether it is the one shown.
    fn all(self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        TABS.iter().map(move |(path, name)| (*path, *name, *path == self.0))
    }
}
