//! The rules of booking, pure: what was loaded and a command in, what is to be written out.
//!
//! A refusal leaves the state as it was. Everything that changes does so in [`State`], so that the next
//! command of the slice sees it.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::cancellation::{Share, give_back, refund};
use super::{Actor, Booking, Command, Outcome, Reach, Refusal, State as BookingState, View, What};
use crate::credits::Credits;
use crate::ids::{AccountId, BookingId, EventId, PersonId, SchoolId};
use crate::people::Role;
use crate::programmes::events::State as EventState;
use crate::programmes::policy::Policy;
use crate::text::Line;

/// What the decisions need to know of an event, and change of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    pub(super) state: EventState,
    pub(super) capacity: i64,
    pub(super) held: i64,
    pub(super) waiting: i64,
    pub(super) line: i64,
    pub(super) price: Credits,
    pub(super) opens_at: Option<DateTime<Utc>>,
    pub(super) closes_at: Option<DateTime<Utc>>,
    pub(super) starts_at: DateTime<Utc>,
    pub(super) policy: Policy,
    pub(super) title: Line,
}

/// What the decisions need to know of a person: a delegate, or who asks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Known {
    pub(super) name: Line,
    pub(super) role: Role,
    pub(super) school: Option<(SchoolId, Line)>,
    pub(super) disabled: bool,
}

/// A wallet that may be drawn on. A school's are in the order in which they are: soonest expiry first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wallet {
    pub(super) account: AccountId,
    pub(super) balance: Credits,
}

/// Credits that move between wallets and the escrow of an event.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Movement {
    pub(super) booking: BookingId,
    pub(super) event: EventId,
    pub(super) direction: Direction,
    pub(super) actor: Option<PersonId>,
    pub(super) shares: Vec<Share<AccountId>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Paid,
    Refunded,
}

/// Everything loaded, as the commands so far have made it, and what of it is to be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct State {
    pub(super) now: DateTime<Utc>,
    pub(super) events: HashMap<EventId, Event>,
    pub(super) people: HashMap<PersonId, Known>,
    pub(super) bookings: HashMap<BookingId, Booking>,
    /// The names of delegate and school, of the bookings that are answered with.
    pub(super) names: HashMap<BookingId, (Line, Line)>,
    /// The live booking of a person on an event.
    pub(super) live: HashMap<(EventId, PersonId), BookingId>,
    /// The waiting lists, in order.
    pub(super) lines: HashMap<EventId, Vec<BookingId>>,
    pub(super) wallets: HashMap<SchoolId, Vec<Wallet>>,
    /// What a booking paid and has not got back, in the order of the draw.
    pub(super) paid: HashMap<BookingId, Vec<Share<AccountId>>>,

    pub(super) new: Vec<BookingId>,
    pub(super) changed: BTreeSet<BookingId>,
    pub(super) touched: HashSet<EventId>,
    pub(super) movements: Vec<Movement>,
}

/// Who would move up from a waiting list now.
#[derive(Default)]
struct Promotion {
    promoted: Vec<(BookingId, Vec<Share<AccountId>>)>,
    passed_over: Vec<BookingId>,
    /// What the promoted would take from each wallet.
    drawn: HashMap<AccountId, Credits>,
}

/// Decides one command. `id` is for the booking that it may make.
pub(super) fn decide(state: &mut State, command: &Command, id: BookingId) -> Result<Outcome, Refusal> {
    let actor = resolve(state, command)?;
    match command.what {
        What::Book { event, delegate } => book(state, actor, event, delegate, id),
        What::Approve(booking) => approve(state, actor, booking),
        What::Decline(booking) => decline(state, actor, booking),
        What::Cancel { booking, dry_run } => cancel(state, actor, booking, dry_run),
        What::Fill(event) => {
            let promoted = move_up(state, actor, event);
            Ok(Outcome { booking: None, refund: Credits::ZERO, promoted })
        }
    }
}

/// Who asks, with how far their role reaches.
fn resolve(state: &State, command: &Command) -> Result<Actor, Refusal> {
    let Actor { person, reach } = command.actor;
    if reach != Reach::OfRole {
        return Ok(command.actor);
    }
    let known = person.and_then(|person| state.people.get(&person)).ok_or(Refusal::UnknownCaller)?;
    if known.disabled {
        return Err(Refusal::Disabled);
    }
    let decides = matches!(command.what, What::Approve(_) | What::Decline(_));
    let reach = match (known.role, &known.school) {
        (Role::HubManager, _) => Reach::Hub,
        (Role::SchoolLead, Some((school, _))) => Reach::School(*school),
        (Role::Teacher, Some(_)) if !decides => Reach::Own,
        _ => return Err(Refusal::Forbidden),
    };
    Ok(Actor { person, reach })
}

fn book(
    state: &mut State,
    actor: Actor,
    event_id: EventId,
    delegate: PersonId,
    id: BookingId,
) -> Result<Outcome, Refusal> {
    let event = state.events.get(&event_id).ok_or(Refusal::UnknownEvent)?;
    let known = state.people.get(&delegate).filter(|known| !known.disabled).ok_or(Refusal::UnknownDelegate)?;
    let (school, school_name) = known.school.clone().ok_or(Refusal::UnknownDelegate)?;
    let names = (known.name.clone(), school_name);
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
        person_id: delegate,
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

fn approve(state: &mut State, actor: Actor, id: BookingId) -> Result<Outcome, Refusal> {
    let now = state.now;
    let booking = of_school(state, actor, id)?;
    match (booking.state, booking.approved_at) {
        (BookingState::Requested, _) => booking.state = BookingState::Confirmed,
        (BookingState::Waitlisted, None) => {}
        (BookingState::Waitlisted, Some(_)) => return Err(Refusal::ApprovedAlready),
        (from, _) => return Err(Refusal::InvalidTransition { from, to: BookingState::Confirmed }),
    }
    (booking.approved_by, booking.approved_at) = (actor.person, Some(now));
    booking.version += 1;
    state.changed.insert(id);
    Ok(outcome(state, id, Credits::ZERO, Vec::new()))
}

fn decline(state: &mut State, actor: Actor, id: BookingId) -> Result<Outcome, Refusal> {
    let booking = of_school(state, actor, id)?;
    let undecided = booking.state == BookingState::Requested
        || (booking.state == BookingState::Waitlisted && booking.approved_at.is_none());
    if !undecided {
        return Err(Refusal::InvalidTransition { from: booking.state, to: BookingState::Declined });
    }
    let refund = booking.held;
    Ok(end(state, actor, id, BookingState::Declined, refund))
}

fn cancel(state: &mut State, actor: Actor, id: BookingId, dry_run: bool) -> Result<Outcome, Refusal> {
    let booking = state.bookings.get(&id).filter(|booking| reaches(actor, booking)).ok_or(Refusal::UnknownBooking)?;
    let event = state.events.get(&booking.event_id).ok_or(Refusal::UnknownBooking)?;
    let back = match booking.state {
        // Nothing was agreed yet: all of it goes back.
        BookingState::Requested | BookingState::Waitlisted => booking.held,
        BookingState::Confirmed if state.now >= event.starts_at => return Err(Refusal::Started),
        BookingState::Confirmed => refund(&booking.policy, booking.price, booking.held, event.starts_at, state.now),
        from => return Err(Refusal::InvalidTransition { from, to: BookingState::Cancelled }),
    };
    if dry_run {
        return Ok(outcome(state, id, back, Vec::new()));
    }
    Ok(end(state, actor, id, BookingState::Cancelled, back))
}

/// Ends a live booking: gives `back` to its wallets, frees its place, and moves the line up.
fn end(state: &mut State, actor: Actor, id: BookingId, to: BookingState, back: Credits) -> Outcome {
    let Some(booking) = state.bookings.get_mut(&id) else {
        return Outcome { booking: None, refund: Credits::ZERO, promoted: Vec::new() };
    };
    let (event_id, person, was_waiting) =
        (booking.event_id, booking.person_id, booking.state == BookingState::Waitlisted);
    booking.state = to;
    (booking.ended_by, booking.ended_at) = (actor.person, Some(state.now));
    booking.version += 1;
    state.changed.insert(id);
    state.live.remove(&(event_id, person));
    if let Some(event) = state.events.get_mut(&event_id) {
        if was_waiting { event.waiting -= 1 } else { event.held -= 1 }
    }
    state.touched.insert(event_id);
    if was_waiting && let Some(line) = state.lines.get_mut(&event_id) {
        line.retain(|waiting| *waiting != id);
    }
    give(state, actor, id, back);
    let promoted = move_up(state, actor, event_id);
    outcome(state, id, back, promoted)
}

/// Moves the line of an event up into whatever places are free: strictly in order; whoever can't pay is
/// passed over, told so, and keeps their place.
fn move_up(state: &mut State, actor: Actor, event_id: EventId) -> Vec<BookingId> {
    let Some(event) = state.events.get(&event_id) else { return Vec::new() };
    let promotion = promotable(state, event_id, event);
    apply(state, actor, event_id, promotion)
}

fn promotable(state: &State, event_id: EventId, event: &Event) -> Promotion {
    let mut promotion = Promotion::default();
    let mut free = event.capacity - event.held;
    if event.state != EventState::Published || state.now >= event.starts_at {
        return promotion;
    }
    for id in state.lines.get(&event_id).into_iter().flatten() {
        if free <= 0 {
            break;
        }
        let Some(booking) = state.bookings.get(id) else { continue };
        match draw(state, booking.school_id, booking.price, &promotion.drawn) {
            Ok(shares) => {
                for share in &shares {
                    let drawn = promotion.drawn.entry(share.wallet).or_default();
                    *drawn = *drawn + share.amount;
                }
                promotion.promoted.push((*id, shares));
                free -= 1;
            }
            Err(_) => promotion.passed_over.push(*id),
        }
    }
    promotion
}

fn apply(state: &mut State, actor: Actor, event_id: EventId, promotion: Promotion) -> Vec<BookingId> {
    for id in promotion.passed_over {
        if let Some(booking) = state.bookings.get_mut(&id).filter(|booking| booking.passed_over_at.is_none()) {
            booking.passed_over_at = Some(state.now);
            booking.version += 1;
            state.changed.insert(id);
        }
    }
    let mut promoted = Vec::new();
    for (id, shares) in promotion.promoted {
        let Some(booking) = state.bookings.get_mut(&id) else { continue };
        booking.state = if booking.approved_at.is_some() { BookingState::Confirmed } else { BookingState::Requested };
        booking.version += 1;
        state.changed.insert(id);
        if let Some(event) = state.events.get_mut(&event_id) {
            event.waiting -= 1;
            event.held += 1;
        }
        state.touched.insert(event_id);
        pay(state, actor, id, shares);
        promoted.push(id);
    }
    if let Some(line) = state.lines.get_mut(&event_id) {
        line.retain(|id| !promoted.contains(id));
    }
    promoted
}

/// What each of the school's wallets gives towards `price`, where `drawn` is spoken for already.
fn draw(
    state: &State,
    school: SchoolId,
    price: Credits,
    drawn: &HashMap<AccountId, Credits>,
) -> Result<Vec<Share<AccountId>>, Refusal> {
    let mut left = price;
    let mut shares = Vec::new();
    for wallet in state.wallets.get(&school).into_iter().flatten() {
        let free = wallet.balance - drawn.get(&wallet.account).copied().unwrap_or_default();
        let amount = free.min(left);
        if amount > Credits::ZERO {
            shares.push(Share { wallet: wallet.account, amount });
            left = left - amount;
        }
    }
    if left > Credits::ZERO { Err(Refusal::InsufficientCredits { short_by: left }) } else { Ok(shares) }
}

fn pay(state: &mut State, actor: Actor, id: BookingId, shares: Vec<Share<AccountId>>) {
    let Some(booking) = state.bookings.get_mut(&id) else { return };
    booking.held = shares.iter().map(|share| share.amount).sum();
    let (event, school) = (booking.event_id, booking.school_id);
    adjust(state, school, &shares, |balance, amount| balance - amount);
    if !shares.is_empty() {
        state.movements.push(Movement {
            booking: id,
            event,
            direction: Direction::Paid,
            actor: actor.person,
            shares: shares.clone(),
        });
    }
    state.paid.insert(id, shares);
}

fn give(state: &mut State, actor: Actor, id: BookingId, back: Credits) {
    let shares = give_back(state.paid.get(&id).map_or(&[], Vec::as_slice), back);
    let Some(booking) = state.bookings.get_mut(&id) else { return };
    booking.held = booking.held - back;
    let (event, school) = (booking.event_id, booking.school_id);
    adjust(state, school, &shares, |balance, amount| balance + amount);
    if !shares.is_empty() {
        state.movements.push(Movement {
            booking: id,
            event,
            direction: Direction::Refunded,
            actor: actor.person,
            shares,
        });
    }
}

fn adjust(
    state: &mut State,
    school: SchoolId,
    shares: &[Share<AccountId>],
    change: impl Fn(Credits, Credits) -> Credits,
) {
    for wallet in state.wallets.get_mut(&school).into_iter().flatten() {
        if let Some(share) = shares.iter().find(|share| share.wallet == wallet.account) {
            wallet.balance = change(wallet.balance, share.amount);
        }
    }
}

fn reaches(actor: Actor, booking: &Booking) -> bool {
    match actor.reach {
        Reach::Hub => true,
        Reach::School(own) => booking.school_id == own,
        Reach::Own | Reach::OfRole => actor.person == Some(booking.person_id),
    }
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

fn outcome(state: &State, id: BookingId, refund: Credits, promoted: Vec<BookingId>) -> Outcome {
    Outcome { booking: view(state, id), refund, promoted }
}

fn view(state: &State, id: BookingId) -> Option<View> {
    let booking = state.bookings.get(&id)?;
    let (event, (person_name, school_name)) = (state.events.get(&booking.event_id)?, state.names.get(&id)?);
    let in_line = || {
        let line = state.lines.get(&booking.event_id)?;
        i64::try_from(line.iter().position(|waiting| *waiting == id)? + 1).ok()
    };
    // The line of a full event is not loaded for one who joins it: they are its last.
    let last = if state.new.contains(&id) { Some(event.waiting) } else { None };
    Some(View {
        event_title: event.title.clone(),
        starts_at: event.starts_at,
        person_name: person_name.clone(),
        school_name: school_name.clone(),
        waiting_position: if booking.state == BookingState::Waitlisted { last.or_else(in_line) } else { None },
        booking: booking.clone(),
    })
}

#[cfg(test)]
mod tests;
