//! `/v1/priorities`: the lines of the Hub Action Plan.

use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::body::Body;
use super::call::{Call, EVERYONE, MANAGER};
use super::problem::{Answer, Problem};
use super::reply::{NamesQuery, Page, Reply, Table};
use crate::ids::PriorityId;
use crate::programmes::priorities::{self, Priority};
use crate::text::Line;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(get_one);
}

/// A line of the Hub Action Plan.
#[derive(Serialize, ToSchema)]
#[schema(as = Priority)]
struct PriorityBody {
    /// The priority.
    id: PriorityId,
    /// What it says; unique in the hub.
    name: Line,
    /// When it was added.
    created_at: DateTime<Utc>,
}

impl From<Priority> for PriorityBody {
    fn from(Priority { id, name, created_at }: Priority) -> Self {
        PriorityBody { id, name, created_at }
    }
}

impl Table for PriorityBody {
    const COLUMNS: &'static [&'static str] = &["id", "name", "created_at"];
}

/// The priorities of the Hub Action Plan by name
#[utoipa::path(tag = "priorities", params(NamesQuery), responses((status = 200, body = Page<PriorityBody>)))]
#[get("/priorities")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow(EVERYONE)?;
    let query: NamesQuery = caller.query()?;
    let (after, limit) = query.read()?;
    let text = query.text.as_ref();
    let rows = priorities::list(&mut caller.read().await?, caller.hub(), text, after, limit.and_one()).await?;
    caller.list(rows, limit, |priority| (priority.name.key(), priority.id), PriorityBody::from)
}

/// A priority to be added.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPriority)]
struct NewPriority {
    /// What it says; unique in the hub.
    name: Line,
}

/// Adds a priority to the Hub Action Plan
#[utoipa::path(tag = "priorities", request_body = NewPriority, responses((status = 201, body = PriorityBody)))]
#[post("/priorities")]
async fn create(call: Call, body: Body<NewPriority>) -> Answer {
    let caller = call.allow(MANAGER)?;
    let new = body.parse()?;
    caller
        .write(body.bytes(), async |journal| {
            let priority = priorities::create(journal, new.name.clone()).await?;
            Reply::created(format!("/v1/priorities/{}", priority.id), &PriorityBody::from(priority))
        })
        .await
}

/// One priority
#[utoipa::path(tag = "priorities", params(("id" = PriorityId, Path)), responses((status = 200, body = PriorityBody)))]
#[get("/priorities/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow(EVERYONE)?;
    let priority = priorities::get(&mut caller.read().await?, caller.hub(), caller.id("id")?).await?;
    Ok(Reply::ok(&PriorityBody::from(priority.ok_or_else(Problem::not_found)?))?.into_response())
}
