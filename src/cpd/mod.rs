//! A person's CPD record: what they have attended, in hours, by academic year, priority and programme.
//!
//! An event counts once it is completed and they attended, with the sessions at which its register has them: each in the
//! academic year in which it was, for as long as they were there.

mod paper;
mod sql;

use std::cmp::Reverse;
use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::certificates::Number;
use crate::clock::london_date;
use crate::db::{self, Tx};
use crate::hours::Hours;
use crate::ids::{BookingId, EventId, HubId, PersonId, PriorityId, ProgrammeId};
use crate::programmes::Kind;
use crate::text::Line;
use crate::year::AcademicYear;

pub use paper::sheet;

/// What a person has attended.
#[derive(Clone, Debug, Default, PartialEq)]
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
    /// The same by the academic year in which they were, the latest first.
    pub by_year: Vec<InYear>,
}

/// What was attended of an event in an academic year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InYear {
    /// The year.
    pub year: AcademicYear,
    /// How many of the event's sessions.
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

/// The record of a person, of all years or of what was in one. Two reads, however many events.
pub async fn record(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    year: Option<AcademicYear>,
) -> Result<Record, db::Error> {
    let mut attended: HashMap<BookingId, Vec<(AcademicYear, Hours)>> = HashMap::new();
    for (booking, starts_at, ends_at, mark, minutes) in sql::attended(tx, hub, person).await? {
        if let Some(year) = AcademicYear::of(london_date(starts_at)) {
            let hours = mark.hours(minutes, Hours::between(starts_at, ends_at));
            attended.entry(booking).or_default().push((year, hours));
        }
    }
    let mut record = Record::default();
    for event in sql::events(tx, hub, person).await? {
        record.add(event.clone(), attended.remove(&event.booking_id).unwrap_or_default(), year);
    }
    record.by_year.sort_by_key(|total| Reverse(total.of));
    record.by_priority.sort_by_key(|total| Reverse(total.hours));
    record.by_programme.sort_by_key(|total| Reverse(total.hours));
    Ok(record)
}

impl Record {
    /// Adds an event with the sessions of it that were attended, each in its year; where one year is asked for, only what
    /// was in that. An event that was attended without being at any session is of the year in which it began.
    fn add(&mut self, event: Event, sessions: Vec<(AcademicYear, Hours)>, only: Option<AcademicYear>) {
        let mut by_year: Vec<InYear> = Vec::new();
        for (year, hours) in sessions.into_iter().filter(|(year, _)| only.is_none_or(|only| only == *year)) {
            match by_year.iter_mut().find(|part| part.year == year) {
                Some(part) => {
                    part.sessions_attended += 1;
                    part.hours = part.hours + hours;
                }
                None => by_year.push(InYear { year, sessions_attended: 1, hours }),
            }
        }
        if by_year.is_empty() {
            if only.is_some_and(|only| only != event.year) {
                return;
            }
            by_year.push(InYear { year: event.year, sessions_attended: 0, hours: Hours::ZERO });
        }
        by_year.sort_by_key(|part| Reverse(part.year));
        let hours = by_year.iter().map(|part| part.hours).sum();
        for part in &by_year {
            count(&mut self.by_year, part.year, part.hours);
        }
        count(&mut self.by_priority, event.priority_id.zip(event.priority_name.clone()), hours);
        count(&mut self.by_programme, (event.programme_id, event.programme_title.clone()), hours);
        self.hours = self.hours + hours;
        let sessions_attended = by_year.iter().map(|part| part.sessions_attended).sum();
        self.events.push(Attended { event, sessions_attended, hours, by_year });
    }
}

/// Counts an event with its hours where `of` stands, in the order in which they first come.
fn count<K: PartialEq>(totals: &mut Vec<Total<K>>, of: K, hours: Hours) {
    match totals.iter_mut().find(|total| total.of == of) {
        Some(total) => {
            total.events += 1;
            total.hours = total.hours + hours;
        }
        None => totals.push(Total { of, events: 1, hours }),
    }
}
