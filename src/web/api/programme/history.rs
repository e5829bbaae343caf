//! `/v1/events/history`: events from before the hub kept its programme here.

use actix_web::post;
use utoipa::ToSchema;

use crate::base::credits::Credits;
use crate::base::ids::{PersonId, ProgrammeId};
use crate::base::text::Line;
use crate::booking::registers::history::{self, Delegate};
use crate::programme::programmes::admission::Admission;
use crate::programme::programmes::attendance::AttendanceChange;
use crate::programme::programmes::attendance::{Attendance, Mark};
use crate::programme::programmes::events::NewEvent;
use crate::programme::programmes::policy::Policy;
use crate::programme::programmes::sessions::NewSession;
use crate::web::api::programme::events::{EventBody, whole};
use crate::web::api::programme::sessions::NewSessionBody;
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::MANAGER;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(enter_past);
}

/// A past event, with its register.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PastEvent)]
struct PastEventBody {
    /// The programme that it was a run of.
    programme_id: ProgrammeId,
    /// The event's title.
    title: Line,
    /// How its register decides who attended.
    attendance: Option<AttendanceChange>,
    /// The sessions, in any order; no two at once, each over.
    #[schema(min_items = 1, max_items = 50)]
    sessions: Vec<NewSessionBody>,
    /// The delegates on its register.
    #[schema(min_items = 1, max_items = 500)]
    delegates: Vec<PastDelegateBody>,
    /// Whether delegates may have attended another event at the same time.
    allow_clash: Option<bool>,
}

/// Somebody who was on the register of a past event.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PastDelegate)]
struct PastDelegateBody {
    /// The delegate: a person of a school.
    person_id: PersonId,
    /// One mark for each session, in the order in which the sessions are sent.
    marks: Vec<PastMarkBody>,
}

/// What the register said of a delegate at a session.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PastMark)]
struct PastMarkBody {
    /// The mark of the delegate.
    mark: Mark,
    /// For how many minutes the delegate was there in part; half of the session where it is not sent.
    #[schema(minimum = 1, maximum = 1440)]
    minutes: Option<u16>,
}

/// Enters an event from before the hub kept its programme here, with its register, and completes it
///
/// No credits move. Those who attended get it on their CPD record, with a certificate.
#[utoipa::path(tag = "events", request_body = PastEventBody, responses((status = 201, body = EventBody)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/events/history")]
async fn enter_past(call: Call, body: Body<PastEventBody>) -> Answer {
    let caller = call.allow()?;
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
        attendance: sent.attendance.unwrap_or_default().over(Attendance::default()),
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
