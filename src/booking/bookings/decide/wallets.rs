//! The movements between a school's wallets and the escrow of an event.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Direction, Movement, State};
use crate::base::credits::Credits;
use crate::base::ids::{AccountId, BookingId, EventId, PersonId, SchoolId};
use crate::base::year::AcademicYear;
use crate::booking::bookings::cancellation::{Share, give_back};
use crate::booking::bookings::{Actor, Refusal};
use crate::members::years::onward::{Followed, Onward, redirect_all};

/// What each of the school's wallets of the year gives towards `price`, where `drawn` is already spoken for. Wallets of
/// other years give nothing, however full they are.
pub(super) fn draw(
    state: &State,
    school: SchoolId,
    year: AcademicYear,
    price: Credits,
    drawn: &HashMap<AccountId, Credits>,
) -> Result<Vec<Share<AccountId>>, Refusal> {
    let mut left = price;
    let mut shares = Vec::new();
    let wallets = || state.wallets.get(&school).into_iter().flatten();
    for wallet in wallets().filter(|wallet| wallet.year == year) {
        let free = wallet.balance - drawn.get(&wallet.account).copied().unwrap_or_default();
        let amount = free.min(left);
        if amount > Credits::ZERO {
            shares.push(Share { wallet: wallet.account, amount });
            left = left - amount;
        }
    }
    if left.is_zero() {
        return Ok(shares);
    }
    let mut others: BTreeMap<AcademicYear, Credits> = BTreeMap::new();
    for wallet in wallets().filter(|wallet| wallet.year != year && !wallet.balance.is_zero()) {
        let sum = others.entry(wallet.year).or_default();
        *sum = *sum + wallet.balance;
    }
    Err(Refusal::InsufficientCredits { short_by: left, year, others: others.into_iter().collect() })
}

pub(super) fn pay(state: &mut State, actor: Actor, id: BookingId, shares: Vec<Share<AccountId>>) {
    let Some(booking) = state.bookings.get_mut(&id) else {
        return state.can_not_be("a booking pays that was not loaded");
    };
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
            followed: Vec::new(),
        });
    }
    state.paid.insert(id, shares);
}

pub(super) fn give(state: &mut State, actor: Actor, id: BookingId, back: Credits, direction: Direction) {
    let shares = give_back(state.paid.get(&id).map_or(&[], Vec::as_slice), back);
    for paid in state.paid.get_mut(&id).into_iter().flatten() {
        if let Some(share) = shares.iter().find(|share| share.wallet == paid.wallet) {
            paid.amount = paid.amount - share.amount;
        }
    }
    let (shares, followed) = onward(state, &shares);
    let Some(booking) = state.bookings.get_mut(&id) else {
        return state.can_not_be("a booking is refunded that was not loaded");
    };
    booking.held = booking.held - back;
    let (event, school, person) = (booking.event_id, booking.school_id, booking.person_id);
    if booking.ticket_id.is_none() {
        unspend(state, event, person, back);
    }
    let heirs: BTreeSet<SchoolId> = state.onward.values().filter_map(Onward::heir).chain([school]).collect();
    for school in heirs {
        adjust(state, school, &shares, |balance, amount| balance + amount);
    }
    if !shares.is_empty() {
        state.movements.push(Movement { booking: id, event, direction, actor: actor.person, shares, followed });
    }
}

/// Where the refunded shares go: each account once.
fn onward(state: &mut State, back: &[Share<AccountId>]) -> (Vec<Share<AccountId>>, Vec<Followed>) {
    let (to, followed) = redirect_all(&mut state.onward, back.iter().map(|share| (share.wallet, share.amount)));
    (to.into_iter().map(|(wallet, amount)| Share { wallet, amount }).collect(), followed)
}

/// Takes a refund, or an entry that waited in vain, off what counts as somebody's spending without approval.
pub(super) fn unspend(state: &mut State, event: EventId, person: Option<PersonId>, back: Credits) {
    let year = state.events.get(&event).map(|event| event.year);
    if let Some(spent) = person.zip(year).and_then(|spender| state.spent.get_mut(&spender)) {
        *spent = *spent - back;
    }
}

/// Counts the cost of a place given to somebody as their spending without approval.
pub(super) fn spend(state: &mut State, event: EventId, person: PersonId, cost: Credits) {
    if let Some(year) = state.events.get(&event).map(|event| event.year) {
        let spent = state.spent.entry((person, year)).or_default();
        *spent = *spent + cost;
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
