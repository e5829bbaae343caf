//! The link by which somebody comes into a hub.

use actix_web::HttpRequest;
use chrono::{DateTime, Utc};

use super::{With, ways};
use crate::base::config::Way;
use crate::base::db::{self, Tx};
use crate::members::hubs::{self, Hub};
use crate::members::logins::passwords::{self, Password};
use crate::members::logins::{self, Begun, Entry, Login, Means};
use crate::members::people::{self, Accepted, Person};
use crate::web::app::App;
use crate::web::call::unauthorized;
use crate::web::problem::{Code, Problem};

/// An invitation that has not been accepted.
pub(crate) struct Invitation {
    /// Whom it is for.
    pub(crate) person: Person,
    /// The hub that it opens.
    pub(crate) hub: Hub,
    /// Until when it can be accepted.
    pub(crate) expires_at: DateTime<Utc>,
}

/// Looks at an invitation without accepting it.
pub(crate) async fn look(app: &App, secret: &str) -> Result<Invitation, Problem> {
    let mut tx = app.db.read_everywhere().await?;
    let found = people::invitation(&mut tx, secret, app.clock.now()).await?;
    let (person, expires_at) = found.ok_or_else(Problem::not_found)?;
    let hub = hubs::get(&mut tx, person.hub_id).await?.ok_or_else(Problem::not_found)?;
    Ok(Invitation { person, hub, expires_at })
}

/// Accepts an invitation, once, and signs in. A password that comes with it is set, or shows who they are where they have
/// one.
pub(crate) async fn accept(
    app: &App,
    request: &HttpRequest,
    secret: &str,
    password: Option<&Password>,
    with: &With,
) -> Result<Begun, Problem> {
    let now = app.clock.now();
    let (person, _) =
        people::invitation(&mut app.db.read_everywhere().await?, secret, now).await?.ok_or_else(Problem::not_found)?;
    let sent = match password {
        Some(password) => Some(sent(app, request, &person, password, with.browser.as_deref()).await?),
        None => None,
    };
    db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let begun = let_in(app, &mut tx, request, secret, (with, sent.as_ref())).await?;
        tx.commit().await?;
        Ok::<_, Problem>(begun)
    })
    .await
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
    if let Some(hub) = hubs::get(&mut tx, person.hub_id).await? {
        names.push(hub.name.as_str().to_owned());
    }
    drop(tx);
    let had = login.and_then(|login| login.password);
    let judged = passwords::judge(password, &names);
    let turn = match &had {
        Some(_) => super::turn(app, request, &person.email, browser).await?.0,
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
    (with, sent): (&With, Option<&Sent>),
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
    let second_factor = super::second_factor_or_fail(app, tx, &login, with.totp_code.as_deref(), now).await?;
    if let Some(sent) = sent
        && (by_operator || login.password.is_none())
    {
        passwords::set(tx, &login, sent.new.as_deref().map_err(|weak| Problem::from(*weak))?, now, None).await?;
    } else {
        // Whoever signed in before this hub was open to them does not get into it by that.
        logins::end_all(tx, login.id, now, None).await?;
    }
    let means = if by_operator { Means::Operator } else { Means::Invitation };
    let entry = Entry { second_factor, browser: with.browser.clone(), ..Entry::from(means) };
    super::begin(app, tx, request, &login, entry.into_hub(Some(person.hub_id))).await
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
