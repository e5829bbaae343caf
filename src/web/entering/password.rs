//! Signing in by a password.

use actix_web::{HttpRequest, web};

use super::ways;
use crate::base::config::Way;
use crate::base::db;
use crate::base::ids::HubId;
use crate::base::text::Email;
use crate::members::logins::passwords::{self, Password};
use crate::members::logins::{self, Begun, Entry, Login, Means, throttle, totp};
use crate::web::app::App;
use crate::web::problem::Problem;
use crate::web::refusals::sign_in_failed;

/// What somebody signs in by.
pub(crate) struct Sent {
    /// Their address.
    pub(crate) email: Email,
    /// Their password.
    pub(crate) password: Password,
    /// The code of their authenticator app, or a recovery code.
    pub(crate) totp_code: Option<String>,
    /// The hub to sign in to.
    pub(crate) hub: Option<HubId>,
    /// What their browser is known by.
    pub(crate) browser: Option<String>,
}

/// What a password that is right leads to.
pub(crate) enum Step {
    /// The session has begun.
    In(Begun),
    /// The code of the app is asked for too, of this login.
    CodeNeeded(Login),
}

/// Signs in by a password. Whatever does not fit is refused alike.
pub(crate) async fn sign_in(app: &web::Data<App>, request: &HttpRequest, sent: &Sent) -> Result<Begun, Problem> {
    match first_step(app, request, sent).await? {
        Step::In(begun) => Ok(begun),
        Step::CodeNeeded(_) => Err(super::code_needed()),
    }
}

/// Signs in by a password, or says that the code of the app is needed too. Whatever does not fit is refused alike.
pub(crate) async fn first_step(app: &web::Data<App>, request: &HttpRequest, sent: &Sent) -> Result<Step, Problem> {
    ways::open(app, Way::Password)?;
    let outcome = by_password(app, request, sent).await;
    super::told(app, request, &sent.email, outcome)
}

async fn by_password(app: &App, request: &HttpRequest, sent: &Sent) -> Result<Step, Problem> {
    let (turn, counted) = super::turn(app, request, &sent.email, sent.browser.as_deref()).await?;
    let found = logins::find(&mut app.db.read_everywhere().await?, &sent.email).await?;
    let known = found.as_ref().and_then(|login| login.password.as_deref());
    let checked = turn.check(sent.password.as_str(), known).await?;
    let Some(found) = found.filter(|_| checked.right) else { return Err(sign_in_failed()) };
    let renewed = if checked.outdated { Some(turn.hash(sent.password.as_str()).await?) } else { None };
    let now = app.clock.now();
    db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        // What was checked is what they have still.
        let login = logins::find(&mut tx, &sent.email).await?.filter(|login| login.password == found.password);
        let login = login.ok_or_else(sign_in_failed)?;
        if sent.totp_code.is_none() && totp::is_on(&login) {
            return Ok(Step::CodeNeeded(login));
        }
        let given = super::second_factor_or_fail(app, &mut tx, &login, sent.totp_code.as_deref(), now).await?;
        if let Some(hash) = &renewed {
            passwords::renew(&mut tx, &login, hash).await?;
        }
        let entry = Entry { second_factor: given, browser: sent.browser.clone(), ..Entry::from(Means::Password) };
        let begun = super::begin(app, &mut tx, request, &login, entry.into_hub(sent.hub)).await?;
        throttle::forgive(&mut tx, &counted).await?;
        tx.commit().await?;
        Ok::<_, Problem>(Step::In(begun))
    })
    .await
}
