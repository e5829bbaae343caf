//! `/v1/bookings/{id}/cancel`, what it would give back, and what the hub gives back beyond it.

use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::body::{Body, Flag};
use super::bookings::{BookingBody, sees};
use super::call::{Call, EVERYONE};
use super::desk::AtDesk;
use super::openapi::MovesCredits;
use super::problem::{Answer, Problem};
use super::reply::Reply;
use crate::bookings::{self, Quote, What};
use crate::credits::Credits;
use crate::ids::BookingId;
use crate::programmes::policy::Tier;
use crate::text::Line;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(cancel).service(show).service(waive);
}

/// What cancelling gave back, or would give back.
#[derive(Serialize, ToSchema)]
#[schema(as = Cancellation)]
pub(super) struct CancellationBody {
    /// The booking: as it is now, or with `dry_run` as it still is.
    pub(super) booking: BookingBody,
    /// What goes back to the school's wallets; for a ticket to the hub, and the ticket to its person.
    pub(super) refund: Credits,
    /// What stays with the event.
    pub(super) kept: Credits,
    /// Whether it was only a preview.
    pub(super) dry_run: bool,
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CancelQuery {
    /// `true` shows what would come back and changes nothing.
    #[param(value_type = Option<bool>)]
    dry_run: Option<Flag>,
    /// The `quote` of a cancellation quote: where it does not hold any more, nothing is done.
    agreed_quote: Option<Quote>,
    /// The same under its former name, which breaks clients that are generated: it stays for those that are written.
    #[param(ignore)]
    quote: Option<Quote>,
}

/// Gives a place up: the policy's refund goes back, the waiting list moves up; `dry_run` only shows it
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path), CancelQuery, MovesCredits), responses((status = 200, body = CancellationBody)))]
#[post("/bookings/{id}/cancel")]
async fn cancel(desk: AtDesk) -> Answer {
    let CancelQuery { dry_run, agreed_quote, quote } = desk.query()?;
    let quote = agreed_quote.or(quote);
    let dry_run = dry_run.is_some_and(Flag::is_true);
    desk.ask(What::Cancel { booking: desk.id("id")?, dry_run, quote }, &[], true).await
}

/// What cancelling a booking would give back.
#[derive(Serialize, ToSchema)]
#[schema(as = CancellationQuote)]
struct QuoteBody {
    /// The booking.
    booking_id: BookingId,
    /// What would go back to the school's wallets; for a ticket to the hub, and the ticket to its person.
    refund: Credits,
    /// What would stay with the event.
    kept: Credits,
    /// The tier of the policy that says so; null where nothing was agreed yet, or nothing comes back.
    tier: Option<Tier>,
    /// When the tier ends, and the quote with it; null where it has no end.
    holds_until: Option<DateTime<Utc>>,
    /// Send it with the cancellation to be refused where less or more would come back by then.
    quote: Quote,
}

/// What cancelling would give back, by which tier of the policy, and until when
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path)), responses((status = 200, body = QuoteBody), (status = 409, description = "The booking can't be cancelled any more")))]
#[get("/bookings/{id}/cancellation-quote")]
async fn show(call: Call) -> Answer {
    let caller = call.allow(EVERYONE)?;
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

/// A waiver.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWaiver)]
struct NewWaiver {
    /// How much goes back; all that the event kept where it is not sent.
    amount: Option<Credits>,
    /// Why; it stands in the ledger as the memo.
    reason: Line,
}

/// Gives back of what a cancelled booking left with its event, for a reason such as illness
#[utoipa::path(tag = "bookings", params(("id" = BookingId, Path), MovesCredits), request_body = NewWaiver, responses((status = 200, body = CancellationBody)))]
#[post("/bookings/{id}/waive")]
async fn waive(desk: AtDesk, body: Body<NewWaiver>) -> Answer {
    let NewWaiver { amount, reason } = body.parse()?;
    if amount.is_some_and(Credits::is_zero) {
        return Err(Problem::field("/amount", "invalid", "must be above zero"));
    }
    desk.ask(What::Waive { booking: desk.id("id")?, amount, reason }, body.bytes(), true).await
}
