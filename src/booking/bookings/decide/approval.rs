//! Decisions on requests: approving, declining, and expiry when nobody decided in time.

use super::end::end;
use super::noted::note_as;
use super::standing::{is_gone, overdue, undue};
use super::told::tell;
use super::{State, outcome, reaches};
use crate::base::credits::Credits;
use crate::base::ids::{BookingId, PersonId, SchoolId};
use crate::base::text::Line;
use crate::booking::bookings::transitions::{Step, step};
use crate::booking::bookings::{Actor, Booking, Outcome, Reach, Refusal, State as BookingState};
use crate::ledger::changes::Kind as Changed;
use crate::members::people::Role;
use crate::messages::notices::Kind;

pub(super) fn approve(state: &mut State, actor: Actor, id: BookingId) -> Result<Outcome, Refusal> {
    let (now, school) = (state.now, state.bookings.get(&id).map(|booking| booking.school_id));
    let may_decide_own = school.is_some_and(|school| may_decide_own(state, actor, school));
    let gone = state.bookings.get(&id).is_some_and(|booking| is_gone(state, booking));
    let booking = of_school(state, actor, id)?;
    undue(booking, now, BookingState::Confirmed)?;
    if gone {
        return Err(Refusal::DelegateGone);
    }
    let to = match (booking.state, booking.approved_at) {
        (BookingState::Waitlisted, Some(_)) => return Err(Refusal::ApprovedAlready),
        // It keeps its place on the waiting list, and is confirmed when a place comes free.
        (BookingState::Waitlisted, None) => BookingState::Waitlisted,
        _ => BookingState::Confirmed,
    };
    let to = step(booking.state, Step::Approve, to)?;
    let own = actor.person.is_some() && [booking.person_id, booking.requested_by].contains(&actor.person);
    if own && !may_decide_own {
        return Err(Refusal::OwnRequest);
    }
    let before = std::mem::replace(&mut booking.state, to);
    (booking.approved_by, booking.approved_at, booking.approve_by) = (actor.person, Some(now), None);
    booking.version += 1;
    state.changed.insert(id);
    let noted = if to == BookingState::Waitlisted { Changed::BookingApproved } else { Changed::BookingConfirmed };
    note_as(state, actor, id, noted, Some(before));
    tell(state, id, Kind::Approved, actor.person);
    Ok(outcome(state, id, Credits::ZERO, Vec::new()))
}

/// Whether the actor may decide for the school on their own bookings: its lead may, and its deputies where the school
/// lets people approve their own requests; nobody may where it asks for a second person.
pub(super) fn may_decide_own(state: &State, actor: Actor, school: SchoolId) -> bool {
    let Some(rules) = state.schools.get(&school) else { return false };
    let is_lead = !actor.person.is_some_and(|person| is_teacher(state, person));
    match actor.reach {
        Reach::Hub => rules.own_approval,
        Reach::School(_) => !rules.second_person && (is_lead || rules.own_approval),
        Reach::Own | Reach::OfRole => false,
    }
}

/// Whether they are a teacher: a teacher who decides for a school does so as a deputy.
fn is_teacher(state: &State, person: PersonId) -> bool {
    state.people.get(&person).is_some_and(|known| known.role == Role::Teacher)
}

pub(super) fn decline(
    state: &mut State,
    actor: Actor,
    id: BookingId,
    reason: Option<&Line>,
) -> Result<Outcome, Refusal> {
    let now = state.now;
    let booking = of_school(state, actor, id)?;
    undue(booking, now, BookingState::Declined)?;
    let to = step(booking.state, Step::Decline, BookingState::Declined)?;
    if booking.approved_at.is_some() {
        return Err(Refusal::InvalidTransition { from: booking.state, to });
    }
    let back = booking.held;
    state.declined.extend(reason.map(|reason| (id, reason.clone())));
    Ok(end(state, actor, id, to, back))
}

/// Nobody decided in time: place and credits are given back.
pub(super) fn expire(state: &mut State, actor: Actor, id: BookingId) -> Result<Outcome, Refusal> {
    let booking = state.bookings.get(&id).ok_or(Refusal::UnknownBooking)?;
    let to = step(booking.state, Step::Expire, BookingState::Expired)?;
    if !overdue(booking, state.now) {
        return Err(Refusal::InvalidTransition { from: booking.state, to });
    }
    let back = booking.held;
    Ok(end(state, actor, id, to, back))
}

/// The booking, where the actor may approve and decline for its school.
fn of_school(state: &mut State, actor: Actor, id: BookingId) -> Result<&mut Booking, Refusal> {
    let booking = state.bookings.get_mut(&id).ok_or(Refusal::UnknownBooking)?;
    if matches!(actor.reach, Reach::Hub | Reach::School(_)) && reaches(actor, booking) {
        Ok(booking)
    } else {
        Err(Refusal::UnknownBooking)
    }
}
