//! `/v1/announcements`: what the hub writes to the delegates of an event, or to the CPD leads of schools.

use std::convert::identity;

use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::ids::{AnnouncementId, EventId, PersonId, SchoolId};
use crate::base::text::{Line, Prose};
use crate::booking::announcements::{
    self, Announcement, Audience, Error, Filter, NewAnnouncement, Preview, Received, Receiver, To, Which,
};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::openapi::MovesCredits;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::{EVERYONE, HUB, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(preview).service(list).service(send).service(get_one).service(received);
}

impl Table for Announcement {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "audience",
        "event_title",
        "delegates",
        "schools",
        "subject",
        "words",
        "receivers",
        "sent_by_name",
        "sent_at",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Those to the delegates of this event.
    event_id: Option<EventId>,
    /// Those to delegates, or those to CPD leads.
    audience: Option<Audience>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// What the hub has written to delegates and leads, the newest first
#[utoipa::path(tag = "announcements", params(Query), responses((status = 200, body = Page<Announcement>)), extensions(("x-roles" = json!(HUB))))]
#[get("/announcements")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { event_id, audience, limit, after } = caller.query()?;
    let (before, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let mut tx = caller.read().await?;
    let rows =
        announcements::list(&mut tx, caller.hub(), Filter { event: event_id, audience }, before, limit.and_one())
            .await?;
    caller.list(rows, limit, |sent| sent.id, identity)
}

/// A message to be sent. Placeholders in the subject and the words stand for what is each receiver's own: `{{name}}`,
/// `{{school}}`, and of an event `{{event}}`, `{{date}}`, `{{time}}` and `{{place}}`.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAnnouncement)]
struct NewBody {
    /// Whom it is for.
    audience: Audience,
    /// The event whose delegates it is for.
    event_id: Option<EventId>,
    /// Which of its delegates; those with a place where it is not sent.
    delegates: Option<Which>,
    /// The schools whose CPD leads it is for; those of all where it is not sent.
    #[schema(min_items = 1)]
    school_ids: Option<Vec<SchoolId>>,
    /// Its subject.
    subject: Line,
    /// Its words: plain text, in which an empty line parts paragraphs and addresses become links.
    words: Prose,
}

/// A message to be looked at before it is sent.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AnnouncementDraft)]
struct DraftBody {
    /// Whom it is for.
    audience: Audience,
    /// The event whose delegates it is for.
    event_id: Option<EventId>,
    /// Which of its delegates; those with a place where it is not sent.
    delegates: Option<Which>,
    /// The schools whose CPD leads it is for; those of all where it is not sent.
    #[schema(min_items = 1)]
    school_ids: Option<Vec<SchoolId>>,
    /// Its subject.
    subject: Line,
    /// Its words.
    words: Prose,
    /// Whose message is shown; the first of its receivers' where it is not sent.
    person_id: Option<PersonId>,
}

/// Whom it goes to: what belongs to the other audience is refused.
fn to(
    audience: Audience,
    event: Option<EventId>,
    delegates: Option<Which>,
    schools: Option<Vec<SchoolId>>,
) -> Result<To, Problem> {
    match (audience, event) {
        (Audience::Delegates, None) => Err(Problem::field("/event_id", "missing", "is needed for delegates")),
        (Audience::Delegates, Some(_)) if schools.is_some() => {
            Err(Problem::field("/school_ids", "invalid", "goes only with leads"))
        }
        (Audience::Delegates, Some(event)) => Ok(To::Delegates(event, delegates.unwrap_or(Which::WithPlace))),
        (Audience::Leads, Some(_)) => Err(Problem::field("/event_id", "invalid", "goes only with delegates")),
        (Audience::Leads, None) if delegates.is_some() => {
            Err(Problem::field("/delegates", "invalid", "goes only with delegates"))
        }
        (Audience::Leads, None) => Ok(To::Leads(schools)),
    }
}

/// Sends a message to the delegates of an event, or to CPD leads
///
/// Each receiver is told by a notice and by e-mail, as they have chosen; once, however often the request is sent with its
/// key.
#[utoipa::path(tag = "announcements", params(MovesCredits), request_body = NewBody, responses((status = 201, body = Announcement)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/announcements")]
async fn send(call: Call, body: Body<NewBody>) -> Answer {
    let caller = call.allow()?;
    let NewBody { audience, event_id, delegates, school_ids, subject, words } = body.parse()?;
    let to = to(audience, event_id, delegates, school_ids)?;
    let new = NewAnnouncement::new(to, subject, words).map_err(Error::Flawed)?;
    caller
        .write_keyed(body.bytes(), async |journal| {
            let sent = announcements::send(journal, &new).await?;
            Reply::created(format!("/v1/announcements/{}", sent.id), &sent)
        })
        .await
}

/// What would be sent, as one of its receivers would get it.
#[derive(Serialize, ToSchema)]
#[schema(as = AnnouncementPreview)]
struct PreviewBody {
    /// How many people would get it.
    receivers: usize,
    /// Whose message is shown.
    person_id: PersonId,
    /// Their name.
    name: Line,
    /// The subject, its placeholders filled.
    subject: String,
    /// The words, their placeholders filled.
    text: String,
    /// Everyone who would get it, by name.
    people: Vec<Receiver>,
}

impl From<Preview> for PreviewBody {
    fn from(Preview { receivers, shown, message }: Preview) -> Self {
        PreviewBody {
            receivers: receivers.len(),
            person_id: shown.person_id,
            name: shown.name,
            subject: message.subject,
            text: message.text,
            people: receivers,
        }
    }
}

/// Shows a message as one of its receivers would get it, and who they are; sends nothing
#[utoipa::path(tag = "announcements", request_body = DraftBody, responses((status = 200, body = PreviewBody)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/announcements/preview")]
async fn preview(call: Call, body: Body<DraftBody>) -> Answer {
    let caller = call.allow()?;
    let DraftBody { audience, event_id, delegates, school_ids, subject, words, person_id } = body.parse()?;
    let to = to(audience, event_id, delegates, school_ids)?;
    let new = NewAnnouncement::new(to, subject, words).map_err(Error::Flawed)?;
    let mut tx = caller.read().await?;
    let shown = announcements::preview(&mut tx, caller.hub(), &new, person_id, caller.now()).await?;
    Ok(Reply::ok(&PreviewBody::from(shown))?.into_response())
}

/// One message that the hub has written, as it was typed
#[utoipa::path(tag = "announcements", params(("id" = AnnouncementId, Path)), responses((status = 200, body = Announcement)), extensions(("x-roles" = json!(HUB))))]
#[get("/announcements/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let sent = announcements::get(&mut caller.read().await?, caller.hub(), caller.id("id")?).await?;
    Ok(Reply::ok(&sent.ok_or_else(Problem::not_found)?)?.into_response())
}

/// A message of the hub as the caller got it.
#[derive(Serialize, ToSchema)]
#[schema(as = ReceivedAnnouncement)]
struct ReceivedBody {
    /// The announcement's id.
    id: AnnouncementId,
    /// The event that it is about.
    event_id: Option<EventId>,
    /// The event's title.
    event_title: Option<Line>,
    /// The subject, its placeholders filled.
    subject: String,
    /// The words, their placeholders filled.
    text: String,
    /// The name of who sent it.
    sent_by_name: Option<Line>,
    /// When it was sent.
    sent_at: DateTime<Utc>,
}

impl From<Received> for ReceivedBody {
    fn from(Received { announcement, message }: Received) -> Self {
        ReceivedBody {
            id: announcement.id,
            event_id: announcement.event_id,
            event_title: announcement.event_title,
            subject: message.subject,
            text: message.text,
            sent_by_name: announcement.sent_by_name,
            sent_at: announcement.sent_at,
        }
    }
}

/// What the hub has written to the caller: the message that a notice tells of
#[utoipa::path(tag = "announcements", params(("id" = AnnouncementId, Path)), responses((status = 200, body = ReceivedBody)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/me/announcements/{id}")]
async fn received(call: Call) -> Answer {
    let caller = call.allow()?;
    let (hub, me, id) = (caller.hub(), caller.person.id, caller.id("id")?);
    let received = announcements::received(&mut caller.read().await?, hub, me, id).await?;
    let received = received.ok_or_else(Problem::not_found)?;
    Ok(Reply::ok(&ReceivedBody::from(received))?.into_response())
}
