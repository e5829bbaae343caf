//! `/v1/allocations/{id}/comparison`: an allocation compared with last year's, or with another one.

use actix_web::get;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::{AllocationId, SchoolId};
use crate::base::text::{Line, Urn};
use crate::base::year::AcademicYear;
use crate::credits::allocation::{self, Against, Allocation, ComparisonLine, ComparisonTotal, Presence, percent_more};
use crate::members::schools::Phase;
use crate::web::call::{Call, Caller};
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::HUB;

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// The allocation to compare with, in any state; all that was given in the year before, where it is not sent.
    against: Option<AllocationId>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// One school in both allocations.
#[derive(Serialize, ToSchema)]
#[schema(as = ComparisonLine)]
struct LineBody {
    /// The school compared.
    school_id: SchoolId,
    /// The school's current URN.
    urn: Urn,
    /// The school's current name.
    name: Line,
    /// The school's current phase.
    phase: Phase,
    /// Whether it is in both allocations, is new, or is gone.
    presence: Presence,
    /// Pupils in this allocation; null where the school has no line.
    pupils: Option<i64>,
    /// Pupils in the earlier allocation, the last where there are several; null where it had none.
    pupils_before: Option<i64>,
    /// Pupils now, less pupils before.
    pupils_difference: i64,
    /// Credits that the school gets by this allocation.
    credits: Option<Credits>,
    /// Credits that the school had before.
    credits_before: Option<Credits>,
    /// Credits now, less credits before.
    difference: Credits,
    /// The difference in per cent of what it had before, with two decimals; null where it had nothing.
    #[schema(example = "-3.25")]
    difference_percent: Option<String>,
}

impl From<ComparisonLine> for LineBody {
    fn from(line: ComparisonLine) -> Self {
        let presence = line.presence();
        let ComparisonLine { school_id, urn, name, phase, pupils, pupils_before, credits, credits_before } = line;
        let (now, before) = (credits.unwrap_or_default(), credits_before.unwrap_or_default());
        LineBody {
            school_id,
            urn,
            name,
            phase,
            presence,
            pupils,
            pupils_before,
            pupils_difference: pupils.unwrap_or(0) - pupils_before.unwrap_or(0),
            credits,
            credits_before,
            difference: now - before,
            difference_percent: percent_more(now.hundredths(), before.hundredths()),
        }
    }
}

impl Table for LineBody {
    const COLUMNS: &'static [&'static str] = &[
        "urn",
        "name",
        "phase",
        "presence",
        "pupils",
        "pupils_before",
        "pupils_difference",
        "credits",
        "credits_before",
        "difference",
        "difference_percent",
        "school_id",
    ];
}

/// Each school of an allocation now and before, in the order of the URNs; drafts can be compared too
#[utoipa::path(tag = "allocations", params(("id" = AllocationId, Path), Query), responses((status = 200, body = Page<LineBody>)), extensions(("x-roles" = json!(HUB))))]
#[get("/allocations/{id}/comparison")]
pub(super) async fn lines(call: Call) -> Answer {
    call.pages(lines_page).await
}

async fn lines_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { against, limit, after } = caller.query()?;
    let (after, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let mut tx = caller.read().await?;
    let (allocation, against) = both(&caller, &mut tx, against).await?;
    let rows = allocation::comparison(&mut tx, caller.hub(), allocation.id, against, after, limit.and_one()).await?;
    caller.list(rows, limit, |line| line.urn.clone(), LineBody::from)
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TotalQuery {
    /// The allocation to compare with, in any state; all that was given in the year before, where it is not sent.
    against: Option<AllocationId>,
}

/// The totals over all schools, now and before.
#[derive(Serialize, ToSchema)]
#[schema(as = Comparison)]
struct TotalBody {
    /// The allocation's id.
    allocation_id: AllocationId,
    /// The allocation's academic year.
    year: AcademicYear,
    /// The allocation that it is compared with; null where it is the year before.
    against: Option<AllocationId>,
    /// The year that it is compared with; null where an allocation was named.
    year_before: Option<AcademicYear>,
    /// How many schools this allocation has.
    schools: i64,
    /// How many schools the earlier allocation had.
    schools_before: i64,
    /// How many schools had nothing before.
    schools_new: i64,
    /// How many schools have nothing now.
    schools_gone: i64,
    /// Pupils in this allocation.
    pupils: i64,
    /// Pupils in the earlier allocation.
    pupils_before: i64,
    /// Pupils now, less pupils before.
    pupils_difference: i64,
    /// The difference in per cent of the pupils before, with two decimals; null where there were none.
    #[schema(example = "1.50")]
    pupils_difference_percent: Option<String>,
    /// Credits in this allocation.
    credits: Credits,
    /// Credits in the earlier allocation.
    credits_before: Credits,
    /// Credits now, less credits before.
    difference: Credits,
    /// The difference in per cent of the credits before, with two decimals; null where there were none.
    #[schema(example = "-3.25")]
    difference_percent: Option<String>,
}

/// An allocation as a whole, now and before
#[utoipa::path(tag = "allocations", params(("id" = AllocationId, Path), TotalQuery), responses((status = 200, body = TotalBody)), extensions(("x-roles" = json!(HUB))))]
#[get("/allocations/{id}/comparison/total")]
pub(super) async fn total(call: Call) -> Answer {
    let caller = call.allow()?;
    let TotalQuery { against } = caller.query()?;
    let mut tx = caller.read().await?;
    let (allocation, against) = both(&caller, &mut tx, against).await?;
    let total = allocation::comparison_total(&mut tx, caller.hub(), allocation.id, against).await?;
    let ComparisonTotal { schools, schools_before, new, gone, pupils, pupils_before, credits, credits_before } = total;
    let (named, year_before) = match against {
        Against::Year(year) => (None, Some(year)),
        Against::Allocation(id) => (Some(id), None),
        Against::Nothing => (None, None),
    };
    let body = TotalBody {
        allocation_id: allocation.id,
        year: allocation.year,
        against: named,
        year_before,
        schools,
        schools_before,
        schools_new: new,
        schools_gone: gone,
        pupils,
        pupils_before,
        pupils_difference: pupils - pupils_before,
        pupils_difference_percent: percent_more(pupils, pupils_before),
        credits,
        credits_before,
        difference: credits - credits_before,
        difference_percent: percent_more(credits.hundredths(), credits_before.hundredths()),
    };
    Ok(Reply::ok(&body)?.into_response())
}

/// The allocation of the path, and what it is compared with.
async fn both(caller: &Caller, tx: &mut Tx, against: Option<AllocationId>) -> Result<(Allocation, Against), Problem> {
    let allocation = allocation::get(tx, caller.hub(), caller.id("id")?).await?.ok_or_else(Problem::not_found)?;
    let against = match against {
        None => allocation.year.before().map_or(Against::Nothing, Against::Year),
        Some(other) => {
            let unknown = || Problem::field("against", "unknown", "there is no such allocation");
            Against::Allocation(allocation::get(tx, caller.hub(), other).await?.ok_or_else(unknown)?.id)
        }
    };
    Ok((allocation, against))
}
