//! That somebody's password was right, carried to the step that asks for the code of their app: so that the code alone is
//! asked for then. It is marked by the key of the service for one address, one password, one browser and a few minutes;
//! the password itself is not in it. Setting another password ends it.

use actix_web::{HttpRequest, web};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::ways;
use crate::base::config::Way;
use crate::base::db;
use crate::base::seal::Marker;
use crate::base::text::Email;
use crate::members::logins::{self, Begun, Entry, Login, Means, throttle};
use crate::web::app::App;
use crate::web::browser::Shown;
use crate::web::problem::Problem;

/// How long it holds.
const LASTS: TimeDelta = TimeDelta::minutes(5);

/// What the second step is sent with.
pub(crate) struct Sent {
    /// Their address.
    pub(crate) email: Email,
    /// What [`of`] made.
    pub(crate) proved: String,
    /// The code of their authenticator app, or a recovery code.
    pub(crate) totp_code: String,
    /// What their browser is known by.
    pub(crate) browser: Option<String>,
}

/// What says that the password of this login was right, for the browser that the form was shown to; none where it was shown
/// to nobody, or there is no password.
pub(crate) fn of(app: &App, request: &HttpRequest, login: &Login) -> Option<String> {
    let (shown, until) = (Shown::before(request)?, (app.clock.now() + LASTS).timestamp());
    let mark = app.keys.mark(&message(&shown, login, until)?);
    Some(format!("{until}.{}", hex::encode(mark)))
}

/// Whether it was said of this login as it is, to this browser, not long ago.
fn holds(app: &App, request: &HttpRequest, login: &Login, proved: &str, now: DateTime<Utc>) -> bool {
    let of_text = || {
        let (until, mark) = proved.split_once('.')?;
        let (until, mark) = (until.parse::<i64>().ok()?, hex::decode(mark).ok()?);
        let message = message(&Shown::before(request)?, login, until)?;
        Some(now.timestamp() <= until && app.keys.made(&message, &mark))
    };
    of_text().unwrap_or(false)
}

fn message(shown: &Shown, login: &Login, until: i64) -> Option<Vec<u8>> {
    let password = hex::encode(Sha256::digest(login.password.as_deref()?));
    let (whose, login) = (shown.whose(), login.id);
    Some(format!("hub-credits password proved 1\n{whose}\n{login}\n{password}\n{until}").into_bytes())
}

/// Signs in by the code, where the password was proved before. A wrong code is refused as a wrong password is; what was
/// proved and holds no more, at the field `proved`.
pub(crate) async fn sign_in(app: &web::Data<App>, request: &HttpRequest, sent: &Sent) -> Result<Begun, Problem> {
    ways::open(app, Way::Password)?;
    let outcome = by_code(app, request, sent).await;
    super::told(app, request, &sent.email, outcome)
}

async fn by_code(app: &App, request: &HttpRequest, sent: &Sent) -> Result<Begun, Problem> {
    let counted = super::count(app, request, &sent.email, sent.browser.as_deref()).await?;
    let now = app.clock.now();
    db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let login = logins::find(&mut tx, &sent.email).await?;
        let login = login.filter(|login| holds(app, request, login, &sent.proved, now)).ok_or_else(over)?;
        let given = super::second_factor_or_fail(app, &mut tx, &login, Some(&sent.totp_code), now).await?;
        let entry = Entry { second_factor: given, browser: sent.browser.clone(), ..Entry::from(Means::Password) };
        let begun = super::begin(app, &mut tx, request, &login, entry).await?;
        throttle::forgive(&mut tx, &counted).await?;
        tx.commit().await?;
        Ok::<_, Problem>(begun)
    })
    .await
}

fn over() -> Problem {
    Problem::field("/proved", "expired", "Type your password again: that was too long ago")
}

/// Whether the password must be typed again.
pub(crate) fn is_over(problem: &Problem) -> bool {
    problem.errors().iter().any(|error| error.pointer == "/proved")
}
