//! `/v1/events/{id}/sessions`: the dated meetings of an event.

use actix_web::{get, patch, post};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::{EventId, PersonId, SessionId};
use crate::base::text::{Change, Instant, Line, Link};
use crate::booking::bookings::joining::Joining;
use crate::booking::organising;
use crate::programme::programmes::Provider;
use crate::programme::programmes::catalogue::Entry;
use crate::programme::programmes::sessions::{self, NewSession, Session, SessionChange};
use crate::web::body::Body;
use crate::web::call::{Call, Caller};
use crate::web::openapi::{Changes, MovesCredits};
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Page, PageQuery, Reply, Table};
use crate::web::roles::{EVERYONE, MAKERS, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(add).service(get_one).service(change).service(call_off);
}

/// One dated meeting of an event.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionBody {
    /// The session's id.
    id: SessionId,
    /// The session's title.
    title: Line,
    /// When it starts.
    starts_at: DateTime<Utc>,
    /// When it ends.
    ends_at: DateTime<Utc>,
    /// Where it takes place.
    place: Option<Line>,
    /// Whether it can be joined online.
    online: bool,
    /// The link to join it: for those who have a place, the hub, the provider and the session's host; null for others.
    online_url: Option<Link>,
    /// The speaker's name.
    speaker: Option<Line>,
    /// The person who keeps its register, as well as the hub and the provider.
    host_id: Option<PersonId>,
    /// Rises with every change that calendars must show.
    sequence: i64,
}

impl SessionBody {
    /// A session of an event of this provider, as it is shown to somebody with these rights to join.
    pub(crate) fn new(session: Session, provider: Provider, joining: &Joining) -> SessionBody {
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
pub(crate) struct NewSessionBody {
    /// The session's title.
    title: Line,
    /// When it starts: in the future.
    starts_at: Instant,
    /// When it ends: after the start, at most 24 hours later.
    ends_at: Instant,
    /// Where it takes place; this or the online link is needed.
    place: Option<Line>,
    /// The link to join it online.
    online_url: Option<Link>,
    /// The speaker's name.
    speaker: Option<Line>,
    /// A person of the hub who keeps its register, as well as the hub and the provider.
    host_id: Option<PersonId>,
}

impl From<NewSessionBody> for NewSession {
    fn from(session: NewSessionBody) -> Self {
        let NewSessionBody { title, starts_at, ends_at, place, online_url, speaker, host_id } = session;
        NewSession { title, starts_at: starts_at.0, ends_at: ends_at.0, place, online_url, speaker, host_id }
    }
}

/// The sessions of an event, in the order of their start
#[utoipa::path(tag = "events", params(("id" = EventId, Path), PageQuery), responses((status = 200, body = Page<SessionBody>)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/events/{id}/sessions")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let (after, limit) = caller.query::<PageQuery>()?.read::<(DateTime<Utc>, SessionId)>()?;
    let mut tx = caller.read().await?;
    let event = organising::event(&mut tx, &caller.person, caller.id("id")?).await?;
    let mut rows = sessions::of_event(&mut tx, caller.hub(), event.id).await?;
    rows.retain(|session| after.is_none_or(|after| (session.starts_at, session.id) > after));
    let joining = Joining::of(&mut tx, &caller.person).await?;
    let shown = |session| SessionBody::new(session, event.provider.who(), &joining);
    caller.list(rows, limit, |session| (session.starts_at, session.id), shown)
}

/// Adds a session to a draft, or to a published event, which this moves
///
/// Everyone with a place or on the waiting list is told, and those who had booked may cancel free of charge for seven
/// days or until the new session starts. To a published event only the hub adds one: a partner is refused with
/// `ask_the_hub`.
#[utoipa::path(tag = "events", params(("id" = EventId, Path)), request_body = NewSessionBody, responses((status = 201, body = SessionBody)), extensions(("x-roles" = json!(MAKERS))))]
#[post("/events/{id}/sessions")]
async fn add(call: Call, body: Body<NewSessionBody>) -> Answer {
    let caller = call.allow()?;
    let new = NewSession::from(body.parse()?);
    caller
        .write(body.bytes(), async |journal| {
            let (tx, id) = (journal.tx(), caller.id("id")?);
            let event = organising::event(tx, &caller.person, id).await?;
            let session = organising::add_session(journal, &caller.person, id, new.clone()).await?;
            let joining = Joining::of(journal.tx(), &caller.person).await?;
            let body = SessionBody::new(session, event.provider.who(), &joining);
            Reply::created(format!("/v1/events/{}/sessions", event.id), &body)
        })
        .await
}

/// One session
#[utoipa::path(tag = "events", params(("id" = EventId, Path), ("session" = SessionId, Path)), responses((status = 200, body = SessionBody)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/events/{id}/sessions/{session}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let (event, session) = of_path(&caller, &mut tx).await?;
    let provider = event.provider.who();
    let (version, joining) = (session.version, Joining::of(&mut tx, &caller.person).await?);
    Ok(Reply::ok(&SessionBody::new(session, provider, &joining))?.with_version(version).into_response())
}

/// What may be changed of a session; what is not sent stays.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SessionChange)]
struct SessionChangeBody {
    /// The session's new title.
    title: Option<Line>,
    /// When it starts: in the future.
    starts_at: Option<Instant>,
    /// When it ends: after the start, at most 24 hours later.
    ends_at: Option<Instant>,
    /// Where it takes place; this or the online link is needed.
    #[serde(default)]
    #[schema(value_type = Option<Line>)]
    place: Change<Line>,
    /// The link to join it online.
    #[serde(default)]
    #[schema(value_type = Option<Link>)]
    online_url: Change<Link>,
    /// The speaker's name; null for none.
    #[serde(default)]
    #[schema(value_type = Option<Line>)]
    speaker: Change<Line>,
    /// A person of the hub who keeps its register, as well as the hub and the provider.
    #[serde(default)]
    #[schema(value_type = Option<PersonId>)]
    host_id: Change<PersonId>,
    /// `true` where another place or `online_url` is a move, which the hub manager decides; not where it is the same
    /// one spelt differently, or a link is added.
    moved: Option<bool>,
}

/// Changes a session; another time moves a published event, and so does another place with `moved`
///
/// Where the event is moved, everyone with a place or on the waiting list is told, and those whose bookings were agreed
/// on other times may cancel free of charge for seven days or until the moved session starts: with a full refund before
/// the first session, then with the share of those still to come. When and where a session of a published event takes
/// place is changed by the hub alone: a partner is refused with `ask_the_hub`.
#[utoipa::path(tag = "events", params(("id" = EventId, Path), ("session" = SessionId, Path), Changes), request_body = SessionChangeBody, responses((status = 200, body = SessionBody)), extensions(("x-roles" = json!(MAKERS))))]
#[patch("/events/{id}/sessions/{session}")]
async fn change(call: Call, body: Body<SessionChangeBody>) -> Answer {
    let caller = call.allow()?;
    let (sent, version) = (body.parse()?, caller.if_match()?);
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
            let (entry, before) = of_path(&caller, journal.tx()).await?;
            let (of, provider) = ((before.event_id, before.id), entry.provider.who());
            let session = organising::change_session(journal, &caller.person, of, version, change.clone()).await?;
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

/// What calling a session off did.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionCalledOff)]
struct SessionCalledOffBody {
    /// The session, which is no longer part of the event.
    session: SessionBody,
    /// How much was refunded to the wallets and the subsidy: nothing where the event has not begun.
    refund: Credits,
}

/// Calls off a session before it starts, or removes it from a draft
///
/// A published event is moved by it; where the event has begun, the session's share of what each booking holds is
/// refunded.
#[utoipa::path(tag = "events", params(("id" = EventId, Path), ("session" = SessionId, Path), MovesCredits), request_body = SessionCancellationBody, responses((status = 200, body = SessionCalledOffBody)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/events/{id}/sessions/{session}/cancel")]
async fn call_off(call: Call, body: Body<SessionCancellationBody>) -> Answer {
    let caller = call.allow()?;
    let SessionCancellationBody { reason } = body.parse()?;
    caller
        .write_keyed(body.bytes(), async |journal| {
            let (event, before) = of_path(&caller, journal.tx()).await?;
            let (of, provider) = ((before.event_id, before.id), event.provider.who());
            let (off, refund) = organising::call_off_session(journal, &caller.person, of, &reason).await?;
            let joining = Joining::of(journal.tx(), &caller.person).await?;
            Reply::ok(&SessionCalledOffBody { session: SessionBody::new(off, provider, &joining), refund })
        })
        .await
}

/// The session of the path and its event, if the caller may see it.
async fn of_path(caller: &Caller, tx: &mut Tx) -> Result<(Entry, Session), Problem> {
    Ok(organising::session(tx, &caller.person, caller.id("id")?, caller.id("session")?).await?)
}
