//! Changes: what happened to the hub's records, in order, each once, without a gap. For programs that follow
//! the hub: finance systems, and whatever is told of its doings.
//!
//! Operations say what they did to [`crate::ledger::Journal::changed`], which keeps it in memory and writes it with the
//! commit, numbered on from the counter in the hub's lock: what is given up leaves no gap, and who reads sees
//! a change only after all those before it. A change holds ids, words of the code and amounts, and by its type nothing
//! that a person wrote or is called: to forget a person, nothing here need be touched.

mod change;
mod kind;
mod sql;

use chrono::{DateTime, Utc};

pub use change::{Change, Data};
pub use kind::Kind;

use crate::db::{self, Tx, Writes};
use crate::ids::{HubId, PersonId};

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

/// Adds to `writes` what numbers the changes on after `last`; the answer is the last number then.
pub(crate) fn enter(
    tx: &Tx,
    writes: &mut Writes,
    hub: HubId,
    (actor, now): (Option<PersonId>, DateTime<Utc>),
    last: i64,
    changes: &[Change],
) -> i64 {
    let numbered: Vec<(i64, &Change)> = (last + 1..).zip(changes).collect();
    sql::insert(tx, writes, hub, (actor, now), &numbered);
    numbered.last().map_or(last, |(sequence, _)| *sequence)
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

/// Whether the hub's changes are numbered from 1 without a gap to where its counter is: how many there should be, and
/// what is found instead.
pub async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<(i64, i64)>, db::Error> {
    let counter = sql::last(tx, hub).await?;
    let (found, last) = sql::counted(tx, hub).await?;
    let wrong = if found != counter { Some(found) } else { Some(last).filter(|last| *last != counter) };
    Ok(wrong.map(|found| (counter, found)))
}
