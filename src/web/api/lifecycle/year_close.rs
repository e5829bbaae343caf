//! `/v1/years/{year}/close`: what closing a year would do, doing it, what it did, and undoing it.

use std::convert::identity;

use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::credits::Credits;
use crate::base::ids::{AccountId, PersonId, TransactionId, YearCloseId};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::ledger::checkpoints;
use crate::ledger::checkpoints::Checkpoint;
use crate::lifecycle::year_close::{self, CloseLine, Hold, Obstacle, OpenHolds, Preview, Rule, YearClose};
use crate::members::years;
use crate::members::years::carry::Carry;
use crate::web::body::Body;
use crate::web::call::{Call, Caller};
use crate::web::openapi::MovesCredits;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Code, Problem};
use crate::web::reply::{Limit, Page, PageQuery, Reply, Table, read_cursor};
use crate::web::roles::{HUB, HUB_AND_LEADS, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(get_close).service(commit).service(list_lines).service(list_holds).service(reopen);
}

/// The close of a year: one that was done, or what one would do now.
#[derive(Serialize, ToSchema)]
#[schema(as = YearClose)]
struct CloseBody {
    /// The id of the close; null for a preview.
    id: Option<YearCloseId>,
    /// The year that is closed.
    year: AcademicYear,
    /// The year that credits are carried to.
    next_year: AcademicYear,
    /// The most that is carried from a wallet.
    carry: Carry,
    /// The most that is carried from a wallet of earned credits.
    earned_carry: Carry,
    /// What becomes of credits that are still held.
    open_holds: OpenHolds,
    /// How many wallets there are, with one line each.
    wallets: i64,
    /// The credits in the wallets: carried and lapsed together.
    balance: Credits,
    /// The credits carried to the wallets of the next year.
    carried: Credits,
    /// The credits that lapse.
    lapsed: Credits,
    /// Later refunds that were carried; zero before the close.
    carried_later: Credits,
    /// Later refunds that lapsed; zero before the close.
    lapsed_later: Credits,
    /// How many events, bookings, offers and gifts of the year are open now.
    holds: i64,
    /// The credits that they hold.
    held: Credits,
    /// Why the year can't be closed now; empty where it can be, or was.
    obstacles: Vec<Obstacle>,
    /// The transaction that posted it; null where all wallets were empty.
    transaction_id: Option<TransactionId>,
    /// Who closed the year.
    closed_by: Option<PersonId>,
    /// When the year was closed.
    closed_at: Option<DateTime<Utc>>,
    /// Who reopened the year.
    reopened_by: Option<PersonId>,
    /// When the year was reopened.
    reopened_at: Option<DateTime<Utc>>,
    /// Why the year was reopened.
    reopened_because: Option<Line>,
    /// The first checkpoint of the ledger that covers the close; null until it is signed, which is soon.
    checkpoint: Option<Checkpoint>,
}

impl From<Preview> for CloseBody {
    fn from(preview: Preview) -> Self {
        let Preview { year, next_year, rule, totals, holds, held, obstacles } = preview;
        CloseBody {
            id: None,
            year,
            next_year,
            carry: rule.carry,
            earned_carry: rule.earned_carry,
            open_holds: rule.open_holds,
            wallets: totals.wallets,
            balance: totals.balance,
            carried: totals.carried,
            lapsed: totals.lapsed,
            carried_later: Credits::ZERO,
            lapsed_later: Credits::ZERO,
            holds,
            held,
            obstacles,
            transaction_id: None,
            closed_by: None,
            closed_at: None,
            reopened_by: None,
            reopened_at: None,
            reopened_because: None,
            checkpoint: None,
        }
    }
}

impl CloseBody {
    fn done(close: YearClose, (holds, held): (i64, Credits)) -> CloseBody {
        let YearClose {
            id, year, next_year, carry, earned_carry, open_holds, wallets, balance, carried, lapsed, ..
        } = close;
        CloseBody {
            id: Some(id),
            year,
            next_year,
            carry,
            earned_carry,
            open_holds,
            wallets,
            balance,
            carried,
            lapsed,
            carried_later: close.carried_later,
            lapsed_later: close.lapsed_later,
            holds,
            held,
            obstacles: Vec::new(),
            transaction_id: close.transaction_id,
            closed_by: close.closed_by,
            closed_at: Some(close.closed_at),
            reopened_by: close.reopened_by,
            reopened_at: close.reopened_at,
            reopened_because: close.reopened_because,
            checkpoint: None,
        }
    }
}

/// The rule by which a year is closed.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewYearClose)]
struct NewClose {
    /// The most that is carried from each wallet: `all`, `none`, a percentage of its school's allocation for the year
    /// such as `10%`, or a number of credits.
    carry: Carry,
    /// The same limit for wallets of earned credits; as `carry` where it is not sent.
    earned_carry: Option<Carry>,
    /// What becomes of credits of the year that are still held; `refuse` where it is not sent.
    open_holds: Option<OpenHolds>,
}

/// A rule to preview.
#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Trial {
    /// The most that would be carried from each wallet. Without it, the answer is what the last close did.
    carry: Option<Carry>,
    /// The same limit for wallets of earned credits; as `carry` where it is not sent.
    earned_carry: Option<Carry>,
    /// What would become of credits that are still held.
    open_holds: Option<OpenHolds>,
}

fn rule(carry: Carry, earned_carry: Option<Carry>, open_holds: Option<OpenHolds>) -> Rule {
    let (earned_carry, open_holds) = (earned_carry.unwrap_or(carry), open_holds.unwrap_or(OpenHolds::Refuse));
    Rule { carry, earned_carry, open_holds }
}

/// The rule in a query; none where the query asks for what was done.
fn tried(
    carry: Option<Carry>,
    earned_carry: Option<Carry>,
    open_holds: Option<OpenHolds>,
) -> Result<Option<Rule>, Problem> {
    match carry {
        Some(carry) => Ok(Some(rule(carry, earned_carry, open_holds))),
        None if earned_carry.is_some() || open_holds.is_some() => {
            Err(Problem::field("carry", "missing", "goes with every rule to be tried"))
        }
        None => Ok(None),
    }
}

/// What closing the year by a rule would do, with `carry`; the last close of the year, without
#[utoipa::path(tag = "years", params(("year" = AcademicYear, Path), Trial), responses((status = 200, body = CloseBody), (status = 409)), extensions(("x-roles" = json!(HUB))))]
#[get("/years/{year}/close")]
async fn get_close(call: Call) -> Answer {
    let caller = call.allow()?;
    let (year, Trial { carry, earned_carry, open_holds }) = (caller.year("year")?, caller.query()?);
    let (mut tx, hub) = (caller.read().await?, caller.hub());
    if let Some(rule) = tried(carry, earned_carry, open_holds)? {
        let preview = year_close::preview(&mut tx, hub, year, rule, caller.now()).await?;
        return Ok(Reply::ok(&CloseBody::from(preview))?.into_response());
    }
    let open = || Problem::new(Code::NotFound, "the year is not closed; with `carry` it is told what a close would do");
    let close = year_close::last(&mut tx, hub, year).await?.ok_or_else(open)?;
    let held = year_close::held(&mut tx, hub, year).await?;
    let checkpoint = checkpoints::covering(&mut tx, hub, close.sequence).await?;
    Ok(Reply::ok(&CloseBody { checkpoint, ..CloseBody::done(close, held) })?.into_response())
}

/// Closes the year: carries over what the rule allows, lets the rest lapse, in one transaction
#[utoipa::path(tag = "years", params(("year" = AcademicYear, Path), MovesCredits), request_body = NewClose, responses((status = 201, body = CloseBody)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/years/{year}/close")]
async fn commit(call: Call, body: Body<NewClose>) -> Answer {
    let caller = call.allow()?;
    let (year, NewClose { carry, earned_carry, open_holds }) = (caller.year("year")?, body.parse()?);
    let rule = rule(carry, earned_carry, open_holds);
    let answer = caller
        .write_keyed(body.bytes(), async |journal| {
            let hub = journal.hub();
            let closed = year_close::close(journal, year, rule, None).await?;
            let held = year_close::held(journal.tx(), hub, year).await?;
            let address = format!("/v1/years/{}/close", year.to_string().replace('/', "-"));
            Reply::created(address, &CloseBody::done(closed, held))
        })
        .await;
    caller.sign_now();
    answer
}

impl Table for CloseLine {
    const COLUMNS: &'static [&'static str] = &[
        "urn",
        "name",
        "wallet",
        "allocated",
        "balance",
        "cap",
        "carried",
        "lapsed",
        "carried_later",
        "lapsed_later",
        "school_id",
        "account_id",
        "next_account_id",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LinesQuery {
    /// The most that would be carried from each wallet. Without it, the answer is what the last close did.
    carry: Option<Carry>,
    /// The same limit for wallets of earned credits; as `carry` where it is not sent.
    earned_carry: Option<Carry>,
    /// What would become of credits that are still held.
    open_holds: Option<OpenHolds>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// What closing the year would do with each wallet, with `carry`; what its last close did, without
///
/// A lead sees the lines of their own school.
#[utoipa::path(tag = "years", params(("year" = AcademicYear, Path), LinesQuery), responses((status = 200, body = Page<CloseLine>), (status = 409)), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/years/{year}/close/lines")]
async fn list_lines(call: Call) -> Answer {
    call.pages(list_lines_page).await
}

async fn list_lines_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let (year, query) = (caller.year("year")?, caller.query::<LinesQuery>()?);
    let (after, limit) = (read_cursor(query.after.as_deref())?, query.limit.unwrap_or_default());
    let rule = tried(query.carry, query.earned_carry, query.open_holds)?;
    let rows = match rule {
        Some(_) if !caller.sees_hub() => {
            return Err(Problem::new(Code::Forbidden, "only the hub tries a rule before the close"));
        }
        Some(rule) => {
            let mut tx = caller.read().await?;
            year_close::preview_lines(&mut tx, caller.hub(), year, rule, after, limit.and_one()).await?
        }
        None => done_lines(&caller, year, after, limit).await?,
    };
    caller.list(rows, limit, |line| line.account_id, identity)
}

async fn done_lines(
    caller: &Caller,
    year: AcademicYear,
    after: Option<AccountId>,
    limit: Limit,
) -> Result<Vec<CloseLine>, Problem> {
    let (mut tx, hub, own) = (caller.read().await?, caller.hub(), caller.own_school());
    let close = year_close::last(&mut tx, hub, year).await?.ok_or_else(Problem::not_found)?;
    Ok(year_close::lines(&mut tx, hub, close.id, own, after, limit.and_one()).await?)
}

impl Table for Hold {
    const COLUMNS: &'static [&'static str] = &["kind", "id", "event_id", "title", "school_id", "credits"];
}

/// The open holds of the year: unsettled events, bookings on events of other years, offers, gifts
#[utoipa::path(tag = "years", params(("year" = AcademicYear, Path), PageQuery), responses((status = 200, body = Page<Hold>)), extensions(("x-roles" = json!(HUB))))]
#[get("/years/{year}/close/holds")]
async fn list_holds(call: Call) -> Answer {
    call.pages(list_holds_page).await
}

async fn list_holds_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let year = caller.year("year")?;
    let (after, limit) = caller.query::<PageQuery>()?.read()?;
    let mut tx = caller.read().await?;
    years::get(&mut tx, caller.hub(), year).await?.ok_or_else(Problem::not_found)?;
    let rows = year_close::holds(&mut tx, caller.hub(), year, after, limit.and_one()).await?;
    caller.list(rows, limit, |hold| (hold.kind, hold.id), identity)
}

/// Why a year is reopened.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = YearReopening)]
struct Reopening {
    /// Why; the memo of the transaction that undoes the close.
    reason: Line,
}

/// Reopens a closed year by the mirror of its close, while nothing depends on it
#[utoipa::path(tag = "years", params(("year" = AcademicYear, Path), MovesCredits), request_body = Reopening, responses((status = 200, body = CloseBody)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/years/{year}/reopen")]
async fn reopen(call: Call, body: Body<Reopening>) -> Answer {
    let caller = call.allow()?;
    let (year, Reopening { reason }) = (caller.year("year")?, body.parse()?);
    caller
        .write_keyed(body.bytes(), async |journal| {
            let hub = journal.hub();
            let reopened = year_close::reopen(journal, year, &reason).await?;
            let held = year_close::held(journal.tx(), hub, year).await?;
            Reply::ok(&CloseBody::done(reopened, held))
        })
        .await
}
