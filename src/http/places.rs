//! What is done with a place: it is named, passed on within the school, moved to another run, or taken when offered.

use actix_web::post;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::body::Body;
use super::bookings::BookingBody;
use super::desk::AtDesk;
use super::openapi::MovesCredits;
use super::problem::Answer;
use crate::bookings::What;
use crate::ids::{BookingId, EventId, PersonId};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(name).service(substitute).service(transfer).service(accept).service(decline);
}

/// Who a place is for.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Delegate)]
struct DelegateBody {
    /// Somebody of the school that pays.
    person_id: PersonId,
    /// Whether it may be at the same time as another booking of theirs.
    allow_clash: Option<bool>,
}

/// Names the delegate of a place that was reserved without a name, until the day agreed is over
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path)), request_body = DelegateBody, responses((status = 200, body = BookingBody)))]
#[post("/bookings/{id}/name")]
async fn name(desk: AtDesk, body: Body<DelegateBody>) -> Answer {
    let DelegateBody { person_id: delegate, allow_clash } = body.parse()?;
    let what = What::Name { booking: desk.id("id")?, delegate, allow_clash: allow_clash.unwrap_or(false) };
    desk.ask(what, body.bytes(), false).await
}

/// Lets somebody else of the same school take the place, free, until the first session starts
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path)), request_body = DelegateBody, responses((status = 200, body = BookingBody)))]
#[post("/bookings/{id}/substitute")]
async fn substitute(desk: AtDesk, body: Body<DelegateBody>) -> Answer {
    let DelegateBody { person_id: delegate, allow_clash } = body.parse()?;
    let what = What::Substitute { booking: desk.id("id")?, delegate, allow_clash: allow_clash.unwrap_or(false) };
    desk.ask(what, body.bytes(), false).await
}

/// Where a booking goes.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPlaceTransfer)]
struct TransferBody {
    /// Another run of the same programme, with a free place.
    event_id: EventId,
    /// Whether it may be at the same time as another booking of theirs.
    allow_clash: Option<bool>,
}

/// Moves a confirmed booking to another run of its programme: the answer is the new one; the difference in price is posted
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path), MovesCredits), request_body = TransferBody, responses((status = 201, body = BookingBody)))]
#[post("/bookings/{id}/transfer")]
async fn transfer(desk: AtDesk, body: Body<TransferBody>) -> Answer {
    let TransferBody { event_id: event, allow_clash } = body.parse()?;
    let what = What::Transfer { booking: desk.id("id")?, event, allow_clash: allow_clash.unwrap_or(false) };
    desk.ask(what, body.bytes(), true).await
}

/// Takes a place that is on offer: it is paid now, and confirmed where the school has approved
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path), MovesCredits), responses((status = 200, body = BookingBody)))]
#[post("/bookings/{id}/offer/accept")]
async fn accept(desk: AtDesk) -> Answer {
    desk.ask(What::AcceptOffer(desk.id("id")?), &[], true).await
}

/// Gives a place that is on offer up, and the one in the line with it; the next is offered it
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path)), responses((status = 200, body = BookingBody)))]
#[post("/bookings/{id}/offer/decline")]
async fn decline(desk: AtDesk) -> Answer {
    desk.ask(What::DeclineOffer(desk.id("id")?), &[], false).await
}
