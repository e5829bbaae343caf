//! `/v1/schools/{id}/rolls` and `/v1/rolls/import`: pupils on roll.

use std::convert::identity;

use actix_web::{get, post};
use utoipa::ToSchema;

use crate::base::clock::london_date;
use crate::base::ids::SchoolId;
use crate::base::text::Day;
use crate::members::schools::{self, MOST_PUPILS, Recorded, Roll, csv_file};
use crate::web::body::{Body, CsvFile};
use crate::web::call::Call;
use crate::web::imports::{self, ImportQuery, ImportedBody};
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Page, PageQuery, Reply, Table};
use crate::web::roles::{HUB_AND_LEADS, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(record).service(import);
}

impl Table for Roll {
    const COLUMNS: &'static [&'static str] =
        &["school_id", "census_date", "revision", "pupils", "recorded_at", "recorded_by"];
}

/// All recorded rolls of a school, the newest census and its newest revision first
#[utoipa::path(tag = "rolls", params(("id" = SchoolId, Path), PageQuery), responses((status = 200, body = Page<Roll>)), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/schools/{id}/rolls")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let id = caller.id("id")?;
    let ((after, limit), mut tx) = (caller.query::<PageQuery>()?.read()?, caller.read().await?);
    if !caller.sees_past_of(&mut tx, id).await? {
        return Err(Problem::not_found());
    }
    schools::get(&mut tx, caller.hub(), id).await?.ok_or_else(Problem::not_found)?;
    let rows = schools::rolls(&mut tx, caller.hub(), id, after, limit.and_one()).await?;
    caller.list(rows, limit, |roll| (roll.census_date, roll.revision), identity)
}

/// A roll to be recorded.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRoll)]
struct NewRoll {
    /// The day the pupils were counted.
    census_date: Day,
    /// Pupils on roll.
    #[schema(maximum = 100_000)]
    pupils: u32,
}

/// Records a school's roll: a new revision (201), or nothing where the newest says the same (200)
#[utoipa::path(
    tag = "rolls",
    params(("id" = SchoolId, Path)),
    request_body = NewRoll,
    responses((status = 200, body = Roll), (status = 201, body = Roll)),
    extensions(("x-roles" = json!(MANAGER)))
)]
#[post("/schools/{id}/rolls")]
async fn record(call: Call, body: Body<NewRoll>) -> Answer {
    let caller = call.allow()?;
    let NewRoll { census_date, pupils } = body.parse()?;
    if pupils > MOST_PUPILS {
        return Err(Problem::field("/pupils", "invalid", format!("must be at most {MOST_PUPILS}")));
    }
    let id: SchoolId = caller.id("id")?;
    caller
        .write(body.bytes(), async |journal| match schools::record_roll(journal, id, census_date.0, pupils).await? {
            Recorded::New(roll) => Reply::created(format!("/v1/schools/{id}/rolls"), &roll),
            Recorded::Unchanged(roll) => Reply::ok(&roll),
        })
        .await
}

/// Records the rolls of a CSV file
///
/// The columns are `urn`, `pupils` and `census_date`, which may be given for the whole file instead; others are
/// ignored, and rows without pupils are passed over. A number that is already recorded changes nothing, another one is
/// a new revision. A census in the future is refused. Dates are read as `2023-01-19`, or with the day first as
/// `19/01/2023`. Commas, semicolons and tabs between cells are recognised, as is Excel's line `sep=;`; UTF-8, UTF-16
/// and Windows-1252 are read. The answer says how the file was read, what was left unread, and why. A file has at most
/// 100,000 rows.
#[utoipa::path(
    tag = "rolls",
    params(ImportQuery),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = ImportedBody)),
    extensions(("x-roles" = json!(MANAGER)))
)]
#[post("/rolls/import")]
async fn import(call: Call, file: CsvFile) -> Answer {
    let caller = call.allow()?;
    let (options, mode) = caller.query::<ImportQuery>()?.options(london_date(caller.now()))?;
    let (digest, file) = imports::read(file, options, csv_file::rolls).await?;
    caller
        .write(&digest, async |journal| {
            let imported = schools::import_parsed_rolls(journal, &file, mode, &mut |_, _| {}).await?;
            Reply::ok(&ImportedBody::from(imported))
        })
        .await
}
