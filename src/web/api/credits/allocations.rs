//! `/v1/allocations`: a pool of credits divided over the hub's schools: drafted, reviewed, approved.

mod adjustment;
mod comparison;
mod lines;

use actix_web::{delete, get, patch, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::{AllocationId, PersonId, TransactionId};
use crate::base::text::{Day, Line};
use crate::base::year::AcademicYear;
use crate::credits::allocation::{
    self, Allocation, Filter, Funding, NewAllocation, OnShortfall, PhaseWeight, Pool, Pounds, Rules, State,
};
use crate::web::body::Body;
use crate::web::call::{Call, Caller};
use crate::web::openapi::{Changes, MovesCredits};
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::{HUB_AND_LEADS, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config
        .service(list)
        .service(draft)
        .service(get_one)
        .service(recompute)
        .service(discard)
        .service(lines::list)
        .service(approve)
        .service(adjustment::adjust)
        .service(adjustment::readjust)
        .service(adjustment::reverse)
        .service(comparison::lines)
        .service(comparison::total);
}

/// One division of a pool of credits over the hub's schools.
#[derive(Serialize, ToSchema)]
#[schema(as = Allocation)]
struct AllocationBody {
    /// The allocation's id.
    id: AllocationId,
    /// The year whose wallets it fills.
    year: AcademicYear,
    /// The census whose rolls it uses.
    census_date: NaiveDate,
    /// The state of the allocation.
    state: State,
    /// The pool that is divided; the lines sum to it exactly.
    pool: Credits,
    /// The funding that the pool came from; null where the pool was given.
    funding: Option<FundingBody>,
    /// The step: every line is a multiple of it.
    step: Credits,
    /// The least a school gets.
    floor: Option<Credits>,
    /// The most a school gets.
    cap: Option<Credits>,
    /// How much pupils count by phase; 1 for phases that are not listed.
    phase_weights: Vec<PhaseWeight>,
    /// Whether a school that joins or leaves during the year only gets its share of whole months.
    prorate_by_months: bool,
    /// How many schools it has, with one line each.
    schools: i64,
    /// Pupils on roll at all schools together.
    pupils: i64,
    /// The allocation that it adjusts, the first of its chain; null where it adjusts none.
    adjusts: Option<AllocationId>,
    /// Its number among the adjustments of that allocation, from 1, once it is approved.
    nth: Option<i64>,
    /// What the schools had been given in all when it was computed; nothing, unless it adjusts another.
    was: Credits,
    /// What becomes of credits that schools should give back but have spent; null where nobody has decided.
    shortfalls: Option<OnShortfall>,
    /// What wallets could not give back in all; null before it is approved.
    shortfall: Option<Credits>,
    /// What is deducted in all for shortfalls of earlier years.
    deduction: Credits,
    /// What it put into circulation, less what it took back; null before it is approved.
    issued: Option<Credits>,
    /// The transaction that posted it; null before it is approved, and where nothing had to move.
    transaction_id: Option<TransactionId>,
    /// Who computed it last: with four eyes, somebody else must approve it.
    drafted_by: Option<PersonId>,
    /// When it was first drafted.
    drafted_at: DateTime<Utc>,
    /// Who approved it.
    approved_by: Option<PersonId>,
    /// When it was approved.
    approved_at: Option<DateTime<Utc>>,
    /// Its reversal; null where it was not reversed.
    reversal: Option<ReversalBody>,
}

/// How an allocation was reversed.
#[derive(Serialize, ToSchema)]
#[schema(as = AllocationReversal)]
struct ReversalBody {
    /// The transaction that mirrors what it posted; null where it had posted nothing.
    transaction_id: Option<TransactionId>,
    /// Why it was reversed.
    reason: Option<Line>,
    /// Who reversed it.
    by: Option<PersonId>,
    /// When it was reversed.
    at: DateTime<Utc>,
}

/// A pool from funding, with its arithmetic.
#[derive(Serialize, ToSchema)]
#[schema(as = Funding)]
struct FundingBody {
    /// The hub's funding, in pounds.
    gbp: Pounds,
    /// The percentage that is returned to the schools.
    returned_share_percent: i64,
    /// What one credit is worth, in pence.
    credit_value_pence: i64,
    /// The credits that the returned share pays for, exactly.
    #[schema(example = "59999 2/3")]
    credits: String,
    /// How the pool follows from the funding, in words.
    arithmetic: String,
}

impl From<Allocation> for AllocationBody {
    fn from(allocation: Allocation) -> Self {
        let posted = allocation.state != State::Draft;
        let (issued, reversal) = (allocation.issued(), ReversalBody::of(&allocation));
        let Rules { funding, floor, cap, phase_weights, prorate_by_months } = allocation.rules;
        AllocationBody {
            id: allocation.id,
            year: allocation.year,
            census_date: allocation.census_date,
            state: allocation.state,
            pool: allocation.pool,
            funding: funding.map(|funding| FundingBody::of(funding, allocation.pool)),
            step: allocation.step,
            floor,
            cap,
            phase_weights,
            prorate_by_months,
            schools: allocation.schools,
            pupils: allocation.pupils,
            adjusts: allocation.adjusts,
            nth: allocation.nth,
            was: allocation.was,
            shortfalls: allocation.shortfalls,
            shortfall: posted.then_some(allocation.short),
            deduction: allocation.deducted,
            issued: posted.then_some(issued),
            transaction_id: allocation.transaction_id,
            drafted_by: allocation.drafted_by,
            drafted_at: allocation.drafted_at,
            approved_by: allocation.approved_by,
            approved_at: allocation.approved_at,
            reversal,
        }
    }
}

impl ReversalBody {
    fn of(allocation: &Allocation) -> Option<ReversalBody> {
        Some(ReversalBody {
            transaction_id: allocation.reversal_id,
            reason: allocation.reversed_because.clone(),
            by: allocation.reversed_by,
            at: allocation.reversed_at?,
        })
    }
}

impl FundingBody {
    /// The funding with its arithmetic, down to the pool that it came to.
    fn of(funding: Funding, pool: Credits) -> FundingBody {
        FundingBody {
            gbp: funding.gbp,
            returned_share_percent: funding.returned_share_percent,
            credit_value_pence: funding.credit_value_pence,
            credits: funding.credits().to_string(),
            arithmetic: funding.arithmetic(pool),
        }
    }
}

impl Table for AllocationBody {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "year",
        "census_date",
        "state",
        "pool",
        "step",
        "floor",
        "cap",
        "prorate_by_months",
        "schools",
        "pupils",
        "adjusts",
        "nth",
        "was",
        "shortfalls",
        "shortfall",
        "deduction",
        "issued",
        "transaction_id",
        "drafted_by",
        "drafted_at",
        "approved_by",
        "approved_at",
        "reversal.transaction_id",
        "reversal.reason",
        "reversal.by",
        "reversal.at",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Of this academic year.
    year: Option<AcademicYear>,
    /// In this state.
    state: Option<State>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The hub's allocations, the oldest first; a lead sees those that were approved
#[utoipa::path(tag = "allocations", params(Query), responses((status = 200, body = Page<AllocationBody>)), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/allocations")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { year, state, limit, after } = caller.query()?;
    let (after, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let filter = Filter { year, state, posted: !caller.sees_hub() };
    let rows = allocation::list(&mut caller.read().await?, caller.hub(), filter, after, limit.and_one()).await?;
    caller.list(rows, limit, |allocation| allocation.id, AllocationBody::from)
}

/// An allocation to be computed: either `pool` or `funding`.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAllocation)]
struct NewAllocationBody {
    /// The year whose wallets it fills; it must be open.
    year: AcademicYear,
    /// The census whose rolls it uses; every school must have one.
    census_date: Day,
    /// How many credits to divide.
    pool: Option<Credits>,
    /// The funding that pays for the pool.
    funding: Option<NewFundingBody>,
    /// The step, `"1.00"`, `"0.50"` or `"0.01"`: every school gets a multiple of it. The hub's where it is not sent.
    step: Option<Credits>,
    /// The least a school gets.
    floor: Option<Credits>,
    /// The most a school gets.
    cap: Option<Credits>,
    /// How much pupils count by phase, each phase once; 1 for phases that are not listed.
    #[schema(max_items = 8)]
    phase_weights: Option<Vec<PhaseWeight>>,
    /// Whether a school that joins or leaves during the year only gets its share of whole months; false where not sent.
    prorate_by_months: Option<bool>,
}

/// Funding, of which a share is returned to the schools as credits.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFunding)]
struct NewFundingBody {
    /// The hub's funding, in pounds.
    gbp: Pounds,
    /// The percentage that is returned: 0 to 100. The hub's where it is not sent.
    #[schema(minimum = 0, maximum = 100)]
    returned_share_percent: Option<u8>,
    /// What one credit is worth, in pence: 1 to 1000000. The hub's where it is not sent.
    #[schema(minimum = 1, maximum = 1_000_000)]
    credit_value_pence: Option<u32>,
}

impl NewAllocationBody {
    /// Checks what must hold between the fields.
    fn checked(&self) -> Result<NewAllocation, Problem> {
        let &NewAllocationBody { year, census_date, pool, step, floor, cap, prorate_by_months, .. } = self;
        let pool = match (pool, &self.funding) {
            (Some(pool), None) => Pool::Credits(pool),
            (None, Some(funding)) => {
                let &NewFundingBody { gbp, returned_share_percent, credit_value_pence } = funding;
                Pool::Funding { gbp, returned_share_percent, credit_value_pence }
            }
            (None, None) => return Err(Problem::field("/pool", "missing", "send either pool or funding")),
            (Some(_), Some(_)) => return Err(Problem::field("/funding", "invalid", "goes only without pool")),
        };
        let new = NewAllocation {
            year,
            census_date: census_date.0,
            pool,
            step,
            floor,
            cap,
            phase_weights: self.phase_weights.clone().unwrap_or_default(),
            prorate_by_months: prorate_by_months.unwrap_or(false),
        };
        match new.wrong() {
            Some((field, detail)) => Err(Problem::field(field, "invalid", detail)),
            None => Ok(new),
        }
    }
}

/// Computes an allocation and keeps it as a draft; nothing moves
///
/// Each school's exact quota is its share of the pool by pupils, weight and months. It is rounded by largest remainder:
/// every quota down to the step, and the steps that are left to the largest remainders, ties going to more pupils and
/// then to the lower URN. So the lines sum to the pool and no school is a whole step from its quota. The method is not
/// monotone: a larger pool can give a school one step less. With 600, 600 and 200 pupils and a step of 1.00, a pool of
/// 10 gives 4, 4 and 2, and a pool of 11 gives 5, 5 and 1. Draft the pool that you have, and compare before you
/// approve.
#[utoipa::path(tag = "allocations", request_body = NewAllocationBody, responses((status = 201, body = AllocationBody)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/allocations")]
async fn draft(call: Call, body: Body<NewAllocationBody>) -> Answer {
    let caller = call.allow()?;
    let new = body.parse()?.checked()?;
    caller
        .write(body.bytes(), async |journal| {
            let drafted = allocation::draft(journal, &new).await?;
            let (at, version) = (format!("/v1/allocations/{}", drafted.id), drafted.version);
            Ok(Reply::created(at, &AllocationBody::from(drafted))?.with_version(version))
        })
        .await
}

/// One allocation
#[utoipa::path(tag = "allocations", params(("id" = AllocationId, Path)), responses((status = 200, body = AllocationBody)), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/allocations/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    reply(visible(&caller, &mut caller.read().await?).await?).map(Reply::into_response)
}

/// Recomputes a draft by wholly new rules; a drafted adjustment has a command of its own
#[utoipa::path(tag = "allocations", params(("id" = AllocationId, Path), Changes), request_body = NewAllocationBody, responses((status = 200, body = AllocationBody)), extensions(("x-roles" = json!(MANAGER))))]
#[patch("/allocations/{id}")]
async fn recompute(call: Call, body: Body<NewAllocationBody>) -> Answer {
    let caller = call.allow()?;
    let (new, version) = (body.parse()?, caller.if_match()?);
    caller
        .write(body.bytes(), async |journal| {
            let old = visible(&caller, journal.tx()).await?;
            reply(allocation::recompute(journal, old.id, version, &new.checked()?).await?)
        })
        .await
}

/// Discards a draft
#[utoipa::path(tag = "allocations", params(("id" = AllocationId, Path), Changes), responses((status = 204)), extensions(("x-roles" = json!(MANAGER))))]
#[delete("/allocations/{id}")]
async fn discard(call: Call) -> Answer {
    let caller = call.allow()?;
    let (id, version) = (caller.id("id")?, caller.if_match()?);
    caller
        .write(&[], async |journal| {
            allocation::discard(journal, id, version).await?;
            Ok(Reply::nothing())
        })
        .await
}

/// Posts a draft to the wallets of the schools, once
#[utoipa::path(tag = "allocations", params(("id" = AllocationId, Path), MovesCredits, Changes), responses((status = 200, body = AllocationBody)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/allocations/{id}/approve")]
async fn approve(call: Call) -> Answer {
    let caller = call.allow()?;
    let (id, version) = (caller.id("id")?, caller.if_match()?);
    caller.write_keyed(&[], async |journal| reply(allocation::approve(journal, id, version).await?)).await
}

/// The allocation of the path, if the caller may see it: a lead may once it is not a draft any more.
async fn visible(caller: &Caller, tx: &mut Tx) -> Result<Allocation, Problem> {
    let allocation = allocation::get(tx, caller.hub(), caller.id("id")?).await?;
    allocation.filter(|found| caller.sees_hub() || found.state != State::Draft).ok_or_else(Problem::not_found)
}

fn reply(allocation: Allocation) -> Result<Reply, Problem> {
    let version = allocation.version;
    Ok(Reply::ok(&AllocationBody::from(allocation))?.with_version(version))
}
