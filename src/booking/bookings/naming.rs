//! Reserved places without a name: some days before the last day for one, the lead and deputies of the school are told, and
//! whoever of the hub reserved them. Of all such places of a school on an event, each is told once: what they were told is
//! the mark.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, TimeDelta, Utc};

use super::sql::{self, due::Naming};
use crate::base::clock::{london_date, london_midnight};
use crate::base::db::{self, Tx};
use crate::base::ids::{BookingId, HubId, SchoolId};
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

/// What is to be told now and was not yet, the next to be given up first.
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
    let mut untold: BTreeMap<Naming, BookingId> = BTreeMap::new();
    for place in &places {
        let reserved = place.requested_by.filter(|by| deciders.is_manager(*by));
        for person in deciders.of(place.school_id).chain(reserved) {
            untold.entry((until(place), place.event_id, place.school_id, person)).or_insert(place.id);
        }
    }
    let all: Vec<Naming> = untold.keys().copied().collect();
    for told in sql::due::told_to_name(tx, hub, &all).await? {
        untold.remove(&told);
    }
    let notice = |((due_at, event, _, person), booking): (Naming, BookingId)| Notice {
        event: Some(event),
        booking: Some(booking),
        due_at: Some(due_at),
        ..Notice::new(person, Kind::NamesDue)
    };
    Ok(untold.into_iter().map(notice).collect())
}

/// Until when somebody can be named: the end of the day that was agreed, and no later than the event begins.
fn until(place: &sql::due::Unnamed) -> DateTime<Utc> {
    let over = place.names_by.succ_opt().map_or(place.starts_at, london_midnight);
    over.min(place.starts_at)
}
