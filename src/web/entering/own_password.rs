//! Another password, set by whoever has signed in.

use chrono::TimeDelta;

use super::ways;
use crate::base::config::Way;
use crate::members::logins::passwords::{self, Password};
use crate::members::logins::{self, throttle};
use crate::web::call::{Caller, unauthorized};
use crate::web::problem::{Answer, Code, Problem};
use crate::web::repeats;
use crate::web::reply::Reply;

/// Sets another password, in place of the current one; every other session of theirs ends. Whoever has none yet sets one
/// within an hour of signing in.
pub(crate) async fn change(caller: &Caller, current: Option<&Password>, new: &Password, done: Reply) -> Answer {
    let app = caller.app();
    ways::open(app, Way::Password)?;
    // The same form again: its password of before is not the current one any more.
    if let Some(done) = repeats::answered(caller, &[]).await? {
        return Ok(done.into_response());
    }
    let (now, email) = (caller.now(), caller.person.email.clone());
    let mut tx = caller.read().await?;
    let login = logins::find(&mut tx, &email).await?.ok_or_else(no_session)?;
    let hubs = logins::memberships(&mut tx, &login).await?;
    let names = passwords::names(&mut tx, &login, &hubs).await?;
    let began = match caller.session {
        Some(session) => logins::sessions::began(&mut tx, session).await?,
        None => None,
    };
    drop(tx);
    passwords::judge(new, &names).map_err(|weak| Problem::field("/new", weak.word(), weak.to_string()))?;
    let turn = match (&login.password, current) {
        (Some(had), Some(current)) => {
            // What others try at the address is none of theirs, who has signed in.
            let counted = super::count_own(app, &email).await?;
            let turn = app.hashing.turn().await?;
            if !turn.check(current.as_str(), Some(had.as_str())).await?.right {
                return Err(Problem::field("/current", "wrong", "is not the password of before"));
            }
            let mut tx = app.db.write_everywhere().await?;
            throttle::forgive(&mut tx, &counted).await?;
            tx.commit().await?;
            turn
        }
        (Some(_), None) => return Err(Problem::field("/current", "missing", "is needed to set another password")),
        (None, _) if began.is_some_and(|began| began > now - TimeDelta::hours(1)) => app.hashing.turn().await?,
        (None, _) => return Err(unauthorized(Code::SessionEnded, "sign in again: to set a first password takes that")),
    };
    let hash = turn.hash(new.as_str()).await?;
    drop(turn);
    caller
        .write(&[], async |journal| {
            let login = logins::find(journal.tx(), &email).await?.filter(|it| it.password == login.password);
            let login = login.ok_or_else(no_session)?;
            passwords::set(journal.tx(), &login, &hash, now, caller.session).await?;
            Ok(done.clone())
        })
        .await
}

fn no_session() -> Problem {
    unauthorized(Code::SessionEnded, "sign in again")
}
