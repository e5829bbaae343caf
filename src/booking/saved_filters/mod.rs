//! Saved filters: what somebody looks for in the catalogue, under a name of theirs.
//!
//! A filter belongs to one person and is seen by nobody else. One with an alert waits for events: whoever publishes one
//! tells, in the same commit, each person who could book it and has a filter with an alert that it fits ([`tell`]). They
//! get one notice, however many of their filters it fits.

mod fit;
mod sql;

use chrono::{DateTime, Utc};

pub use fit::{looking, tell};

use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId, PriorityId, SavedFilterId};
use crate::base::month::Month;
use crate::base::text::Line;
use crate::ledger::Journal;
use crate::members::people::{Person, Role};
use crate::members::schools::Phase;
use crate::programme::programmes::Kind;
use crate::programme::programmes::catalogue::PlacesLeft;
use crate::programme::programmes::priorities;

/// The most filters that one person can save.
pub const MOST: usize = 20;

/// What is looked for in the catalogue. What is null is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Sought {
    /// With these words in a title, the description or a speaker's name, ignoring case.
    pub text: Option<Line>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// For this phase.
    pub phase: Option<Phase>,
    /// Of this priority.
    pub priority_id: Option<PriorityId>,
    /// Starting in this month, or later.
    pub from_month: Option<Month>,
    /// Starting in this month, or earlier.
    pub to_month: Option<Month>,
    /// With a free place, or without.
    pub places_left: Option<PlacesLeft>,
    /// Whether only what costs their school nothing is looked for: since it is free for it, or they have a ticket for it.
    pub free: bool,
}

/// What somebody looks for, under a name.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct SavedFilter {
    /// The filter's id.
    pub id: SavedFilterId,
    /// Its name, unique among the person's.
    pub name: Line,
    /// What is looked for.
    #[sqlx(flatten)]
    #[serde(flatten)]
    #[schema(inline)]
    pub sought: Sought,
    /// Whether the person is told of an event that becomes bookable to them and fits.
    pub alert: bool,
    /// When it was saved.
    pub saved_at: DateTime<Utc>,
    /// Rises with every change.
    #[serde(skip)]
    pub version: i64,
}

/// What may be changed of a saved filter; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct FilterChange {
    /// Its new name.
    pub name: Option<Line>,
    /// Whether its person is to be told.
    pub alert: Option<bool>,
}

/// Why a filter can't be saved or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The person has no such filter.
    #[error("there is no such filter")]
    Unknown,
    /// Another filter of theirs has the name.
    #[error("there is a filter with this name already")]
    NameTaken,
    /// They have as many as they may have.
    #[error("there are {MOST} saved filters already: remove one first")]
    TooMany,
    /// There is no such priority in the hub.
    #[error("is not a priority of the hub")]
    UnknownPriority,
    /// The person can book nothing, so they are told of nothing.
    #[error("is for those who can book")]
    NeverTold,
    /// The filter was changed since it was read.
    #[error("the filter has changed since it was read")]
    Stale,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Whether somebody in this role can book, and so be told of what can be booked.
pub fn is_told(role: Role) -> bool {
    match role {
        Role::HubManager | Role::SchoolLead | Role::Teacher => true,
        Role::HubViewer | Role::Partner => false,
    }
}

/// Saves what a person looks for under a name.
pub async fn save(
    journal: &mut Journal,
    person: &Person,
    (name, sought, alert): (Line, Sought, bool),
) -> Result<SavedFilter, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    if alert && !is_told(person.role) {
        return Err(Error::NeverTold);
    }
    if let Some(priority) = sought.priority_id
        && priorities::get(journal.tx(), hub, priority).await?.is_none()
    {
        return Err(Error::UnknownPriority);
    }
    let theirs = sql::list(journal.tx(), hub, person.id).await?;
    if theirs.iter().any(|other| other.name.key() == name.key()) {
        return Err(Error::NameTaken);
    }
    if theirs.len() >= MOST {
        return Err(Error::TooMany);
    }
    let filter = SavedFilter { id: journal.new_id(), name, sought, alert, saved_at: now, version: 1 };
    sql::insert(journal.tx(), hub, person.id, &filter).await?.exactly(1)?;
    Ok(filter)
}

/// A person's filters, in the order of their names.
pub async fn list(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Vec<SavedFilter>, db::Error> {
    sql::list(tx, hub, person).await
}

/// One of a person's filters.
pub async fn get(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    id: SavedFilterId,
) -> Result<Option<SavedFilter>, db::Error> {
    sql::get(tx, hub, person, id).await
}

/// Changes a filter of the person's whose version they read.
pub async fn change(
    journal: &mut Journal,
    person: &Person,
    (id, version): (SavedFilterId, i64),
    change: FilterChange,
) -> Result<SavedFilter, Error> {
    let hub = journal.hub();
    let filter = sql::get(journal.tx(), hub, person.id, id).await?.ok_or(Error::Unknown)?;
    if filter.version != version {
        return Err(Error::Stale);
    }
    let (name, alert) = (change.name.unwrap_or(filter.name), change.alert.unwrap_or(filter.alert));
    if alert && !is_told(person.role) {
        return Err(Error::NeverTold);
    }
    match sql::change(journal.tx(), hub, person.id, (id, version), &name, alert).await {
        Err(db::Error::Unique(_)) => Err(Error::NameTaken),
        changed => changed?.ok_or(Error::Stale),
    }
}

/// Removes a filter of the person's.
pub async fn remove(journal: &mut Journal, person: PersonId, id: SavedFilterId) -> Result<(), Error> {
    let hub = journal.hub();
    if sql::delete(journal.tx(), hub, person, id).await?.none() { Err(Error::Unknown) } else { Ok(()) }
}

/// Hands the filters of one record of a person to another record of theirs, the oldest first, as far as there is room.
/// Where both have one of a name, the other's stays.
pub async fn hand_over(journal: &mut Journal, from: PersonId, to: PersonId) -> Result<(), db::Error> {
    let hub = journal.hub();
    let room = MOST.saturating_sub(sql::list(journal.tx(), hub, to).await?.len());
    let room = i64::try_from(room).unwrap_or_default();
    sql::hand_over(journal.tx(), hub, (from, to), room).await?.any();
    sql::delete_all_of(journal.tx(), hub, from).await?.any();
    Ok(())
}

/// Removes all filters of a person.
pub async fn forget_all_of(journal: &mut Journal, person: PersonId) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::delete_all_of(journal.tx(), hub, person).await?.any();
    Ok(())
}
