//! `/v1/events/{id}/sessions`: the dated meetings of an event.

use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::body::Body;
use super::call::{Call, EVERYONE};
use super::events::visible;
use super::problem::Answer;
use super::programmes::MAKERS;
use super::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::ids::{EventId, PersonId, SessionId};
use crate::programmes::sessions::{self, NewSession, Session};
use crate::text::{Instant, Line, Link};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(add);
}

/// One dated meeting of an event.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(super) struct SessionBody {
    /// The session.
    id: SessionId,
    /// Its title.
    title: Line,
    /// When it starts.
    starts_at: DateTime<Utc>,
    /// When it ends.
    ends_at: DateTime<Utc>,
    /// Where it is.
    place: Option<Line>,
    /// Where it is online.
    online_url: Option<Link>,
    /// Who speaks.
    speaker: Option<Line>,
    /// The person who keeps its register, beside the hub and the provider.
    host_id: Option<PersonId>,
    /// Rises with every change that calendars must show.
    sequence: i64,
}

impl From<Session> for SessionBody {
    fn from(session: Session) -> Self {
        let Session { id, title, starts_at, ends_at, place, online_url, speaker, host_id, sequence, .. } = session;
        SessionBody { id, title, starts_at, ends_at, place, online_url, speaker, host_id, sequence }
    }
}

impl Table for SessionBody {
    const COLUMNS: &'static [&'static str] =
        &["id", "title", "starts_at", "ends_at", "place", "online_url", "speaker", "host_id", "sequence"];
}

/// A session to be added.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSession)]
pub(super) struct NewSessionBody {
    /// Its title.
    title: Line,
    /// When it starts: in the future.
    starts_at: Instant,
    /// When it ends: after the start, at most 24 hours later.
    ends_at: Instant,
    /// Where it is; this, or where it is online, is needed.
    place: Option<Line>,
    /// Where it is online.
    online_url: Option<Link>,
    /// Who speaks.
    speaker: Option<Line>,
    /// A person of the hub who keeps its register, beside the hub and the provider.
    host_id: Option<PersonId>,
}

impl From<NewSessionBody> for NewSession {
    fn from(session: NewSessionBody) -> Self {
        let NewSessionBody { title, starts_at, ends_at, place, online_url, speaker, host_id } = session;
        NewSession { title, starts_at: starts_at.0, ends_at: ends_at.0, place, online_url, speaker, host_id }
    }
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// How many.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The sessions of an event, in the order of their start
#[utoipa::path(tag = "events", params(("id" = EventId, Path), Query), responses((status = 200, body = Page<SessionBody>)))]
#[get("/events/{id}/sessions")]
async fn list(call: Call) -> Answer {
    let caller = call.allow(EVERYONE)?;
    let Query { limit, after } = caller.query()?;
    let (after, limit) = (read_cursor::<(DateTime<Utc>, SessionId)>(after.as_deref())?, limit.unwrap_or_default());
    let mut tx = caller.read().await?;
    let event = visible(&caller, &mut tx, caller.id("id")?).await?;
    let mut rows = sessions::of_event(&mut tx, caller.hub(), event.id).await?;
    rows.retain(|session| after.is_none_or(|after| (session.starts_at, session.id) > after));
    caller.list(rows, limit, |session| (session.starts_at, session.id), SessionBody::from)
}

/// Adds a session to a draft
#[utoipa::path(tag = "events", params(("id" = EventId, Path)), request_body = NewSessionBody, responses((status = 201, body = SessionBody)))]
#[post("/events/{id}/sessions")]
async fn add(call: Call, body: Body<NewSessionBody>) -> Answer {
    let caller = call.allow(MAKERS)?;
    let new = NewSession::from(body.parse()?);
    caller
        .write(body.bytes(), async |journal| {
            let event = visible(&caller, journal.tx(), caller.id("id")?).await?;
            let session = sessions::add(journal, event.id, new.clone()).await?;
            Reply::created(format!("/v1/events/{}/sessions", event.id), &SessionBody::from(session))
        })
        .await
}
