//! The hubs that a session opens, and which of them its pages show.

use chrono::{DateTime, Utc};

use crate::base::db;
use crate::base::ids::{HubId, LoginSessionId};
use crate::members::logins::{self, Membership, sessions};
use crate::web::app::App;
use crate::web::problem::Problem;

/// The hubs that a session opens, by their names; none where it has ended.
pub(crate) async fn of_session(app: &App, session: LoginSessionId) -> Result<Vec<Membership>, Problem> {
    let mut tx = app.db.read_everywhere().await?;
    match sessions::login_of(&mut tx, session, app.clock.now()).await? {
        Some(login) => Ok(logins::memberships(&mut tx, &login).await?),
        None => Ok(Vec::new()),
    }
}

/// The hub that somebody chooses, where the session opens it, and when the session ends.
pub(crate) async fn choose(
    app: &App,
    session: LoginSessionId,
    hub: HubId,
) -> Result<Option<(Membership, DateTime<Utc>)>, Problem> {
    let Some(chosen) = of_session(app, session).await?.into_iter().find(|open| open.hub_id == hub) else {
        return Ok(None);
    };
    let end = db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let end = sessions::seen(&mut tx, session, app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, db::Error>(end)
    })
    .await?;
    Ok(end.map(|end| (chosen, end)))
}
