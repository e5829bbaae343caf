//! `/v1/schools`: the schools of the hub, and their import from a file.

use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::clock::london_date;
use crate::base::ids::SchoolId;
use crate::base::text::{Change, Day, Line, Urn};
use crate::members::schools::{self, Details, Filter, Membership, Order, Phase, School, csv_file};
use crate::web::body::{Body, CsvFile, Flag};
use crate::web::call::Call;
use crate::web::imports::{self, ImportQuery, ImportedBody};
use crate::web::openapi::Changes;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::{HUB_AND_SCHOOLS, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(create).service(import).service(get_one).service(change);
}

/// A school of the hub.
#[derive(Serialize, ToSchema)]
#[schema(as = School)]
struct SchoolBody {
    #[serde(flatten)]
    #[schema(inline)]
    school: School,
    /// The URN by which it was found, and when it had that; only where `urn` was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    found_by: Option<FoundBy>,
}

/// A URN that a school has or had.
#[derive(Serialize, ToSchema)]
#[schema(as = FormerUrn)]
struct FoundBy {
    /// The URN that was asked for.
    urn: Line,
    /// The first day on which the school had it; null from the beginning.
    from: Option<NaiveDate>,
    /// The first day on which the school did not have it any more; null where it still does.
    until: Option<NaiveDate>,
}

impl Table for SchoolBody {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "urn",
        "name",
        "phase",
        "establishment_type",
        "local_authority",
        "membership",
        "joined_on",
        "left_on",
        "successor_id",
        "created_at",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Of this phase.
    phase: Option<Phase>,
    /// With this membership.
    membership: Option<Membership>,
    /// Of the local authority of this name.
    local_authority: Option<Line>,
    /// With this in their name; capitals, accents, apostrophes and full stops make no difference, and St is Saint.
    text: Option<Line>,
    /// `true`: only those that are members today.
    current: Option<Flag>,
    /// That have this URN, or had it at any time: `found_by` says when.
    urn: Option<Urn>,
    /// Whose place this school took.
    successor_id: Option<SchoolId>,
    /// In this order: by name where it is not sent.
    sort: Option<Order>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before, in the same order.
    after: Option<String>,
}

/// The schools of the hub by name
#[utoipa::path(tag = "schools", params(Query), responses((status = 200, body = Page<SchoolBody>)), extensions(("x-roles" = json!(HUB_AND_SCHOOLS))))]
#[get("/schools")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query {
        phase,
        membership,
        local_authority,
        text,
        current,
        urn,
        successor_id: successor,
        sort: order,
        limit,
        after,
    } = caller.query()?;
    let (after, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let member_on = current.filter(|current| current.is_true()).map(|_| london_date(caller.now()));
    let mut tx = caller.read().await?;
    let had = match &urn {
        Some(urn) => schools::holders(&mut tx, caller.hub(), urn).await?,
        None => Vec::new(),
    };
    let filter = Filter { phase, membership, local_authority, text, member_on, urn, successor, order };
    let rows = schools::list(&mut tx, caller.hub(), &filter, after, limit.and_one()).await?;
    caller.list(
        rows,
        limit,
        |school| (school.details.name.key(), school.id),
        |school| {
            let found_by = had.iter().rfind(|identifier| identifier.school_id == school.id).map(|identifier| FoundBy {
                urn: identifier.value.clone(),
                from: identifier.spell.valid_from,
                until: identifier.spell.valid_until,
            });
            SchoolBody { school, found_by }
        },
    )
}

/// A school to be added.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSchool)]
struct NewSchool {
    /// The Department for Education's Unique Reference Number, unique in the hub.
    urn: Urn,
    /// The school's name.
    name: Line,
    /// The phase: which pupils it is for.
    phase: Phase,
    /// Academy, voluntary aided school and so on.
    establishment_type: Option<Line>,
    /// The name of its local authority.
    local_authority: Option<Line>,
    /// The membership; `full` where it is not sent.
    membership: Option<Membership>,
    /// When it joined the hub.
    joined_on: Option<Day>,
    /// The first day on which it is not a member any more.
    left_on: Option<Day>,
}

/// Adds a school to the hub
#[utoipa::path(tag = "schools", request_body = NewSchool, responses((status = 201, body = SchoolBody)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/schools")]
async fn create(call: Call, body: Body<NewSchool>) -> Answer {
    let caller = call.allow()?;
    let new = body.parse()?;
    let details = Details {
        urn: new.urn,
        name: new.name,
        phase: new.phase,
        establishment_type: new.establishment_type,
        local_authority: new.local_authority,
        membership: new.membership.unwrap_or(Membership::Full),
        joined_on: new.joined_on.map(|day| day.0),
        left_on: new.left_on.map(|day| day.0),
    };
    caller
        .write(body.bytes(), async |journal| {
            let school = schools::create(journal, details.clone()).await?;
            Ok(Reply::created(format!("/v1/schools/{}", school.id), &school)?.with_version(school.version))
        })
        .await
}

/// One school
#[utoipa::path(tag = "schools", params(("id" = SchoolId, Path)), responses((status = 200, body = SchoolBody)), extensions(("x-roles" = json!(HUB_AND_SCHOOLS))))]
#[get("/schools/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let school = schools::get(&mut caller.read().await?, caller.hub(), caller.id("id")?).await?;
    let school = school.ok_or_else(Problem::not_found)?;
    Ok(Reply::ok(&school)?.with_version(school.version).into_response())
}

/// What may be changed of a school; what is not sent stays, and null clears what may be empty.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SchoolChange)]
struct SchoolChange {
    /// The Department for Education's number, to correct one that was recorded by mistake: a new one from a day on goes
    /// to `/v1/schools/{id}/identifiers`.
    urn: Option<Urn>,
    /// The school's new name.
    name: Option<Line>,
    /// The phase: which pupils it is for.
    phase: Option<Phase>,
    /// Academy, voluntary aided school and so on.
    #[serde(default)]
    #[schema(value_type = Option<Line>)]
    establishment_type: Change<Line>,
    /// The name of its local authority.
    #[serde(default)]
    #[schema(value_type = Option<Line>)]
    local_authority: Change<Line>,
    /// How closely it belongs to the hub.
    membership: Option<Membership>,
    /// When it joined the hub.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    joined_on: Change<Day>,
    /// The first day on which it is not a member any more.
    #[serde(default)]
    #[schema(value_type = Option<Day>)]
    left_on: Change<Day>,
}

impl SchoolChange {
    fn over(&self, old: Details) -> Details {
        Details {
            urn: self.urn.clone().unwrap_or(old.urn),
            name: self.name.clone().unwrap_or(old.name),
            phase: self.phase.unwrap_or(old.phase),
            establishment_type: self.establishment_type.clone().over(old.establishment_type),
            local_authority: self.local_authority.clone().over(old.local_authority),
            membership: self.membership.unwrap_or(old.membership),
            joined_on: self.joined_on.over(old.joined_on.map(Day)).map(|day| day.0),
            left_on: self.left_on.over(old.left_on.map(Day)).map(|day| day.0),
        }
    }
}

/// Changes a school
#[utoipa::path(tag = "schools", params(("id" = SchoolId, Path), Changes), request_body = SchoolChange, responses((status = 200, body = SchoolBody)), extensions(("x-roles" = json!(MANAGER))))]
#[patch("/schools/{id}")]
async fn change(call: Call, body: Body<SchoolChange>) -> Answer {
    let caller = call.allow()?;
    let (change, version) = (body.parse()?, caller.if_match()?);
    let id = caller.id("id")?;
    caller
        .write(body.bytes(), async |journal| {
            let old = schools::get(journal.tx(), caller.hub(), id).await?.ok_or_else(Problem::not_found)?;
            let school = schools::change(journal, id, version, change.over(old.details)).await?;
            Ok(Reply::ok(&school)?.with_version(school.version))
        })
        .await
}

/// Adds or updates the schools of a CSV file, by the URN that they had on the census date or have today
///
/// The columns are `urn`, `name`, `phase`, `establishment_type`, `local_authority`, `membership`, `joined_on`,
/// `pupils`, `census_date`, `establishment_status` and `closed_on`, or as GIAS calls them; only the first two are
/// required, and others are ignored. An empty cell leaves the record as it is. A school that is closed, by its status
/// or by a last day in the past, is not a member from the day after it; the hub does not add such a school, nor one
/// that is only proposed. A census in the future is refused. Dates are read as `2023-01-19`, or with the day first as
/// `19/01/2023`. Commas, semicolons and tabs between cells are recognised, as is Excel's line `sep=;`; UTF-8, UTF-16
/// and Windows-1252 are read. The answer says how the file was read, what was left unread, and why. A file has at most
/// 100,000 rows.
#[utoipa::path(
    tag = "schools",
    params(ImportQuery),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = ImportedBody)),
    extensions(("x-roles" = json!(MANAGER)))
)]
#[post("/schools/import")]
async fn import(call: Call, file: CsvFile) -> Answer {
    let caller = call.allow()?;
    let (options, mode) = caller.query::<ImportQuery>()?.options(london_date(caller.now()))?;
    let (digest, file) = imports::read(file, options, csv_file::schools).await?;
    caller
        .write(&digest, async |journal| {
            let imported = schools::import_parsed_schools(journal, &file, mode, &mut |_, _| {}).await?;
            Reply::ok(&ImportedBody::from(imported))
        })
        .await
}
