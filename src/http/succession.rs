//! `/v1/schools/{id}/succession`: a school takes the place of another, previewed and done; `/v1/successions`.

use actix_web::{get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::body::Body;
use super::call::{Call, HUB, HUB_AND_LEADS, MANAGER};
use super::openapi::MovesCredits;
use super::problem::{Answer, Problem};
use super::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::bookings::State;
use crate::credits::Credits;
use crate::db::types::words;
use crate::ids::{
    AccountId, BookingId, EventId, PersonId, ProgrammeId, SchoolId, SuccessionId, TicketId, TransactionId, TransferId,
};
use crate::ledger::WalletKind;
use crate::people::Role;
use crate::succession::{
    self, Clash, HeldTicket, LiveBooking, Member, OpenGift, Preview, Provided, Quote, Succession, Wallet,
};
use crate::text::{Day, Line};
use crate::tickets;
use crate::year::AcademicYear;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(show).service(succeed).service(list).service(get_one);
}

/// A wallet that goes over.
#[derive(Serialize, ToSchema)]
#[schema(as = SuccessionWallet)]
struct WalletBody {
    /// The account.
    account_id: AccountId,
    /// Its year, which is open.
    year: AcademicYear,
    /// Its kind.
    kind: WalletKind,
    /// What goes to the successor's wallet of the same year and kind.
    credits: Credits,
    /// What that has now.
    successor_has: Credits,
}

/// A live booking that goes over: place, order in the line and escrow stay as they are.
#[derive(Serialize, ToSchema)]
#[schema(as = SuccessionBooking)]
struct BookingLine {
    /// The booking.
    id: BookingId,
    /// Its event.
    event_id: EventId,
    /// The event's title.
    event_title: Line,
    /// When the event starts.
    starts_at: DateTime<Utc>,
    /// The delegate; null where nobody is named.
    person_id: Option<PersonId>,
    /// Their name.
    person_name: Option<Line>,
    /// Requested, waitlisted or confirmed.
    state: State,
    /// Whether it waits for a decision: the successor's leads decide.
    undecided: bool,
    /// Until when a place is on offer to it.
    offered_until: Option<DateTime<Utc>>,
    /// What its event holds of it.
    held: Credits,
}

/// Somebody who goes over.
#[derive(Serialize, ToSchema)]
#[schema(as = SuccessionPerson)]
struct PersonLine {
    /// The person.
    id: PersonId,
    /// Their name.
    name: Line,
    /// Their role, which they keep.
    role: Role,
    /// Since when they are disabled, which they stay.
    disabled_at: Option<DateTime<Utc>>,
}

/// A ticket that goes over with its person.
#[derive(Serialize, ToSchema)]
#[schema(as = SuccessionTicket)]
struct TicketLine {
    /// The ticket.
    id: TicketId,
    /// The name of its type.
    type_name: Line,
    /// Its person's name.
    person_name: Line,
    /// Issued or used.
    state: tickets::State,
}

/// A programme that the successor provides from then on, and is paid for.
#[derive(Serialize, ToSchema)]
#[schema(as = SuccessionProgramme)]
struct ProgrammeLine {
    /// The programme.
    id: ProgrammeId,
    /// Its title.
    title: Line,
}

/// A gift that nobody has answered.
#[derive(Serialize, ToSchema)]
#[schema(as = SuccessionGift)]
struct GiftLine {
    /// The gift.
    id: TransferId,
    /// Who offers it.
    from_school_id: SchoolId,
    /// Its name.
    from_school_name: Line,
    /// Who is offered it.
    to_school_id: SchoolId,
    /// Its name.
    to_school_name: Line,
    /// The year of both wallets.
    year: AcademicYear,
    /// The kind of both wallets.
    wallet: WalletKind,
    /// How many credits.
    amount: Credits,
    /// Whether it is between the two, and so is withdrawn; otherwise the successor gives it, or is given it.
    ends: bool,
}

words!(/** What will be odd when two schools are one. */ ClashKind {
    /// The event lets a school have fewer bookings than the two have together.
    SchoolLimit = "school_limit",
    /// Both schools have somebody of this name on the event.
    BookedTwice = "booked_twice",
    /// Both schools have somebody of this name.
    SameName = "same_name",
});

/// What will be odd afterwards, for people to look at. It prevents nothing.
#[derive(Serialize, ToSchema)]
#[schema(as = SuccessionClash)]
struct ClashLine {
    /// What.
    kind: ClashKind,
    /// The event.
    event_id: Option<EventId>,
    /// Its title.
    event_title: Option<Line>,
    /// The name that two people have.
    name: Option<Line>,
    /// How many bookings the event lets a school have.
    most: Option<i64>,
    /// How many the two have together.
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

/// All that would go over from a school to its successor.
#[derive(Serialize, ToSchema)]
#[schema(as = SuccessionPreview)]
struct PreviewBody {
    /// The school.
    school_id: SchoolId,
    /// Its name.
    school_name: Line,
    /// Its successor.
    successor_id: SchoolId,
    /// The successor's name.
    successor_name: Line,
    /// The first day on which the school would not be a member any more.
    effective_on: NaiveDate,
    /// What goes over of wallets.
    credits: Credits,
    /// How many bookings are requested.
    requested: i64,
    /// How many wait in a line.
    waitlisted: i64,
    /// How many are confirmed.
    confirmed: i64,
    /// The wallets of open years. Those of closed years stay: they are empty.
    wallets: Vec<WalletBody>,
    /// The live bookings, in the order in which they were asked for.
    bookings: Vec<BookingLine>,
    /// The people: leads are leads of the successor, teachers its teachers.
    people: Vec<PersonLine>,
    /// Their tickets that can be used, or that a live booking has.
    tickets: Vec<TicketLine>,
    /// The programmes that the school provides.
    programmes: Vec<ProgrammeLine>,
    /// Gifts from the school or to it that nobody has answered.
    gifts: Vec<GiftLine>,
    /// How many corrections of its wallets are proposed: they are for the successor's then.
    proposed_adjustments: i64,
    /// What will be odd afterwards.
    clashes: Vec<ClashLine>,
    /// Send it with the succession: where something that goes over has changed by then, nothing is done.
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

/// All that would go over to a successor, and what would be odd afterwards; nothing is changed
#[utoipa::path(tag = "schools", params(("id" = SchoolId, Path), PreviewQuery), responses((status = 200, body = PreviewBody), (status = 409, description = "The one can't take the place of the other")))]
#[get("/schools/{id}/succession")]
async fn show(call: Call) -> Answer {
    let caller = call.allow(HUB)?;
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
    /// Why; it stands in the ledger as the memo.
    reason: Line,
    /// The quote of a preview of the same successor and day.
    #[schema(value_type = String, example = "9992f34bd8e970fd0f94098e504ac525b52759e438b65b295d5f66114e5785ea")]
    quote: Quote,
}

/// A succession that was done.
#[derive(Serialize, ToSchema)]
#[schema(as = Succession)]
struct SuccessionBody {
    /// The succession: the source of its transaction.
    id: SuccessionId,
    /// The school whose place was taken.
    school_id: SchoolId,
    /// Its name.
    school_name: Line,
    /// The school that took it.
    successor_id: SchoolId,
    /// Its name.
    successor_name: Line,
    /// The first day on which the school was not a member any more.
    effective_on: NaiveDate,
    /// Why.
    reason: Line,
    /// What went over of wallets.
    credits: Credits,
    /// How many live bookings.
    bookings: i64,
    /// How many people.
    people: i64,
    /// How many tickets.
    tickets: i64,
    /// How many programmes.
    programmes: i64,
    /// The transaction that moved the credits; null where there were none.
    transaction_id: Option<TransactionId>,
    /// Who did it.
    done_by: Option<PersonId>,
    /// When.
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
#[utoipa::path(tag = "schools", params(("id" = SchoolId, Path), MovesCredits), request_body = NewSuccession, responses((status = 201, body = SuccessionBody)))]
#[post("/schools/{id}/succession")]
async fn succeed(call: Call, body: Body<NewSuccession>) -> Answer {
    let caller = call.allow(MANAGER)?;
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
    /// Of this successor; for a lead their own school, or one whose place it took, where nothing is said their own.
    successor_id: Option<SchoolId>,
    /// How many.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The successions of the hub; for a lead, those by which their school took the place of others
#[utoipa::path(tag = "schools", params(Query), responses((status = 200, body = Page<SuccessionBody>)))]
#[get("/successions")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow(HUB_AND_LEADS)?;
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
#[utoipa::path(tag = "schools", params(("id" = SuccessionId, Path)), responses((status = 200, body = SuccessionBody)))]
#[get("/successions/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow(HUB_AND_LEADS)?;
    let mut tx = caller.read().await?;
    let done = succession::get(&mut tx, caller.hub(), caller.id("id")?).await?.ok_or_else(Problem::not_found)?;
    let seen = caller.sees_past_of(&mut tx, done.school_id).await?;
    if seen { Ok(Reply::ok(&SuccessionBody::from(done))?.into_response()) } else { Err(Problem::not_found()) }
}
