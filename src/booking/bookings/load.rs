//! Loads everything that a slice of commands needs, in a handful of set-based reads.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::cancellation::Share;
use super::decide::{Event, SUBSIDY, Settling, State, Wallet};
use super::kept::{Kept, take};
use super::{Booking, Command, Error, Reach, What, moves, sql};
use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::base::ids::{AccountId, BookingId, EventId, HubId, PersonId, SchoolId, TicketId};
use crate::base::year::AcademicYear;
use crate::ledger;
use crate::ledger::idempotency::{self, Keyed, Known};
use crate::members::people::{self, Role};
use crate::members::schools::{self, Successors};
use crate::members::years::{self, onward::Onward};
use crate::programme::programmes::events::State as EventState;
use crate::programme::tickets;

/// Loads the state, taking from `kept` what earlier batches left. Also returns what is known of the idempotency keys
/// that some of the commands came with, in their order.
pub(super) async fn load<'c>(
    tx: &mut Tx,
    (hub, now): (HubId, DateTime<Utc>),
    kept: &mut Kept,
    commands: impl IntoIterator<Item = &'c Command>,
    keys: &[&Keyed],
) -> Result<(State, Vec<Option<Known>>), Error> {
    let mut wanted = Wanted::of(commands);
    let mut state = State { now, ..State::default() };

    for row in sql::bookings(tx, hub, &wanted.bookings).await? {
        state.gone.extend(row.booking.person_id.filter(|_| row.delegate_gone).map(|person| (row.booking.id, person)));
        state.names.insert(row.booking.id, (row.person_name, row.school_name));
        wanted.schools.push(row.booking.school_id);
        let place = row.booking.person_id.filter(|_| row.booking.state.live());
        state.live.extend(place.map(|person| ((row.booking.event_id, person), row.booking.id)));
        state.bookings.insert(row.booking.id, row.booking);
    }
    wanted.complete(&state);
    let strangers = take(&mut kept.people, &mut state.people, wanted.people.iter().copied());
    let sql::Found { used, live, people } = sql::before(tx, hub, keys, &wanted.delegates(), &strangers).await?;
    let known = idempotency::known(used, keys);
    for (id, person, school) in people {
        state.schools.extend(school);
        state.people.insert(id, person);
    }

    let mut ids: BTreeSet<EventId> = wanted.events.clone();
    ids.extend(state.bookings.values().map(|booking| booking.event_id));
    let unknown = take(&mut kept.events, &mut state.events, ids.iter().copied());
    let events = sql::events(tx, hub, &unknown).await?;
    state.events.extend(events.into_iter().map(|row| (row.id, row.event)));
    // A waiting list matters only where a place is free or one of the commands may free one.
    let frees: BTreeSet<EventId> = state.bookings.values().map(|booking| booking.event_id).collect();
    let meeting = meeting_at_once(&wanted.places, &live, &state.events);
    for (event, starts, ends) in sql::sessions(tx, hub, &meeting.iter().copied().collect::<Vec<_>>()).await? {
        state.sessions.entry(event).or_default().push((starts, ends));
    }
    let asked: HashSet<(EventId, PersonId)> = wanted.places.iter().copied().collect();
    let places = live.iter().map(|row| (row.event, row.person));
    let matter: Vec<(EventId, PersonId)> =
        places.filter(|place| meeting.contains(&place.0) || asked.contains(place)).collect();
    let live = sql::live(tx, hub, &matter).await?;
    state.live.extend(live.into_iter().map(|(event, person, booking)| ((event, person), booking)));
    let limits = |event: &&EventId| state.events.get(event).is_some_and(|it| it.admission.max_per_school.is_some());
    let limited: Vec<EventId> = ids.iter().filter(limits).copied().collect();
    for (event, school, count) in sql::counts(tx, hub, &limited).await? {
        state.counts.insert((event, school), count);
    }
    let matters =
        |id: &EventId, event: &Event| event.waiting > 0 && (event.held < event.capacity || frees.contains(id));
    let lines: Vec<EventId> =
        ids.iter().copied().filter(|id| state.events.get(id).is_some_and(|event| matters(id, event))).collect();
    for sql::Waiting { booking, delegate_gone } in sql::waiting(tx, hub, &lines).await? {
        state.gone.extend(booking.person_id.filter(|_| delegate_gone).map(|person| (booking.id, person)));
        state.lines.entry(booking.event_id).or_default().push(booking.id);
        wanted.schools.push(booking.school_id);
        state.bookings.entry(booking.id).or_insert(booking);
    }
    wanted.schools.extend(state.people.values().filter_map(|person| Some(person.school.as_ref()?.0)));
    wanted.schools.sort_unstable();
    wanted.schools.dedup();
    let unknown = take(&mut kept.schools, &mut state.schools, wanted.schools.iter().copied());
    for row in sql::schools(tx, hub, &unknown).await? {
        state.schools.insert(row.id, row.school);
    }
    let today = london_date(now);
    // A teacher may decide as a deputy; about their own booking only where their school lets them.
    let deciding = wanted.deciding.iter().copied().filter(|id| is_teacher(&state, *id));
    let booking_own = wanted.booking_own.iter().copied();
    let booking_own = booking_own.filter(|id| is_teacher(&state, *id) && state.lets_decide_own(*id));
    let deciding: Vec<PersonId> = deciding.chain(booking_own).collect::<BTreeSet<_>>().into_iter().collect();
    state.deputies.extend(sql::approval::deputies(tx, hub, today, &deciding).await?);
    load_settling(tx, hub, &mut state, &wanted, &ids).await?;
    load_deciders(tx, hub, kept, &mut state, &wanted).await?;

    // What somebody has spent matters only where their school lets them book without approval up to a limit.
    let limited = wanted.places.iter().filter(|(_, person)| is_limited(&state, *person));
    let limited: BTreeSet<(PersonId, AcademicYear)> =
        limited.filter_map(|(event, person)| Some((*person, state.events.get(event)?.year))).collect();
    let limited: Vec<(PersonId, AcademicYear)> = limited.into_iter().collect();
    let spent = sql::approval::spent(tx, hub, &limited).await?;
    state.spent.extend(spent.into_iter().map(|(person, year, credits)| ((person, year), credits)));

    let of_whole = |booking: &&Booking| wanted.whole.contains(&booking.event_id);
    let named = wanted.bookings.iter().filter_map(|id| state.bookings.get(id));
    let holding: BTreeSet<BookingId> = named
        .chain(state.bookings.values().filter(of_whole))
        .filter(|booking| !booking.held.is_zero())
        .map(|booking| booking.id)
        .collect();
    let holding: Vec<BookingId> = holding.into_iter().collect();
    load_paid(tx, hub, &mut state, &holding).await?;

    let mut payers: BTreeSet<SchoolId> = wanted.schools.iter().copied().collect();
    payers.extend(state.bookings.values().map(|booking| booking.school_id));
    // A provider school's wallet gives back what is refunded after its event was settled.
    payers.extend(state.settling.values().filter_map(|settling| settling.provider.parts().1));
    // Refunds to a school whose place another took go to the successor.
    payers.extend(state.onward.values().filter_map(Onward::heir));
    let unknown = take(&mut kept.wallets, &mut state.wallets, payers);
    let wallets = sql::wallets(tx, hub, &unknown).await?;
    state.wallets.extend(unknown.into_iter().map(|school| (school, Vec::new())));
    for (school, year, account, balance) in wallets {
        state.wallets.entry(school).or_default().push(Wallet { year, account, balance });
    }
    load_tickets(tx, hub, &mut state, &wanted).await?;
    let moved = |booking: &&Booking| {
        let event = state.events.get(&booking.event_id);
        booking.state.live() && event.is_some_and(|event| event.rescheduled_at.is_some())
    };
    let moved = state.bookings.values().filter(moved).map(|booking| (booking.id, booking.event_id));
    state.moved = moves::rights(tx, hub, &moved.collect::<Vec<_>>()).await?;
    Ok((state, known))
}

/// The events that overlap, from first to last session, with another one of the same person.
fn meeting_at_once(
    places: &[(EventId, PersonId)],
    live: &[sql::Live],
    events: &HashMap<EventId, Event>,
) -> BTreeSet<EventId> {
    let span = |event: &EventId| events.get(event).map(|event| (event.starts_at, event.ends_at));
    let asked = places.iter().filter_map(|(event, person)| Some((*person, *event, span(event)?)));
    let mut busy: HashMap<PersonId, Vec<(EventId, _)>> = HashMap::new();
    for row in live {
        busy.entry(row.person).or_default().push((row.event, (row.starts_at, row.ends_at)));
    }
    let mut meeting = BTreeSet::new();
    for (person, event, (starts, ends)) in asked {
        let others = busy.entry(person).or_default();
        for (other, _) in others.iter().filter(|(other, span)| *other != event && span.0 < ends && starts < span.1) {
            meeting.extend([event, *other]);
        }
        others.push((event, (starts, ends)));
    }
    meeting
}

/// What these bookings paid and were not refunded. Refunds always took the last of the draw, wherever they went: what
/// the bookings hold is the first of it.
async fn load_paid(tx: &mut Tx, hub: HubId, state: &mut State, holding: &[BookingId]) -> Result<(), Error> {
    let mut moved = Vec::new();
    for (id, wallet, drawn, goes_on) in sql::paid(tx, hub, holding).await? {
        let booking = state.bookings.get(&id).ok_or(Error::Impossible("a booking paid that was not loaded"))?;
        let paid = state.paid.entry(id).or_default();
        let amount = drawn.min(booking.held - paid.iter().map(|share: &Share<AccountId>| share.amount).sum());
        if amount.is_zero() {
            continue;
        }
        if booking.ticket_id.is_some() {
            paid.push(Share { wallet: SUBSIDY, amount });
            continue;
        }
        paid.push(Share { wallet, amount });
        moved.extend(goes_on.then_some(wallet));
    }
    moved.sort_unstable();
    moved.dedup();
    state.onward = years::onward(tx, hub, &moved).await?;
    Ok(())
}

/// The tickets that are named, and what they are to cover: nothing where no command and no booking has one.
async fn load_tickets(tx: &mut Tx, hub: HubId, state: &mut State, wanted: &Wanted) -> Result<(), Error> {
    let holds = |booking: &&Booking| booking.state.live() || !booking.held.is_zero();
    let of_bookings = state.bookings.values().filter(holds).filter_map(|booking| booking.ticket_id);
    let ids: BTreeSet<TicketId> = wanted.tickets.iter().map(|(_, ticket)| *ticket).chain(of_bookings).collect();
    let tickets = tickets::of_ids(tx, hub, &ids.into_iter().collect::<Vec<_>>()).await?;
    state.tickets = tickets.into_iter().map(|ticket| (ticket.id, ticket)).collect();
    let events: BTreeSet<EventId> = wanted.tickets.iter().map(|(event, _)| *event).collect();
    let subjects = sql::subjects(tx, hub, &events.into_iter().collect::<Vec<_>>()).await?;
    state.subjects = subjects.into_iter().collect();
    Ok(())
}

/// Who is told what becomes of the bookings of the schools concerned, also of those on an event that ends as a whole.
async fn load_deciders(
    tx: &mut Tx,
    hub: HubId,
    kept: &mut Kept,
    state: &mut State,
    wanted: &Wanted,
) -> Result<(), Error> {
    let today = london_date(state.now);
    let known_on = kept.deciders.take().filter(|(day, _)| *day == today);
    state.deciders = known_on.map(|(_, deciders)| deciders).unwrap_or_default();
    let of_whole = state.bookings.values().filter(|booking| wanted.whole.contains(&booking.event_id));
    let schools: BTreeSet<SchoolId> =
        of_whole.map(|booking| booking.school_id).chain(wanted.schools.iter().copied()).collect();
    let unknown = state.deciders.unknown(&schools.into_iter().collect::<Vec<_>>());
    if !unknown.is_empty() {
        let more = people::deciders(tx, hub, &unknown, today).await?;
        Arc::make_mut(&mut state.deciders).add(more);
    }
    Ok(())
}

/// What decisions about whole events need: their bookings that are live or hold credits, and what settling them needs;
/// for events that were settled, who was paid. Nothing where there is no such event.
async fn load_settling(
    tx: &mut Tx,
    hub: HubId,
    state: &mut State,
    wanted: &Wanted,
    named: &BTreeSet<EventId>,
) -> Result<(), Error> {
    let completed = |id: &&EventId| state.events.get(id).is_some_and(|event| event.state == EventState::Completed);
    let events: BTreeSet<EventId> = named.iter().filter(completed).chain(&wanted.whole).copied().collect();
    if events.is_empty() {
        return Ok(());
    }
    let events: Vec<EventId> = events.into_iter().collect();
    let rows = sql::whole::settling(tx, hub, &events).await?;
    let successors = match rows.iter().any(|row| row.payee_is_succeeded) {
        true => schools::successors(tx, hub).await?,
        false => Successors::default(),
    };
    for row in rows {
        let year = state.events.get(&row.id).and_then(|event| event.open_year);
        let paid_in = if row.payee_is_closed { year } else { row.payee_year };
        let paid = match (row.payee_is_closed || row.payee_is_succeeded, row.payee_of(paid_in, &successors)) {
            (false, _) => row.payee_id.zip(row.payee_balance),
            (true, Some(name)) => {
                let account = ledger::account_named(tx, hub, name).await?;
                account.map(|account| (account.id, account.balance))
            }
            (true, None) => None,
        };
        let provider = row.provider();
        state
            .settling
            .insert(row.id, Settling { ends_at: row.ends_at, attendance: row.attendance, provider, year, paid });
    }
    let whole: Vec<EventId> = wanted.whole.iter().copied().collect();
    for booking in sql::whole::bookings(tx, hub, &whole).await? {
        state.bookings.entry(booking.id).or_insert(booking);
    }
    for (booking, mark, sessions) in sql::whole::tallies(tx, hub, &whole).await? {
        let tally = state.tallies.entry(booking).or_default();
        *tally = tally.with(mark, sessions);
    }
    Ok(())
}

fn is_limited(state: &State, id: PersonId) -> bool {
    let school = state.people.get(&id).and_then(|person| state.schools.get(&person.school.as_ref()?.0));
    school.is_some_and(|school| school.approval_limit.is_some())
}

fn is_teacher(state: &State, id: PersonId) -> bool {
    state.people.get(&id).is_some_and(|person| person.role == Role::Teacher)
}

/// What the commands name.
#[derive(Default)]
struct Wanted {
    events: BTreeSet<EventId>,
    /// The events that are decided about as a whole.
    whole: BTreeSet<EventId>,
    people: Vec<PersonId>,
    schools: Vec<SchoolId>,
    /// The people whose command needs the right to approve bookings.
    deciding: BTreeSet<PersonId>,
    /// The people who book for themselves.
    booking_own: BTreeSet<PersonId>,
    places: Vec<(EventId, PersonId)>,
    bookings: Vec<BookingId>,
    /// Which person is to take over which booking.
    takes: Vec<(BookingId, PersonId)>,
    /// Which booking is to move to which event.
    moves: Vec<(BookingId, EventId)>,
    tickets: Vec<(EventId, TicketId)>,
}

impl Wanted {
    fn of<'c>(commands: impl IntoIterator<Item = &'c Command>) -> Wanted {
        let mut wanted = Wanted::default();
        for command in commands {
            if command.actor.reach == Reach::OfRole {
                wanted.people.extend(command.actor.person);
                let person = command.actor.person;
                match command.what.delegate() {
                    Some(delegate) if person == Some(delegate) => _ = wanted.booking_own.insert(delegate),
                    Some(_) => wanted.deciding.extend(person),
                    None => wanted.deciding.extend(person.filter(|_| command.what.decides())),
                }
            }
            match &command.what {
                What::Book { event, delegate, .. } => {
                    wanted.events.insert(*event);
                    wanted.people.push(*delegate);
                    wanted.places.push((*event, *delegate));
                }
                What::BookByTicket { event, delegate, ticket, .. } => {
                    wanted.events.insert(*event);
                    wanted.people.push(*delegate);
                    wanted.places.push((*event, *delegate));
                    wanted.tickets.push((*event, *ticket));
                }
                What::Group(group) => {
                    wanted.events.insert(group.event);
                    wanted.people.extend(&group.delegates);
                    wanted.places.extend(group.delegates.iter().map(|delegate| (group.event, *delegate)));
                    wanted.schools.extend(group.unnamed.and_then(|unnamed| unnamed.school));
                }
                What::Approve(booking)
                | What::Decline { booking, .. }
                | What::Expire(booking)
                | What::Leave(booking)
                | What::Cancel { booking, .. }
                | What::Waive { booking, .. }
                | What::Release(booking)
                | What::AcceptOffer(booking)
                | What::DeclineOffer(booking)
                | What::LapseOffer(booking) => wanted.bookings.push(*booking),
                What::Name { booking, delegate, .. } | What::Substitute { booking, delegate, .. } => {
                    wanted.bookings.push(*booking);
                    wanted.people.push(*delegate);
                    wanted.takes.push((*booking, *delegate));
                }
                What::Transfer { booking, event, .. } => {
                    wanted.events.insert(*event);
                    wanted.bookings.push(*booking);
                    wanted.moves.push((*booking, *event));
                }
                What::Fill(event) => {
                    wanted.events.insert(*event);
                }
                What::Complete(event)
                | What::Correct(event)
                | What::Rescheduled(event, _)
                | What::SessionCalledOff { event, .. }
                | What::CallOff { event, .. } => {
                    wanted.events.insert(*event);
                    wanted.whole.insert(*event);
                }
            }
        }
        wanted.people.sort_unstable();
        wanted.people.dedup();
        wanted.places.sort_unstable();
        wanted.places.dedup();
        wanted.bookings.sort_unstable();
        wanted.bookings.dedup();
        wanted
    }

    /// Adds the people and places that the loaded bookings refer to.
    fn complete(&mut self, state: &State) {
        let of = |booking: &BookingId| state.bookings.get(booking);
        self.places
            .extend(self.takes.iter().filter_map(|(booking, delegate)| Some((of(booking)?.event_id, *delegate))));
        let moves = self.moves.iter().filter_map(|(booking, event)| Some((*event, of(booking)?.person_id?)));
        let moves: Vec<(EventId, PersonId)> = moves.collect();
        self.people.extend(moves.iter().map(|(_, person)| *person));
        self.schools.extend(self.moves.iter().filter_map(|(booking, _)| Some(of(booking)?.school_id)));
        self.places.extend(moves);
        self.people.sort_unstable();
        self.people.dedup();
    }

    /// The people for whom places are wanted.
    fn delegates(&self) -> Vec<PersonId> {
        let delegates: BTreeSet<PersonId> = self.places.iter().map(|(_, person)| *person).collect();
        delegates.into_iter().collect()
    }
}
