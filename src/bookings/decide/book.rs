//! A place is asked for.

use chrono::{DateTime, Utc};

use super::approval::approve_by;
use super::line::{apply, promotable};
use super::wallets::{draw, pay};
use super::{Event, State, outcome};
use crate::bookings::{Actor, Booking, Outcome, Reach, Refusal, State as BookingState};
use crate::credits::Credits;
use crate::ids::{BookingId, EventId, PersonId};
use crate::programmes::events::State as EventState;

pub(super) fn book(
    state: &mut State,
    actor: Actor,
    event_id: EventId,
    delegate: PersonId,
    id: BookingId,
) -> Result<Outcome, Refusal> {
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
    open_for_booking(event, actor.reach, state.now)?;
    if let Some(booking) = state.live.get(&(event_id, delegate)) {
        return Err(Refusal::AlreadyBooked(*booking));
    }

    // Nobody new gets in ahead of the line: whoever can pay moves up first.
    let promotion = promotable(state, event_id, event);
    let free = event.capacity - event.held - i64::try_from(promotion.promoted.len()).unwrap_or(i64::MAX);
    let (price, policy, line) = (event.price, event.policy.clone(), event.line + 1);
    let shares = if free > 0 { Some(draw(state, school, price, &promotion.drawn)?) } else { None };

    let approved = !matches!(actor.reach, Reach::Own);
    let booking = Booking {
        id,
        event_id,
        person_id: Some(delegate),
        school_id: school,
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
        approved_by: if approved { actor.person } else { None },
        approved_at: approved.then_some(state.now),
        ended_by: None,
        ended_at: None,
        passed_over_at: None,
        names_by: None,
        offered_until: None,
        moved_to: None,
        approve_by: shares.is_some().then(|| approve_by(event, state.now)).filter(|_| !approved),
        version: 1,
    };
    let promoted = apply(state, actor, event_id, promotion);
    if let Some(event) = state.events.get_mut(&event_id) {
        event.line = line;
        event.waiting += i64::from(shares.is_none());
        event.held += i64::from(shares.is_some());
    }
    state.touched.insert(event_id);
    state.live.insert((event_id, delegate), id);
    state.bookings.insert(id, booking);
    state.names.insert(id, names);
    state.new.push(id);
    match shares {
        Some(shares) => pay(state, actor, id, shares),
        None => state.lines.entry(event_id).or_default().push(id),
    }
    Ok(outcome(state, id, Credits::ZERO, promoted))
}

fn open_for_booking(event: &Event, reach: Reach, now: DateTime<Utc>) -> Result<(), Refusal> {
    match event.state {
        EventState::Published => {}
        EventState::Draft if reach == Reach::Hub => return Err(Refusal::NotOpen("it is a draft")),
        EventState::Draft => return Err(Refusal::UnknownEvent),
        EventState::Completed => return Err(Refusal::NotOpen("it is completed")),
        EventState::Cancelled => return Err(Refusal::NotOpen("it is cancelled")),
    }
    if now >= event.starts_at {
        return Err(Refusal::Started);
    }
    if event.opens_at.is_some_and(|opens| now < opens) {
        return Err(Refusal::NotOpen("booking has not opened"));
    }
    if event.closes_at.is_some_and(|closes| now >= closes) {
        return Err(Refusal::NotOpen("booking has closed"));
    }
    Ok(())
}
