//! How an event ends: it is completed and its provider paid, or the hub calls it off.

use actix_web::post;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::credits::Credits;
use crate::base::ids::EventId;
use crate::base::text::Line;
use crate::booking::organising;
use crate::booking::registers::{self, Completion};
use crate::programme::programmes::attendance::Mark;
use crate::web::api::programme::events::{EventBody, whole};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::openapi::MovesCredits;
use crate::web::operations::Operations;
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::MANAGER;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(complete).service(cancel);
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CompleteQuery {
    /// The mark for every delegate at every session without one; where it is not sent, none may be missing.
    unmarked: Option<Mark>,
}

/// What completing an event did.
#[derive(Serialize, ToSchema)]
#[schema(as = Completion)]
struct CompletionBody {
    /// The event as it is now.
    event: EventBody,
    /// How many attended.
    attended: i64,
    /// How many did not attend.
    no_show: i64,
    /// How many requests and waiting-list entries it ended.
    expired: i64,
    /// What the provider was paid.
    paid: Credits,
}

/// Completes an event that is over: its registers decide who attended, and its provider is paid
///
/// Requests and the waiting list end, and everything that the event then holds goes to its provider.
#[utoipa::path(tag = "events", params(("id" = EventId, Path), CompleteQuery, MovesCredits), responses((status = 200, body = CompletionBody)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/events/{id}/complete")]
async fn complete(call: Call) -> Answer {
    let caller = call.allow()?;
    let CompleteQuery { unmarked } = caller.query()?;
    caller
        .write_keyed(&[], async |journal| {
            let event = organising::event(journal.tx(), &caller.person, caller.id("id")?).await?.id;
            let Completion { attended, no_show, expired, paid } = registers::complete(journal, event, unmarked).await?;
            let (event, version) = whole(&caller, journal.tx(), event).await?;
            Ok(Reply::ok(&CompletionBody { event, attended, no_show, expired, paid })?.with_version(version))
        })
        .await
}

/// Why an event is called off.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EventCancellation)]
struct CancelBody {
    /// Why; everyone with a booking is told.
    reason: Line,
}

/// What calling an event off did.
#[derive(Serialize, ToSchema)]
#[schema(as = CancelledEvent)]
struct CancelledBody {
    /// The event as it is now.
    event: EventBody,
    /// How much was refunded in all: every credit that the event held.
    refund: Credits,
}

/// Calls an event off: every booking is cancelled, and everything is refunded to where it came from
///
/// That includes what earlier cancellations had left with the event.
#[utoipa::path(tag = "events", params(("id" = EventId, Path), MovesCredits), request_body = CancelBody, responses((status = 200, body = CancelledBody)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/events/{id}/cancel")]
async fn cancel(call: Call, body: Body<CancelBody>) -> Answer {
    let caller = call.allow()?;
    let reason = body.parse()?.reason;
    caller
        .write_keyed(body.bytes(), async |journal| {
            let event = caller.id("id")?;
            let refund = organising::call_off_event(journal, &caller.person, event, reason.clone(), None).await?;
            let (event, version) = whole(&caller, journal.tx(), event).await?;
            Ok(Reply::ok(&CancelledBody { event, refund })?.with_version(version))
        })
        .await
}
