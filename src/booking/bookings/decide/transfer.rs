//! Moving a delegate to another run of the same programme: places and credits of both events change together.

use super::admission::{free_for, membership, not_elsewhere, open_for};
use super::approval::may_decide_own;
use super::book::{Seat, take};
use super::end::vacate;
use super::line::move_up;
use super::noted::{note, note_with};
use super::standing::require_enabled;
use super::told::tell;
use super::{State, outcome, reaches, timing};
use crate::base::credits::Credits;
use crate::base::ids::{BookingId, EventId};
use crate::booking::bookings::cancellation::Terms;
use crate::booking::bookings::transitions::{Step, step};
use crate::booking::bookings::{Actor, Outcome, Reach, Refusal, State as BookingState};
use crate::ledger::changes::Kind as Changed;
use crate::messages::notices::Kind;

/// The booking ends and a new one replaces it on the other run, at that run's price and under its policy. What
/// cancelling would not refund now is not refunded by way of the other run either: it stays with the event that is left
/// where the other is cheaper, and is taken off what cancelling the new booking refunds.
pub(super) fn transfer(
    state: &mut State,
    actor: Actor,
    id: BookingId,
    to: EventId,
    allow_clash: bool,
    new: BookingId,
) -> Result<Outcome, Refusal> {
    let booking = state.bookings.get(&id).filter(|booking| reaches(actor, booking)).ok_or(Refusal::UnknownBooking)?;
    let (from, other) = (state.events.get(&booking.event_id), state.events.get(&to));
    let (from, other) = (from.ok_or(Refusal::UnknownBooking)?, other.ok_or(Refusal::UnknownEvent)?);
    if booking.state != BookingState::Confirmed {
        return Err(Refusal::NotHeld(booking.state));
    }
    if booking.ticket_id.is_some() {
        return Err(Refusal::NotToBeNamed("a ticket pays for the place: give it up, and use the ticket again"));
    }
    require_enabled(state, booking)?;
    let ended = step(booking.state, Step::Move, BookingState::Cancelled)?;
    if state.now >= from.starts_at {
        return Err(Refusal::Started);
    }
    let belongs = membership(state, booking.school_id);
    open_for(other, belongs, actor.reach, state.now)?;
    if to == booking.event_id || from.programme_id != other.programme_id {
        return Err(Refusal::AnotherProgramme);
    }
    if let Some(person) = booking.person_id {
        let known = state.people.get(&person).ok_or(Refusal::UnknownDelegate)?;
        free_for(state, to, person, known, true)?;
        if !allow_clash {
            not_elsewhere(state, to, person, Some(booking.event_id))?;
        }
    }

    let price = other.admission.price(other.price, belongs);
    // An approval is for a price: paying more for oneself needs another decision.
    let own = booking.person_id.is_some() && booking.person_id == actor.person && actor.reach != Reach::Hub;
    if own && price > booking.price && !may_decide_own(state, actor, booking.school_id) {
        return Err(Refusal::OwnRequest);
    }
    let (held, refund) = (booking.held, Terms::of(booking, &timing(state, booking, from), state.now).refund);
    let back = held.min(price + refund);
    let most = (price - (held - refund)).max(Credits::ZERO);
    let (asked, agreed) = (booking.requested_by, (booking.approved_by, booking.approved_at));
    let (event, names) = (booking.event_id, state.names.get(&id).cloned().ok_or(Refusal::UnknownBooking)?);
    let seat = Seat {
        event: to,
        person: booking.person_id,
        school: booking.school_id,
        names,
        names_by: booking.names_by,
        ticket: None,
        waits: false,
    };

    let before = state.clone();
    vacate(state, actor, id, ended, back);
    let was = Some(BookingState::Confirmed);
    note_with(state, actor, id, Changed::BookingMoved, was, |change| change.booking(new));
    let taken = take(state, actor, seat, new).inspect_err(|_| state.clone_from(&before))?;
    if let Some(booking) = state.bookings.get_mut(&new) {
        booking.policy = booking.policy.capped(price, most);
        // What was approved stays approved, whoever moves it.
        (booking.state, booking.approve_by, booking.requested_by) = (BookingState::Confirmed, None, asked);
        (booking.approved_by, booking.approved_at) = agreed;
    }
    if let Some(booking) = state.bookings.get_mut(&id) {
        booking.moved_to = Some(new);
    }
    note(state, actor, new, None);
    tell(state, new, Kind::Moved, actor.person);
    let mut promoted = taken.promoted;
    promoted.extend(move_up(state, actor, event));
    Ok(outcome(state, new, back, promoted))
}
