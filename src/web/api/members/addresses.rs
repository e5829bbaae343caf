//! `/v1/me/email`, `/v1/people/{id}/email` and `/v1/auth/addresses`: people's new addresses.

use actix_web::{HttpRequest, get, post, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::ids::PersonId;
use crate::base::text::Email;
use crate::members::people::{Person, Role, addresses};
use crate::web::app::App;
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::entering;
use crate::web::links;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Code, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{EVERYONE, MANAGER, MANAGER_AND_LEADS};
use crate::web::secret::Secret;
use crate::web::seen;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(mine).service(ask).service(correct).service(link).service(confirm);
}

/// A new address.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAddress)]
struct AddressBody {
    /// The new e-mail address.
    email: Email,
}

/// The caller's address, and the one that they asked for.
#[derive(Serialize, ToSchema)]
#[schema(as = Address)]
struct MineBody {
    /// The address that they have.
    email: Email,
    /// The address that they asked for and have not confirmed yet.
    asked_for: Option<Email>,
    /// When they asked for it.
    asked_at: Option<DateTime<Utc>>,
    /// Until when the link to it works.
    expires_at: Option<DateTime<Utc>>,
}

/// The caller's address, and the one that they asked for
#[utoipa::path(tag = "people", responses((status = 200, body = MineBody)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/me/email")]
async fn mine(call: Call) -> Answer {
    let caller = call.allow()?;
    let pending = addresses::pending(&mut caller.read().await?, caller.hub(), caller.person.id, caller.now()).await?;
    let (asked_at, expires_at) = pending.as_ref().map(|pending| (pending.asked_at, pending.expires_at)).unzip();
    let (email, asked_for) = (caller.person.email.clone(), pending.map(|pending| pending.email));
    Ok(Reply::ok(&MineBody { email, asked_for, asked_at, expires_at })?.into_response())
}

/// Asks for a new address: it is the caller's once the link to it is opened
///
/// Whether somebody has it already is not told. The link goes to that address, where the service sends e-mail; a hub
/// manager can give it to people of the hub.
#[utoipa::path(tag = "people", request_body = AddressBody, responses((status = 202)), extensions(("x-roles" = json!(EVERYONE))))]
#[post("/me/email")]
async fn ask(call: Call, body: Body<AddressBody>) -> Answer {
    let caller = call.allow()?;
    let AddressBody { email } = body.parse()?;
    caller
        .write(body.bytes(), async |journal| {
            let secret = addresses::ask(journal, caller.person.id, &email).await?;
            caller.post_address(journal, caller.person.id, (&email, secret.as_str())).await?;
            Ok(Reply::accepted())
        })
        .await
}

/// Corrects the address of a person who has not signed in yet; who has asks for a new one
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), request_body = AddressBody, responses((status = 200, body = Person)), extensions(("x-roles" = json!(MANAGER_AND_LEADS))))]
#[post("/people/{id}/email")]
async fn correct(call: Call, body: Body<AddressBody>) -> Answer {
    let caller = call.allow()?;
    let AddressBody { email } = body.parse()?;
    caller
        .write(body.bytes(), async |journal| {
            let person = seen::person(&caller, journal.tx()).await?;
            let person = addresses::correct(journal, person.id, email.clone()).await?;
            Ok(Reply::ok(&person)?.with_version(person.version))
        })
        .await
}

/// The link to a new address.
#[derive(Serialize, ToSchema)]
#[schema(as = AddressLink)]
struct LinkBody {
    /// The address that it confirms.
    email: Email,
    /// Give it to the person, at the new address; it works once, for seven days.
    link: Secret,
}

/// Makes the link that confirms the address that a person asked for: give it to them at that address
///
/// Earlier links to it stop working. That of a hub manager is made by the operator.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), responses((status = 201, body = LinkBody)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/people/{id}/email/link")]
async fn link(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            let person = seen::person(&caller, journal.tx()).await?;
            if person.role == Role::HubManager {
                let detail = "nobody vouches for a hub manager's address but the operator: hub-credits address-link";
                return Err(Problem::new(Code::Forbidden, detail));
            }
            let (hub, now) = (journal.hub(), journal.now());
            let pending = addresses::pending(journal.tx(), hub, person.id, now).await?;
            let pending = pending.ok_or_else(Problem::not_found)?;
            let secret = addresses::ask(journal, person.id, &pending.email).await?;
            caller.post_address(journal, person.id, (&pending.email, secret.as_str())).await?;
            let link = links::address(caller.public_url(), &secret);
            Reply::created(link.clone(), &LinkBody { email: pending.email, link: Secret(link) })
        })
        .await
}

/// Confirms a new address by the link to it, once: from then on it is the person's, and every session of theirs ends
#[utoipa::path(tag = "people", security(()), params(("secret" = String, Path, description = "From the link")), responses((status = 200, body = Person)))]
#[post("/auth/addresses/{secret}")]
async fn confirm(app: web::Data<App>, request: HttpRequest, secret: web::Path<String>) -> Answer {
    Ok(Reply::ok(&entering::addresses::confirm(&app, &request, &secret).await?)?.into_response())
}
