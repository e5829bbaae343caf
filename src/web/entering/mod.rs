//! Signing in, whoever asks: the API or a page. Here is what every way goes through: tries are counted, the code of the app
//! is asked for, a session begins. Each way has a file.

pub(crate) mod addresses;
pub(crate) mod app_codes;
pub(crate) mod codes;
pub(crate) mod demonstration;
pub(crate) mod hubs;
pub(crate) mod invitations;
pub(crate) mod onward;
pub(crate) mod openid;
pub(crate) mod own_password;
pub(crate) mod password;
pub(crate) mod proved;
pub(crate) mod resets;
pub(crate) mod sessions;
pub(crate) mod ways;

use actix_web::HttpRequest;
use actix_web::web::Data;
use chrono::{DateTime, Utc};

use crate::base::db::{self, Tx};
use crate::base::hashing::Turn;
use crate::base::ids::HubId;
use crate::base::text::Email;
use crate::ledger::audit::{self, Origin, Outcome};
use crate::members::logins::links::{self, Purpose};
use crate::members::logins::throttle::{self, Counted, Try};
use crate::members::logins::{self, Begun, Entry, Login, totp};
use crate::members::people;
use crate::web::app::App;
use crate::web::call::{origin, unauthorized};
use crate::web::client_address;
use crate::web::problem::{Code, Problem};
use crate::web::refusals::sign_in_failed;

/// What goes with whatever somebody signs in by.
#[derive(Clone, Default)]
pub(crate) struct With {
    /// The code of their authenticator app, or a recovery code.
    pub(crate) totp_code: Option<String>,
    /// The hub to sign in to.
    pub(crate) hub: Option<HubId>,
    /// What their browser is known by.
    pub(crate) browser: Option<String>,
}

/// Counts a try to sign in, before it is looked whether there is anybody.
pub(crate) async fn count(
    app: &App,
    request: &HttpRequest,
    email: &Email,
    browser: Option<&str>,
) -> Result<Counted, Problem> {
    let (now, place) = (app.clock.now(), client_address::counted(request, &app.settings.proxies));
    let of = Try { email, browser, place };
    db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let counted = throttle::count(&mut tx, &of, now).await?;
        tx.commit().await?;
        Ok::<_, Problem>(counted)
    })
    .await
}

/// Counts a code of the app, or a password of before, that somebody gives who has signed in: before it is looked at.
pub(crate) async fn count_own(app: &App, email: &Email) -> Result<Counted, Problem> {
    let now = app.clock.now();
    db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let counted = throttle::count_app(&mut tx, email, now).await?;
        tx.commit().await?;
        Ok::<_, Problem>(counted)
    })
    .await
}

/// Counts somebody's asking for a code or link, whoever it is about.
pub(crate) async fn count_asking(app: &App, request: &HttpRequest) -> Result<(), Problem> {
    let (now, place) = (app.clock.now(), client_address::counted(request, &app.settings.proxies));
    db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        throttle::count_asking(&mut tx, place, now).await?;
        Ok::<_, Problem>(tx.commit().await?)
    })
    .await
}

/// Whether an enabled person has the address, in whichever hub.
pub(crate) async fn people_sign_in(tx: &mut Tx, email: &Email) -> Result<bool, db::Error> {
    let people = people::by_email(tx, email).await?;
    Ok(people.iter().any(|person| person.disabled_at.is_none()))
}

/// Whose a link is that still works, without using it.
pub(crate) async fn look(app: &App, purpose: Purpose, secret: &str) -> Result<Login, Problem> {
    let mut tx = app.db.read_everywhere().await?;
    let link = links::find(&mut tx, purpose, secret, app.clock.now()).await?.ok_or_else(Problem::not_found)?;
    logins::get(&mut tx, link.login_id).await?.ok_or_else(Problem::not_found)
}

/// A turn to check a password, and the try counted; whoever has to wait is told before that.
pub(crate) async fn turn(
    app: &App,
    request: &HttpRequest,
    email: &Email,
    browser: Option<&str>,
) -> Result<(Turn, Counted), Problem> {
    let (now, place) = (app.clock.now(), client_address::counted(request, &app.settings.proxies));
    throttle::look(&mut app.db.read_everywhere().await?, &Try { email, browser, place }, now).await?;
    let turn = app.hashing.turn().await?;
    Ok((turn, count(app, request, email, browser).await?))
}

/// What the app's code came to.
pub(crate) enum Second {
    /// It was given, or is not asked for: whether it was.
    Good(bool),
    /// It is wrong.
    Wrong,
}

/// The refusal of who did not send the code of their app.
fn code_needed() -> Problem {
    unauthorized(Code::AppCodeNeeded, "send the code of the authenticator app too, as totp_code")
}

/// The code of the app, where the login has one: 401 where it is asked for and was not sent.
pub(crate) async fn second_factor(
    app: &App,
    tx: &mut Tx,
    login: &Login,
    code: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Second, Problem> {
    if !totp::is_on(login) {
        return Ok(Second::Good(false));
    }
    let code = code.ok_or_else(code_needed)?;
    match totp::take(tx, &app.vault, login, code, now).await {
        Ok(()) => Ok(Second::Good(true)),
        Err(totp::Error::Wrong) => Ok(Second::Wrong),
        Err(error) => Err(error.into()),
    }
}

/// The same, where a wrong code is refused and nothing is to be kept of the try.
pub(crate) async fn second_factor_or_fail(
    app: &App,
    tx: &mut Tx,
    login: &Login,
    code: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool, Problem> {
    match second_factor(app, tx, login, code, now).await? {
        Second::Good(given) => Ok(given),
        Second::Wrong => Err(sign_in_failed()),
    }
}

/// Passes on what came of signing in by an address; where it failed, the audit of every hub that has the address is told,
/// after the answer, which therefore takes as long for every address.
pub(crate) fn told<T>(
    app: &Data<App>,
    request: &HttpRequest,
    email: &Email,
    outcome: Result<T, Problem>,
) -> Result<T, Problem> {
    if let Err(problem) = &outcome
        && FAILURES.contains(&problem.code())
    {
        let (app, email, origin, code) = (app.clone(), email.clone(), origin(app, request), problem.code());
        actix_web::rt::spawn(async move {
            if let Err(error) = tell(&app, &email, &origin, code).await {
                tracing::error!(%error, "a failed sign-in was not recorded in the audit");
            }
        });
    }
    outcome
}

/// What is told of: a wrong password or code, and too many of them.
const FAILURES: &[Code] = &[Code::SignInFailed, Code::TooManyRequests];

async fn tell(app: &App, email: &Email, origin: &Origin, code: Code) -> Result<(), db::Error> {
    let now = app.clock.now();
    for person in people::by_email(&mut app.db.read_everywhere().await?, email).await? {
        let entry = audit::Entry::done("sign_in", person.id, origin.clone(), now);
        app.audited.offer(person.hub_id, entry.ended(Outcome::Failed, code.to_string()));
    }
    Ok(())
}

/// Begins the session.
pub(crate) async fn begin(
    app: &App,
    tx: &mut Tx,
    request: &HttpRequest,
    login: &Login,
    entry: Entry,
) -> Result<Begun, Problem> {
    let (now, origin) = (app.clock.now(), origin(app, request));
    Ok(logins::begin(tx, login, entry, &origin, &app.settings.sessions, now).await?)
}
