//! Setting a password by a link that is sent to somebody's address, or passed on to them.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::{Second, With, ways};
use crate::base::config::Way;
use crate::base::db;
use crate::base::text::Email;
use crate::ledger::audit::{Origin, Outcome};
use crate::members::logins::audited::{self, Act};
use crate::members::logins::links::{self, MadeBy, Purpose};
use crate::members::logins::passwords::{self, Password};
use crate::members::logins::{self, Begun, Entry, Means, throttle, told};
use crate::messages::outbox::Kind;
use crate::web::app::App;
use crate::web::call::origin;
use crate::web::links as addresses;
use crate::web::problem::Problem;
use crate::web::refusals::sign_in_failed;

/// Asks for a link, whoever it may be.
pub(crate) async fn ask(app: &Data<App>, request: &HttpRequest, email: Email) -> Result<(), Problem> {
    ways::open(app, Way::Password)?;
    super::count_asking(app, request).await?;
    let (app, origin) = (app.clone(), origin(app, request));
    actix_web::rt::spawn(async move {
        if let Err(error) = make(&app, &email, &origin).await {
            tracing::error!(%error, "a link to set a password was not made");
        }
    });
    Ok(())
}

/// After the answer, which therefore takes as long for every address.
async fn make(app: &App, email: &Email, origin: &Origin) -> Result<(), Problem> {
    let now = app.clock.now();
    let mut tx = app.db.write_everywhere().await?;
    if !super::people_sign_in(&mut tx, email).await? {
        return Ok(());
    }
    let login = logins::of_address(&mut tx, email, now).await?;
    let made = links::make(&mut tx, &app.vault, &login, (Purpose::Reset, MadeBy::Own), None, now).await?;
    let hubs = logins::memberships(&mut tx, &login).await?;
    let act = Act { word: "reset_link_made", outcome: Outcome::Done, detail: None };
    audited::note(&mut tx, act, &hubs, (login.id, None), origin, now).await?;
    if let Some(made) = &made {
        let link = addresses::reset(&app.settings.public_url, &made.secret);
        told::tell(&mut tx, &app.postbox, &login, Kind::PasswordReset, (made, link), now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Sets a password by a link, once, and signs in; everything else that they were signed in by ends.
pub(crate) async fn set(
    app: &Data<App>,
    request: &HttpRequest,
    secret: &str,
    password: &Password,
    with: &With,
) -> Result<Begun, Problem> {
    ways::open(app, Way::Password)?;
    let now = app.clock.now();
    let mut tx = app.db.read_everywhere().await?;
    let link = links::find(&mut tx, Purpose::Reset, secret, now).await?.ok_or_else(Problem::not_found)?;
    let login = logins::get(&mut tx, link.login_id).await?.ok_or_else(Problem::not_found)?;
    let hubs = logins::memberships(&mut tx, &login).await?;
    let names = passwords::names(&mut tx, &login, &hubs).await?;
    drop(tx);
    passwords::judge(password, &names)?;
    let hash = app.hashing.turn().await?.hash(password.as_str()).await?;
    let begun: Option<Begun> = db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let link = links::find(&mut tx, Purpose::Reset, secret, now).await?.ok_or_else(Problem::not_found)?;
        let login = logins::get(&mut tx, link.login_id).await?.ok_or_else(Problem::not_found)?;
        let code = with.totp_code.as_deref();
        let given = match super::second_factor(app, &mut tx, &login, code, now).await? {
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
        let entry = Entry { second_factor: given, browser: with.browser.clone(), ..Entry::from(Means::Reset) };
        let begun = super::begin(app, &mut tx, request, &login, entry.into_hub(with.hub)).await?;
        throttle::forget(&mut tx, &login.email).await?;
        tx.commit().await?;
        Ok(Some(begun))
    })
    .await?;
    super::told(app, request, &login.email, begun.ok_or_else(sign_in_failed))
}
