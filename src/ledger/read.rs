//! What the ledger answers: balances now and at any past moment, statements, and the journal.
//!
//! A balance now is one row; a balance at a past moment is one index look-up; a statement page is one
//! range scan. None of them grows with the age of the ledger.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::chain::Hash;
use super::posting::{AccountKind, AccountName, Side, SourceKind, TransactionKind, WalletKind};
use crate::base::clock::first_id;
use crate::base::credits::Credits;
use crate::base::db::{Result, Tx};
use crate::base::ids::{
    AccountId, CommissionId, EventId, HubId, PartnerId, PersonId, SchoolId, SourceId, TransactionId,
};
use crate::base::sent;
use crate::base::year::AcademicYear;

/// The columns of a transaction, with its memo and what reverses it.
macro_rules! transaction_columns {
    () => {
        "t.sequence, t.id, t.kind, t.effective_on, t.recorded_at, t.actor_id, t.source_kind, t.source_id, m.memo, t.reverses, r.id AS reversed_by, t.hash"
    };
}

pub(super) use transaction_columns;

/// The columns of an account.
macro_rules! account_columns {
    () => {
        "id, code, kind, normal_side, floored, year, wallet, school_id, partner_id, event_id, commission_id, balance, position, opened_at"
    };
}

/// The columns of a line of a statement.
macro_rules! entry_columns {
    () => {
        "e.account_id, a.code AS account, e.position, e.sequence, t.id AS transaction_id, t.kind, t.effective_on, t.recorded_at,
         t.source_kind, t.source_id, m.memo, e.side, e.amount, e.balance_after"
    };
}

/// An account of the ledger and its balance.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Account {
    /// The account's id.
    pub id: AccountId,
    /// The account's code, unique in the hub.
    pub code: String,
    /// The kind of account.
    pub kind: AccountKind,
    /// The side on which a healthy balance is positive.
    pub normal_side: Side,
    /// Whether the balance may never be below zero.
    #[serde(skip)]
    pub floored: bool,
    /// The academic year, where it has one.
    pub year: Option<AcademicYear>,
    /// The kind of wallet.
    pub wallet: Option<WalletKind>,
    /// The school whose wallet it is.
    pub school_id: Option<SchoolId>,
    /// The partner whose account it is.
    pub partner_id: Option<PartnerId>,
    /// The event whose escrow it is.
    pub event_id: Option<EventId>,
    /// The commission whose escrow it is.
    pub commission_id: Option<CommissionId>,
    /// The balance on the normal side: now, or at the instant that was asked for.
    pub balance: Credits,
    /// How many entries the account has.
    #[serde(skip)]
    pub position: i64,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
}

/// Filters a list of accounts.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccountFilter {
    /// Of this kind.
    pub kind: Option<AccountKind>,
    /// Of this school.
    pub school: Option<SchoolId>,
    /// Of this partner.
    pub partner: Option<PartnerId>,
    /// Of this event.
    pub event: Option<EventId>,
    /// Of this year.
    pub year: Option<AcademicYear>,
}

/// One line of a statement.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Entry {
    /// The account posted to.
    pub account_id: AccountId,
    /// The account's code.
    pub account: String,
    /// The account's gap-free number for the entry.
    pub position: i64,
    /// The hub's gap-free number for the transaction.
    pub sequence: i64,
    /// The transaction that the entry is part of.
    pub transaction_id: TransactionId,
    /// What the transaction does.
    pub kind: TransactionKind,
    /// The business date.
    pub effective_on: NaiveDate,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// What the transaction came from.
    pub source_kind: SourceKind,
    /// The id of the source.
    pub source_id: Uuid,
    /// The memo of the transaction.
    pub memo: Option<String>,
    /// Debit or credit.
    pub side: Side,
    /// The amount, above zero.
    pub amount: Credits,
    /// The account's balance after the entry, on its normal side.
    pub balance_after: Credits,
}

/// A transaction of the journal.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Transaction {
    /// The hub's gap-free number for the transaction.
    pub sequence: i64,
    /// The transaction's id.
    pub id: TransactionId,
    /// What the transaction does.
    pub kind: TransactionKind,
    /// The business date.
    pub effective_on: NaiveDate,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Who did it; null on the command line.
    pub actor_id: Option<PersonId>,
    /// What the transaction came from.
    pub source_kind: SourceKind,
    /// The id of the source.
    #[schema(value_type = SourceId)]
    pub source_id: Uuid,
    /// The memo of the transaction.
    pub memo: Option<String>,
    /// The transaction that it reverses.
    pub reverses: Option<TransactionId>,
    /// The transaction that reverses it.
    pub reversed_by: Option<TransactionId>,
    /// SHA-256 over the hash of the transaction before and all of this one, in hexadecimal.
    #[serde(serialize_with = "sent::hex")]
    #[schema(value_type = String)]
    pub hash: Vec<u8>,
}

/// The head: the end of the hub's chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many transactions the hub has.
    pub sequence: i64,
    /// The hash of the last transaction.
    pub hash: Hash,
    /// When the last transaction was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// A past moment of the ledger.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// With everything recorded so far.
    Now,
    /// With everything recorded at or before an instant.
    At(DateTime<Utc>),
}

/// The end of the hub's chain.
pub async fn head(tx: &mut Tx, hub: HubId) -> Result<Option<Head>> {
    let row: Option<(i64, Vec<u8>, DateTime<Utc>)> =
        tx.query("SELECT sequence, hash, recorded_at FROM ledger_heads WHERE hub_id = $1").bind(hub).optional().await?;
    Ok(row.and_then(|(sequence, hash, recorded_at)| {
        Some(Head { sequence, hash: Hash::try_from(hash).ok()?, recorded_at })
    }))
}

/// How often the hub was written: rises with every write transaction, whatever it writes.
pub async fn writes(tx: &mut Tx, hub: HubId) -> Result<i64> {
    let row: Option<(i64,)> =
        tx.query("SELECT writes FROM ledger_heads WHERE hub_id = $1").bind(hub).optional().await?;
    Ok(row.map_or(0, |(writes,)| writes))
}

/// Bisects the sequence, since the clock of a journal never runs back. It begins between the last transaction whose id
/// is of an earlier millisecond and the first whose id is of a later one, where the times of these two agree with that.
const SEQUENCE_AT: &str = "WITH RECURSIVE bisected (low, high) AS (
         SELECT COALESCE((SELECT CASE WHEN recorded_at <= $2 THEN sequence END FROM transactions
                          WHERE hub_id = $1 AND id < $3 ORDER BY id DESC LIMIT 1), 0),
                COALESCE((SELECT CASE WHEN recorded_at > $2 THEN sequence - 1 END FROM transactions
                          WHERE hub_id = $1 AND id >= $4 ORDER BY id LIMIT 1), sequence)
         FROM ledger_heads WHERE hub_id = $1
         UNION ALL
         SELECT CASE WHEN t.recorded_at <= $2 THEN t.sequence ELSE b.low END,
                CASE WHEN t.recorded_at <= $2 THEN b.high ELSE t.sequence - 1 END
         FROM bisected b JOIN transactions t ON t.hub_id = $1 AND t.sequence = (b.low + b.high + 1) / 2
         WHERE b.low < b.high
     )
     SELECT low FROM bisected WHERE low = high";

/// The sequence of the last transaction of the hub at a moment.
pub async fn sequence_at(tx: &mut Tx, hub: HubId, moment: Moment) -> Result<i64> {
    let Moment::At(instant) = moment else { return Ok(i64::MAX) };
    let later = instant.checked_add_signed(TimeDelta::milliseconds(1)).unwrap_or(instant);
    let last: Option<(i64,)> =
        tx.query(SEQUENCE_AT).bind(hub).bind(instant).bind(first_id(instant)).bind(first_id(later)).optional().await?;
    Ok(last.map_or(0, |(sequence,)| sequence))
}

/// One account of the hub.
pub async fn account(tx: &mut Tx, hub: HubId, id: AccountId) -> Result<Option<Account>> {
    tx.query(concat!("SELECT ", account_columns!(), " FROM accounts WHERE hub_id = $1 AND id = $2"))
        .bind(hub)
        .bind(id)
        .optional()
        .await
}

/// The account of this name, if it has been opened.
pub async fn account_named(tx: &mut Tx, hub: HubId, name: AccountName) -> Result<Option<Account>> {
    tx.query(concat!("SELECT ", account_columns!(), " FROM accounts WHERE hub_id = $1 AND code = $2"))
        .bind(hub)
        .bind(name.code())
        .optional()
        .await
}

/// The wallets of a school are one range of `accounts_by_school`.
const ACCOUNTS_OF_SCHOOL: &str = concat!(
    "SELECT ",
    account_columns!(),
    "
     FROM accounts
     WHERE hub_id = $1 AND school_id = $2
       AND ($3 IS NULL OR kind = $3)
       AND ($4 IS NULL OR partner_id = $4)
       AND ($5 IS NULL OR event_id = $5)
       AND ($6 IS NULL OR year = $6)
       AND id > $7
     ORDER BY id LIMIT $8"
);

/// The escrow of an event is found by `accounts_by_event`.
const ACCOUNTS_OF_EVENT: &str = concat!(
    "SELECT ",
    account_columns!(),
    "
     FROM accounts
     WHERE hub_id = $1 AND event_id = $2
       AND ($3 IS NULL OR kind = $3)
       AND ($4 IS NULL OR partner_id = $4)
       AND ($5 IS NULL OR year = $5)
       AND id > $6
     ORDER BY id LIMIT $7"
);

const ACCOUNTS: &str = concat!(
    "SELECT ",
    account_columns!(),
    "
     FROM accounts
     WHERE hub_id = $1
       AND ($2 IS NULL OR kind = $2)
       AND ($3 IS NULL OR partner_id = $3)
       AND ($4 IS NULL OR year = $4)
       AND id > $5
     ORDER BY id LIMIT $6"
);

/// A page of accounts in the order of their ids.
pub async fn accounts(
    tx: &mut Tx,
    hub: HubId,
    filter: AccountFilter,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<Account>> {
    let AccountFilter { kind, school, partner, event, year } = filter;
    let query = match (school, event) {
        (Some(school), event) => {
            tx.query(ACCOUNTS_OF_SCHOOL).bind(hub).bind(school).bind(kind).bind(partner).bind(event)
        }
        (None, Some(event)) => tx.query(ACCOUNTS_OF_EVENT).bind(hub).bind(event).bind(kind).bind(partner),
        (None, None) => tx.query(ACCOUNTS).bind(hub).bind(kind).bind(partner),
    };
    query.bind(year).bind(after.unwrap_or(AccountId(Uuid::nil()))).bind(limit).all().await
}

/// An account's balance on its normal side at a moment; zero before its first entry.
pub async fn account_balance_at(tx: &mut Tx, hub: HubId, id: AccountId, moment: Moment) -> Result<Credits> {
    let sequence = sequence_at(tx, hub, moment).await?;
    let balance: Option<(Credits,)> = tx
        .query(
            "SELECT balance_after FROM entries WHERE hub_id = $1 AND account_id = $2 AND sequence <= $3
             ORDER BY sequence DESC LIMIT 1",
        )
        .bind(hub)
        .bind(id)
        .bind(sequence)
        .optional()
        .await?;
    Ok(balance.map_or(Credits::ZERO, |(balance,)| balance))
}

/// One range of the primary key: an account appears once in a transaction.
const ENTRIES: &str = concat!(
    "SELECT ",
    entry_columns!(),
    "
     FROM entries e
     JOIN accounts a ON a.hub_id = e.hub_id AND a.id = e.account_id
     JOIN transactions t ON t.hub_id = e.hub_id AND t.sequence = e.sequence
     LEFT JOIN transaction_memos m ON m.hub_id = t.hub_id AND m.transaction_id = t.id
     WHERE e.hub_id = $1 AND e.account_id = $2 AND e.sequence > $3
     ORDER BY e.sequence LIMIT $4"
);

/// One range of the primary key: an account appears once in a transaction. The first [`MOST_OF_A_PAGE`] rows.
const PAGE: &str = concat!(
    "SELECT page.*
     FROM (SELECT ",
    entry_columns!(),
    "
           FROM entries e
           JOIN accounts a ON a.hub_id = e.hub_id AND a.id = e.account_id
           JOIN transactions t ON t.hub_id = e.hub_id AND t.sequence = e.sequence
           LEFT JOIN transaction_memos m ON m.hub_id = t.hub_id AND m.transaction_id = t.id
           WHERE e.hub_id = $1 AND e.account_id = $2 AND e.sequence > $3
           ORDER BY e.sequence LIMIT 256) page
     ORDER BY page.sequence LIMIT $4"
);

/// Few enough that PostgreSQL does not expect a long history when it plans the page, and plans it once. Without
/// knowing how many are asked for, it would plan each page anew, which takes longer than reading it.
const MOST_OF_A_PAGE: i64 = 256;

/// A page of an account's statement, oldest first, after the transaction of this sequence.
pub async fn entries(tx: &mut Tx, hub: HubId, account: AccountId, after: i64, limit: i64) -> Result<Vec<Entry>> {
    let entries = if limit <= MOST_OF_A_PAGE { PAGE } else { ENTRIES };
    tx.query(entries).bind(hub).bind(account).bind(after).bind(limit).all().await
}

/// One range of the primary key, of which those of later days are left out.
const ENTRIES_UNTIL: &str = concat!(
    "SELECT ",
    entry_columns!(),
    "
     FROM entries e
     JOIN accounts a ON a.hub_id = e.hub_id AND a.id = e.account_id
     JOIN transactions t ON t.hub_id = e.hub_id AND t.sequence = e.sequence
     LEFT JOIN transaction_memos m ON m.hub_id = t.hub_id AND m.transaction_id = t.id
     WHERE e.hub_id = $1 AND e.account_id = $2 AND e.sequence > $3 AND t.effective_on <= $4
     ORDER BY e.sequence LIMIT $5"
);

/// The same of what was effective on this day or earlier.
pub async fn entries_until(
    tx: &mut Tx,
    hub: HubId,
    account: AccountId,
    day: NaiveDate,
    after: i64,
    limit: i64,
) -> Result<Vec<Entry>> {
    tx.query(ENTRIES_UNTIL).bind(hub).bind(account).bind(after).bind(day).bind(limit).all().await
}

/// The entries of one transaction, in order.
pub async fn transaction_entries(tx: &mut Tx, hub: HubId, sequence: i64) -> Result<Vec<Entry>> {
    tx.query(concat!(
        "SELECT ",
        entry_columns!(),
        "
         FROM entries e
         JOIN accounts a ON a.hub_id = e.hub_id AND a.id = e.account_id
         JOIN transactions t ON t.hub_id = e.hub_id AND t.sequence = e.sequence
         LEFT JOIN transaction_memos m ON m.hub_id = t.hub_id AND m.transaction_id = t.id
         WHERE e.hub_id = $1 AND e.sequence = $2
         ORDER BY e.ordinal"
    ))
    .bind(hub)
    .bind(sequence)
    .all()
    .await
}

/// One transaction of the hub.
pub async fn transaction(tx: &mut Tx, hub: HubId, id: TransactionId) -> Result<Option<Transaction>> {
    tx.query(concat!(
        "SELECT ",
        transaction_columns!(),
        "
         FROM transactions t
         LEFT JOIN transaction_memos m ON m.hub_id = t.hub_id AND m.transaction_id = t.id
         LEFT JOIN transactions r ON r.hub_id = t.hub_id AND r.reverses = t.id
         WHERE t.hub_id = $1 AND t.id = $2"
    ))
    .bind(hub)
    .bind(id)
    .optional()
    .await
}

/// One range of the primary key.
const TRANSACTIONS: &str = concat!(
    "SELECT ",
    transaction_columns!(),
    "
     FROM transactions t
     LEFT JOIN transaction_memos m ON m.hub_id = t.hub_id AND m.transaction_id = t.id
     LEFT JOIN transactions r ON r.hub_id = t.hub_id AND r.reverses = t.id
     WHERE t.hub_id = $1 AND t.sequence > $2
     ORDER BY t.sequence LIMIT $3"
);

/// One range of `transactions_by_source`.
const TRANSACTIONS_OF_SOURCE: &str = concat!(
    "SELECT ",
    transaction_columns!(),
    "
     FROM transactions t
     LEFT JOIN transaction_memos m ON m.hub_id = t.hub_id AND m.transaction_id = t.id
     LEFT JOIN transactions r ON r.hub_id = t.hub_id AND r.reverses = t.id
     WHERE t.hub_id = $1 AND t.source_id = $2 AND t.sequence > $3
     ORDER BY t.sequence LIMIT $4"
);

/// A page of the hub's transactions in the order of the chain; those of one source where it is given.
pub async fn transactions(
    tx: &mut Tx,
    hub: HubId,
    source: Option<Uuid>,
    after: i64,
    limit: i64,
) -> Result<Vec<Transaction>> {
    let query = match source {
        Some(source) => tx.query(TRANSACTIONS_OF_SOURCE).bind(hub).bind(source),
        None => tx.query(TRANSACTIONS).bind(hub),
    };
    query.bind(after).bind(limit).all().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn a_page_is_one_range_of_an_index() {
        for (statement, range) in [
            (ACCOUNTS, "(hub_id=? AND id>?)"),
            (ACCOUNTS_OF_SCHOOL, "accounts_by_school (hub_id=? AND school_id=? AND id>?)"),
            (ACCOUNTS_OF_EVENT, "accounts_by_event (hub_id=? AND event_id=? AND id>?)"),
            (ENTRIES, "SEARCH e USING PRIMARY KEY (hub_id=? AND account_id=? AND sequence>?)"),
            (ENTRIES_UNTIL, "SEARCH e USING PRIMARY KEY (hub_id=? AND account_id=? AND sequence>?)"),
            (TRANSACTIONS, "SEARCH t USING PRIMARY KEY (hub_id=? AND sequence>?)"),
            (TRANSACTIONS_OF_SOURCE, "transactions_by_source (hub_id=? AND source_id=? AND sequence>?)"),
        ] {
            let plan = plan(statement).await;
            assert!(plan.iter().any(|step| step.contains(range)), "{statement} {plan:#?}");
            assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{plan:#?}");
        }
    }

    #[tokio::test]
    async fn a_page_of_a_statement_is_read_in_its_order_and_no_further() {
        let plan = plan(PAGE).await;
        let entries = "SEARCH e USING PRIMARY KEY (hub_id=? AND account_id=? AND sequence>?)";
        assert!(plan.iter().any(|step| step == entries), "{plan:#?}");
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE") || step.contains("MATERIALIZE")), "{plan:#?}");
    }

    #[tokio::test]
    async fn an_instant_is_found_by_one_look_at_a_time() {
        let plan = plan(SEQUENCE_AT).await;
        for step in [
            "SEARCH t USING PRIMARY KEY (hub_id=? AND sequence=?)",
            "SEARCH transactions USING INDEX sqlite_autoindex_transactions_2 (hub_id=? AND id<?)",
            "SEARCH transactions USING INDEX sqlite_autoindex_transactions_2 (hub_id=? AND id>?)",
        ] {
            assert!(plan.iter().any(|found| found == step), "{step} {plan:#?}");
        }
    }
}
