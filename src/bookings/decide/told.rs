//! Who is told what came of a booking.

use super::State;
use crate::ids::{BookingId, PersonId};
use crate::notices::{Kind, Notice};

/// Tells the delegate, and whoever asked for them, but not `by`, who did it.
pub(super) fn tell(state: &mut State, id: BookingId, kind: Kind, by: Option<PersonId>) {
    let Some(booking) = state.bookings.get(&id) else { return };
    let asked = booking.requested_by.filter(|asked| Some(*asked) != booking.person_id);
    for person in [booking.person_id, asked].into_iter().flatten().filter(|person| Some(*person) != by) {
        let (event, booking) = (Some(booking.event_id), Some(id));
        state.notices.push(Notice { person, kind, event, booking, due_at: None });
    }
}
