//! Booking a place: on the event, or on its waiting list.

use super::standing::approve_by;
use chrono::NaiveDate;

use super::admission::{free_for, membership, open_for, room_for};
use super::approval::may_decide_own;
use super::line::{apply, promotable};
use super::noted::note;
use super::tickets::{self, payment, usable};
use super::told::{tell_booked, tell_deciders};
use super::wallets::pay;
use super::{State, outcome};
use crate::base::credits::Credits;
use crate::base::ids::{BookingId, EventId, PersonId, SchoolId, TicketId};
use crate::base::text::Line;
use crate::booking::bookings::{Actor, Booking, Outcome, Reach, Refusal, State as BookingState};

/// A place to be taken, by somebody who may.
pub(super) struct Seat {
    pub(super) event: EventId,
    /// None for a place without a name.
    pub(super) person: Option<PersonId>,
    pub(super) school: SchoolId,
    /// The names of the person and the school.
    pub(super) names: (Option<Line>, Line),
    pub(super) names_by: Option<NaiveDate>,
    /// The person's ticket that pays for it.
    pub(super) ticket: Option<TicketId>,
    /// Whether it joins the waiting list of a full event; otherwise it is refused.
    pub(super) waits: bool,
}

pub(super) fn book(
    state: &mut State,
    actor: Actor,
    event_id: EventId,
    delegate: PersonId,
    allow_clash: bool,
    ticket: Option<TicketId>,
    id: BookingId,
) -> Result<Outcome, Refusal> {
    let seat = Seat { ticket, ..seat_for(state, actor, event_id, delegate, allow_clash)? };
    let taken = take(state, actor, seat, id)?;
    note(state, actor, id, None);
    tell_deciders(state, id, actor.person);
    tell_booked(state, id, actor.person);
    Ok(taken)
}

/// The place on the event that the actor may take for the delegate.
pub(super) fn seat_for(
    state: &State,
    actor: Actor,
    event_id: EventId,
    delegate: PersonId,
    allow_clash: bool,
) -> Result<Seat, Refusal> {
    let event = state.events.get(&event_id).ok_or(Refusal::UnknownEvent)?;
    let known = state.people.get(&delegate).filter(|known| !known.disabled).ok_or(Refusal::UnknownDelegate)?;
    let (school, school_name) = known.school.clone().ok_or(Refusal::UnknownDelegate)?;
    let names = (Some(known.name.clone()), school_name);
    let reaches = match actor.reach {
        Reach::Hub => true,
        Reach::School(own) => own == school,
        Reach::Own | Reach::OfRole => actor.person == Some(delegate),
    };
    if !reaches {
        return Err(Refusal::UnknownDelegate);
    }
    open_for(event, membership(state, school), actor.reach, state.now)?;
    free_for(state, event_id, delegate, known, allow_clash)?;
    Ok(Seat { event: event_id, person: Some(delegate), school, names, names_by: None, ticket: None, waits: true })
}

/// Takes the place, or one on the waiting list; the caller notes the change.
pub(super) fn take(state: &mut State, actor: Actor, seat: Seat, id: BookingId) -> Result<Outcome, Refusal> {
    let Seat { event: event_id, person, school, names, names_by, ticket, waits } = seat;
    let event = state.events.get(&event_id).ok_or(Refusal::UnknownEvent)?;
    room_for(state, event_id, event, school)?;

    // Nobody new gets in ahead of the waiting list: whoever can pay moves up first.
    let promotion = promotable(state, event_id, event);
    let free = event.capacity - event.held - promotion.places();
    if free <= 0 && !waits {
        return Err(Refusal::EventFull { free: 0 });
    }
    let price = event.admission.price(event.price, membership(state, school));
    let schedule = event.schedule;
    let (line, limited) = (event.line + 1, event.admission.max_per_school.is_some());
    let rules = state.schools.get(&school);
    let by_actor = match actor.reach {
        Reach::Hub => true,
        Reach::School(_) => person.is_none() || person != actor.person || may_decide_own(state, actor, school),
        Reach::Own | Reach::OfRole => false,
    };
    // What a ticket pays for counts as nobody's spending.
    let spender = person.filter(|_| ticket.is_none()).map(|person| (person, event.year));
    let spent = spender.and_then(|spender| state.spent.get(&spender)).copied().unwrap_or_default() + price;
    // Booking without approval is no way around the second person that a school asks for.
    let second = matches!(actor.reach, Reach::School(_)) && rules.is_some_and(|rules| rules.second_person);
    let limit = rules.and_then(|rules| rules.approval_limit).filter(|_| spender.is_some() && !second);
    let (mut approved, mut policy) = (by_actor || limit.is_some_and(|limit| spent <= limit), event.policy.clone());
    if let Some(ticket) = ticket {
        if price.is_zero() {
            return Err(Refusal::TicketNotNeeded);
        }
        let ticket = usable(state, ticket, event_id, person)?;
        approved |= !ticket.needs_approval;
        policy = ticket.returns.policy();
    }
    let shares =
        if free > 0 { Some(payment(state, ticket, (school, event.year), price, &promotion.drawn)?) } else { None };

    let booking = Booking {
        id,
        event_id,
        person_id: person,
        school_id: school,
        ticket_id: ticket,
        state: match shares {
            None => BookingState::Waitlisted,
            Some(_) if approved => BookingState::Confirmed,
            Some(_) => BookingState::Requested,
        },
        line,
        price,
        held: Credits::ZERO,
        policy,
        requested_by: actor.person,
        requested_at: state.now,
        approved_by: actor.person.filter(|_| approved && (by_actor || ticket.is_some())),
        approved_at: approved.then_some(state.now),
        ended_by: None,
        ended_at: None,
        passed_over_at: None,
        names_by,
        offered_until: None,
        moved_to: None,
        approve_by: shares.is_some().then(|| approve_by(event, state.now)).filter(|_| !approved),
        schedule,
        version: 1,
    };
    let promoted = apply(state, actor, event_id, promotion);
    if let Some(event) = state.events.get_mut(&event_id) {
        event.line = line;
        event.waiting += i64::from(shares.is_none());
        event.held += i64::from(shares.is_some());
    }
    if limited {
        *state.counts.entry((event_id, school)).or_default() += 1;
    }
    state.spent.extend(spender.map(|spender| (spender, spent)));
    state.touched.insert(event_id);
    state.live.extend(person.map(|person| ((event_id, person), id)));
    state.bookings.insert(id, booking);
    state.names.insert(id, names);
    state.new.push(id);
    if let Some(ticket) = ticket {
        tickets::take(state, actor, ticket, id);
    }
    match shares {
        Some(shares) => pay(state, actor, id, shares),
        None => state.lines.entry(event_id).or_default().push(id),
    }
    Ok(outcome(state, id, Credits::ZERO, promoted))
}
