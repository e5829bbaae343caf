//! `/v1/events`: dated, bookable runs of a programme, with their sessions. The list of them is in
//! [`crate::web::api::programme::catalogue`].

use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::{EventId, ProgrammeId};
use crate::base::text::{Change, Day, Instant, Line};
use crate::booking::bookings::joining::Joining;
use crate::booking::{evaluations, organising};
use crate::programme::programmes::Flaw;
use crate::programme::programmes::admission::{Admission, Minimum};
use crate::programme::programmes::attendance::{Attendance, AttendanceChange};
use crate::programme::programmes::events::{self, EventChange, NewEvent};
use crate::programme::programmes::policy::{Basis, NotAPolicy, Policy, Refund, Tier};
use crate::programme::programmes::sessions::{self, NewSession};
use crate::web::api::programme::admission::{AdmissionBody, MinimumBody};
use crate::web::api::programme::catalogue::EntryBody;
use crate::web::api::programme::sessions::{NewSessionBody, SessionBody};
use crate::web::body::Body;
use crate::web::call::{Call, Caller};
use crate::web::openapi::{Changes, Keeps};
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{EVERYONE, MAKERS, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(create).service(get_one).service(change).service(publish).service(discard).service(copy);
}

/// An event with its sessions.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventBody {
    #[serde(flatten)]
    entry: EntryBody,
    /// The refund on cancellation.
    #[schema(value_type = PolicyBody)]
    policy: Policy,
    /// How its register decides who attended.
    attendance: Attendance,
    /// Whether a certificate waits for its delegate's evaluation.
    evaluation_required: bool,
    /// When it was last moved: a session was given another time or place, added, or called off. Those whose bookings
    /// were agreed on other times may cancel free of charge for seven days.
    rescheduled_at: Option<DateTime<Utc>>,
    /// When the event was completed and its provider paid.
    completed_at: Option<DateTime<Utc>>,
    /// When the hub called the event off.
    cancelled_at: Option<DateTime<Utc>>,
    /// Why the event was called off.
    cancelled_because: Option<Line>,
    /// Its sessions, in the order of their start.
    sessions: Vec<SessionBody>,
}

/// The refund on cancellation: that of the first tier whose days are still left, nothing after the last.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Policy)]
struct PolicyBody {
    /// How the days before the first session are counted.
    basis: Basis,
    /// The tiers: the days fall from each to the next, and the refund never rises.
    #[schema(max_items = 10)]
    tiers: Vec<TierBody>,
}

/// One step of a policy, with either `refund_percent` or `refund_amount`.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Tier)]
struct TierBody {
    /// Applies while at least this many days are left before the first session.
    #[schema(minimum = 0, maximum = 65535)]
    days_before: u16,
    /// The refund, in percent of the price.
    #[schema(minimum = 0, maximum = 100)]
    refund_percent: Option<u8>,
    /// The refund, in credits; never more than was paid.
    refund_amount: Option<Credits>,
}

impl PolicyBody {
    /// The policy; faults in it are added to `flaws`, and a policy that is never used is returned in its place.
    fn checked(self, flaws: &mut Vec<Flaw>) -> Policy {
        let flaw = |wrong: NotAPolicy| Flaw::invalid(format!("/policy{}", wrong.pointer()), wrong.to_string());
        let before = flaws.len();
        let mut tiers = Vec::new();
        for (index, TierBody { days_before, refund_percent, refund_amount }) in self.tiers.into_iter().enumerate() {
            match Refund::of(refund_percent, refund_amount) {
                Some(refund) => tiers.push(Tier { days_before, refund }),
                None => flaws.push(flaw(NotAPolicy::NotOne(index))),
            }
        }
        if flaws.len() > before {
            return Policy::free();
        }
        Policy::new(self.basis, tiers).unwrap_or_else(|wrong| {
            flaws.extend(wrong.into_iter().map(flaw));
            Policy::free()
        })
    }
}

/// An event to be added, as a draft.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEvent)]
struct NewEventBody {
    /// The programme that it is a run of.
    programme_id: ProgrammeId,
    /// The event's title.
    title: Line,
    /// How many places there are.
    #[schema(minimum = 1, maximum = 100_000)]
    capacity: u32,
    /// What a place costs: at most 1000000 credits.
    price: Credits,
    /// When booking opens; on publication where it is not sent.
    opens_at: Option<Instant>,
    /// When booking closes; when the first session starts where it is not sent.
    closes_at: Option<Instant>,
    /// The refund on cancellation; everything until the start where it is not sent.
    policy: Option<PolicyBody>,
    /// How its register decides who attended.
    attendance: Option<AttendanceChange>,
    /// Who may book it, and how; everyone where it is not sent.
    admission: Option<AdmissionBody>,
    /// How many delegates it needs, and when that is decided; any number will do where it is not sent.
    minimum: Option<MinimumBody>,
    /// Whether a certificate waits for its delegate's evaluation; false where it is not sent.
    evaluation_required: Option<bool>,
    /// The sessions, in any order; no two at once.
    #[schema(min_items = 1, max_items = 50)]
    sessions: Vec<NewSessionBody>,
}

/// Adds an event as a draft; a partner adds events of its own programmes
///
/// Of a partner's draft the hub's managers are told: it waits for them to publish it.
#[utoipa::path(tag = "events", request_body = NewEventBody, responses((status = 201, body = EventBody)), extensions(("x-roles" = json!(MAKERS))))]
#[post("/events")]
async fn create(call: Call, body: Body<NewEventBody>) -> Answer {
    let caller = call.allow()?;
    let sent = body.parse()?;
    let mut policy_flaws = Vec::new();
    let new = NewEvent {
        programme: sent.programme_id,
        title: sent.title,
        capacity: i64::from(sent.capacity),
        price: sent.price,
        opens_at: sent.opens_at.map(|at| at.0),
        closes_at: sent.closes_at.map(|at| at.0),
        policy: sent.policy.map(|policy| policy.checked(&mut policy_flaws)).unwrap_or_default(),
        attendance: sent.attendance.unwrap_or_default().over(Attendance::default()),
        admission: sent.admission.map(Admission::from).unwrap_or_default(),
        minimum: sent.minimum.map(Minimum::from),
        sessions: sent.sessions.into_iter().map(NewSession::from).collect(),
    };
    caller
        .write(body.bytes(), async |journal| {
            let (new, required) = (new.clone(), sent.evaluation_required);
            let event = organising::add_event(journal, &caller.person, new, required, &policy_flaws).await?;
            let (body, version) = whole(&caller, journal.tx(), event.id).await?;
            Ok(Reply::created(format!("/v1/events/{}", event.id), &body)?.with_version(version))
        })
        .await
}

/// One event with its sessions and its cancellation policy
#[utoipa::path(tag = "events", params(("id" = EventId, Path), Keeps), responses((status = 200, body = EventBody)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/events/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .read_unless_known(async |tx| {
            let (body, version) = whole(&caller, tx, caller.id("id")?).await?;
            Ok(Reply::ok(&body)?.with_version(version).into_response())
        })
        .await
}

/// What may be changed of an event; what is not sent stays. Only a draft's sessions can be replaced as a whole; a new
/// price or policy applies to later bookings.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EventChange)]
struct EventChangeBody {
    /// The event's new title.
    title: Option<Line>,
    /// How many places there are: not fewer than are held.
    #[schema(minimum = 1, maximum = 100_000)]
    capacity: Option<u32>,
    /// When booking opens; null for on publication.
    #[serde(default)]
    #[schema(value_type = Option<Instant>)]
    opens_at: Change<Instant>,
    /// When booking closes; null for when the first session starts.
    #[serde(default)]
    #[schema(value_type = Option<Instant>)]
    closes_at: Change<Instant>,
    /// What a place costs: at most 1000000 credits.
    price: Option<Credits>,
    /// The refund on cancellation.
    policy: Option<PolicyBody>,
    /// How its register decides who attended.
    attendance: Option<AttendanceChange>,
    /// Who may book it, and how: replaced as a whole. It applies to bookings from now on.
    admission: Option<AdmissionBody>,
    /// How many delegates it needs, and when that is decided; null for any number.
    #[serde(default)]
    #[schema(value_type = Option<MinimumBody>)]
    minimum: Change<MinimumBody>,
    /// Whether a certificate waits for its delegate's evaluation.
    evaluation_required: Option<bool>,
    /// All its sessions, replaced as a whole.
    #[schema(min_items = 1, max_items = 50)]
    sessions: Option<Vec<NewSessionBody>>,
}

/// Changes an event: a draft in everything, a published one in all but its sessions
///
/// What a place costs, how many there are, what cancelling refunds, and what it takes to have attended and to be given a
/// certificate are agreed between a partner and the hub when the hub publishes the partner's event. After that only the
/// hub changes them, and the partner is refused with `ask_the_hub`.
#[utoipa::path(tag = "events", params(("id" = EventId, Path), Changes), request_body = EventChangeBody, responses((status = 200, body = EventBody)), extensions(("x-roles" = json!(MAKERS))))]
#[patch("/events/{id}")]
async fn change(call: Call, body: Body<EventChangeBody>) -> Answer {
    let caller = call.allow()?;
    let (sent, version) = (body.parse()?, caller.if_match()?);
    let mut policy_flaws = Vec::new();
    let instant = |change: Change<Instant>| Change(change.0.map(|at| at.map(|at| at.0)));
    let change = EventChange {
        title: sent.title,
        capacity: sent.capacity.map(i64::from),
        opens_at: instant(sent.opens_at),
        closes_at: instant(sent.closes_at),
        price: sent.price,
        policy: sent.policy.map(|policy| policy.checked(&mut policy_flaws)),
        attendance: sent.attendance.unwrap_or_default(),
        admission: sent.admission.map(Admission::from),
        minimum: Change(sent.minimum.0.map(|minimum| minimum.map(Minimum::from))),
        sessions: sent.sessions.map(|sessions| sessions.into_iter().map(NewSession::from).collect()),
    };
    caller
        .write(body.bytes(), async |journal| {
            let (id, change, required) = (caller.id("id")?, change.clone(), sent.evaluation_required);
            organising::change_event(journal, &caller.person, id, version, change, required, &policy_flaws).await?;
            let (body, version) = whole(&caller, journal.tx(), id).await?;
            Ok(Reply::ok(&body)?.with_version(version))
        })
        .await
}

/// Publishes a draft: it appears in the catalogue and can be booked
#[utoipa::path(tag = "events", params(("id" = EventId, Path)), responses((status = 200, body = EventBody)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/events/{id}/publish")]
async fn publish(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            let event = organising::publish_event(journal, caller.id("id")?).await?;
            let (body, version) = whole(&caller, journal.tx(), event.id).await?;
            Ok(Reply::ok(&body)?.with_version(version))
        })
        .await
}

/// Deletes a draft with its sessions
#[utoipa::path(tag = "events", params(("id" = EventId, Path), Changes), responses((status = 204)), extensions(("x-roles" = json!(MAKERS))))]
#[delete("/events/{id}")]
async fn discard(call: Call) -> Answer {
    let caller = call.allow()?;
    let version = caller.if_match()?;
    caller
        .write(&[], async |journal| {
            organising::discard_event(journal, &caller.person, caller.id("id")?, version).await?;
            Ok(Reply::nothing())
        })
        .await
}

/// When a copy takes place.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EventCopy)]
struct EventCopyBody {
    /// The day of its first session, in London.
    starts_on: Day,
    /// The title of the copy; that of the event where it is not sent.
    title: Option<Line>,
}

/// Copies an event to other dates, as a draft
///
/// Its sessions, and when it opens, closes and is decided on, all move by the same number of days, at the same times by
/// London clocks.
#[utoipa::path(tag = "events", params(("id" = EventId, Path)), request_body = EventCopyBody, responses((status = 201, body = EventBody)), extensions(("x-roles" = json!(MAKERS))))]
#[post("/events/{id}/copy")]
async fn copy(call: Call, body: Body<EventCopyBody>) -> Answer {
    let caller = call.allow()?;
    let EventCopyBody { starts_on, title } = body.parse()?;
    caller
        .write(body.bytes(), async |journal| {
            let (id, title) = (caller.id("id")?, title.clone());
            let event = organising::copy_event(journal, &caller.person, id, starts_on.0, title).await?;
            let (body, version) = whole(&caller, journal.tx(), event.id).await?;
            Ok(Reply::created(format!("/v1/events/{}", event.id), &body)?.with_version(version))
        })
        .await
}

/// The event with its sessions, if the caller may see it, and its version.
pub(crate) async fn whole(caller: &Caller, tx: &mut Tx, id: EventId) -> Result<(EventBody, i64), Problem> {
    let entry = organising::event(tx, &caller.person, id).await?;
    let event = events::get(tx, caller.hub(), id).await?.ok_or_else(Problem::not_found)?;
    let sessions = sessions::of_event(tx, caller.hub(), id).await?;
    let (provider, joining) = (entry.provider.who(), Joining::of(tx, &caller.person).await?);
    let body = EventBody {
        entry: EntryBody::from(entry),
        policy: event.policy,
        attendance: event.attendance,
        evaluation_required: evaluations::required(tx, caller.hub(), id).await?,
        rescheduled_at: event.rescheduled_at,
        completed_at: event.completed_at,
        cancelled_at: event.cancelled_at,
        cancelled_because: event.cancelled_because,
        sessions: sessions.into_iter().map(|session| SessionBody::new(session, provider, &joining)).collect(),
    };
    Ok((body, event.version))
}
