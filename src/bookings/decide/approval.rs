//! A request is decided on.

use super::end::end;
use super::told::tell;
use super::{State, outcome, reaches};
use crate::bookings::transitions::{Step, step};
use crate::bookings::{Actor, Booking, Outcome, Reach, Refusal, State as BookingState};
use crate::credits::Credits;
use crate::ids::BookingId;
use crate::notices::Kind;

pub(super) fn approve(state: &mut State, actor: Actor, id: BookingId) -> Result<Outcome, Refusal> {
    let now = state.now;
    let booking = of_school(state, actor, id)?;
    let to = match (booking.state, booking.approved_at) {
        (BookingState::Waitlisted, Some(_)) => return Err(Refusal::ApprovedAlready),
        // It keeps its place in the line, and is confirmed when a place comes free.
        (BookingState::Waitlisted, None) => BookingState::Waitlisted,
        _ => BookingState::Confirmed,
    };
    booking.state = step(booking.state, Step::Approve, to)?;
    (booking.approved_by, booking.approved_at) = (actor.person, Some(now));
    booking.version += 1;
    state.changed.insert(id);
    tell(state, id, Kind::Approved, actor.person);
    Ok(outcome(state, id, Credits::ZERO, Vec::new()))
}

pub(super) fn decline(state: &mut State, actor: Actor, id: BookingId) -> Result<Outcome, Refusal> {
    let booking = of_school(state, actor, id)?;
    let to = step(booking.state, Step::Decline, BookingState::Declined)?;
    if booking.approved_at.is_some() {
        return Err(Refusal::InvalidTransition { from: booking.state, to });
    }
    let back = booking.held;
    Ok(end(state, actor, id, to, back))
}

/// The booking, where the actor may approve and decline for its school.
fn of_school(state: &mut State, actor: Actor, id: BookingId) -> Result<&mut Booking, Refusal> {
    let booking = state.bookings.get_mut(&id).ok_or(Refusal::UnknownBooking)?;
    if matches!(actor.reach, Reach::Hub | Reach::School(_)) && reaches(actor, booking) {
        Ok(booking)
    } else {
        Err(Refusal::UnknownBooking)
    }
}
