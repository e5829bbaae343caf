//! Notes what was decided, to be recorded as the hub's changes.

use super::State;
use crate::base::ids::BookingId;
use crate::booking::bookings::{Actor, State as BookingState};
use crate::ledger::changes::{Change, Kind};

/// A change, and which part of the state posts its credits, if any move.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::booking::bookings) struct Noted {
    /// The booking concerned; none for an event or a ticket.
    pub(in crate::booking::bookings) of: Option<BookingId>,
    pub(in crate::booking::bookings) change: Change,
    pub(in crate::booking::bookings) by: Option<Posted>,
}

/// What posts the credits: by its index in the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::booking::bookings) enum Posted {
    Returned(usize),
    Moved(usize),
    Settled(usize),
}

/// Notes the booking's new state, with the credits that were moved for it since the last note.
pub(super) fn note(state: &mut State, actor: Actor, id: BookingId, before: Option<BookingState>) {
    let Some(kind) = state.bookings.get(&id).map(|booking| kind_of(booking.state)) else {
        return state.can_not_be("a booking is noted that was not loaded");
    };
    note_as(state, actor, id, kind, before);
}

/// Notes the booking's new state as a change of this kind.
pub(super) fn note_as(state: &mut State, actor: Actor, id: BookingId, kind: Kind, before: Option<BookingState>) {
    note_with(state, actor, id, kind, before, |change| change);
}

/// Notes the booking's new state as a change of this kind, with further details.
pub(super) fn note_with(
    state: &mut State,
    actor: Actor,
    id: BookingId,
    kind: Kind,
    before: Option<BookingState>,
    more: impl FnOnce(Change) -> Change,
) {
    let Some(booking) = state.bookings.get(&id) else {
        return state.can_not_be("a booking is noted that was not loaded");
    };
    let change = Change::new(kind, id).by(actor.person).event(booking.event_id).school(booking.school_id);
    let change = change.after(booking.state.as_str());
    let change = before.into_iter().fold(change, |change, before| change.before(before.as_str()));
    let new = state.movements.len().checked_sub(1).filter(|last| *last >= state.noted);
    let moved = new.filter(|last| state.movements.get(*last).is_some_and(|movement| movement.booking == id));
    state.noted = state.movements.len();
    state.changes.push(Noted { of: Some(id), change: more(change), by: moved.map(Posted::Moved) });
}

/// Notes a change of an event or a ticket.
pub(super) fn note_of(state: &mut State, change: Change, by: Option<Posted>) {
    state.changes.push(Noted { of: None, change, by });
}

fn kind_of(state: BookingState) -> Kind {
    match state {
        BookingState::Requested => Kind::BookingRequested,
        BookingState::Waitlisted => Kind::BookingWaitlisted,
        BookingState::Confirmed => Kind::BookingConfirmed,
        BookingState::Attended => Kind::BookingAttended,
        BookingState::NoShow => Kind::BookingNoShow,
        BookingState::Cancelled => Kind::BookingCancelled,
        BookingState::Declined => Kind::BookingDeclined,
        BookingState::Expired => Kind::BookingExpired,
    }
}
