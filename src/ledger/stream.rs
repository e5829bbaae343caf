//! The journal in the order of the chain, from one consistent read: transactions with their entries, fetched a
//! few thousand rows at a time. Memory holds one page and the entries of one transaction, however long the
//! journal is. Words and accounts are taken as they stand, so that whatever is wrong can be named.

use std::collections::VecDeque;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::base::db::{Error, Result, Tx};
use crate::base::ids::{AccountId, HubId};

/// How many rows are fetched at once.
const PAGE: i64 = 2_000;

/// A transaction as its row has it, with its memo.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct TransactionRow {
    pub(super) sequence: i64,
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) effective_on: NaiveDate,
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) actor_id: Option<Uuid>,
    pub(super) source_kind: String,
    pub(super) source_id: Uuid,
    pub(super) memo_digest: Option<Vec<u8>>,
    pub(super) reverses: Option<Uuid>,
    pub(super) grounds: Option<Vec<u8>>,
    pub(super) changes_hash: Option<Vec<u8>>,
    pub(super) hash: Vec<u8>,
    pub(super) salt: Option<Vec<u8>>,
    pub(super) memo: Option<String>,
}

/// An entry as its row has it, with what its account says of itself; nothing where there is no such account.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct EntryRow {
    pub(super) sequence: i64,
    pub(super) ordinal: i64,
    pub(super) account_id: AccountId,
    pub(super) code: Option<String>,
    pub(super) normal_side: Option<String>,
    pub(super) floored: Option<bool>,
    pub(super) position: i64,
    pub(super) side: String,
    pub(super) amount: i64,
    pub(super) balance_after: i64,
}

/// What comes next in the journal.
pub(super) enum Next {
    /// A transaction with its entries, in order.
    Transaction(Box<TransactionRow>, Vec<EntryRow>),
    /// An entry whose sequence belongs to no transaction.
    Stray(Box<EntryRow>),
    /// An unreadable row: the sequence before it, and the error.
    Unreadable(i64, Error),
    /// The journal has ended.
    End,
}

/// Reads the journal from its beginning.
pub(super) struct Stream {
    hub: HubId,
    transactions: Pages<TransactionRow>,
    entries: Pages<EntryRow>,
}

/// Rows that were fetched and not yet used, and where the next page begins.
struct Pages<Row> {
    rows: VecDeque<Row>,
    after: (i64, i64),
    limit: i64,
    ended: bool,
}

impl<Row> Pages<Row> {
    fn new() -> Pages<Row> {
        Pages { rows: VecDeque::new(), after: (0, 0), limit: PAGE, ended: false }
    }

    /// Takes in a page. Where a row of it can't be read, the rows from there on are fetched one by one, so that it is
    /// known which one it is.
    fn take(&mut self, page: Result<Vec<Row>>, place: impl Fn(&Row) -> (i64, i64)) -> Result<()> {
        match page {
            Ok(page) => {
                self.after = page.last().map_or(self.after, place);
                self.ended = page.is_empty();
                self.rows.extend(page);
                Ok(())
            }
            Err(error) if error.is_unreadable() && self.limit > 1 => {
                self.limit = 1;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

impl Stream {
    pub(super) fn new(hub: HubId) -> Stream {
        Stream { hub, transactions: Pages::new(), entries: Pages::new() }
    }

    pub(super) async fn next(&mut self, tx: &mut Tx) -> Result<Next> {
        match self.read(tx).await {
            Err((sequence, error)) if error.is_unreadable() => Ok(Next::Unreadable(sequence, error)),
            outcome => outcome.map_err(|(_, error)| error),
        }
    }

    async fn read(&mut self, tx: &mut Tx) -> std::result::Result<Next, (i64, Error)> {
        while self.transactions.rows.is_empty() && !self.transactions.ended {
            let pages = &mut self.transactions;
            let page = transaction_page(tx, self.hub, pages.after.0, pages.limit).await;
            pages.take(page, |row| (row.sequence, 0)).map_err(|error| (pages.after.0, error))?;
        }
        let transaction = self.transactions.rows.pop_front();
        let sequence = transaction.as_ref().map_or(i64::MAX, |transaction| transaction.sequence);
        let mut own = Vec::new();
        loop {
            while self.entries.rows.is_empty() && !self.entries.ended {
                let pages = &mut self.entries;
                let page = entry_page(tx, self.hub, pages.after, pages.limit).await;
                pages.take(page, |row| (row.sequence, row.ordinal)).map_err(|error| (pages.after.0, error))?;
            }
            match self.entries.rows.pop_front() {
                Some(entry) if entry.sequence == sequence => own.push(entry),
                Some(entry) if entry.sequence < sequence => {
                    if let Some(transaction) = transaction {
                        self.transactions.rows.push_front(transaction);
                    }
                    return Ok(Next::Stray(Box::new(entry)));
                }
                later => {
                    if let Some(later) = later {
                        self.entries.rows.push_front(later);
                    }
                    return Ok(match transaction {
                        Some(transaction) => Next::Transaction(Box::new(transaction), own),
                        None => Next::End,
                    });
                }
            }
        }
    }
}

async fn transaction_page(tx: &mut Tx, hub: HubId, after: i64, limit: i64) -> Result<Vec<TransactionRow>> {
    tx.query(TRANSACTIONS).bind(hub).bind(after).bind(limit).all().await
}

async fn entry_page(tx: &mut Tx, hub: HubId, (sequence, ordinal): (i64, i64), limit: i64) -> Result<Vec<EntryRow>> {
    tx.query(ENTRIES).bind(hub).bind(sequence).bind(ordinal).bind(limit).all().await
}

const TRANSACTIONS: &str =
    "SELECT t.sequence, t.id, t.kind, t.effective_on, t.recorded_at, t.actor_id, t.source_kind, t.source_id, t.memo_digest, t.reverses, t.grounds, t.changes_hash, t.hash, m.salt, m.memo
     FROM transactions t
     LEFT JOIN transaction_memos m ON m.hub_id = t.hub_id AND m.transaction_id = t.id
     WHERE t.hub_id = $1 AND t.sequence > $2
     ORDER BY t.sequence LIMIT $3";

const ENTRIES: &str =
    "SELECT e.sequence, e.ordinal, e.account_id, a.code, a.normal_side, a.floored, e.position, e.side, e.amount, e.balance_after
     FROM entries e
     LEFT JOIN accounts a ON a.hub_id = e.hub_id AND a.id = e.account_id
     WHERE e.hub_id = $1 AND (e.sequence, e.ordinal) > ($2, $3)
     ORDER BY e.sequence, e.ordinal LIMIT $4";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn a_page_is_one_range_of_an_index() {
        for statement in [TRANSACTIONS, ENTRIES] {
            let plan = plan(statement).await;
            assert!(plan.iter().all(|step| step.starts_with("SEARCH")), "{plan:#?}");
        }
    }
}
