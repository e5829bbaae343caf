//! Logins of people whose address changes, or who are no more: how they sign in goes along, and ends with them.

use chrono::{DateTime, Utc};

use super::{Login, sessions, sql};
use crate::base::clock::new_id;
use crate::base::db::{self, Tx};
use crate::base::ids::LoginId;
use crate::base::text::Email;

/// How somebody signs in goes along to another address, which they have in one hub from now on. Where nobody else has
/// the old one, in any hub, the login itself gets the new one, with what an identity provider knows them by, and every
/// session ends. Otherwise it stays to the others, and a new one has the same password, unless an app is asked for as
/// well. A login that the new address has already stays as it is.
pub async fn moved(tx: &mut Tx, from: &Email, to: &Email, now: DateTime<Utc>) -> Result<(), db::Error> {
    if from == to {
        return Ok(());
    }
    let Some(login) = sql::by_address(tx, from).await? else { return Ok(()) };
    let shared = sql::moving::is_anybodys(tx, from).await?;
    let taken = sql::by_address(tx, to).await?.is_some();
    match (shared, taken) {
        (false, false) => {
            sessions::end_all(tx, login.id, now, None).await?;
            sql::forget_links(tx, login.id).await?.any();
            sql::moving::rename(tx, login.id, to).await?.exactly(1)?;
        }
        (false, true) => retire_login(tx, &login).await?,
        (true, false) if login.totp_confirmed_at.is_none() => {
            sql::make(tx, LoginId(new_id(now)), to, now).await?.any();
            sql::moving::copy_password(tx, login.id, to).await?.any();
        }
        (true, _) => {}
    }
    Ok(())
}

/// Ends the login of an address that nobody has any more, in any hub, with all that belongs to it.
pub async fn retire(tx: &mut Tx, email: &Email) -> Result<(), db::Error> {
    if sql::moving::is_anybodys(tx, email).await? {
        return Ok(());
    }
    match sql::by_address(tx, email).await? {
        Some(login) => retire_login(tx, &login).await,
        None => Ok(()),
    }
}

async fn retire_login(tx: &mut Tx, login: &Login) -> Result<(), db::Error> {
    sql::forget_browsers(tx, login.id).await?.any();
    sql::forget_recovery_codes(tx, login.id).await?.any();
    sql::forget_links(tx, login.id).await?.any();
    sql::moving::forget_tokens(tx, login.id).await?.any();
    sql::moving::forget_sessions(tx, login.id).await?.any();
    sql::moving::forget_subjects(tx, login.id).await?.any();
    sql::moving::delete(tx, login.id).await?.any();
    Ok(())
}
