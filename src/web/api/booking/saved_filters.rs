//! `/v1/me/saved-filters`: what the caller looks for in the catalogue, under names of their own.

use std::convert::identity;

use actix_web::{delete, get, patch, post};
use utoipa::ToSchema;

use crate::base::ids::{PriorityId, SavedFilterId};
use crate::base::month::Month;
use crate::base::text::Line;
use crate::booking::saved_filters::{self, FilterChange, SavedFilter, Sought};
use crate::members::schools::Phase;
use crate::programme::programmes::Kind;
use crate::programme::programmes::catalogue::PlacesLeft;
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::openapi::Changes;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Page, PageQuery, Reply, Table, no_such_page};
use crate::web::roles::EVERYONE;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(save).service(get_one).service(change).service(remove);
}

impl Table for SavedFilter {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "name",
        "text",
        "kind",
        "phase",
        "priority_id",
        "from_month",
        "to_month",
        "places_left",
        "free",
        "alert",
        "saved_at",
    ];
}

/// The caller's saved filters, in the order of their names
#[utoipa::path(tag = "saved-filters", params(PageQuery), responses((status = 200, body = Page<SavedFilter>)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/me/saved-filters")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let (after, limit) = caller.query::<PageQuery>()?.read()?;
    let mut rows = saved_filters::list(&mut caller.read().await?, caller.hub(), caller.person.id).await?;
    // There are few, so they are read whole.
    if let Some(after) = after {
        let last = rows.iter().position(|filter| filter.id == after).ok_or_else(no_such_page)?;
        rows.drain(..=last);
    }
    rows.truncate(usize::try_from(limit.and_one()).unwrap_or(usize::MAX));
    caller.list(rows, limit, |filter| filter.id, identity)
}

/// A filter to be saved. What is left out is not asked for.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSavedFilter)]
struct NewFilterBody {
    /// What it is called, unique among the caller's.
    name: Line,
    /// With these words in a title, the description or a speaker's name, ignoring case.
    text: Option<Line>,
    /// Of this kind.
    kind: Option<Kind>,
    /// For this phase.
    phase: Option<Phase>,
    /// Of this priority.
    priority_id: Option<PriorityId>,
    /// Starting in this month, or later.
    from_month: Option<Month>,
    /// Starting in this month, or earlier.
    to_month: Option<Month>,
    /// With a free place, or without.
    places_left: Option<PlacesLeft>,
    /// Whether only what costs the caller's school nothing is looked for; not where it is not sent.
    free: Option<bool>,
    /// Whether the caller is told of events that become bookable to them and fit; not where it is not sent. Only those
    /// who can book are told.
    alert: Option<bool>,
}

/// Saves what the caller looks for in the catalogue: at most 20 filters
#[utoipa::path(tag = "saved-filters", request_body = NewFilterBody, responses((status = 201, body = SavedFilter)), extensions(("x-roles" = json!(EVERYONE))))]
#[post("/me/saved-filters")]
async fn save(call: Call, body: Body<NewFilterBody>) -> Answer {
    let caller = call.allow()?;
    let NewFilterBody { name, text, kind, phase, priority_id, from_month, to_month, places_left, free, alert } =
        body.parse()?;
    let free = free.unwrap_or(false);
    let sought = Sought { text, kind, phase, priority_id, from_month, to_month, places_left, free };
    caller
        .write(body.bytes(), async |journal| {
            let new = (name.clone(), sought.clone(), alert.unwrap_or(false));
            let filter = saved_filters::save(journal, &caller.person, new).await?;
            Ok(Reply::created(format!("/v1/me/saved-filters/{}", filter.id), &filter)?.with_version(filter.version))
        })
        .await
}

/// One of the caller's saved filters
#[utoipa::path(tag = "saved-filters", params(("id" = SavedFilterId, Path)), responses((status = 200, body = SavedFilter)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/me/saved-filters/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let (hub, me, id) = (caller.hub(), caller.person.id, caller.id("id")?);
    let filter = saved_filters::get(&mut caller.read().await?, hub, me, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Reply::ok(&filter)?.with_version(filter.version).into_response())
}

/// What may be changed of a saved filter; what is left out stays.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SavedFilterChange)]
struct FilterChangeBody {
    /// What it is to be called.
    name: Option<Line>,
    /// Whether the caller is to be told.
    alert: Option<bool>,
}

/// Renames a saved filter, or says whether the caller is told by it
#[utoipa::path(tag = "saved-filters", params(("id" = SavedFilterId, Path), Changes), request_body = FilterChangeBody, responses((status = 200, body = SavedFilter)), extensions(("x-roles" = json!(EVERYONE))))]
#[patch("/me/saved-filters/{id}")]
async fn change(call: Call, body: Body<FilterChangeBody>) -> Answer {
    let caller = call.allow()?;
    let (FilterChangeBody { name, alert }, version, id) = (body.parse()?, caller.if_match()?, caller.id("id")?);
    caller
        .write(body.bytes(), async |journal| {
            let change = FilterChange { name: name.clone(), alert };
            let filter = saved_filters::change(journal, &caller.person, (id, version), change).await?;
            Ok(Reply::ok(&filter)?.with_version(filter.version))
        })
        .await
}

/// Removes a saved filter
#[utoipa::path(tag = "saved-filters", params(("id" = SavedFilterId, Path)), responses((status = 204)), extensions(("x-roles" = json!(EVERYONE))))]
#[delete("/me/saved-filters/{id}")]
async fn remove(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            saved_filters::remove(journal, caller.person.id, caller.id("id")?).await?;
            Ok(Reply::nothing())
        })
        .await
}
