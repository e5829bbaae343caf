//! Settling an event that is over: its register decides who attended, its provider is paid, and what is still undecided
//! ends. Corrections of the register come later, and so do refunds: those take credits back from the provider.

use super::delegate::back_of_unnamed;
use super::end::leave;
use super::noted::{note, note_of};
use super::{Payee, Posted, Settled, State};
use crate::base::credits::Credits;
use crate::base::ids::{AccountId, BookingId, EventId};
use crate::booking::bookings::cancellation::Timing;
use crate::booking::bookings::transitions::{Step, step};
use crate::booking::bookings::{Actor, Booking, Outcome, Refusal, State as BookingState};
use crate::ledger::changes::{Change, Kind as Changed};
use crate::messages::notices::Kind;
use crate::programme::programmes::events::State as EventState;

/// Every confirmed booking becomes attended or not; places that nobody was named for are released under their policy;
/// requests and the waiting list expire with a full refund; all that the event then holds goes to its provider.
pub(super) fn complete(state: &mut State, actor: Actor, id: EventId) -> Result<Outcome, Refusal> {
    let event = state.events.get_mut(&id).ok_or(Refusal::UnknownEvent)?;
    let settling = state.settling.get(&id).ok_or(Refusal::UnknownEvent)?;
    if event.state != EventState::Published {
        return Err(Refusal::EventState { from: event.state, to: EventState::Completed });
    }
    if state.now < settling.ends_at {
        return Err(Refusal::NotOver(settling.ends_at));
    }
    let payee = settling.payee().ok_or(Refusal::NoYear)?;
    event.state = EventState::Completed;
    let starts_at = event.starts_at;
    let (mut refund, mut paid) = (Credits::ZERO, Credits::ZERO);
    for booking in of_event(state, id) {
        let unnamed = state.bookings.get(&booking).filter(|booking| booking.person_id.is_none());
        let timing = |booking: &Booking| Timing { starts_at, moved: state.moved.get(&booking.id).cloned() };
        let unnamed = unnamed.map(|booking| back_of_unnamed(booking, &timing(booking), state.now));
        match state.bookings.get(&booking).map(|booking| (booking.state, booking.held)) {
            Some((BookingState::Confirmed, held)) => match unnamed {
                Some(back) => {
                    leave(state, actor, booking, BookingState::Cancelled, back, Kind::Released);
                    (refund, paid) = (refund + back, paid + (held - back));
                }
                None => {
                    paid = paid + held;
                    mark(state, actor, id, booking, |came| if came { Step::Attend } else { Step::Miss });
                }
            },
            Some((BookingState::Requested | BookingState::Waitlisted, held)) => {
                leave(state, actor, booking, BookingState::Expired, held, Kind::Expired);
                refund = refund + held;
            }
            // What cancelled bookings left behind goes to the provider too.
            Some((_, held)) => paid = paid + held,
            None => state.can_not_be("a booking of the event that is completed is not loaded"),
        }
    }
    state.touched.insert(id);
    let settled = Posted::Settled(state.settled.len());
    state.settled.push(Settled { event: id, payee, amount: paid, actor: actor.person });
    let change = Change::new(Changed::EventCompleted, id).by(actor.person);
    let change = change.before(EventState::Published.as_str()).after(EventState::Completed.as_str());
    note_of(state, change, Some(settled));
    Ok(Outcome { refund, ..Outcome::default() })
}

/// The register of a completed event was corrected: who attended is decided again. No credits move: a place that was
/// kept is paid for, whether the delegate came or not.
pub(super) fn correct(state: &mut State, actor: Actor, id: EventId) -> Result<Outcome, Refusal> {
    let event = state.events.get(&id).ok_or(Refusal::UnknownEvent)?;
    if event.state != EventState::Completed {
        return Err(Refusal::EventState { from: event.state, to: EventState::Completed });
    }
    for booking in of_event(state, id) {
        if matches!(
            state.bookings.get(&booking).map(|booking| booking.state),
            Some(BookingState::Attended | BookingState::NoShow)
        ) {
            mark(state, actor, id, booking, |_| Step::Correct);
        }
    }
    Ok(Outcome::default())
}

/// Sets the state that the register says, where it differs.
fn mark(state: &mut State, actor: Actor, event: EventId, id: BookingId, by: impl Fn(bool) -> Step) {
    let Some(settling) = state.settling.get(&event) else {
        return state.can_not_be("the register of an event that was not loaded is looked at");
    };
    let came = settling.attendance.attended(&state.tallies.get(&id).copied().unwrap_or_default());
    let Some(booking) = state.bookings.get_mut(&id) else {
        return state.can_not_be("the register marks a booking that was not loaded");
    };
    let to = if came { BookingState::Attended } else { BookingState::NoShow };
    if booking.state == to {
        return;
    }
    let Ok(to) = step(booking.state, by(came), to) else {
        return state.can_not_be("the register marks a booking that has no place");
    };
    let before = std::mem::replace(&mut booking.state, to);
    booking.version += 1;
    state.changed.insert(id);
    note(state, actor, id, Some(before));
    if let Some(person) = state.bookings.get(&id).and_then(|booking| booking.person_id) {
        state.live.remove(&(event, person));
    }
}

/// The bookings of an event that a command about all of it applies to, in the order of their numbers.
pub(super) fn of_event(state: &State, event: EventId) -> Vec<BookingId> {
    let mut bookings: Vec<_> = state.bookings.values().filter(|booking| booking.event_id == event).collect();
    bookings.sort_unstable_by_key(|booking| booking.line);
    bookings.into_iter().map(|booking| booking.id).collect()
}

/// Makes room for a refund from a completed event: its provider first gives `back` to the event. Every refund goes
/// through here; for an event that is not completed it does nothing.
pub(super) fn take_back(state: &mut State, actor: Actor, event: EventId, back: Credits) -> Result<(), Refusal> {
    let completed = state.events.get(&event).is_some_and(|event| event.state == EventState::Completed);
    if !completed || back.is_zero() {
        return Ok(());
    }
    let Some((payee, balance)) = state.settling.get(&event).and_then(|settling| settling.paid) else {
        return Err(Refusal::ProviderShort { short_by: back });
    };
    // A provider school's wallet may be spent by others of the slice: then its current balance counts.
    let balance = wallet(state, payee).unwrap_or(balance);
    if balance < back {
        return Err(Refusal::ProviderShort { short_by: back - balance });
    }
    if let Some(wallet) = state.wallets.values_mut().flatten().find(|wallet| wallet.account == payee) {
        wallet.balance = wallet.balance - back;
    }
    for settling in state.settling.values_mut() {
        if let Some((account, balance)) = &mut settling.paid
            && *account == payee
        {
            *balance = *balance - back;
        }
    }
    let returned = Posted::Returned(state.returned.len());
    note_of(state, Change::new(Changed::EventSettlementReturned, event).by(actor.person), Some(returned));
    state.returned.push(Settled { event, payee: Payee::Account(payee), amount: back, actor: actor.person });
    Ok(())
}

fn wallet(state: &State, account: AccountId) -> Option<Credits> {
    state.wallets.values().flatten().find(|wallet| wallet.account == account).map(|wallet| wallet.balance)
}
