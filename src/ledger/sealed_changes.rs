//! How the journal seals the hub's changes: the first transaction of each commit has the hash of the last change
//! before it.

use std::collections::VecDeque;

use super::sql;
use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::ledger::Difference;

/// How many transactions are read at once.
const PAGE: i64 = 2_000;

/// The hashes of changes that the journal sealed, ticked off by a walk along the chain of changes.
pub struct SealedChanges {
    hub: HubId,
    rows: VecDeque<(i64, Vec<u8>)>,
    after: i64,
    ended: bool,
}

impl SealedChanges {
    /// Begins with the first transaction.
    pub fn new(hub: HubId) -> SealedChanges {
        SealedChanges { hub, rows: VecDeque::new(), after: 0, ended: false }
    }

    /// The walk passes the change with this hash: ticks off the transactions that seal it.
    pub async fn pass(&mut self, tx: &mut Tx, hash: &[u8]) -> Result<()> {
        while self.next(tx).await?.is_some_and(|(_, sealed)| sealed == hash) {
            self.rows.pop_front();
        }
        Ok(())
    }

    /// The first transaction whose sealed change the walk did not meet, once it has passed all.
    pub async fn left(&mut self, tx: &mut Tx, last: &[u8]) -> Result<Option<Difference>> {
        let left = self.next(tx).await?;
        Ok(left.map(|(sequence, sealed)| {
            let what = "the changes of the hub are not those that a transaction sealed";
            Difference::new(what, Some(*sequence), None, hex::encode(sealed), hex::encode(last))
        }))
    }

    async fn next(&mut self, tx: &mut Tx) -> Result<Option<&(i64, Vec<u8>)>> {
        if self.rows.is_empty() && !self.ended {
            let page = sql::sealed_changes(tx, self.hub, self.after, PAGE).await?;
            self.after = page.last().map_or(self.after, |(sequence, _)| *sequence);
            self.ended = page.is_empty();
            self.rows.extend(page);
        }
        Ok(self.rows.front())
    }
}
