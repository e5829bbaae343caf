//! `/v1/hub`, the caller's hub and its settings; `/v1/hubs`, the operator's.

use std::convert::identity;

use actix_web::{get, patch, post};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::ids::HubId;
use crate::base::text::{Email, Line};
use crate::members::hubs::{self, Hub};
use crate::members::people::{self, Person};
use crate::web::body::{Body, path_id};
use crate::web::call::Call;
use crate::web::hub_change::HubChange;
use crate::web::links;
use crate::web::openapi::Changes;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{self, Page, PageQuery, Reply, Table};
use crate::web::roles::{EVERYONE, MANAGER};
use crate::web::secret::Secret;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(get_hub).service(change).service(list).service(create).service(name_manager);
}

impl Table for Hub {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "name",
        "step",
        "credit_value_pence",
        "returned_share_percent",
        "four_eyes",
        "approval_days",
        "smallest_group",
        "totp_for_managers",
        "retention_years",
        "audit_days",
        "public_programme",
        "colour",
        "created_at",
    ];
}

/// The caller's hub
#[utoipa::path(tag = "hub", responses((status = 200, body = Hub)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/hub")]
async fn get_hub(call: Call) -> Answer {
    let caller = call.allow()?;
    let hub = hubs::get(&mut caller.read().await?, caller.hub()).await?.ok_or_else(Problem::not_found)?;
    Ok(Reply::ok(&hub)?.with_version(hub.version).into_response())
}

/// Changes the settings of the hub
#[utoipa::path(tag = "hub", params(Changes), request_body = HubChange, responses((status = 200, body = Hub)), extensions(("x-roles" = json!(MANAGER))))]
#[patch("/hub")]
async fn change(call: Call, body: Body<HubChange>) -> Answer {
    let caller = call.allow()?;
    let (change, version) = (body.parse()?, caller.if_match()?);
    change.sense()?;
    if change.totp_for_managers.is_some() {
        caller.in_person("say how managers sign in")?;
    }
    caller
        .write(body.bytes(), async |journal| {
            let old = hubs::get(journal.tx(), caller.hub()).await?.ok_or_else(Problem::not_found)?;
            let settings = change.over(old);
            let hub = people::change_hub(journal, version, settings, change.four_eyes).await?;
            Ok(Reply::ok(&hub)?.with_version(hub.version))
        })
        .await
}

/// Every hub of the deployment; for the operator
#[utoipa::path(tag = "hub", params(PageQuery), responses((status = 200, body = Page<Hub>)), extensions(("x-roles" = json!(["operator"]))))]
#[get("/hubs")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let (uri, as_rows, query) = (call.uri().clone(), call.wants_file().is_some(), call.query::<PageQuery>());
    let app = call.allow_operator()?;
    let (after, limit) = query?.read()?;
    let rows = hubs::list(&mut app.db.read_everywhere().await?, after, limit.and_one()).await?;
    reply::list(rows, limit, as_rows, &uri, |hub| hub.id, identity)
}

/// A hub to be created.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewHub)]
struct NewHub {
    /// The hub's name, unique in the deployment.
    name: Line,
    /// The name of the first hub manager.
    manager_name: Line,
    /// The e-mail address of the first hub manager.
    manager_email: Email,
}

/// A hub that was created, and its first manager's way in.
#[derive(Serialize, ToSchema)]
#[schema(as = FoundedHub)]
struct FoundedHub {
    /// The hub that was founded.
    hub: Hub,
    /// The first manager's single-use link, valid for seven days.
    link: Secret,
}

/// Creates a hub and its first manager; for the operator. The name is unique, so doing it twice is refused
#[utoipa::path(tag = "hub", request_body = NewHub, responses((status = 201, body = FoundedHub)), extensions(("x-roles" = json!(["operator"]))))]
#[post("/hubs")]
async fn create(call: Call, body: Body<NewHub>) -> Answer {
    let origin = call.origin();
    let app = call.allow_operator()?;
    let new = body.parse()?;
    let (hub, secret) =
        people::found_hub(&app.db, new.name, new.manager_name, new.manager_email, &origin, app.clock.now()).await?;
    let link = links::invitation(&app.settings.public_url, &secret);
    Ok(Reply::created("/v1/hub".to_owned(), &FoundedHub { hub, link: Secret(link) })?.into_response())
}

/// A hub manager to be named.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewManager)]
struct NewManager {
    /// The e-mail address: of somebody in the hub, or of somebody new.
    email: Email,
    /// The name of a new person; the part of the address before the @ where it is not sent.
    name: Option<Line>,
}

/// A hub manager, and their way in.
#[derive(Serialize, ToSchema)]
#[schema(as = NamedManager)]
struct NamedManager {
    /// The manager who was named.
    person: Person,
    /// The manager's single-use link, valid for seven days.
    link: Secret,
}

/// Names a hub manager; for the operator
///
/// Whoever has the address becomes hub manager and is enabled; where nobody has it, they are added. This is the way
/// back into a hub whose own managers can't get in.
#[utoipa::path(tag = "hub", params(("id" = HubId, Path)), request_body = NewManager, responses((status = 201, body = NamedManager)), extensions(("x-roles" = json!(["operator"]))))]
#[post("/hubs/{id}/managers")]
async fn name_manager(call: Call, request: actix_web::HttpRequest, body: Body<NewManager>) -> Answer {
    let origin = call.origin();
    let app = call.allow_operator()?;
    let (id, NewManager { email, name }) = (path_id(&request, "id")?, body.parse()?);
    let (person, secret) = people::name_manager(&app.db, id, email, name, &origin, app.clock.now()).await?;
    let link = links::invitation(&app.settings.public_url, &secret);
    let (location, person) = (format!("/v1/people/{}", person.id), person);
    Ok(Reply::created(location, &NamedManager { person, link: Secret(link) })?.into_response())
}
