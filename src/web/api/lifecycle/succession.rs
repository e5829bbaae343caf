//! `/v1/schools/{id}/succession`: a school takes the place of another, previewed and done; `/v1/successions`.

use actix_web::{get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::ids::{
    AccountId, BookingId, EventId, PersonId, ProgrammeId, SchoolId, SuccessionId, TicketId, TransactionId, TransferId,
};
use crate::base::text::{Day, Line};
use crate::base::year::AcademicYear;
use crate::booking::bookings::State;
use crate::ledger::WalletKind;
use crate::lifecycle::succession::{
    self, Clash, HeldTicket, LiveBooking, Member, OpenGift, Preview, Provided, Quote, Succession, Wallet,
};
use crate::members::people::Role;
use crate::programme::tickets;
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::openapi::MovesCredits;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::{HUB, HUB_AND_LEADS, MANAGER};

pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(show).service(succeed).service(list).service(get_one);
}

/// A wallet that goes over.
#[derive(Serialize, ToSchema)]
#[schema(as = SuccessionWallet)]
struct WalletBody {
    /// The wallet's account.
    account_id: AccountId,
    /// The wallet's academic year, which is open.
    year: AcademicYear,
    /// The wallet's kind.
    kind: WalletKind,
    /// The credits that go to the successor's wallet of the same year and kind.
    credits: Credits,
    /// The current balance of that wallet.
    successor_has: Credits,
}

/// A live booking that goes over: place, position on the waiting list and escrow stay as they are.
#[derive(Serialize, ToSchema)]
#[schema(as = SuccessionBooking)]
struct BookingLine {
    /// The booking's id.
    id: BookingId,
    /// The event that it is a place on.
    event_id: EventId,
    /// The event's title.
    event_title: Line,
    /// When the event starts.
    starts_at: DateTime<Utc>,
    /// The delegate; null where nobody is named yet.
    person_id: Option<PersonId>,
    /// The delegate's name.
    person_name: Option<Line>,
    /// Requested, waitlisted or confirmed.
    state: State,
    /// Whether it waits for a decision, which the successor's leads then make.
    undecided: bool,
    /// Until when a place is offered to it.
    offered_until: Option<DateTime<Utc>>,
    /// What the event holds for it.
    held: Credits,
}

/// A person who goes over.
#[derive(Serialize, ToSchema)]
#[schema(as = SuccessionPerson)]
struct PersonLine {
    /// The person's id.
    id: PersonId,
    /// The person's name.
    name: Line,
    /// Their role, which they keep.
    role: Role,
    /// When they were disabled, which they stay.
    disabled_at: Option<DateTime<Utc>>,
}

/// A ticket that goes over with its person.
#[derive(Serialize, ToSchema)]
#[schema(as = SuccessionTicket)]
struct TicketLine {
    /// The ticket's id.
    id: TicketId,
    /// The name of the ticket type.
    type_name: Line,
    /// The name of the person who has it.
    person_name: Line,
    /// Issued or used.
    state: tickets::State,
}

/// A programme that the successor then provides, and is paid for.
#[derive(Serialize, ToSchema)]
#[schema(as = SuccessionProgramme)]
struct ProgrammeLine {
    /// The programme's id.
    id: ProgrammeId,
    /// The programme's title.
    title: Line,
}

/// An unanswered gift.
#[derive(Serialize, ToSchema)]
#[schema(as = SuccessionGift)]
struct GiftLine {
    /// The gift's id.
    id: TransferId,
    /// The giving school.
    from_school_id: SchoolId,
    /// The giving school's name.
    from_school_name: Line,
    /// The receiving school.
    to_school_id: SchoolId,
    /// The receiving school's name.
    to_school_name: Line,
    /// The year of both wallets.
    year: AcademicYear,
    /// The kind of both wallets.
    wallet: WalletKind,
    /// How many credits.
    amount: Credits,
    /// Whether it is between the two, and so is withdrawn; otherwise the successor takes the school's part in it.
    ends: bool,
}

words!(/** What will be odd when two schools are one. */ ClashKind {
    /// The two schools together have more bookings than the event allows a school.
    SchoolLimit = "school_limit",
    /// Both schools have somebody of this name on the event.
    BookedTwice = "booked_twice",
    /// Both schools have somebody of this name.
    SameName = "same_name",
});

/// Something odd afterwards, for people to look at. It prevents nothing.
#[derive(Serialize, ToSchema)]
#[schema(as = SuccessionClash)]
struct ClashLine {
    /// What clashes.
    kind: ClashKind,
    /// The event where it clashes.
    event_id: Option<EventId>,
    /// The event's title.
    event_title: Option<Line>,
    /// The name that two people have.
    name: Option<Line>,
    /// How many bookings the event allows a school.
    most: Option<i64>,
    /// How many bookings the two schools have together.
    together: Option<i64>,
}

impl From<Clash> for ClashLine {
    fn from(clash: Clash) -> Self {
        let none = |kind| ClashLine { kind, event_id: None, event_title: None, name: None, most: None, together: None };
        match clash {
            Clash::SchoolLimit { event, title, most, together } => ClashLine {
                event_id: Some(event),
                event_title: Some(title),
                most: Some(most),
                together: Some(together),
                ..none(ClashKind::SchoolLimit)
            },
            Clash::BookedTwice { event, title, name } => ClashLine {
                event_id: Some(event),
                event_title: Some(title),
                name: Some(name),
                ..none(ClashKind::BookedTwice)
            },
            Clash::SameName { name } => ClashLine { name: Some(name), ..none(ClashKind::SameName) },
        }
    }
}

/// Everything that would go over from a school to its successor.
#[derive(Serialize, ToSchema)]
#[schema(as = SuccessionPreview)]
struct PreviewBody {
    /// The school whose place is taken.
    school_id: SchoolId,
    /// The school's name.
    school_name: Line,
    /// The school that takes its place.
    successor_id: SchoolId,
    /// The successor's name.
    successor_name: Line,
    /// The first day on which the school would not be a member any more.
    effective_on: NaiveDate,
    /// The credits that go over from its wallets.
    credits: Credits,
    /// How many bookings are requested.
    requested: i64,
    /// How many bookings are on waiting lists.
    waitlisted: i64,
    /// How many bookings are confirmed.
    confirmed: i64,
    /// The wallets of open years. Those of closed years stay: they are empty.
    wallets: Vec<WalletBody>,
    /// The live bookings, in the order in which they were asked for.
    bookings: Vec<BookingLine>,
    /// The people: leads become leads of the successor, teachers its teachers.
    people: Vec<PersonLine>,
    /// Their tickets that can be used, or that a live booking holds.
    tickets: Vec<TicketLine>,
    /// The programmes that the school provides.
    programmes: Vec<ProgrammeLine>,
    /// Unanswered gifts from the school or to it.
    gifts: Vec<GiftLine>,
    /// How many proposed corrections of its wallets there are: they will then apply to the successor's.
    proposed_adjustments: i64,
    /// Clashes to look at afterwards.
    clashes: Vec<ClashLine>,
    /// Send it with the succession: if anything that goes over has changed by then, nothing is done.
    quote: Quote,
}

impl From<Preview> for PreviewBody {
    fn from(preview: Preview) -> Self {
        let pair = (preview.school.id, preview.successor.id);
        let gift = |gift: OpenGift| GiftLine {
            ends: gift.ends(pair.0, pair.1),
            id: gift.id,
            from_school_id: gift.from_school_id,
            from_school_name: gift.from_school_name,
            to_school_id: gift.to_school_id,
            to_school_name: gift.to_school_name,
            year: gift.year,
            wallet: gift.wallet,
            amount: gift.amount,
        };
        let [requested, waitlisted, confirmed] =
            [State::Requested, State::Waitlisted, State::Confirmed].map(|state| preview.in_state(state));
        PreviewBody {
            quote: preview.quote(),
            credits: preview.credits(),
            requested,
            waitlisted,
            confirmed,
            school_id: preview.school.id,
            school_name: preview.school.details.name,
            successor_id: preview.successor.id,
            successor_name: preview.successor.details.name,
            effective_on: preview.effective_on,
            wallets: preview.wallets.into_iter().map(WalletBody::from).collect(),
            bookings: preview.bookings.into_iter().map(BookingLine::from).collect(),
            people: preview.people.into_iter().map(PersonLine::from).collect(),
            tickets: preview.tickets.into_iter().map(TicketLine::from).collect(),
            programmes: preview.programmes.into_iter().map(ProgrammeLine::from).collect(),
            gifts: preview.gifts.into_iter().map(gift).collect(),
            proposed_adjustments: preview.proposed_adjustments,
            clashes: preview.clashes.into_iter().map(ClashLine::from).collect(),
        }
    }
}

impl From<Wallet> for WalletBody {
    fn from(Wallet { account_id, year, kind, credits, successor_has }: Wallet) -> Self {
        WalletBody { account_id, year, kind, credits, successor_has }
    }
}

impl From<LiveBooking> for BookingLine {
    fn from(booking: LiveBooking) -> Self {
        BookingLine {
            id: booking.id,
            event_id: booking.event_id,
            event_title: booking.event_title,
            starts_at: booking.starts_at,
            person_id: booking.person_id,
            person_name: booking.person_name,
            state: booking.state,
            undecided: booking.undecided,
            offered_until: booking.offered_until,
            held: booking.held,
        }
    }
}

impl From<Member> for PersonLine {
    fn from(Member { id, name, role, disabled_at, version: _ }: Member) -> Self {
        PersonLine { id, name, role, disabled_at }
    }
}

impl From<HeldTicket> for TicketLine {
    fn from(HeldTicket { id, type_name, person_name, state, version: _ }: HeldTicket) -> Self {
        TicketLine { id, type_name, person_name, state }
    }
}

impl From<Provided> for ProgrammeLine {
    fn from(Provided { id, title, version: _ }: Provided) -> Self {
        ProgrammeLine { id, title }
    }
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PreviewQuery {
    /// The school that would take its place.
    successor_id: SchoolId,
    /// The first day on which it would not be a member any more; today where it is not given, and no later.
    effective_on: Option<Day>,
}

/// Everything that would go over to a successor, and what would clash afterwards; nothing is changed
#[utoipa::path(tag = "schools", params(("id" = SchoolId, Path), PreviewQuery), responses((status = 200, body = PreviewBody), (status = 409, description = "The one can't take the place of the other")), extensions(("x-roles" = json!(HUB))))]
#[get("/schools/{id}/succession")]
async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let PreviewQuery { successor_id, effective_on } = caller.query()?;
    let (pair, effective_on) = ((caller.id("id")?, successor_id), effective_on.map(|day| day.0));
    let mut tx = caller.read().await?;
    let preview = succession::preview(&mut tx, caller.hub(), pair, effective_on, caller.now()).await;
    let preview = preview.map_err(|error| Problem::of_succession(error, ""))?;
    Ok(Reply::ok(&PreviewBody::from(preview))?.into_response())
}

/// A succession to be done.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSuccession)]
struct NewSuccession {
    /// The school that takes its place.
    successor_id: SchoolId,
    /// The first day on which it is not a member any more, and the business date of what moves; today where it is not
    /// sent. Not in the future, and in a year that is open.
    effective_on: Option<Day>,
    /// Why it takes place; the memo in the ledger.
    reason: Line,
    /// The quote of a preview of the same successor and day.
    #[schema(value_type = String, example = "9992f34bd8e970fd0f94098e504ac525b52759e438b65b295d5f66114e5785ea")]
    quote: Quote,
}

/// A completed succession.
#[derive(Serialize, ToSchema)]
#[schema(as = Succession)]
struct SuccessionBody {
    /// The succession's id: the source of its transaction.
    id: SuccessionId,
    /// The school whose place was taken.
    school_id: SchoolId,
    /// The school's name.
    school_name: Line,
    /// The school that took its place.
    successor_id: SchoolId,
    /// The successor's name.
    successor_name: Line,
    /// The first day on which the school was not a member any more.
    effective_on: NaiveDate,
    /// Why it took place.
    reason: Line,
    /// The credits that went over from its wallets.
    credits: Credits,
    /// How many live bookings went over.
    bookings: i64,
    /// How many people went over.
    people: i64,
    /// How many tickets went over.
    tickets: i64,
    /// How many programmes went over.
    programmes: i64,
    /// The transaction that moved the credits; null where there were none.
    transaction_id: Option<TransactionId>,
    /// Who did it.
    done_by: Option<PersonId>,
    /// When it was done.
    done_at: DateTime<Utc>,
}

impl From<Succession> for SuccessionBody {
    fn from(done: Succession) -> Self {
        SuccessionBody {
            id: done.id,
            school_id: done.school_id,
            school_name: done.school_name,
            successor_id: done.successor_id,
            successor_name: done.successor_name,
            effective_on: done.effective_on,
            reason: done.reason,
            credits: done.credits,
            bookings: done.bookings,
            people: done.people,
            tickets: done.tickets,
            programmes: done.programmes,
            transaction_id: done.transaction_id,
            done_by: done.done_by,
            done_at: done.done_at,
        }
    }
}

impl Table for SuccessionBody {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "school_name",
        "successor_name",
        "effective_on",
        "reason",
        "credits",
        "bookings",
        "people",
        "tickets",
        "programmes",
        "transaction_id",
        "done_at",
    ];
}

/// Lets a school take the place of another: wallets, live bookings, people, tickets and programmes go over as previewed
#[utoipa::path(tag = "schools", params(("id" = SchoolId, Path), MovesCredits), request_body = NewSuccession, responses((status = 201, body = SuccessionBody)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/schools/{id}/succession")]
async fn succeed(call: Call, body: Body<NewSuccession>) -> Answer {
    let caller = call.allow()?;
    let (id, NewSuccession { successor_id, effective_on, reason, quote }) = (caller.id("id")?, body.parse()?);
    let effective_on = effective_on.map(|day| day.0);
    caller
        .write_keyed(body.bytes(), async |journal| {
            let done = succession::succeed(journal, id, successor_id, effective_on, reason.clone(), &quote).await;
            let done = done.map_err(|error| Problem::of_succession(error, "/"))?;
            Reply::created(format!("/v1/successions/{}", done.id), &SuccessionBody::from(done))
        })
        .await
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Of this successor; for a lead their own school, or one whose place it took; their own where it is not sent.
    successor_id: Option<SchoolId>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The successions of the hub; for a lead, those by which their school took the place of others
#[utoipa::path(tag = "schools", params(Query), responses((status = 200, body = Page<SuccessionBody>)), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/successions")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { successor_id, limit, after } = caller.query()?;
    let (after, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let (mut tx, successor) = (caller.read().await?, successor_id.or(caller.own_school()));
    if let Some(successor) = successor
        && !caller.sees_past_of(&mut tx, successor).await?
    {
        return Err(Problem::not_found());
    }
    let rows = succession::list(&mut tx, caller.hub(), successor, after, limit.and_one()).await?;
    caller.list(rows, limit, |done| done.id, SuccessionBody::from)
}

/// One succession
#[utoipa::path(tag = "schools", params(("id" = SuccessionId, Path)), responses((status = 200, body = SuccessionBody)), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/successions/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let done = succession::get(&mut tx, caller.hub(), caller.id("id")?).await?.ok_or_else(Problem::not_found)?;
    let seen = caller.sees_past_of(&mut tx, done.school_id).await?;
    if seen { Ok(Reply::ok(&SuccessionBody::from(done))?.into_response()) } else { Err(Problem::not_found()) }
}
