//! `/v1/years/{year}/figures`: what became of the hub's credits in a year, and how full its events are.

use actix_web::get;
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::year::AcademicYear;
use crate::members::years;
use crate::reports::{self, Booked, MonthFigures};
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::HUB;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(show);
}

/// A year in figures.
#[derive(Serialize, ToSchema)]
#[schema(as = YearFigures)]
struct FiguresBody {
    /// The academic year.
    year: AcademicYear,
    /// Allocated to its wallets, less what was taken back.
    allocated: Credits,
    /// Paid for places and support, held no more, and not given back.
    spent: Credits,
    /// Paid for places and support that may still come back.
    held: Credits,
    /// Lapsed at its close or after.
    lapsed: Credits,
    /// Left in its wallets.
    available: Credits,
    /// Carried in from the year before.
    carried_in: Credits,
    /// Carried over to the next year.
    carried_over: Credits,
    /// Month by month, from September up to this month, or to August of a year that is over.
    months: Vec<MonthFigures>,
    /// Its events and their places.
    booked: Booked,
}

/// A year in figures: its credits, also month by month, and its places
#[utoipa::path(tag = "years", params(("year" = AcademicYear, Path)), responses((status = 200, body = FiguresBody)), extensions(("x-roles" = json!(HUB))))]
#[get("/years/{year}/figures")]
async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let (year, today, hub) = (caller.year("year")?, london_date(caller.now()), caller.hub());
    let mut tx = caller.read().await?;
    years::get(&mut tx, hub, year).await?.ok_or_else(Problem::not_found)?;
    let figures = reports::year_figures(&mut tx, hub, year, today).await?;
    let sums = figures.sums;
    let body = FiguresBody {
        year,
        allocated: sums.allocated,
        spent: sums.spent,
        held: sums.held,
        lapsed: sums.lapsed,
        available: sums.available,
        carried_in: sums.carried_in,
        carried_over: sums.carried_over,
        months: figures.months,
        booked: figures.booked,
    };
    Ok(Reply::ok(&body)?.into_response())
}
