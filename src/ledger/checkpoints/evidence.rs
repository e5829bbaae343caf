//! What a ledger's history is checked against besides its own rows: its signed checkpoints, in the database and in
//! files outside it, and the mark of its end.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use super::Checkpoint;
use super::file::{self, Found};
use crate::base::auth::{Keys, PublicKey};
use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::ledger::{self, Difference, KeptHead, Marks, Verification, is_genuine};

/// The longest that a transaction waits for a checkpoint while the service runs.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(1);

/// How many checkpoints are read at once.
const PAGE: i64 = 500;

/// The signatures and marks that are trusted.
#[derive(Clone, Default)]
pub struct Trust {
    /// The public keys whose signatures are trusted; none where signatures can't be checked.
    pub keys: Vec<PublicKey>,
    /// What checks the mark of a ledger's end; none without the key file.
    pub marks: Option<Marks>,
}

impl Trust {
    /// The trust that the key file gives.
    pub fn of(keys: &Keys) -> Trust {
        Trust { keys: keys.public(), marks: Some(keys.marks()) }
    }

    fn signed(&self, checkpoint: &Checkpoint) -> bool {
        self.keys.is_empty() || checkpoint.signed_by(&self.keys).is_some()
    }
}

/// What is known of one hub.
#[derive(Clone, Debug, Default)]
struct OfHub {
    heads: Vec<KeptHead>,
    newest: Option<Checkpoint>,
    /// Where there is a checkpoint that none of the trusted keys signed.
    unsigned: Option<String>,
}

impl OfHub {
    fn add(&mut self, checkpoint: Checkpoint, trust: &Trust, place: impl FnOnce() -> String) {
        if !trust.signed(&checkpoint) {
            self.unsigned.get_or_insert_with(place);
            return;
        }
        self.heads.push(checkpoint.head());
        if self.newest.as_ref().is_none_or(|newest| newest.sequence < checkpoint.sequence) {
            self.newest = Some(checkpoint);
        }
    }
}

/// The checkpoints held in files. Memory grows with them: 40 bytes each.
#[derive(Clone, Debug, Default)]
pub struct Files {
    of: HashMap<HubId, OfHub>,
    /// How many notes could not be read.
    pub unread: u64,
}

impl Files {
    /// Reads another file. Do this before the transaction begins in which the ledgers are read: they would lack
    /// what is signed later.
    pub fn read(&mut self, path: &Path, trust: &Trust) -> io::Result<()> {
        for found in file::read(File::open(path)?) {
            match found? {
                Found::Note(checkpoint) => {
                    let sequence = checkpoint.sequence;
                    let place = || format!("{sequence} in {}", path.display());
                    self.of.entry(checkpoint.hub).or_default().add(*checkpoint, trust, place);
                }
                Found::Other(_) => self.unread += 1,
            }
        }
        Ok(())
    }

    /// The newest checkpoint of the hub in the files that a trusted key signed.
    pub fn newest(&self, hub: HubId) -> Option<&Checkpoint> {
        self.of.get(&hub)?.newest.as_ref()
    }

    /// The hubs that the files have checkpoints of.
    pub fn hubs(&self) -> impl Iterator<Item = HubId> {
        self.of.keys().copied()
    }
}

/// All evidence of one hub's history.
pub struct Evidence {
    hub: HubId,
    of: OfHub,
    trust: Trust,
    at: DateTime<Utc>,
}

impl Evidence {
    /// The evidence in the files and the database; `at` is now.
    pub async fn of(tx: &mut Tx, hub: HubId, files: &Files, trust: &Trust, at: DateTime<Utc>) -> Result<Evidence> {
        let mut of = files.of.get(&hub).cloned().unwrap_or_default();
        let mut after = 0;
        loop {
            let page = super::list(tx, hub, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.sequence;
            for checkpoint in page {
                let sequence = checkpoint.sequence;
                of.add(checkpoint, trust, || format!("{sequence} in the database"));
            }
        }
        of.heads.sort_unstable_by_key(|head| head.sequence);
        of.heads.dedup();
        Ok(Evidence { hub, of, trust: trust.clone(), at })
    }

    /// Adds a head that somebody kept.
    #[must_use]
    pub fn and(mut self, kept: Option<KeptHead>) -> Evidence {
        self.of.heads.extend(kept);
        self.of.heads.sort_by_key(|head| head.sequence);
        self
    }

    /// How far the checkpoints cover the history, and what is wrong with the rest.
    async fn coverage(&self, tx: &mut Tx, transactions: i64) -> Result<std::result::Result<Coverage, Difference>> {
        let wrong = |what: &str, at, expected: &str, found: &str| {
            Ok(Err(Difference::new(what, Some(at), None, expected, found)))
        };
        let newest = self.of.newest.as_ref();
        let covered = newest.map_or(0, |newest| newest.sequence);
        if let Some(place) = &self.of.unsigned {
            return wrong("a checkpoint was not signed by the service's keys", covered, "its signature", place);
        }
        let (after, mut made) = (transactions - covered, None);
        if let Some(marks) = &self.trust.marks
            && let Some(found) = ledger::marked_head(tx, self.hub).await?
        {
            let mark = found.mark.as_deref();
            let genuine = after == 0 && newest.is_some_and(|newest| newest.head() == found.head)
                || is_genuine(&**marks, self.hub, found.head.sequence, &found.head.hash, mark);
            // A ledger older than marks, which the service takes over when it starts.
            let before = mark.is_none() && newest.is_none();
            if !genuine && !before {
                let found = mark.map_or("none".to_owned(), hex::encode);
                let what = "the end of the ledger was not made by this service";
                return wrong(what, covered + 1, "the mark of the service", &found);
            }
            made = Some(genuine);
        } else if after > 0
            && let Some((_, recorded_at)) = ledger::sealed_at(tx, self.hub, covered + 1).await?
            && recorded_at + LONGEST_WAIT < self.at
        {
            let what = "a transaction is older than the service leaves it unsigned; with the key file (--keys) it can be \
                        told whether the service made it";
            return wrong(what, covered + 1, "a checkpoint within a minute", &format!("none since {recorded_at}"));
        }
        let checked = !self.trust.keys.is_empty();
        Ok(Ok(Coverage { checkpoint: self.of.newest.clone(), after, checked, made }))
    }
}

/// How far signed checkpoints cover the history.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// The newest checkpoint, which lies on the chain; none where nothing was signed yet.
    pub checkpoint: Option<Checkpoint>,
    /// How many transactions follow it.
    pub after: i64,
    /// Whether there was a public key to check signatures with.
    pub checked: bool,
    /// Whether the service made the end of the ledger; none where its key file is not available.
    pub made: Option<bool>,
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.checkpoint {
            Some(checkpoint) => {
                let signed =
                    if self.checked { "signed" } else { "signed (there was no key to check the signatures with)" };
                write!(f, "{signed} up to {} at {}", checkpoint.sequence, checkpoint.signed_at.to_rfc3339())?;
            }
            None => write!(f, "nothing is signed yet")?,
        }
        match (self.after, self.made) {
            (0, _) => write!(f, ", and nothing comes after"),
            (after, Some(true)) => write!(f, ", {after} transactions after that, made by this service"),
            (after, Some(false)) => write!(f, ", {after} transactions after that, of before there were checkpoints"),
            (after, None) => write!(f, ", {after} transactions after that, which nothing vouches for"),
        }
    }
}

/// Verifies the hub's ledger against all the evidence; see [`ledger::verify`]. Coverage is left out where something is
/// wrong.
pub async fn verify(
    tx: &mut Tx,
    evidence: &Evidence,
    progress: impl FnMut(i64),
) -> Result<(Verification, Option<Coverage>)> {
    let mut verification = ledger::verify_against(tx, evidence.hub, &evidence.of.heads, progress).await?;
    if verification.difference.is_some() {
        return Ok((verification, None));
    }
    match evidence.coverage(tx, verification.transactions).await? {
        Ok(coverage) => Ok((verification, Some(coverage))),
        Err(difference) => {
            verification.difference = Some(difference);
            Ok((verification, None))
        }
    }
}
