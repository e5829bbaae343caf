//! Who is told what became of a booking.

use chrono::{DateTime, Utc};

use std::collections::{BTreeMap, BTreeSet};

use super::State;
use crate::base::ids::{BookingId, EventId, PersonId, SchoolId};
use crate::booking::bookings::{Booking, Move, State as BookingState};
use crate::messages::notices::{Kind, Notice};

/// Tells the delegate, and whoever asked for them, but not `by`, who acted.
pub(super) fn tell(state: &mut State, id: BookingId, kind: Kind, by: Option<PersonId>) {
    tell_until(state, id, kind, by, None);
}

/// Tells them, with the time until when they may act on it.
pub(super) fn tell_until(
    state: &mut State,
    id: BookingId,
    kind: Kind,
    by: Option<PersonId>,
    due_at: Option<DateTime<Utc>>,
) {
    tell_with(state, id, by, |person| Notice { due_at, ..Notice::new(person, kind) });
}

/// Tells them what moved the event, and until when the place can be cancelled free of charge.
pub(super) fn tell_of_move(
    state: &mut State,
    id: BookingId,
    what: Move,
    by: Option<PersonId>,
    due_at: Option<DateTime<Utc>>,
) {
    let (kind, subject) = what.told();
    tell_with(state, id, by, |person| Notice { due_at, subject: subject.clone(), ..Notice::new(person, kind) });
}

fn tell_with(state: &mut State, id: BookingId, by: Option<PersonId>, notice: impl Fn(PersonId) -> Notice) {
    let Some(booking) = state.bookings.get(&id) else {
        return state.can_not_be("somebody is told of a booking that was not loaded");
    };
    let asked = booking.requested_by.filter(|asked| Some(*asked) != booking.person_id);
    for person in [booking.person_id, asked].into_iter().flatten().filter(|person| Some(*person) != by) {
        let (event, booking) = (Some(booking.event_id), Some(id));
        state.notices.push(Notice { event, booking, ..notice(person) });
    }
}

/// Tells the deciders of the school that a request waits for them, and until when, but not `by`, who made it wait.
pub(super) fn tell_deciders(state: &mut State, id: BookingId, by: Option<PersonId>) {
    let Some(booking) = state.bookings.get(&id).filter(|booking| booking.state == BookingState::Requested) else {
        return;
    };
    let deciders = state.deciders.beside(booking.school_id, &[booking.person_id, booking.requested_by]);
    let (event, due_at) = (Some(booking.event_id), booking.approve_by);
    let notice = |person| Notice { event, booking: Some(id), due_at, ..Notice::new(person, Kind::ApprovalWaiting) };
    state.notices.extend(deciders.into_iter().filter(|decider| Some(*decider) != by).map(notice));
}

/// Tells the delegate of a new booking that somebody else has made it, and who.
pub(super) fn tell_booked(state: &mut State, id: BookingId, by: Option<PersonId>) {
    let Some(booking) = state.bookings.get(&id) else {
        return state.can_not_be("somebody is told of a booking that was not loaded");
    };
    let kind = match booking.state {
        BookingState::Confirmed => Kind::Booked,
        BookingState::Waitlisted => Kind::PutOnWaitingList,
        // Of a request they are told once it is decided.
        _ => return,
    };
    let Some(person) = booking.person_id.filter(|person| Some(*person) != by) else { return };
    let (event, booking) = (Some(booking.event_id), Some(id));
    state.notices.push(Notice { event, booking, about: by, ..Notice::new(person, kind) });
}

/// Tells the delegate alone, where somebody else acted: whoever asked for the place is told of all places together.
pub(super) fn tell_delegate(state: &mut State, id: BookingId, kind: Kind, by: Option<PersonId>) {
    let Some(booking) = state.bookings.get(&id) else {
        return state.can_not_be("somebody is told of a booking that was not loaded");
    };
    let Some(person) = booking.person_id.filter(|person| Some(*person) != by) else { return };
    let (event, booking) = (Some(booking.event_id), Some(id));
    state.notices.push(Notice { event, booking, ..Notice::new(person, kind) });
}

/// Tells the lead and deputies of each school that had these bookings, and whoever asked for them, that the event is called
/// off: each once, and not who has only their own place there, of which they are told as its delegate.
pub(super) fn tell_called_off(state: &mut State, event: EventId, ended: &[BookingId], by: Option<PersonId>) {
    let ended: Vec<&Booking> = ended.iter().filter_map(|id| state.bookings.get(id)).collect();
    let schools: BTreeSet<SchoolId> = ended.iter().map(|booking| booking.school_id).collect();
    let mut told: BTreeSet<PersonId> = BTreeSet::new();
    for school in schools {
        let of_others = |person: &PersonId| {
            ended.iter().any(|booking| booking.school_id == school && booking.person_id != Some(*person))
        };
        told.extend(state.deciders.of_school(school).filter(of_others));
    }
    let asked = ended.iter().filter(|booking| booking.requested_by != booking.person_id);
    told.extend(asked.filter_map(|booking| booking.requested_by));
    let notice = |person| Notice { event: Some(event), ..Notice::new(person, Kind::EventCalledOff) };
    let notices: Vec<Notice> = told.into_iter().filter(|person| Some(*person) != by).map(notice).collect();
    state.notices.extend(notices);
}

/// Tells the lead and deputies of each school with live bookings on an event what moved it, and until when those of its
/// places that have such a `window` can be cancelled free of charge: each once, and not who was told of all of them as their
/// delegate, or as whoever asked for them.
pub(super) fn tell_leads_of_move(
    state: &mut State,
    event: EventId,
    what: Move,
    by: Option<PersonId>,
    windows: &[(BookingId, Option<DateTime<Utc>>)],
) {
    let live: Vec<&Booking> =
        state.bookings.values().filter(|booking| booking.event_id == event && booking.state.live()).collect();
    let schools: BTreeSet<SchoolId> = live.iter().map(|booking| booking.school_id).collect();
    let mut told: BTreeMap<PersonId, Option<DateTime<Utc>>> = BTreeMap::new();
    for school in schools {
        let of_school = |id: &BookingId| state.bookings.get(id).is_some_and(|booking| booking.school_id == school);
        let window = windows.iter().filter(|(id, _)| of_school(id)).filter_map(|(_, window)| *window).min();
        let of_others = |person: &PersonId| {
            let theirs = |booking: &Booking| [booking.person_id, booking.requested_by].contains(&Some(*person));
            live.iter().any(|booking| booking.school_id == school && !theirs(booking))
        };
        told.extend(state.deciders.of_school(school).filter(of_others).map(|person| (person, window)));
    }
    let (kind, subject) = what.told();
    let notice =
        |(person, due_at)| Notice { event: Some(event), due_at, subject: subject.clone(), ..Notice::new(person, kind) };
    let notices: Vec<Notice> = told.into_iter().filter(|(person, _)| Some(*person) != by).map(notice).collect();
    state.notices.extend(notices);
}

/// Tells the lead and deputies of the school that a delegate has cancelled a place themselves that was approved; whoever
/// asked for it is told as such.
pub(super) fn tell_given_up(state: &mut State, id: BookingId, by: Option<PersonId>) {
    let Some(booking) = state.bookings.get(&id) else {
        return state.can_not_be("somebody is told of a booking that was not loaded");
    };
    let deciders: Vec<PersonId> = state.deciders.of_school(booking.school_id).collect();
    // Who decides for the school themselves need not tell the others of their own place.
    if by.is_none_or(|by| Some(by) != booking.person_id || deciders.contains(&by)) {
        return;
    }
    let deciders =
        deciders.into_iter().filter(|person| ![booking.person_id, booking.requested_by].contains(&Some(*person)));
    let event = Some(booking.event_id);
    let notice = |person| Notice { event, booking: Some(id), ..Notice::new(person, Kind::PlaceGivenUp) };
    let notices: Vec<Notice> = deciders.map(notice).collect();
    state.notices.extend(notices);
}
