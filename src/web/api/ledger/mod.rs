//! Requests about the ledger: accounts, transactions, the books as a whole, checkpoints, and the hub's changes.

pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod books;
pub(crate) mod changes;
pub(crate) mod checkpoints;
pub(crate) mod transactions;
