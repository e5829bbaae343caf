//! `/v1/auth/login`: signing in by a password; `/v1/auth/resets` and `/v1/me/password`: setting one.

use actix_web::{HttpRequest, post, web};
use chrono::TimeDelta;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::answer::{SignedIn, signed_in};
use crate::base::config::Way;
use crate::base::db;
use crate::base::ids::HubId;
use crate::base::text::Email;
use crate::ledger::audit::{Origin, Outcome};
use crate::members::logins::audited::{self, Act};
use crate::members::logins::links::{self, MadeBy, Purpose};
use crate::members::logins::passwords::{self, Password};
use crate::members::logins::{self, Begun, Entry, Means, throttle, told};
use crate::web::app::App;
use crate::web::body::Body;
use crate::web::call::{Call, origin, unauthorized};
use crate::web::client_address;
use crate::web::entering::{self, Second, ways};
use crate::web::problem::{Answer, Code, Problem};
use crate::web::refusals::sign_in_failed;
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
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
    let sent = entering::password::Sent { email, password, totp_code, hub: hub_id, browser };
    signed_in(&app, entering::password::sign_in(&app, &request, &sent).await?, app.clock.now())
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
    ways::open(&app, Way::Password)?;
    count_asking(&app, &request).await?;
    let origin = origin(&app, &request);
    actix_web::rt::spawn(async move {
        if let Err(error) = make_reset(&app, &email, &origin).await {
            tracing::error!(%error, "a link to set a password was not made");
        }
    });
    accepted(&Asked {
        detail: "if somebody signs in by this address, a link is made for it; where no e-mail is sent, a manager of their hub gives them one",
    })
}

/// Counts somebody's asking for a code or link, whoever it is about.
pub(super) async fn count_asking(app: &App, request: &HttpRequest) -> Result<(), Problem> {
    let (now, place) = (app.clock.now(), client_address::counted(request, &app.settings.proxies));
    db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        throttle::count_asking(&mut tx, place, now).await?;
        Ok::<_, Problem>(tx.commit().await?)
    })
    .await
}

/// 202: whether anything comes of it is not told.
pub(super) fn accepted<T: Serialize>(body: &T) -> Answer {
    let mut reply = Reply::ok(body)?;
    reply.status = actix_web::http::StatusCode::ACCEPTED;
    Ok(reply.into_response())
}

/// After the answer, which therefore takes as long for every address.
async fn make_reset(app: &App, email: &Email, origin: &Origin) -> Result<(), Problem> {
    let now = app.clock.now();
    let mut tx = app.db.write_everywhere().await?;
    if !people_sign_in(&mut tx, email).await? {
        return Ok(());
    }
    let login = logins::of_address(&mut tx, email, now).await?;
    let made = links::make(&mut tx, &app.vault, &login, (Purpose::Reset, MadeBy::Own), None, now).await?;
    let hubs = logins::memberships(&mut tx, &login).await?;
    let act = Act { word: "reset_link_made", outcome: Outcome::Done, detail: None };
    audited::note(&mut tx, act, &hubs, (login.id, None), origin, now).await?;
    tx.commit().await?;
    if let Some(made) = made {
        told::reset(&login, &made);
    }
    Ok(())
}

/// Whether an enabled person has the address, in whichever hub.
pub(super) async fn people_sign_in(tx: &mut db::Tx, email: &Email) -> Result<bool, db::Error> {
    let people = crate::members::people::by_email(tx, email).await?;
    Ok(people.iter().any(|person| person.disabled_at.is_none()))
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
    let sent = body.parse()?;
    ways::open(&app, Way::Password)?;
    let now = app.clock.now();
    let mut tx = app.db.read_everywhere().await?;
    let link = links::find(&mut tx, Purpose::Reset, &secret, now).await?.ok_or_else(Problem::not_found)?;
    let login = logins::get(&mut tx, link.login_id).await?.ok_or_else(Problem::not_found)?;
    let hubs = logins::memberships(&mut tx, &login).await?;
    let names = passwords::names(&mut tx, &login, &hubs).await?;
    drop(tx);
    passwords::judge(&sent.password, &names)?;
    let hash = app.hashing.turn().await?.hash(sent.password.as_str()).await?;
    let begun: Option<Begun> = db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let link = links::find(&mut tx, Purpose::Reset, &secret, now).await?.ok_or_else(Problem::not_found)?;
        let login = logins::get(&mut tx, link.login_id).await?.ok_or_else(Problem::not_found)?;
        let given = match entering::second_factor(&app, &mut tx, &login, sent.totp_code.as_deref(), now).await? {
            Second::Good(given) => given,
            Second::Wrong => {
                links::tried(&mut tx, &link).await?;
                tx.commit().await?;
                return Ok::<_, Problem>(None);
            }
        };
        if !links::use_up(&mut tx, &link, now).await? {
            return Err(Problem::not_found());
        }
        if link.made_by.proves() {
            logins::prove(&mut tx, &login, given, now).await?;
        }
        passwords::set(&mut tx, &login, &hash, now, None).await?;
        let entry = Entry { second_factor: given, browser: sent.browser.clone(), ..Entry::from(Means::Reset) };
        let begun = entering::begin(&app, &mut tx, &request, &login, entry.into_hub(sent.hub_id)).await?;
        throttle::forget(&mut tx, &login.email).await?;
        tx.commit().await?;
        Ok(Some(begun))
    })
    .await?;
    let begun = entering::told(&app, &request, &login.email, begun.ok_or_else(sign_in_failed))?;
    signed_in(&app, begun, now)
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
    let app = caller.app();
    ways::open(app, Way::Password)?;
    let (now, email) = (caller.now(), caller.person.email.clone());
    let mut tx = caller.read().await?;
    let login = logins::find(&mut tx, &email).await?.ok_or_else(no_session)?;
    let hubs = logins::memberships(&mut tx, &login).await?;
    let names = passwords::names(&mut tx, &login, &hubs).await?;
    let began = match caller.session {
        Some(session) => logins::sessions::began(&mut tx, session).await?,
        None => None,
    };
    drop(tx);
    passwords::judge(&new, &names).map_err(|weak| Problem::field("/new", weak.word(), weak.to_string()))?;
    let turn = match (&login.password, &current) {
        (Some(had), Some(current)) => {
            // What others try at the address is none of theirs, who has signed in.
            let counted = entering::count_own(app, &email).await?;
            let turn = app.hashing.turn().await?;
            if !turn.check(current.as_str(), Some(had.as_str())).await?.right {
                return Err(Problem::field("/current", "wrong", "is not the password of before"));
            }
            let mut tx = app.db.write_everywhere().await?;
            throttle::forgive(&mut tx, &counted).await?;
            tx.commit().await?;
            turn
        }
        (Some(_), None) => return Err(Problem::field("/current", "missing", "is needed to set another password")),
        (None, _) if began.is_some_and(|began| began > now - TimeDelta::hours(1)) => app.hashing.turn().await?,
        (None, _) => return Err(unauthorized(Code::SessionEnded, "sign in again: to set a first password takes that")),
    };
    let hash = turn.hash(new.as_str()).await?;
    drop(turn);
    caller
        .write(&[], async |journal| {
            let login = logins::find(journal.tx(), &email).await?.filter(|it| it.password == login.password);
            let login = login.ok_or_else(no_session)?;
            passwords::set(journal.tx(), &login, &hash, now, caller.session).await?;
            Ok(Reply::nothing())
        })
        .await
}

fn no_session() -> Problem {
    unauthorized(Code::SessionEnded, "sign in again")
}
