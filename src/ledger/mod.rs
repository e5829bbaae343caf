//! The double-entry ledger: the only code that writes accounts, transactions and entries.
//!
//! The head of the chain is [marked](Marker) with each commit, so that nothing is posted after what somebody else
//! wrote. A hub has one writer at a time: [`Journal::open`] takes the hub's lock by writing its row in `ledger_heads`,
//! and whoever holds the [`Journal`] is the hub's only writer until it commits. Operations of the domain are functions
//! on a `&mut Journal`; none of them commits. [`post`] is the only way to move credits; [`enter`] does the same for
//! those who write more with it. What was done is reported to [`Journal::changed`], and recorded with the commit
//! ([`crate::ledger::changes`]). Cost: two statements to read and lock, and one round trip to write, however many
//! postings there are; one more at the commit for changes and the head, unless the caller has [closed](Journal::close)
//! the journal in a trip of its own. Accounts that were read are kept while the hub is locked; [`Memory`] keeps them
//! from one journal to the next.

pub mod audit;
mod chain;
pub mod changes;
pub mod checkpoints;
mod dates;
mod difference;
mod entering;
mod error;
mod export;
mod grounds;
pub mod idempotency;
mod import;
mod kept;
mod marks;
mod memory;
pub mod memos;
mod names;
mod posting;
mod read;
mod reversal;
mod sealed_changes;
mod search;
mod shape;
mod sql;
mod stream;
mod trial_balance;
mod verify;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

pub use chain::{GENESIS, Hash};
pub use dates::account_balance_on;
pub use difference::{Difference, first_wrong};
pub use entering::{enter, open_accounts, open_each, post, post_one};
pub use error::Error;
pub use export::lines::{AccountLine, Closing, EntryLine, JournalLine, MemoLine, Opening, TransactionLine};
pub use export::{Book, ExportFormat, Labels, export};
pub use grounds::{first_ungrounded, grounded, grounded_bookings, grounds};
pub use import::{Import, NotImported};
pub use kept::KeptHead;
pub use marks::{Marked, adopt_head, is_genuine, marked_head, marked_heads, sealed_at};
pub use memory::Memory;
pub use posting::{
    AccountKind, AccountName, Leg, NotAPosting, Posting, Side, Source, SourceKind, TransactionKind, WalletKind,
};
pub use read::{
    Account, AccountFilter, Entry, Head, Moment, Transaction, account, account_balance_at, account_named, accounts,
    entries, entries_until, head, sequence_at, transaction, transaction_entries, transactions, writes,
};
pub use reversal::{Shortfall, reverse, schools_touched, years_touched};
pub use sealed_changes::SealedChanges;
pub use search::{Stretch, amounts, stretch};
pub use sql::Grounded;
pub use trial_balance::{TrialBalanceLine, trial_balance, trial_balance_on};
pub use verify::{Verification, verify, verify_against};

use self::changes::Change;
use crate::base::clock;
use crate::base::db::{self, Tx, Writes};
use crate::base::ids::{HubId, PersonId};
pub use crate::base::seal::{Marker, Marks};

/// One hub, open for writing by one caller: the transaction, the hub's lock, the instant and the actor.
pub struct Journal {
    tx: Tx,
    hub: HubId,
    actor: Option<PersonId>,
    now: DateTime<Utc>,
    sequence: i64,
    hash: Hash,
    recorded: i64,
    changes_hash: Hash,
    sealed_changes: Option<Hash>,
    pending: Vec<Change>,
    closed: bool,
    memory: Memory,
    remembers: bool,
    credited_wallets: bool,
    /// The mark of the head that was found.
    mark: Option<Vec<u8>>,
    /// What marks the head to be made; without it, nothing is posted.
    marks: Option<Marks>,
}

impl Journal {
    /// Takes the hub's lock for work that moves no credits: nothing can be posted. `now` is never earlier than what the
    /// hub has recorded.
    pub async fn open(mut tx: Tx, hub: HubId, actor: Option<PersonId>, now: DateTime<Utc>) -> Result<Journal, Error> {
        let head = sql::lock_head(&mut tx, hub).await?.ok_or(Error::UnknownHub)?;
        Journal::at(tx, None, hub, actor, now, head)
    }

    /// Opens a journal that may also post: refused where the head is not the service's own, so that nothing is built
    /// on what somebody else wrote.
    pub async fn open_marked(
        mut tx: Tx,
        marks: &Marks,
        hub: HubId,
        actor: Option<PersonId>,
        now: DateTime<Utc>,
    ) -> Result<Journal, Error> {
        let head = sql::lock_head(&mut tx, hub).await?.ok_or(Error::UnknownHub)?;
        let journal = Journal::at(tx, Some(marks.clone()), hub, actor, now, head)?;
        if !is_genuine(&**marks, hub, journal.sequence, &journal.hash, journal.mark.as_deref()) {
            return Err(Error::NotOurs(hub));
        }
        Ok(journal)
    }

    fn at(
        tx: Tx,
        marks: Option<Marks>,
        hub: HubId,
        actor: Option<PersonId>,
        now: DateTime<Utc>,
        head: sql::HeadRow,
    ) -> Result<Journal, Error> {
        let sql::HeadRow { sequence, hash, recorded_at, writes, changes: recorded, changes_hash, mark } = head;
        let no_hash = |_| Error::Impossible("the head of a ledger is no hash");
        let hash = Hash::try_from(hash).map_err(no_hash)?;
        let changes_hash = Hash::try_from(changes_hash).map_err(no_hash)?;
        let (memory, now, pending) = (Memory::new(hub, writes), now.max(recorded_at), Vec::new());
        Ok(Journal {
            tx,
            hub,
            actor,
            now,
            sequence,
            hash,
            recorded,
            changes_hash,
            sealed_changes: None,
            pending,
            closed: true,
            memory,
            remembers: false,
            credited_wallets: false,
            mark,
            marks,
        })
    }

    /// Continues with what an earlier journal of the hub knew at its commit, if nobody has written to the hub since:
    /// [`Journal::remembers`] tells. Sets the instant too, which never goes back.
    #[must_use]
    pub fn resuming(mut self, memory: Memory, now: DateTime<Utc>) -> Journal {
        self.now = self.now.max(now);
        self.remembers = memory.holds_before(self.hub, self.memory.writes());
        if self.remembers {
            self.memory = memory.at(self.memory.writes());
        }
        self
    }

    /// Founds the ledger of a hub whose row `tx` has just written, and opens it.
    pub async fn found(mut tx: Tx, hub: HubId, actor: Option<PersonId>, now: DateTime<Utc>) -> Result<Journal, Error> {
        sql::insert_head(&mut tx, hub, &GENESIS, now).await?.any();
        Journal::open(tx, hub, actor, now).await
    }

    /// The transaction, for the statements of the domain's modules.
    pub fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// The hub whose ledger this journal writes.
    pub fn hub(&self) -> HubId {
        self.hub
    }

    /// The person who acts; none on the command line.
    pub fn actor(&self) -> Option<PersonId> {
        self.actor
    }

    /// The instant of the journal: everything in it is recorded then.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The hub's number of the last transaction, including those posted in this journal.
    pub fn sequence(&self) -> i64 {
        self.sequence
    }

    /// The day of that instant in London: the business date of what is not dated otherwise.
    pub fn today(&self) -> NaiveDate {
        clock::london_date(self.now)
    }

    /// A new id for something made in this transaction.
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        clock::new_id(self.now).into()
    }

    /// Whether nobody else has written to the hub since the memory that it was opened with.
    pub fn remembers(&self) -> bool {
        self.remembers
    }

    /// Whether anything posted in this journal put credits into a wallet.
    pub fn credited_wallets(&self) -> bool {
        self.credited_wallets
    }

    /// The number that the next change will have.
    pub fn next_change(&self) -> i64 {
        self.recorded + i64::try_from(self.pending.len()).unwrap_or(i64::MAX) + 1
    }

    /// Reports a change: it is recorded with the commit, in the order of the calls.
    pub fn changed(&mut self, change: Change) {
        self.pending.push(change);
        self.closed = false;
    }

    /// Adds to `writes` what remains to be written at the commit: the changes so far, and the head with their number
    /// and with what was posted. For callers who write much in one round trip; otherwise the commit does it.
    pub fn close(&mut self, writes: &mut Writes) {
        if std::mem::replace(&mut self.closed, true) {
            return;
        }
        self.enter_changes(writes);
        let hub = self.hub;
        if let Some(marks) = self.marks.as_ref().filter(|_| self.sequence > 0) {
            self.mark = Some(marks::mark(&**marks, hub, self.sequence, &self.hash).to_vec());
        }
        let head = (self.sequence, &self.hash, self.mark.as_deref());
        sql::update_head(&self.tx, writes, hub, head, (self.recorded, &self.changes_hash), self.now);
    }

    /// Writes the changes so far, for callers who make too many to hold in memory until the commit.
    pub async fn write_changes(&mut self) -> db::Result<()> {
        let mut writes = Writes::default();
        self.enter_changes(&mut writes);
        self.tx.together(writes).await
    }

    fn enter_changes(&mut self, writes: &mut Writes) {
        let (by, pending) = ((self.actor, self.now), std::mem::take(&mut self.pending));
        (self.recorded, self.changes_hash) =
            changes::enter(&self.tx, writes, self.hub, by, (self.recorded, self.changes_hash), &pending);
    }

    /// Makes everything done since [`Journal::open`] durable and releases the hub.
    pub async fn commit(self) -> Result<(), Error> {
        self.commit_remembering().await.map(drop)
    }

    /// Releases the hub where nothing was changed; returns what is known then, for [`Journal::resuming`].
    pub async fn release(self) -> Result<Memory, Error> {
        self.tx.rollback().await?;
        Ok(self.memory.unwritten())
    }

    /// Commits and returns what is known then, for [`Journal::resuming`].
    pub async fn commit_remembering(mut self) -> Result<Memory, Error> {
        let mut writes = Writes::default();
        self.close(&mut writes);
        self.tx.together(writes).await?;
        self.tx.commit().await?;
        Ok(self.memory)
    }
}

/// Founds the empty ledger of a hub whose row `tx` has just written, dated as it was founded.
pub(crate) async fn found_empty(tx: &mut Tx, hub: HubId, founded_at: DateTime<Utc>) -> db::Result<()> {
    sql::insert_head(tx, hub, &GENESIS, founded_at).await.map(drop)
}

/// Takes the hub's lock for the rest of the transaction, and says whether its ledger has no account yet.
pub(crate) async fn is_empty(tx: &mut Tx, hub: HubId) -> db::Result<bool> {
    let head = sql::lock_head(tx, hub).await?;
    let empty = head.is_some_and(|head| head.sequence == 0);
    Ok(empty && accounts(tx, hub, AccountFilter::default(), None, 1).await?.is_empty())
}
