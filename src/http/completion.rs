//! How an event ends: it is completed and its provider paid, or the hub calls it off.

use actix_web::post;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::body::Body;
use super::call::{Call, MANAGER};
use super::events::{EventBody, visible, whole};
use super::openapi::MovesCredits;
use super::problem::Answer;
use super::reply::Reply;
use crate::bookings::{self, Actor, Reach, What};
use crate::credits::Credits;
use crate::ids::EventId;
use crate::programmes::attendance::Mark;
use crate::registers::{self, Completion};
use crate::text::Line;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(complete).service(cancel);
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CompleteQuery {
    /// The mark of every delegate at every session without one; where it is not sent, none may be missing.
    unmarked: Option<Mark>,
}

/// What completing an event came to.
#[derive(Serialize, ToSchema)]
#[schema(as = Completion)]
struct CompletionBody {
    /// The event as it is now.
    event: EventBody,
    /// How many attended.
    attended: i64,
    /// How many did not come.
    no_show: i64,
    /// How many requests and waiting bookings ended by it.
    expired: i64,
    /// What its provider was paid.
    paid: Credits,
}

/// Completes an event that is over: its registers decide who attended, requests and the waiting list end, and
/// all that the event holds goes to its provider
#[utoipa::path(tag = "events", params(("id" = EventId, Path), CompleteQuery, MovesCredits), responses((status = 200, body = CompletionBody)))]
#[post("/events/{id}/complete")]
async fn complete(call: Call) -> Answer {
    let caller = call.allow(MANAGER)?;
    let CompleteQuery { unmarked } = caller.query()?;
    caller
        .write_keyed(&[], async |journal| {
            let event = visible(&caller, journal.tx(), caller.id("id")?).await?.id;
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
    /// What everyone is told.
    reason: Line,
}

/// What calling an event off came to.
#[derive(Serialize, ToSchema)]
#[schema(as = CancelledEvent)]
struct CancelledBody {
    /// The event as it is now.
    event: EventBody,
    /// What went back, all in all: every credit that the event had.
    refund: Credits,
}

/// Calls an event off: every booking is cancelled and everything goes back to where it came from, what earlier
/// cancellations had left with the event too
#[utoipa::path(tag = "events", params(("id" = EventId, Path), MovesCredits), request_body = CancelBody, responses((status = 200, body = CancelledBody)))]
#[post("/events/{id}/cancel")]
async fn cancel(call: Call, body: Body<CancelBody>) -> Answer {
    let caller = call.allow(MANAGER)?;
    let reason = body.parse()?.reason;
    caller
        .write_keyed(body.bytes(), async |journal| {
            let event = visible(&caller, journal.tx(), caller.id("id")?).await?.id;
            let actor = Actor { person: Some(caller.person.id), reach: Reach::Hub };
            let what = What::CallOff { event, reason: reason.clone() };
            let refund = bookings::perform_one(journal, actor, what).await??.refund;
            let (event, version) = whole(&caller, journal.tx(), event).await?;
            Ok(Reply::ok(&CancelledBody { event, refund })?.with_version(version))
        })
        .await
}
