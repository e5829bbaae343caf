//! `/v1/events/history`: what was before the hub kept its programme here.

use actix_web::post;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::body::Body;
use super::call::{Call, MANAGER};
use super::events::{AttendanceChangeBody, EventBody, attendance, whole};
use super::problem::Answer;
use super::reply::Reply;
use super::sessions::NewSessionBody;
use crate::credits::Credits;
use crate::ids::{PersonId, ProgrammeId};
use crate::programmes::admission::Admission;
use crate::programmes::attendance::{Attendance, Mark};
use crate::programmes::events::NewEvent;
use crate::programmes::policy::Policy;
use crate::programmes::sessions::NewSession;
use crate::registers::history::{self, Delegate};
use crate::text::Line;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(enter_past);
}

/// An event that is over, with its register.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PastEvent)]
struct PastEventBody {
    /// The programme that it was a run of.
    programme_id: ProgrammeId,
    /// Its title.
    title: Line,
    /// How its register decides who attended.
    attendance: Option<AttendanceChangeBody>,
    /// In any order; no two at once, each over.
    #[schema(min_items = 1, max_items = 50)]
    sessions: Vec<NewSessionBody>,
    /// Who was on its register.
    #[schema(min_items = 1, max_items = 500)]
    delegates: Vec<PastDelegateBody>,
    /// Whether delegates may have attended another event at the same time.
    allow_clash: Option<bool>,
}

/// Somebody who was on the register of an event that is over.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PastDelegate)]
struct PastDelegateBody {
    /// Who: somebody of a school.
    person_id: PersonId,
    /// One for each session, in the order in which the sessions are sent.
    marks: Vec<PastMarkBody>,
}

/// What the register said of a delegate at a session.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PastMark)]
struct PastMarkBody {
    /// The mark.
    mark: Mark,
    /// For how many minutes somebody was there for a part of the session; half of it where it is not sent.
    #[schema(minimum = 1, maximum = 1440)]
    minutes: Option<u16>,
}

/// Enters an event that was before the hub kept its programme here, with its register, and completes it: no credits move,
/// and who attended has it in their CPD record, with a certificate
#[utoipa::path(tag = "events", request_body = PastEventBody, responses((status = 201, body = EventBody)))]
#[post("/events/history")]
async fn enter_past(call: Call, body: Body<PastEventBody>) -> Answer {
    let caller = call.allow(MANAGER)?;
    let sent = body.parse()?;
    let mark = |sent: PastMarkBody| (sent.mark, sent.minutes.map(i64::from));
    let delegate =
        |sent: PastDelegateBody| Delegate { person: sent.person_id, marks: sent.marks.into_iter().map(mark).collect() };
    let allow_clash = sent.allow_clash.unwrap_or(false);
    let delegates: Vec<Delegate> = sent.delegates.into_iter().map(delegate).collect();
    let new = NewEvent {
        programme: sent.programme_id,
        title: sent.title,
        capacity: 1,
        price: Credits::ZERO,
        opens_at: None,
        closes_at: None,
        policy: Policy::free(),
        attendance: attendance(sent.attendance).over(Attendance::default()),
        admission: Admission::default(),
        minimum: None,
        sessions: sent.sessions.into_iter().map(NewSession::from).collect(),
    };
    caller
        .write(body.bytes(), async |journal| {
            let event = history::enter(journal, new.clone(), &delegates, allow_clash).await?;
            let (body, version) = whole(&caller, journal.tx(), event.id).await?;
            Ok(Reply::created(format!("/v1/events/{}", event.id), &body)?.with_version(version))
        })
        .await
}
