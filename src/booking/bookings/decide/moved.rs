//! An event is moved: the times of its sessions change, or there is one more or fewer.

use super::noted::note_as;
use super::settle::of_event;
use super::told::{tell_leads_of_move, tell_until};
use super::wallets::give;
use super::{Direction, State};
use crate::base::credits::Credits;
use crate::base::ids::EventId;
use crate::booking::bookings::{Actor, Outcome, Refusal, State as BookingState};
use crate::ledger::changes::Kind as Changed;
use crate::messages::notices::Kind;

/// Tells everyone with a live booking, and until when those who agreed on other times may cancel free of charge; and those
/// who decide for their schools.
pub(super) fn rescheduled(state: &mut State, actor: Actor, id: EventId) -> Result<Outcome, Refusal> {
    state.events.get(&id).ok_or(Refusal::UnknownEvent)?;
    for booking in of_event(state, id) {
        if state.bookings.get(&booking).is_some_and(|booking| booking.state.live()) {
            // Who waits holds nothing that could be left free of charge.
            let waits = state.bookings.get(&booking).is_some_and(|booking| booking.state == BookingState::Waitlisted);
            let free_until = state.moved.get(&booking).map(|moved| moved.free_until).filter(|_| !waits);
            let free_until = free_until.filter(|until| state.now < *until);
            tell_until(state, booking, Kind::Rescheduled, actor.person, free_until);
        }
    }
    tell_leads_of_move(state, id, actor.person);
    Ok(Outcome::default())
}

/// One of `of` sessions is called off: every live booking is refunded its share of what it holds, rounded down.
/// Bookings that were cancelled before get nothing of it.
pub(super) fn session_called_off(state: &mut State, actor: Actor, id: EventId, of: usize) -> Result<Outcome, Refusal> {
    let mut refund = Credits::ZERO;
    for booking in of_event(state, id) {
        let Some(live) = state.bookings.get_mut(&booking).filter(|booking| booking.state.live()) else { continue };
        let (was, back) = (live.state, live.held.share(1, of));
        if back.is_zero() {
            continue;
        }
        live.version += 1;
        state.changed.insert(booking);
        give(state, actor, booking, back, Direction::Refunded);
        note_as(state, actor, booking, Changed::BookingRefunded, Some(was));
        refund = refund + back;
    }
    rescheduled(state, actor, id)?;
    Ok(Outcome { refund, ..Outcome::default() })
}
