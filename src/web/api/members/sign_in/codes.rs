//! `/v1/auth/codes` and `/v1/auth/links`: signing in by what is sent to somebody's address.

use actix_web::{HttpRequest, post, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::answer::{SignedIn, signed_in};
use super::passwords;
use crate::base::config::Way;
use crate::base::db::{self, Tx};
use crate::base::ids::HubId;
use crate::base::secret;
use crate::base::text::Email;
use crate::members::logins::links::{self, Link, MadeBy, Purpose};
use crate::members::logins::{self, Begun, Entry, Login, Means, throttle, told};
use crate::web::app::App;
use crate::web::body::{Body, MaybeBody};
use crate::web::entering::{self, Second, ways};
use crate::web::problem::{Answer, Problem};
use crate::web::refusals::sign_in_failed;
use crate::web::secret::Secret;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
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
    ways::open(&app, Way::Code)?;
    passwords::count_asking(&app, &request).await?;
    let secret = secret::new();
    let asked = CodeAsked { request: Secret(secret.clone()), expires_in: links::SIGN_IN_MINUTES * 60 };
    actix_web::rt::spawn(async move {
        if let Err(error) = make(&app, &email, &secret).await {
            tracing::error!(%error, "a code to sign in was not made");
        }
    });
    passwords::accepted(&asked)
}

/// After the answer, which therefore takes as long for every address.
async fn make(app: &App, email: &Email, request: &str) -> Result<(), Problem> {
    let now = app.clock.now();
    let mut tx = app.db.write_everywhere().await?;
    if !passwords::people_sign_in(&mut tx, email).await? {
        return Ok(());
    }
    let login = logins::of_address(&mut tx, email, now).await?;
    let of = (Purpose::SignIn, MadeBy::Own);
    let made = links::make(&mut tx, &app.vault, &login, of, Some(request), now).await?;
    tx.commit().await?;
    if let Some(made) = made {
        told::code(&login, &made);
    }
    Ok(())
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
    let sent = body.parse()?;
    ways::open(&app, Way::Code)?;
    let counted = entering::count(&app, &request, &sent.email, sent.browser.as_deref()).await;
    let counted = entering::told(&app, &request, &sent.email, counted)?;
    let now = app.clock.now();
    let entry = Entry { browser: sent.browser.clone(), ..Entry::from(Means::Code) }.into_hub(sent.hub_id);
    let begun = db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let Some(login) = logins::find(&mut tx, &sent.email).await? else { return Ok(None) };
        let code = (sent.code.as_str(), sent.request.as_deref());
        let Some(link) = links::of_code(&mut tx, &app.vault, &login, code, now).await? else {
            tx.commit().await?;
            return Ok(None);
        };
        let with = (&login, &link, sent.totp_code.as_deref(), entry.clone());
        let begun = enter(&app, &mut tx, &request, with).await?;
        if begun.is_some() {
            throttle::forgive(&mut tx, &counted).await?;
        }
        tx.commit().await?;
        Ok::<_, Problem>(begun)
    })
    .await?;
    let begun = entering::told(&app, &request, &sent.email, begun.ok_or_else(sign_in_failed))?;
    signed_in(&app, begun, now)
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
    let sent = body.parse()?;
    ways::open(&app, Way::Code)?;
    let now = app.clock.now();
    let entry = Entry { browser: sent.browser.clone(), ..Entry::from(Means::Link) }.into_hub(sent.hub_id);
    let begun = db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let link = links::find(&mut tx, Purpose::SignIn, &secret, now).await?.ok_or_else(Problem::not_found)?;
        let login = logins::get(&mut tx, link.login_id).await?.ok_or_else(Problem::not_found)?;
        let with = (&login, &link, sent.totp_code.as_deref(), entry.clone());
        let begun = enter(&app, &mut tx, &request, with).await?;
        tx.commit().await?;
        Ok::<_, Problem>(begun)
    })
    .await?;
    signed_in(&app, begun.ok_or_else(sign_in_failed)?, now)
}

/// Signs in by a link or its code, where the code of the app fits; none where it does not, which counts as a try. To be
/// committed either way.
async fn enter(
    app: &App,
    tx: &mut Tx,
    request: &HttpRequest,
    (login, link, totp_code, entry): (&Login, &Link, Option<&str>, Entry),
) -> Result<Option<Begun>, Problem> {
    let now = app.clock.now();
    let Second::Good(second_factor) = entering::second_factor(app, tx, login, totp_code, now).await? else {
        links::tried(tx, link).await?;
        return Ok(None);
    };
    if !links::use_up(tx, link, now).await? {
        return Ok(None);
    }
    let entry = Entry { second_factor, proves: link.made_by.proves(), ..entry };
    Ok(Some(entering::begin(app, tx, request, login, entry).await?))
}
