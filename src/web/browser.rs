//! What a browser sends and keeps: the cookie of its session, and the mark by which a form of ours is known.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use chrono::{DateTime, TimeDelta, Utc};

use super::app::App;
use super::limits::Proof;
use super::problem::{Code, Problem};
use super::takeout;
use crate::base::auth::{Proven, Subject};
use crate::base::db;
use crate::base::ids::{HubId, LoginSessionId};
use crate::base::seal::Marker;
use crate::members::logins::{Begun, Membership, sessions};

/// The cookie of a session.
const SESSION: &str = "hub_credits";

/// The cookie by which a browser is known that has signed in before.
const KNOWN: &str = "hub_credits_browser";

/// The cookie to which the forms of somebody who has not signed in belong.
const VISIT: &str = "hub_credits_visit";

/// How long a browser is known.
const KNOWN_DAYS: i64 = 400;

/// How old a session's cookie grows before another takes its place.
const RENEWED_AFTER: TimeDelta = TimeDelta::minutes(30);

/// Whether pages answer at this path, and a cookie counts: everywhere but in the API, whose callers send a token, and at
/// what belongs to nobody.
pub(super) fn is_page(path: &str) -> bool {
    const OTHERS: &[&str] = &["/v1", "/docs", "/problems", "/.well-known", "/assets"];
    const ALONE: &[&str] = &["/openapi.json", "/healthz", "/readyz"];
    let within = |place: &str| path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    !OTHERS.iter().any(|place| within(place)) && !ALONE.contains(&path)
}

/// Whether a request is one of the pages': for a page, or for a file that is taken out of them.
pub(super) fn is_of_pages(request: &HttpRequest) -> bool {
    is_page(request.path()) || takeout::asked(request).is_some()
}

/// What the cookie of a page's request proves.
pub(super) fn proof(app: &App, request: &HttpRequest) -> Proof {
    match cookie(request, SESSION) {
        Some(token) => Proof::Token(app.keys.verify_browser(&token, app.clock.now())),
        None => Proof::Nothing,
    }
}

/// What the browser is known by, where somebody has signed in with it before.
pub(crate) fn known_by(request: &HttpRequest) -> Option<String> {
    cookie(request, KNOWN)
}

/// The session whose pages the browser shows.
pub(crate) fn session(request: &HttpRequest) -> Option<LoginSessionId> {
    match request.extensions().get::<Proof>() {
        Some(Proof::Token(Ok(proven))) => proven.session,
        _ => None,
    }
}

pub(super) fn cookie(request: &HttpRequest, name: &str) -> Option<String> {
    request.cookie(name).map(|cookie| cookie.value().to_owned()).filter(|value| !value.is_empty())
}

/// A cookie as every one of ours is: for this service alone, out of the reach of scripts, and not sent along by others'
/// pages.
pub(super) fn ours(app: &App, name: &'static str, value: String, lasts: TimeDelta) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.settings.public_url.starts_with("https://"))
        .max_age(Duration::seconds(lasts.num_seconds()))
        .finish()
}

/// Gives the browser the cookie of a session that has begun, in the hub that is chosen; in one of theirs until they choose.
pub(crate) fn keep(app: &App, response: &mut HttpResponse, begun: &Begun, now: DateTime<Utc>) -> Result<(), Problem> {
    if let Some(hub) = begun.hub.as_ref().or(begun.hubs.first()) {
        into_hub(app, response, (begun.session, hub), (now, begun.expires_at))?;
    }
    match &begun.browser {
        Some(browser) => add(response, &ours(app, KNOWN, browser.clone(), TimeDelta::days(KNOWN_DAYS))),
        None => Ok(()),
    }
}

/// Gives the browser the cookie of a session, which ends then, in this hub.
pub(crate) fn into_hub(
    app: &App,
    response: &mut HttpResponse,
    (session, hub): (LoginSessionId, &Membership),
    (now, end): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), Problem> {
    let proven = Proven { subject: Subject::Person(hub.hub_id, hub.person_id), session: Some(session) };
    let lasts = app.settings.sessions.unused.min(end - now);
    add(response, &ours(app, SESSION, token(app, proven, now, lasts)?, lasts))
}

/// The hub that the browser's pages show.
pub(crate) fn hub(request: &HttpRequest) -> Option<HubId> {
    match request.extensions().get::<Proof>() {
        Some(Proof::Token(Ok(Proven { subject: Subject::Person(hub, _), session: Some(_) }))) => Some(*hub),
        _ => None,
    }
}

/// Takes the cookie of the session away, with whatever the browser may have kept of the pages.
pub(crate) fn forget(app: &App, response: &mut HttpResponse) -> Result<(), Problem> {
    let clear = header::HeaderName::from_static("clear-site-data");
    response.headers_mut().insert(clear, header::HeaderValue::from_static("\"cache\", \"storage\""));
    add(response, &ours(app, SESSION, String::new(), TimeDelta::zero()))
}

/// Gives a cookie that has grown old another in its place, as long as its session lasts: it ends when it has not been used
/// for a while.
pub(crate) async fn renew(app: &App, request: &HttpRequest, response: &mut HttpResponse) -> Result<(), Problem> {
    let proof = request.extensions().get::<Proof>().copied();
    let Some(Proof::Token(Ok(proven @ Proven { session: Some(session), .. }))) = proof else { return Ok(()) };
    let now = app.clock.now();
    let since = cookie(request, SESSION).and_then(|token| app.keys.browser_since(&token));
    if since.is_none_or(|since| now - since < RENEWED_AFTER) {
        return Ok(());
    }
    let end = db::retrying(async || {
        let mut tx = app.db.write_everywhere().await?;
        let end = sessions::seen(&mut tx, session, now).await?;
        tx.commit().await?;
        Ok::<_, db::Error>(end)
    })
    .await?;
    let Some(end) = end else { return Ok(()) };
    let lasts = app.settings.sessions.unused.min(end - now);
    add(response, &ours(app, SESSION, token(app, proven, now, lasts)?, lasts))
}

fn token(app: &App, proven: Proven, now: DateTime<Utc>, lasts: TimeDelta) -> Result<String, Problem> {
    app.keys.issue_to_browser(proven, now, lasts).map_err(|error| internal(&error))
}

pub(super) fn add(response: &mut HttpResponse, cookie: &Cookie<'_>) -> Result<(), Problem> {
    response.add_cookie(cookie).map_err(|error| internal(&error))
}

fn internal(error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(%error, "a cookie could not be made");
    Problem::new(Code::Internal, "something went wrong here; the request id finds it in the logs")
}

/// To whom a form was shown: a session, or a browser in which nobody has signed in.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The pages of this session.
    Session(LoginSessionId),
    /// A visit, by its cookie.
    Visit(String),
}

impl Shown {
    /// To whom the form was shown that this request sends.
    pub(crate) fn before(request: &HttpRequest) -> Option<Shown> {
        session(request).map(Shown::Session).or_else(|| cookie(request, VISIT).map(Shown::Visit))
    }

    /// The cookie of a visit, for those who have none yet.
    pub(crate) fn give(&self, app: &App, request: &HttpRequest, response: &mut HttpResponse) -> Result<(), Problem> {
        match self {
            Shown::Visit(visit) if cookie(request, VISIT).as_ref() != Some(visit) => {
                add(response, &ours(app, VISIT, visit.clone(), TimeDelta::days(1)))
            }
            _ => Ok(()),
        }
    }

    /// The mark of a form with this key, which nobody can make who does not see the form.
    pub(crate) fn mark(&self, app: &App, key: &str) -> String {
        hex::encode(app.keys.mark(&self.message(key)))
    }

    /// Whether the mark is of such a form.
    pub(crate) fn made(&self, app: &App, key: &str, mark: &str) -> bool {
        hex::decode(mark).is_ok_and(|mark| app.keys.made(&self.message(key), &mark))
    }

    fn message(&self, key: &str) -> Vec<u8> {
        format!("hub-credits form 1\n{}\n{key}", self.whose()).into_bytes()
    }

    /// Whose it is, in what is marked for them.
    pub(crate) fn whose(&self) -> String {
        match self {
            Shown::Session(id) => format!("session {}", id.0),
            Shown::Visit(visit) => format!("visit {visit}"),
        }
    }
}

/// Refuses what another site had the browser send.
pub(crate) fn from_our_pages(app: &App, request: &HttpRequest) -> Result<(), Problem> {
    let sent = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let elsewhere =
        || Problem::new(Code::Forbidden, "this was sent by another site: open the page here and send it again");
    if sent("sec-fetch-site").is_some_and(|from| !["same-origin", "none"].contains(&from)) {
        return Err(elsewhere());
    }
    let Some(origin) = sent("origin") else { return Ok(()) };
    let host = sent("host").unwrap_or_default();
    let here = [format!("http://{host}"), format!("https://{host}")];
    let public = app.settings.public_url.trim_end_matches('/');
    if origin == public || here.iter().any(|here| here == origin) { Ok(()) } else { Err(elsewhere()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_count_on_pages_alone() {
        for page in ["/", "/catalogue", "/v10", "/sign-in", "/documents"] {
            assert!(is_page(page), "{page}");
        }
        for other in ["/v1", "/v1/me", "/docs/", "/openapi.json", "/healthz", "/problems/full", "/assets/hub.css"] {
            assert!(!is_page(other), "{other}");
        }
    }
}
