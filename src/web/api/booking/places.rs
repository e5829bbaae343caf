//! What can be done with a place: naming its delegate, substituting one, moving to another run, answering an offer.

use actix_web::post;
use utoipa::ToSchema;

use crate::base::ids::{BookingId, EventId, PersonId};
use crate::booking::bookings::What;
use crate::web::api::booking::bookings::BookingBody;
use crate::web::body::Body;
use crate::web::desk::AtDesk;
use crate::web::openapi::MovesCredits;
use crate::web::operations::Operations;
use crate::web::problem::Answer;
use crate::web::roles::AT_DESK;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(name).service(substitute).service(transfer).service(accept).service(decline);
}

/// Who a place is for.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Delegate)]
struct DelegateBody {
    /// A person of the school that pays.
    person_id: PersonId,
    /// Whether the event may overlap with another booking of theirs.
    allow_clash: Option<bool>,
}

/// Names the delegate of a place reserved without a name, until the end of the agreed day
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path)), request_body = DelegateBody, responses((status = 200, body = BookingBody)), extensions(("x-roles" = json!(AT_DESK))))]
#[post("/bookings/{id}/name")]
async fn name(desk: AtDesk, body: Body<DelegateBody>) -> Answer {
    let DelegateBody { person_id: delegate, allow_clash } = body.parse()?;
    let what = What::Name { booking: desk.id("id")?, delegate, allow_clash: allow_clash.unwrap_or(false) };
    desk.ask(what, body.bytes(), false).await
}

/// Lets somebody else of the same school take the place, at no charge, until the first session starts
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path)), request_body = DelegateBody, responses((status = 200, body = BookingBody)), extensions(("x-roles" = json!(AT_DESK))))]
#[post("/bookings/{id}/substitute")]
async fn substitute(desk: AtDesk, body: Body<DelegateBody>) -> Answer {
    let DelegateBody { person_id: delegate, allow_clash } = body.parse()?;
    let what = What::Substitute { booking: desk.id("id")?, delegate, allow_clash: allow_clash.unwrap_or(false) };
    desk.ask(what, body.bytes(), false).await
}

/// The run that a booking moves to.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPlaceTransfer)]
struct TransferBody {
    /// Another run of the same programme, with a free place.
    event_id: EventId,
    /// Whether the event may overlap with another booking of theirs.
    allow_clash: Option<bool>,
}

/// Moves a confirmed booking to another run of its programme: the answer is the new one; any price difference is posted
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path), MovesCredits), request_body = TransferBody, responses((status = 201, body = BookingBody)), extensions(("x-roles" = json!(AT_DESK))))]
#[post("/bookings/{id}/transfer")]
async fn transfer(desk: AtDesk, body: Body<TransferBody>) -> Answer {
    let TransferBody { event_id: event, allow_clash } = body.parse()?;
    let what = What::Transfer { booking: desk.id("id")?, event, allow_clash: allow_clash.unwrap_or(false) };
    desk.ask(what, body.bytes(), true).await
}

/// Accepts an offered place: it is paid for now, and confirmed where the school has approved
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path), MovesCredits), responses((status = 200, body = BookingBody)), extensions(("x-roles" = json!(AT_DESK))))]
#[post("/bookings/{id}/offer/accept")]
async fn accept(desk: AtDesk) -> Answer {
    desk.ask(What::AcceptOffer(desk.id("id")?), &[], true).await
}

/// Declines an offered place, and gives up the position on the waiting list; the next is offered it
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path)), responses((status = 200, body = BookingBody)), extensions(("x-roles" = json!(AT_DESK))))]
#[post("/bookings/{id}/offer/decline")]
async fn decline(desk: AtDesk) -> Answer {
    desk.ask(What::DeclineOffer(desk.id("id")?), &[], false).await
}
