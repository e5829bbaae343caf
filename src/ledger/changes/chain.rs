//! The chain of a hub's changes: each seals the one before it.
//!
//! `hash = SHA-256(previous hash ‖ canonical form)`, where the canonical form ([`crate::base::seal`]) is every field of
//! the change. The first change seals 32 zero bytes. The hash of the last is in the hub's head, and each commit that
//! posts seals the last change before it in its first transaction: so no change can be altered, removed or reordered
//! without breaking the journal's own chain.

use super::row::Row;
use super::sql;
use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::base::seal::{GENESIS, Hash};

/// How many changes are read at once.
const PAGE: i64 = 1_000;

/// What is wrong with a hub's changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The fault, in words.
    pub what: &'static str,
    /// The change where the fault is.
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
    /// Begins before the first change.
    pub fn new(hub: HubId) -> Walk {
        Walk { hub, sequence: 0, hash: GENESIS, limit: PAGE }
    }

    /// The next changes, all proved; none after the last, which is proved to be the hub's last. Otherwise the fault.
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
        if row.hash != hash {
            let (what, subject) = ("the hash does not seal the change", Some(format!("change {}", row.sequence)));
            return Err(Wrong::new(what, subject, hex::encode(hash), hex::encode(&row.hash)));
        }
        (self.sequence, self.hash) = (row.sequence, hash);
        Ok(())
    }

    async fn end(&self, tx: &mut Tx) -> Result<Option<Wrong>> {
        let (last, hash) = sql::head(tx, self.hub).await?.unzip();
        let last = last.unwrap_or_default();
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

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::super::row::Sealed;
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
