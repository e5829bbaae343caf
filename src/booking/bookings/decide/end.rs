//! The one way in which a live booking ends: its credits, its place, and the waiting list behind it.

use super::line::move_up;
use super::noted::note;
use super::tickets::give_back;
use super::told::tell;
use super::wallets::{give, unspend};
use super::{Direction, State, outcome};
use crate::base::credits::Credits;
use crate::base::ids::BookingId;
use crate::booking::bookings::{Actor, Outcome, State as BookingState};
use crate::messages::notices::Kind;

/// Ends a live booking: refunds `back` to where it came from, frees its place, tells them, and moves the waiting list
/// up.
pub(super) fn end(state: &mut State, actor: Actor, id: BookingId, to: BookingState, back: Credits) -> Outcome {
    let kind = match to {
        BookingState::Declined => Kind::Declined,
        BookingState::Expired => Kind::Expired,
        _ => Kind::Cancelled,
    };
    end_as(state, actor, id, to, back, kind)
}

/// Ends a live booking with a notice of the given kind.
pub(super) fn end_as(
    state: &mut State,
    actor: Actor,
    id: BookingId,
    to: BookingState,
    back: Credits,
    kind: Kind,
) -> Outcome {
    let event = state.bookings.get(&id).map(|booking| booking.event_id);
    leave(state, actor, id, to, back, kind);
    let promoted = event.map_or_else(Vec::new, |event| move_up(state, actor, event));
    outcome(state, id, back, promoted)
}

/// Ends a live booking without moving the waiting list up: the event takes no more bookings.
pub(super) fn leave(state: &mut State, actor: Actor, id: BookingId, to: BookingState, back: Credits, kind: Kind) {
    let before = state.bookings.get(&id).map(|booking| booking.state);
    vacate(state, actor, id, to, back);
    note(state, actor, id, before);
    tell(state, id, kind, actor.person);
}

/// Ends a live booking without moving the waiting list up, telling anybody or noting a change.
pub(super) fn vacate(state: &mut State, actor: Actor, id: BookingId, to: BookingState, back: Credits) {
    let Some(booking) = state.bookings.get_mut(&id) else {
        return state.can_not_be("a booking ends that was not loaded");
    };
    let (event_id, person, school) = (booking.event_id, booking.person_id, booking.school_id);
    let was_waiting = booking.state == BookingState::Waitlisted;
    let had_place = !was_waiting || booking.offered_until.is_some();
    let price = if booking.ticket_id.is_none() { booking.price } else { Credits::ZERO };
    // A ticket pays the whole price: where any of it stays with the event, the ticket is used up.
    let ticket = booking.ticket_id.filter(|_| was_waiting || back == booking.held);
    booking.state = to;
    booking.offered_until = None;
    (booking.ended_by, booking.ended_at) = (actor.person, Some(state.now));
    booking.version += 1;
    state.changed.insert(id);
    if let Some(person) = person {
        state.live.remove(&(event_id, person));
    }
    if let Some(event) = state.events.get_mut(&event_id) {
        event.waiting -= i64::from(was_waiting);
        event.held -= i64::from(had_place);
    }
    state.touched.insert(event_id);
    if let Some(count) = state.counts.get_mut(&(event_id, school)) {
        *count -= 1;
    }
    if was_waiting && let Some(line) = state.lines.get_mut(&event_id) {
        line.retain(|waiting| *waiting != id);
    }
    if was_waiting {
        unspend(state, event_id, person, price);
    }
    give(state, actor, id, back, Direction::Refunded);
    if let Some(ticket) = ticket {
        give_back(state, actor, ticket, id);
    }
}
