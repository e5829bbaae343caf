//! `/v1/schools/{id}/succession`: a school takes the place of another, previewed and done; `/v1/successions`.

use std::convert::identity;

use actix_web::{get, post};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::ids::{EventId, SchoolId, SuccessionId};
use crate::base::text::{Day, Line};
use crate::booking::bookings::State;
use crate::lifecycle::quote::Quote;
use crate::lifecycle::succession::{
    self, Clash, HeldTicket, LiveBooking, Member, Offered, OpenGift, Preview, Provided, Succession, Wallet,
};
use crate::support::commissions::GoingOver;
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::openapi::MovesCredits;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::{HUB, HUB_AND_LEADS, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(show).service(succeed).service(list).service(get_one);
}

/// An unanswered gift.
#[derive(Serialize, ToSchema)]
#[schema(as = SuccessionGift)]
struct GiftLine {
    #[serde(flatten)]
    #[schema(inline)]
    gift: OpenGift,
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
    wallets: Vec<Wallet>,
    /// The live bookings, in the order in which they were asked for.
    bookings: Vec<LiveBooking>,
    /// The people: leads become leads of the successor, teachers its teachers.
    people: Vec<Member>,
    /// Their tickets that can be used, or that a live booking holds.
    tickets: Vec<HeldTicket>,
    /// The programmes that the school provides.
    programmes: Vec<Provided>,
    /// The school's commissions that have not ended, as buyer or provider.
    commissions: Vec<GoingOver>,
    /// The offers of the school that are not closed.
    offers: Vec<Offered>,
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
        let gift = |gift: OpenGift| GiftLine { ends: gift.ends(pair.0, pair.1), gift };
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
            wallets: preview.wallets,
            bookings: preview.bookings,
            people: preview.people,
            tickets: preview.tickets,
            programmes: preview.programmes,
            commissions: preview.commissions,
            offers: preview.offers,
            gifts: preview.gifts.into_iter().map(gift).collect(),
            proposed_adjustments: preview.proposed_adjustments,
            clashes: preview.clashes.into_iter().map(ClashLine::from).collect(),
        }
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

impl Table for Succession {
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
#[utoipa::path(tag = "schools", params(("id" = SchoolId, Path), MovesCredits), request_body = NewSuccession, responses((status = 201, body = Succession)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/schools/{id}/succession")]
async fn succeed(call: Call, body: Body<NewSuccession>) -> Answer {
    let caller = call.allow()?;
    let (id, NewSuccession { successor_id, effective_on, reason, quote }) = (caller.id("id")?, body.parse()?);
    let effective_on = effective_on.map(|day| day.0);
    caller
        .write_keyed(body.bytes(), async |journal| {
            let done = succession::succeed(journal, id, successor_id, effective_on, reason.clone(), &quote).await;
            let done = done.map_err(|error| Problem::of_succession(error, "/"))?;
            Reply::created(format!("/v1/successions/{}", done.id), &done)
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
#[utoipa::path(tag = "schools", params(Query), responses((status = 200, body = Page<Succession>)), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
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
    caller.list(rows, limit, |done| done.id, identity)
}

/// One succession
#[utoipa::path(tag = "schools", params(("id" = SuccessionId, Path)), responses((status = 200, body = Succession)), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/successions/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let done = succession::get(&mut tx, caller.hub(), caller.id("id")?).await?.ok_or_else(Problem::not_found)?;
    let seen = caller.sees_past_of(&mut tx, done.school_id).await?;
    if seen { Ok(Reply::ok(&done)?.into_response()) } else { Err(Problem::not_found()) }
}
