//! `/v1/auth/codes` and `/v1/auth/links`: signing in by what is sent to somebody's address.

use actix_web::{HttpRequest, post, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{SignedIn, signed_in};
use super::passwords::accepted;
use crate::base::ids::HubId;
use crate::base::text::Email;
use crate::members::logins::links;
use crate::web::app::App;
use crate::web::body::{Body, MaybeBody};
use crate::web::entering::{With, codes};
use crate::web::operations::Operations;
use crate::web::problem::Answer;
use crate::web::secret::Secret;

pub(super) fn routes(config: &mut Operations<'_, '_>) {
    config.service(ask).service(by_code).service(by_link);
}

/// Who would sign in.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CodeRequest)]
struct CodeRequest {
    /// Their e-mail address, in any of its forms.
    email: Email,
}

/// What is answered to everyone who asks, whether there is somebody or not.
#[derive(Serialize, ToSchema)]
#[schema(as = CodeAsked)]
struct CodeAsked {
    /// Send it with the code: the code is good for nobody else.
    request: Secret,
    /// Seconds for which the code works.
    expires_in: i64,
}

/// Asks for a code and a link to sign in; whether there is somebody is not told
#[utoipa::path(tag = "sign-in", security(()), request_body = CodeRequest, responses((status = 202, body = CodeAsked), (status = 403, description = "This way is switched off")))]
#[post("/auth/codes")]
async fn ask(app: web::Data<App>, request: HttpRequest, body: Body<CodeRequest>) -> Answer {
    let CodeRequest { email } = body.parse()?;
    let request = codes::ask(&app, &request, email).await?;
    accepted(&CodeAsked { request: Secret(request), expires_in: links::SIGN_IN_MINUTES * 60 })
}

/// A code to sign in by.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CodeSignIn)]
struct ByCode {
    /// Their e-mail address, in any of its forms.
    email: Email,
    /// The six digits.
    code: String,
    /// What was answered when the code was asked for; not sent where somebody passed the code on.
    request: Option<String>,
    /// The code of their authenticator app, or one of their recovery codes, where they have set one up.
    totp_code: Option<String>,
    /// The hub to sign in to; not needed where they are in one.
    hub_id: Option<HubId>,
    /// What this browser was given when they last signed in.
    browser: Option<String>,
}

/// Signs in by a code, once
///
/// A code works for ten minutes, and is void after five wrong tries.
#[utoipa::path(tag = "sign-in", security(()), request_body = ByCode, responses((status = 200, body = SignedIn), (status = 401, description = "Nobody signs in by that, or the code of the app is needed too"), (status = 403, description = "This way is switched off")))]
#[post("/auth/codes/sign-in")]
async fn by_code(app: web::Data<App>, request: HttpRequest, body: Body<ByCode>) -> Answer {
    let ByCode { email, code, request: asked, totp_code, hub_id, browser } = body.parse()?;
    let with = With { totp_code, hub: hub_id, browser };
    let sent = codes::Sent { email, code, request: asked, with };
    signed_in(&app, codes::by_code(&app, &request, &sent).await?, app.clock.now())
}

/// What goes with a link; all of it may be left out.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LinkSignIn)]
struct ByLink {
    /// The code of their authenticator app, or one of their recovery codes, where they have set one up.
    totp_code: Option<String>,
    /// The hub to sign in to; not needed where they are in one.
    hub_id: Option<HubId>,
    /// What this browser was given when they last signed in.
    browser: Option<String>,
}

/// Signs in by a link, once
#[utoipa::path(tag = "sign-in", security(()), params(("secret" = String, Path, description = "From the link")), request_body(content = ByLink, description = "May be left out"), responses((status = 200, body = SignedIn), (status = 401, description = "Nobody signs in by that any more, or the code of the app is needed too"), (status = 403, description = "This way is switched off")))]
#[post("/auth/links/{secret}")]
async fn by_link(
    app: web::Data<App>,
    request: HttpRequest,
    secret: web::Path<String>,
    body: MaybeBody<ByLink>,
) -> Answer {
    let ByLink { totp_code, hub_id, browser } = body.parse()?;
    let with = With { totp_code, hub: hub_id, browser };
    signed_in(&app, codes::by_link(&app, &request, &secret, &with).await?, app.clock.now())
}
