//! Who a place is for: naming somebody later, and substituting somebody else of the school.

use super::standing::undue;
use chrono::{DateTime, Days, Utc};

use super::admission::free_for;
use super::approval::may_decide_own;
use super::end::end_as;
use super::noted::note_with;
use super::wallets::{spend, unspend};
use super::{Handed, State, outcome, reaches, timing};
use crate::base::clock::{london_date, london_midnight};
use crate::base::credits::Credits;
use crate::base::ids::{BookingId, PersonId};
use crate::booking::bookings::cancellation::{Terms, Timing};
use crate::booking::bookings::transitions::{Step, step};
use crate::booking::bookings::{Actor, Booking, Outcome, Reach, Refusal, State as BookingState};
use crate::ledger::changes::Kind as Changed;
use crate::messages::notices::{Kind, Notice};

/// Names somebody for a place reserved without a name, until the end of the day that was agreed.
pub(super) fn name(
    state: &mut State,
    actor: Actor,
    id: BookingId,
    delegate: PersonId,
    allow_clash: bool,
) -> Result<Outcome, Refusal> {
    let booking = passed_on(state, actor, id)?;
    if booking.person_id.is_some() || !booking.state.live() {
        return Err(Refusal::NotToBeNamed("the place has a name: let somebody else take it over"));
    }
    if booking.names_by.is_some_and(|by| by < london_date(state.now)) {
        return Err(Refusal::NotToBeNamed("the day for names is over"));
    }
    give_to(state, actor, id, delegate, allow_clash, Kind::Named)
}

/// Another person of the school takes the place, at no charge, until the first session starts.
pub(super) fn substitute(
    state: &mut State,
    actor: Actor,
    id: BookingId,
    delegate: PersonId,
    allow_clash: bool,
) -> Result<Outcome, Refusal> {
    let booking = passed_on(state, actor, id)?;
    let held = matches!(booking.state, BookingState::Requested | BookingState::Confirmed);
    if !held || booking.person_id.is_none() {
        return Err(Refusal::NotHeld(booking.state));
    }
    if booking.ticket_id.is_some() {
        return Err(Refusal::NotToBeNamed("a ticket pays for the place, and is its holder's alone"));
    }
    undue(booking, state.now, booking.state)?;
    give_to(state, actor, id, delegate, allow_clash, Kind::Substituted)
}

/// Releases a place that nobody was named for, refunding it under the policy as of the end of the day for naming.
pub(super) fn release(state: &mut State, actor: Actor, id: BookingId) -> Result<Outcome, Refusal> {
    let booking = state.bookings.get(&id).ok_or(Refusal::UnknownBooking)?;
    let event = state.events.get(&booking.event_id).ok_or(Refusal::UnknownBooking)?;
    let to = step(booking.state, Step::Release, BookingState::Cancelled)?;
    let over = booking.names_by.and_then(|by| by.checked_add_days(Days::new(1))).map(london_midnight);
    let Some(over) = over.filter(|over| booking.person_id.is_none() && *over <= state.now) else {
        return Err(Refusal::InvalidTransition { from: booking.state, to });
    };
    let back = back_of_unnamed(booking, &timing(state, booking, event), over);
    Ok(end_as(state, actor, id, to, back, Kind::Released))
}

/// What is refunded for a place without a name that is released at `now`: under the policy as of the end of the day for
/// naming.
pub(super) fn back_of_unnamed(booking: &Booking, timing: &Timing, now: DateTime<Utc>) -> Credits {
    let over = booking.names_by.and_then(|by| by.checked_add_days(Days::new(1))).map(london_midnight);
    Terms::of(booking, timing, over.map_or(now, |over| over.min(now))).refund
}

/// The booking, where the actor may say who it is for and its event has not begun.
fn passed_on(state: &State, actor: Actor, id: BookingId) -> Result<&Booking, Refusal> {
    let booking = state.bookings.get(&id).filter(|booking| reaches(actor, booking)).ok_or(Refusal::UnknownBooking)?;
    let event = state.events.get(&booking.event_id).ok_or(Refusal::UnknownBooking)?;
    if state.now >= event.starts_at && booking.state.live() { Err(Refusal::Started) } else { Ok(booking) }
}

fn give_to(
    state: &mut State,
    actor: Actor,
    id: BookingId,
    delegate: PersonId,
    allow_clash: bool,
    kind: Kind,
) -> Result<Outcome, Refusal> {
    let booking = state.bookings.get(&id).ok_or(Refusal::UnknownBooking)?;
    let (event, before, school) = (booking.event_id, booking.person_id, booking.school_id);
    let known = state.people.get(&delegate).filter(|known| !known.disabled).ok_or(Refusal::UnknownDelegate)?;
    if known.school.as_ref().is_none_or(|(own, _)| *own != school) {
        return Err(Refusal::UnknownDelegate);
    }
    // Nobody may decide alone on an approved place that ends up theirs, whichever way they come to it.
    if booking.approved_at.is_some()
        && actor.person == Some(delegate)
        && actor.reach != Reach::Hub
        && !may_decide_own(state, actor, school)
    {
        return Err(Refusal::OwnRequest);
    }
    free_for(state, event, delegate, known, allow_clash)?;
    let name = known.name.clone();
    // The cost of the place counts as the spending of whoever has it.
    let cost = if booking.state == BookingState::Waitlisted { booking.price } else { booking.held };
    unspend(state, event, before, cost);
    spend(state, event, delegate, cost);
    if let Some(booking) = state.bookings.get_mut(&id) {
        booking.person_id = Some(delegate);
        booking.version += 1;
        state.handed.push(Handed { booking: id, from: before, version: booking.version });
    }
    if let Some(names) = state.names.get_mut(&id) {
        names.0 = Some(name);
    }
    state.changed.insert(id);
    let noted = if before.is_none() { Changed::BookingNamed } else { Changed::BookingSubstituted };
    note_with(state, actor, id, noted, None, |change| change.person(delegate));
    state.live.extend([((event, delegate), id)]);
    if let Some(before) = before {
        state.live.remove(&(event, before));
    }
    for person in [before, Some(delegate)].into_iter().flatten().filter(|person| Some(*person) != actor.person) {
        state.notices.push(Notice { event: Some(event), booking: Some(id), ..Notice::new(person, kind) });
    }
    Ok(outcome(state, id, Credits::ZERO, Vec::new()))
}
