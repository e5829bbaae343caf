//! `/v1/api-keys`: keys by which programs call.

use std::convert::identity;

use actix_web::{delete, get, post};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::db::Tx;
use crate::base::ids::{ApiKeyId, PersonId};
use crate::base::text::{Instant, Line};
use crate::members::api_keys::{self, ApiKey, NewApiKey, Scope};
use crate::web::body::Body;
use crate::web::call::{Call, Caller};
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::MANAGER_AND_LEADS;
use crate::web::secret::Secret;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(create).service(get_one).service(revoke);
}

impl Table for ApiKey {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "name",
        "person_id",
        "scope",
        "created_at",
        "created_by",
        "expires_at",
        "last_used_at",
        "revoked_at",
        "revoked_by",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// With the rights of this person.
    person_id: Option<PersonId>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The API keys of the hub, the oldest first; for a lead, their own
///
/// Keys that were revoked or have ended stay in the list. Nobody can be told the text of one again.
#[utoipa::path(tag = "api-keys", params(Query), responses((status = 200, body = Page<ApiKey>)), extensions(("x-roles" = json!(MANAGER_AND_LEADS))))]
#[get("/api-keys")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { person_id, limit, after } = caller.query()?;
    let person = match whose(&caller) {
        Some(own) if person_id.is_some_and(|person| person != own) => return Err(Problem::not_found()),
        own => own.or(person_id),
    };
    let (after, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let rows = api_keys::list(&mut caller.read().await?, caller.hub(), person, after, limit.and_one()).await?;
    caller.list(rows, limit, |key| key.id, identity)
}

/// A key to be made. One of `expires_at` and `days` is needed.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewApiKey)]
struct NewApiKeyBody {
    /// What the key is called: for which program, on which machine.
    name: Line,
    /// What it may be used for.
    scope: Scope,
    /// When it ends: within two years.
    expires_at: Option<Instant>,
    /// In how many days it ends: 730 at most.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 730)]
    days: Option<u16>,
    /// The person whose rights it has, where that is not the caller: for hub managers, anybody but another manager.
    person_id: Option<PersonId>,
}

/// A key that was made, with its text.
#[derive(Serialize, ToSchema)]
#[schema(as = MadeApiKey)]
struct MadeBody {
    /// The key.
    api_key: ApiKey,
    /// Its text, shown this once: send it as `Authorization: Bearer hck_…`.
    secret: Secret,
}

/// Makes an API key: for oneself, or as a hub manager for somebody with fewer rights
///
/// The key has the rights that its person has at each moment, as far as its scope goes; `x-scopes` says of each operation
/// which scopes may do it. Its text is in this answer and nowhere else.
#[utoipa::path(tag = "api-keys", request_body = NewApiKeyBody, responses((status = 201, body = MadeBody)), extensions(("x-roles" = json!(MANAGER_AND_LEADS))))]
#[post("/api-keys")]
async fn create(call: Call, body: Body<NewApiKeyBody>) -> Answer {
    let caller = call.allow()?;
    let NewApiKeyBody { name, scope, expires_at, days, person_id } = body.parse()?;
    let expires_at = ends(expires_at, days, caller.now())?;
    let person = match whose(&caller) {
        Some(own) if person_id.is_some_and(|person| person != own) => {
            return Err(Problem::field("/person_id", "invalid", "a lead makes keys for themself"));
        }
        _ => person_id.unwrap_or(caller.person.id),
    };
    caller
        .write(body.bytes(), async |journal| {
            let new = NewApiKey { name: name.clone(), scope, person, expires_at };
            let (api_key, text) = api_keys::create(journal, new).await?;
            let location = format!("/v1/api-keys/{}", api_key.id);
            Reply::created(location, &MadeBody { api_key, secret: Secret(text.into_text()) })
        })
        .await
}

/// When a key ends.
fn ends(expires_at: Option<Instant>, days: Option<u16>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Problem> {
    match (expires_at, days) {
        (Some(at), None) => Ok(at.0),
        (None, Some(days @ 1..=730)) => Ok(now + TimeDelta::days(i64::from(days))),
        (None, Some(_)) => Err(Problem::field("/days", "invalid", "must be 1 to 730")),
        (Some(_), Some(_)) => Err(Problem::field("/days", "invalid", "goes without expires_at")),
        (None, None) => Err(Problem::field("/expires_at", "missing", "is needed, or days in its place")),
    }
}

/// One API key
#[utoipa::path(tag = "api-keys", params(("id" = ApiKeyId, Path)), responses((status = 200, body = ApiKey)), extensions(("x-roles" = json!(MANAGER_AND_LEADS))))]
#[get("/api-keys/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    Ok(Reply::ok(&visible(&caller, &mut caller.read().await?).await?)?.into_response())
}

/// Revokes an API key: it is refused from the next request on
#[utoipa::path(tag = "api-keys", params(("id" = ApiKeyId, Path)), responses((status = 204)), extensions(("x-roles" = json!(MANAGER_AND_LEADS))))]
#[delete("/api-keys/{id}")]
async fn revoke(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            let key = visible(&caller, journal.tx()).await?;
            api_keys::revoke(journal, &key).await?;
            Ok(Reply::nothing())
        })
        .await
}

/// Whose keys the caller sees: everybody's, or their own.
fn whose(caller: &Caller) -> Option<PersonId> {
    (!caller.sees_hub()).then_some(caller.person.id)
}

/// The key of the path, where the caller may see it.
async fn visible(caller: &Caller, tx: &mut Tx) -> Result<ApiKey, Problem> {
    let key = api_keys::get(tx, caller.hub(), caller.id("id")?).await?;
    key.filter(|key| whose(caller).is_none_or(|own| own == key.person_id)).ok_or_else(Problem::not_found)
}
