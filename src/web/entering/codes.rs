//! Signing in by a code or a link that is sent to somebody's address, or passed on to them.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::{Second, With, ways};
use crate::base::config::Way;
use crate::base::db::{self, Tx};
use crate::base::secret;
use crate::base::text::Email;
use crate::members::logins::links::{self, Link, MadeBy, Purpose};
use crate::members::logins::{self, Begun, Entry, Login, Means, throttle, told};
use crate::messages::outbox::Kind;
use crate::web::app::App;
use crate::web::links as addresses;
use crate::web::problem::Problem;
use crate::web::refusals::sign_in_failed;

/// Asks for a code and a link, whoever it may be: what the code is to be sent with.
pub(crate) async fn ask(app: &Data<App>, request: &HttpRequest, email: Email) -> Result<String, Problem> {
    ways::open(app, Way::Code)?;
    super::count_asking(app, request).await?;
    let secret = secret::new();
    let (app, asked) = (app.clone(), secret.clone());
    actix_web::rt::spawn(async move {
        if let Err(error) = make(&app, &email, &asked).await {
            tracing::error!(%error, "a code to sign in was not made");
        }
    });
    Ok(secret)
}

/// After the answer, which therefore takes as long for every address.
async fn make(app: &App, email: &Email, request: &str) -> Result<(), Problem> {
    let now = app.clock.now();
    let mut tx = app.db.write_everywhere().await?;
    if !super::people_sign_in(&mut tx, email).await? {
        return Ok(());
    }
    let login = logins::of_address(&mut tx, email, now).await?;
    let of = (Purpose::SignIn, MadeBy::Own);
    let made = links::make(&mut tx, &app.vault, &login, of, Some(request), now).await?;
    if let Some(made) = &made {
        let link = addresses::sign_in(&app.settings.public_url, &made.secret);
        told::tell(&mut tx, &app.postbox, &login, Kind::SignInCode, (made, link), now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// A code that somebody signs in by.
pub(crate) struct Sent {
    /// Their address.
    pub(crate) email: Email,
    /// The six digits.
    pub(crate) code: String,
    /// What was answered when the code was asked for; none where somebody passed it on.
    pub(crate) request: Option<String>,
    /// What goes with it.
    pub(crate) with: With,
}

/// Signs in by a code, once.
pub(crate) async fn by_code(app: &Data<App>, request: &HttpRequest, sent: &Sent) -> Result<Begun, Problem> {
    ways::open(app, Way::Code)?;
    let counted = super::count(app, request, &sent.email, sent.with.browser.as_deref()).await;
    let counted = super::told(app, request, &sent.email, counted)?;
    let now = app.clock.now();
    let begun = db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let Some(login) = logins::find(&mut tx, &sent.email).await? else { return Ok(None) };
        let code = (sent.code.as_str(), sent.request.as_deref());
        let Some(link) = links::of_code(&mut tx, &app.vault, &login, code, now).await? else {
            tx.commit().await?;
            return Ok(None);
        };
        let begun = enter(app, &mut tx, request, (&login, &link, Means::Code), &sent.with).await?;
        if begun.is_some() {
            throttle::forgive(&mut tx, &counted).await?;
        }
        tx.commit().await?;
        Ok::<_, Problem>(begun)
    })
    .await?;
    super::told(app, request, &sent.email, begun.ok_or_else(sign_in_failed))
}

/// Signs in by a link, once.
pub(crate) async fn by_link(app: &App, request: &HttpRequest, secret: &str, with: &With) -> Result<Begun, Problem> {
    ways::open(app, Way::Code)?;
    let now = app.clock.now();
    let begun = db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let link = links::find(&mut tx, Purpose::SignIn, secret, now).await?.ok_or_else(Problem::not_found)?;
        let login = logins::get(&mut tx, link.login_id).await?.ok_or_else(Problem::not_found)?;
        let begun = enter(app, &mut tx, request, (&login, &link, Means::Link), with).await?;
        tx.commit().await?;
        Ok::<_, Problem>(begun)
    })
    .await?;
    begun.ok_or_else(sign_in_failed)
}

/// Signs in by a link or its code, where the code of the app fits; none where it does not, which counts as a try. To be
/// committed either way.
async fn enter(
    app: &App,
    tx: &mut Tx,
    request: &HttpRequest,
    (login, link, means): (&Login, &Link, Means),
    with: &With,
) -> Result<Option<Begun>, Problem> {
    let now = app.clock.now();
    let code = with.totp_code.as_deref();
    let Second::Good(second_factor) = super::second_factor(app, tx, login, code, now).await? else {
        links::tried(tx, link).await?;
        return Ok(None);
    };
    if !links::use_up(tx, link, now).await? {
        return Ok(None);
    }
    let entry = Entry::from(means).into_hub(with.hub);
    let entry = Entry { second_factor, proves: link.made_by.proves(), browser: with.browser.clone(), ..entry };
    Ok(Some(super::begin(app, tx, request, login, entry).await?))
}
