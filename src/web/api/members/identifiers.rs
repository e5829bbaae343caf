//! `/v1/schools/{id}/identifiers`: the numbers that a school is known by, each for a period.

use actix_web::{get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::ids::{PersonId, SchoolId};
use crate::base::text::{Day, Line};
use crate::members::schools::{self, Identifier, NewIdentifier, Scheme};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Page, PageQuery, Reply, Table};
use crate::web::roles::{HUB_AND_SCHOOLS, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(add);
}

/// A number that a school is known by.
#[derive(Serialize, ToSchema)]
#[schema(as = SchoolIdentifier)]
struct IdentifierBody {
    /// The scheme that the number is of.
    scheme: Scheme,
    /// The number itself.
    value: Line,
    /// The first day on which it is valid; null from the beginning.
    from: Option<NaiveDate>,
    /// The first day on which it is not valid any more; null where it still is.
    until: Option<NaiveDate>,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// Who recorded it; null on the command line.
    recorded_by: Option<PersonId>,
}

impl From<Identifier> for IdentifierBody {
    fn from(identifier: Identifier) -> Self {
        let Identifier { school_id: _, scheme, number: _, value, spell, recorded_at, recorded_by } = identifier;
        IdentifierBody { scheme, value, from: spell.valid_from, until: spell.valid_until, recorded_at, recorded_by }
    }
}

impl Table for IdentifierBody {
    const COLUMNS: &'static [&'static str] = &["scheme", "value", "from", "until", "recorded_at", "recorded_by"];
}

/// Every number that a school has or had, by scheme, the oldest first
#[utoipa::path(tag = "schools", params(("id" = SchoolId, Path), PageQuery), responses((status = 200, body = Page<IdentifierBody>)), extensions(("x-roles" = json!(HUB_AND_SCHOOLS))))]
#[get("/schools/{id}/identifiers")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let ((after, limit), mut tx) = (caller.query::<PageQuery>()?.read()?, caller.read().await?);
    let school = schools::get(&mut tx, caller.hub(), caller.id("id")?).await?.ok_or_else(Problem::not_found)?;
    let rows = schools::identifiers(&mut tx, caller.hub(), school.id, after, limit.and_one()).await?;
    caller.list(rows, limit, |identifier| (identifier.scheme, identifier.number), IdentifierBody::from)
}

/// A number to give to a school.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSchoolIdentifier)]
struct NewIdentifierBody {
    /// The scheme that the number is of.
    scheme: Scheme,
    /// The number: a URN of six digits, a UKPRN of eight, or a LAESTAB of seven.
    #[schema(value_type = String, example = "145475")]
    value: Line,
    /// The first day on which it is valid, today at the latest; the school's last number of the scheme ends then. From
    /// the beginning where it is not sent, which only the first of a scheme can be.
    from: Option<Day>,
}

/// Gives a school a number from a day on, such as its new URN when it becomes an academy
#[utoipa::path(tag = "schools", params(("id" = SchoolId, Path)), request_body = NewIdentifierBody, responses((status = 201, body = IdentifierBody)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/schools/{id}/identifiers")]
async fn add(call: Call, body: Body<NewIdentifierBody>) -> Answer {
    let caller = call.allow()?;
    let (id, NewIdentifierBody { scheme, value, from }) = (caller.id("id")?, body.parse()?);
    let new = NewIdentifier::new(scheme, value, from.map(|day| day.0))
        .map_err(|reason| Problem::field("/value", "invalid", reason))?;
    caller
        .write(body.bytes(), async |journal| {
            let identifier = schools::identify(journal, id, &new).await?;
            Reply::created(format!("/v1/schools/{id}/identifiers"), &IdentifierBody::from(identifier))
        })
        .await
}
