//! Who decides on a request, by when, and what needs no decision.

use proptest::prelude::*;

use super::*;

#[test]
fn nobody_approves_their_own_request_unless_their_school_lets_them() {
    let mut state = state(&[event(5, 1), event(5, 1)], &[(9, 0)]);
    let own = Actor { person: Some(person(0)), reach: Reach::School(school(0)) };
    assert_eq!(book_as(&mut state, own, 0, 1), Ok(BookingState::Requested));
    assert_eq!(run(&mut state, own, What::Approve(booking(1)), 9), Err(Refusal::OwnRequest));
    state.schools.get_mut(&school(0)).unwrap().own_approval = true;
    assert!(run(&mut state, own, What::Approve(booking(1)), 9).is_ok());
    let another = What::Book { event: event_id(1), delegate: person(0), allow_clash: true };
    assert_eq!(run(&mut state, own, another, 2).unwrap().booking.unwrap().booking.approved_by, Some(person(0)));
}

#[test]
fn a_lead_books_for_themselves_unless_the_school_asks_for_a_second_person() {
    let mut state = state(&[event(5, 1), event(5, 1)], &[(9, 0)]);
    state.people.get_mut(&person(0)).unwrap().role = Role::SchoolLead;
    let own = Actor { person: Some(person(0)), reach: Reach::School(school(0)) };
    assert_eq!(book_as(&mut state, own, 0, 1), Ok(BookingState::Confirmed));
    let rules = state.schools.get_mut(&school(0)).unwrap();
    (rules.second_person, rules.own_approval, rules.approval_limit) = (true, true, Some(credits(9)));
    let another = What::Book { event: event_id(1), delegate: person(0), allow_clash: true };
    assert_eq!(run(&mut state, own, another, 2).unwrap().booking.unwrap().booking.state, BookingState::Requested);
    assert_eq!(run(&mut state, own, What::Approve(booking(2)), 9), Err(Refusal::OwnRequest));
}

#[test]
fn a_request_expires_at_its_time_and_not_before() {
    let mut state = state(&[event(1, 4)], &[(9, 0), (9, 0)]);
    book_as(&mut state, teacher(0), 0, 1).unwrap();
    book_as(&mut state, teacher(1), 1, 2).unwrap();
    // Sunday 10 January: the fifth working day after it is Friday 15 January.
    assert_eq!(state.bookings[&booking(1)].approve_by, Some(at("2027-01-16T00:00:00Z")));
    let early = Err(Refusal::InvalidTransition { from: BookingState::Requested, to: BookingState::Expired });
    assert_eq!(run(&mut state, hub(), What::Expire(booking(1)), 9), early);
    state.now = at("2027-01-16T00:00:00Z");
    let late = Err(Refusal::InvalidTransition { from: BookingState::Expired, to: BookingState::Confirmed });
    assert_eq!(run(&mut state, lead(0), What::Approve(booking(1)), 9), late);
    let outcome = run(&mut state, hub(), What::Expire(booking(1)), 9).unwrap();
    assert_eq!((outcome.refund, outcome.promoted), (credits(4), vec![booking(2)]));
    assert_eq!(
        state.bookings[&booking(2)].approve_by,
        Some(at("2027-01-23T00:00:00Z")),
        "its time begins with the place"
    );
}

proptest! {
    /// Whatever is asked for and given up in one batch, nobody's own requests that were approved by themselves come
    /// to more than the limit.
    #[test]
    fn the_yearly_limit_holds_within_a_batch(
        prices in prop::collection::vec(0i64..9, 2..6),
        limit in 0i64..20,
        steps in prop::collection::vec((any::<bool>(), 0u128..6), 1..30),
    ) {
        let events: Vec<Event> = prices.iter().map(|price| event(2, *price)).collect();
        let mut state = state(&events, &[(1000, 0)]);
        state.schools.get_mut(&school(0)).unwrap().approval_limit = Some(credits(limit));
        for (n, (give_up, which)) in (1000..).zip(steps) {
            let event = event_id(which % u128::try_from(prices.len()).unwrap());
            let live = state.live.get(&(event, person(0))).copied();
            let before: Credits = state.bookings.values().map(|booking| booking.held).sum();
            match live.filter(|_| give_up) {
                Some(booking) => { run(&mut state, teacher(0), What::Cancel { booking, dry_run: false, quote: None }, n).unwrap(); }
                None => if let Ok(outcome) = run(&mut state, teacher(0), What::Book { event, delegate: person(0), allow_clash: true }, n) {
                    let booking = outcome.booking.unwrap().booking;
                    let within = before + booking.price <= credits(limit);
                    prop_assert_eq!(booking.state, if within { BookingState::Confirmed } else { BookingState::Requested });
                },
            }
        }
    }
}
