//! `/v1/allocations`: a pool of credits divided over the hub's schools, drafted, looked at, approved.

mod adjustment;
mod comparison;
mod lines;

use actix_web::{delete, get, patch, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::body::Body;
use super::call::{Call, Caller, HUB_AND_LEADS, MANAGER};
use super::openapi::{Changes, MovesCredits};
use super::problem::{Answer, Problem};
use super::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::allocation::{
    self, Allocation, Filter, NewAllocation, OnShortfall, PhaseWeight, Pool, Pounds, State, Weight,
};
use crate::credits::Credits;
use crate::db::Tx;
use crate::ids::{AllocationId, PersonId, TransactionId};
use crate::schools::Phase;
use crate::text::{Day, Line};
use crate::year::AcademicYear;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
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
    /// The allocation.
    id: AllocationId,
    /// The year whose wallets it fills.
    year: AcademicYear,
    /// The census whose rolls it goes by.
    census_date: NaiveDate,
    /// How far it has come.
    state: State,
    /// What is divided; the lines sum to it exactly.
    pool: Credits,
    /// Where the pool came from; null where it was given.
    funding: Option<FundingBody>,
    /// Every line is a multiple of it.
    step: Credits,
    /// The least a school gets.
    floor: Option<Credits>,
    /// The most a school gets.
    cap: Option<Credits>,
    /// How much pupils count by phase; 1 for phases that are not named.
    phase_weights: Vec<PhaseWeightBody>,
    /// Whether a school that joins or leaves in the year gets its whole months of it.
    prorate_by_months: bool,
    /// How many schools, one line each.
    schools: i64,
    /// Their pupils together.
    pupils: i64,
    /// The allocation that it adjusts, the first of its chain; null where it adjusts none.
    adjusts: Option<AllocationId>,
    /// Its place among the adjustments of that one, from 1, once it is approved.
    nth: Option<i64>,
    /// What the schools had been given together when it was computed; nothing, unless it adjusts.
    was: Credits,
    /// What becomes of credits that schools should give back and have spent; null where nobody has said.
    shortfalls: Option<OnShortfall>,
    /// What wallets could not give back together; null before it is approved.
    shortfall: Option<Credits>,
    /// What is deducted together for shortfalls of earlier years.
    deduction: Credits,
    /// What it put into circulation, less what it took back; null before it is approved.
    issued: Option<Credits>,
    /// What posted it; null before it is approved, and where nothing had to move.
    transaction_id: Option<TransactionId>,
    /// Who computed it last: with four eyes, another must approve it.
    drafted_by: Option<PersonId>,
    /// When it was first drafted.
    drafted_at: DateTime<Utc>,
    /// Who approved it.
    approved_by: Option<PersonId>,
    /// When it was approved.
    approved_at: Option<DateTime<Utc>>,
    /// What took it back; null where nothing did.
    reversal: Option<ReversalBody>,
}

/// How an allocation was taken back.
#[derive(Serialize, ToSchema)]
#[schema(as = AllocationReversal)]
struct ReversalBody {
    /// The mirror of what it posted; null where it had posted nothing.
    transaction_id: Option<TransactionId>,
    /// Why.
    reason: Option<Line>,
    /// Who did it.
    by: Option<PersonId>,
    /// When.
    at: DateTime<Utc>,
}

/// A pool from funding, with its arithmetic.
#[derive(Serialize, ToSchema)]
#[schema(as = Funding)]
struct FundingBody {
    /// The funding.
    gbp: Pounds,
    /// How much of it is returned to the schools, in percent.
    returned_share_percent: i64,
    /// What one credit is worth, in pence.
    credit_value_pence: i64,
    /// What the returned share pays for, exactly.
    #[schema(example = "59999 2/3")]
    credits: String,
    /// How the pool comes from it, in words.
    arithmetic: String,
}

impl From<Allocation> for AllocationBody {
    fn from(allocation: Allocation) -> Self {
        let (posted, issued) = (allocation.state != State::Draft, allocation.issued());
        let Allocation {
            id,
            year,
            census_date,
            state,
            pool,
            step,
            rules,
            schools,
            pupils,
            adjusts,
            nth,
            was,
            deducted,
            shortfalls,
            short,
            transaction_id,
            drafted_by,
            drafted_at,
            approved_by,
            approved_at,
            reversal_id,
            reversed_by,
            reversed_at,
            reversed_because,
            version: _,
        } = allocation;
        let reversal = reversed_at.map(|at| ReversalBody {
            transaction_id: reversal_id,
            reason: reversed_because,
            by: reversed_by,
            at,
        });
        let funding = rules.funding.map(|funding| FundingBody {
            gbp: funding.gbp,
            returned_share_percent: funding.returned_share_percent,
            credit_value_pence: funding.credit_value_pence,
            credits: funding.credits().to_string(),
            arithmetic: funding.arithmetic(pool),
        });
        let phase_weights = rules.phase_weights.into_iter().map(PhaseWeightBody::from).collect();
        AllocationBody {
            id,
            year,
            census_date,
            state,
            pool,
            funding,
            step,
            floor: rules.floor,
            cap: rules.cap,
            phase_weights,
            prorate_by_months: rules.prorate_by_months,
            schools,
            pupils,
            adjusts,
            nth,
            was,
            shortfalls,
            shortfall: posted.then_some(short),
            deduction: deducted,
            issued: posted.then_some(issued),
            transaction_id,
            drafted_by,
            drafted_at,
            approved_by,
            approved_at,
            reversal,
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
    /// How many.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The hub's allocations, the oldest first; a lead sees those that were approved
#[utoipa::path(tag = "allocations", params(Query), responses((status = 200, body = Page<AllocationBody>)))]
#[get("/allocations")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow(HUB_AND_LEADS)?;
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
    /// The census whose rolls it goes by; every school must have one.
    census_date: Day,
    /// How many credits there are to divide.
    pool: Option<Credits>,
    /// The funding that pays for them.
    funding: Option<NewFundingBody>,
    /// `"1.00"`, `"0.50"` or `"0.01"`: every school gets a multiple of it. The hub's where it is not sent.
    step: Option<Credits>,
    /// The least a school gets.
    floor: Option<Credits>,
    /// The most a school gets.
    cap: Option<Credits>,
    /// How much pupils count by phase, each phase once; 1 for phases that are not named.
    #[schema(max_items = 8)]
    phase_weights: Option<Vec<PhaseWeightBody>>,
    /// Whether a school that joins or leaves in the year gets its whole months of it; not, where it is not sent.
    prorate_by_months: Option<bool>,
}

/// Funding, of which a share is returned to the schools as credits.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFunding)]
struct NewFundingBody {
    /// The funding.
    gbp: Pounds,
    /// How much of it is returned, in percent: 0 to 100. The hub's where it is not sent.
    #[schema(minimum = 0, maximum = 100)]
    returned_share_percent: Option<u8>,
    /// What one credit is worth, in pence: 1 to 1000000. The hub's where it is not sent.
    #[schema(minimum = 1, maximum = 1_000_000)]
    credit_value_pence: Option<u32>,
}

/// How much pupils of a phase count.
#[derive(Serialize, eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PhaseWeight)]
struct PhaseWeightBody {
    /// The phase.
    phase: Phase,
    /// How much each pupil counts.
    weight: Weight,
}

impl From<PhaseWeight> for PhaseWeightBody {
    fn from(PhaseWeight { phase, weight }: PhaseWeight) -> Self {
        PhaseWeightBody { phase, weight }
    }
}

impl NewAllocationBody {
    /// What holds between the fields.
    fn checked(&self) -> Result<NewAllocation, Problem> {
        let &NewAllocationBody { year, census_date, pool, step, floor, cap, prorate_by_months, .. } = self;
        let pool = match (pool, &self.funding) {
            (Some(pool), None) => Pool::Credits(pool),
            (None, Some(funding)) => funding.checked()?,
            (None, None) => return Err(Problem::field("/pool", "missing", "send either pool or funding")),
            (Some(_), Some(_)) => return Err(Problem::field("/funding", "invalid", "goes only without pool")),
        };
        if step.is_some_and(|step| ![100, 50, 1].contains(&step.hundredths())) {
            return Err(Problem::field("/step", "invalid", "must be \"1.00\", \"0.50\" or \"0.01\""));
        }
        let weights = self.phase_weights.iter().flatten();
        Ok(NewAllocation {
            year,
            census_date: census_date.0,
            pool,
            step,
            floor,
            cap,
            phase_weights: weights.map(|&PhaseWeightBody { phase, weight }| PhaseWeight { phase, weight }).collect(),
            prorate_by_months: prorate_by_months.unwrap_or(false),
        })
    }
}

impl NewFundingBody {
    fn checked(&self) -> Result<Pool, Problem> {
        let &NewFundingBody { gbp, returned_share_percent, credit_value_pence } = self;
        if returned_share_percent.is_some_and(|percent| percent > 100) {
            return Err(Problem::field("/funding/returned_share_percent", "invalid", "must be 0 to 100 percent"));
        }
        if credit_value_pence.is_some_and(|pence| !(1..=1_000_000).contains(&pence)) {
            return Err(Problem::field("/funding/credit_value_pence", "invalid", "must be 1 to 1000000 pence"));
        }
        Ok(Pool::Funding { gbp, returned_share_percent, credit_value_pence })
    }
}

/// Computes an allocation and keeps it as a draft; nothing moves
///
/// Each school's exact quota is its part of the pool by pupils, weight and months. It is rounded by largest remainders:
/// every quota down to the step, and the steps that are left to the largest remainders, ties by more pupils and then the
/// lower URN. So the lines sum to the pool and no school is a whole step from its quota. The method is not monotone: a
/// school can get one step less of a larger pool. With 600, 600 and 200 pupils and a step of 1.00, a pool of 10 gives 4,
/// 4 and 2, and a pool of 11 gives 5, 5 and 1. Draft the pool that you have, and compare before you approve.
#[utoipa::path(tag = "allocations", request_body = NewAllocationBody, responses((status = 201, body = AllocationBody)))]
#[post("/allocations")]
async fn draft(call: Call, body: Body<NewAllocationBody>) -> Answer {
    let caller = call.allow(MANAGER)?;
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
#[utoipa::path(tag = "allocations", params(("id" = AllocationId, Path)), responses((status = 200, body = AllocationBody)))]
#[get("/allocations/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow(HUB_AND_LEADS)?;
    reply(visible(&caller, &mut caller.read().await?).await?).map(Reply::into_response)
}

/// Computes a draft again, by wholly new rules; a drafted adjustment has a command of its own
#[utoipa::path(tag = "allocations", params(("id" = AllocationId, Path), Changes), request_body = NewAllocationBody, responses((status = 200, body = AllocationBody)))]
#[patch("/allocations/{id}")]
async fn recompute(call: Call, body: Body<NewAllocationBody>) -> Answer {
    let caller = call.allow(MANAGER)?;
    let (new, version) = (body.parse()?, caller.if_match()?);
    caller
        .write(body.bytes(), async |journal| {
            let old = visible(&caller, journal.tx()).await?;
            reply(allocation::recompute(journal, old.id, version, &new.checked()?).await?)
        })
        .await
}

/// Throws a draft away
#[utoipa::path(tag = "allocations", params(("id" = AllocationId, Path), Changes), responses((status = 204)))]
#[delete("/allocations/{id}")]
async fn discard(call: Call) -> Answer {
    let caller = call.allow(MANAGER)?;
    let (id, version) = (caller.id("id")?, caller.if_match()?);
    caller
        .write(&[], async |journal| {
            allocation::discard(journal, id, version).await?;
            Ok(Reply::nothing())
        })
        .await
}

/// Posts a draft to the wallets of the schools, once
#[utoipa::path(tag = "allocations", params(("id" = AllocationId, Path), MovesCredits, Changes), responses((status = 200, body = AllocationBody)))]
#[post("/allocations/{id}/approve")]
async fn approve(call: Call) -> Answer {
    let caller = call.allow(MANAGER)?;
    let (id, version) = (caller.id("id")?, caller.if_match()?);
    caller.write_keyed(&[], async |journal| reply(allocation::approve(journal, id, version).await?)).await
}

/// The allocation of the path, where the caller may see it: a lead, when it is past the draft.
async fn visible(caller: &Caller, tx: &mut Tx) -> Result<Allocation, Problem> {
    let allocation = allocation::get(tx, caller.hub(), caller.id("id")?).await?;
    allocation.filter(|found| caller.sees_hub() || found.state != State::Draft).ok_or_else(Problem::not_found)
}

fn reply(allocation: Allocation) -> Result<Reply, Problem> {
    let version = allocation.version;
    Ok(Reply::ok(&AllocationBody::from(allocation))?.with_version(version))
}
