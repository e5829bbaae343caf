//! What is true of a booking with nobody acting: by when it must be decided on, and whether its delegate has left.

use chrono::{DateTime, Utc};

use super::{Event, State};
use crate::base::workdays;
use crate::booking::bookings::{Booking, Refusal, State as BookingState};

/// When a request made now expires: at the end of the last working day that the school has for it, and no later than
/// the start of the event.
pub(super) fn approve_by(event: &Event, now: DateTime<Utc>) -> DateTime<Utc> {
    let days = u16::try_from(event.approval_days).unwrap_or(u16::MAX);
    workdays::last_ends(now, days).min(event.starts_at)
}

/// Whether nobody has decided on it in time.
pub(super) fn overdue(booking: &Booking, now: DateTime<Utc>) -> bool {
    booking.state == BookingState::Requested && booking.approve_by.is_some_and(|by| by <= now)
}

/// Refuses a request whose time is over: it counts as expired, whether or not a round has been there since.
pub(super) fn undue(booking: &Booking, now: DateTime<Utc>, to: BookingState) -> Result<(), Refusal> {
    if overdue(booking, now) { Err(Refusal::InvalidTransition { from: BookingState::Expired, to }) } else { Ok(()) }
}

/// Whether the booking's delegate is disabled, or no longer at its school: then it is not promoted, offered a place,
/// approved or moved.
pub(super) fn is_gone(state: &State, booking: &Booking) -> bool {
    booking.person_id.is_some_and(|person| state.gone.contains(&(booking.id, person)))
}

/// Refuses to give a place to somebody who has left.
pub(super) fn require_enabled(state: &State, booking: &Booking) -> Result<(), Refusal> {
    if is_gone(state, booking) { Err(Refusal::DelegateGone) } else { Ok(()) }
}
