//! A delegate is disabled, or no longer at the school of the booking: their requests and waiting-list entries end; a place that they
//! have stays with their school.

use super::State;
use super::end::end;
use super::standing::{is_gone, overdue};
use crate::base::ids::BookingId;
use crate::booking::bookings::transitions::{Step, step};
use crate::booking::bookings::{Actor, Outcome, Refusal, State as BookingState};

/// Ends a request or waiting-list entry of somebody who has left, with a full refund; the waiting list moves up.
pub(super) fn leave(state: &mut State, actor: Actor, id: BookingId) -> Result<Outcome, Refusal> {
    let booking = state.bookings.get(&id).ok_or(Refusal::UnknownBooking)?;
    // What is overdue has ended already, whether or not a round has been there since.
    let late = overdue(booking, state.now) || booking.offered_until.is_some_and(|until| until <= state.now);
    let (by, to) = if late { (Step::Expire, BookingState::Expired) } else { (Step::Cancel, BookingState::Cancelled) };
    let to = step(booking.state, by, to)?;
    if booking.state == BookingState::Confirmed || !is_gone(state, booking) {
        return Err(Refusal::InvalidTransition { from: booking.state, to });
    }
    let back = booking.held;
    Ok(end(state, actor, id, to, back))
}
