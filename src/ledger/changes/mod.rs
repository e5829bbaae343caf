//! Changes: what happened to the hub's records, in order, each exactly once and without a gap. For programs that follow
//! the hub, such as finance systems.
//!
//! Operations report what they did to [`crate::ledger::Journal::changed`], which keeps it in memory and writes it with
//! the commit, numbered on from the counter under the hub's lock: a rollback leaves no gap, and readers see a change
//! only after all those before it. Each change seals the one before it by its hash, as the transactions of the journal
//! do, which in turn seal the last change before them. A change holds ids, fixed words and amounts, and by its type
//! nothing that a person wrote or is called: to forget a person, nothing here need be touched.

mod chain;
mod change;
mod entry;
mod kind;
mod row;
mod sql;

use chrono::{DateTime, Utc};

pub use chain::{Walk, Wrong};
pub use change::{Change, Data};
pub use entry::Entry;
pub use kind::Kind;
pub use row::Row;

use crate::base::db::{self, Tx, Writes};
use crate::base::ids::{HubId, PersonId};
use crate::base::seal::{GENESIS, Hash};

/// A change as it was recorded.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Recorded {
    /// The hub's number for the change, from 1 without a gap.
    pub sequence: i64,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// The person who acted; none where time did.
    pub actor_id: Option<PersonId>,
    /// The kind of change.
    pub kind: Kind,
    /// The id of what changed; for an academic year, the year.
    pub subject_id: String,
    /// The details of the change.
    pub data: Data,
}

/// Adds to `writes` the changes, numbered on from `last` and chained to it; returns the new last number and hash.
pub(crate) fn enter(
    tx: &Tx,
    writes: &mut Writes,
    hub: HubId,
    (actor, now): (Option<PersonId>, DateTime<Utc>),
    (last, hash): (i64, Hash),
    changes: &[Change],
) -> (i64, Hash) {
    let (mut at, mut hash) = (last, hash);
    let rows: Vec<sql::NewChange<'_>> = changes
        .iter()
        .map(|change| {
            at += 1;
            let actor = change.actor.or(actor).filter(|_| !change.anonymous);
            let mut row = sql::NewChange {
                sequence: at,
                recorded_at: now,
                actor,
                change,
                data: change.data.as_str(),
                hash: GENESIS,
            };
            row.hash = row.sealed(hub).hash(&hash);
            hash = row.hash;
            row
        })
        .collect();
    sql::insert(tx, writes, hub, &rows);
    (at, hash)
}

/// The most numbers that a page looks at for changes of one kind.
const LOOKED_AT: i64 = 10_000;

/// The change of this number.
pub async fn numbered(tx: &mut Tx, hub: HubId, sequence: i64) -> Result<Option<Recorded>, db::Error> {
    Ok(sql::after(tx, hub, sequence - 1, sequence, 1).await?.pop())
}

/// The hub's last number.
pub async fn last(tx: &mut Tx, hub: HubId) -> Result<i64, db::Error> {
    sql::last(tx, hub).await
}

/// Changes in order, and how far they were looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The changes of this page.
    pub changes: Vec<Recorded>,
    /// The last number looked at: the next page begins after it.
    pub looked_to: i64,
    /// The hub's last number.
    pub last: i64,
}

/// At most `limit` changes after a number, of one kind where it is given. The cost of a page is bounded, however
/// many changes there are and however few are of the kind.
pub async fn after(tx: &mut Tx, hub: HubId, after: i64, kind: Option<Kind>, limit: i64) -> Result<Page, db::Error> {
    let last = sql::last(tx, hub).await?;
    let to = last.min(after.saturating_add(LOOKED_AT));
    let changes = match kind {
        None => sql::after(tx, hub, after, to, limit).await?,
        Some(kind) => sql::of_kind_after(tx, hub, after, to, kind, limit).await?,
    };
    let full = i64::try_from(changes.len()).is_ok_and(|found| found >= limit);
    let looked_to = changes.last().filter(|_| full).map_or(to.max(after), |change| change.sequence);
    Ok(Page { changes, looked_to, last })
}
