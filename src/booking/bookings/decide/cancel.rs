//! Cancelling a place, and waiving what the event kept of it.

use super::standing::undue;
use chrono::{DateTime, Utc};

use super::end::end;
use super::noted::note_as;
use super::settle::take_back;
use super::tickets::give_back;
use super::told::tell_given_up;
use super::wallets::give;
use super::{Direction, State, outcome, reaches, timing};
use crate::base::credits::Credits;
use crate::base::ids::BookingId;
use crate::base::text::Line;
use crate::booking::bookings::cancellation::{Quote, Terms, Timing};
use crate::booking::bookings::transitions::{Step, step};
use crate::booking::bookings::{Actor, Booking, Outcome, Reach, Refusal, State as BookingState};
use crate::ledger::changes::Kind as Changed;

pub(super) fn cancel(
    state: &mut State,
    actor: Actor,
    id: BookingId,
    dry_run: bool,
    quote: Option<Quote>,
) -> Result<Outcome, Refusal> {
    let booking = state.bookings.get(&id).filter(|booking| reaches(actor, booking)).ok_or(Refusal::UnknownBooking)?;
    let event = state.events.get(&booking.event_id).ok_or(Refusal::UnknownBooking)?;
    let terms = terms(booking, &timing(state, booking, event), state.now)?;
    if quote.is_some_and(|quote| quote != terms.quote()) {
        return Err(Refusal::QuoteExpired { refund: terms.refund });
    }
    if dry_run {
        return Ok(outcome(state, id, terms.refund, Vec::new()));
    }
    let approved = booking.state == BookingState::Confirmed;
    let ended = end(state, actor, id, BookingState::Cancelled, terms.refund);
    if approved {
        tell_given_up(state, id, actor.person);
    }
    Ok(ended)
}

/// The terms of cancelling at `now`, where the booking can be cancelled then.
pub(in crate::booking::bookings) fn terms(
    booking: &Booking,
    timing: &Timing,
    now: DateTime<Utc>,
) -> Result<Terms, Refusal> {
    undue(booking, now, BookingState::Cancelled)?;
    step(booking.state, Step::Cancel, BookingState::Cancelled)?;
    Ok(Terms::of(booking, timing, now))
}

pub(super) fn waive(
    state: &mut State,
    actor: Actor,
    id: BookingId,
    amount: Option<Credits>,
    reason: &Line,
) -> Result<Outcome, Refusal> {
    let booking = state.bookings.get(&id).filter(|_| actor.reach == Reach::Hub).ok_or(Refusal::UnknownBooking)?;
    let (event, kept) = (booking.event_id, booking.held);
    if !matches!(booking.state, BookingState::Cancelled | BookingState::NoShow) || kept.is_zero() {
        return Err(Refusal::NothingKept);
    }
    let back = amount.unwrap_or(kept);
    if back > kept {
        return Err(Refusal::MoreThanKept { kept });
    }
    let (ticket, was) = (booking.ticket_id, booking.state);
    if ticket.is_some() && back < kept {
        return Err(Refusal::TicketIsWhole);
    }
    take_back(state, actor, event, back)?;
    if let Some(booking) = state.bookings.get_mut(&id) {
        booking.version += 1;
    }
    state.changed.insert(id);
    give(state, actor, id, back, Direction::Waived(reason.clone()));
    note_as(state, actor, id, Changed::BookingRefunded, Some(was));
    if let Some(ticket) = ticket {
        give_back(state, actor, ticket, id);
    }
    Ok(outcome(state, id, back, Vec::new()))
}
