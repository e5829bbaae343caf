//! The end of a session.

use actix_web::HttpRequest;

use crate::base::db::{self, Tx};
use crate::base::ids::{LoginId, LoginSessionId};
use crate::ledger::audit::Outcome;
use crate::members::logins::audited::{self, Act};
use crate::members::logins::{self, sessions};
use crate::web::app::App;
use crate::web::call::origin;
use crate::web::problem::Problem;

/// Ends a session of a login by its owner's wish, and tells the audit of their hubs.
pub(crate) async fn end(
    app: &App,
    tx: &mut Tx,
    request: &HttpRequest,
    (login, session): (LoginId, LoginSessionId),
) -> Result<(), db::Error> {
    let now = app.clock.now();
    logins::end(tx, login, session, now).await?;
    if let Some(login) = logins::get(tx, login).await? {
        let hubs = logins::memberships(tx, &login).await?;
        let act = Act { word: "sign_out", outcome: Outcome::Done, detail: None };
        audited::note(tx, act, &hubs, (login.id, Some(session)), &origin(app, request), now).await?;
    }
    Ok(())
}

/// Signs out of a session, where it lasts.
pub(crate) async fn sign_out(app: &App, request: &HttpRequest, session: LoginSessionId) -> Result<(), Problem> {
    db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        if let Some(login) = sessions::login_of(&mut tx, session, app.clock.now()).await? {
            end(app, &mut tx, request, (login.id, session)).await?;
        }
        Ok::<_, Problem>(tx.commit().await?)
    })
    .await
}
