//! `/v1/me/cpd-record` and `/v1/people/{id}/cpd-record`: what somebody has attended, in hours.

use actix_web::get;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::call::{Call, Caller, EVERYONE, HUB_AND_LEADS};
use super::people;
use super::problem::{Answer, Problem};
use super::reply::{self, Reply, Table};
use crate::certificates::Number;
use crate::clock::{london_date, london_last_day};
use crate::cpd::{self, Attended, InYear, Record, Total};
use crate::db::Tx;
use crate::hours::Hours;
use crate::hubs;
use crate::ids::{BookingId, EventId, PersonId, PriorityId, ProgrammeId};
use crate::people::Person;
use crate::programmes::Kind;
use crate::text::Line;
use crate::year::AcademicYear;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(mine).service(of_person);
}

/// What somebody has attended.
#[derive(Serialize, ToSchema)]
#[schema(as = CpdRecord)]
struct RecordBody {
    /// The person.
    person_id: PersonId,
    /// Their name.
    person_name: Line,
    /// All hours of it.
    hours: Hours,
    /// By academic year, the latest first.
    by_year: Vec<YearBody>,
    /// By priority, most hours first.
    by_priority: Vec<PriorityBody>,
    /// By programme, most hours first.
    by_programme: Vec<ProgrammeBody>,
    /// Each event, the latest first.
    events: Vec<EventBody>,
}

/// The hours of an academic year.
#[derive(Serialize, ToSchema)]
#[schema(as = CpdYear)]
struct YearBody {
    /// The year of the sessions.
    year: AcademicYear,
    /// How many events had sessions in it that were attended.
    events: i64,
    /// How many hours those were.
    hours: Hours,
}

/// The hours for a priority.
#[derive(Serialize, ToSchema)]
#[schema(as = CpdPriority)]
struct PriorityBody {
    /// The priority; null for programmes that serve none.
    priority_id: Option<PriorityId>,
    /// Its name.
    name: Option<Line>,
    /// How many events.
    events: i64,
    /// How many hours of them.
    hours: Hours,
}

/// The hours of a programme.
#[derive(Serialize, ToSchema)]
#[schema(as = CpdProgramme)]
struct ProgrammeBody {
    /// The programme.
    programme_id: ProgrammeId,
    /// Its title.
    title: Line,
    /// How many events.
    events: i64,
    /// How many hours of them.
    hours: Hours,
}

/// An event that was attended.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = CpdEvent)]
struct EventBody {
    /// The event.
    event_id: EventId,
    /// Its title.
    event_title: Line,
    /// The booking.
    booking_id: BookingId,
    /// The academic year of its first session.
    year: AcademicYear,
    /// The day of its first session.
    starts_on: NaiveDate,
    /// The day of its last session.
    ends_on: NaiveDate,
    /// The programme that it was a run of.
    programme_id: ProgrammeId,
    /// Its title.
    programme_title: Line,
    /// Its kind.
    kind: Kind,
    /// The priority that it serves.
    priority_id: Option<PriorityId>,
    /// The priority's name.
    priority_name: Option<Line>,
    /// Who gave it.
    provider_name: Line,
    /// How many sessions it had.
    sessions: i64,
    /// How many of them were attended, in whole or in part.
    sessions_attended: i64,
    /// How long those were.
    hours: Hours,
    /// The same by the academic year of the sessions, the latest first.
    by_year: Vec<InYearBody>,
    /// The number of the certificate; null where none was issued.
    certificate_number: Option<Number>,
}

/// What was attended of an event in an academic year.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = CpdEventYear)]
struct InYearBody {
    /// The year of the sessions.
    year: AcademicYear,
    /// How many of them were attended, in whole or in part.
    sessions_attended: i64,
    /// How long those were.
    hours: Hours,
}

impl From<Attended> for EventBody {
    fn from(Attended { event, sessions_attended, hours, by_year }: Attended) -> Self {
        let part = |InYear { year, sessions_attended, hours }| InYearBody { year, sessions_attended, hours };
        EventBody {
            event_id: event.event_id,
            event_title: event.event_title,
            booking_id: event.booking_id,
            year: event.year,
            starts_on: london_date(event.starts_at),
            ends_on: london_last_day(event.ends_at),
            programme_id: event.programme_id,
            programme_title: event.programme_title,
            kind: event.kind,
            priority_id: event.priority_id,
            priority_name: event.priority_name,
            provider_name: event.provider_name,
            sessions: event.sessions,
            sessions_attended,
            hours,
            by_year: by_year.into_iter().map(part).collect(),
            certificate_number: event.certificate_number,
        }
    }
}

impl EventBody {
    /// A row for each academic year of it.
    fn rows(self) -> impl Iterator<Item = EventBody> {
        self.by_year.clone().into_iter().map(move |InYearBody { year, sessions_attended, hours }| EventBody {
            year,
            sessions_attended,
            hours,
            ..self.clone()
        })
    }
}

impl Table for EventBody {
    const COLUMNS: &'static [&'static str] = &[
        "event_title",
        "programme_title",
        "kind",
        "priority_name",
        "provider_name",
        "year",
        "starts_on",
        "ends_on",
        "sessions",
        "sessions_attended",
        "hours",
        "certificate_number",
    ];
}

impl RecordBody {
    fn new(person: Person, record: Record) -> RecordBody {
        let year = |Total { of: year, events, hours }| YearBody { year, events, hours };
        let priority = |Total { of, events, hours }: Total<Option<(PriorityId, Line)>>| {
            let (priority_id, name) = of.unzip();
            PriorityBody { priority_id, name, events, hours }
        };
        let programme =
            |Total { of: (programme_id, title), events, hours }| ProgrammeBody { programme_id, title, events, hours };
        RecordBody {
            person_id: person.id,
            person_name: person.name,
            hours: record.hours,
            by_year: record.by_year.into_iter().map(year).collect(),
            by_priority: record.by_priority.into_iter().map(priority).collect(),
            by_programme: record.by_programme.into_iter().map(programme).collect(),
            events: record.events.into_iter().map(EventBody::from).collect(),
        }
    }
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Only the events of this academic year.
    year: Option<AcademicYear>,
}

/// What the caller has attended, in hours; as JSON or, where Accept asks for it, the events as CSV, a row for each of their academic years, or all of it as PDF
#[utoipa::path(tag = "cpd", params(Query), responses((status = 200, content((RecordBody = "application/json"), (String = "text/csv"), (Vec<u8> = "application/pdf")))))]
#[get("/me/cpd-record")]
async fn mine(call: Call) -> Answer {
    let caller = call.allow(EVERYONE)?;
    let (person, mut tx) = (caller.person.clone(), caller.read().await?);
    answer(&caller, &mut tx, person).await
}

/// What a person has attended, in hours: for the hub and their school's leads; as JSON or, where Accept asks for it, the events as CSV, a row for each of their academic years, or all of it as PDF
#[utoipa::path(tag = "cpd", params(("id" = PersonId, Path), Query), responses((status = 200, content((RecordBody = "application/json"), (String = "text/csv"), (Vec<u8> = "application/pdf")))))]
#[get("/people/{id}/cpd-record")]
async fn of_person(call: Call) -> Answer {
    let caller = call.allow(HUB_AND_LEADS)?;
    let mut tx = caller.read().await?;
    let person = people::visible(&caller, &mut tx).await?;
    answer(&caller, &mut tx, person).await
}

async fn answer(caller: &Caller, tx: &mut Tx, person: Person) -> Answer {
    let Query { year } = caller.query()?;
    let record = cpd::record(tx, caller.hub(), person.id, year).await?;
    if caller.wants_pdf() {
        let hub = hubs::get(tx, caller.hub()).await?.ok_or_else(Problem::not_found)?;
        let sheet = cpd::sheet(&record, &person.name, &hub.name, london_date(caller.now()));
        return reply::pdf(sheet, "cpd-record", caller.fonts()).await;
    }
    if caller.wants_csv() {
        let events = record.events.into_iter().map(EventBody::from);
        return reply::csv(&events.flat_map(EventBody::rows).collect::<Vec<_>>());
    }
    Ok(Reply::ok(&RecordBody::new(person, record))?.into_response())
}
