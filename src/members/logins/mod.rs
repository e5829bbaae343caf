//! Logins: the addresses by which people sign in, over all hubs of the deployment.
//!
//! A login is an address, and opens every hub in which an enabled person has it and was let in: by that hub's
//! invitation, by the operator, or because they have shown that the address is theirs. So whoever a hub merely says to
//! have an address gets at nothing of another hub's, and a hub's manager who can sign somebody in gets at nothing that
//! the person has elsewhere.

pub mod audited;
pub mod helping;
pub mod links;
pub mod moving;
pub mod passwords;
pub mod sessions;
mod sql;
pub mod throttle;
pub mod told;
pub mod totp;

use chrono::{DateTime, TimeDelta, Utc};

pub use crate::ledger::audit::Origin;
pub use sessions::{Begun, Entry, Refreshed, Session, Standing, begin, end, end_all, refresh};

use crate::base::clock::new_id;
use crate::base::db::types::words;
use crate::base::db::{self, Db, Tx};
use crate::base::ids::{HubId, LoginId, PersonId};
use crate::base::text::{Email, Line};
use crate::members::people::{self, Role};

words!(/** How somebody signed in. */ Means {
    /// By an invitation of their hub.
    Invitation = "invitation",
    /// By a link that the operator gave them.
    Operator = "operator",
    /// By their password.
    Password = "password",
    /// By a code that was sent to them, or that a manager of their hub gave them.
    Code = "code",
    /// By a link that was sent to them, or that a manager of their hub gave them.
    Link = "link",
    /// By the link with which they set their password.
    Reset = "reset",
    /// By an identity provider.
    Openid = "openid",
});

impl Means {
    /// Whether it shows that the address is theirs: an identity provider has verified it, or the operator vouches.
    pub fn proves(self) -> bool {
        match self {
            Means::Operator | Means::Openid => true,
            Means::Invitation | Means::Password | Means::Code | Means::Link | Means::Reset => false,
        }
    }
}

/// An address by which somebody signs in.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Login {
    /// The login's id.
    pub id: LoginId,
    /// The address, as it was typed.
    pub email: Email,
    /// The password as a PHC string, where one is set.
    pub password: Option<String>,
    /// When somebody first showed that the address is theirs.
    pub proved_at: Option<DateTime<Utc>>,
    /// The sealed secret of the app that makes codes.
    pub totp_secret: Option<Vec<u8>>,
    /// Since when that app is asked for.
    pub totp_confirmed_at: Option<DateTime<Utc>>,
    /// The step of the last code that was taken.
    pub totp_step: Option<i64>,
}

/// A hub that a login opens, and who they are there.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = HubOfLogin)]
pub struct Membership {
    /// The hub.
    pub hub_id: HubId,
    /// The hub's name.
    pub name: Line,
    /// The person in it.
    pub person_id: PersonId,
    /// Their role.
    pub role: Role,
}

/// Why somebody can't sign in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The login opens no hub.
    #[error("nobody who is enabled signs in by this address")]
    Nobody,
    /// The hub is not one of theirs.
    #[error("must be one of the hubs that the login opens")]
    NotOfHub,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// The login of an address: found, or made.
pub async fn of_address(tx: &mut Tx, email: &Email, now: DateTime<Utc>) -> Result<Login, db::Error> {
    sql::make(tx, LoginId(new_id(now)), email, now).await?.any();
    sql::by_address(tx, email).await?.ok_or_else(db::Error::vanished)
}

/// The login of an address, where there is one.
pub async fn find(tx: &mut Tx, email: &Email) -> Result<Option<Login>, db::Error> {
    sql::by_address(tx, email).await
}

/// One login.
pub async fn get(tx: &mut Tx, id: LoginId) -> Result<Option<Login>, db::Error> {
    sql::by_id(tx, id).await
}

/// The hubs that a login opens, by their names.
pub async fn memberships(tx: &mut Tx, login: &Login) -> Result<Vec<Membership>, db::Error> {
    sql::memberships(tx, &login.email).await
}

/// Takes it that the address is theirs: every hub where an enabled person has it is theirs to open. The first time, what
/// others may have set before ends: a password, an app, sessions; but not where they gave a code of that app. Returns whether
/// a password has ended.
pub async fn prove(tx: &mut Tx, login: &Login, second_factor: bool, now: DateTime<Utc>) -> Result<bool, db::Error> {
    let mut ended = false;
    if !sql::prove(tx, login.id, now).await?.none() && !second_factor {
        sql::forget_secrets(tx, login.id).await?.exactly(1)?;
        sql::forget_browsers(tx, login.id).await?.any();
        sql::forget_recovery_codes(tx, login.id).await?.any();
        sql::forget_links(tx, login.id).await?.any();
        sessions::end_all(tx, login.id, now, None).await?;
        ended = login.password.is_some();
    }
    let mut more = false;
    for (hub, person) in sql::not_let_in(tx, &login.email).await? {
        people::signed_in(tx, hub, person, now).await?;
        more = true;
    }
    if more {
        // Whoever signed in before for less does not get at more by it.
        sessions::end_all(tx, login.id, now, None).await?;
    }
    Ok(ended)
}

/// For how long what has ended is kept.
const KEPT: TimeDelta = TimeDelta::days(90);

/// Removes what has ended long ago. Of the deployment, not of a hub: the rounds do it.
pub async fn purge(db: &Db, now: DateTime<Utc>) -> Result<(), db::Error> {
    if !sql::purge_due(&mut db.read_everywhere().await?, now, KEPT, throttle::FORGOTTEN).await? {
        return Ok(());
    }
    let mut tx = db.write_everywhere().await?;
    sql::purge(&mut tx, now, KEPT, throttle::FORGOTTEN).await?;
    tx.commit().await
}
