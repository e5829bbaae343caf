//! A form that lets somebody in by what works once, sent again: a double click, or "back" and the button. The session that
//! it began is known by the form itself, so the same browser gets the same outcome.

use actix_web::{HttpMessage, HttpRequest};
use chrono::TimeDelta;

use crate::base::db;
use crate::base::ids::LoginSessionId;
use crate::members::logins::{Begun, sessions};
use crate::web::app::App;
use crate::web::problem::{Code, Problem};

/// How long after it began a session is given again for its form.
const FOR: TimeDelta = TimeDelta::minutes(10);

/// The session that the form of this request begins, or began.
#[derive(Clone, Copy)]
pub(crate) struct OfForm(pub(crate) LoginSessionId);

/// The session that the form of this request begins; none where it is no such form.
pub(crate) fn session_of(request: &HttpRequest) -> Option<LoginSessionId> {
    request.extensions().get::<OfForm>().map(|OfForm(session)| *session)
}

/// What came of the form; where it is refused because it has let them in already, what came of it then.
pub(crate) async fn or_before(
    app: &App,
    request: &HttpRequest,
    outcome: Result<Begun, Problem>,
) -> Result<Begun, Problem> {
    match outcome {
        Err(problem) if [Code::NotFound, Code::SignInFailed].contains(&problem.code()) => {
            before(app, request).await?.ok_or(problem)
        }
        outcome => outcome,
    }
}

async fn before(app: &App, request: &HttpRequest) -> Result<Option<Begun>, Problem> {
    let Some(session) = session_of(request) else { return Ok(None) };
    if db::is_to_be_made(&app.settings.database) {
        return Ok(None);
    }
    let now = app.clock.now();
    db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let begun = sessions::begun_since(&mut tx, session, now - FOR, now).await?;
        tx.commit().await?;
        Ok::<_, Problem>(begun)
    })
    .await
}
