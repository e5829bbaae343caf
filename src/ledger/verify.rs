//! Verification: everything the ledger promises, recomputed from its rows alone.
//!
//! First each account is checked by itself, then the journal from its first transaction to its last, then
//! the accounts and the head against what the journal makes of them. All of it is one consistent read, page by
//! page: only a position and a balance are kept for each account, so memory grows with the accounts, never with
//! the transactions. It stops at the first fault and names it.
//!
//! Every column of the ledger's tables is covered but one: `ledger_heads.writes` counts the hub's writes, and
//! nothing stored depends on it. An account without entries can disappear without a trace,
//! with nothing lost.

mod account;
pub(super) mod end;

use std::collections::HashMap;
use std::fmt;

use chrono::{DateTime, Utc};

use super::chain::{GENESIS, Hash, Sealed, SealedEntry, memo_digest, seal};
use super::dates;
use super::difference::Difference;
use super::kept::KeptHead;
use super::posting::{AccountName, Side, SourceKind, TransactionKind};
use super::shape::Shape;
use super::stream::{EntryRow, Next, Stream, TransactionRow};
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::db::{Error, Result, Tx};
use crate::base::ids::{AccountId, HubId};

/// What was checked, and the first fault found.
#[derive(Clone, Debug)]
pub struct Verification {
    /// How many transactions were recomputed.
    pub transactions: i64,
    /// How many entries were recomputed.
    pub entries: i64,
    /// How many accounts were compared.
    pub accounts: i64,
    /// The end of the chain.
    pub head: Hash,
    /// The first difference; none where all is well.
    pub difference: Option<Difference>,
}

/// Puts the outcome into one line.
impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.difference {
            Some(difference) => write!(f, "ledger WRONG: {difference}"),
            None => {
                let Verification { transactions, entries, .. } = self;
                write!(f, "ledger verified: {transactions} transactions, {entries} entries, 0 differences")
            }
        }
    }
}

/// An account as its entries make it, and what its code says it is.
#[derive(Clone, Copy, Default)]
pub(super) struct Recomputed {
    name: Option<AccountName>,
    pub(super) position: i64,
    pub(super) balance: i64,
}

/// The journal as far as it has been recomputed.
pub(super) struct Check {
    pub(super) hub: HubId,
    pub(super) sequence: i64,
    pub(super) previous: Hash,
    pub(super) recorded_at: Option<DateTime<Utc>>,
    pub(super) accounts: HashMap<AccountId, Recomputed>,
    /// How many entries are backdated.
    pub(super) backdated: i64,
}

/// The result of a check.
pub(super) type Checked<T = ()> = std::result::Result<T, Difference>;

/// Verifies the hub's whole ledger. `progress` is told how many transactions are done.
pub async fn verify(tx: &mut Tx, hub: HubId, progress: impl FnMut(i64)) -> Result<Verification> {
    verify_against(tx, hub, &[], progress).await
}

/// Verifies the hub's whole ledger, and that its history runs through the earlier heads that were kept, which are given
/// in the order of the chain.
pub async fn verify_against(
    tx: &mut Tx,
    hub: HubId,
    kept: &[KeptHead],
    mut progress: impl FnMut(i64),
) -> Result<Verification> {
    let mut done = Verification { transactions: 0, entries: 0, accounts: 0, head: GENESIS, difference: None };
    let mut check = Check::new(hub);
    done.difference = match account::each(tx, hub).await? {
        None => check.journal(tx, kept, &mut done, &mut progress).await?,
        found => found,
    };
    if done.difference.is_none() {
        done.difference = end::compare(tx, &check, &mut done.accounts).await?;
    }
    if done.difference.is_none() {
        done.difference = dates::compare(tx, hub, check.backdated).await?;
    }
    Ok(done)
}

impl Check {
    /// Begins before the hub's first transaction.
    pub(super) fn new(hub: HubId) -> Check {
        Check { hub, sequence: 0, previous: GENESIS, recorded_at: None, accounts: HashMap::new(), backdated: 0 }
    }

    async fn journal(
        &mut self,
        tx: &mut Tx,
        mut kept: &[KeptHead],
        done: &mut Verification,
        progress: &mut impl FnMut(i64),
    ) -> Result<Option<Difference>> {
        let mut stream = Stream::new(self.hub);
        loop {
            while let Some((head, rest)) = kept.split_first().filter(|(head, _)| head.sequence <= self.sequence) {
                if head.sequence == self.sequence && head.hash != self.previous {
                    return Ok(Some(Difference::new(
                        "the history is not the one whose head was kept",
                        Some(self.sequence),
                        None,
                        hex::encode(head.hash),
                        hex::encode(self.previous),
                    )));
                }
                kept = rest;
            }
            match stream.next(tx).await? {
                Next::Transaction(transaction, entries) => {
                    if let Err(difference) = self.transaction(&transaction, &entries) {
                        return Ok(Some(difference));
                    }
                    done.transactions += 1;
                    done.entries += i64::try_from(entries.len()).unwrap_or(i64::MAX);
                    done.head = self.previous;
                    if done.transactions % 1_000 == 0 {
                        progress(done.transactions);
                    }
                }
                Next::Stray(entry) => {
                    let (sequence, code) = (Some(entry.sequence), entry.code);
                    return Ok(Some(Difference::new(
                        "an entry has no transaction",
                        sequence,
                        code,
                        "a transaction",
                        "none",
                    )));
                }
                Next::Unreadable(sequence, error) => return Ok(Some(unreadable(Some(sequence + 1), None, &error))),
                Next::End => break,
            }
        }
        progress(done.transactions);
        Ok(kept.last().filter(|kept| kept.sequence > self.sequence).map(|kept| {
            Difference::new("the ledger ends before the head that was kept", None, None, kept.sequence, self.sequence)
        }))
    }

    /// Recomputes the next transaction.
    pub(super) fn transaction(&mut self, row: &TransactionRow, entries: &[EntryRow]) -> Checked {
        let (at, sequence) = (Some(row.sequence), self.sequence + 1);
        if row.sequence != sequence {
            return Err(Difference::new("the sequence has a gap", at, None, sequence, row.sequence));
        }
        if let Some(before) = self.recorded_at.filter(|before| row.recorded_at < *before) {
            return Err(Difference::new("the clock ran backwards", at, None, before, row.recorded_at));
        }
        let sealed = self.entries(row, entries)?;
        memo(row)?;
        let hash = self.seal(row, &sealed);
        if row.hash != hash {
            let what = "the hash does not seal the transaction";
            return Err(Difference::new(what, at, None, hex::encode(hash), hex::encode(&row.hash)));
        }
        let moved: Vec<_> = sealed.iter().map(|entry| (self.name_of(entry), entry.side, entry.amount)).collect();
        kind(row, &moved)?;
        let recorded_on = london_date(row.recorded_at);
        if row.effective_on > recorded_on {
            let what = "a transaction is dated after the day on which it was recorded";
            return Err(Difference::new(what, at, None, recorded_on, row.effective_on));
        }
        if dates::is_backdated(row.effective_on, row.recorded_at) {
            self.backdated += i64::try_from(entries.len()).unwrap_or(i64::MAX);
        }
        (self.sequence, self.previous, self.recorded_at) = (sequence, hash, Some(row.recorded_at));
        Ok(())
    }

    /// Recomputes the transaction's entries: they follow each other, and their debits are its credits.
    fn entries<'a>(&mut self, row: &TransactionRow, entries: &'a [EntryRow]) -> Checked<Vec<SealedEntry<'a>>> {
        let at = Some(row.sequence);
        let mut sealed = Vec::with_capacity(entries.len());
        let mut balance = 0_i128;
        for (ordinal, entry) in (1..).zip(entries) {
            if entry.ordinal != ordinal {
                let (what, code) = ("the entries of a transaction have a gap", entry.code.clone());
                return Err(Difference::new(what, at, code, ordinal, entry.ordinal));
            }
            let entry = self.entry(entry)?;
            balance += signed(entry.side == Side::Debit, entry.amount);
            sealed.push(entry);
        }
        if balance != 0 || entries.is_empty() {
            let over = i64::try_from(balance)
                .map_or_else(|_| TOO_MUCH.to_owned(), |over| Credits::from_hundredths(over).to_string());
            return Err(Difference::new("debits and credits differ", at, None, Credits::ZERO, over));
        }
        Ok(sealed)
    }

    /// The hash that seals the transaction onto the one before it.
    fn seal(&self, row: &TransactionRow, entries: &[SealedEntry<'_>]) -> Hash {
        let transaction = Sealed {
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
            grounds: row.grounds.as_deref(),
            changes_hash: row.changes_hash.as_deref(),
            entries,
        };
        seal(&self.previous, &transaction)
    }

    fn name_of(&self, entry: &SealedEntry<'_>) -> Option<AccountName> {
        self.accounts.get(&AccountId(entry.account_id)).and_then(|account| account.name)
    }

    fn entry<'a>(&mut self, entry: &'a EntryRow) -> Checked<SealedEntry<'a>> {
        let at = Some(entry.sequence);
        let normal_side = entry.normal_side.as_deref().and_then(|side| Side::parse(side).ok());
        let (Some(code), Some(normal_side), Some(floored)) = (entry.code.as_deref(), normal_side, entry.floored) else {
            return Err(Difference::new(
                "an entry names an account that is not there",
                at,
                Some(entry.account_id.to_string()),
                "an account",
                "none",
            ));
        };
        let Ok(side) = Side::parse(&entry.side) else {
            return Err(Difference::new(
                "a side is no side",
                at,
                Some(code.to_owned()),
                "debit or credit",
                &entry.side,
            ));
        };
        let account = self.accounts.entry(entry.account_id).or_default();
        account.name = account.name.or_else(|| AccountName::of_code(code));
        account.position += 1;
        let balance = i64::try_from(i128::from(account.balance) + signed(side == normal_side, entry.amount));
        let wrong = |what, expected: &dyn ToString, found: &dyn ToString| {
            Err(Difference::new(what, at, Some(code.to_owned()), expected.to_string(), found.to_string()))
        };
        let Ok(balance) = balance else {
            return wrong("an account holds more than can be counted", &"an amount in 64 bits", &TOO_MUCH);
        };
        account.balance = balance;
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
            side,
            amount: entry.amount,
            balance_after: entry.balance_after,
            position: entry.position,
        })
    }
}

/// Stands in for an amount too large to hold.
const TOO_MUCH: &str = "more";

/// An amount added or taken away, whatever a row says it is.
fn signed(added: bool, amount: i64) -> i128 {
    if added { i128::from(amount) } else { -i128::from(amount) }
}

/// Checks that a transaction's kind and source are valid words that go together, and that it moves what its kind moves.
fn kind(row: &TransactionRow, entries: &[(Option<AccountName>, Side, i64)]) -> Checked {
    let at = Some(row.sequence);
    let wrong = |what, expected: &dyn ToString, found: &dyn ToString| {
        Err(Difference::new(what, at, None, expected.to_string(), found.to_string()))
    };
    let (Ok(kind), Ok(source)) = (TransactionKind::parse(&row.kind), SourceKind::parse(&row.source_kind)) else {
        let found = format!("{} of {}", row.kind, row.source_kind);
        return wrong("a transaction is of no kind that there is", &"a kind and a kind of source", &found);
    };
    if !kind.sources().contains(&source) {
        let expected: Vec<&str> = kind.sources().iter().map(|source| source.as_str()).collect();
        return wrong("a transaction comes from what can't post such a one", &expected.join(" or "), &source);
    }
    if kind.is_reversal() != row.reverses.is_some() {
        let (expected, found) = (reverses(kind.is_reversal()), reverses(row.reverses.is_some()));
        return wrong("a reversal names no transaction, or another transaction names one", &expected, &found);
    }
    let named: Option<Vec<Shape>> =
        entries.iter().map(|(name, side, amount)| Some(((*name)?, *side, *amount))).collect();
    if named.is_some_and(|entries| kind.has_shape(&entries)) {
        return Ok(());
    }
    let moved = |(name, side, _): &(Option<AccountName>, Side, i64)| match name {
        Some(name) => format!("{side} {}", name.kind()),
        None => format!("{side} an unknown account"),
    };
    let found: Vec<String> = entries.iter().take(4).map(moved).collect();
    wrong("a transaction moves what one of its kind does not", &kind.shape(), &found.join(", "))
}

fn reverses(one: bool) -> &'static str {
    if one { "it reverses one" } else { "it reverses none" }
}

/// Checks that a memo matches its sealed digest, or was erased: then its text and its salt are empty.
fn memo(row: &TransactionRow) -> Checked {
    let at = Some(row.sequence);
    match (&row.memo_digest, &row.salt, &row.memo) {
        (None, None, None) => Ok(()),
        (Some(_), Some(salt), Some(memo)) if salt.is_empty() && memo.is_empty() => Ok(()),
        (digest, Some(salt), Some(memo)) => {
            let (sealed, found) = (digest.as_deref().unwrap_or_default(), memo_digest(salt, memo));
            if sealed == found {
                return Ok(());
            }
            let (sealed, found) = (hex::encode(sealed), hex::encode(found));
            Err(Difference::new("the memo is not the one that was sealed", at, None, sealed, found))
        }
        (digest, ..) => {
            let sealed = hex::encode(digest.as_deref().unwrap_or_default());
            Err(Difference::new("a memo that was sealed is gone, and was not erased", at, None, sealed, "none"))
        }
    }
}

fn unreadable(transaction: Option<i64>, subject: Option<String>, error: &Error) -> Difference {
    Difference::new("a row holds what its column can't", transaction, subject, "a value of the column's type", error)
}
