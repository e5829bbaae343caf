//! A person's CPD record: what they have attended, in hours, by academic year, priority and programme.
//!
//! An event counts once it is completed and they attended, with the sessions at which its register has
//! them, in whole or in part, in the academic year of its first session.

mod paper;
mod sql;

use std::cmp::Reverse;
use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::certificates::Number;
use crate::db::{self, Tx};
use crate::hours::Hours;
use crate::ids::{BookingId, EventId, HubId, PersonId, PriorityId, ProgrammeId};
use crate::programmes::Kind;
use crate::text::Line;
use crate::year::AcademicYear;

pub use paper::sheet;

/// What a person has attended.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// All hours of it.
    pub hours: Hours,
    /// By academic year, the latest first.
    pub by_year: Vec<Total<AcademicYear>>,
    /// By priority, most hours first; what serves none stands under none.
    pub by_priority: Vec<Total<Option<(PriorityId, Line)>>>,
    /// By programme, most hours first.
    pub by_programme: Vec<Total<(ProgrammeId, Line)>>,
    /// Each event, the latest first.
    pub events: Vec<Attended>,
}

/// The hours of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Total<K> {
    /// Which kind.
    pub of: K,
    /// How many events.
    pub events: i64,
    /// How many hours of them were attended.
    pub hours: Hours,
}

/// An event that was attended.
#[derive(Clone, Debug, PartialEq)]
pub struct Attended {
    /// The event.
    pub event: Event,
    /// How many of its sessions.
    pub sessions_attended: i64,
    /// How long those were.
    pub hours: Hours,
}

/// What a record says of an event.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Event {
    /// The booking.
    pub booking_id: BookingId,
    /// The event.
    pub event_id: EventId,
    /// Its title.
    pub event_title: Line,
    /// The academic year of its first session.
    pub year: AcademicYear,
    /// When its first session started.
    pub starts_at: DateTime<Utc>,
    /// When its last session ended.
    pub ends_at: DateTime<Utc>,
    /// The programme that it was a run of.
    pub programme_id: ProgrammeId,
    /// Its title.
    pub programme_title: Line,
    /// Its kind.
    pub kind: Kind,
    /// The priority that it serves.
    pub priority_id: Option<PriorityId>,
    /// The priority's name.
    pub priority_name: Option<Line>,
    /// The name of who gave it.
    pub provider_name: Line,
    /// How many sessions it had.
    pub sessions: i64,
    /// The number of the certificate, where one was issued.
    pub certificate_number: Option<Number>,
}

/// The record of a person, of all years or of one. Two reads, however many events.
pub async fn record(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    year: Option<AcademicYear>,
) -> Result<Record, db::Error> {
    let events = sql::events(tx, hub, person, year).await?;
    let mut attended: HashMap<BookingId, (i64, Hours)> = HashMap::new();
    for (booking, starts_at, ends_at) in sql::attended(tx, hub, person).await? {
        let (sessions, hours) = attended.entry(booking).or_default();
        *sessions += 1;
        *hours = *hours + Hours::between(starts_at, ends_at);
    }
    let attended = |event: Event| {
        let (sessions_attended, hours) = attended.get(&event.booking_id).copied().unwrap_or_default();
        Attended { event, sessions_attended, hours }
    };
    Ok(Record::of(events.into_iter().map(attended).collect()))
}

impl Record {
    /// The record of these events.
    pub fn of(events: Vec<Attended>) -> Record {
        let mut by_year = totals(&events, |event| event.year);
        by_year.sort_by_key(|year| Reverse(year.of));
        let by_priority = totals(&events, |event| event.priority_id.zip(event.priority_name.clone()));
        let by_programme = totals(&events, |event| (event.programme_id, event.programme_title.clone()));
        let hours = events.iter().map(|attended| attended.hours).sum();
        Record { hours, by_year, by_priority, by_programme, events }
    }
}

/// The hours by what `of` says of an event: most hours first, those with as many in the order of the events.
fn totals<K: PartialEq>(events: &[Attended], of: impl Fn(&Event) -> K) -> Vec<Total<K>> {
    let mut totals: Vec<Total<K>> = Vec::new();
    for attended in events {
        let key = of(&attended.event);
        match totals.iter_mut().find(|total| total.of == key) {
            Some(total) => {
                total.events += 1;
                total.hours = total.hours + attended.hours;
            }
            None => totals.push(Total { of: key, events: 1, hours: attended.hours }),
        }
    }
    totals.sort_by_key(|total| std::cmp::Reverse(total.hours));
    totals
}
