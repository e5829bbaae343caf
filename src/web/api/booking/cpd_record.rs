//! `/v1/me/cpd-record` and `/v1/people/{id}/cpd-record`: what somebody has attended, in hours.

use actix_web::get;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::clock::{london_date, london_last_day};
use crate::base::db::Tx;
use crate::base::hours::Hours;
use crate::base::ids::{BookingId, EventId, PersonId, PriorityId, ProgrammeId};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::booking::certificates::Number;
use crate::booking::cpd::{self, Attended, InYear, Record, Total};
use crate::members::hubs;
use crate::members::people::Person;
use crate::programme::programmes::Kind;
use crate::web::call::{Call, Caller};
use crate::web::files;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Reply, Table};
use crate::web::roles::{EVERYONE, HUB_AND_LEADS};
use crate::web::seen;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(mine).service(of_person);
}

/// A person's CPD record.
#[derive(Serialize, ToSchema)]
#[schema(as = CpdRecord)]
struct RecordBody {
    /// The person whose record it is.
    person_id: PersonId,
    /// The person's name.
    person_name: Line,
    /// All hours attended.
    hours: Hours,
    /// Hours by academic year, the latest first.
    by_year: Vec<YearBody>,
    /// Hours by priority, most hours first.
    by_priority: Vec<PriorityBody>,
    /// Hours by programme, most hours first.
    by_programme: Vec<ProgrammeBody>,
    /// Each event, the latest first.
    events: Vec<EventBody>,
}

/// The hours of an academic year.
#[derive(Serialize, ToSchema)]
#[schema(as = CpdYear)]
struct YearBody {
    /// The academic year of the sessions.
    year: AcademicYear,
    /// How many events had attended sessions in that year.
    events: i64,
    /// How many hours were attended.
    hours: Hours,
}

/// The hours for a priority.
#[derive(Serialize, ToSchema)]
#[schema(as = CpdPriority)]
struct PriorityBody {
    /// The priority; null for programmes that have none.
    priority_id: Option<PriorityId>,
    /// The priority's name.
    name: Option<Line>,
    /// How many events were attended.
    events: i64,
    /// How many hours were attended.
    hours: Hours,
}

/// The hours of a programme.
#[derive(Serialize, ToSchema)]
#[schema(as = CpdProgramme)]
struct ProgrammeBody {
    /// The programme's id.
    programme_id: ProgrammeId,
    /// The programme's title.
    title: Line,
    /// How many events were attended.
    events: i64,
    /// How many hours were attended.
    hours: Hours,
}

/// An event that was attended.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = CpdEvent)]
struct EventBody {
    /// The event that was attended.
    event_id: EventId,
    /// The event's title.
    event_title: Line,
    /// The booking of the place.
    booking_id: BookingId,
    /// The academic year of its first session.
    year: AcademicYear,
    /// The day of its first session.
    starts_on: NaiveDate,
    /// The day of its last session.
    ends_on: NaiveDate,
    /// The programme that it was a run of.
    programme_id: ProgrammeId,
    /// The programme's title.
    programme_title: Line,
    /// The programme's kind.
    kind: Kind,
    /// The priority that it serves.
    priority_id: Option<PriorityId>,
    /// The priority's name.
    priority_name: Option<Line>,
    /// The provider's name.
    provider_name: Line,
    /// How many sessions it had.
    sessions: i64,
    /// How many of them were attended, in whole or in part.
    sessions_attended: i64,
    /// The hours that were attended.
    hours: Hours,
    /// What was attended, by the academic year of the sessions, the latest first.
    by_year: Vec<InYear>,
    /// The number of the certificate; null where none was issued.
    certificate_number: Option<Number>,
}

impl From<Attended> for EventBody {
    fn from(Attended { event, sessions_attended, hours, by_year }: Attended) -> Self {
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
            by_year,
            certificate_number: event.certificate_number,
        }
    }
}

impl EventBody {
    /// A row for each academic year of the event.
    fn rows(self) -> impl Iterator<Item = EventBody> {
        self.by_year.clone().into_iter().map(move |InYear { year, sessions_attended, hours }| EventBody {
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

/// The caller's CPD record: what they have attended, in hours
///
/// As JSON or, where Accept asks for it, as CSV or a workbook (XLSX) with a row for each event and academic year, as PDF, or as a page to print.
#[utoipa::path(tag = "cpd", params(Query), responses((status = 200, content((RecordBody = "application/json"), (String = "text/csv"), (Vec<u8> = "application/pdf"), (String = "text/html")))), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/me/cpd-record")]
async fn mine(call: Call) -> Answer {
    let caller = call.allow()?;
    let (person, mut tx) = (caller.person.clone(), caller.read().await?);
    answer(&caller, &mut tx, person).await
}

/// A person's CPD record: what they have attended, in hours; for the hub and their school's leads
///
/// As JSON or, where Accept asks for it, as CSV or a workbook (XLSX) with a row for each event and academic year, as PDF, or as a page to print.
#[utoipa::path(tag = "cpd", params(("id" = PersonId, Path), Query), responses((status = 200, content((RecordBody = "application/json"), (String = "text/csv"), (Vec<u8> = "application/pdf"), (String = "text/html")))), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/people/{id}/cpd-record")]
async fn of_person(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let person = seen::person(&caller, &mut tx).await?;
    answer(&caller, &mut tx, person).await
}

async fn answer(caller: &Caller, tx: &mut Tx, person: Person) -> Answer {
    let Query { year } = caller.query()?;
    let record = cpd::record(tx, caller.hub(), person.id, year).await?;
    let pdf = caller.wants_pdf();
    if pdf || caller.wants("text/html") {
        let hub = hubs::get(tx, caller.hub()).await?.ok_or_else(Problem::not_found)?;
        let sheet = cpd::sheet(&record, &person.name, &hub.name, london_date(caller.now()));
        return if pdf { files::pdf(sheet, "cpd-record", caller.fonts()).await } else { files::sheet_page(&sheet) };
    }
    if let Some(file) = caller.wants_file() {
        let events = record.events.into_iter().map(EventBody::from);
        return caller.table(file, &events.flat_map(EventBody::rows).collect::<Vec<_>>()).await;
    }
    Ok(Reply::ok(&RecordBody::new(person, record))?.into_response())
}
