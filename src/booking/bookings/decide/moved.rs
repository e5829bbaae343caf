//! An event is moved: the times of its sessions change, or there is one more or fewer.

use chrono::{DateTime, Utc};

use super::noted::note_as;
use super::settle::of_event;
use super::told::{tell_leads_of_move, tell_of_move};
use super::wallets::give;
use super::{Direction, State};
use crate::base::credits::Credits;
use crate::base::ids::{BookingId, EventId};
use crate::booking::bookings::{Actor, Move, Outcome, Refusal, State as BookingState};
use crate::ledger::changes::Kind as Changed;

/// Tells everyone with a live booking what moved the event, and until when those who agreed on other times may cancel free
/// of charge; and those who decide for their schools.
pub(super) fn rescheduled(state: &mut State, actor: Actor, id: EventId, by: Move) -> Result<Outcome, Refusal> {
    state.events.get(&id).ok_or(Refusal::UnknownEvent)?;
    let mut windows = Vec::new();
    for booking in of_event(state, id) {
        if state.bookings.get(&booking).is_some_and(|booking| booking.state.live()) {
            let window = window(state, booking);
            tell_of_move(state, booking, by, actor.person, window);
            windows.push((booking, window));
        }
    }
    tell_leads_of_move(state, id, by, actor.person, &windows);
    Ok(Outcome::default())
}

/// Until when a place can be cancelled free of charge since its event was moved, where the agreed policy gives less. Who
/// waits holds nothing that could be left.
fn window(state: &State, id: BookingId) -> Option<DateTime<Utc>> {
    let booking = state.bookings.get(&id).filter(|booking| booking.state != BookingState::Waitlisted)?;
    let starts_at = state.events.get(&booking.event_id)?.starts_at;
    state.moved.get(&id).filter(|moved| moved.betters(booking, starts_at, state.now)).map(|moved| moved.free_until)
}

/// One of `of` sessions is called off: every live booking is refunded its share of what it holds, rounded down.
/// Bookings that were cancelled before get nothing of it.
pub(super) fn session_called_off(
    state: &mut State,
    actor: Actor,
    id: EventId,
    of: usize,
    was: (DateTime<Utc>, DateTime<Utc>),
) -> Result<Outcome, Refusal> {
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
    rescheduled(state, actor, id, Move::CalledOff(was))?;
    Ok(Outcome { refund, ..Outcome::default() })
}
