//! `/v1/auth/refresh` and signing out; `/v1/me/sessions`: what somebody is signed in by.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{SignedIn, signed_in};
use crate::base::db;
use crate::base::ids::{HubId, LoginSessionId};
use crate::members::logins::sessions::{self, Session};
use crate::members::logins::{self, Means, Refreshed};
use crate::web::agent;
use crate::web::app::App;
use crate::web::body::{Body, MaybeBody};
use crate::web::call::{Call, Identified, identify, origin, unauthorized};
use crate::web::entering;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Code, Problem};
use crate::web::reply::{Reply, Table};
use crate::web::roles::EVERYONE;

pub(super) fn routes(config: &mut Operations<'_, '_>) {
    config.service(refresh).service(sign_out).service(sign_out_everywhere).service(list).service(end);
}

/// A session to be gone on with.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Refresh)]
struct Refresh {
    /// The newest refresh token of the session.
    refresh_token: String,
    /// The hub to go on in; where it is not sent, the one of before.
    hub_id: Option<HubId>,
}

/// Goes on with a session: a new access token, in the same hub or in another, and the next refresh token
///
/// A refresh token works once. Where one is sent again somebody has copied it, and the session ends.
#[utoipa::path(tag = "sign-in", security(()), request_body = Refresh, responses((status = 200, body = SignedIn), (status = 401, description = "The session has ended")))]
#[post("/auth/refresh")]
async fn refresh(app: web::Data<App>, request: HttpRequest, body: Body<Refresh>) -> Answer {
    let Refresh { refresh_token, hub_id } = body.parse()?;
    let (now, origin) = (app.clock.now(), origin(&app, &request));
    let refreshed = db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let refreshed =
            logins::refresh(&mut tx, &refresh_token, hub_id, (&app.settings.sessions, &origin), now).await?;
        tx.commit().await?;
        Ok::<_, Problem>(refreshed)
    })
    .await?;
    match refreshed {
        Refreshed::On(begun) => signed_in(&app, *begun, now),
        Refreshed::Ended => Err(ended()),
    }
}

fn ended() -> Problem {
    unauthorized(Code::SessionEnded, "the session has ended: sign in again")
}

/// Which session ends.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignOut)]
struct SignOut {
    /// The newest refresh token of the session; not needed with its access token.
    refresh_token: Option<String>,
}

/// Signs out: the session of the access token, or of the refresh token that is sent, ends at once
#[utoipa::path(tag = "sign-in", security((), ("token" = [])), request_body(content = SignOut, description = "May be left out"), responses((status = 204, description = "The session has ended"), (status = 401, description = "There is no such session")))]
#[post("/auth/logout")]
async fn sign_out(app: web::Data<App>, request: HttpRequest, body: MaybeBody<SignOut>) -> Answer {
    let SignOut { refresh_token } = body.parse()?;
    let now = app.clock.now();
    let mut tx = app.db.write_everywhere().await?;
    let session = match refresh_token {
        Some(token) => sessions::of_token(&mut tx, &token, now).await?,
        None => {
            let Identified { session, .. } = identify(&request)?;
            let session = session.ok_or_else(ended)?;
            sessions::login_of(&mut tx, session, now).await?.map(|login| (session, login.id))
        }
    };
    let (session, login) = session.ok_or_else(ended)?;
    entering::sessions::end(&app, &mut tx, &request, (login, session)).await?;
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Signs out everywhere: every session by the caller's address ends at once, this one too
#[utoipa::path(tag = "sign-in", responses((status = 204, description = "No session is left")), extensions(("x-roles" = json!(EVERYONE))))]
#[post("/auth/logout-everywhere")]
async fn sign_out_everywhere(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            if let Some(login) = logins::find(journal.tx(), &caller.person.email).await? {
                let now = journal.now();
                logins::end_all(journal.tx(), login.id, now, None).await?;
            }
            Ok(Reply::nothing())
        })
        .await
}

/// What somebody is signed in by.
#[derive(Serialize, ToSchema)]
#[schema(as = LoginSession)]
struct SessionBody {
    /// The session's id.
    id: LoginSessionId,
    /// How it began.
    means: Means,
    /// When it began.
    began_at: DateTime<Utc>,
    /// When it was last gone on with.
    last_used_at: DateTime<Utc>,
    /// When it ends whatever happens.
    expires_at: DateTime<Utc>,
    /// The address that it began from.
    address: Option<String>,
    /// The browser or program that it began with, in words.
    browser: Option<String>,
    /// Whether it is the one of this request.
    current: bool,
}

/// The caller's sessions that last.
#[derive(Serialize, ToSchema)]
#[schema(as = LoginSessions)]
struct SessionsBody {
    /// The newest first.
    items: Vec<SessionBody>,
}

impl Table for SessionBody {
    const COLUMNS: &'static [&'static str] =
        &["browser", "address", "means", "began_at", "last_used_at", "expires_at", "current", "id"];
}

impl SessionBody {
    fn new(session: Session, current: Option<LoginSessionId>) -> SessionBody {
        let Session { id, means, address, agent, created_at, last_used_at, expires_at } = session;
        let browser = agent.as_deref().map(agent::in_words);
        let current = current == Some(id);
        SessionBody { id, means, began_at: created_at, last_used_at, expires_at, address, browser, current }
    }
}

/// What the caller is signed in by: when, and from where
///
/// As JSON or, where Accept asks for it, as CSV or a workbook (XLSX).
#[utoipa::path(tag = "sign-in", responses((status = 200, content((SessionsBody = "application/json"), (String = "text/csv")))), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/me/sessions")]
async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let found = match logins::find(&mut tx, &caller.person.email).await? {
        Some(login) => sessions::all(&mut tx, login.id, caller.now()).await?,
        None => Vec::new(),
    };
    let items: Vec<SessionBody> = found.into_iter().map(|it| SessionBody::new(it, caller.session)).collect();
    if let Some(file) = caller.wants_file() {
        return caller.table(file, &items).await;
    }
    Ok(Reply::ok(&SessionsBody { items })?.into_response())
}

/// Ends one of the caller's sessions at once
#[utoipa::path(tag = "sign-in", params(("id" = LoginSessionId, Path)), responses((status = 204, description = "It has ended")), extensions(("x-roles" = json!(EVERYONE))))]
#[delete("/me/sessions/{id}")]
async fn end(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            let (now, id) = (journal.now(), caller.id("id")?);
            let login = logins::find(journal.tx(), &caller.person.email).await?.ok_or_else(Problem::not_found)?;
            if !logins::end(journal.tx(), login.id, id, now).await? {
                return Err(Problem::not_found());
            }
            Ok(Reply::nothing())
        })
        .await
}
