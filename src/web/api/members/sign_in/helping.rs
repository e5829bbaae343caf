//! `/v1/people/{id}/sign-in-code`, `/reset` and `/totp`: what a hub manager does for somebody who can't get in.

use actix_web::{delete, post};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::config::Way;
use crate::base::ids::PersonId;
use crate::members::logins::links::{self, MadeBy, Purpose};
use crate::members::logins::{helping, totp};
use crate::web::call::Call;
use crate::web::entering::ways;
use crate::web::links as pages;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::MANAGER;
use crate::web::secret::Secret;
use crate::web::seen;

pub(super) fn routes(config: &mut Operations<'_, '_>) {
    config.service(sign_in_code).service(reset).service(remove_app);
}

/// What lets somebody in once.
#[derive(Serialize, ToSchema)]
#[schema(as = SignInCode)]
struct CodeBody {
    /// Six digits, which they give with their address.
    code: Secret,
    /// A link that does the same.
    link: Secret,
    /// Until when both work.
    expires_at: DateTime<Utc>,
}

/// Makes a code and a link by which somebody signs in once, to be passed on to them
///
/// Both work for ten minutes, and those that were passed on before work no more. For another hub manager, and for
/// somebody who is in other hubs too, the operator of the service does this.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), responses((status = 201, body = CodeBody)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/people/{id}/sign-in-code")]
async fn sign_in_code(call: Call) -> Answer {
    let caller = call.allow()?;
    ways::open(caller.app(), Way::Code)?;
    caller
        .write(&[], async |journal| {
            let person = seen::person(&caller, journal.tx()).await?;
            let (login, now) = (helping::by_manager(journal, person.id).await?, journal.now());
            let of = (Purpose::SignIn, MadeBy::Manager);
            let made = links::make(journal.tx(), caller.vault(), &login, of, None, now).await?;
            let made = made.ok_or_else(Problem::not_found)?;
            let link = pages::sign_in(caller.public_url(), &made.secret);
            let code = Secret(made.code.unwrap_or_default());
            let body = CodeBody { code, link: Secret(link.clone()), expires_at: made.expires_at };
            Reply::created(link, &body)
        })
        .await
}

/// A link to set a password by.
#[derive(Serialize, ToSchema)]
#[schema(as = ResetLink)]
struct ResetBody {
    /// It works once.
    link: Secret,
    /// Until when it works.
    expires_at: DateTime<Utc>,
}

/// Makes a link by which somebody sets a password, to be passed on to them
///
/// It works for a day, and one that was passed on before works no more. For another hub manager, and for somebody who is
/// in other hubs too, the operator of the service does this.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), responses((status = 201, body = ResetBody)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/people/{id}/reset")]
async fn reset(call: Call) -> Answer {
    let caller = call.allow()?;
    ways::open(caller.app(), Way::Password)?;
    caller
        .write(&[], async |journal| {
            let person = seen::person(&caller, journal.tx()).await?;
            let (login, now) = (helping::by_manager(journal, person.id).await?, journal.now());
            let of = (Purpose::Reset, MadeBy::Manager);
            let made = links::make(journal.tx(), caller.vault(), &login, of, None, now).await?;
            let made = made.ok_or_else(Problem::not_found)?;
            let link = pages::reset(caller.public_url(), &made.secret);
            Reply::created(link.clone(), &ResetBody { link: Secret(link), expires_at: made.expires_at })
        })
        .await
}

/// Takes away the authenticator app of somebody who has lost it
///
/// For another hub manager, and for somebody who is in other hubs too, the operator of the service does this.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), responses((status = 204, description = "No code is asked for any more")), extensions(("x-roles" = json!(MANAGER))))]
#[delete("/people/{id}/totp")]
async fn remove_app(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            let person = seen::person(&caller, journal.tx()).await?;
            let login = helping::by_manager(journal, person.id).await?;
            let now = journal.now();
            totp::remove(journal.tx(), &login, now).await?;
            Ok(Reply::nothing())
        })
        .await
}
