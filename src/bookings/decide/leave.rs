//! A delegate is disabled, or of no school any more: what they wait for or have asked for ends; a place that they have
//! stays with their school.

use super::State;
use super::approval::overdue;
use super::end::end;
use crate::bookings::transitions::{Step, step};
use crate::bookings::{Actor, Booking, Outcome, Refusal, State as BookingState};
use crate::ids::BookingId;

/// Ends a request or an entry in the line of somebody who has left, all of it back; the line moves up.
pub(super) fn leave(state: &mut State, actor: Actor, id: BookingId) -> Result<Outcome, Refusal> {
    let booking = state.bookings.get(&id).ok_or(Refusal::UnknownBooking)?;
    // What its time is over for has ended already, whether or not a round has been there since.
    let late = overdue(booking, state.now) || booking.offered_until.is_some_and(|until| until <= state.now);
    let (by, to) = if late { (Step::Expire, BookingState::Expired) } else { (Step::Cancel, BookingState::Cancelled) };
    let to = step(booking.state, by, to)?;
    if booking.state == BookingState::Confirmed || !is_gone(state, booking) {
        return Err(Refusal::InvalidTransition { from: booking.state, to });
    }
    let back = booking.held;
    Ok(end(state, actor, id, to, back))
}

/// Whether the booking's delegate is disabled, or of no school any more: then it is not promoted, offered to, approved or
/// moved.
pub(super) fn is_gone(state: &State, booking: &Booking) -> bool {
    booking.person_id.is_some_and(|person| state.gone.contains(&person))
}

/// Refuses what would give somebody a place who has left.
pub(super) fn require_enabled(state: &State, booking: &Booking) -> Result<(), Refusal> {
    if is_gone(state, booking) { Err(Refusal::DelegateGone) } else { Ok(()) }
}
