//! `/v1/bookings`: places on events: requested, approved, cancelled.

use actix_web::{get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::credits::Credits;
use crate::base::ids::{BookingId, EventId, PersonId, SchoolId, TicketId};
use crate::base::text::Line;
use crate::booking::bookings::{self, Filter, State, View, What, held};
use crate::booking::organising;
use crate::members::people::Role;
use crate::programme::programmes::policy::Policy;
use crate::web::body::{Body, Flag, MaybeBody};
use crate::web::call::{Call, Caller};
use crate::web::desk::AtDesk;
use crate::web::openapi::MovesCredits;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, PageQuery, Reply, Table, read_cursor};
use crate::web::roles::{AT_DESK, EVERYONE, HUB_AND_LEADS, ORGANISERS};
use crate::web::seen;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config
        .service(create)
        .service(list)
        .service(get_one)
        .service(approve)
        .service(decline)
        .service(mine)
        .service(of_event)
        .service(waiting_list);
}

/// A delegate's place on an event.
#[derive(Serialize, ToSchema)]
#[schema(as = Booking)]
pub(crate) struct BookingBody {
    /// The booking's id.
    id: BookingId,
    /// The event that it is a place on.
    event_id: EventId,
    /// The event's title.
    event_title: Line,
    /// When the event's first session starts.
    starts_at: DateTime<Utc>,
    /// Until when it can be cancelled whatever the policy, since its event was moved after it was asked for: with a
    /// full refund before the first session, then with the share of the sessions still to come; null where the event is
    /// at the times that were agreed.
    free_until: Option<DateTime<Utc>>,
    /// The delegate; null where the school has reserved the place and not yet named anybody.
    person_id: Option<PersonId>,
    /// The delegate's name.
    person_name: Option<Line>,
    /// The last day for naming somebody for a place reserved without a name.
    names_by: Option<NaiveDate>,
    /// The school that pays.
    school_id: SchoolId,
    /// The school's name.
    school_name: Line,
    /// The ticket, where the hub pays instead of the school; null where the school pays.
    ticket_id: Option<TicketId>,
    /// The state of the booking.
    state: State,
    /// The position on the waiting list, 1 being next; null where the booking is not waitlisted.
    waiting_position: Option<i64>,
    /// When a free place was first passed over because the school could not pay; null where none was.
    passed_over_at: Option<DateTime<Utc>>,
    /// Until when a place that came free is offered to it, to be accepted or declined.
    offered_until: Option<DateTime<Utc>>,
    /// The booking on another run of the programme that replaced it.
    moved_to: Option<BookingId>,
    /// The price of the place when it was asked for.
    price: Credits,
    /// How many credits the event now holds for it.
    held: Credits,
    /// The cancellation policy that was agreed.
    policy: Policy,
    /// When an undecided request expires; null where nobody needs to decide.
    approve_by: Option<DateTime<Utc>>,
    /// Who asked for the place.
    requested_by: Option<PersonId>,
    /// When the place was asked for.
    requested_at: DateTime<Utc>,
    /// Who approved it, or booked it with the right to approve.
    approved_by: Option<PersonId>,
    /// When the request was approved.
    approved_at: Option<DateTime<Utc>>,
    /// Who cancelled or declined it.
    ended_by: Option<PersonId>,
    /// When the booking ended.
    ended_at: Option<DateTime<Utc>>,
    /// Why it was declined, as whoever declined it said; null where nothing was said, and for partners.
    declined_because: Option<Line>,
}

impl From<View> for BookingBody {
    fn from(view: View) -> Self {
        let free_until = view.moved.as_ref().map(|moved| moved.free_until);
        let View {
            booking, event_title, starts_at, person_name, school_name, waiting_position, declined_because, ..
        } = view;
        BookingBody {
            id: booking.id,
            event_id: booking.event_id,
            event_title,
            starts_at,
            free_until,
            person_id: booking.person_id,
            person_name,
            names_by: booking.names_by,
            school_id: booking.school_id,
            school_name,
            ticket_id: booking.ticket_id,
            state: booking.state,
            waiting_position,
            passed_over_at: booking.passed_over_at,
            offered_until: booking.offered_until,
            moved_to: booking.moved_to,
            price: booking.price,
            held: booking.held,
            policy: booking.policy,
            approve_by: booking.approve_by,
            requested_by: booking.requested_by,
            requested_at: booking.requested_at,
            approved_by: booking.approved_by,
            approved_at: booking.approved_at,
            ended_by: booking.ended_by,
            ended_at: booking.ended_at,
            declined_because,
        }
    }
}

impl Table for BookingBody {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "event_title",
        "starts_at",
        "person_name",
        "school_name",
        "state",
        "waiting_position",
        "price",
        "held",
        "requested_at",
        "approved_at",
        "ended_at",
        "ticket_id",
    ];
}

/// A place to be booked.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewBooking)]
struct NewBooking {
    /// The event to book a place on.
    event_id: EventId,
    /// The delegate; the caller themselves where it is not sent.
    person_id: Option<PersonId>,
    /// Whether the event may overlap with another booking of theirs.
    allow_clash: Option<bool>,
    /// A ticket of the delegate's, by which the hub pays; the school pays where it is not sent.
    ticket_id: Option<TicketId>,
}

/// Books a place: a teacher's is requested, a lead's confirmed at once; on a full event it is waitlisted
#[utoipa::path(tag = "bookings", params(MovesCredits), request_body = NewBooking, responses((status = 201, body = BookingBody)), extensions(("x-roles" = json!(AT_DESK))))]
#[post("/bookings")]
async fn create(desk: AtDesk, body: Body<NewBooking>) -> Answer {
    let NewBooking { event_id: event, person_id, allow_clash, ticket_id } = body.parse()?;
    let (delegate, allow_clash) = (person_id.unwrap_or(desk.person), allow_clash.unwrap_or(false));
    let what = match ticket_id {
        None => What::Book { event, delegate, allow_clash },
        Some(ticket) => What::BookByTicket { event, delegate, allow_clash, ticket },
    };
    desk.ask(what, body.bytes(), true).await
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// On this event.
    event_id: Option<EventId>,
    /// Paid by this school; for a lead their own, or one whose place it took.
    school_id: Option<SchoolId>,
    /// With this delegate.
    person_id: Option<PersonId>,
    /// In this state.
    state: Option<State>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The bookings of the hub; for a lead, of their school, or of one whose place it took
#[utoipa::path(tag = "bookings", params(Query), responses((status = 200, body = Page<BookingBody>)), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/bookings")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { event_id, school_id, person_id, state, limit, after } = caller.query()?;
    let school = caller.school_asked(&mut caller.read().await?, school_id).await?;
    let filter = Filter { event: event_id, school, person: person_id, state };
    page(&caller, filter, limit, after).await
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StateQuery {
    /// In this state.
    state: Option<State>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The caller's own bookings
#[utoipa::path(tag = "bookings", params(StateQuery), responses((status = 200, body = Page<BookingBody>)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/me/bookings")]
async fn mine(call: Call) -> Answer {
    call.pages(mine_page).await
}

async fn mine_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let StateQuery { state, limit, after } = caller.query()?;
    page(&caller, Filter { person: Some(caller.person.id), state, ..Filter::default() }, limit, after).await
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventQuery {
    /// In this state.
    state: Option<State>,
    /// `true`, without a state, for those that hold a place: booked, offered, or asked for and not decided yet.
    #[param(value_type = Option<bool>)]
    holds_place: Option<Flag>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The bookings of an event; for a lead, those of their school
#[utoipa::path(tag = "bookings", params(("id" = EventId, Path), EventQuery), responses((status = 200, body = Page<BookingBody>)), extensions(("x-roles" = json!(ORGANISERS))))]
#[get("/events/{id}/bookings")]
async fn of_event(call: Call) -> Answer {
    call.pages(of_event_page).await
}

async fn of_event_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let event = event_seen_by(&caller).await?;
    let EventQuery { state, holds_place, limit, after } = caller.query()?;
    let school = caller.own_school();
    if !holds_place.is_some_and(Flag::is_true) {
        return page(&caller, Filter { event: Some(event), school, state, person: None }, limit, after).await;
    }
    if state.is_some() {
        return Err(Problem::field("holds_place", "invalid", "must be asked for without a state"));
    }
    let (after, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let rows = held::holders(&mut caller.read().await?, caller.hub(), event, school, after, limit.and_one()).await?;
    caller.list(rows, limit, |view| view.booking.id, BookingBody::from)
}

/// The waiting list of an event, the next first; for a lead, those of their school, with their positions
#[utoipa::path(tag = "bookings", params(("id" = EventId, Path), PageQuery), responses((status = 200, body = Page<BookingBody>)), extensions(("x-roles" = json!(ORGANISERS))))]
#[get("/events/{id}/waiting-list")]
async fn waiting_list(call: Call) -> Answer {
    call.pages(waiting_list_page).await
}

async fn waiting_list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let (event, (after, limit)) = (event_seen_by(&caller).await?, caller.query::<PageQuery>()?.read()?);
    let rows = bookings::waiting_list(
        &mut caller.read().await?,
        caller.hub(),
        event,
        caller.own_school(),
        after.unwrap_or(0),
        limit.and_one(),
    )
    .await?;
    caller.list(rows, limit, |view| view.booking.line, BookingBody::from)
}

/// One booking
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path)), responses((status = 200, body = BookingBody)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/bookings/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let view = seen::booking(&caller, &mut caller.read().await?).await?;
    let version = view.booking.version;
    Ok(Reply::ok(&BookingBody::from(view))?.with_version(version).into_response())
}

/// Approves a request: the place is the delegate's
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path)), responses((status = 200, body = BookingBody)), extensions(("x-roles" = json!(AT_DESK))))]
#[post("/bookings/{id}/approve")]
async fn approve(desk: AtDesk) -> Answer {
    desk.ask(What::Approve(desk.id("id")?), &[], false).await
}

/// Why a request is declined.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Decline)]
struct Decline {
    /// In words for whoever asked, who is told them.
    reason: Option<Line>,
}

/// Declines a request: the place is freed and its credits are refunded
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path), MovesCredits), request_body(content = Decline, description = "May be left out"), responses((status = 200, body = BookingBody)), extensions(("x-roles" = json!(AT_DESK))))]
#[post("/bookings/{id}/decline")]
async fn decline(desk: AtDesk, body: MaybeBody<Decline>) -> Answer {
    let Decline { reason } = body.parse()?;
    desk.ask(What::Decline { booking: desk.id("id")?, reason }, body.bytes(), true).await
}

async fn page(caller: &Caller, filter: Filter, limit: Option<Limit>, after: Option<String>) -> Answer {
    let (after, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let rows = bookings::list(&mut caller.read().await?, caller.hub(), filter, after, limit.and_one()).await?;
    // What a school says to its own people is not for who gives the event.
    let outside = caller.role() == Role::Partner && filter.person.is_none();
    let shown = |view: View| View { declined_because: view.declined_because.clone().filter(|_| !outside), ..view };
    caller.list(rows, limit, |view| view.booking.id, |view| BookingBody::from(shown(view)))
}

/// The event of the path, for those who may see its bookings.
async fn event_seen_by(caller: &Caller) -> Result<EventId, Problem> {
    Ok(organising::with_delegates(&mut caller.read().await?, &caller.person, caller.id("id")?).await?.id)
}
