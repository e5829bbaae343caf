//! Reminders of places: seven days and one day before an event begins, and one day before it goes on on another day, all of
//! its delegates at once.
//!
//! That an event's delegates were reminded is recorded with the beginning that they were reminded of. So nobody is told
//! twice, and an event that is moved calls for reminders of its own. Whoever gets a place after the last reminder of a
//! beginning is reminded by themselves: without it they would have neither the link nor the code.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::sql;
use crate::base::clock::london_date;
use crate::base::db::{self, Tx};
use crate::base::ids::{BookingId, EventId, HubId, PersonId};
use crate::ledger::Journal;
use crate::messages::notices::{self, Kind, Notice};

/// How many days before, and up to how many they would be said too late: then they are left out.
const BEFORE: [(i64, i64); 2] = [(7, 6), (1, 0)];

/// How many events are done in one slice.
const AT_ONCE: i64 = 20;

/// How many places that somebody was given late are done in one slice.
const LATE_AT_ONCE: i64 = 200;

/// How many days before a session after the first its delegates are reminded.
const BEFORE_LATER: i64 = 1;

/// Whether [`remind`] would remind anybody.
pub(super) async fn anything_due(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<bool, db::Error> {
    for before in BEFORE {
        if !due(tx, hub, before, now, 1).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(!later(tx, hub, now, 1).await?.is_empty() || !sql::reminding::late(tx, hub, now, 1).await?.is_empty())
}

/// Reminds the delegates of events that begin or go on soon; returns whether there may be more.
pub(super) async fn remind(journal: &mut Journal) -> Result<bool, db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let (mut told, mut more) = (Vec::new(), false);
    for before in BEFORE {
        let events = due(journal.tx(), hub, before, now, AT_ONCE).await?;
        more |= is_full(events.len(), AT_ONCE);
        sql::reminding::insert(journal.tx(), hub, before.0, &events, now).await?.exactly(events.len())?;
        told.extend(delegates(journal.tx(), hub, &events).await?);
    }
    let sessions = later(journal.tx(), hub, now, AT_ONCE).await?;
    more |= is_full(sessions.len(), AT_ONCE);
    let marks: Vec<(EventId, DateTime<Utc>)> = sessions.iter().map(|(event, at, _)| (*event, *at)).collect();
    sql::reminding::insert(journal.tx(), hub, BEFORE_LATER, &marks, now).await?.exactly(marks.len())?;
    let of_another_day: Vec<(EventId, DateTime<Utc>)> =
        sessions.into_iter().filter(is_of_another_day).map(|(event, at, _)| (event, at)).collect();
    told.extend(delegates(journal.tx(), hub, &of_another_day).await?);
    notices::tell(journal, &told).await?;
    Ok(remind_late(journal).await? || more)
}

/// Reminds those who were given a place after the last reminder of it; returns whether there may be more.
async fn remind_late(journal: &mut Journal) -> Result<bool, db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let late = sql::reminding::late(journal.tx(), hub, now, LATE_AT_ONCE).await?;
    let more = is_full(late.len(), LATE_AT_ONCE);
    let mut seen = BTreeSet::new();
    let first = late.into_iter().filter(|(_, booking, ..)| seen.insert(*booking));
    let told: Vec<Notice> =
        first.map(|(event, booking, delegate, at)| soon((event, booking, delegate), Some(at))).collect();
    notices::tell(journal, &told).await?;
    Ok(more)
}

/// What the delegates of these events are told, each of the beginning that stands first beside theirs.
async fn delegates(tx: &mut Tx, hub: HubId, events: &[(EventId, DateTime<Utc>)]) -> Result<Vec<Notice>, db::Error> {
    let mut seen = BTreeSet::new();
    let each: Vec<(EventId, DateTime<Utc>)> = events.iter().filter(|(event, _)| seen.insert(*event)).copied().collect();
    let starts_at = |event| each.iter().find(|(id, _)| *id == event).map(|(_, starts_at)| *starts_at);
    let places = sql::reminding::delegates(tx, hub, &each).await?;
    Ok(places.into_iter().map(|place| soon(place, starts_at(place.0))).collect())
}

fn soon((event, booking, delegate): (EventId, BookingId, PersonId), due_at: Option<DateTime<Utc>>) -> Notice {
    Notice { event: Some(event), booking: Some(booking), due_at, ..Notice::new(delegate, Kind::EventSoon) }
}

/// Whether a session is on another day than the one before it: of two on a day the first is said.
fn is_of_another_day((_, at, before): &(EventId, DateTime<Utc>, Option<DateTime<Utc>>)) -> bool {
    before.is_none_or(|before| london_date(before) != london_date(*at))
}

fn is_full(found: usize, limit: i64) -> bool {
    i64::try_from(found).is_ok_and(|found| found == limit)
}

async fn due(
    tx: &mut Tx,
    hub: HubId,
    (days, late): (i64, i64),
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(EventId, DateTime<Utc>)>, db::Error> {
    let between = (now + TimeDelta::days(late), now + TimeDelta::days(days));
    sql::reminding::due(tx, hub, days, between, limit).await
}

async fn later(
    tx: &mut Tx,
    hub: HubId,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(EventId, DateTime<Utc>, Option<DateTime<Utc>>)>, db::Error> {
    sql::reminding::later_sessions(tx, hub, (now, now + TimeDelta::days(BEFORE_LATER)), limit).await
}
