//! Bookings whose year was closed: nothing more is paid for them, and what comes back follows the close.

use super::*;
use crate::base::ids::YearCloseId;
use crate::members::years::onward::{ClosedWallet, Onward};

const NEXT: u128 = 70;
const LAPSED: u128 = 71;

/// A booking of 100 from both wallets of the school, 60 and 40; then the year of the first is closed.
fn closed_with_room(room: i64) -> State {
    let mut state = state(&[event(5, 100)], &[(60, 40)]);
    book_as(&mut state, lead(0), 0, 1).unwrap();
    let close = YearCloseId(Uuid::from_u128(1));
    let wallet = ClosedWallet { close, next: account(NEXT), lapsed: account(LAPSED), room: Some(credits(room)) };
    state.onward.insert(account(0), Onward::Closed(wallet));
    state.wallets.insert(
        school(0),
        vec![
            Wallet { year: year(), account: account(1), balance: credits(0) },
            Wallet { year: AcademicYear::starting(2027).unwrap(), account: account(NEXT), balance: credits(7) },
        ],
    );
    state.events.get_mut(&event_id(0)).unwrap().open_year = AcademicYear::starting(2027);
    state.movements.clear();
    state
}

fn moved(state: &State) -> Vec<(AccountId, Credits)> {
    state.movements.iter().flat_map(|movement| &movement.shares).map(|share| (share.wallet, share.amount)).collect()
}

#[test]
fn a_refund_goes_on_by_the_rule_of_the_close() {
    let mut state = closed_with_room(25);
    let cancelled = run(&mut state, lead(0), What::Cancel { booking: booking(1), dry_run: false, quote: None }, 2);
    assert_eq!(cancelled.unwrap().refund, credits(50), "the policy's half");
    assert_eq!(moved(&state), [(account(1), credits(40)), (account(NEXT), credits(10))]);
    assert_eq!(balances(&state, 0), [credits(40), credits(17)]);

    let back = What::Waive { booking: booking(1), amount: None, reason: Line::parse("illness").unwrap() };
    run(&mut state, hub(), back, 3).unwrap();
    assert_eq!(moved(&state)[2..], [(account(LAPSED), credits(35)), (account(NEXT), credits(15))]);
    let followed: Vec<(Credits, Credits)> = state
        .movements
        .iter()
        .flat_map(|movement| &movement.followed)
        .map(|step| (step.carried, step.lapsed))
        .collect();
    assert_eq!(followed, [(credits(10), credits(0)), (credits(15), credits(35))], "up to the cap, and no more");
}

#[test]
fn two_shares_that_meet_are_one() {
    let mut state = closed_with_room(60);
    // The second wallet that paid is the one that the first carries to.
    let paid = state.paid.get_mut(&booking(1)).unwrap();
    paid[1].wallet = account(NEXT);
    state.events.get_mut(&event_id(0)).unwrap().state = EventState::Published;
    run(&mut state, hub(), What::CallOff { event: event_id(0), reason: Line::parse("storm").unwrap() }, 2).unwrap();
    assert_eq!(moved(&state), [(account(NEXT), credits(100))]);
    assert_eq!(balances(&state, 0), [credits(0), credits(107)]);
}

#[test]
fn nothing_more_is_paid_for_an_event_of_a_closed_year() {
    let mut state = closed_with_room(0);
    state.people.insert(person(9), state.people[&person(0)].clone());
    assert_eq!(book_as(&mut state, lead(0), 9, 2), Err(Refusal::YearClosed(year())));
    // A place that comes free is nobody's.
    let event = state.events.get_mut(&event_id(0)).unwrap();
    (event.capacity, event.open_year) = (1, Some(year()));
    assert_eq!(book_as(&mut state, lead(0), 9, 3), Ok(BookingState::Waitlisted));
    state.events.get_mut(&event_id(0)).unwrap().open_year = AcademicYear::starting(2027);
    state.wallets.get_mut(&school(0)).unwrap()[1].balance = credits(500);
    let cancelled = run(&mut state, lead(0), What::Cancel { booking: booking(1), dry_run: false, quote: None }, 4);
    assert_eq!(cancelled.unwrap().promoted, []);
}
