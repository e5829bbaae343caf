//! The keeper: signs the end of every ledger, round after round.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::address::Address;
use super::file::Book;
use super::{Checkpoint, note, sql};
use crate::base::auth::Keys;
use crate::base::db::{self, Db};
use crate::base::ids::HubId;
use crate::ledger::{self, GENESIS, KeptHead, Marked};

/// How many ledgers are looked at, and how many checkpoints are copied, at once.
const PAGE: i64 = 500;

/// Why a round of signing was not completed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// The file can't be read or written; what it lacks is written as soon as possible.
    #[error("the file of checkpoints {0} can't be used: {1}")]
    File(String, #[source] io::Error),
    /// The address did not take a checkpoint; the newest is posted again in the next round.
    #[error("a checkpoint was not taken: {0}")]
    Address(#[from] reqwest::Error),
    /// The task was cancelled.
    #[error("the file of checkpoints was not written: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// Why a head is not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error("the ledger ends before its newest checkpoint")]
    CutOff,
    #[error("the history is not the one that was signed")]
    Rewritten,
    #[error("the end of the ledger was not made by this service")]
    NotOurs,
}

/// Signs the ends of all ledgers, and keeps what it signed.
pub struct Keeper {
    db: Db,
    keys: Keys,
    public_url: String,
    book: Option<Book>,
    address: Option<Address>,
    /// The newest proved checkpoint of each hub that this process knows of.
    signed: HashMap<HubId, KeptHead>,
    /// Whether ledgers older than marks are still taken over: only during the first round.
    takes_over: bool,
}

impl Keeper {
    /// The keeper of a deployment reached at `public_url`; with a checkpoint file, or without.
    pub fn new(db: Db, keys: Keys, public_url: &str, file: Option<PathBuf>) -> Keeper {
        let book = file.map(|file| Book::at(&file));
        let (public_url, signed) = (public_url.to_owned(), HashMap::new());
        Keeper { db, keys, public_url, book, address: None, signed, takes_over: true }
    }

    /// Also posts the newest checkpoint of each ledger to an address.
    pub fn posting_to(mut self, url: &reqwest::Url) -> Result<Keeper, Error> {
        self.address = Some(Address::at(url)?);
        Ok(self)
    }

    /// One round: signs every head that has moved, and appends to the file what it lacks. What is wrong with a ledger
    /// is logged. Returns how many ledgers are as they should be.
    pub async fn go(&mut self, now: DateTime<Utc>) -> Result<usize, Error> {
        // A file that can't be read does not stop the signing; but what it may know of a ledger is then unknown.
        let looked = self.look().await;
        let takes_over = self.takes_over && looked.is_ok();
        let (mut after, mut well) = (None, 0);
        loop {
            let page = ledger::marked_heads(&mut self.db.read_everywhere().await?, after, PAGE).await?;
            for head in &page {
                match self.of_hub(head, takes_over, now).await? {
                    Ok(()) => well += 1,
                    Err(fault) => {
                        tracing::error!(hub = %head.hub, sequence = head.head.sequence, %fault, "the end of a ledger is not signed; run hub-credits verify");
                    }
                }
            }
            match page.last() {
                Some(last) => after = Some(last.hub),
                None => break,
            }
        }
        self.takes_over &= looked.is_err();
        looked?;
        let written = self.write().await;
        self.post().await?;
        written.map(|()| well)
    }

    async fn of_hub(
        &mut self,
        found: &Marked,
        takes_over: bool,
        now: DateTime<Utc>,
    ) -> Result<Result<(), Fault>, Error> {
        let Marked { hub, head, mark } = found;
        let (hub, head) = (*hub, *head);
        if self.signed.get(&hub) == Some(&head) && self.made(found) {
            return Ok(Ok(()));
        }
        let signed = self.learn(hub).await?;
        if head.sequence < signed.sequence {
            return Ok(Err(Fault::CutOff));
        }
        if head.sequence == signed.sequence && head != signed {
            return Ok(Err(Fault::Rewritten));
        }
        if !self.made(found) {
            // What was signed is ours, even if its mark or the key that made it is gone: so is a ledger older than
            // marks of which nothing was ever signed.
            let before = takes_over && mark.is_none() && signed.sequence == 0;
            if head != signed && !before {
                return Ok(Err(Fault::NotOurs));
            }
            let mut tx = self.db.write(hub).await?;
            ledger::adopt_head(&mut tx, &self.keys, hub, head).await?.any();
            tx.commit().await?;
            tracing::info!(%hub, sequence = head.sequence, "the end of a ledger is marked as ours");
        }
        if head == signed {
            return Ok(Ok(()));
        }
        let mut tx = self.db.read(hub).await?;
        if signed.sequence > 0 {
            let there = ledger::sealed_at(&mut tx, hub, signed.sequence).await?;
            if there.is_none_or(|(hash, _)| hash != signed.hash) {
                return Ok(Err(Fault::Rewritten));
            }
        }
        drop(tx);
        if let Some(checkpoint) = note::sign(&self.keys, &self.public_url, hub, head, now) {
            let mut tx = self.db.write(hub).await?;
            sql::insert(&mut tx, &checkpoint).await?.any();
            tx.commit().await?;
            self.signed.insert(hub, head);
        }
        Ok(Ok(()))
    }

    fn made(&self, Marked { hub, head, mark }: &Marked) -> bool {
        ledger::is_genuine(&self.keys, *hub, head.sequence, &head.hash, mark.as_deref())
    }

    /// The newest head of the hub that was signed, by this or another process.
    async fn learn(&mut self, hub: HubId) -> Result<KeptHead, Error> {
        let known = self.signed.get(&hub).copied();
        let mut newest = known.unwrap_or(KeptHead { sequence: 0, hash: GENESIS });
        let keys = self.keys.public();
        if let Some(checkpoint) = self.book.as_ref().and_then(|book| book.newest(hub))
            && checkpoint.sequence > newest.sequence
        {
            match checkpoint.signed_by(&keys) {
                Some(_) => newest = checkpoint.head(),
                None => tracing::error!(%hub, "a checkpoint in the file was not signed by this service"),
            }
        }
        let in_table = super::newest(&mut self.db.read(hub).await?, hub).await?;
        if let Some(checkpoint) = in_table.filter(|one| one.sequence > newest.sequence) {
            match checkpoint.signed_by(&keys) {
                Some(_) => newest = checkpoint.head(),
                None => {
                    tracing::error!(%hub, "a checkpoint in the database was not signed by this service");
                    newest = self.proved_after(hub, newest).await?;
                }
            }
        }
        self.signed.insert(hub, newest);
        Ok(newest)
    }

    /// The last head after this one that was signed, from the database.
    async fn proved_after(&self, hub: HubId, head: KeptHead) -> Result<KeptHead, Error> {
        let (mut newest, mut after, keys) = (head, head.sequence, self.keys.public());
        loop {
            let page = super::list(&mut self.db.read(hub).await?, hub, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(newest) };
            after = last.sequence;
            newest = page.iter().rfind(|one| one.signed_by(&keys).is_some()).map_or(newest, Checkpoint::head);
        }
    }

    /// Reads what others have written to the file.
    async fn look(&mut self) -> Result<(), Error> {
        self.in_file(|book| book.look()).await
    }

    /// Appends to the file what it lacks of what the database has.
    async fn write(&mut self) -> Result<(), Error> {
        let Some(book) = &self.book else { return Ok(()) };
        let keys = self.keys.public();
        let lacks = |(hub, head): (&HubId, &KeptHead)| {
            let from = book.newest(*hub).map_or(0, |newest| newest.sequence);
            (from < head.sequence).then_some((*hub, from))
        };
        let lacking: Vec<(HubId, i64)> = self.signed.iter().filter_map(lacks).collect();
        for (hub, mut after) in lacking {
            loop {
                let page = super::list(&mut self.db.read(hub).await?, hub, after, PAGE).await?;
                let Some(last) = page.last() else { break };
                after = last.sequence;
                let signed: Vec<Checkpoint> = page.into_iter().filter(|one| one.signed_by(&keys).is_some()).collect();
                self.in_file(move |book| book.append(&signed)).await?;
            }
        }
        Ok(())
    }

    /// Posts what the address does not have yet.
    async fn post(&mut self) -> Result<(), Error> {
        let Some(address) = &mut self.address else { return Ok(()) };
        let keys = self.keys.public();
        for (hub, head) in &self.signed {
            if head.sequence > 0 && address.lacks(*hub, head.sequence) {
                let newest = super::newest(&mut self.db.read(*hub).await?, *hub).await?;
                if let Some(checkpoint) = newest.filter(|one| one.signed_by(&keys).is_some()) {
                    address.tell(&checkpoint).await?;
                }
            }
        }
        Ok(())
    }

    /// Works on the file in a thread of its own, where nobody has to wait for it.
    async fn in_file(&mut self, what: impl FnOnce(&mut Book) -> io::Result<()> + Send + 'static) -> Result<(), Error> {
        let Some(mut book) = self.book.take() else { return Ok(()) };
        let path = book.path().to_owned();
        let done = tokio::task::spawn_blocking(move || {
            let outcome = what(&mut book);
            (book, outcome)
        });
        match done.await {
            Ok((book, outcome)) => {
                self.book = Some(book);
                outcome.map_err(|error| Error::File(path.display().to_string(), error))
            }
            Err(error) => {
                self.book = Some(Book::at(&path));
                Err(error.into())
            }
        }
    }
}
