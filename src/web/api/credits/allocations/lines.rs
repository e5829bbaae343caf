//! `/v1/allocations/{id}/lines`: what each school gets, and why.

use actix_web::get;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::visible;
use crate::base::credits::Credits;
use crate::base::ids::{AllocationId, SchoolId};
use crate::base::text::{Line, Urn};
use crate::credits::allocation::{self, AllocationLine, Bound, Weight};
use crate::members::schools::Phase;
use crate::web::call::Call;
use crate::web::problem::Answer;
use crate::web::reply::{Limit, Page, Table, read_cursor};
use crate::web::roles::HUB_AND_LEADS;

/// What one school gets, and why.
#[derive(Serialize, ToSchema)]
#[schema(as = AllocationLine)]
struct LineBody {
    /// The number of the line, from 1 in the order of the URNs.
    line: i64,
    /// The school that the line is for.
    school_id: SchoolId,
    /// The school's current URN.
    urn: Urn,
    /// The school's current name.
    name: Line,
    /// The school's current phase.
    phase: Phase,
    /// Pupils on roll at the census.
    pupils: i64,
    /// How much each pupil counts.
    weight: Weight,
    /// For how many whole months of the year the school is a member, or 12 where that does not count.
    months: i64,
    /// The school's exact share in credits, before floor, cap and rounding.
    #[schema(example = "123 45/678")]
    quota: String,
    /// The exact share as a decimal, cut off.
    #[schema(example = "123.066371")]
    quota_decimal: String,
    /// The share in whole steps, or the floor or cap that binds.
    rounded_down: Credits,
    /// Its rank by remainder among the schools at neither floor nor cap, from 1; the first get one step more.
    remainder_rank: Option<i64>,
    /// The floor or cap that replaced the share.
    bound: Option<Bound>,
    /// The credits that the school gets.
    credits: Credits,
    /// What the school was given before; nothing, unless the allocation adjusts another.
    was: Credits,
    /// The credits it gets, less what it was given before.
    difference: Credits,
    /// What is deducted for shortfalls of earlier years.
    deduction: Credits,
    /// How much of a negative difference its wallet gives back; for a draft, how much it could now.
    taken: Credits,
    /// What its wallet can't give back because it is spent; for a draft, as of now.
    shortfall: Credits,
    /// How much of the shortfall the allocations of later years have deducted.
    recovered: Credits,
    /// What moves to its wallet, or from it where negative: the difference, less the deduction, and the shortfall.
    posted: Credits,
}

/// How many decimals of a quota are shown.
const DECIMALS: u8 = 6;

impl From<AllocationLine> for LineBody {
    fn from(line: AllocationLine) -> Self {
        let (posted, difference) = (line.posted(), line.credits - line.was);
        let AllocationLine {
            line,
            school_id,
            urn,
            name,
            phase,
            pupils,
            weight,
            months,
            quota,
            rounded_down,
            remainder_rank,
            bound,
            credits,
            was,
            deduction,
            shortfall,
            recovered,
            ..
        } = line;
        let (quota, quota_decimal) = (quota.to_string(), quota.decimal(DECIMALS));
        LineBody {
            line,
            school_id,
            urn,
            name,
            phase,
            pupils,
            weight,
            months,
            quota,
            quota_decimal,
            rounded_down,
            remainder_rank,
            bound,
            credits,
            was,
            difference,
            deduction,
            taken: if posted < Credits::ZERO { -posted } else { Credits::ZERO },
            shortfall,
            recovered,
            posted,
        }
    }
}

impl Table for LineBody {
    const COLUMNS: &'static [&'static str] = &[
        "line",
        "urn",
        "name",
        "phase",
        "pupils",
        "weight",
        "months",
        "quota",
        "quota_decimal",
        "rounded_down",
        "remainder_rank",
        "bound",
        "credits",
        "was",
        "difference",
        "deduction",
        "taken",
        "shortfall",
        "recovered",
        "posted",
        "school_id",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Of this school; for a lead their own, or one whose place it took.
    school_id: Option<SchoolId>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// What each school gets, and why, in the order of the URNs; a lead sees their own school's line
#[utoipa::path(tag = "allocations", params(("id" = AllocationId, Path), Query), responses((status = 200, body = Page<LineBody>)), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/allocations/{id}/lines")]
pub(super) async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { school_id, limit, after } = caller.query()?;
    let (after, limit) = (read_cursor(after.as_deref())?.unwrap_or(0), limit.unwrap_or_default());
    let mut tx = caller.read().await?;
    let allocation = visible(&caller, &mut tx).await?;
    let school = caller.school_asked(&mut tx, school_id).await?;
    let rows = allocation::lines(&mut tx, caller.hub(), &allocation, school, after, limit.and_one()).await?;
    caller.list(rows, limit, |line| line.line, LineBody::from)
}
