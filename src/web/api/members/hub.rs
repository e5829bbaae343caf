//! `/v1/hub`, the caller's hub and its settings; `/v1/hubs`, the operator's.

use std::convert::identity;

use actix_web::{get, patch, post};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::base::credits::Credits;
use crate::base::ids::HubId;
use crate::base::text::{Change, Email, Line};
use crate::members::hubs::{self, Hub, Settings};
use crate::members::people::{self, Person};
use crate::web::body::{Body, path_id};
use crate::web::call::Call;
use crate::web::links;
use crate::web::openapi::Changes;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{self, Page, PageQuery, Reply, Table};
use crate::web::roles::{EVERYONE, MANAGER};
use crate::web::secret::Secret;

pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
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

/// What may be changed of a hub; what is not sent stays.
#[derive(Default, eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HubChange)]
struct HubChange {
    /// The hub's new name.
    name: Option<Line>,
    /// The step of allocations: `"1.00"`, `"0.50"` or `"0.01"`.
    step: Option<Credits>,
    /// What one credit is worth, in pence: 1 to 1000000.
    #[schema(minimum = 1, maximum = 1_000_000)]
    credit_value_pence: Option<u32>,
    /// How much of its funding the hub returns to its schools, in percent: 0 to 100.
    #[schema(minimum = 0, maximum = 100)]
    returned_share_percent: Option<u8>,
    /// Whether an allocation must be approved by another hub manager than its author. Switching it off takes two: the
    /// first to send `false` asks for it, and it takes effect when another hub manager sends the same; `true` withdraws
    /// it.
    four_eyes: Option<bool>,
    /// How many working days a school then has to decide on a new request: 1 to 60.
    #[schema(minimum = 1, maximum = 60)]
    approval_days: Option<u8>,
    /// Evaluations by fewer people than this are not summed up: 1 to 100; 5 at first.
    #[schema(minimum = 1, maximum = 100)]
    smallest_group: Option<u8>,
    /// Whether a hub manager can act only in a session in which a code of their authenticator app was given; false at
    /// first. It holds from the managers' next requests on.
    totp_for_managers: Option<bool>,
    /// How many years after they were disabled people are erased, unless they have had a place on an event since: 1 to
    /// 50; null erases nobody.
    #[serde(default)]
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 50)]
    retention_years: Change<u8>,
    /// How many days the audit is kept: 90 to 3650; 730 at first.
    #[schema(minimum = 90, maximum = 3650)]
    audit_days: Option<u16>,
    /// Whether anyone may look at the hub's events to come on `/programme/{id}`, without signing in; false at first.
    public_programme: Option<bool>,
}

/// Changes the settings of the hub
#[utoipa::path(tag = "hub", params(Changes), request_body = HubChange, responses((status = 200, body = Hub)), extensions(("x-roles" = json!(MANAGER))))]
#[patch("/hub")]
async fn change(call: Call, body: Body<HubChange>) -> Answer {
    let caller = call.allow()?;
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
    if change.totp_for_managers.is_some() {
        caller.in_person("say how managers sign in")?;
    }
    if change.smallest_group.is_some_and(|people| !(1..=100).contains(&people)) {
        return Err(Problem::field("/smallest_group", "invalid", "must be 1 to 100 people"));
    }
    if change.retention_years.0.flatten().is_some_and(|years| !(1..=50).contains(&years)) {
        return Err(Problem::field("/retention_years", "invalid", "must be 1 to 50 years"));
    }
    if change.audit_days.is_some_and(|days| !(90..=3650).contains(&days)) {
        return Err(Problem::field("/audit_days", "invalid", "must be 90 to 3650 days"));
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
                totp_for_managers: change.totp_for_managers.unwrap_or(old.totp_for_managers),
                retention_years: change.retention_years.0.map_or(old.retention_years, |years| years.map(i64::from)),
                audit_days: change.audit_days.map_or(old.audit_days, i64::from),
                public_programme: change.public_programme.unwrap_or(old.public_programme),
            };
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
    let (uri, csv, query) = (call.uri().clone(), call.wants_csv(), call.query::<PageQuery>());
    let app = call.allow_operator()?;
    let (after, limit) = query?.read()?;
    let rows = hubs::list(&mut app.db.read_everywhere().await?, after, limit.and_one()).await?;
    reply::list(rows, limit, csv, &uri, |hub| hub.id, identity)
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
