//! Who is told what came of a booking.

use chrono::{DateTime, Utc};

use super::State;
use crate::ids::{BookingId, PersonId};
use crate::notices::{Kind, Notice};

/// Tells the delegate, and whoever asked for them, but not `by`, who did it.
pub(super) fn tell(state: &mut State, id: BookingId, kind: Kind, by: Option<PersonId>) {
    tell_until(state, id, kind, by, None);
}

/// The same, with until when they may do something about it.
pub(super) fn tell_until(
    state: &mut State,
    id: BookingId,
    kind: Kind,
    by: Option<PersonId>,
    due_at: Option<DateTime<Utc>>,
) {
    let Some(booking) = state.bookings.get(&id) else { return };
    let asked = booking.requested_by.filter(|asked| Some(*asked) != booking.person_id);
    for person in [booking.person_id, asked].into_iter().flatten().filter(|person| Some(*person) != by) {
        let (event, booking) = (Some(booking.event_id), Some(id));
        state.notices.push(Notice { event, booking, due_at, ..Notice::new(person, kind) });
    }
}
