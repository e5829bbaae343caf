//! Everything that a slice of commands needs, in a handful of set-based reads.

use std::collections::{BTreeSet, HashMap};

use super::decide::{Delegate, Event, State, Wallet};
use super::{Booking, Command, Error, State as BookingState, What, sql};
use crate::ids::{BookingId, EventId, PersonId, SchoolId};
use crate::ledger::Journal;

pub(super) async fn load(journal: &mut Journal, commands: &[Command]) -> Result<State, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let wanted = Wanted::of(commands);
    let tx = journal.tx();
    let mut state = State { now, ..State::default() };

    let delegates = sql::delegates(tx, hub, &wanted.delegates).await?;
    state.delegates = delegates
        .into_iter()
        .map(|(id, school, disabled_at)| (id, Delegate { school, disabled: disabled_at.is_some() }))
        .collect();
    add(&mut state, sql::bookings(tx, hub, &wanted.bookings).await?);
    let live = sql::live(tx, hub, &wanted.places).await?;
    state.live.extend(live.into_iter().map(|(event, person, booking)| ((event, person), booking)));

    let mut ids: BTreeSet<EventId> = wanted.events;
    ids.extend(state.bookings.values().map(|booking| booking.event_id));
    let ids: Vec<EventId> = ids.into_iter().collect();
    let events = sql::events(tx, hub, &ids).await?;
    // A waiting list matters only where a place is free or one of the commands may free one.
    let frees: BTreeSet<EventId> = state.bookings.values().map(|booking| booking.event_id).collect();
    let lines: Vec<EventId> = events
        .iter()
        .filter(|event| event.waiting > 0 && (event.held < event.capacity || frees.contains(&event.id)))
        .map(|event| event.id)
        .collect();
    state.events = events.into_iter().map(|row| (row.id, Event::from(row))).collect();
    for booking in sql::waiting(tx, hub, &lines).await? {
        state.lines.entry(booking.event_id).or_default().push(booking.id);
        state.bookings.entry(booking.id).or_insert(booking);
    }

    let mut schools: BTreeSet<SchoolId> = state.delegates.values().filter_map(|delegate| delegate.school).collect();
    schools.extend(state.bookings.values().map(|booking| booking.school_id));
    let schools: Vec<SchoolId> = schools.into_iter().collect();
    let mut wallets: HashMap<SchoolId, Vec<Wallet>> = HashMap::new();
    for (school, account, balance) in sql::wallets(tx, hub, &schools).await? {
        wallets.entry(school).or_default().push(Wallet { account, balance });
    }
    state.wallets = wallets;

    let holding: Vec<BookingId> = wanted
        .bookings
        .iter()
        .filter(|id| state.bookings.get(id).is_some_and(|booking| !booking.held.is_zero()))
        .copied()
        .collect();
    for (booking, wallet, amount) in sql::paid(tx, hub, &holding).await? {
        state.paid.entry(booking).or_default().push(super::cancellation::Share { wallet, amount });
    }
    Ok(state)
}

fn add(state: &mut State, bookings: Vec<Booking>) {
    for booking in bookings {
        if booking.state.live() {
            state.live.insert((booking.event_id, booking.person_id), booking.id);
        }
        debug_assert!(booking.state != BookingState::Waitlisted || booking.held.is_zero());
        state.bookings.insert(booking.id, booking);
    }
}

/// What the commands name.
#[derive(Default)]
struct Wanted {
    events: BTreeSet<EventId>,
    delegates: Vec<PersonId>,
    places: Vec<(EventId, PersonId)>,
    bookings: Vec<BookingId>,
}

impl Wanted {
    fn of(commands: &[Command]) -> Wanted {
        let mut wanted = Wanted::default();
        for command in commands {
            match command.what {
                What::Book { event, delegate } => {
                    wanted.events.insert(event);
                    wanted.delegates.push(delegate);
                    wanted.places.push((event, delegate));
                }
                What::Approve(booking) | What::Decline(booking) | What::Cancel { booking, .. } => {
                    wanted.bookings.push(booking)
                }
                What::Fill(event) => {
                    wanted.events.insert(event);
                }
            }
        }
        wanted.delegates.sort_unstable();
        wanted.delegates.dedup();
        wanted.places.sort_unstable();
        wanted.places.dedup();
        wanted.bookings.sort_unstable();
        wanted.bookings.dedup();
        wanted
    }
}
