//! `/v1/hub`, the caller's hub and its settings; `/v1/hubs`, the operator's.

use actix_web::{get, patch, post};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::body::{Body, path_id};
use super::call::{Call, EVERYONE, MANAGER};
use super::openapi::Changes;
use super::people::PersonBody;
use super::problem::{Answer, Problem};
use super::reply::{self, Page, PageQuery, Reply, Table};
use super::secret::Secret;
use crate::credits::Credits;
use crate::hubs::{self, Hub, Settings};
use crate::ids::{HubId, PersonId};
use crate::people;
use crate::text::{Email, Line};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_hub).service(change).service(list).service(create).service(name_manager);
}

/// A hub and its settings.
#[derive(Serialize, ToSchema)]
#[schema(as = Hub)]
struct HubBody {
    /// The hub.
    id: HubId,
    /// Its name.
    name: Line,
    /// Allocations are multiples of this.
    step: Credits,
    /// What one credit is worth, in pence.
    credit_value_pence: i64,
    /// How much of its funding the hub returns to its schools, in percent.
    returned_share_percent: i64,
    /// Whether an allocation must be approved by another hub manager than its author.
    four_eyes: bool,
    /// Who asked to switch that off: it is, when another hub manager sends the same change.
    four_eyes_off_asked_by: Option<PersonId>,
    /// How many working days a school has to decide on a request, before it expires.
    approval_days: i64,
    /// Evaluations of fewer people than this are not summed up.
    smallest_group: i64,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<Hub> for HubBody {
    fn from(hub: Hub) -> Self {
        let Hub {
            id,
            name,
            step,
            credit_value_pence,
            returned_share_percent,
            four_eyes,
            four_eyes_off_asked_by,
            approval_days,
            smallest_group,
            version: _,
            created_at,
        } = hub;
        HubBody {
            id,
            name,
            step,
            credit_value_pence,
            returned_share_percent,
            four_eyes,
            four_eyes_off_asked_by,
            approval_days,
            smallest_group,
            created_at,
        }
    }
}

impl Table for HubBody {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "name",
        "step",
        "credit_value_pence",
        "returned_share_percent",
        "four_eyes",
        "approval_days",
        "smallest_group",
        "created_at",
    ];
}

/// The caller's hub
#[utoipa::path(tag = "hub", responses((status = 200, body = HubBody)))]
#[get("/hub")]
async fn get_hub(call: Call) -> Answer {
    let caller = call.allow(EVERYONE)?;
    let hub = hubs::get(&mut caller.read().await?, caller.hub()).await?.ok_or_else(Problem::not_found)?;
    let version = hub.version;
    Ok(Reply::ok(&HubBody::from(hub))?.with_version(version).into_response())
}

/// What may be changed of a hub; what is not sent stays.
#[derive(Default, eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HubChange)]
struct HubChange {
    /// Its name.
    name: Option<Line>,
    /// `"1.00"`, `"0.50"` or `"0.01"`.
    step: Option<Credits>,
    /// What one credit is worth, in pence: 1 to 1000000.
    #[schema(minimum = 1, maximum = 1_000_000)]
    credit_value_pence: Option<u32>,
    /// In percent: 0 to 100.
    #[schema(minimum = 0, maximum = 100)]
    returned_share_percent: Option<u8>,
    /// Whether an allocation must be approved by another hub manager than its author. It is switched off by two: the
    /// first to send `false` asks for it, and it holds when another hub manager sends the same; `true` takes that back.
    four_eyes: Option<bool>,
    /// How many working days a school has to decide on a request from now on: 1 to 60.
    #[schema(minimum = 1, maximum = 60)]
    approval_days: Option<u8>,
    /// Evaluations of fewer people than this are not summed up: 1 to 100; 5 at first.
    #[schema(minimum = 1, maximum = 100)]
    smallest_group: Option<u8>,
}

/// Changes the settings of the hub
#[utoipa::path(tag = "hub", params(Changes), request_body = HubChange, responses((status = 200, body = HubBody)))]
#[patch("/hub")]
async fn change(call: Call, body: Body<HubChange>) -> Answer {
    let caller = call.allow(MANAGER)?;
    let (change, version) = (body.parse()?, caller.if_match()?);
    if change.step.is_some_and(|step| ![100, 50, 1].contains(&step.hundredths())) {
        return Err(Problem::field("/step", "invalid", "must be \"1.00\", \"0.50\" or \"0.01\""));
    }
    if change.credit_value_pence.is_some_and(|pence| !(1..=1_000_000).contains(&pence)) {
        return Err(Problem::field("/credit_value_pence", "invalid", "must be 1 to 1000000 pence"));
    }
    if change.returned_share_percent.is_some_and(|percent| percent > 100) {
        return Err(Problem::field("/returned_share_percent", "invalid", "must be 0 to 100 percent"));
    }
    if change.approval_days.is_some_and(|days| !(1..=60).contains(&days)) {
        return Err(Problem::field("/approval_days", "invalid", "must be 1 to 60 working days"));
    }
    if change.smallest_group.is_some_and(|people| !(1..=100).contains(&people)) {
        return Err(Problem::field("/smallest_group", "invalid", "must be 1 to 100 people"));
    }
    caller
        .write(body.bytes(), async |journal| {
            let old = hubs::get(journal.tx(), caller.hub()).await?.ok_or_else(Problem::not_found)?;
            let settings = Settings {
                name: change.name.clone().unwrap_or(old.name),
                step: change.step.unwrap_or(old.step),
                credit_value_pence: change.credit_value_pence.map_or(old.credit_value_pence, i64::from),
                returned_share_percent: change.returned_share_percent.map_or(old.returned_share_percent, i64::from),
                four_eyes: old.four_eyes,
                four_eyes_off_asked_by: old.four_eyes_off_asked_by,
                approval_days: change.approval_days.map_or(old.approval_days, i64::from),
                smallest_group: change.smallest_group.map_or(old.smallest_group, i64::from),
            };
            let hub = people::change_hub(journal, version, settings, change.four_eyes).await?;
            let version = hub.version;
            Ok(Reply::ok(&HubBody::from(hub))?.with_version(version))
        })
        .await
}

/// Every hub of the deployment; the operator's
#[utoipa::path(tag = "hub", params(PageQuery), responses((status = 200, body = Page<HubBody>)))]
#[get("/hubs")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let (uri, csv, query) = (call.uri().clone(), call.wants_csv(), call.query::<PageQuery>());
    let app = call.allow_operator()?;
    let (after, limit) = query?.read()?;
    let rows = hubs::list(&mut app.db.read().await?, after, limit.and_one()).await?;
    reply::list(rows, limit, csv, &uri, |hub| hub.id, HubBody::from)
}

/// A hub to be made.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewHub)]
struct NewHub {
    /// Its name, unique in the deployment.
    name: Line,
    /// The name of its first hub manager.
    manager_name: Line,
    /// The address of its first hub manager.
    manager_email: Email,
}

/// A hub that was made, and the way in for its first manager.
#[derive(Serialize, ToSchema)]
#[schema(as = FoundedHub)]
struct FoundedHub {
    /// The hub.
    hub: HubBody,
    /// The first manager's single-use link, good for seven days.
    link: Secret,
}

/// Makes a hub and its first manager; the operator's. The name is unique, so doing it twice is refused
#[utoipa::path(tag = "hub", request_body = NewHub, responses((status = 201, body = FoundedHub)))]
#[post("/hubs")]
async fn create(call: Call, body: Body<NewHub>) -> Answer {
    let app = call.allow_operator()?;
    let new = body.parse()?;
    let (hub, secret) =
        people::found_hub(&app.db, new.name, new.manager_name, new.manager_email, app.clock.now()).await?;
    let link = format!("{}/v1/auth/invitations/{secret}", app.settings.public_url);
    Ok(Reply::created("/v1/hub".to_owned(), &FoundedHub { hub: HubBody::from(hub), link: Secret(link) })?
        .into_response())
}

/// Somebody to be hub manager.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewManager)]
struct NewManager {
    /// Their address: of somebody in the hub, or of somebody new.
    email: Email,
    /// What a new person is called; the part of the address before the @ where it is not sent.
    name: Option<Line>,
}

/// A hub manager, and their way in.
#[derive(Serialize, ToSchema)]
#[schema(as = NamedManager)]
struct NamedManager {
    /// The person.
    person: PersonBody,
    /// Their single-use link, good for seven days.
    link: Secret,
}

/// Names a hub manager; the operator's
///
/// Whoever has the address becomes hub manager and is enabled; where nobody has it, they are added. It is the way back
/// into a hub whose own managers can't get in.
#[utoipa::path(tag = "hub", params(("id" = HubId, Path)), request_body = NewManager, responses((status = 201, body = NamedManager)))]
#[post("/hubs/{id}/managers")]
async fn name_manager(call: Call, request: actix_web::HttpRequest, body: Body<NewManager>) -> Answer {
    let app = call.allow_operator()?;
    let (id, NewManager { email, name }) = (path_id(&request, "id")?, body.parse()?);
    let (person, secret) = people::name_manager(&app.db, id, email, name, app.clock.now()).await?;
    let link = format!("{}/v1/auth/invitations/{secret}", app.settings.public_url);
    let (location, person) = (format!("/v1/people/{}", person.id), PersonBody::from(person));
    Ok(Reply::created(location, &NamedManager { person, link: Secret(link) })?.into_response())
}
