//! Who is told what became of a booking.

use chrono::{DateTime, Utc};

use super::State;
use crate::base::ids::{BookingId, PersonId};
use crate::booking::bookings::State as BookingState;
use crate::messages::notices::{Kind, Notice};

/// Tells the delegate, and whoever asked for them, but not `by`, who acted.
pub(super) fn tell(state: &mut State, id: BookingId, kind: Kind, by: Option<PersonId>) {
    tell_until(state, id, kind, by, None);
}

/// Tells them, with the time until when they may act on it.
pub(super) fn tell_until(
    state: &mut State,
    id: BookingId,
    kind: Kind,
    by: Option<PersonId>,
    due_at: Option<DateTime<Utc>>,
) {
    let Some(booking) = state.bookings.get(&id) else {
        return state.can_not_be("somebody is told of a booking that was not loaded");
    };
    let asked = booking.requested_by.filter(|asked| Some(*asked) != booking.person_id);
    for person in [booking.person_id, asked].into_iter().flatten().filter(|person| Some(*person) != by) {
        let (event, booking) = (Some(booking.event_id), Some(id));
        state.notices.push(Notice { event, booking, due_at, ..Notice::new(person, kind) });
    }
}

/// Tells the deciders of the school that a request waits for them, and until when, but not `by`, who made it wait.
pub(super) fn tell_deciders(state: &mut State, id: BookingId, by: Option<PersonId>) {
    let Some(booking) = state.bookings.get(&id).filter(|booking| booking.state == BookingState::Requested) else {
        return;
    };
    let deciders = state.deciders.beside(booking.school_id, &[booking.person_id, booking.requested_by]);
    let (event, due_at) = (Some(booking.event_id), booking.approve_by);
    let notice = |person| Notice { event, booking: Some(id), due_at, ..Notice::new(person, Kind::ApprovalWaiting) };
    state.notices.extend(deciders.into_iter().filter(|decider| Some(*decider) != by).map(notice));
}
