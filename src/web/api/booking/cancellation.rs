//! `/v1/bookings/{id}/cancel`, what cancelling would refund, and what the hub refunds beyond it.

use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::credits::Credits;
use crate::base::ids::BookingId;
use crate::base::text::Line;
use crate::booking::bookings::{self, Quote, What};
use crate::programme::programmes::policy::Tier;
use crate::web::api::booking::bookings::BookingBody;
use crate::web::body::{Body, Flag};
use crate::web::call::Call;
use crate::web::desk::AtDesk;
use crate::web::openapi::MovesCredits;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{AT_DESK, EVERYONE};
use crate::web::seen::sees;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(cancel).service(show).service(waive);
}

/// What cancelling refunded, or would refund.
#[derive(Serialize, ToSchema)]
#[schema(as = Cancellation)]
pub(crate) struct CancellationBody {
    /// The booking: as it is now, or with `dry_run` as it still is.
    pub(crate) booking: BookingBody,
    /// What is refunded to the school's wallets; for a ticket to the hub, with the ticket going back to its person.
    pub(crate) refund: Credits,
    /// What stays with the event.
    pub(crate) kept: Credits,
    /// Whether it was only a preview.
    pub(crate) dry_run: bool,
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CancelQuery {
    /// `true` shows what would be refunded and changes nothing.
    #[param(value_type = Option<bool>)]
    dry_run: Option<Flag>,
    /// The `quote` of a cancellation quote: where it does not hold any more, nothing is done.
    agreed_quote: Option<Quote>,
    /// The former name of `agreed_quote`, which breaks generated clients: it is kept for clients written by hand.
    #[param(ignore)]
    quote: Option<Quote>,
}

/// Cancels a booking: the policy's refund is paid, the waiting list moves up; `dry_run` only shows it
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path), CancelQuery, MovesCredits), responses((status = 200, body = CancellationBody)), extensions(("x-roles" = json!(AT_DESK))))]
#[post("/bookings/{id}/cancel")]
async fn cancel(desk: AtDesk) -> Answer {
    let CancelQuery { dry_run, agreed_quote, quote } = desk.query()?;
    let quote = agreed_quote.or(quote);
    let dry_run = dry_run.is_some_and(Flag::is_true);
    desk.ask(What::Cancel { booking: desk.id("id")?, dry_run, quote }, &[], true).await
}

/// What cancelling a booking would refund.
#[derive(Serialize, ToSchema)]
#[schema(as = CancellationQuote)]
struct QuoteBody {
    /// The booking that would be cancelled.
    booking_id: BookingId,
    /// What would be refunded to the school's wallets; for a ticket to the hub, with the ticket going back to its
    /// person.
    refund: Credits,
    /// What would stay with the event.
    kept: Credits,
    /// The tier that decides; null where nothing was agreed yet, the event was moved, or nothing is refunded.
    tier: Option<Tier>,
    /// When these terms end, and the quote with them; null where they have no end.
    holds_until: Option<DateTime<Utc>>,
    /// Send it with the cancellation, which is then refused if the refund has changed by then.
    quote: Quote,
}

/// What cancelling would refund, by which tier of the policy, and until when
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path)), responses((status = 200, body = QuoteBody), (status = 409, description = "The booking can't be cancelled any more")), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/bookings/{id}/cancellation-quote")]
async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let view = bookings::get(&mut caller.read().await?, caller.hub(), caller.id("id")?).await?;
    let view = view.filter(|view| sees(&caller, view)).ok_or_else(Problem::not_found)?;
    let terms = bookings::cancellation_terms(&view, caller.now())?;
    let body = QuoteBody {
        booking_id: view.booking.id,
        refund: terms.refund,
        kept: view.booking.held - terms.refund,
        tier: terms.tier,
        holds_until: terms.until,
        quote: terms.quote(),
    };
    Ok(Reply::ok(&body)?.into_response())
}

/// A refund beyond the policy.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWaiver)]
struct NewWaiver {
    /// How much is refunded; all that the event kept where it is not sent.
    amount: Option<Credits>,
    /// Why it is refunded; the memo in the ledger.
    reason: Line,
}

/// Refunds some or all of what a cancelled booking left with its event, for a reason such as illness
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path), MovesCredits), request_body = NewWaiver, responses((status = 200, body = CancellationBody)), extensions(("x-roles" = json!(AT_DESK))))]
#[post("/bookings/{id}/waive")]
async fn waive(desk: AtDesk, body: Body<NewWaiver>) -> Answer {
    let NewWaiver { amount, reason } = body.parse()?;
    if amount.is_some_and(Credits::is_zero) {
        return Err(Problem::field("/amount", "invalid", "must be above zero"));
    }
    desk.ask(What::Waive { booking: desk.id("id")?, amount, reason }, body.bytes(), true).await
}
