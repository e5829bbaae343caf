//! Signing in by OpenID Connect: what was begun in which browser, and whom a subject of a provider stands for.
//!
//! A verified address finds the login, once; from then on the subject decides, whatever address the provider tells.

mod secrets;
mod sql;

use chrono::{DateTime, TimeDelta, Utc};

pub use secrets::Browser;

use crate::base::config::SessionTimes;
use crate::base::db::{self, Db, Tx};
use crate::base::ids::HubId;
use crate::base::openid::{Asking, Identity, Unproved};
use crate::base::text::Email;
use crate::members::logins::{self, Begun, Entry, Login, Means, Origin};

/// How long a sign-in may take at the provider.
const MINUTES: i64 = 10;

/// Why a provider's word signs nobody in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody has the address.
    #[error("nobody here has the address {0}: ask your hub to add it, or sign in another way")]
    Nobody(Email),
    /// The provider proves no address, and the subject is not known.
    #[error("{0}: sign in another way")]
    Unproved(Unproved),
    /// They can't sign in.
    #[error(transparent)]
    Login(#[from] logins::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Begins a sign-in by a provider: what the provider is to know of it. Those that have ended are forgotten.
pub async fn begin(
    tx: &mut Tx,
    provider: &str,
    browser: &Browser,
    hub: Option<HubId>,
    now: DateTime<Utc>,
) -> Result<Asking, db::Error> {
    let state = secrets::new_state();
    sql::forget(tx, now).await?.any();
    let (digest, expires) = (secrets::digest_of(&state), now + TimeDelta::minutes(MINUTES));
    sql::insert(tx, &digest, &browser.digest(), provider, hub, (now, expires)).await?.exactly(1)?;
    Ok(browser.asks(&state))
}

/// Ends a sign-in that was begun with this provider in this browser: what the provider knows of it, and the hub that was
/// wished for. None where it was not begun so, is over, or has been ended: it ends once.
pub async fn end(
    tx: &mut Tx,
    provider: &str,
    browser: &Browser,
    state: &str,
    now: DateTime<Utc>,
) -> Result<Option<(Asking, Option<HubId>)>, db::Error> {
    let found = sql::take(tx, &secrets::digest_of(state), &browser.digest(), provider, now).await?;
    Ok(found.map(|(hub,)| (browser.asks(state), hub)))
}

/// Signs in whoever a provider vouches for, in the hub that they wish for where it is theirs.
pub async fn sign_in(
    tx: &mut Tx,
    identity: &Identity,
    hub: Option<HubId>,
    origin: &Origin,
    times: &SessionTimes,
    now: DateTime<Utc>,
) -> Result<Begun, Error> {
    let login = login(tx, identity, now).await?;
    // Whoever has another address since shows nothing about the one of before.
    let proves = identity.address.as_ref().is_ok_and(|address| *address == login.email);
    let entry = || Entry { proves, ..Entry::from(Means::Openid) };
    match logins::begin(tx, &login, entry().into_hub(hub), origin, times, now).await {
        Err(logins::Error::Nobody) => Err(Error::Nobody(login.email)),
        Err(logins::Error::NotOfHub) => Ok(logins::begin(tx, &login, entry(), origin, times, now).await?),
        outcome => Ok(outcome?),
    }
}

/// The login of whom a provider vouches for: by their subject where it is known, and else by their address, with which
/// the subject is kept.
async fn login(tx: &mut Tx, identity: &Identity, now: DateTime<Utc>) -> Result<Login, Error> {
    let Identity { issuer, subject, address } = identity;
    if let Some(login) = sql::known(tx, issuer, subject).await?
        && let Some(login) = logins::get(tx, login).await?
    {
        return Ok(login);
    }
    let address = address.as_ref().map_err(|reason| Error::Unproved(*reason))?;
    let login = logins::of_address(tx, address, now).await?;
    sql::keep(tx, issuer, subject, login.id, now).await?.any();
    Ok(login)
}

/// Forgets sign-ins that are over. Of the deployment, not of a hub: the rounds do it.
pub async fn purge(db: &Db, now: DateTime<Utc>) -> Result<(), db::Error> {
    if !sql::anything_over(&mut db.read_everywhere().await?, now).await? {
        return Ok(());
    }
    let mut tx = db.write_everywhere().await?;
    sql::forget(&mut tx, now).await?.any();
    tx.commit().await
}
