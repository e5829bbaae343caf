//! Links and codes: what is sent to somebody's address, or given to them by a manager of their hub or by the operator,
//! to sign in or to set a password. Each works once and for a short time.

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng;

use super::{Login, sql};
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::secret;
use crate::base::vault::{self, Vault};

words!(/** What a link does. */ Purpose {
    /// It signs in.
    SignIn = "sign_in",
    /// It sets a password.
    Reset = "reset",
});

words!(/** Who made a link. */ MadeBy {
    /// Whoever it is for: it is sent to their address.
    Own = "self",
    /// A manager of their hub, who passes it on.
    Manager = "manager",
    /// The operator, who passes it on.
    Operator = "operator",
});

impl MadeBy {
    /// Whether using it shows that the address is theirs.
    pub fn proves(self) -> bool {
        match self {
            MadeBy::Own | MadeBy::Operator => true,
            MadeBy::Manager => false,
        }
    }
}

/// How often a code may be tried, and how often the app's code with a link.
const TRIES: i64 = 5;

/// How many codes and links somebody may ask for in an hour; more are not made.
const AN_HOUR: i64 = 5;

/// How long a link to sign in and its code work, in minutes.
pub const SIGN_IN_MINUTES: i64 = 10;

/// How long a link to set a password works that was asked for, in minutes.
const RESET_MINUTES: i64 = 60;

/// How long a link to set a password works that somebody passes on, in minutes.
const PASSED_ON_MINUTES: i64 = 24 * 60;

/// The context in which codes are digested.
const CODE: &str = "sign-in code";

/// Why a link was not made, or could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The keys of the service can't digest a code.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// A link that was made, with its code where it signs in. Both are kept as digests alone.
#[derive(Clone, Debug)]
pub struct Made {
    /// The secret of the link.
    pub secret: String,
    /// Six digits.
    pub code: Option<String>,
    /// Until when both work.
    pub expires_at: DateTime<Utc>,
}

/// A link as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Link {
    /// The digest by which it is known.
    pub digest: Vec<u8>,
    /// Whose it is.
    pub login_id: crate::base::ids::LoginId,
    /// Who made it.
    pub made_by: MadeBy,
    pub(super) code_digest: Option<Vec<u8>>,
}

/// Makes a link, with a code where it signs in. Where somebody asked for it, the code is good only with the `request`
/// that they were given; nobody else's asking or guessing voids it. One that is passed on ends those that were passed
/// on before.
pub async fn make(
    tx: &mut Tx,
    vault: &Vault,
    login: &Login,
    (purpose, made_by): (Purpose, MadeBy),
    request: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Option<Made>, Error> {
    if made_by == MadeBy::Own {
        let since = now - TimeDelta::hours(1);
        if sql::links::count_since(tx, login.id, purpose, since).await? >= AN_HOUR {
            return Ok(None);
        }
    } else {
        sql::links::end_passed_on(tx, login.id, purpose, now).await?.any();
    }
    let minutes = match (purpose, made_by) {
        (Purpose::SignIn, _) => SIGN_IN_MINUTES,
        (Purpose::Reset, MadeBy::Own) => RESET_MINUTES,
        (Purpose::Reset, MadeBy::Manager | MadeBy::Operator) => PASSED_ON_MINUTES,
    };
    let (secret, expires_at) = (secret::new(), now + TimeDelta::minutes(minutes));
    let code = (purpose == Purpose::SignIn).then(|| format!("{:06}", rand::rng().random_range(0..1_000_000)));
    let of_link = secret::digest(&secret);
    let code_digest = code.as_deref().map(|code| vault.digest(CODE, &[of_link.as_slice(), code.as_bytes()].concat()));
    let code_digest = code_digest.transpose()?.map(|digest| digest.to_vec());
    let new = sql::links::New {
        digest: of_link.to_vec(),
        login: login.id,
        purpose,
        made_by,
        code_digest,
        request_digest: request.map(|request| secret::digest(request).to_vec()),
        expires_at,
    };
    sql::links::insert(tx, new, now).await?.exactly(1)?;
    Ok(Some(Made { secret, code, expires_at }))
}

/// The link of a secret, where it still works.
pub async fn find(tx: &mut Tx, purpose: Purpose, secret: &str, now: DateTime<Utc>) -> Result<Option<Link>, db::Error> {
    sql::links::find(tx, purpose, &secret::digest(secret), TRIES, now).await
}

/// The link of a login whose code this is, where it still works. A wrong code counts as a try of every code that it
/// could have been: to be committed too.
pub async fn of_code(
    tx: &mut Tx,
    vault: &Vault,
    login: &Login,
    (code, request): (&str, Option<&str>),
    now: DateTime<Utc>,
) -> Result<Option<Link>, db::Error> {
    let request = request.map(|request| secret::digest(request).to_vec());
    let live = sql::links::with_code(tx, login.id, request.as_deref(), TRIES, now).await?;
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let is = |link: &&Link| {
        let context = [&link.digest, code.as_bytes()].concat();
        link.code_digest.as_deref().is_some_and(|kept| vault.is_digest(CODE, &context, kept))
    };
    let found = live.iter().find(is).cloned();
    if found.is_none() {
        for link in &live {
            tried(tx, link).await?;
        }
    }
    Ok(found)
}

/// Counts a try of a link: of its code, or of the app's code with it.
pub async fn tried(tx: &mut Tx, link: &Link) -> Result<(), db::Error> {
    sql::links::tried(tx, &link.digest).await?.any();
    Ok(())
}

/// Uses a link, once: whether it could still be used.
pub async fn use_up(tx: &mut Tx, link: &Link, now: DateTime<Utc>) -> Result<bool, db::Error> {
    Ok(!sql::links::use_up(tx, &link.digest, now).await?.none())
}
