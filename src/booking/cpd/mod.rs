//! A person's CPD record: what they have attended, in hours, by academic year, priority and programme.
//!
//! An event counts once it is completed and the person attended, with the sessions at which its register has them: each
//! in the academic year in which it was held, for as long as they were there.

mod paper;
mod sql;

use std::cmp::Reverse;
use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::base::clock::london_date;
use crate::base::db::{self, Tx};
use crate::base::hours::Hours;
use crate::base::ids::{BookingId, EventId, HubId, PersonId, PriorityId, ProgrammeId};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::booking::certificates::Number;
use crate::programme::programmes::Kind;

pub use paper::sheet;

/// A person's CPD record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// All hours attended.
    pub hours: Hours,
    /// Hours by academic year, the latest first.
    pub by_year: Vec<Total<AcademicYear>>,
    /// Hours by priority, most hours first; programmes without a priority count under none.
    pub by_priority: Vec<Total<Option<(PriorityId, Line)>>>,
    /// Hours by programme, most hours first.
    pub by_programme: Vec<Total<(ProgrammeId, Line)>>,
    /// Each event, the latest first.
    pub events: Vec<Attended>,
}

/// The hours of one year, priority or programme.
#[derive(Clone, Debug, PartialEq)]
pub struct Total<K> {
    /// The year, priority or programme that they are of.
    pub of: K,
    /// How many events were attended.
    pub events: i64,
    /// How many hours of those events were attended.
    pub hours: Hours,
}

/// An event that was attended.
#[derive(Clone, Debug, PartialEq)]
pub struct Attended {
    /// The event, as the record shows it.
    pub event: Event,
    /// How many of its sessions were attended.
    pub sessions_attended: i64,
    /// The hours attended.
    pub hours: Hours,
    /// What was attended, by the academic year of the sessions, the latest first.
    pub by_year: Vec<InYear>,
}

/// What was attended of an event in an academic year.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = CpdEventYear)]
pub struct InYear {
    /// The academic year of the sessions.
    pub year: AcademicYear,
    /// How many of them were attended, in whole or in part.
    pub sessions_attended: i64,
    /// The hours that were attended.
    pub hours: Hours,
}

/// What a record says of an event.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Event {
    /// The booking of the place.
    pub booking_id: BookingId,
    /// The event's id.
    pub event_id: EventId,
    /// The event's title.
    pub event_title: Line,
    /// The academic year of its first session.
    pub year: AcademicYear,
    /// When its first session started.
    pub starts_at: DateTime<Utc>,
    /// When its last session ended.
    pub ends_at: DateTime<Utc>,
    /// The programme that it was a run of.
    pub programme_id: ProgrammeId,
    /// The programme's title.
    pub programme_title: Line,
    /// The programme's kind.
    pub kind: Kind,
    /// The priority that it serves.
    pub priority_id: Option<PriorityId>,
    /// The priority's name.
    pub priority_name: Option<Line>,
    /// The provider's name.
    pub provider_name: Line,
    /// How many sessions it had.
    pub sessions: i64,
    /// The number of the certificate, where one was issued.
    pub certificate_number: Option<Number>,
}

/// The record of a person, for all years or for one. Two reads, however many events.
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
    /// Adds an event with those of its sessions that were attended, each in its year; where one year is asked for, only
    /// what was in that. An event attended without any session belongs to the year in which it began.
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

/// Adds an event with its hours to the total for `of`; totals are in order of first appearance.
fn count<K: PartialEq>(totals: &mut Vec<Total<K>>, of: K, hours: Hours) {
    match totals.iter_mut().find(|total| total.of == of) {
        Some(total) => {
            total.events += 1;
            total.hours = total.hours + hours;
        }
        None => totals.push(Total { of, events: 1, hours }),
    }
}
