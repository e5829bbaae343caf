//! `/v1/priorities`: the lines of the Hub Action Plan.

use std::convert::identity;

use actix_web::{get, post};
use utoipa::ToSchema;

use crate::base::ids::PriorityId;
use crate::base::text::Line;
use crate::programme::programmes::priorities::{self, Priority};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{NamesQuery, Page, Reply, Table};
use crate::web::roles::{EVERYONE, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(create).service(get_one);
}

impl Table for Priority {
    const COLUMNS: &'static [&'static str] = &["id", "name", "created_at"];
}

/// The priorities of the Hub Action Plan by name
#[utoipa::path(tag = "priorities", params(NamesQuery), responses((status = 200, body = Page<Priority>)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/priorities")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let query: NamesQuery = caller.query()?;
    let (after, limit) = query.read()?;
    let text = query.text.as_ref();
    let rows = priorities::list(&mut caller.read().await?, caller.hub(), text, after, limit.and_one()).await?;
    caller.list(rows, limit, |priority| (priority.name.key(), priority.id), identity)
}

/// A priority to be added.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPriority)]
struct NewPriority {
    /// The text of the line; unique in the hub.
    name: Line,
}

/// Adds a priority to the Hub Action Plan
#[utoipa::path(tag = "priorities", request_body = NewPriority, responses((status = 201, body = Priority)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/priorities")]
async fn create(call: Call, body: Body<NewPriority>) -> Answer {
    let caller = call.allow()?;
    let new = body.parse()?;
    caller
        .write(body.bytes(), async |journal| {
            let priority = priorities::create(journal, new.name.clone()).await?;
            Reply::created(format!("/v1/priorities/{}", priority.id), &priority)
        })
        .await
}

/// One priority
#[utoipa::path(tag = "priorities", params(("id" = PriorityId, Path)), responses((status = 200, body = Priority)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/priorities/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let priority = priorities::get(&mut caller.read().await?, caller.hub(), caller.id("id")?).await?;
    Ok(Reply::ok(&priority.ok_or_else(Problem::not_found)?)?.into_response())
}
