//! `/v1/auth/invitations`: the link by which somebody comes into a hub.

use actix_web::{HttpRequest, get, post, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{SignedIn, signed_in};
use crate::base::text::{Email, Line};
use crate::members::logins::passwords::Password;
use crate::web::app::App;
use crate::web::body::MaybeBody;
use crate::web::entering::With;
use crate::web::entering::invitations::{self, Invitation};
use crate::web::operations::Operations;
use crate::web::problem::Answer;
use crate::web::reply::Reply;

pub(super) fn routes(config: &mut Operations<'_, '_>) {
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
    let Invitation { person, expires_at, .. } = invitations::look(&app, &secret).await?;
    Ok(Reply::ok(&InvitationBody { email: person.email, name: person.name, expires_at })?.into_response())
}

/// How an invitation is accepted; all of it may be left out.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Acceptance)]
struct Acceptance {
    /// The password to sign in by from now on: 10 to 200 characters, none of the commonest. Whoever has one already,
    /// since they are in another hub, sends that.
    #[schema(value_type = Option<String>, min_length = 10, max_length = 200)]
    password: Option<Password>,
    /// The code of their authenticator app, for whoever has one already.
    totp_code: Option<String>,
    /// What this browser was given at an earlier sign-in.
    browser: Option<String>,
}

/// Accepts an invitation, once, and signs in
///
/// A password that is sent with it is set. Somebody who signs in to another hub of this service by the same address
/// shows that it is they: by their password.
#[utoipa::path(tag = "sign-in", security(()), params(("secret" = String, Path, description = "From the link")), request_body(content = Acceptance, description = "May be left out"), responses((status = 200, body = SignedIn), (status = 401, description = "It takes the password that they have, or a code of their app")))]
#[post("/auth/invitations/{secret}")]
async fn accept(
    app: web::Data<App>,
    request: HttpRequest,
    secret: web::Path<String>,
    body: MaybeBody<Acceptance>,
) -> Answer {
    let Acceptance { password, totp_code, browser } = body.parse()?;
    let with = With { totp_code, hub: None, browser };
    let begun = invitations::accept(&app, &request, &secret, password.as_ref(), &with).await?;
    signed_in(&app, begun, app.clock.now())
}
