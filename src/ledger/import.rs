//! A ledger rebuilt from its exported lines. Each line is proved as it is read, just as the verification proves the
//! tables: the hash chain, the balances, the floors, the memos. Nothing is written that was not proved, and the caller
//! commits when everything was.

use std::collections::{HashMap, HashSet};

use super::chain;
use super::dates;
use super::difference::Difference;
use super::export::lines::{AccountLine, Closing, FIRST_VERSION, JournalLine, Opening, TransactionLine, VERSION};
use super::posting::{AccountName, Side, Source, SourceKind, TransactionKind};
use super::read::Head;
use super::sql::{self, NewAccount, NewEntry, NewTransaction, Standing};
use super::stream::{EntryRow, TransactionRow};
use super::verify::{Check, end};
use crate::base::db::{self, Tx, Writes};
use crate::base::ids::{AccountId, HubId, PersonId, TransactionId};

/// Why a line was refused.
#[derive(Debug, thiserror::Error)]
pub enum NotImported {
    /// It is not a valid line of a journal, or is out of place.
    #[error("{0}")]
    Malformed(String),
    /// It contradicts the lines before it.
    #[error("{0}")]
    Wrong(Box<Difference>),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// How many entries are written at once.
const BATCH: usize = 1_000;

/// A ledger being imported.
pub struct Import {
    hub: HubId,
    opening: Opening,
    check: Check,
    accounts: HashMap<AccountId, AccountName>,
    codes: HashSet<String>,
    entries: i64,
    closing: Option<Closing>,
    new_accounts: Vec<NewAccount>,
    rows: Rows,
}

#[derive(Default)]
struct Rows {
    transactions: Vec<NewTransaction>,
    memos: Vec<(TransactionId, Vec<u8>, String)>,
    entries: Vec<NewEntry>,
}

impl Import {
    /// Begins with the first line. The hub exists, and its ledger is empty.
    pub fn begin(opening: Opening) -> Result<Import, NotImported> {
        if !(FIRST_VERSION..=VERSION).contains(&opening.version) {
            return malformed(format!(
                "it is of version {}, and {FIRST_VERSION} to {VERSION} are known here",
                opening.version
            ));
        }
        let hub = HubId(opening.hub_id);
        Ok(Import {
            hub,
            opening,
            check: Check::new(hub),
            accounts: HashMap::new(),
            codes: HashSet::new(),
            entries: 0,
            closing: None,
            new_accounts: Vec::new(),
            rows: Rows::default(),
        })
    }

    /// How many transactions have been read.
    pub fn transactions(&self) -> u64 {
        u64::try_from(self.check.sequence).unwrap_or(0)
    }

    /// Takes the next line.
    pub async fn take(&mut self, tx: &mut Tx, line: JournalLine) -> Result<(), NotImported> {
        if self.closing.is_some() {
            return malformed("something follows the end of the journal");
        }
        match line {
            JournalLine::Journal(_) => malformed("another journal begins"),
            JournalLine::Account(_) if self.check.sequence > 0 => malformed("an account follows a transaction"),
            JournalLine::Account(account) => {
                self.account(account)?;
                if self.new_accounts.len() >= BATCH {
                    self.write(tx).await?;
                }
                Ok(())
            }
            JournalLine::Transaction(transaction) => {
                self.transaction(*transaction)?;
                if self.rows.entries.len() >= BATCH {
                    self.write(tx).await?;
                }
                Ok(())
            }
            JournalLine::End(closing) => {
                self.closing = Some(closing);
                Ok(())
            }
        }
    }

    /// Ends after the last line: the counts and the head must match the first and the last line, and what was
    /// written must be what the verification of the tables expects.
    pub async fn end(mut self, tx: &mut Tx) -> Result<Head, NotImported> {
        let counted = Closing {
            accounts: i64::try_from(self.accounts.len()).unwrap_or(0),
            transactions: self.check.sequence,
            entries: self.entries,
        };
        match self.closing.take() {
            None => return malformed("the journal breaks off: its last line is missing"),
            Some(closing) if closing != counted => {
                return wrong(
                    "the journal has not what its last line counts",
                    None,
                    &format!("{closing:?}"),
                    &format!("{counted:?}"),
                );
            }
            Some(_) => {}
        }
        self.write(tx).await?;
        let recorded_at = self.check.recorded_at.unwrap_or(self.opening.founded_at);
        let head = Head { sequence: self.check.sequence, hash: self.check.previous, recorded_at };
        let expected =
            Head { sequence: self.opening.sequence, hash: self.opening.hash, recorded_at: self.opening.recorded_at };
        if head != expected {
            let said = |head: &Head| format!("{}:{} of {}", head.sequence, hex::encode(head.hash), head.recorded_at);
            return wrong("the head is not that of the first line", None, &said(&expected), &said(&head));
        }
        let Some(sql::HeadRow { recorded_at: written_at, changes, changes_hash, .. }) =
            sql::lock_head(tx, self.hub).await?
        else {
            return malformed("there is no hub to fill");
        };
        let mut writes = Writes::default();
        let standings: Vec<Standing> = self.standings();
        sql::update_accounts(tx, &mut writes, self.hub, &standings.iter().collect::<Vec<_>>());
        let latest = head.recorded_at.max(written_at);
        let Ok(changes_hash) = chain::Hash::try_from(changes_hash) else {
            return malformed("the changes of the hub have no hash");
        };
        let changed = (changes, &changes_hash);
        sql::update_head(tx, &mut writes, self.hub, (head.sequence, &head.hash, None), changed, latest);
        tx.together(writes).await?;
        match end::compare(tx, &self.check, &mut 0).await? {
            Some(difference) => Err(NotImported::Wrong(Box::new(difference))),
            None => Ok(head),
        }
    }

    fn account(&mut self, AccountLine { id, code, opened_at }: AccountLine) -> Result<(), NotImported> {
        let Some(name) = AccountName::of_code(&code) else {
            return malformed(format!("{code:?} is the code of no account"));
        };
        if !chain::account_id_seals(id, self.hub.0, &code, opened_at) {
            let expected = chain::account_id(self.hub.0, &code, opened_at);
            return wrong(
                "an account's id does not seal when it was opened",
                Some(&code),
                &expected.to_string(),
                &id.to_string(),
            );
        }
        if !self.codes.insert(code.clone()) || self.accounts.insert(AccountId(id), name).is_some() {
            return malformed(format!("the account {code} is there twice"));
        }
        self.new_accounts.push(NewAccount { id: AccountId(id), name, opened_at });
        Ok(())
    }

    fn transaction(&mut self, line: TransactionLine) -> Result<(), NotImported> {
        let row = row(&line)?;
        let entries: Vec<EntryRow> = (1..)
            .zip(&line.entries)
            .map(|(ordinal, entry)| {
                let account_id = AccountId(entry.account_id);
                let name = self.accounts.get(&account_id);
                EntryRow {
                    sequence: line.sequence,
                    ordinal,
                    account_id,
                    code: name.map(AccountName::code),
                    normal_side: name.map(|name| name.kind().normal_side().to_string()),
                    floored: name.map(|name| name.kind().floored()),
                    position: entry.position,
                    side: entry.side.clone(),
                    amount: entry.amount,
                    balance_after: entry.balance_after,
                }
            })
            .collect();
        let mut once = HashSet::new();
        if let Some(entry) = entries.iter().find(|entry| entry.amount <= 0 || !once.insert(entry.account_id)) {
            return malformed(format!(
                "the account {} is in it twice, or its amount is not above zero",
                entry.account_id
            ));
        }
        self.check.transaction(&row, &entries).map_err(|difference| NotImported::Wrong(Box::new(difference)))?;
        self.entries += i64::try_from(entries.len()).unwrap_or(0);
        self.rows.add(line, row, entries)
    }

    /// The accounts as their entries leave them.
    fn standings(&self) -> Vec<Standing> {
        let made = self.check.accounts.iter().filter_map(|(id, is)| Some((id, is, self.accounts.get(id)?)));
        made.map(|(id, is, name)| Standing {
            id: *id,
            code: name.code(),
            normal_side: name.kind().normal_side(),
            floored: name.kind().floored(),
            balance: is.balance,
            position: is.position,
        })
        .collect()
    }

    async fn write(&mut self, tx: &mut Tx) -> Result<(), NotImported> {
        let (accounts, rows) = (std::mem::take(&mut self.new_accounts), std::mem::take(&mut self.rows));
        sql::insert_accounts(tx, self.hub, &accounts).await?.exactly(accounts.len())?;
        sql::insert_memos(tx, self.hub, &rows.memos).await?.exactly(rows.memos.len())?;
        let mut writes = Writes::default();
        sql::insert_entries(tx, &mut writes, self.hub, &rows.entries);
        tx.together(writes).await?;
        let mut writes = Writes::default();
        sql::insert_transactions(tx, &mut writes, self.hub, &rows.transactions);
        dates::insert_backdated(tx, &mut writes, self.hub, &dates::backdated(&rows.transactions, &rows.entries));
        Ok(tx.together(writes).await?)
    }
}

impl Rows {
    fn add(&mut self, line: TransactionLine, row: TransactionRow, entries: Vec<EntryRow>) -> Result<(), NotImported> {
        let id = TransactionId(line.id);
        let digest = |bytes: Option<Vec<u8>>| match bytes.map(chain::Hash::try_from).transpose() {
            Ok(digest) => Ok(digest),
            Err(_) => malformed("a digest has 32 bytes"),
        };
        self.transactions.push(NewTransaction {
            sequence: line.sequence,
            id,
            kind: TransactionKind::parse(&line.kind).map_err(NotImported::Malformed)?,
            effective_on: line.effective_on,
            recorded_at: line.recorded_at,
            actor: line.actor_id.map(PersonId),
            source: Source {
                kind: SourceKind::parse(&line.source_kind).map_err(NotImported::Malformed)?,
                id: line.source_id,
            },
            memo_digest: digest(row.memo_digest)?,
            reverses: line.reverses.map(TransactionId),
            grounds: digest(row.grounds)?,
            changes_hash: digest(row.changes_hash)?,
            hash: line.hash,
        });
        self.memos.extend(row.salt.zip(row.memo).map(|(salt, memo)| (id, salt, memo)));
        for entry in entries {
            self.entries.push(NewEntry {
                account: entry.account_id,
                position: entry.position,
                sequence: entry.sequence,
                ordinal: entry.ordinal,
                side: Side::parse(&entry.side).map_err(NotImported::Malformed)?,
                amount: entry.amount,
                balance_after: entry.balance_after,
            });
        }
        Ok(())
    }
}

/// The row that a line becomes.
fn row(line: &TransactionLine) -> Result<TransactionRow, NotImported> {
    let bytes =
        |text: &String| hex::decode(text).map_err(|_| NotImported::Malformed(format!("{text:?} is not hexadecimal")));
    let (salt, memo) = match &line.memo {
        Some(memo) if memo.text.contains('\0') => return malformed("a memo holds a NUL character"),
        Some(memo) => (Some(bytes(&memo.salt)?), Some(memo.text.clone())),
        None => (None, None),
    };
    Ok(TransactionRow {
        sequence: line.sequence,
        id: line.id,
        kind: line.kind.clone(),
        effective_on: line.effective_on,
        recorded_at: line.recorded_at,
        actor_id: line.actor_id,
        source_kind: line.source_kind.clone(),
        source_id: line.source_id,
        memo_digest: line.memo_digest.as_ref().map(bytes).transpose()?,
        reverses: line.reverses,
        grounds: line.grounds.as_ref().map(bytes).transpose()?,
        changes_hash: line.changes_hash.as_ref().map(bytes).transpose()?,
        hash: line.hash.to_vec(),
        salt,
        memo,
    })
}

fn malformed<T>(words: impl Into<String>) -> Result<T, NotImported> {
    Err(NotImported::Malformed(words.into()))
}

fn wrong<T>(what: &str, subject: Option<&str>, expected: &str, found: &str) -> Result<T, NotImported> {
    Err(NotImported::Wrong(Box::new(Difference::new(what, None, subject.map(str::to_owned), expected, found))))
}
