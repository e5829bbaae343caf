//! `/v1/auth/invitations`: the link by which somebody comes into a hub.

use actix_web::{HttpRequest, get, post, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::answer::{SignedIn, signed_in};
use crate::base::text::{Email, Line};
use crate::members::logins::{self, Entry, Means};
use crate::members::people;
use crate::web::app::App;
use crate::web::call::origin;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(invitation).service(accept);
}

/// An invitation that has not been accepted.
#[derive(Serialize, ToSchema)]
struct InvitationBody {
    /// The e-mail address of the person invited.
    email: Email,
    /// The name of the person invited.
    name: Line,
    /// Until when it can be accepted.
    expires_at: DateTime<Utc>,
}

/// Looks at an invitation without accepting it
#[utoipa::path(tag = "sign-in", security(()), params(("secret" = String, Path, description = "From the link")), responses((status = 200, body = InvitationBody)))]
#[get("/auth/invitations/{secret}")]
async fn invitation(app: web::Data<App>, secret: web::Path<String>) -> Answer {
    let mut tx = app.db.read().await?;
    let (person, expires_at) =
        people::invitation(&mut tx, &secret, app.clock.now()).await?.ok_or_else(Problem::not_found)?;
    Ok(Reply::ok(&InvitationBody { email: person.email, name: person.name, expires_at })?.into_response())
}

/// Accepts an invitation, once, and signs in
#[utoipa::path(tag = "sign-in", security(()), params(("secret" = String, Path, description = "From the link")), responses((status = 200, body = SignedIn)))]
#[post("/auth/invitations/{secret}")]
async fn accept(app: web::Data<App>, request: HttpRequest, secret: web::Path<String>) -> Answer {
    let (mut tx, now) = (app.db.write().await?, app.clock.now());
    let accepted = people::accept(&mut tx, &secret, now).await?.ok_or_else(Problem::not_found)?;
    let login = logins::of_address(&mut tx, &accepted.person.email, now).await?;
    let means = if accepted.by_operator { Means::Operator } else { Means::Invitation };
    let entry = Entry::from(means).into_hub(Some(accepted.person.hub_id));
    let begun = logins::begin(&mut tx, &login, entry, &origin(&app, &request), &app.settings.sessions, now).await?;
    tx.commit().await?;
    signed_in(&app, begun, now)
}
