//! Who is told of an event that was just published: those who could book it, and look for what it is.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::sql::{self, Fitting};
use crate::base::clock::london_date;
use crate::base::db::{self, Tx};
use crate::base::ids::{EventId, HubId, PersonId};
use crate::base::month::Month;
use crate::ledger::Journal;
use crate::members::people::Role;
use crate::members::schools::Membership;
use crate::messages::notices::{self, Kind, Notice};
use crate::programme::programmes::catalogue::{self, Entry};
use crate::programme::programmes::events::State;
use crate::programme::tickets::{self, Covered};

/// Tells of a published event whoever could book it and looks for it, each once, but not who publishes it: in two reads
/// and one write, however many there are, and one read more where some would go only for nothing.
pub async fn tell(journal: &mut Journal, id: EventId) -> Result<(), db::Error> {
    let (hub, now, by) = (journal.hub(), journal.now(), journal.actor());
    let Some(entry) = catalogue::get(journal.tx(), hub, id).await? else { return Ok(()) };
    if entry.state != State::Published {
        return Ok(());
    }
    let told = takers(journal.tx(), hub, &entry, by, now).await?;
    let notice = |person| Notice { event: Some(id), ..Notice::new(person, Kind::CatalogueMatch) };
    notices::tell(journal, &told.into_iter().map(notice).collect::<Vec<_>>()).await
}

/// How many would be told of a draft, were it published now by this person.
pub async fn looking(
    tx: &mut Tx,
    hub: HubId,
    entry: &Entry,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<usize, db::Error> {
    Ok(takers(tx, hub, entry, Some(by), now).await?.len())
}

/// Whoever could book an event and looks for it, but not `by`.
async fn takers(
    tx: &mut Tx,
    hub: HubId,
    entry: &Entry,
    by: Option<PersonId>,
    now: DateTime<Utc>,
) -> Result<Vec<PersonId>, db::Error> {
    if entry.closes_at.is_some_and(|closes| closes <= now) {
        return Ok(Vec::new());
    }
    let month = Month::of(london_date(entry.starts_at));
    let fitting = sql::fitting(tx, hub, entry.id, by, month).await?;
    let mut takers = of_each(fitting.into_iter().filter(|one| could_book(one, entry)), entry);
    let unsure: Vec<PersonId> = takers.iter().filter(|(_, sure)| !**sure).map(|(person, _)| *person).collect();
    for (person, covers) in tickets::usable_of(tx, hub, &unsure, london_date(now)).await? {
        if covers.covers(Covered::of(entry)) {
            takers.insert(person, true);
        }
    }
    Ok(takers.into_iter().filter(|(_, sure)| *sure).map(|(person, _)| person).collect())
}

/// Each person once, and whether one of their filters fits whatever tickets they have.
fn of_each(fitting: impl Iterator<Item = Fitting>, entry: &Entry) -> BTreeMap<PersonId, bool> {
    let mut people = BTreeMap::new();
    for one in fitting {
        let price = entry.admission.price(entry.price, one.membership.unwrap_or(Membership::Full));
        *people.entry(one.person_id).or_insert(false) |= !one.free || price.is_zero();
    }
    people
}

/// Whether they could book the event, for themselves or for somebody of theirs, now or once it opens for them.
fn could_book(one: &Fitting, entry: &Entry) -> bool {
    let member = one.left_on.is_none_or(|left| left > london_date(entry.starts_at));
    match (one.role, one.phase) {
        (Role::HubManager, _) => true,
        // A lead books for their teachers too.
        (Role::SchoolLead, Some(phase)) => member && entry.admission.is_for_phase(phase),
        (Role::Teacher, Some(phase)) => member && entry.admission.is_for(Role::Teacher, phase),
        (Role::SchoolLead | Role::Teacher, None) | (Role::HubViewer | Role::Partner, _) => false,
    }
}
