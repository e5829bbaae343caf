//! Reserved places without a name: some days before the last day for one, the lead and deputies of the school are told, and
//! whoever of the hub reserved them. Of all such places of a school on an event, each is told once: what they were told is
//! the mark.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, TimeDelta, Utc};

use super::sql;
use crate::base::clock::{london_date, london_midnight};
use crate::base::db::{self, Tx};
use crate::base::ids::{EventId, HubId, PersonId, SchoolId};
use crate::ledger::Journal;
use crate::members::people;
use crate::messages::notices::{self, Kind, Notice};

/// How many days before the last day for a name it is asked for: there are school days among them, whatever day it is.
const DAYS_BEFORE: u64 = 5;

/// For how long nobody is told of the day that they have just chosen.
const CHOSEN: TimeDelta = TimeDelta::days(1);

/// Whether [`remind`] would remind anybody.
pub(super) async fn anything_due(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<bool, db::Error> {
    Ok(!untold(tx, hub, now).await?.is_empty())
}

/// Tells whoever is to name somebody.
pub(super) async fn remind(journal: &mut Journal) -> Result<(), db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let told = untold(journal.tx(), hub, now).await?;
    notices::tell(journal, &told).await
}

/// What is to be told now and was not yet.
async fn untold(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<Vec<Notice>, db::Error> {
    let today = london_date(now);
    let by = today.checked_add_days(Days::new(DAYS_BEFORE)).unwrap_or(today);
    let mut places = sql::due::to_be_named(tx, hub, (today, by)).await?;
    places.retain(|place| place.requested_at + CHOSEN <= now && now < until(place));
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let schools: BTreeSet<SchoolId> = places.iter().map(|place| place.school_id).collect();
    let deciders = people::deciders(tx, hub, &schools.into_iter().collect::<Vec<_>>(), today).await?;
    let managers = people::managers(tx, hub).await?;
    let mut seen: BTreeSet<(PersonId, EventId, SchoolId, DateTime<Utc>)> = BTreeSet::new();
    let mut notices = Vec::new();
    for place in &places {
        let due_at = until(place);
        let reserved = place.requested_by.filter(|by| managers.contains(by));
        for person in deciders.of(place.school_id).chain(reserved) {
            if seen.insert((person, place.event_id, place.school_id, due_at)) {
                notices.push(Notice {
                    event: Some(place.event_id),
                    booking: Some(place.id),
                    due_at: Some(due_at),
                    ..Notice::new(person, Kind::NamesDue)
                });
            }
        }
    }
    let told = sql::due::told_to_name(tx, hub, &notices).await?;
    notices.retain(|notice| {
        !told.iter().any(|(person, school, event, due_at)| {
            let of = places.iter().find(|place| Some(place.id) == notice.booking).map(|place| place.school_id);
            notice.person == *person
                && of == Some(*school)
                && notice.event == Some(*event)
                && notice.due_at == Some(*due_at)
        })
    });
    Ok(notices)
}

/// Until when somebody can be named: the end of the day that was agreed, and no later than the event begins.
fn until(place: &sql::due::Unnamed) -> DateTime<Utc> {
    let over = place.names_by.succ_opt().map_or(place.starts_at, london_midnight);
    over.min(place.starts_at)
}
