//! `/v1/years`: the academic years of the hub.

use std::convert::identity;

use actix_web::{get, post};
use utoipa::ToSchema;

use crate::base::year::AcademicYear;
use crate::members::years::{self, Year};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Page, PageQuery, Reply, Table};
use crate::web::roles::{EVERYONE, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(open).service(get_one);
}

impl Table for Year {
    const COLUMNS: &'static [&'static str] = &["year", "state", "created_at"];
}

/// The years of the hub, the earliest first
#[utoipa::path(tag = "years", params(PageQuery), responses((status = 200, body = Page<Year>)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/years")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let (after, limit) = caller.query::<PageQuery>()?.read()?;
    let rows = years::list(&mut caller.read().await?, caller.hub(), after, limit.and_one()).await?;
    caller.list(rows, limit, |year| year.year, identity)
}

/// A year to be opened.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewYear)]
struct NewYear {
    /// The academic year to open.
    year: AcademicYear,
}

/// Opens a year, so that it takes allocations, events and postings
#[utoipa::path(tag = "years", request_body = NewYear, responses((status = 201, body = Year)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/years")]
async fn open(call: Call, body: Body<NewYear>) -> Answer {
    let caller = call.allow()?;
    let NewYear { year } = body.parse()?;
    caller
        .write(body.bytes(), async |journal| {
            let opened = years::open(journal, year).await?;
            let location = format!("/v1/years/{}", year.to_string().replace('/', "-"));
            Ok(Reply::created(location, &opened)?.with_version(opened.version))
        })
        .await
}

/// One year
#[utoipa::path(tag = "years", params(("year" = AcademicYear, Path)), responses((status = 200, body = Year)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/years/{year}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let year = years::get(&mut caller.read().await?, caller.hub(), caller.year("year")?).await?;
    let year = year.ok_or_else(Problem::not_found)?;
    Ok(Reply::ok(&year)?.with_version(year.version).into_response())
}
