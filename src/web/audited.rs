//! What requests leave in the [audit]: a write in its own commit, a file before it is sent, a refusal of rights soon
//! after, off the request's way.

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpMessage, HttpRequest};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::app::App;
use super::client_address;
use super::problem::Problem;
use super::recorder::written;
use super::reply::Reply;
use super::secret::KEPT_NOWHERE;
use super::secret::without_secret;
use crate::base::config::Proxies;
use crate::base::ids::HubId;
use crate::ledger::audit::{By, Entry, Origin, Outcome};

/// The id of a request.
pub(super) struct RequestId(pub(super) Arc<str>);

/// Whom a request is proved to come from.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub(super) hub: HubId,
    pub(super) by: By,
}

/// Where a request comes from.
pub(crate) fn origin(request: &HttpRequest, proxies: &Proxies) -> Origin {
    let agent = request.headers().get(header::USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()));
    let extensions = request.extensions();
    let id = extensions.get::<RequestId>().map(|id| &*id.0);
    Origin::new(client_address::of(request, proxies), agent.as_deref(), id)
}

/// A request that did what it asked for.
pub(super) fn done(request: &HttpRequest, proxies: &Proxies, reply: &Reply, at: DateTime<Utc>) -> Entry {
    let by = request.extensions().get::<Known>().map(|known| known.by).unwrap_or_default();
    // Where a secret was made, the location may be the link with it; after a form it is only the next page.
    let secret = request.match_pattern().is_some_and(|pattern| KEPT_NOWHERE.contains(&pattern.as_str()));
    let made = reply.status == StatusCode::CREATED && !secret;
    let made = reply.headers.iter().find(|(name, _)| name == "location" && made).map(|(_, made)| made.as_str());
    let entry = Entry::done(act(request), by, origin(request, proxies), at);
    let target = made.map_or_else(|| target(request), |made| without_secret(made).to_owned());
    Entry { detail: names(request), ..entry.to(target) }
}

/// The path, without a secret, and with ids as they are written everywhere, so that they are found.
fn target(request: &HttpRequest) -> String {
    let path = without_secret(request.path());
    let written = |part: &str| {
        let decoded = url::form_urlencoded::parse(part.as_bytes()).next().map(|(part, _)| part.into_owned());
        decoded.and_then(|part| Uuid::try_parse(&part).ok()).map_or_else(|| part.to_owned(), |id| id.to_string())
    };
    path.split('/').map(written).collect::<Vec<_>>().join("/")
}

/// The operation: method and path pattern.
fn act(request: &HttpRequest) -> String {
    format!("{} {}", request.method(), request.match_pattern().unwrap_or_else(|| "(no operation)".to_owned()))
}

/// The names of the query's parameters.
fn names(request: &HttpRequest) -> Option<String> {
    let query = url::form_urlencoded::parse(request.query_string().as_bytes());
    let names: Vec<String> = query.map(|(name, _)| name.chars().take(40).collect()).take(20).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// The types of files in which records are taken out.
const FILES: &[&str] = &["text/csv", "application/pdf", crate::base::xlsx::MEDIA_TYPE];

/// Operations that take much out whatever the type of their answer.
const EXPORTS: &[&str] = &[
    "/account/data",
    "/account/data.json",
    "/ledger/export/{format}",
    "/v1/ledger/export",
    "/v1/me/data",
    "/v1/people/{id}/data",
];

/// Records what an answer means: a refusal of rights soon, a file before it is sent.
pub(super) async fn of_answer<B: MessageBody>(app: &App, response: &ServiceResponse<B>, head: bool) {
    let request = response.request();
    let Some(Known { hub, by }) = request.extensions().get::<Known>().copied() else { return };
    let entry = || {
        let entry = Entry::done(act(request), by, origin(request, &app.settings.proxies), app.clock.now());
        entry.to(target(request))
    };
    match response.status() {
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => {
            let problem = response.response().error().and_then(|error| error.as_error::<Problem>());
            let code = problem.map_or_else(|| response.status().to_string(), |problem| problem.code().to_string());
            app.audited.offer(hub, entry().ended(Outcome::Refused, code));
        }
        StatusCode::OK if !head && request.method() == Method::GET => {
            let media = response.headers().get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok());
            let media = media.and_then(|media| media.split(';').next()).unwrap_or_default();
            let pattern = request.match_pattern().unwrap_or_default();
            if FILES.contains(&media) || EXPORTS.contains(&pattern.as_str()) {
                let record = Entry { detail: Some(media.to_owned()), ..entry() };
                // Where the database takes nothing, the log has it, and what can be read still is.
                if let Err(error) = written(&app.db, hub, &[record]).await {
                    tracing::error!(%error, "an export could not be recorded in the audit");
                }
            }
        }
        _ => {}
    }
}
