//! Logins of people whose address changes, or who are no more: how they sign in goes along, and ends with them.

use chrono::{DateTime, Utc};

use super::{Login, sessions, sql};
use crate::base::clock::new_id;
use crate::base::db::{self, Db, Tx};
use crate::base::ids::LoginId;
use crate::base::text::Email;

/// How somebody signs in goes along to another address, which they have in one hub from now on. Where nobody else has
/// the old one, in any hub, the login itself gets the new one, with what an identity provider knows them by, and every
/// session ends. Otherwise it stays to the others, and a new one has the same password, unless an app is asked for as
/// well. A login that the new address has already stays as it is. The transaction must see every hub.
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

/// Notes that nobody of a hub has the address any more: where nobody of another has it either, its login ends, with all
/// that belongs to it, by the next [round](end_those). Until then it opens no hub that it did not open before.
pub async fn retire(tx: &mut Tx, email: &Email, now: DateTime<Utc>) -> Result<(), db::Error> {
    if let Some(login) = sql::by_address(tx, email).await? {
        sql::moving::to_end(tx, login.id, now).await?.any();
    }
    Ok(())
}

/// How many logins end at once.
const AT_ONCE: i64 = 100;

/// Ends the logins that may be nobody's and are: over all hubs, as no transaction of one hub can.
pub async fn end_those(db: &Db) -> Result<(), db::Error> {
    if sql::moving::ending(&mut db.read_everywhere().await?, 1).await?.is_empty() {
        return Ok(());
    }
    let mut tx = db.write_everywhere().await?;
    for (id,) in sql::moving::ending(&mut tx, AT_ONCE).await? {
        sql::moving::ended(&mut tx, id).await?.any();
        if let Some(login) = sql::by_id(&mut tx, id).await?
            && !sql::moving::is_anybodys(&mut tx, &login.email).await?
        {
            retire_login(&mut tx, &login).await?;
        }
    }
    tx.commit().await
}

async fn retire_login(tx: &mut Tx, login: &Login) -> Result<(), db::Error> {
    sql::moving::ended(tx, login.id).await?.any();
    sql::forget_browsers(tx, login.id).await?.any();
    sql::forget_recovery_codes(tx, login.id).await?.any();
    sql::forget_links(tx, login.id).await?.any();
    sql::moving::forget_tokens(tx, login.id).await?.any();
    sql::moving::forget_sessions(tx, login.id).await?.any();
    sql::moving::forget_subjects(tx, login.id).await?.any();
    sql::moving::delete(tx, login.id).await?.any();
    Ok(())
}
