//! `/v1/events/{id}/register` and the register of each session: who attended.

use std::convert::identity;

use actix_web::{get, put};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::ids::{BookingId, EventId, PersonId, SchoolId, SessionId};
use crate::base::text::Line;
use crate::booking::bookings::{self, State};
use crate::booking::registers::{self, Attended, Entry, Marked, Marking};
use crate::programme::programmes::attendance::Mark;
use crate::programme::programmes::sessions;
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, PageQuery, Reply, Table, read_cursor};
use crate::web::roles::EVERYONE;
use crate::web::seen::sees;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(of_session).service(write).service(of_event).service(of_booking);
}

impl Table for Entry {
    const COLUMNS: &'static [&'static str] = &[
        "booking_id",
        "person_name",
        "school_name",
        "state",
        "mark",
        "minutes",
        "way",
        "marked_by",
        "marked_at",
        "revision",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Those of this school.
    school_id: Option<SchoolId>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The register of a session, in the order of the bookings: for the hub, the provider and the session's host
#[utoipa::path(tag = "registers", params(("id" = EventId, Path), ("session" = SessionId, Path), Query), responses((status = 200, body = Page<Entry>)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/events/{id}/sessions/{session}/register")]
async fn of_session(call: Call) -> Answer {
    call.pages(of_session_page).await
}

async fn of_session_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { school_id, limit, after } = caller.query()?;
    let (after, limit) = (read_cursor(after.as_deref())?.unwrap_or(0), limit.unwrap_or_default());
    let of = (caller.id("id")?, caller.id("session")?);
    let mut tx = caller.read().await?;
    let rows = registers::of_session(&mut tx, &caller.person, of, school_id, after, limit.and_one()).await?;
    caller.list(rows, limit, |entry| entry.line, identity)
}

/// Marks to be made; nothing changes for delegates who are not listed.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegisterMarks)]
struct MarksBody {
    /// The marks, with each delegate only once.
    #[schema(min_items = 1, max_items = 1000)]
    marks: Vec<MarkBody>,
}

/// A mark to be made.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegisterMark)]
struct MarkBody {
    /// The delegate's booking.
    booking_id: BookingId,
    /// The mark that the register is to have.
    mark: Mark,
    /// For how many minutes the delegate was there in part; half of the session where it is not sent.
    #[schema(minimum = 1, maximum = 1440)]
    minutes: Option<u16>,
}

/// Writes marks into the register of a session, from its day on
///
/// A mark made before is corrected, and kept in the history. Once the event is completed only the hub manager corrects
/// the register, and who attended is decided again.
#[utoipa::path(tag = "registers", params(("id" = EventId, Path), ("session" = SessionId, Path)), request_body = MarksBody, responses((status = 204)), extensions(("x-roles" = json!(EVERYONE))))]
#[put("/events/{id}/sessions/{session}/register")]
async fn write(call: Call, body: Body<MarksBody>) -> Answer {
    let caller = call.allow()?;
    let sent = body.parse()?;
    let marking = |MarkBody { booking_id: booking, mark, minutes }: MarkBody| {
        let minutes = minutes.map(i64::from);
        Marking { booking, mark, minutes, at: None, seen: None }
    };
    let marks: Vec<Marking> = sent.marks.into_iter().map(marking).collect();
    caller
        .write(body.bytes(), async |journal| {
            let (event, session) = (caller.id("id")?, caller.id("session")?);
            registers::write(journal, &caller.person, event, session, &marks).await?;
            Ok(Reply::nothing())
        })
        .await
}

/// What the registers of an event say about one delegate.
#[derive(Serialize, ToSchema)]
#[schema(as = RegisterSummary)]
struct AttendedBody {
    /// The delegate's booking.
    booking_id: BookingId,
    /// The delegate; null for a place without a name.
    person_id: Option<PersonId>,
    /// The delegate's name.
    person_name: Option<Line>,
    /// The delegate's school.
    school_id: SchoolId,
    /// The school's name.
    school_name: Line,
    /// The state of the booking.
    state: State,
    /// At how many sessions they were present or late.
    present: i64,
    /// At how many sessions they were present in part.
    partial: i64,
    /// From how many sessions they were excused.
    excused: i64,
    /// From how many sessions they were absent.
    absent: i64,
    /// How many sessions have no mark yet.
    unmarked: i64,
    /// What was attended of the sessions that count, in percent; null where no session counts.
    percent: Option<i64>,
    /// Whether that is enough to have attended the event.
    attended: bool,
}

impl From<Attended> for AttendedBody {
    fn from(attended: Attended) -> Self {
        let Attended { entry, tally, unmarked, percent, attended } = attended;
        AttendedBody {
            booking_id: entry.booking_id,
            person_id: entry.person_id,
            person_name: entry.person_name,
            school_id: entry.school_id,
            school_name: entry.school_name,
            state: entry.state,
            present: tally.whole,
            partial: tally.partial,
            excused: tally.excused,
            absent: tally.absent,
            unmarked,
            percent,
            attended,
        }
    }
}

impl Table for AttendedBody {
    const COLUMNS: &'static [&'static str] = &[
        "booking_id",
        "person_name",
        "school_name",
        "state",
        "present",
        "partial",
        "excused",
        "absent",
        "unmarked",
        "percent",
        "attended",
    ];
}

/// What all registers of an event say about each delegate, and whether it is enough: for the hub and the provider
#[utoipa::path(tag = "registers", params(("id" = EventId, Path), PageQuery), responses((status = 200, body = Page<AttendedBody>)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/events/{id}/register")]
async fn of_event(call: Call) -> Answer {
    call.pages(of_event_page).await
}

async fn of_event_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let (after, limit) = caller.query::<PageQuery>()?.read()?;
    let mut tx = caller.read().await?;
    let rows =
        registers::of_event(&mut tx, &caller.person, caller.id("id")?, after.unwrap_or(0), limit.and_one()).await?;
    caller.list(rows, limit, |attended| attended.entry.line, AttendedBody::from)
}

/// What the registers say about a booking.
#[derive(Serialize, ToSchema)]
#[schema(as = BookingAttendance)]
struct BookingAttendanceBody {
    /// The sessions of the event, in the order of their start.
    sessions: Vec<SessionAttendanceBody>,
}

/// What the register of a session says about a booking.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionAttendance)]
struct SessionAttendanceBody {
    /// The session's id.
    session_id: SessionId,
    /// The session's title.
    title: Line,
    /// When it starts.
    starts_at: DateTime<Utc>,
    /// The current mark; null where nobody has made one yet.
    mark: Option<Mark>,
    /// Every mark that was made, the newest first.
    history: Vec<Marked>,
}

/// What the registers say about a booking, with every correction
#[utoipa::path(tag = "registers", params(("id" = BookingId, Path)), responses((status = 200, body = BookingAttendanceBody)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/bookings/{id}/attendance")]
async fn of_booking(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let view = bookings::get(&mut tx, caller.hub(), caller.id("id")?).await?;
    let view = view.filter(|view| sees(&caller, view)).ok_or_else(Problem::not_found)?;
    let sessions = sessions::of_event(&mut tx, caller.hub(), view.booking.event_id).await?;
    let marks = registers::of_booking(&mut tx, caller.hub(), view.booking.id).await?;
    let of = |session: sessions::Session| {
        let made: Vec<Marked> = marks.iter().filter(|marked| marked.session_id == session.id).cloned().collect();
        SessionAttendanceBody {
            session_id: session.id,
            title: session.title,
            starts_at: session.starts_at,
            mark: made.first().map(|marked| marked.mark),
            history: made,
        }
    };
    let body = BookingAttendanceBody { sessions: sessions.into_iter().map(of).collect() };
    Ok(Reply::ok(&body)?.into_response())
}
