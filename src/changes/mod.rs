//! Changes: what happened to the hub's records, in order, each once, without a gap. For programs that follow
//! the hub: finance systems, and whatever is told of its doings.
//!
//! Operations say what they did to [`crate::ledger::Journal::changed`], which keeps it in memory and writes it with the
//! commit, numbered on from the counter in the hub's lock: what is given up leaves no gap, and who reads sees
//! a change only after all those before it. Each seals the one before it by its hash, as the transactions of the journal
//! do, which in their turn seal the last change before them. A change holds ids, words of the code and amounts, and by its type nothing
//! that a person wrote or is called: to forget a person, nothing here need be touched.

mod chain;
mod change;
mod kind;
mod sql;

use chrono::{DateTime, Utc};

pub(crate) use chain::chain_those_of_before;
pub use chain::{Row, Walk, Wrong};
pub use change::{Change, Data};
pub use kind::Kind;

use crate::db::{self, Tx, Writes};
use crate::ids::{HubId, PersonId};
use crate::seal::Hash;

/// A change as it is recorded.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Recorded {
    /// The hub's own number, from 1 without a gap.
    pub sequence: i64,
    /// The clock.
    pub recorded_at: DateTime<Utc>,
    /// Who did it; none where nobody asked for it.
    pub actor_id: Option<PersonId>,
    /// What happened.
    pub kind: Kind,
    /// The id of what it happened to; of an academic year the year.
    pub subject_id: String,
    /// What there is to say of it.
    pub data: Data,
}

/// Adds to `writes` what numbers the changes on after `last`, and chains them where that was chained; the answer is the
/// last number and hash then.
pub(crate) fn enter(
    tx: &Tx,
    writes: &mut Writes,
    hub: HubId,
    (actor, now): (Option<PersonId>, DateTime<Utc>),
    (last, hash): (i64, Option<Hash>),
    changes: &[Change],
) -> (i64, Option<Hash>) {
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
                hash: None,
            };
            row.hash = hash.map(|previous| row.sealed(hub).hash(&previous));
            hash = row.hash;
            row
        })
        .collect();
    sql::insert(tx, writes, hub, &rows);
    (at, hash)
}

/// How many numbers a page looks at, at most, for changes of a kind.
const LOOKED_AT: i64 = 10_000;

/// Changes in order, and up to where they were looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The changes.
    pub changes: Vec<Recorded>,
    /// The number that was looked at last: the next page begins after it.
    pub looked_to: i64,
    /// The last number of the hub.
    pub last: i64,
}

/// The changes after a number, of one kind where it is given, `limit` at most. The cost of a page is bounded, however
/// many changes there are and however few of them are of the kind.
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
