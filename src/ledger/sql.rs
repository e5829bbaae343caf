//! Every statement that writes the ledger, and the reads that writing needs.

use uuid::Uuid;

use chrono::{DateTime, NaiveDate, Utc};

use super::chain::Hash;
use super::names::Owner;
use super::posting::{AccountName, Side, Source, TransactionKind};
use crate::base::db::{Changed, Result, Tx, Writes};
use crate::base::ids::{AccountId, HubId, PersonId, TransactionId};

/// A transaction that states what decided it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Grounded {
    /// The hub's number for the transaction.
    pub sequence: i64,
    /// The kind of source.
    pub source_kind: String,
    /// The id of the source.
    pub source_id: Uuid,
    /// The transaction.
    pub id: TransactionId,
    /// The digest of what decided it.
    pub grounds: Vec<u8>,
}

/// What [`super::post`] needs to know of an account.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Standing {
    pub(super) id: AccountId,
    pub(super) code: String,
    pub(super) normal_side: Side,
    pub(super) floored: bool,
    pub(super) balance: i64,
    pub(super) position: i64,
}

pub(super) struct NewAccount {
    pub(super) id: AccountId,
    pub(super) name: AccountName,
    pub(super) opened_at: DateTime<Utc>,
}

pub(super) struct NewTransaction {
    pub(super) sequence: i64,
    pub(super) id: TransactionId,
    pub(super) kind: TransactionKind,
    pub(super) effective_on: NaiveDate,
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) actor: Option<PersonId>,
    pub(super) source: Source,
    pub(super) memo_digest: Option<Hash>,
    pub(super) reverses: Option<TransactionId>,
    pub(super) grounds: Option<Hash>,
    pub(super) changes_hash: Option<Hash>,
    pub(super) hash: Hash,
}

pub(super) struct NewEntry {
    pub(super) account: AccountId,
    pub(super) position: i64,
    pub(super) sequence: i64,
    pub(super) ordinal: i64,
    pub(super) side: Side,
    pub(super) amount: i64,
    pub(super) balance_after: i64,
}

pub(super) async fn insert_head(tx: &mut Tx, hub: HubId, genesis: &Hash, now: DateTime<Utc>) -> Result<Changed> {
    tx.query("INSERT INTO ledger_heads (hub_id, sequence, hash, recorded_at, writes, changes_hash) VALUES ($1, 0, $2, $3, 0, $4)")
        .bind(hub)
        .bind(genesis.to_vec())
        .bind(now)
        .bind(genesis.to_vec())
        .run()
        .await
}

/// The hub's row in `ledger_heads`.
#[derive(sqlx::FromRow)]
pub(super) struct HeadRow {
    /// The number of the last transaction.
    pub(super) sequence: i64,
    /// The hash of the last transaction.
    pub(super) hash: Vec<u8>,
    /// The last instant that the hub recorded something at.
    pub(super) recorded_at: DateTime<Utc>,
    /// How often the hub was written.
    pub(super) writes: i64,
    /// The number of the last change.
    pub(super) changes: i64,
    /// The hash of the last change.
    pub(super) changes_hash: Vec<u8>,
    /// The mark of the head.
    pub(super) mark: Option<Vec<u8>>,
}

/// Writes the hub's row, which takes its lock, and reads it.
pub(super) async fn lock_head(tx: &mut Tx, hub: HubId) -> Result<Option<HeadRow>> {
    tx.query(
        "UPDATE ledger_heads SET writes = writes + 1 WHERE hub_id = $1
         RETURNING sequence, hash, recorded_at, writes, changes, changes_hash, mark",
    )
    .bind(hub)
    .optional()
    .await
}

/// Marks the hub's head, if it still is this one.
pub(super) async fn mark_head(tx: &mut Tx, hub: HubId, sequence: i64, hash: &Hash, mark: &Hash) -> Result<Changed> {
    tx.query("UPDATE ledger_heads SET mark = $4 WHERE hub_id = $1 AND sequence = $2 AND hash = $3")
        .bind(hub)
        .bind(sequence)
        .bind(hash.to_vec())
        .bind(mark.to_vec())
        .run()
        .await
}

pub(super) fn update_head(
    tx: &Tx,
    writes: &mut Writes,
    hub: HubId,
    head: (i64, &Hash, Option<&[u8]>),
    (changes, changes_hash): (i64, &Hash),
    now: DateTime<Utc>,
) {
    writes.add::<7, _>(
        tx,
        "WITH new (hub_id, sequence, hash, changes, changes_hash, recorded_at, mark) AS (VALUES $rows)
         UPDATE ledger_heads
         SET sequence = new.sequence, hash = new.hash, changes = new.changes, changes_hash = new.changes_hash,
             recorded_at = new.recorded_at, mark = new.mark
         FROM new WHERE ledger_heads.hub_id = new.hub_id",
        &[head],
        |values, head| {
            values
                .bind(hub)
                .bind(head.map(|(sequence, ..)| *sequence))
                .bind(head.map(|(_, hash, _)| hash.to_vec()))
                .bind(changes)
                .bind(changes_hash.to_vec())
                .bind(now)
                .bind(head.and_then(|(.., mark)| *mark).map(<[u8]>::to_vec))
        },
    );
}

/// Transactions in order, after a sequence, that seal the changes before them: each with the hash of the last of those.
pub(super) async fn sealed_changes(tx: &mut Tx, hub: HubId, after: i64, limit: i64) -> Result<Vec<(i64, Vec<u8>)>> {
    tx.query(SEALED_CHANGES).bind(hub).bind(after).bind(limit).all().await
}

const SEALED_CHANGES: &str = "SELECT sequence, changes_hash FROM transactions
     WHERE hub_id = $1 AND sequence > $2 AND changes_hash IS NOT NULL ORDER BY sequence LIMIT $3";

/// The digests of what decided these transactions, as far as they exist.
pub(super) async fn grounds(
    tx: &mut Tx,
    hub: HubId,
    ids: &[TransactionId],
) -> Result<Vec<(TransactionId, Option<Vec<u8>>)>> {
    tx.rows_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT t.id, t.grounds FROM wanted w JOIN transactions t ON t.hub_id = w.hub_id AND t.id = w.id",
        ids,
        |query, id| query.bind(hub).bind(*id),
    )
    .await
}

/// Transactions in order, after a sequence, that state what decided them, without those of bookings.
pub(super) async fn grounded(tx: &mut Tx, hub: HubId, after: i64, limit: i64) -> Result<Vec<Grounded>> {
    tx.query(GROUNDED).bind(hub).bind(after).bind(limit).all().await
}

const GROUNDED: &str = "SELECT sequence, source_kind, source_id, id, grounds FROM transactions
     WHERE hub_id = $1 AND sequence > $2 AND grounds IS NOT NULL AND source_kind <> 'booking' ORDER BY sequence LIMIT $3";

/// How many transactions of bookings state what decided them.
pub(super) async fn grounded_bookings(tx: &mut Tx, hub: HubId) -> Result<i64> {
    let (count,): (i64,) = tx
        .query(
            "SELECT COUNT(*) FROM transactions WHERE hub_id = $1 AND source_kind = 'booking' AND grounds IS NOT NULL",
        )
        .bind(hub)
        .one()
        .await?;
    Ok(count)
}

pub(super) async fn account_ids(tx: &mut Tx, hub: HubId, codes: &[String]) -> Result<Vec<(String, AccountId)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, code) AS (VALUES $rows)
         SELECT a.code, a.id FROM wanted w JOIN accounts a ON a.hub_id = w.hub_id AND a.code = w.code",
        codes,
        |query, code| query.bind(hub).bind(code.cloned()),
    )
    .await
}

/// The hub's credits in circulation, in hundredths: the balances of all accounts that credits come from.
pub(super) async fn circulation(tx: &mut Tx, hub: HubId) -> Result<i64> {
    let (sum,): (i64,) = tx.query(CIRCULATION).bind(hub).one().await?;
    Ok(sum)
}

const CIRCULATION: &str =
    "SELECT CAST(COALESCE(SUM(balance), 0) AS BIGINT) FROM accounts WHERE hub_id = $1 AND normal_side = 'debit'";

pub(super) async fn insert_accounts(tx: &mut Tx, hub: HubId, accounts: &[NewAccount]) -> Result<Changed> {
    tx.rows::<15, _>(
        "INSERT INTO accounts (hub_id, id, code, kind, normal_side, floored, year, wallet, school_id, partner_id, event_id, commission_id, balance, position, opened_at)
         VALUES $rows",
        accounts,
        |query, NewAccount { id, name, opened_at }| {
            let kind = name.kind();
            let Owner { year, wallet, school, partner, event, commission } = name.owner();
            query
                .bind(hub)
                .bind(*id)
                .bind(name.code())
                .bind(kind.as_str())
                .bind(kind.normal_side())
                .bind(kind.floored())
                .bind(year)
                .bind(wallet)
                .bind(school)
                .bind(partner)
                .bind(event)
                .bind(commission)
                .bind(0_i64)
                .bind(0_i64)
                .bind(*opened_at)
        },
    )
    .await
}

pub(super) async fn standings(tx: &mut Tx, hub: HubId, accounts: &[AccountId]) -> Result<Vec<Standing>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT a.id, a.code, a.normal_side, a.floored, a.balance, a.position
         FROM wanted w JOIN accounts a ON a.hub_id = w.hub_id AND a.id = w.id",
        accounts,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

pub(super) fn insert_transactions(tx: &Tx, writes: &mut Writes, hub: HubId, transactions: &[NewTransaction]) {
    writes.add::<14, _>(
        tx,
        "WITH new (hub_id, sequence, id, kind, effective_on, recorded_at, actor_id, source_kind, source_id, memo_digest, reverses, grounds, changes_hash, hash) AS (VALUES $rows)
         INSERT INTO transactions (hub_id, sequence, id, kind, effective_on, recorded_at, actor_id, source_kind, source_id, memo_digest, reverses, grounds, changes_hash, hash)
         SELECT hub_id, sequence, id, kind, effective_on, recorded_at, actor_id, source_kind, source_id, memo_digest, reverses, grounds, changes_hash, hash
         FROM new WHERE id IS NOT NULL",
        transactions,
        |query, new| {
            query
                .bind(hub)
                .bind(new.map(|new| new.sequence))
                .bind(new.map(|new| new.id))
                .bind(new.map(|new| new.kind))
                .bind(new.map(|new| new.effective_on))
                .bind(new.map(|new| new.recorded_at))
                .bind(new.and_then(|new| new.actor))
                .bind(new.map(|new| new.source.kind))
                .bind(new.map(|new| new.source.id))
                .bind(new.and_then(|new| new.memo_digest).map(|digest| digest.to_vec()))
                .bind(new.and_then(|new| new.reverses))
                .bind(new.and_then(|new| new.grounds).map(|grounds| grounds.to_vec()))
                .bind(new.and_then(|new| new.changes_hash).map(|hash| hash.to_vec()))
                .bind(new.map(|new| new.hash.to_vec()))
        },
    );
}

pub(super) async fn insert_memos(
    tx: &mut Tx,
    hub: HubId,
    memos: &[(TransactionId, Vec<u8>, String)],
) -> Result<Changed> {
    tx.rows::<4, _>(
        "INSERT INTO transaction_memos (hub_id, transaction_id, salt, memo) VALUES $rows",
        memos,
        |query, (id, salt, memo)| query.bind(hub).bind(*id).bind(salt.clone()).bind(memo.clone()),
    )
    .await
}

pub(super) fn insert_entries(tx: &Tx, writes: &mut Writes, hub: HubId, entries: &[NewEntry]) {
    writes.add::<8, _>(
        tx,
        "WITH new (hub_id, account_id, position, sequence, ordinal, side, amount, balance_after) AS (VALUES $rows)
         INSERT INTO entries (hub_id, account_id, position, sequence, ordinal, side, amount, balance_after)
         SELECT hub_id, account_id, position, sequence, ordinal, side, amount, balance_after
         FROM new WHERE account_id IS NOT NULL",
        entries,
        |query, new| {
            query
                .bind(hub)
                .bind(new.map(|new| new.account))
                .bind(new.map(|new| new.position))
                .bind(new.map(|new| new.sequence))
                .bind(new.map(|new| new.ordinal))
                .bind(new.map(|new| new.side))
                .bind(new.map(|new| new.amount))
                .bind(new.map(|new| new.balance_after))
        },
    );
}

pub(super) fn update_accounts(tx: &Tx, writes: &mut Writes, hub: HubId, standings: &[&Standing]) {
    writes.add::<4, _>(
        tx,
        "WITH new (hub_id, id, balance, position) AS (VALUES $rows)
         UPDATE accounts SET balance = new.balance, position = new.position
         FROM new WHERE accounts.hub_id = new.hub_id AND accounts.id = new.id",
        standings,
        |query, account| {
            query
                .bind(hub)
                .bind(account.map(|account| account.id))
                .bind(account.map(|account| account.balance))
                .bind(account.map(|account| account.position))
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn what_is_in_circulation_is_read_from_the_accounts_that_credits_come_from() {
        let plan = plan(CIRCULATION).await;
        assert!(plan.iter().all(|step| step.contains("accounts_of_issue")), "{plan:#?}");
    }
}
