//! `/v1/auth/invitations`: the link by which somebody comes into a hub.

use actix_web::{HttpRequest, get, post, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::answer::{SignedIn, signed_in};
use crate::base::config::Way;
use crate::base::db::{self, Tx};
use crate::base::text::{Email, Line};
use crate::members::logins::passwords::{self, Password};
use crate::members::logins::{self, Begun, Entry, Login, Means};
use crate::members::people::{self, Accepted, Person};
use crate::web::app::App;
use crate::web::body::MaybeBody;
use crate::web::call::unauthorized;
use crate::web::entering::{self, ways};
use crate::web::problem::{Answer, Code, Problem};
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
    let mut tx = app.db.read_everywhere().await?;
    let (person, expires_at) =
        people::invitation(&mut tx, &secret, app.clock.now()).await?.ok_or_else(Problem::not_found)?;
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
    let acceptance = body.parse()?;
    let now = app.clock.now();
    let (person, _) =
        people::invitation(&mut app.db.read_everywhere().await?, &secret, now).await?.ok_or_else(Problem::not_found)?;
    let sent = match &acceptance.password {
        Some(password) => Some(sent(&app, &request, &person, password, acceptance.browser.as_deref()).await?),
        None => None,
    };
    let begun = db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let begun = let_in(&app, &mut tx, &request, &secret, (&acceptance, sent.as_ref())).await?;
        tx.commit().await?;
        Ok::<_, Problem>(begun)
    })
    .await?;
    signed_in(&app, begun, now)
}

/// A password that was sent with an invitation, beside the login that it was looked at with.
struct Sent {
    /// The hash that the login had then, and whether the password is that one.
    had: Option<String>,
    right: bool,
    /// The hash to be set, or why it can't be.
    new: Result<String, passwords::Weak>,
}

/// Checks the password against the one that they have, and hashes it to be set: before anything is locked.
async fn sent(
    app: &App,
    request: &HttpRequest,
    person: &Person,
    password: &Password,
    browser: Option<&str>,
) -> Result<Sent, Problem> {
    ways::open(app, Way::Password)?;
    let mut tx = app.db.read_everywhere().await?;
    let login = logins::find(&mut tx, &person.email).await?;
    let mut names = vec![person.name.as_str().to_owned(), person.email.as_str().to_owned()];
    if let Some(local) = person.email.as_str().rsplit_once('@').map(|(local, _)| local.to_owned()) {
        names.push(local);
    }
    if let Some(hub) = crate::members::hubs::get(&mut tx, person.hub_id).await? {
        names.push(hub.name.as_str().to_owned());
    }
    drop(tx);
    let had = login.and_then(|login| login.password);
    let judged = passwords::judge(password, &names);
    let turn = match &had {
        Some(_) => entering::turn(app, request, &person.email, browser).await?.0,
        None => app.hashing.turn().await?,
    };
    let right = match had.as_deref() {
        Some(had) => turn.check(password.as_str(), Some(had)).await?.right,
        None => false,
    };
    let new = match judged {
        Ok(()) => Ok(turn.hash(password.as_str()).await?),
        Err(weak) => Err(weak),
    };
    Ok(Sent { had, right, new })
}

/// Uses the invitation, on the caller's transaction.
async fn let_in(
    app: &App,
    tx: &mut Tx,
    request: &HttpRequest,
    secret: &str,
    (acceptance, sent): (&Acceptance, Option<&Sent>),
) -> Result<Begun, Problem> {
    let now = app.clock.now();
    let Accepted { person, by_operator } = people::accept(tx, secret, now).await?.ok_or_else(Problem::not_found)?;
    if !by_operator {
        // Who had the address before them, in whatever hub, is nobody any more.
        logins::moving::retire(tx, &person.email, person.hub_id).await?;
    }
    let login = logins::of_address(tx, &person.email, now).await?;
    if by_operator {
        logins::prove(tx, &login, false, now).await?;
    } else {
        shown_to_be_theirs(tx, &login, &person, sent).await?;
    }
    let login = logins::of_address(tx, &person.email, now).await?;
    let second_factor = entering::second_factor_or_fail(app, tx, &login, acceptance.totp_code.as_deref(), now).await?;
    if let Some(sent) = sent
        && (by_operator || login.password.is_none())
    {
        passwords::set(tx, &login, sent.new.as_deref().map_err(|weak| Problem::from(*weak))?, now, None).await?;
    } else {
        // Whoever signed in before this hub was open to them does not get into it by that.
        logins::end_all(tx, login.id, now, None).await?;
    }
    let means = if by_operator { Means::Operator } else { Means::Invitation };
    let entry = Entry { second_factor, browser: acceptance.browser.clone(), ..Entry::from(means) };
    entering::begin(app, tx, request, &login, entry.into_hub(Some(person.hub_id))).await
}

/// A colleague's invitation opens their hub, and nothing that the address opens elsewhere.
async fn shown_to_be_theirs(tx: &mut Tx, login: &Login, person: &Person, sent: Option<&Sent>) -> Result<(), Problem> {
    if let Some(had) = &login.password {
        return match sent {
            Some(sent) if sent.right && sent.had.as_ref() == Some(had) => Ok(()),
            _ => Err(unauthorized(
                Code::SignInFailed,
                "this address has a password already, of another hub: send that one; where it is not yours, the operator \
                 of the service helps",
            )),
        };
    }
    let elsewhere = logins::memberships(tx, login).await?.iter().any(|hub| hub.hub_id != person.hub_id);
    if elsewhere {
        let detail = "somebody signs in by this address already: they come into this hub by their own means";
        return Err(Problem::new(Code::SignsIn, detail));
    }
    Ok(())
}
