//! The waiting list: the one routine that moves it up, however a place came free.

use super::standing::{approve_by, is_gone};
use std::collections::HashMap;

use chrono::TimeDelta;

use super::admission::member_by;
use super::noted::{note, note_as};
use super::tickets::payment;
use super::told::{tell, tell_deciders, tell_until};
use super::wallets::pay;
use super::{Event, State};
use crate::base::credits::Credits;
use crate::base::ids::{AccountId, BookingId, EventId};
use crate::booking::bookings::cancellation::Share;
use crate::booking::bookings::transitions::{Step, step};
use crate::booking::bookings::{Actor, State as BookingState};
use crate::ledger::changes::Kind as Changed;
use crate::messages::notices::Kind;
use crate::programme::programmes::events::State as EventState;

/// Which bookings would move up from a waiting list now.
#[derive(Default)]
pub(super) struct Promotion {
    pub(super) promoted: Vec<(BookingId, Vec<Share<AccountId>>)>,
    /// The bookings that are offered a place, to answer by a deadline.
    offered: Vec<BookingId>,
    passed_over: Vec<BookingId>,
    /// Whether a booking on the list was not loaded.
    unknown: bool,
    /// What the promoted bookings would draw from each wallet.
    pub(super) drawn: HashMap<AccountId, Credits>,
}

/// Moves an event's waiting list up into whatever places are free: strictly in order; whoever can't pay is passed over,
/// told so, and keeps their position.
pub(super) fn move_up(state: &mut State, actor: Actor, event_id: EventId) -> Vec<BookingId> {
    let Some(event) = state.events.get(&event_id) else {
        state.can_not_be("the line of an event that was not loaded moves up");
        return Vec::new();
    };
    let promotion = promotable(state, event_id, event);
    apply(state, actor, event_id, promotion)
}

pub(super) fn promotable(state: &State, event_id: EventId, event: &Event) -> Promotion {
    let mut promotion = Promotion::default();
    let mut free = event.capacity - event.held;
    if event.state != EventState::Published || state.now >= event.starts_at || !event.year_is_open() {
        return promotion;
    }
    for id in state.lines.get(&event_id).into_iter().flatten() {
        if free <= 0 {
            break;
        }
        // A booking with an offer already holds a place.
        let Some(booking) = state.bookings.get(id) else {
            promotion.unknown = true;
            continue;
        };
        if booking.offered_until.is_some() {
            continue;
        }
        if member_by(state, event, booking.school_id).is_err() || is_gone(state, booking) {
            continue;
        }
        match payment(state, booking.ticket_id, (booking.school_id, event.year), booking.price, &promotion.drawn) {
            Ok(shares) => {
                for share in &shares {
                    let drawn = promotion.drawn.entry(share.wallet).or_default();
                    *drawn = *drawn + share.amount;
                }
                if event.admission.offer_hours.is_some() {
                    promotion.offered.push(*id);
                } else {
                    promotion.promoted.push((*id, shares));
                }
                free -= 1;
            }
            Err(_) => promotion.passed_over.push(*id),
        }
    }
    promotion
}

impl Promotion {
    /// How many places the promotion fills.
    pub(super) fn places(&self) -> i64 {
        i64::try_from(self.promoted.len() + self.offered.len()).unwrap_or(i64::MAX)
    }
}

/// Holds a place for each of them until the deadline of the event's offers.
fn offer(state: &mut State, actor: Actor, event_id: EventId, to: Vec<BookingId>) {
    if to.is_empty() {
        return;
    }
    let Some(event) = state.events.get_mut(&event_id) else {
        return state.can_not_be("a place is offered on an event that was not loaded");
    };
    event.held += i64::try_from(to.len()).unwrap_or_default();
    state.touched.insert(event_id);
    let hours = TimeDelta::hours(event.admission.offer_hours.unwrap_or_default());
    let until = (state.now + hours).min(event.starts_at);
    for id in to {
        let Some(booking) = state.bookings.get_mut(&id) else {
            state.can_not_be("a place is offered to a booking that was not loaded");
            continue;
        };
        booking.offered_until = Some(until);
        booking.version += 1;
        state.changed.insert(id);
        note_as(state, actor, id, Changed::BookingOffered, Some(BookingState::Waitlisted));
        tell_until(state, id, Kind::Offered, None, Some(until));
    }
}

pub(super) fn apply(state: &mut State, actor: Actor, event_id: EventId, promotion: Promotion) -> Vec<BookingId> {
    if promotion.unknown {
        state.can_not_be("a booking waits that was not loaded");
    }
    for id in promotion.passed_over {
        if let Some(booking) = state.bookings.get_mut(&id).filter(|booking| booking.passed_over_at.is_none()) {
            booking.passed_over_at = Some(state.now);
            booking.version += 1;
            state.changed.insert(id);
            note_as(state, actor, id, Changed::BookingPassedOver, Some(BookingState::Waitlisted));
            tell(state, id, Kind::PassedOver, None);
        }
    }
    offer(state, actor, event_id, promotion.offered);
    let due = state.events.get(&event_id).map(|event| approve_by(event, state.now));
    let mut promoted = Vec::new();
    for (id, shares) in promotion.promoted {
        let Some(booking) = state.bookings.get_mut(&id) else {
            state.can_not_be("a booking is promoted that was not loaded");
            continue;
        };
        let to = if booking.approved_at.is_some() { BookingState::Confirmed } else { BookingState::Requested };
        let Ok(to) = step(booking.state, Step::Promote, to) else {
            state.can_not_be("a booking is promoted that does not wait");
            continue;
        };
        booking.state = to;
        booking.approve_by = if to == BookingState::Requested { due } else { None };
        let approve_by = booking.approve_by;
        booking.version += 1;
        state.changed.insert(id);
        if let Some(event) = state.events.get_mut(&event_id) {
            event.waiting -= 1;
            event.held += 1;
        }
        state.touched.insert(event_id);
        pay(state, actor, id, shares);
        note(state, actor, id, Some(BookingState::Waitlisted));
        tell_until(state, id, Kind::Promoted, None, approve_by);
        tell_deciders(state, id, None);
        promoted.push(id);
    }
    if let Some(line) = state.lines.get_mut(&event_id) {
        line.retain(|id| !promoted.contains(id));
    }
    promoted
}
