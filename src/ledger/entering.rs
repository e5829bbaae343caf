//! How postings enter the journal: their accounts are opened, balances move, and each transaction is sealed onto the
//! chain.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::chain::{self, Hash, Sealed, SealedEntry, memo_digest, seal};
use super::posting::{AccountName, Leg, Posting, Side};
use super::{Error, Journal, dates, sql};
use crate::base::credits::Credits;
use crate::base::db::Writes;
use crate::base::ids::{AccountId, TransactionId};

/// The accounts of these names, opened where they did not exist; in the order of `names`.
pub async fn open_accounts(journal: &mut Journal, names: &[AccountName]) -> Result<Vec<AccountId>, Error> {
    let codes: Vec<String> = names.iter().map(AccountName::code).collect();
    let unknown = journal.memory.unknown_codes(&codes);
    let found = sql::account_ids(&mut journal.tx, journal.hub, &unknown).await?;
    journal.memory.ids.extend(found);
    let mut met = HashSet::new();
    let missing: Vec<sql::NewAccount> = names
        .iter()
        .zip(&codes)
        .filter(|(_, code)| !journal.memory.ids.contains_key(*code) && met.insert(code.as_str()))
        .map(|(name, code)| sql::NewAccount {
            id: AccountId(chain::account_id(journal.hub.0, code, journal.now)),
            name: *name,
            opened_at: journal.now,
        })
        .collect();
    sql::insert_accounts(&mut journal.tx, journal.hub, &missing).await?.exactly(missing.len())?;
    journal.memory.ids.extend(missing.iter().map(|new| (new.name.code(), new.id)));
    let ids = &journal.memory.ids;
    codes.iter().map(|code| ids.get(code).copied().ok_or(Error::UnknownAccount(AccountId(Uuid::nil())))).collect()
}

/// Opens a fixed number of accounts, each as [`open_accounts`] does.
pub async fn open_each<const N: usize>(
    journal: &mut Journal,
    names: [AccountName; N],
) -> Result<[AccountId; N], Error> {
    let opened = open_accounts(journal, &names).await?;
    opened.try_into().map_err(|_| Error::UnknownAccount(AccountId(Uuid::nil())))
}

/// Posts one posting, as [`post`] does.
pub async fn post_one(journal: &mut Journal, posting: Posting) -> Result<TransactionId, Error> {
    post(journal, &[posting]).await?.first().copied().ok_or(Error::UnknownTransaction)
}

/// Posts all postings, in order, or none: debits and credits reach their accounts, each transaction
/// gets the hub's next sequence and is sealed onto the chain. Refuses, naming account and shortfall,
/// where an account with a floor would go below zero, and where the credits in circulation would exceed
/// [`Credits::LARGEST`] over all years of the hub: so no balance and no sum of balances is ever more.
pub async fn post(journal: &mut Journal, postings: &[Posting]) -> Result<Vec<TransactionId>, Error> {
    let mut writes = Writes::default();
    let ids = enter(journal, postings, &mut writes).await?;
    journal.tx.together(writes).await?;
    Ok(ids)
}

/// Does what [`post`] does, but adds its writes to `writes`, which the caller runs before doing anything else
/// with the journal except to report what [changed](Journal::changed) and to [close](Journal::close) it.
pub async fn enter(
    journal: &mut Journal,
    postings: &[Posting],
    writes: &mut Writes,
) -> Result<Vec<TransactionId>, Error> {
    if postings.is_empty() {
        return Ok(Vec::new());
    }
    if journal.marks.is_none() {
        return Err(Error::Impossible("credits are moved by a journal that was opened to move none"));
    }
    let mut touched: Vec<AccountId> =
        postings.iter().flat_map(|posting| &posting.legs).map(|leg| leg.account).collect();
    touched.sort_unstable();
    touched.dedup();
    let unknown = journal.memory.unknown(&touched);
    for account in sql::standings(&mut journal.tx, journal.hub, &unknown).await? {
        journal.memory.standings.insert(account.id, account);
    }

    let standings = &journal.memory.standings;
    if journal.memory.circulation.is_none() && postings.iter().any(|posting| issued(posting, standings) > 0) {
        journal.memory.circulation = Some(sql::circulation(&mut journal.tx, journal.hub).await?);
    }

    let mut rows = Rows::default();
    let before = (journal.sequence, journal.hash, journal.sealed_changes);
    for posting in postings {
        if let Err(refusal) = enter_one(journal, posting, &mut rows) {
            (journal.sequence, journal.hash, journal.sealed_changes) = before;
            journal.memory.forget(&touched);
            return Err(refusal);
        }
    }
    let (tx, hub) = (&mut journal.tx, journal.hub);
    sql::insert_memos(tx, hub, &rows.memos).await?.exactly(rows.memos.len())?;
    // The entries go before their transactions: the database refuses a transaction that does not balance.
    sql::insert_entries(tx, writes, hub, &rows.entries);
    sql::insert_transactions(tx, writes, hub, &rows.transactions);
    dates::insert_backdated(tx, writes, hub, &dates::backdated(&rows.transactions, &rows.entries));
    let standings: Vec<&sql::Standing> =
        touched.iter().filter_map(|account| journal.memory.standings.get(account)).collect();
    sql::update_accounts(tx, writes, hub, &standings);
    journal.closed = false;
    Ok(rows.transactions.iter().map(|transaction| transaction.id).collect())
}

/// The rows that one call of [`enter`] writes.
#[derive(Default)]
struct Rows {
    transactions: Vec<sql::NewTransaction>,
    memos: Vec<(TransactionId, Vec<u8>, String)>,
    entries: Vec<sql::NewEntry>,
}

/// By how much a posting raises the credits in circulation, in hundredths: what it debits, less what it credits, on the
/// accounts that credits come from, which are those with a debit side.
fn issued(posting: &Posting, standings: &HashMap<AccountId, sql::Standing>) -> i64 {
    let from = |leg: &&Leg| standings.get(&leg.account).is_some_and(|account| account.normal_side == Side::Debit);
    let signed = |leg: &Leg| if leg.side == Side::Debit { leg.amount } else { -leg.amount };
    posting.legs.iter().filter(from).map(signed).sum::<Credits>().hundredths()
}

/// Enters one posting: moves the balances in memory and adds its rows.
fn enter_one(journal: &mut Journal, posting: &Posting, rows: &mut Rows) -> Result<(), Error> {
    let (sequence, first) = (journal.sequence + 1, rows.entries.len());
    let actor = posting.actor.or(journal.actor);
    if let Some(circulation) = &mut journal.memory.circulation {
        let issued = issued(posting, &journal.memory.standings);
        *circulation += issued;
        if issued > 0 && *circulation > Credits::LARGEST.hundredths() {
            return Err(Error::TooLarge { circulation: Credits::from_hundredths(*circulation) });
        }
    }
    let standings = &mut journal.memory.standings;
    for (ordinal, leg) in (1..).zip(&posting.legs) {
        let account = standings.get_mut(&leg.account).ok_or(Error::UnknownAccount(leg.account))?;
        let amount = leg.amount.hundredths();
        account.balance += if leg.side == account.normal_side { amount } else { -amount };
        if account.floored && account.balance < 0 {
            return Err(Error::InsufficientCredits {
                account: leg.account,
                short_by: Credits::from_hundredths(-account.balance),
            });
        }
        account.position += 1;
        journal.credited_wallets |= leg.side == Side::Credit && account.code.starts_with("wallet:");
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
    let of = |entry: &sql::NewEntry| {
        journal.memory.standings.get(&entry.account).ok_or(Error::UnknownAccount(entry.account))
    };
    let entries = rows.entries[first..]
        .iter()
        .map(|entry| {
            Ok(SealedEntry {
                account: of(entry)?.code.as_str(),
                account_id: entry.account.0,
                side: entry.side,
                amount: entry.amount,
                balance_after: entry.balance_after,
                position: entry.position,
            })
        })
        .collect::<Result<Vec<SealedEntry<'_>>, Error>>()?;
    let changes_hash = Some(journal.changes_hash).filter(|_| journal.sealed_changes != Some(journal.changes_hash));
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
            grounds: posting.grounds.as_ref().map(Hash::as_slice),
            changes_hash: changes_hash.as_ref().map(Hash::as_slice),
            entries: &entries,
        },
    );
    rows.memos.extend(memo.map(|(salt, memo)| (id, salt.to_vec(), memo)));
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
        grounds: posting.grounds,
        changes_hash,
        hash,
    });
    (journal.sequence, journal.hash, journal.sealed_changes) = (sequence, hash, Some(journal.changes_hash));
    Ok(())
}
