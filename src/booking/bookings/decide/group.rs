//! Booking places for several together.

use super::State;
use super::admission::{membership, open_for};
use super::book::{Seat, seat_for, take};
use super::noted::note;
use super::told::{tell_booked, tell_deciders};
use crate::base::clock::london_date;
use crate::base::ids::{BookingId, EventId};
use crate::booking::bookings::{Actor, Group, Outcome, Reach, Refusal, Unnamed, View};

/// Each gets a place, in the order in which they are named; if one does not, nobody does. With `best_effort` each is
/// booked as if asked for alone.
pub(super) fn group(
    state: &mut State,
    actor: Actor,
    group: &Group,
    new_id: &mut impl FnMut() -> BookingId,
) -> Result<Outcome, Refusal> {
    let unnamed = group.unnamed.map(|unnamed| reserved(state, actor, group.event, unnamed)).transpose()?;
    let (named, places) = (group.delegates.len(), unnamed.as_ref().map_or(0, |(places, _)| *places));
    let before = if group.best_effort { None } else { Some(state.clone()) };
    let mut outcome = Outcome::default();
    for at in 0..named + places {
        let seat = match (group.delegates.get(at), &unnamed) {
            (Some(delegate), _) => seat_for(state, actor, group.event, *delegate, group.allow_clash),
            (None, Some((_, seat))) => Ok(seat()),
            (None, None) => break,
        };
        let id = new_id();
        let taken = seat.and_then(|seat| take(state, actor, Seat { waits: group.best_effort, ..seat }, id));
        match (taken, &before) {
            (Ok(taken), _) => {
                note(state, actor, id, None);
                tell_deciders(state, id, actor.person);
                tell_booked(state, id, actor.person);
                outcome.promoted.extend(taken.promoted);
                outcome.group.extend(taken.booking.map(Ok::<View, Refusal>));
            }
            (Err(Refusal::UnknownEvent), None) => return Err(Refusal::UnknownEvent),
            (Err(refusal), None) => outcome.group.push(Err(refusal)),
            (Err(refusal), Some(before)) => {
                state.clone_from(before);
                return Err(match refusal {
                    Refusal::EventFull { .. } => Refusal::EventFull { free: at },
                    Refusal::UnknownEvent | Refusal::NotOpen(_) | Refusal::Started => refusal,
                    refusal => Refusal::InGroup { at, refusal: Box::new(refusal) },
                });
            }
        }
    }
    Ok(outcome)
}

/// How many places without a name the actor reserves, and the details of each.
fn reserved(
    state: &State,
    actor: Actor,
    event_id: EventId,
    unnamed: Unnamed,
) -> Result<(usize, impl Fn() -> Seat + use<>), Refusal> {
    let event = state.events.get(&event_id).ok_or(Refusal::UnknownEvent)?;
    let school = match (actor.reach, unnamed.school) {
        (Reach::Hub, Some(school)) => school,
        (Reach::School(own), asked) if asked.is_none_or(|asked| asked == own) => own,
        _ => return Err(Refusal::UnknownSchool),
    };
    let known = state.schools.get(&school).ok_or(Refusal::UnknownSchool)?;
    open_for(event, membership(state, school), actor.reach, state.now)?;
    if !event.admission.is_for_phase(known.phase) {
        return Err(Refusal::NotInAudience);
    }
    if unnamed.names_by < london_date(state.now) || unnamed.names_by > london_date(event.starts_at) {
        return Err(Refusal::NamesBy);
    }
    let (name, names_by) = (known.name.clone(), Some(unnamed.names_by));
    let seat = move || Seat {
        event: event_id,
        person: None,
        school,
        names: (None, name.clone()),
        names_by,
        ticket: None,
        waits: false,
    };
    Ok((unnamed.places, seat))
}
