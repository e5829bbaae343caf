//! Verification: everything the ledger promises, recomputed from the entries alone.
//!
//! Streams the journal in pages, in one consistent read: memory grows with the number of accounts,
//! never with the number of transactions. Stops at the first thing that is wrong and names it.

use std::collections::HashMap;
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::chain::{GENESIS, Hash, Sealed, SealedEntry, memo_digest, seal};
use super::posting::Side;
use super::read::{self, Head};
use crate::credits::Credits;
use crate::db::{Result, Tx};
use crate::ids::{AccountId, HubId};

/// What was checked, and the first thing found wrong.
#[derive(Clone, Debug)]
pub struct Verification {
    /// Transactions recomputed.
    pub transactions: i64,
    /// Entries recomputed.
    pub entries: i64,
    /// Accounts compared.
    pub accounts: i64,
    /// The end of the chain.
    pub head: Hash,
    /// The first difference; none when all is well.
    pub difference: Option<Difference>,
}

/// Something recorded that differs from what the entries say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What is wrong, in words.
    pub what: String,
    /// The sequence of the transaction where it is.
    pub transaction: Option<i64>,
    /// The code of the account, or the id of the event or booking, where it is.
    pub subject: Option<String>,
    /// What the entries say.
    pub expected: String,
    /// What is recorded.
    pub found: String,
}

/// The outcome in one line.
impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(Difference { what, transaction, subject, expected, found }) = &self.difference else {
            let Verification { transactions, entries, .. } = self;
            return write!(f, "ledger verified: {transactions} transactions, {entries} entries, 0 differences");
        };
        write!(f, "ledger WRONG: {what}")?;
        if let Some(transaction) = transaction {
            write!(f, ", transaction {transaction}")?;
        }
        if let Some(subject) = subject {
            write!(f, ", {subject}")?;
        }
        write!(f, ": expected {expected}, found {found}")
    }
}

/// How many transactions are read at once.
const PAGE: i64 = 1_000;

#[derive(sqlx::FromRow)]
struct TransactionRow {
    sequence: i64,
    id: Uuid,
    kind: String,
    effective_on: NaiveDate,
    recorded_at: DateTime<Utc>,
    actor_id: Option<Uuid>,
    source_kind: String,
    source_id: Uuid,
    memo_digest: Option<Vec<u8>>,
    reverses: Option<Uuid>,
    hash: Vec<u8>,
    salt: Option<Vec<u8>>,
    memo: Option<String>,
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    sequence: i64,
    ordinal: i64,
    account_id: AccountId,
    code: Option<String>,
    normal_side: Option<Side>,
    floored: Option<bool>,
    position: i64,
    side: Side,
    amount: i64,
    balance_after: i64,
}

/// An account as its entries make it.
#[derive(Clone, Copy, Default)]
struct Recomputed {
    position: i64,
    balance: i64,
}

struct Check {
    hub: HubId,
    previous: Hash,
    recorded_at: DateTime<Utc>,
    accounts: HashMap<AccountId, Recomputed>,
}

/// Verifies the hub's whole ledger. `progress` is told how many transactions are done.
pub async fn verify(tx: &mut Tx, hub: HubId, mut progress: impl FnMut(i64)) -> Result<Verification> {
    let mut check = Check { hub, previous: GENESIS, recorded_at: DateTime::<Utc>::MIN_UTC, accounts: HashMap::new() };
    let mut done = Verification { transactions: 0, entries: 0, accounts: 0, head: GENESIS, difference: None };
    loop {
        let page = transaction_page(tx, hub, done.transactions).await?;
        let Some(last) = page.last() else { break };
        let entries = entry_page(tx, hub, done.transactions, last.sequence).await?;
        let mut rest = entries.as_slice();
        for transaction in &page {
            let own = rest.iter().take_while(|entry| entry.sequence == transaction.sequence).count();
            let (own, others) = rest.split_at(own);
            if let Err(difference) = check.transaction(done.transactions + 1, transaction, own) {
                done.difference = Some(difference);
                return Ok(done);
            }
            rest = others;
            done.transactions += 1;
            done.entries += i64::try_from(own.len()).unwrap_or(i64::MAX);
        }
        if let Some(stray) = rest.first() {
            done.difference = Some(stray_entry(stray.sequence, stray.code.clone()));
            return Ok(done);
        }
        done.head = check.previous;
        progress(done.transactions);
    }
    done.difference = check.end(tx, &mut done.accounts).await?;
    Ok(done)
}

impl Check {
    fn transaction(
        &mut self,
        sequence: i64,
        row: &TransactionRow,
        entries: &[EntryRow],
    ) -> std::result::Result<(), Difference> {
        let at = Some(row.sequence);
        if row.sequence != sequence {
            return Err(difference("the sequence has a gap", at, None, sequence, row.sequence));
        }
        if row.recorded_at < self.recorded_at {
            return Err(difference("the clock ran backwards", at, None, self.recorded_at, row.recorded_at));
        }
        let mut sealed = Vec::with_capacity(entries.len());
        let mut balance = 0;
        for (ordinal, entry) in (1..).zip(entries) {
            if entry.ordinal != ordinal {
                return Err(difference(
                    "the entries of a transaction have a gap",
                    at,
                    entry.code.clone(),
                    ordinal,
                    entry.ordinal,
                ));
            }
            balance += if entry.side == Side::Debit { entry.amount } else { -entry.amount };
            sealed.push(self.entry(entry)?);
        }
        if balance != 0 || entries.is_empty() {
            return Err(difference(
                "debits and credits differ",
                at,
                None,
                Credits::ZERO,
                Credits::from_hundredths(balance),
            ));
        }
        if let (Some(salt), Some(memo)) = (&row.salt, &row.memo)
            && row.memo_digest.as_deref() != Some(memo_digest(salt, memo).as_slice())
        {
            return Err(difference(
                "the memo is not the one that was sealed",
                at,
                None,
                hex::encode(row.memo_digest.as_deref().unwrap_or_default()),
                hex::encode(memo_digest(salt, memo)),
            ));
        }
        let hash = seal(
            &self.previous,
            &Sealed {
                hub: self.hub.0,
                sequence: row.sequence,
                id: row.id,
                kind: &row.kind,
                effective_on: row.effective_on,
                recorded_at: row.recorded_at,
                actor: row.actor_id,
                source_kind: &row.source_kind,
                source_id: row.source_id,
                memo_digest: row.memo_digest.as_deref(),
                reverses: row.reverses,
                entries: &sealed,
            },
        );
        if row.hash != hash {
            return Err(difference(
                "the hash does not seal the transaction",
                at,
                None,
                hex::encode(hash),
                hex::encode(&row.hash),
            ));
        }
        (self.previous, self.recorded_at) = (hash, row.recorded_at);
        Ok(())
    }

    fn entry<'a>(&mut self, entry: &'a EntryRow) -> std::result::Result<SealedEntry<'a>, Difference> {
        let at = Some(entry.sequence);
        let (Some(code), Some(normal_side), Some(floored)) = (entry.code.as_deref(), entry.normal_side, entry.floored)
        else {
            return Err(difference(
                "an entry names an account that is not there",
                at,
                Some(entry.account_id.to_string()),
                "an account",
                "none",
            ));
        };
        let account = self.accounts.entry(entry.account_id).or_default();
        account.position += 1;
        account.balance += if entry.side == normal_side { entry.amount } else { -entry.amount };
        let wrong = |what, expected: &dyn ToString, found: &dyn ToString| {
            Err(difference(what, at, Some(code.to_owned()), expected.to_string(), found.to_string()))
        };
        if entry.position != account.position {
            return wrong("the positions of an account have a gap", &account.position, &entry.position);
        }
        if entry.balance_after != account.balance {
            return wrong(
                "a balance differs from its entries",
                &Credits::from_hundredths(account.balance),
                &Credits::from_hundredths(entry.balance_after),
            );
        }
        if floored && account.balance < 0 {
            return wrong("an account is below its floor", &"0.00 or more", &Credits::from_hundredths(account.balance));
        }
        Ok(SealedEntry {
            account: code,
            account_id: entry.account_id.0,
            side: entry.side,
            amount: entry.amount,
            balance_after: entry.balance_after,
            position: entry.position,
        })
    }

    /// The head and the account rows against what the entries made of them.
    async fn end(&self, tx: &mut Tx, compared: &mut i64) -> Result<Option<Difference>> {
        let head = read::head(tx, self.hub).await?;
        let sequence: (i64,) = tx
            .query("SELECT COALESCE(MAX(sequence), 0) FROM transactions WHERE hub_id = $1")
            .bind(self.hub)
            .one()
            .await?;
        if let Some((sequence, code)) = entry_after(tx, self.hub, sequence.0).await? {
            return Ok(Some(stray_entry(sequence, code)));
        }
        match head {
            Some(Head { sequence: found, hash, .. }) if found == sequence.0 && hash == self.previous => {}
            Some(Head { sequence: found, hash, .. }) => {
                let (expected, found) = (
                    format!("{} {}", sequence.0, hex::encode(self.previous)),
                    format!("{found} {}", hex::encode(hash)),
                );
                return Ok(Some(difference(
                    "the head is not the last transaction",
                    Some(sequence.0),
                    None,
                    expected,
                    found,
                )));
            }
            None => return Ok(Some(difference("the hub has no head", None, None, "a head", "none"))),
        }
        let mut after = None;
        loop {
            let page = read::accounts(tx, self.hub, read::AccountFilter::default(), after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(None) };
            after = Some(last.id);
            for account in &page {
                let is = self.accounts.get(&account.id).copied().unwrap_or_default();
                if account.balance.hundredths() != is.balance || account.position != is.position {
                    let (expected, found) = (
                        format!("{} after {}", Credits::from_hundredths(is.balance), is.position),
                        format!("{} after {}", account.balance, account.position),
                    );
                    return Ok(Some(difference(
                        "an account's balance differs from its entries",
                        None,
                        Some(account.code.clone()),
                        expected,
                        found,
                    )));
                }
                let kind = account.kind;
                if account.normal_side != kind.normal_side() || account.floored != kind.floored() {
                    return Ok(Some(difference(
                        "an account's side or floor is not its kind's",
                        None,
                        Some(account.code.clone()),
                        kind,
                        format!("{} {}", account.normal_side, account.floored),
                    )));
                }
            }
            *compared += i64::try_from(page.len()).unwrap_or(i64::MAX);
        }
    }
}

fn difference(
    what: &str,
    transaction: Option<i64>,
    subject: Option<String>,
    expected: impl ToString,
    found: impl ToString,
) -> Difference {
    Difference { what: what.to_owned(), transaction, subject, expected: expected.to_string(), found: found.to_string() }
}

fn stray_entry(sequence: i64, account: Option<String>) -> Difference {
    difference("an entry has no transaction", Some(sequence), account, "a transaction", "none")
}

async fn transaction_page(tx: &mut Tx, hub: HubId, after: i64) -> Result<Vec<TransactionRow>> {
    tx.query(
        "SELECT t.sequence, t.id, t.kind, t.effective_on, t.recorded_at, t.actor_id, t.source_kind, t.source_id, t.memo_digest, t.reverses, t.hash, m.salt, m.memo
         FROM transactions t
         LEFT JOIN transaction_memos m ON m.hub_id = t.hub_id AND m.transaction_id = t.id
         WHERE t.hub_id = $1 AND t.sequence > $2
         ORDER BY t.sequence LIMIT $3",
    )
    .bind(hub)
    .bind(after)
    .bind(PAGE)
    .all()
    .await
}

async fn entry_page(tx: &mut Tx, hub: HubId, after: i64, last: i64) -> Result<Vec<EntryRow>> {
    tx.query(
        "SELECT e.sequence, e.ordinal, e.account_id, a.code, a.normal_side, a.floored, e.position, e.side, e.amount, e.balance_after
         FROM entries e
         LEFT JOIN accounts a ON a.hub_id = e.hub_id AND a.id = e.account_id
         WHERE e.hub_id = $1 AND e.sequence > $2 AND e.sequence <= $3
         ORDER BY e.sequence, e.ordinal",
    )
    .bind(hub)
    .bind(after)
    .bind(last)
    .all()
    .await
}

/// An entry beyond the last transaction.
async fn entry_after(tx: &mut Tx, hub: HubId, last: i64) -> Result<Option<(i64, Option<String>)>> {
    tx.query(
        "SELECT e.sequence, a.code
         FROM entries e
         LEFT JOIN accounts a ON a.hub_id = e.hub_id AND a.id = e.account_id
         WHERE e.hub_id = $1 AND e.sequence > $2
         ORDER BY e.sequence, e.ordinal LIMIT 1",
    )
    .bind(hub)
    .bind(last)
    .optional()
    .await
}
