//! The hub's changes as the journal seals them: the first transaction of each commit has the hash of the last change
//! before it.

use std::collections::VecDeque;

use super::sql;
use crate::changes;
use crate::db::{Db, Result, Tx};
use crate::ids::HubId;
use crate::ledger::Difference;

/// How many transactions are read at once.
const PAGE: i64 = 2_000;

/// Chains the changes of every hub whose are not yet, and commits. Made after the migrations, before anything is served;
/// where all are chained it only looks.
pub async fn chain_changes(db: &Db) -> Result<()> {
    if sql::unchained(&mut db.read().await?).await?.is_empty() {
        return Ok(());
    }
    let mut tx = db.write().await?;
    for (hub,) in sql::unchained(&mut tx).await? {
        let hash = changes::chain_those_of_before(&mut tx, hub).await?;
        sql::set_changes_hash(&mut tx, hub, &hash).await?.exactly(1)?;
    }
    tx.commit().await
}

/// The changes that the journal sealed, for a walk along the chain of the changes to pass.
pub struct SealedChanges {
    hub: HubId,
    rows: VecDeque<(i64, Vec<u8>)>,
    after: i64,
    ended: bool,
}

impl SealedChanges {
    /// From the first transaction on.
    pub fn new(hub: HubId) -> SealedChanges {
        SealedChanges { hub, rows: VecDeque::new(), after: 0, ended: false }
    }

    /// The change with this hash is passed: transactions that seal it have it.
    pub async fn pass(&mut self, tx: &mut Tx, hash: &[u8]) -> Result<()> {
        while self.next(tx).await?.is_some_and(|(_, sealed)| sealed == hash) {
            self.rows.pop_front();
        }
        Ok(())
    }

    /// The first transaction whose change was not met, after all were passed.
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
