//! `/v1/events/{id}/sessions`: the dated meetings of an event.

use actix_web::{get, patch, post};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::body::Body;
use super::call::{Call, Caller, EVERYONE, MANAGER};
use super::events::visible;
use super::openapi::{Changes, MovesCredits};
use super::problem::{Answer, Problem};
use super::programmes::MAKERS;
use super::reply::{Page, PageQuery, Reply, Table};
use crate::bookings::joining::Joining;
use crate::bookings::{self, Actor, Reach, What};
use crate::credits::Credits;
use crate::db::Tx;
use crate::ids::{EventId, PersonId, SessionId};
use crate::ledger::Journal;
use crate::people::Role;
use crate::programmes::Provider;
use crate::programmes::sessions::{self, NewSession, Session, SessionChange};
use crate::text::{Change, Instant, Line, Link};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(add).service(get_one).service(change).service(call_off);
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
    /// Whether it can be joined online.
    online: bool,
    /// The link by which it is joined: for those who have a place, the hub, the provider and its host; null for others.
    online_url: Option<Link>,
    /// Who speaks.
    speaker: Option<Line>,
    /// The person who keeps its register, beside the hub and the provider.
    host_id: Option<PersonId>,
    /// Rises with every change that calendars must show.
    sequence: i64,
}

impl SessionBody {
    /// A session of an event of this provider, as it is for those who may join so much.
    pub(super) fn new(session: Session, provider: Provider, joining: &Joining) -> SessionBody {
        let given = joining.gives(session.event_id, provider, session.host_id);
        let Session { id, title, starts_at, ends_at, place, online_url, speaker, host_id, sequence, .. } = session;
        let (online, online_url) = (online_url.is_some(), online_url.filter(|_| given));
        SessionBody { id, title, starts_at, ends_at, place, online, online_url, speaker, host_id, sequence }
    }
}

impl Table for SessionBody {
    const COLUMNS: &'static [&'static str] =
        &["id", "title", "starts_at", "ends_at", "place", "online", "online_url", "speaker", "host_id", "sequence"];
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

/// The sessions of an event, in the order of their start
#[utoipa::path(tag = "events", params(("id" = EventId, Path), PageQuery), responses((status = 200, body = Page<SessionBody>)))]
#[get("/events/{id}/sessions")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow(EVERYONE)?;
    let (after, limit) = caller.query::<PageQuery>()?.read::<(DateTime<Utc>, SessionId)>()?;
    let mut tx = caller.read().await?;
    let event = visible(&caller, &mut tx, caller.id("id")?).await?;
    let mut rows = sessions::of_event(&mut tx, caller.hub(), event.id).await?;
    rows.retain(|session| after.is_none_or(|after| (session.starts_at, session.id) > after));
    let joining = Joining::of(&mut tx, &caller.person).await?;
    let shown = |session| SessionBody::new(session, event.provider, &joining);
    caller.list(rows, limit, |session| (session.starts_at, session.id), shown)
}

/// Adds a session to a draft, or to a published event: that is moved by it, everyone with a place or in the line is told,
/// and those who had booked may cancel free for seven days or until the new session starts
#[utoipa::path(tag = "events", params(("id" = EventId, Path)), request_body = NewSessionBody, responses((status = 201, body = SessionBody)))]
#[post("/events/{id}/sessions")]
async fn add(call: Call, body: Body<NewSessionBody>) -> Answer {
    let caller = call.allow(MAKERS)?;
    let new = NewSession::from(body.parse()?);
    caller
        .write(body.bytes(), async |journal| {
            let event = visible(&caller, journal.tx(), caller.id("id")?).await?;
            let (session, moved) = sessions::add(journal, event.id, new.clone()).await?;
            if moved {
                tell_of_move(&caller, journal, event.id).await?;
            }
            let joining = Joining::of(journal.tx(), &caller.person).await?;
            let body = SessionBody::new(session, event.provider, &joining);
            Reply::created(format!("/v1/events/{}/sessions", event.id), &body)
        })
        .await
}

/// One session
#[utoipa::path(tag = "events", params(("id" = EventId, Path), ("session" = SessionId, Path)), responses((status = 200, body = SessionBody)))]
#[get("/events/{id}/sessions/{session}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow(EVERYONE)?;
    let mut tx = caller.read().await?;
    let (provider, session) = of_path(&caller, &mut tx).await?;
    let (version, joining) = (session.version, Joining::of(&mut tx, &caller.person).await?);
    Ok(Reply::ok(&SessionBody::new(session, provider, &joining))?.with_version(version).into_response())
}

/// What may be changed of a session; what is not sent stays.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SessionChange)]
struct SessionChangeBody {
    /// Its title.
    title: Option<Line>,
    /// When it starts: in the future.
    starts_at: Option<Instant>,
    /// When it ends: after the start, at most 24 hours later.
    ends_at: Option<Instant>,
    /// Where it is; this, or where it is online, is needed.
    #[serde(default)]
    #[schema(value_type = Option<Line>)]
    place: Change<Line>,
    /// Where it is online.
    #[serde(default)]
    #[schema(value_type = Option<Link>)]
    online_url: Change<Link>,
    /// Who speaks.
    #[serde(default)]
    #[schema(value_type = Option<Line>)]
    speaker: Change<Line>,
    /// A person of the hub who keeps its register, beside the hub and the provider.
    #[serde(default)]
    #[schema(value_type = Option<PersonId>)]
    host_id: Change<PersonId>,
    /// `true` where another place or online_url is a move, for the hub manager to say; not where it is the same one spelt
    /// anew, or a link is added.
    moved: Option<bool>,
}

/// Changes a session. Another time moves a published event, and so does another place with `moved`: everyone with a place
/// or in the line is told, and those whose bookings were agreed on other times may cancel free for seven days or until
/// the moved session starts, with everything back before the first session, then with the share of those still to come
#[utoipa::path(tag = "events", params(("id" = EventId, Path), ("session" = SessionId, Path), Changes), request_body = SessionChangeBody, responses((status = 200, body = SessionBody)))]
#[patch("/events/{id}/sessions/{session}")]
async fn change(call: Call, body: Body<SessionChangeBody>) -> Answer {
    let caller = call.allow(MAKERS)?;
    let (sent, version) = (body.parse()?, caller.if_match()?);
    if sent.moved == Some(true) && caller.person.role != Role::HubManager {
        return Err(Problem::field("/moved", "invalid", "is for the hub manager to say"));
    }
    let change = SessionChange {
        title: sent.title,
        starts_at: sent.starts_at.map(|at| at.0),
        ends_at: sent.ends_at.map(|at| at.0),
        place: sent.place,
        online_url: sent.online_url,
        speaker: sent.speaker,
        host_id: sent.host_id,
        moved: sent.moved.unwrap_or_default(),
    };
    caller
        .write(body.bytes(), async |journal| {
            let (provider, before) = of_path(&caller, journal.tx()).await?;
            let event = before.event_id;
            let (session, moved) = sessions::change(journal, event, before.id, version, change.clone()).await?;
            if moved {
                tell_of_move(&caller, journal, event).await?;
            }
            let (version, joining) = (session.version, Joining::of(journal.tx(), &caller.person).await?);
            Ok(Reply::ok(&SessionBody::new(session, provider, &joining))?.with_version(version))
        })
        .await
}

/// A session that is called off.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SessionCancellation)]
struct SessionCancellationBody {
    /// Why; those who are told of it read it with the event.
    reason: Line,
}

/// What calling a session off came to.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionCalledOff)]
struct SessionCalledOffBody {
    /// The session, which is none of the event any more.
    session: SessionBody,
    /// What went back to the wallets and the subsidy: nothing where the event has not begun.
    refund: Credits,
}

/// Calls a session off before it starts, or takes it out of a draft: a published event is moved by it, and where it has
/// begun, the session's share of what each booking holds goes back
#[utoipa::path(tag = "events", params(("id" = EventId, Path), ("session" = SessionId, Path), MovesCredits), request_body = SessionCancellationBody, responses((status = 200, body = SessionCalledOffBody)))]
#[post("/events/{id}/sessions/{session}/cancel")]
async fn call_off(call: Call, body: Body<SessionCancellationBody>) -> Answer {
    let caller = call.allow(MANAGER)?;
    let SessionCancellationBody { reason } = body.parse()?;
    caller
        .write_keyed(body.bytes(), async |journal| {
            let (provider, before) = of_path(&caller, journal.tx()).await?;
            let off = sessions::call_off(journal, before.event_id, before.id, &reason).await?;
            let mut refund = Credits::ZERO;
            if off.begun {
                let what = What::SessionCalledOff { event: before.event_id, of: off.of };
                refund = bookings::perform_one(journal, hub_of(&caller), what).await??.refund;
            } else if off.published {
                tell_of_move(&caller, journal, before.event_id).await?;
            }
            let joining = Joining::of(journal.tx(), &caller.person).await?;
            Reply::ok(&SessionCalledOffBody { session: SessionBody::new(off.session, provider, &joining), refund })
        })
        .await
}

fn hub_of(caller: &Caller) -> Actor {
    Actor { person: Some(caller.person.id), reach: Reach::Hub }
}

/// Tells everyone with a place or in the line that the event was moved.
async fn tell_of_move(caller: &Caller, journal: &mut Journal, event: EventId) -> Result<(), Problem> {
    bookings::perform_one(journal, hub_of(caller), What::Rescheduled(event)).await??;
    Ok(())
}

/// The session of the path and who gives its event, where the caller may see that.
async fn of_path(caller: &Caller, tx: &mut Tx) -> Result<(Provider, Session), Problem> {
    let event = visible(caller, tx, caller.id("id")?).await?;
    let (id, all) = (caller.id::<SessionId>("session")?, sessions::of_event(tx, caller.hub(), event.id).await?);
    let session = all.into_iter().find(|session| session.id == id).ok_or_else(Problem::not_found)?;
    Ok((event.provider, session))
}
