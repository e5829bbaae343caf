//! The chain of a hub's changes: each seals the one before it.
//!
//! `hash = SHA-256(previous hash ‖ canonical form)`, where the canonical form ([`crate::seal`]) is every field of the
//! change. The first seals 32 zero bytes. The hash of the last stands in the hub's head, and each commit that posts seals
//! the one before it in its first transaction: so a change can be neither altered, taken out nor put elsewhere without
//! the journal's own chain.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::sql;
use crate::db::{Result, Tx};
use crate::ids::HubId;
use crate::seal::{Form, GENESIS, Hash};

/// How many changes are read at once.
const PAGE: i64 = 1_000;

/// What is sealed of a change.
pub(super) struct Sealed<'a> {
    pub(super) hub: Uuid,
    pub(super) sequence: i64,
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) actor: Option<Uuid>,
    pub(super) kind: &'a str,
    pub(super) subject: &'a str,
    pub(super) data: &'a str,
    pub(super) grounds: Option<&'a [u8]>,
}

impl Sealed<'_> {
    /// The hash of the change after one whose hash is `previous`.
    pub(super) fn hash(&self, previous: &Hash) -> Hash {
        Form::after(previous, "hub-credits/change/1")
            .id(self.hub)
            .number(self.sequence)
            .instant(self.recorded_at)
            .id(self.actor)
            .words(self.kind)
            .words(self.subject)
            .words(self.data)
            .bytes(self.grounds)
            .hash()
    }
}

/// A change as its row says it, whatever it says.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    /// The hub's own number.
    pub sequence: i64,
    recorded_at: DateTime<Utc>,
    actor_id: Option<Uuid>,
    /// What happened.
    pub kind: String,
    /// The id of what it happened to.
    pub subject_id: String,
    /// What there is to say of it.
    pub data: String,
    /// The digest of the record as the change left it, where that decides on credits.
    pub grounds: Option<Vec<u8>>,
    /// Its place in the chain.
    pub hash: Option<Vec<u8>>,
}

impl Row {
    fn sealed(&self, hub: HubId) -> Sealed<'_> {
        Sealed {
            hub: hub.0,
            sequence: self.sequence,
            recorded_at: self.recorded_at,
            actor: self.actor_id,
            kind: &self.kind,
            subject: &self.subject_id,
            data: &self.data,
            grounds: self.grounds.as_deref(),
        }
    }
}

/// What is wrong with the changes of a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// It, in words.
    pub what: &'static str,
    /// The change where it is.
    pub subject: Option<String>,
    /// What the chain says.
    pub expected: String,
    /// What is recorded.
    pub found: String,
}

impl Wrong {
    fn new(what: &'static str, subject: Option<String>, expected: impl ToString, found: impl ToString) -> Wrong {
        Wrong { what, subject, expected: expected.to_string(), found: found.to_string() }
    }
}

/// A walk along the chain from its beginning, page by page, which proves each change as it passes.
pub struct Walk {
    hub: HubId,
    sequence: i64,
    hash: Hash,
    limit: i64,
}

impl Walk {
    /// Before the first change.
    pub fn new(hub: HubId) -> Walk {
        Walk { hub, sequence: 0, hash: GENESIS, limit: PAGE }
    }

    /// The next changes, all of them proved; none after the last, which is proved to be the hub's last. Or what is wrong.
    pub async fn next(&mut self, tx: &mut Tx) -> Result<std::result::Result<Vec<Row>, Wrong>> {
        let page = loop {
            match sql::rows(tx, self.hub, self.sequence, self.limit).await {
                Err(error) if error.is_unreadable() && self.limit > 1 => self.limit = 1,
                Err(error) if error.is_unreadable() => {
                    let subject = Some(format!("change {}", self.sequence + 1));
                    let what = "a row holds what its column can't";
                    return Ok(Err(Wrong::new(what, subject, "a value of the column's type", error)));
                }
                page => break page?,
            }
        };
        if page.is_empty() {
            return Ok(self.end(tx).await?.map_or(Ok(page), Err));
        }
        Ok(page.iter().try_for_each(|row| self.pass(row)).map(|()| page))
    }

    fn pass(&mut self, row: &Row) -> std::result::Result<(), Wrong> {
        if row.sequence != self.sequence + 1 {
            return Err(gap(self.sequence + 1, row.sequence));
        }
        let hash = row.sealed(self.hub).hash(&self.hash);
        if row.hash.as_deref() != Some(hash.as_slice()) {
            let (subject, found) = (Some(format!("change {}", row.sequence)), row.hash.as_deref().map(hex::encode));
            let what = "the hash does not seal the change";
            return Err(Wrong::new(what, subject, hex::encode(hash), found.unwrap_or("none".to_owned())));
        }
        (self.sequence, self.hash) = (row.sequence, hash);
        Ok(())
    }

    async fn end(&self, tx: &mut Tx) -> Result<Option<Wrong>> {
        let (last, hash) = sql::head(tx, self.hub).await?.unwrap_or_default();
        if last != self.sequence {
            return Ok(Some(gap(last, self.sequence)));
        }
        let (expected, found) = (hex::encode(self.hash), hash.map_or("none".to_owned(), hex::encode));
        let what = "the hub's last change is not the one whose hash its head has";
        Ok((expected != found).then(|| Wrong::new(what, None, expected, found)))
    }
}

fn gap(expected: i64, found: i64) -> Wrong {
    Wrong::new("the changes of the hub have a gap", None, expected, found)
}

/// Chains the changes of a hub that were recorded before they were a chain; the answer is the hash of the last.
pub(crate) async fn chain_those_of_before(tx: &mut Tx, hub: HubId) -> Result<Hash> {
    let (mut sequence, mut hash) = (0, GENESIS);
    loop {
        let page = sql::rows(tx, hub, sequence, PAGE).await?;
        let Some(last) = page.last() else { return Ok(hash) };
        sequence = last.sequence;
        let mut hashes = Vec::with_capacity(page.len());
        for row in &page {
            hash = row.sealed(hub).hash(&hash);
            hashes.push((row.sequence, hash));
        }
        sql::chain(tx, hub, &hashes).await?.exactly(hashes.len())?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change() -> Sealed<'static> {
        Sealed {
            hub: Uuid::from_u128(1),
            sequence: 1,
            recorded_at: DateTime::UNIX_EPOCH,
            actor: None,
            kind: "hub.created",
            subject: "x",
            data: "{}",
            grounds: None,
        }
    }

    #[test]
    fn every_field_changes_the_hash() {
        let nil = Uuid::nil();
        let changed = [
            change(),
            Sealed { hub: nil, ..change() },
            Sealed { sequence: 2, ..change() },
            Sealed { recorded_at: DateTime::from_timestamp_micros(1).unwrap(), ..change() },
            Sealed { actor: Some(nil), ..change() },
            Sealed { kind: "hub.changed", ..change() },
            Sealed { subject: "y", ..change() },
            Sealed { data: "", ..change() },
            Sealed { grounds: Some(&[]), ..change() },
        ];
        let hashes = changed.iter().map(|change| change.hash(&GENESIS));
        let mut all: Vec<Hash> = hashes.chain([change().hash(&[1; 32])]).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 10);
    }
}
