//! The hub calls an event off.

use super::end::vacate;
use super::noted::{note, note_as, note_of};
use super::settle::of_event;
use super::tickets::give_back;
use super::told::{tell_called_off, tell_delegate};
use super::wallets::give;
use super::{Direction, Outcome, State};
use crate::base::credits::Credits;
use crate::base::ids::EventId;
use crate::base::text::Line;
use crate::booking::bookings::{Actor, Refusal, State as BookingState};
use crate::ledger::changes::{Change, Kind as Changed};
use crate::messages::notices::Kind;
use crate::programme::programmes::events::State as EventState;

/// Cancels every live booking, and refunds every wallet all that it paid: including what earlier cancellations had left
/// with the event.
pub(super) fn call_off(state: &mut State, actor: Actor, id: EventId, reason: &Line) -> Result<Outcome, Refusal> {
    let event = state.events.get_mut(&id).ok_or(Refusal::UnknownEvent)?;
    if event.state != EventState::Published {
        return Err(Refusal::EventState { from: event.state, to: EventState::Cancelled });
    }
    let before = std::mem::replace(&mut event.state, EventState::Cancelled);
    let change = Change::new(Changed::EventCancelled, id).by(actor.person);
    note_of(state, change.before(before.as_str()).after(EventState::Cancelled.as_str()), None);
    let (mut refund, mut ended) = (Credits::ZERO, Vec::new());
    for booking in of_event(state, id) {
        let Some((was, held)) = state.bookings.get(&booking).map(|booking| (booking.state, booking.held)) else {
            state.can_not_be("a booking of the event that is called off is not loaded");
            continue;
        };
        refund = refund + held;
        if was.live() {
            ended.push(booking);
            vacate(state, actor, booking, BookingState::Cancelled, held);
            note(state, actor, booking, Some(was));
            let waited = was == BookingState::Waitlisted;
            let kind = if waited { Kind::WaitingCalledOff } else { Kind::CancelledByHub };
            tell_delegate(state, booking, kind, actor.person);
        } else {
            if let Some(booking) = state.bookings.get_mut(&booking) {
                booking.version += 1;
            }
            state.changed.insert(booking);
            give(state, actor, booking, held, Direction::Refunded);
            note_as(state, actor, booking, Changed::BookingRefunded, Some(was));
            if let Some(ticket) = state.bookings.get(&booking).and_then(|booking| booking.ticket_id) {
                give_back(state, actor, ticket, booking);
            }
        }
    }
    tell_called_off(state, id, &ended, actor.person);
    state.touched.insert(id);
    state.called_off.push((id, reason.clone()));
    Ok(Outcome { refund, ended: ended.len(), ..Outcome::default() })
}
