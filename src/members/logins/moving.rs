//! Logins of people whose address changes, or who are no more: how they sign in goes along, and ends with them.

use chrono::{DateTime, Utc};

use super::{Login, sessions, sql};
use crate::base::clock::new_id;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, LoginId, PersonId};
use crate::base::text::Email;
use crate::members::people;

/// How somebody signs in goes along to another address, which they have in this hub from now on. A login that the
/// address had is nobody's unless somebody of another hub was let in by it, and ends. Where nobody else has the address
/// of before, the login itself gets the new one, with what an identity provider knows them by, and every session ends.
/// Otherwise it stays to the others, and a new one has the same password, unless an app is asked for as well.
///
/// Where the new address opens another hub, whoever has it there need not be they: the hub is not opened by it until they
/// are invited, and show that it is they.
pub async fn moved(
    tx: &mut Tx,
    (hub, person): (HubId, PersonId),
    (from, to): (&Email, &Email),
    now: DateTime<Utc>,
) -> Result<(), db::Error> {
    if from == to {
        return Ok(());
    }
    let taken = sql::moving::lets_in_elsewhere(tx, to, hub).await?;
    if !taken {
        retire(tx, to, hub).await?;
    }
    let shared = sql::moving::is_anybodys(tx, from).await?;
    let login = sql::by_address(tx, from).await?;
    match login {
        Some(login) if !shared && !taken => {
            sessions::end_all(tx, login.id, now, None).await?;
            sql::forget_links(tx, login.id).await?.any();
            sql::moving::rename(tx, login.id, to).await?.exactly(1)?;
        }
        Some(login) if !shared => retire_login(tx, &login).await?,
        Some(login) if !taken && login.totp_confirmed_at.is_none() => {
            sql::make(tx, LoginId(new_id(now)), to, now).await?.any();
            sql::moving::copy_password(tx, login.id, to).await?.any();
        }
        _ => {}
    }
    if taken {
        people::let_out(tx, hub, person).await?;
    }
    Ok(())
}

/// Ends the login of an address, with all that belongs to it, unless somebody of another hub was let in by it.
pub async fn retire(tx: &mut Tx, email: &Email, hub: HubId) -> Result<(), db::Error> {
    match sql::by_address(tx, email).await? {
        Some(login) if !sql::moving::lets_in_elsewhere(tx, email, hub).await? => retire_login(tx, &login).await,
        _ => Ok(()),
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
