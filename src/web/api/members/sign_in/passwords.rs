//! `/v1/auth/login`: signing in by a password; `/v1/auth/resets` and `/v1/me/password`: setting one.

use actix_web::{HttpRequest, post, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{SignedIn, signed_in};
use crate::base::ids::HubId;
use crate::base::text::Email;
use crate::members::logins::passwords::Password;
use crate::web::app::App;
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::entering::{With, own_password, password, resets};
use crate::web::operations::Operations;
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;

pub(super) fn routes(config: &mut Operations<'_, '_>) {
    config.service(sign_in).service(ask_for_reset).service(reset).service(change);
}

/// What somebody signs in by.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordSignIn)]
struct Credentials {
    /// Their e-mail address, in any of its forms.
    email: Email,
    /// Their password.
    #[schema(value_type = String, max_length = 200)]
    password: Password,
    /// The code of their authenticator app, or one of their recovery codes, where they have set one up.
    totp_code: Option<String>,
    /// The hub to sign in to; not needed where they are in one.
    hub_id: Option<HubId>,
    /// What this browser was given when they last signed in.
    browser: Option<String>,
}

/// Signs in by a password
///
/// Whatever does not fit, the address, the password, a person who is disabled, is answered alike: `sign_in_failed`.
/// After some tries in vain more have to wait (429, with `Retry-After`); from a browser from which the person has signed
/// in before, and which sends what it was given then, others' tries do not count.
#[utoipa::path(tag = "sign-in", security(()), request_body = Credentials, responses((status = 200, body = SignedIn), (status = 401, description = "Nobody signs in by that, or the code of the app is needed too"), (status = 403, description = "This way is switched off")))]
#[post("/auth/login")]
async fn sign_in(app: web::Data<App>, request: HttpRequest, body: Body<Credentials>) -> Answer {
    let sent = body.parse()?;
    let Credentials { email, password, totp_code, hub_id, browser } = sent;
    let sent = password::Sent { email, password, totp_code, hub: hub_id, browser };
    signed_in(&app, password::sign_in(&app, &request, &sent).await?, app.clock.now())
}

/// Whose password is to be set.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ResetRequest)]
struct ResetRequest {
    /// Their e-mail address, in any of its forms.
    email: Email,
}

/// What is answered to everyone who asks.
#[derive(Serialize, ToSchema)]
#[schema(as = Asked)]
struct Asked {
    /// What happens now.
    detail: &'static str,
}

/// Asks for a link to set a password; whether there is somebody is not told
#[utoipa::path(tag = "sign-in", security(()), request_body = ResetRequest, responses((status = 202, body = Asked), (status = 403, description = "This way is switched off")))]
#[post("/auth/resets")]
async fn ask_for_reset(app: web::Data<App>, request: HttpRequest, body: Body<ResetRequest>) -> Answer {
    let ResetRequest { email } = body.parse()?;
    resets::ask(&app, &request, email).await?;
    accepted(&Asked {
        detail: "if somebody signs in by this address, a link is made for it; where no e-mail is sent, a manager of their hub gives them one",
    })
}

/// 202: whether anything comes of it is not told.
pub(super) fn accepted<T: Serialize>(body: &T) -> Answer {
    let mut reply = Reply::ok(body)?;
    reply.status = actix_web::http::StatusCode::ACCEPTED;
    Ok(reply.into_response())
}

/// A new password.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordReset)]
struct NewPassword {
    /// 10 to 200 characters of any script, spaces included; none of the commonest, nor a name of theirs.
    #[schema(value_type = String, min_length = 10, max_length = 200)]
    password: Password,
    /// The code of their authenticator app, or one of their recovery codes, where they have set one up.
    totp_code: Option<String>,
    /// The hub to sign in to; not needed where they are in one.
    hub_id: Option<HubId>,
    /// What this browser was given when they last signed in.
    browser: Option<String>,
}

/// Sets a password by a link, once, and signs in; everything else that they were signed in by ends
#[utoipa::path(tag = "sign-in", security(()), params(("secret" = String, Path, description = "From the link")), request_body = NewPassword, responses((status = 200, body = SignedIn), (status = 401, description = "The code of the app is needed too"), (status = 403, description = "This way is switched off")))]
#[post("/auth/resets/{secret}")]
async fn reset(
    app: web::Data<App>,
    request: HttpRequest,
    secret: web::Path<String>,
    body: Body<NewPassword>,
) -> Answer {
    let NewPassword { password, totp_code, hub_id, browser } = body.parse()?;
    let with = With { totp_code, hub: hub_id, browser };
    signed_in(&app, resets::set(&app, &request, &secret, &password, &with).await?, app.clock.now())
}

/// A change of the caller's password.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordChange)]
struct PasswordChange {
    /// The password of before; not sent by whoever has none.
    #[schema(value_type = Option<String>, max_length = 200)]
    current: Option<Password>,
    /// 10 to 200 characters of any script, spaces included; none of the commonest, nor a name of theirs.
    #[schema(value_type = String, min_length = 10, max_length = 200)]
    new: Password,
}

/// Sets another password; every other session ends
///
/// Whoever has none yet sets one within an hour of signing in.
#[utoipa::path(tag = "sign-in", request_body = PasswordChange, responses((status = 204, description = "It is set")), extensions(("x-roles" = json!(EVERYONE))))]
#[post("/me/password")]
async fn change(call: Call, body: Body<PasswordChange>) -> Answer {
    let caller = call.allow()?;
    let PasswordChange { current, new } = body.parse()?;
    own_password::change(&caller, current.as_ref(), &new, Reply::nothing()).await
}
