//! The journal in formats that other programs read, streamed from one consistent read: memory grows with the
//! accounts, whose names it keeps, never with the transactions. The same journal gives the same bytes.
//!
//! [`plain_text`] is for hledger and [`beancount`] for Beancount, each with the balance of every account asserted, so
//! that an independent program proves them; [`table`] has a row for each entry; [`lines`] is all that the ledger knows
//! as JSON, from which [`super::import`] rebuilds it.

mod beancount;
pub(super) mod lines;
mod plain_text;
mod table;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::posting::{AccountKind, Side};
use super::read::{self, Account, AccountFilter, Head};
use super::stream::{EntryRow, Next, Stream, TransactionRow};
use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{AccountId, HubId};

words!(/** The forms the journal can be exported in. */ ExportFormat {
    /// Plain text for hledger.
    Hledger = "hledger",
    /// Plain text for Beancount.
    Beancount = "beancount",
    /// A table with a row for each entry.
    Csv = "csv",
    /// One JSON value a line; it can be imported.
    Jsonl = "jsonl",
});

/// What people call the owners of accounts (schools, events, partners), by id.
pub type Labels = HashMap<Uuid, String>;

/// The hub whose journal is exported.
#[derive(Clone, Debug)]
pub struct Book {
    /// The hub.
    pub hub: HubId,
    /// The hub's name.
    pub name: String,
    /// When the hub was founded.
    pub founded_at: DateTime<Utc>,
    /// What people call the owners of the hub's accounts.
    pub labels: Labels,
}

/// What is known of the journal before its transactions are read.
struct Outline {
    head: Head,
    /// The first and the last business date; none without transactions.
    dates: Option<(NaiveDate, NaiveDate)>,
    /// Whether business dates never go back from one transaction to the next.
    in_order: bool,
}

/// A format of the journal, written piece by piece.
trait Form {
    /// Writes what comes before everything.
    fn begin(&mut self, book: &Book, outline: &Outline) -> String;
    /// Writes an account.
    fn account(&mut self, account: &Account) -> String;
    /// Writes a transaction with its entries.
    fn transaction(&mut self, transaction: &TransactionRow, entries: &[EntryRow]) -> String;
    /// Writes what comes before the balances; none where the format asserts none.
    fn before_balances(&mut self) -> Option<String> {
        None
    }
    /// Writes the balance of an account after everything.
    fn balance(&mut self, _account: &Account) -> String {
        String::new()
    }
    /// Writes what comes after everything.
    fn end(&mut self) -> String {
        String::new()
    }
}

/// How many accounts are read at once.
const PAGE: i64 = 1_000;
/// How many bytes make a piece.
const PIECE: usize = 64 * 1024;

/// Writes the hub's journal to `out` in pieces; `out` may fail.
pub async fn export<E: From<db::Error>>(
    tx: &mut Tx,
    format: ExportFormat,
    book: &Book,
    mut out: impl AsyncFnMut(String) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let mut form: Box<dyn Form + Send> = match format {
        ExportFormat::Hledger => Box::new(plain_text::PlainText::default()),
        ExportFormat::Beancount => Box::new(beancount::Beancount::default()),
        ExportFormat::Csv => Box::new(table::Table::default()),
        ExportFormat::Jsonl => Box::new(lines::Lines::default()),
    };
    let mut text = form.begin(book, &outline(tx, book).await?);
    for_each_account(tx, book.hub, async |account| {
        text.push_str(&form.account(account));
        flush(&mut text, PIECE, &mut out).await
    })
    .await?;
    let mut stream = Stream::new(book.hub);
    loop {
        match stream.next(tx).await? {
            Next::Transaction(transaction, entries) => {
                text.push_str(&form.transaction(&transaction, &entries));
                flush(&mut text, PIECE, &mut out).await?;
            }
            // What belongs to no transaction belongs to no journal; the verification reports it.
            Next::Stray(_) => {}
            Next::Unreadable(_, error) => return Err(error.into()),
            Next::End => break,
        }
    }
    if let Some(before) = form.before_balances() {
        text.push_str(&before);
        for_each_account(tx, book.hub, async |account| {
            text.push_str(&form.balance(account));
            flush(&mut text, PIECE, &mut out).await
        })
        .await?;
    }
    text.push_str(&form.end());
    flush(&mut text, 0, &mut out).await
}

async fn flush<E>(
    text: &mut String,
    at_least: usize,
    out: &mut impl AsyncFnMut(String) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    if text.len() > at_least { out(std::mem::take(text)).await } else { Ok(()) }
}

async fn for_each_account<E: From<db::Error>>(
    tx: &mut Tx,
    hub: HubId,
    mut each: impl AsyncFnMut(&Account) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let mut after = None;
    loop {
        let page = read::accounts(tx, hub, AccountFilter::default(), after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id);
        for account in &page {
            each(account).await?;
        }
    }
}

async fn outline(tx: &mut Tx, book: &Book) -> db::Result<Outline> {
    let (sequence, hash) =
        read::head(tx, book.hub).await?.map_or((0, super::GENESIS), |head| (head.sequence, head.hash));
    let last: Option<(DateTime<Utc>,)> = tx
        .query("SELECT recorded_at FROM transactions WHERE hub_id = $1 ORDER BY sequence DESC LIMIT 1")
        .bind(book.hub)
        .optional()
        .await?;
    let head = Head { sequence, hash, recorded_at: last.map_or(book.founded_at, |(last,)| last) };
    let (first, last, backwards): (Option<NaiveDate>, Option<NaiveDate>, i64) = tx
        .query(
            "SELECT MIN(d.effective_on), MAX(d.effective_on),
                    CAST(COALESCE(SUM(CASE WHEN d.effective_on < d.before THEN 1 ELSE 0 END), 0) AS BIGINT)
             FROM (SELECT effective_on, LAG(effective_on) OVER (ORDER BY sequence) AS before
                   FROM transactions WHERE hub_id = $1) d",
        )
        .bind(book.hub)
        .one()
        .await?;
    Ok(Outline { head, dates: first.zip(last), in_order: backwards == 0 })
}

/// The names of accounts in a format: each once, whatever their labels are.
#[derive(Default)]
struct Names {
    of: HashMap<AccountId, String>,
    taken: HashSet<String>,
}

impl Names {
    /// Adds the name of an account; where another account has it, the id is added to it.
    fn add(&mut self, account: AccountId, name: String, with_id: impl Fn(&str) -> String) -> &str {
        let name = if self.taken.contains(&name) { with_id(&name) } else { name };
        self.taken.insert(name.clone());
        self.of.entry(account).or_insert(name)
    }

    fn of(&self, account: AccountId) -> &str {
        self.of.get(&account).map_or("", String::as_str)
    }
}

/// An amount with its sign in plain-text accounting: debits are positive, credits negative.
fn signed(side: Side, amount: i64) -> Credits {
    Credits::from_hundredths(if side == Side::Debit { amount } else { -amount })
}

/// The side that a row names.
fn side(word: &str) -> Side {
    if word == Side::Debit.as_str() { Side::Debit } else { Side::Credit }
}

/// The normal side of an entry's account.
fn normal_side(entry: &EntryRow) -> Side {
    entry.normal_side.as_deref().map_or(Side::Debit, side)
}

/// The parts of an account's name: those of its code, with labels for the ids that have one.
fn parts<'a>(account: &'a Account, labels: &'a Labels) -> impl Iterator<Item = &'a str> {
    account.code.split(':').map(|part| {
        let label = Uuid::parse_str(part).ok().and_then(|id| labels.get(&id));
        label.map_or(part, String::as_str)
    })
}

/// The five account types of plain-text accounting.
enum Sort {
    Assets,
    Liabilities,
    Equity,
    Income,
    Expenses,
}

fn sort(kind: AccountKind) -> Sort {
    match kind {
        AccountKind::Issuance | AccountKind::Adjustment => Sort::Equity,
        AccountKind::Wallet | AccountKind::Escrow | AccountKind::Payable => Sort::Liabilities,
        AccountKind::Income | AccountKind::Lapsed => Sort::Income,
        AccountKind::Subsidy => Sort::Expenses,
        // Money that came in from schools, and money that went out to partners.
        AccountKind::Sales | AccountKind::Settled => Sort::Assets,
    }
}

/// Text on one line in single spaces, without what `is_special` names.
fn plain(text: &str, is_special: impl Fn(char) -> bool) -> String {
    let kept: String = text.chars().map(|c| if c.is_control() || is_special(c) { ' ' } else { c }).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}
