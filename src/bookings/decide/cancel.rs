//! A place is given up.

use super::end::end;
use super::{State, outcome, reaches};
use crate::bookings::cancellation::refund;
use crate::bookings::transitions::{Step, step};
use crate::bookings::{Actor, Outcome, Refusal, State as BookingState};
use crate::ids::BookingId;

pub(super) fn cancel(state: &mut State, actor: Actor, id: BookingId, dry_run: bool) -> Result<Outcome, Refusal> {
    let booking = state.bookings.get(&id).filter(|booking| reaches(actor, booking)).ok_or(Refusal::UnknownBooking)?;
    let event = state.events.get(&booking.event_id).ok_or(Refusal::UnknownBooking)?;
    let to = step(booking.state, Step::Cancel, BookingState::Cancelled)?;
    let back = match booking.state {
        BookingState::Confirmed if state.now >= event.starts_at => return Err(Refusal::Started),
        BookingState::Confirmed => refund(&booking.policy, booking.price, booking.held, event.starts_at, state.now),
        // Nothing was agreed yet: all of it goes back.
        _ => booking.held,
    };
    if dry_run {
        return Ok(outcome(state, id, back, Vec::new()));
    }
    Ok(end(state, actor, id, to, back))
}
