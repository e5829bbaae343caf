//! Access and dietary needs: what somebody needs to take part, in a store of its own. Nothing else reads it: no list,
//! no export, no log and no error contains a word of it.
//!
//! Who reads it:
//! - the person, who alone writes and removes it;
//! - the organiser of an event (a hub manager, and the people of the school or partner that gives it), of
//!   those who hold a place on it, from the booking until [`KEPT`] after the end of its last session. Whoever
//!   gives the place up is not read from that moment on. Nothing is copied: what is written anew is
//!   what the organiser reads.
//!
//! When it is purged: once [`KEPT`] has passed since it was written, and since the end of every event that the person
//! holds or held a place on or waits for ([`purge`], which a round runs). The needs of somebody who books one event and
//! no other are purged 30 days after that event; with another event to come they are kept until 30 days after that one,
//! while the organiser of the first can no longer read them.

mod sql;

use std::fmt;

use chrono::{DateTime, Days, Utc};

use crate::base::db::{self, Tx};
use crate::base::ids::{EventId, HubId, PersonId};
use crate::base::text::{Line, Prose};
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};

/// How long after the end of an event needs are kept, and an organiser may read them.
pub const KEPT: Days = Days::new(30);

/// A person's access and dietary needs.
#[derive(Clone, PartialEq, sqlx::FromRow)]
pub struct Needs {
    /// Access needs: to get there, to get in, to see, hear and follow.
    pub access: Option<Prose>,
    /// Dietary needs.
    pub dietary: Option<Prose>,
    /// When the needs were written.
    pub written_at: DateTime<Utc>,
}

/// The needs of a delegate of an event.
#[derive(Clone, sqlx::FromRow)]
pub struct OfDelegate {
    /// The delegate.
    pub person_id: PersonId,
    /// The delegate's name.
    pub person_name: Line,
    /// Their school's name.
    pub school_name: Line,
    /// Access and dietary needs.
    #[sqlx(flatten)]
    pub needs: Needs,
}

/// Shows nothing of the content, so that no log can.
impl fmt::Debug for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Needs").finish_non_exhaustive()
    }
}

/// A person's needs, if they have written any.
pub async fn get(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Option<Needs>, db::Error> {
    sql::get(tx, hub, person).await
}

/// Replaces a person's needs; empty needs remove them.
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

/// Removes a person's needs.
pub async fn remove(journal: &mut Journal, person: PersonId) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::delete(journal.tx(), hub, person).await?.any();
    journal.changed(Change::new(Kind::PersonNeedsChanged, person));
    Ok(())
}

/// A page of the needs of delegates who hold a place on an event, in the order of their ids; nothing once the event has
/// been over for [`KEPT`].
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

/// Purges needs that are no longer required (see the head of the module).
pub async fn purge(journal: &mut Journal) -> Result<(), db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    sql::purge(journal.tx(), hub, now - KEPT).await?.any();
    Ok(())
}
