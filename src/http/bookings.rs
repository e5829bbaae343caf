//! `/v1/bookings`: places on events, asked for, approved, given up.

use actix_web::{get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::body::Body;
use super::call::{Call, Caller, EVERYONE, HUB_AND_LEADS};
use super::cancellation::CancellationBody;
use super::desk::AtDesk;
use super::groups;
use super::openapi::MovesCredits;
use super::problem::{Answer, Problem};
use super::reply::{Limit, Page, PageQuery, Reply, Table, read_cursor};
use crate::bookings::{self, Filter, Outcome, State, View, What};
use crate::credits::Credits;
use crate::db::Tx;
use crate::idempotency::Stored;
use crate::ids::{BookingId, EventId, PersonId, SchoolId, TicketId};
use crate::people::Role;
use crate::programmes::policy::Policy;
use crate::programmes::{self, events};
use crate::text::Line;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
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

/// Those who see who comes to an event: the hub, leads (their school), its partner.
pub(super) const ORGANISERS: &[Role] = &[Role::HubManager, Role::HubViewer, Role::SchoolLead, Role::Partner];

/// A delegate's place on an event.
#[derive(Serialize, ToSchema)]
#[schema(as = Booking)]
pub(super) struct BookingBody {
    /// The booking.
    id: BookingId,
    /// The event.
    event_id: EventId,
    /// The event's title.
    event_title: Line,
    /// When the event's first session starts.
    starts_at: DateTime<Utc>,
    /// Until when it can be cancelled whatever the policy, since its event was moved after it was asked for: with
    /// everything back before the first session, then with the share of the sessions still to come; null where the event
    /// is at the times that were agreed.
    free_until: Option<DateTime<Utc>>,
    /// The delegate; null where the school has reserved the place and not named anybody yet.
    person_id: Option<PersonId>,
    /// The delegate's name.
    person_name: Option<Line>,
    /// The last day on which a place reserved without a name may get one.
    names_by: Option<NaiveDate>,
    /// The school that pays.
    school_id: SchoolId,
    /// The school's name.
    school_name: Line,
    /// The ticket for which the hub pays in the school's place; null where the school pays.
    ticket_id: Option<TicketId>,
    /// What has become of it.
    state: State,
    /// The place in the line, 1 being next; null where the booking is not waitlisted.
    waiting_position: Option<i64>,
    /// Since when a free place was passed over because the school could not pay; null where it was not.
    passed_over_at: Option<DateTime<Utc>>,
    /// Until when a place that came free is kept for the one who waits, to be accepted or declined.
    offered_until: Option<DateTime<Utc>>,
    /// The booking on another run of the programme that took its place.
    moved_to: Option<BookingId>,
    /// What a place cost when it was asked for.
    price: Credits,
    /// What of it is with the event now.
    held: Credits,
    /// The cancellation policy that was agreed.
    policy: Policy,
    /// When a request expires that nobody has decided on; null where nobody needs to.
    approve_by: Option<DateTime<Utc>>,
    /// Who asked.
    requested_by: Option<PersonId>,
    /// When.
    requested_at: DateTime<Utc>,
    /// Who approved it, or booked it with the right to.
    approved_by: Option<PersonId>,
    /// When.
    approved_at: Option<DateTime<Utc>>,
    /// Who cancelled or declined it.
    ended_by: Option<PersonId>,
    /// When.
    ended_at: Option<DateTime<Utc>>,
}

impl From<View> for BookingBody {
    fn from(view: View) -> Self {
        let free_until = view.moved.as_ref().map(|moved| moved.free_until);
        let View { booking, event_title, starts_at, person_name, school_name, waiting_position, .. } = view;
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
    /// The event.
    event_id: EventId,
    /// The delegate; the caller themselves where it is not sent.
    person_id: Option<PersonId>,
    /// Whether it may be at the same time as another booking of theirs.
    allow_clash: Option<bool>,
    /// A ticket of the delegate's, for which the hub pays; the school pays where it is not sent.
    ticket_id: Option<TicketId>,
}

/// Books a place: a teacher's is requested, a lead's confirmed at once; on a full event it is waitlisted
#[utoipa::path(tag = "bookings", params(MovesCredits), request_body = NewBooking, responses((status = 201, body = BookingBody)))]
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
    /// Of this delegate.
    person_id: Option<PersonId>,
    /// In this state.
    state: Option<State>,
    /// How many.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The bookings of the hub; for a lead, of their school, or of one whose place it took
#[utoipa::path(tag = "bookings", params(Query), responses((status = 200, body = Page<BookingBody>)))]
#[get("/bookings")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow(HUB_AND_LEADS)?;
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
    /// How many.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The caller's own bookings
#[utoipa::path(tag = "bookings", params(StateQuery), responses((status = 200, body = Page<BookingBody>)))]
#[get("/me/bookings")]
async fn mine(call: Call) -> Answer {
    call.pages(mine_page).await
}

async fn mine_page(call: Call) -> Answer {
    let caller = call.allow(EVERYONE)?;
    let StateQuery { state, limit, after } = caller.query()?;
    page(&caller, Filter { person: Some(caller.person.id), state, ..Filter::default() }, limit, after).await
}

/// The bookings of an event; for a lead, those of their school
#[utoipa::path(tag = "bookings", params(("id" = EventId, Path), StateQuery), responses((status = 200, body = Page<BookingBody>)))]
#[get("/events/{id}/bookings")]
async fn of_event(call: Call) -> Answer {
    call.pages(of_event_page).await
}

async fn of_event_page(call: Call) -> Answer {
    let caller = call.allow(ORGANISERS)?;
    let (event, StateQuery { state, limit, after }) = (event_seen_by(&caller).await?, caller.query()?);
    let filter = Filter { event: Some(event), school: caller.own_school(), state, person: None };
    page(&caller, filter, limit, after).await
}

/// The waiting list of an event, the next first; for a lead, those of their school, with their positions
#[utoipa::path(tag = "bookings", params(("id" = EventId, Path), PageQuery), responses((status = 200, body = Page<BookingBody>)))]
#[get("/events/{id}/waiting-list")]
async fn waiting_list(call: Call) -> Answer {
    call.pages(waiting_list_page).await
}

async fn waiting_list_page(call: Call) -> Answer {
    let caller = call.allow(ORGANISERS)?;
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
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path)), responses((status = 200, body = BookingBody)))]
#[get("/bookings/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow(EVERYONE)?;
    let view = visible(&caller, &mut caller.read().await?).await?;
    let version = view.booking.version;
    Ok(Reply::ok(&BookingBody::from(view))?.with_version(version).into_response())
}

/// Approves a request: the place is the delegate's
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path)), responses((status = 200, body = BookingBody)))]
#[post("/bookings/{id}/approve")]
async fn approve(desk: AtDesk) -> Answer {
    desk.ask(What::Approve(desk.id("id")?), &[], false).await
}

/// Declines a request: place and credits go back
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path), MovesCredits), responses((status = 200, body = BookingBody)))]
#[post("/bookings/{id}/decline")]
async fn decline(desk: AtDesk) -> Answer {
    desk.ask(What::Decline(desk.id("id")?), &[], true).await
}

/// The answer of a command that was done.
pub(super) fn render(what: &What, outcome: &Outcome) -> Stored {
    if let What::Group(group) = what {
        return groups::render(group, outcome);
    }
    let Some(view) = outcome.booking.clone() else { return Reply::nothing().into() };
    let (id, version, held) = (view.booking.id, view.booking.version, view.booking.held);
    let body = BookingBody::from(view);
    let reply = match what {
        What::Book { .. } | What::BookByTicket { .. } | What::Transfer { .. } => {
            Reply::created(format!("/v1/bookings/{id}"), &body)
        }
        What::Approve(_)
        | What::Decline(_)
        | What::Group(_)
        | What::Name { .. }
        | What::Substitute { .. }
        | What::Release(_)
        | What::AcceptOffer(_)
        | What::DeclineOffer(_)
        | What::LapseOffer(_)
        | What::Expire(_)
        | What::Leave(_)
        | What::Fill(_)
        | What::Complete(_)
        | What::Correct(_)
        | What::Rescheduled(_)
        | What::SessionCalledOff { .. }
        | What::CallOff { .. } => Reply::ok(&body),
        What::Waive { .. } => {
            Reply::ok(&CancellationBody { booking: body, refund: outcome.refund, kept: held, dry_run: false })
        }
        What::Cancel { dry_run, .. } => {
            let kept = if *dry_run { held - outcome.refund } else { held };
            Reply::ok(&CancellationBody { booking: body, refund: outcome.refund, kept, dry_run: *dry_run })
        }
    };
    reply.map_or_else(|_| Reply::nothing(), |reply| reply.with_version(version)).into()
}

async fn page(caller: &Caller, filter: Filter, limit: Option<Limit>, after: Option<String>) -> Answer {
    let (after, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let rows = bookings::list(&mut caller.read().await?, caller.hub(), filter, after, limit.and_one()).await?;
    caller.list(rows, limit, |view| view.booking.id, BookingBody::from)
}

/// The booking of the path, where the caller may see it.
pub(super) async fn visible(caller: &Caller, tx: &mut Tx) -> Result<View, Problem> {
    let view = bookings::get(tx, caller.hub(), caller.id("id")?).await?.ok_or_else(Problem::not_found)?;
    let heir = caller.person.role == Role::SchoolLead && caller.sees_past_of(tx, view.booking.school_id).await?;
    if heir || sees(caller, &view) { Ok(view) } else { Err(Problem::not_found()) }
}

pub(super) fn sees(caller: &Caller, view: &View) -> bool {
    let lead = caller.person.role == Role::SchoolLead && caller.own_school() == Some(view.booking.school_id);
    caller.sees_hub() || lead || view.booking.person_id == Some(caller.person.id)
}

/// The event of the path, for those who see its bookings: the hub, a lead (their school's), its partner.
async fn event_seen_by(caller: &Caller) -> Result<EventId, Problem> {
    let event: EventId = caller.id("id")?;
    let mut tx = caller.read().await?;
    let found = events::get(&mut tx, caller.hub(), event).await?.ok_or_else(Problem::not_found)?;
    let seen = match caller.person.role {
        Role::HubManager | Role::HubViewer => true,
        Role::SchoolLead => found.state != events::State::Draft,
        Role::Teacher => false,
        Role::Partner => {
            let programme = programmes::get(&mut tx, caller.hub(), found.programme_id).await?;
            programme.is_some_and(|programme| programme.provider.parts().2 == caller.own_partner())
        }
    };
    if seen { Ok(event) } else { Err(Problem::not_found()) }
}
