//! The double-entry ledger: the only code that writes accounts, transactions and entries.
//!
//! A hub is written by one at a time: [`Journal::open`] takes the hub's lock by writing its row in
//! `ledger_heads`, and whoever holds the [`Journal`] is the hub's only writer until it commits.
//! Operations of the domain are functions on a `&mut Journal`; none of them commits.
//! [`post`] is the only way to move credits. Cost: three statements to read and lock, four to write,
//! however many postings there are.

mod chain;
mod export;
mod posting;
mod read;
mod sql;
mod verify;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use chain::{GENESIS, Hash};
pub use export::{Labels, hledger};
pub use posting::{
    AccountKind, AccountName, Leg, NotAPosting, Posting, Side, Source, SourceKind, TransactionKind, WalletKind,
};
pub use read::{
    Account, AccountFilter, Entry, Head, Moment, Transaction, TrialBalanceLine, account, account_balance_at, accounts,
    entries, head, transaction, transaction_entries, transactions, trial_balance, writes,
};
pub use verify::{Difference, Verification, verify};

use crate::clock;
use crate::credits::Credits;
use crate::db::{self, Contended, Tx};
use crate::ids::{AccountId, HubId, PersonId, TransactionId};
use chain::{Sealed, SealedEntry, memo_digest, seal};

/// Why the ledger refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such hub.
    #[error("there is no such hub")]
    UnknownHub,
    /// There is no such account in the hub.
    #[error("there is no such account")]
    UnknownAccount(AccountId),
    /// An account with a floor would go below zero.
    #[error("the account has {short_by} credits too few")]
    InsufficientCredits {
        /// The account.
        account: AccountId,
        /// How much is missing.
        short_by: Credits,
    },
    /// The debits and credits are not a posting.
    #[error(transparent)]
    NotAPosting(#[from] NotAPosting),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Contended for Error {
    fn contended(&self) -> bool {
        matches!(self, Error::Database(error) if error.contended())
    }
}

/// One hub, open for writing by one caller: the transaction, the hub's lock, the instant and the actor.
pub struct Journal {
    tx: Tx,
    hub: HubId,
    actor: Option<PersonId>,
    now: DateTime<Utc>,
    sequence: i64,
    hash: Hash,
}

impl Journal {
    /// Takes the hub's lock. `now` never runs behind what the hub has recorded.
    pub async fn open(mut tx: Tx, hub: HubId, actor: Option<PersonId>, now: DateTime<Utc>) -> Result<Journal, Error> {
        let (sequence, hash, recorded_at) = sql::lock_head(&mut tx, hub).await?.ok_or(Error::UnknownHub)?;
        let hash = Hash::try_from(hash).unwrap_or(GENESIS);
        Ok(Journal { tx, hub, actor, now: now.max(recorded_at), sequence, hash })
    }

    /// Founds the ledger of a hub whose row `tx` has just written, and opens it.
    pub async fn found(mut tx: Tx, hub: HubId, actor: Option<PersonId>, now: DateTime<Utc>) -> Result<Journal, Error> {
        sql::insert_head(&mut tx, hub, &GENESIS, now).await?;
        Journal::open(tx, hub, actor, now).await
    }

    /// The transaction, for the statements of the domain's modules.
    pub fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// The hub.
    pub fn hub(&self) -> HubId {
        self.hub
    }

    /// The person who acts; none on the command line.
    pub fn actor(&self) -> Option<PersonId> {
        self.actor
    }

    /// The instant of this transaction.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// A new id for something made in this transaction.
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        clock::new_id(self.now).into()
    }

    /// Makes everything done since [`Journal::open`] durable and releases the hub.
    pub async fn commit(self) -> Result<(), Error> {
        Ok(self.tx.commit().await?)
    }
}

/// The accounts of these names, opened where they were not there yet; in the order of `names`.
pub async fn open_accounts(journal: &mut Journal, names: &[AccountName]) -> Result<Vec<AccountId>, Error> {
    let codes: Vec<String> = names.iter().map(AccountName::code).collect();
    let known: HashMap<String, AccountId> =
        sql::account_ids(&mut journal.tx, journal.hub, &codes).await?.into_iter().collect();
    let missing: Vec<(AccountId, AccountName)> = names
        .iter()
        .zip(&codes)
        .filter(|(_, code)| !known.contains_key(*code))
        .map(|(name, _)| (journal.new_id(), *name))
        .collect();
    sql::insert_accounts(&mut journal.tx, journal.hub, journal.now, &missing).await?;
    let opened: HashMap<String, AccountId> = missing.iter().map(|(id, name)| (name.code(), *id)).collect();
    codes
        .iter()
        .map(|code| {
            known.get(code).or_else(|| opened.get(code)).copied().ok_or(Error::UnknownAccount(AccountId(Uuid::nil())))
        })
        .collect()
}

/// Posts every posting, in order, or none: debits and credits reach their accounts, each transaction
/// gets the hub's next sequence and is sealed onto the chain. Refuses, naming account and shortfall,
/// where an account with a floor would go below zero.
pub async fn post(journal: &mut Journal, postings: &[Posting]) -> Result<Vec<TransactionId>, Error> {
    if postings.is_empty() {
        return Ok(Vec::new());
    }
    let mut touched: Vec<AccountId> =
        postings.iter().flat_map(|posting| &posting.legs).map(|leg| leg.account).collect();
    touched.sort_unstable();
    touched.dedup();
    let mut standing: HashMap<AccountId, sql::Standing> = sql::standings(&mut journal.tx, journal.hub, &touched)
        .await?
        .into_iter()
        .map(|account| (account.id, account))
        .collect();

    let mut rows = Rows::default();
    let before = (journal.sequence, journal.hash);
    for posting in postings {
        if let Err(refusal) = enter(journal, posting, &mut standing, &mut rows) {
            (journal.sequence, journal.hash) = before;
            return Err(refusal);
        }
    }
    sql::insert_transactions(&mut journal.tx, journal.hub, &rows.transactions).await?;
    sql::insert_memos(&mut journal.tx, journal.hub, &rows.memos).await?;
    sql::insert_entries(&mut journal.tx, journal.hub, &rows.entries).await?;
    let standing: Vec<sql::Standing> = standing.into_values().collect();
    sql::update_accounts(&mut journal.tx, journal.hub, &standing).await?;
    sql::update_head(&mut journal.tx, journal.hub, journal.sequence, &journal.hash, journal.now).await?;
    Ok(rows.transactions.iter().map(|transaction| transaction.id).collect())
}

/// What one call of [`post`] writes.
#[derive(Default)]
struct Rows {
    transactions: Vec<sql::NewTransaction>,
    memos: Vec<(TransactionId, [u8; 16], String)>,
    entries: Vec<sql::NewEntry>,
}

/// Enters one posting: moves the balances in memory and adds its rows.
fn enter(
    journal: &mut Journal,
    posting: &Posting,
    standing: &mut HashMap<AccountId, sql::Standing>,
    rows: &mut Rows,
) -> Result<(), Error> {
    let (sequence, first) = (journal.sequence + 1, rows.entries.len());
    let actor = posting.actor.or(journal.actor);
    for (ordinal, leg) in (1..).zip(&posting.legs) {
        let account = standing.get_mut(&leg.account).ok_or(Error::UnknownAccount(leg.account))?;
        let amount = leg.amount.hundredths();
        account.balance += if leg.side == account.normal_side { amount } else { -amount };
        if account.floored && account.balance < 0 {
            return Err(Error::InsufficientCredits {
                account: leg.account,
                short_by: Credits::from_hundredths(-account.balance),
            });
        }
        account.position += 1;
        rows.entries.push(sql::NewEntry {
            account: leg.account,
            position: account.position,
            sequence,
            ordinal,
            side: leg.side,
            amount,
            balance_after: account.balance,
        });
    }

    let id: TransactionId = journal.new_id();
    let memo = posting.memo.as_ref().map(|memo| (rand::random::<[u8; 16]>(), memo.clone()));
    let digest = memo.as_ref().map(|(salt, memo)| memo_digest(salt, memo));
    let entries: Vec<SealedEntry<'_>> = rows.entries[first..]
        .iter()
        .map(|entry| SealedEntry {
            account: standing.get(&entry.account).map_or("", |account| account.code.as_str()),
            account_id: entry.account.0,
            side: entry.side,
            amount: entry.amount,
            balance_after: entry.balance_after,
            position: entry.position,
        })
        .collect();
    let hash = seal(
        &journal.hash,
        &Sealed {
            hub: journal.hub.0,
            sequence,
            id: id.0,
            kind: posting.kind.as_str(),
            effective_on: posting.effective_on,
            recorded_at: journal.now,
            actor: actor.map(|person| person.0),
            source_kind: posting.source.kind.as_str(),
            source_id: posting.source.id,
            memo_digest: digest.as_ref().map(Hash::as_slice),
            reverses: posting.reverses.map(|id| id.0),
            entries: &entries,
        },
    );
    rows.memos.extend(memo.map(|(salt, memo)| (id, salt, memo)));
    rows.transactions.push(sql::NewTransaction {
        sequence,
        id,
        kind: posting.kind,
        effective_on: posting.effective_on,
        recorded_at: journal.now,
        actor,
        source: posting.source,
        memo_digest: digest,
        reverses: posting.reverses,
        hash,
    });
    (journal.sequence, journal.hash) = (sequence, hash);
    Ok(())
}
