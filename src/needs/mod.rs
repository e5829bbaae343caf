//! Access and dietary needs: what somebody needs to take part, in a store of its own. Nothing else reads
//! it: no list, no export, no log and no error has a word of it.
//!
//! Who reads it:
//! - the person, who alone writes and removes it;
//! - the organiser of an event (a hub manager, and the people of the school or partner that gives it), of
//!   those who hold a place on it, from the booking until [`KEPT`] after the end of its last session. Whoever
//!   gives the place up is not read from that moment on. Nothing is copied: what is written anew is
//!   what the organiser reads.
//!
//! When it is purged: once [`KEPT`] has passed since it was written, and since the end of every event that
//! the person holds or held a place on or waits for ([`purge`], which a round does). Whoever books one event
//! and no other has it purged 30 days after that event; whoever has another event to come keeps it until 30
//! days after that one, while the organiser of the first reads nothing any more.

mod sql;

use std::fmt;

use chrono::{DateTime, Days, Utc};

use crate::changes::{Change, Kind};
use crate::db::{self, Tx};
use crate::ids::{EventId, HubId, PersonId};
use crate::ledger::Journal;
use crate::text::{Line, Prose};

/// How long needs are kept, and read by an organiser, after the end of an event.
pub const KEPT: Days = Days::new(30);

/// What a person needs.
#[derive(Clone, PartialEq, sqlx::FromRow)]
pub struct Needs {
    /// To get there, to get in, to see, hear and follow.
    pub access: Option<Prose>,
    /// To eat.
    pub dietary: Option<Prose>,
    /// When it was written.
    pub written_at: DateTime<Utc>,
}

/// What a delegate of an event needs.
#[derive(Clone, sqlx::FromRow)]
pub struct OfDelegate {
    /// The delegate.
    pub person_id: PersonId,
    /// Their name.
    pub person_name: Line,
    /// Their school's name.
    pub school_name: Line,
    /// What they need.
    #[sqlx(flatten)]
    pub needs: Needs,
}

/// Says nothing of what is in it, so that no log can.
impl fmt::Debug for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Needs").finish_non_exhaustive()
    }
}

/// What a person needs, where they have written it.
pub async fn get(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Option<Needs>, db::Error> {
    sql::get(tx, hub, person).await
}

/// Writes what a person needs in place of what they wrote before; nothing at all removes it.
pub async fn write(
    journal: &mut Journal,
    person: PersonId,
    access: Option<Prose>,
    dietary: Option<Prose>,
) -> Result<(), db::Error> {
    let said = |words: Option<Prose>| words.filter(|words| !words.as_str().trim().is_empty());
    let needs = Needs { access: said(access), dietary: said(dietary), written_at: journal.now() };
    if needs.access.is_none() && needs.dietary.is_none() {
        return remove(journal, person).await;
    }
    let hub = journal.hub();
    sql::put(journal.tx(), hub, person, needs).await?.exactly(1)?;
    journal.changed(Change::new(Kind::PersonNeedsChanged, person));
    Ok(())
}

/// Removes what a person needs.
pub async fn remove(journal: &mut Journal, person: PersonId) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::delete(journal.tx(), hub, person).await?.any();
    journal.changed(Change::new(Kind::PersonNeedsChanged, person));
    Ok(())
}

/// A page of what the delegates who hold a place on an event need, in the order of their ids; nothing once
/// the event is [`KEPT`] past.
pub async fn of_event(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    now: DateTime<Utc>,
    after: Option<PersonId>,
    limit: i64,
) -> Result<Vec<OfDelegate>, db::Error> {
    sql::of_event(tx, hub, event, now - KEPT, after, limit).await
}

/// Whether there is anything to purge.
pub async fn anything_due(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<bool, db::Error> {
    sql::outlived(tx, hub, now - KEPT).await
}

/// Purges what nobody needs any more (see the head of the module).
pub async fn purge(journal: &mut Journal) -> Result<(), db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    sql::purge(journal.tx(), hub, now - KEPT).await?.any();
    Ok(())
}
