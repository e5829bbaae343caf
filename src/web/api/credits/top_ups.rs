//! `/v1/top-ups`: credits sold to schools for money.

use std::convert::identity;

use actix_web::{get, post};
use utoipa::{IntoParams, ToSchema};

use crate::base::credits::Amount;
use crate::base::ids::{SchoolId, TopUpId};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::credits::allocation::Pounds;
use crate::credits::top_ups::{self, Filter, NewTopUp, State, TopUp};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::openapi::MovesCredits;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::{HUB_AND_LEADS, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(sell).service(get_one);
}

impl Table for TopUp {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "school_name",
        "year",
        "amount",
        "invoice_reference",
        "gbp",
        "state",
        "sold_at",
        "school_id",
        "transaction_id",
        "reversed_by",
        "sold_by",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// To this school.
    school_id: Option<SchoolId>,
    /// For this academic year.
    year: Option<AcademicYear>,
    /// In this state.
    state: Option<State>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The credits that were sold, the oldest sale first; for a lead, to their school
#[utoipa::path(tag = "top-ups", params(Query), responses((status = 200, body = Page<TopUp>)), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/top-ups")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { school_id, year, state, limit, after } = caller.query()?;
    if school_id.is_some_and(|school| !caller.sees_school(school)) {
        return Err(Problem::not_found());
    }
    let (after, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let filter = Filter { school: caller.own_school().or(school_id), year, state };
    let rows = top_ups::list(&mut caller.read().await?, caller.hub(), filter, after, limit.and_one()).await?;
    caller.list(rows, limit, |top_up| top_up.id, identity)
}

/// Credits to be sold to a school.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTopUp)]
struct NewTopUpBody {
    /// The school that buys them.
    school_id: SchoolId,
    /// The open year of the allocated wallet that they go to; the current one where it is not sent.
    year: Option<AcademicYear>,
    /// How many credits are sold.
    amount: Amount,
    /// The reference of the invoice: an invoice sells once.
    invoice_reference: Line,
    /// The price that the school pays.
    gbp: Option<Pounds>,
}

/// Sells credits to a school, by an invoice: they are in its wallet at once
///
/// A mistake is undone by reversing the transaction. The reference of an invoice stays used.
#[utoipa::path(tag = "top-ups", params(MovesCredits), request_body = NewTopUpBody, responses((status = 201, body = TopUp)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/top-ups")]
async fn sell(call: Call, body: Body<NewTopUpBody>) -> Answer {
    let caller = call.allow()?;
    let NewTopUpBody { school_id: school, year, amount, invoice_reference, gbp: price } = body.parse()?;
    let new = NewTopUp { school, year, amount, invoice_reference, price };
    caller
        .write_keyed(body.bytes(), async |journal| {
            let sold = top_ups::sell(journal, &new).await?;
            Reply::created(format!("/v1/top-ups/{}", sold.id), &sold)
        })
        .await
}

/// One sale
#[utoipa::path(tag = "top-ups", params(("id" = TopUpId, Path)), responses((status = 200, body = TopUp)), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/top-ups/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let top_up = top_ups::get(&mut caller.read().await?, caller.hub(), caller.id("id")?).await?;
    let top_up = top_up.filter(|top_up| caller.sees_school(top_up.school_id)).ok_or_else(Problem::not_found)?;
    Ok(Reply::ok(&top_up)?.into_response())
}
