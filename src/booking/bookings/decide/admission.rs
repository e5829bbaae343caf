//! Who may book: what an event asks of those who book it, and whether they are booked elsewhere at the time.

use chrono::{DateTime, Utc};

use super::{Event, Known, State};
use crate::base::ids::{EventId, PersonId, SchoolId};
use crate::booking::bookings::{Reach, Refusal};
use crate::members::schools::Membership;
use crate::programme::programmes::events::State as EventState;

/// The school's membership of the hub.
pub(super) fn membership(state: &State, school: SchoolId) -> Membership {
    state.schools.get(&school).map_or(Membership::Full, |school| school.membership)
}

/// Whether the event now takes bookings from schools of this membership.
pub(super) fn open_for(event: &Event, membership: Membership, reach: Reach, now: DateTime<Utc>) -> Result<(), Refusal> {
    match event.state {
        EventState::Published => {}
        EventState::Draft if reach == Reach::Hub => return Err(Refusal::NotOpen("it is a draft")),
        EventState::Draft => return Err(Refusal::UnknownEvent),
        EventState::Completed => return Err(Refusal::NotOpen("it is completed")),
        EventState::Cancelled => return Err(Refusal::NotOpen("it is cancelled")),
    }
    if !event.year_is_open() {
        return Err(Refusal::YearClosed(event.year));
    }
    if now >= event.starts_at {
        return Err(Refusal::Started);
    }
    if event.admission.opens_at(event.opens_at, membership).is_some_and(|opens| now < opens) {
        return Err(Refusal::NotOpen("booking has not opened"));
    }
    if event.closes_at.is_some_and(|closes| now >= closes) {
        return Err(Refusal::NotOpen("booking has closed"));
    }
    Ok(())
}

/// Whether the person may take a place: the event is for them, they have none yet, and they are free at the time.
pub(super) fn free_for(
    state: &State,
    event_id: EventId,
    person: PersonId,
    known: &Known,
    allow_clash: bool,
) -> Result<(), Refusal> {
    if let Some(booking) = state.live.get(&(event_id, person)) {
        return Err(Refusal::AlreadyBooked(*booking));
    }
    let event = state.events.get(&event_id).ok_or(Refusal::UnknownEvent)?;
    let school = known.school.as_ref().and_then(|(school, _)| state.schools.get(school));
    if school.is_some_and(|school| !event.admission.is_for(known.role, school.phase)) {
        return Err(Refusal::NotInAudience);
    }
    if allow_clash { Ok(()) } else { not_elsewhere(state, event_id, person, None) }
}

/// Refuses where the person has another live booking on an event that overlaps with this one, other than one on
/// `leaving`.
pub(super) fn not_elsewhere(
    state: &State,
    event_id: EventId,
    person: PersonId,
    leaving: Option<EventId>,
) -> Result<(), Refusal> {
    let Some(sessions) = state.sessions.get(&event_id) else { return Ok(()) };
    let meets_while = |other: &EventId| {
        state
            .sessions
            .get(other)
            .into_iter()
            .flatten()
            .any(|(starts, ends)| sessions.iter().any(|(from, to)| starts < to && from < ends))
    };
    let others = state.live.iter().filter(|((other, who), _)| *who == person && *other != event_id);
    let clash = others.filter(|((other, _), _)| Some(*other) != leaving && meets_while(other)).map(|(_, id)| *id).min();
    clash.map_or(Ok(()), |booking| Err(Refusal::Clash(booking)))
}

/// Refuses a school that will not be a member any more when the event starts.
pub(super) fn member_by(state: &State, event: &Event, school: SchoolId) -> Result<(), Refusal> {
    let left_on = state.schools.get(&school).and_then(|school| school.left_by(event));
    left_on.map_or(Ok(()), |left_on| Err(Refusal::SchoolLeft { left_on }))
}

/// Whether the school may have another booking on the event.
pub(super) fn room_for(state: &State, event_id: EventId, event: &Event, school: SchoolId) -> Result<(), Refusal> {
    member_by(state, event, school)?;
    let Some(most) = event.admission.max_per_school else { return Ok(()) };
    let has = state.counts.get(&(event_id, school)).copied().unwrap_or_default();
    if has < most { Ok(()) } else { Err(Refusal::SchoolLimit { most }) }
}
