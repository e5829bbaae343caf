//! A place that came free is offered to the next on the waiting list, to be accepted by a deadline. The place is held
//! for them; the credits are not, so that a school's credits are never tied up by an unanswered offer: they are drawn
//! when the offer is accepted.

use super::admission::member_by;
use super::end::{end, end_as};
use super::noted::note;
use super::standing::{approve_by, require_enabled};
use super::tickets::payment;
use super::told::{tell_deciders, tell_until};
use super::wallets::pay;
use super::{State, outcome, reaches};
use crate::base::credits::Credits;
use crate::base::ids::BookingId;
use crate::booking::bookings::transitions::{Step, step};
use crate::booking::bookings::{Actor, Booking, Outcome, Refusal, State as BookingState};
use crate::messages::notices::Kind;

/// Accepts: the place is theirs; where the school has not approved, it decides now.
pub(super) fn accept(state: &mut State, actor: Actor, id: BookingId) -> Result<Outcome, Refusal> {
    let booking = on_offer(state, actor, id)?;
    let event = state.events.get(&booking.event_id).ok_or(Refusal::UnknownBooking)?;
    if !event.year_is_open() {
        return Err(Refusal::YearClosed(event.year));
    }
    member_by(state, event, booking.school_id)?;
    require_enabled(state, booking)?;
    let (event_id, due) = (booking.event_id, approve_by(event, state.now));
    let to = if booking.approved_at.is_some() { BookingState::Confirmed } else { BookingState::Requested };
    let to = step(booking.state, Step::Promote, to)?;
    let shares =
        payment(state, booking.ticket_id, (booking.school_id, event.year), booking.price, &Default::default())?;
    let due = Some(due).filter(|_| to == BookingState::Requested);
    if let Some(booking) = state.bookings.get_mut(&id) {
        (booking.state, booking.offered_until) = (to, None);
        booking.approve_by = due;
        booking.version += 1;
    }
    state.changed.insert(id);
    if let Some(event) = state.events.get_mut(&event_id) {
        event.waiting -= 1;
    }
    state.touched.insert(event_id);
    if let Some(line) = state.lines.get_mut(&event_id) {
        line.retain(|waiting| *waiting != id);
    }
    pay(state, actor, id, shares);
    note(state, actor, id, Some(BookingState::Waitlisted));
    tell_until(state, id, Kind::Promoted, actor.person, due);
    tell_deciders(state, id, actor.person);
    Ok(outcome(state, id, Credits::ZERO, Vec::new()))
}

/// Declines: they give up their position on the waiting list too, and the next is offered the place.
pub(super) fn decline(state: &mut State, actor: Actor, id: BookingId) -> Result<Outcome, Refusal> {
    let to = step(on_offer(state, actor, id)?.state, Step::Cancel, BookingState::Cancelled)?;
    Ok(end(state, actor, id, to, Credits::ZERO))
}

/// Nobody answered in time: the next is offered the place.
pub(super) fn lapse(state: &mut State, actor: Actor, id: BookingId) -> Result<Outcome, Refusal> {
    let booking = state.bookings.get(&id).ok_or(Refusal::UnknownBooking)?;
    if booking.offered_until.is_none_or(|until| until > state.now) {
        return Err(Refusal::NoOffer);
    }
    let to = step(booking.state, Step::Expire, BookingState::Expired)?;
    Ok(end_as(state, actor, id, to, Credits::ZERO, Kind::OfferLapsed))
}

fn on_offer(state: &State, actor: Actor, id: BookingId) -> Result<&Booking, Refusal> {
    let booking = state.bookings.get(&id).filter(|booking| reaches(actor, booking)).ok_or(Refusal::UnknownBooking)?;
    if booking.offered_until.is_some_and(|until| until > state.now) { Ok(booking) } else { Err(Refusal::NoOffer) }
}
