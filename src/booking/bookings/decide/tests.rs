mod approval;
mod closed_years;
mod tickets;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::booking::bookings::{Group, Unnamed};

const NOW: &str = "2027-01-10T12:00:00Z";
const STARTS: &str = "2027-02-01T09:00:00Z";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn credits(whole: i64) -> Credits {
    Credits::from_hundredths(whole * 100)
}

fn event_id(n: u128) -> EventId {
    EventId(Uuid::from_u128(100 + n))
}

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(200 + n))
}

fn school(n: u128) -> SchoolId {
    SchoolId(Uuid::from_u128(300 + n))
}

fn booking(n: u128) -> BookingId {
    BookingId(Uuid::from_u128(400 + n))
}

fn account(n: u128) -> AccountId {
    AccountId(Uuid::from_u128(500 + n))
}

fn year() -> AcademicYear {
    AcademicYear::starting(2026).unwrap()
}

/// So many credits of the event's year are missing, and there are none of another.
fn short_by(whole: i64) -> Refusal {
    Refusal::InsufficientCredits { short_by: credits(whole), year: year(), others: Vec::new() }
}

/// Half back from 15 days before, nothing later.
fn policy() -> Policy {
    Policy::parse(r#"{"basis":"calendar_days","tiers":[{"days_before":29,"refund_percent":100},{"days_before":15,"refund_percent":50}]}"#)
        .unwrap()
}

fn event(capacity: i64, price: i64) -> Event {
    Event {
        state: EventState::Published,
        capacity,
        held: 0,
        waiting: 0,
        line: 0,
        price: credits(price),
        opens_at: None,
        closes_at: None,
        starts_at: at(STARTS),
        ends_at: at("2027-02-01T15:00:00Z"),
        rescheduled_at: None,
        schedule: 1,
        policy: policy(),
        admission: Admission::default(),
        programme_id: ProgrammeId(Uuid::from_u128(99)),
        title: Line::parse("Conference").unwrap(),
        year: year(),
        open_year: AcademicYear::starting(2026),
        approval_days: 5,
    }
}

/// Person n is of school n; school n has two wallets, 2n and 2n + 1, of the given balances.
fn state(events: &[Event], wallets: &[(i64, i64)]) -> State {
    let mut state = State { now: at(NOW), ..State::default() };
    state.events = (0..).zip(events).map(|(n, event)| (event_id(n), event.clone())).collect();
    for (n, (first, second)) in (0..).zip(wallets) {
        let wallet =
            |which, balance: &i64| Wallet { year: year(), account: account(2 * n + which), balance: credits(*balance) };
        state.wallets.insert(school(n), vec![wallet(0, first), wallet(1, second)]);
        let line = |text: &str| Line::parse(text).unwrap();
        let known = Known {
            name: line("Person"),
            role: Role::Teacher,
            school: Some((school(n), line("School"))),
            disabled: false,
        };
        state.people.insert(person(n), known);
        let known = School {
            name: line("School"),
            phase: Phase::Secondary,
            membership: Membership::Full,
            own_approval: false,
            second_person: false,
            approval_limit: None,
            left_on: None,
        };
        state.schools.insert(school(n), known);
    }
    state
}

fn lead(n: u128) -> Actor {
    Actor { person: Some(person(90 + n)), reach: Reach::School(school(n)) }
}

fn teacher(n: u128) -> Actor {
    Actor { person: Some(person(n)), reach: Reach::Own }
}

fn hub() -> Actor {
    Actor { person: Some(person(80)), reach: Reach::Hub }
}

fn run(state: &mut State, actor: Actor, what: What, id: u128) -> Result<Outcome, Refusal> {
    let mut ids = id..;
    decide(state, &Command { actor, what, shown: None }, &mut || booking(ids.next().unwrap()))
}

fn book_as(state: &mut State, actor: Actor, delegate: u128, id: u128) -> Result<BookingState, Refusal> {
    run(state, actor, What::Book { event: event_id(0), delegate: person(delegate), allow_clash: false }, id)
        .map(|outcome| outcome.booking.unwrap().booking.state)
}

fn balances(state: &State, n: u128) -> Vec<Credits> {
    state.wallets[&school(n)].iter().map(|wallet| wallet.balance).collect()
}

#[test]
fn a_teacher_requests_and_a_lead_books() {
    let mut state = state(&[event(5, 10)], &[(15, 0), (10, 0)]);
    assert_eq!(book_as(&mut state, teacher(0), 0, 1), Ok(BookingState::Requested));
    assert_eq!(book_as(&mut state, lead(1), 1, 2), Ok(BookingState::Confirmed));
    assert_eq!(balances(&state, 0)[0], credits(5), "a request holds its credits");
    assert_eq!(state.events[&event_id(0)].held, 2);
    let outcome = run(&mut state, lead(0), What::Approve(booking(1)), 9).unwrap();
    assert_eq!(outcome.booking.unwrap().booking.state, BookingState::Confirmed);
    assert_eq!(
        run(&mut state, lead(0), What::Approve(booking(1)), 9),
        Err(Refusal::InvalidTransition { from: BookingState::Confirmed, to: BookingState::Confirmed })
    );
}

#[test]
fn each_reaches_only_their_own() {
    let mut state = state(&[event(5, 1)], &[(9, 0), (9, 0)]);
    assert_eq!(book_as(&mut state, teacher(0), 1, 1), Err(Refusal::UnknownDelegate));
    assert_eq!(book_as(&mut state, lead(0), 1, 1), Err(Refusal::UnknownDelegate));
    book_as(&mut state, teacher(0), 0, 1).unwrap();
    for what in [What::Approve(booking(1)), What::Decline { booking: booking(1), reason: None }] {
        assert_eq!(run(&mut state, teacher(0), what.clone(), 9), Err(Refusal::UnknownBooking));
        assert_eq!(run(&mut state, lead(1), what, 9), Err(Refusal::UnknownBooking));
    }
    let cancel = What::Cancel { booking: booking(1), dry_run: false, quote: None };
    assert_eq!(run(&mut state, teacher(1), cancel.clone(), 9), Err(Refusal::UnknownBooking));
    assert!(run(&mut state, teacher(0), cancel, 9).is_ok());
    state.people.get_mut(&person(1)).unwrap().disabled = true;
    assert_eq!(book_as(&mut state, hub(), 1, 2), Err(Refusal::UnknownDelegate));
}

#[test]
fn credits_leave_the_allocated_wallet_first() {
    let mut state = state(&[event(5, 12)], &[(10, 10)]);
    book_as(&mut state, lead(0), 0, 1).unwrap();
    assert_eq!(balances(&state, 0), [credits(0), credits(8)]);
    // 22 days before: half of it comes back, to the wallet that was drawn on last.
    let outcome =
        run(&mut state, lead(0), What::Cancel { booking: booking(1), dry_run: false, quote: None }, 9).unwrap();
    assert_eq!((outcome.refund, outcome.booking.unwrap().booking.held), (credits(6), credits(6)));
    assert_eq!(balances(&state, 0), [credits(4), credits(10)]);
}

#[test]
fn what_can_not_be_paid_is_refused_by_how_much() {
    let mut state = state(&[event(5, 12)], &[(3, 4)]);
    assert_eq!(book_as(&mut state, lead(0), 0, 1), Err(short_by(5)));
}

#[test]
fn the_wallets_of_the_year_of_the_event_pay_and_no_others() {
    let mut state = state(&[event(5, 12)], &[(3, 4)]);
    let next = AcademicYear::starting(2027).unwrap();
    let wallet = |n, balance| Wallet { year: next, account: account(n), balance: credits(balance) };
    state.wallets.get_mut(&school(0)).unwrap().extend([wallet(70, 90), wallet(71, 9)]);
    let refusal = book_as(&mut state, lead(0), 0, 1).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::InsufficientCredits { short_by: credits(5), year: year(), others: vec![(next, credits(99))] }
    );
    assert_eq!(
        refusal.to_string(),
        "the school needs 5.00 more credits of 2026/27; its 99.00 credits of 2027/28 can't pay for an event of 2026/27"
    );
    let event = state.events.get_mut(&event_id(0)).unwrap();
    (event.year, event.open_year) = (next, Some(next));
    assert_eq!(book_as(&mut state, lead(0), 0, 1), Ok(BookingState::Confirmed));
    assert_eq!(balances(&state, 0), [credits(3), credits(4), credits(78), credits(9)]);
}

#[test]
fn events_take_bookings_only_while_they_are_open() {
    let refusal = |change: &dyn Fn(&mut Event), actor| {
        let mut event = event(5, 1);
        change(&mut event);
        book_as(&mut state(&[event], &[(9, 0)]), actor, 0, 1)
    };
    assert_eq!(refusal(&|event| event.state = EventState::Draft, lead(0)), Err(Refusal::UnknownEvent));
    assert_eq!(refusal(&|event| event.state = EventState::Draft, hub()), Err(Refusal::NotOpen("it is a draft")));
    assert_eq!(refusal(&|event| event.state = EventState::Completed, hub()), Err(Refusal::NotOpen("it is completed")));
    assert_eq!(refusal(&|event| event.state = EventState::Cancelled, hub()), Err(Refusal::NotOpen("it is cancelled")));
    assert_eq!(refusal(&|event| event.starts_at = at(NOW), hub()), Err(Refusal::Started));
    assert_eq!(
        refusal(&|event| event.opens_at = Some(at("2027-01-10T12:00:01Z")), hub()),
        Err(Refusal::NotOpen("booking has not opened"))
    );
    assert_eq!(refusal(&|event| event.closes_at = Some(at(NOW)), hub()), Err(Refusal::NotOpen("booking has closed")));
    assert_eq!(refusal(&|event| event.opens_at = Some(at(NOW)), hub()), Ok(BookingState::Confirmed));
}

#[test]
fn one_live_booking_a_person_and_event() {
    let mut state = state(&[event(5, 1)], &[(9, 0)]);
    book_as(&mut state, lead(0), 0, 1).unwrap();
    assert_eq!(book_as(&mut state, lead(0), 0, 2), Err(Refusal::AlreadyBooked(booking(1))));
    run(&mut state, lead(0), What::Cancel { booking: booking(1), dry_run: false, quote: None }, 9).unwrap();
    assert_eq!(book_as(&mut state, lead(0), 0, 3), Ok(BookingState::Confirmed));
}

#[test]
fn the_line_moves_up_past_those_who_can_not_pay() {
    let mut state = state(&[event(2, 10)], &[(10, 0), (10, 0), (3, 0), (10, 0), (10, 0)]);
    for n in 0..4 {
        book_as(&mut state, if n == 3 { teacher(n) } else { lead(n) }, n, n).unwrap();
    }
    assert_eq!(state.lines[&event_id(0)], [booking(2), booking(3)]);
    let outcome =
        run(&mut state, lead(0), What::Cancel { booking: booking(0), dry_run: false, quote: None }, 9).unwrap();
    assert_eq!(outcome.promoted, [booking(3)]);
    assert_eq!(state.bookings[&booking(3)].state, BookingState::Requested, "promotion does not go around approval");
    assert_eq!(state.bookings[&booking(2)].passed_over_at, Some(at(NOW)));
    assert_eq!(state.lines[&event_id(0)], [booking(2)], "who was passed over keeps their place");

    // Capacity is raised and the school has credits again: it comes before anyone new.
    state.wallets.get_mut(&school(2)).unwrap()[0].balance = credits(10);
    state.events.get_mut(&event_id(0)).unwrap().capacity = 3;
    assert_eq!(book_as(&mut state, lead(4), 4, 4), Ok(BookingState::Waitlisted));
    assert_eq!(state.bookings[&booking(2)].state, BookingState::Confirmed);
}

#[test]
fn an_approval_holds_in_the_line() {
    let mut state = state(&[event(1, 1)], &[(9, 0), (9, 0)]);
    book_as(&mut state, lead(0), 0, 1).unwrap();
    book_as(&mut state, teacher(1), 1, 2).unwrap();
    run(&mut state, lead(1), What::Approve(booking(2)), 9).unwrap();
    assert_eq!(state.bookings[&booking(2)].state, BookingState::Waitlisted);
    assert_eq!(run(&mut state, lead(1), What::Approve(booking(2)), 9), Err(Refusal::ApprovedAlready));
    run(&mut state, hub(), What::Cancel { booking: booking(1), dry_run: false, quote: None }, 9).unwrap();
    assert_eq!(state.bookings[&booking(2)].state, BookingState::Confirmed);
}

#[test]
fn declining_gives_everything_back() {
    let mut state = state(&[event(1, 4)], &[(9, 0), (9, 0)]);
    book_as(&mut state, teacher(0), 0, 1).unwrap();
    book_as(&mut state, lead(1), 1, 2).unwrap();
    let outcome = run(&mut state, lead(0), What::Decline { booking: booking(1), reason: None }, 9).unwrap();
    assert_eq!((outcome.refund, outcome.promoted), (credits(4), vec![booking(2)]));
    assert_eq!(balances(&state, 0), [credits(9), credits(0)]);
    assert_eq!(
        run(&mut state, lead(1), What::Decline { booking: booking(2), reason: None }, 9),
        Err(Refusal::InvalidTransition { from: BookingState::Confirmed, to: BookingState::Declined })
    );
}

#[test]
fn a_dry_run_shows_and_changes_nothing() {
    let mut state = state(&[event(1, 4)], &[(9, 0)]);
    book_as(&mut state, lead(0), 0, 1).unwrap();
    let before = state.clone();
    let outcome =
        run(&mut state, lead(0), What::Cancel { booking: booking(1), dry_run: true, quote: None }, 9).unwrap();
    assert_eq!((outcome.refund, state), (credits(2), before));
}

#[test]
fn after_the_start_nothing_comes_back() {
    let mut state = state(&[event(1, 4)], &[(9, 0)]);
    book_as(&mut state, lead(0), 0, 1).unwrap();
    state.now = at(STARTS);
    let cancel = What::Cancel { booking: booking(1), dry_run: false, quote: None };
    assert_eq!(run(&mut state, lead(0), cancel, 9).unwrap().refund, credits(0));
    assert_eq!(state.events[&event_id(0)].held, 0);
}

#[test]
fn a_waiver_gives_back_what_was_kept_to_the_wallets_it_came_from() {
    let mut state = state(&[event(1, 12)], &[(10, 10)]);
    let waive = |amount: Option<i64>| What::Waive {
        booking: booking(1),
        amount: amount.map(credits),
        reason: Line::parse("Illness").unwrap(),
    };
    book_as(&mut state, lead(0), 0, 1).unwrap();
    assert_eq!(run(&mut state, hub(), waive(None), 9), Err(Refusal::NothingKept));
    run(&mut state, lead(0), What::Cancel { booking: booking(1), dry_run: false, quote: None }, 9).unwrap();
    assert_eq!(balances(&state, 0), [credits(4), credits(10)]);
    assert_eq!(run(&mut state, lead(0), waive(None), 9), Err(Refusal::UnknownBooking));
    assert_eq!(run(&mut state, hub(), waive(Some(7)), 9), Err(Refusal::MoreThanKept { kept: credits(6) }));
    assert_eq!(run(&mut state, hub(), waive(Some(5)), 9).unwrap().refund, credits(5));
    assert_eq!(balances(&state, 0), [credits(9), credits(10)]);
    // Once the event is settled it comes from the provider, as far as they have it.
    state.events.get_mut(&event_id(0)).unwrap().state = EventState::Completed;
    let (provider, half) = (account(99), Credits::from_hundredths(50));
    let settling = |paid| Settling {
        ends_at: at(STARTS),
        attendance: Attendance::default(),
        provider: Provider::Hub,
        year: None,
        paid: Some((provider, paid)),
    };
    state.settling.insert(event_id(0), settling(half));
    assert_eq!(run(&mut state, hub(), waive(None), 9), Err(Refusal::ProviderShort { short_by: half }));
    state.settling.insert(event_id(0), settling(credits(2)));
    let mut settled = state.clone();
    assert_eq!(run(&mut settled, hub(), waive(None), 9).unwrap().refund, credits(1));
    let back = Settled { event: event_id(0), payee: Payee::Account(provider), amount: credits(1), actor: hub().person };
    assert_eq!((settled.returned, settled.settling[&event_id(0)].paid), (vec![back], Some((provider, credits(1)))));
    state.events.get_mut(&event_id(0)).unwrap().state = EventState::Cancelled;
    assert_eq!(run(&mut state, hub(), waive(None), 9).unwrap().refund, credits(1));
    assert_eq!(run(&mut state, hub(), waive(None), 9), Err(Refusal::NothingKept));
}

#[test]
fn a_free_place_moves_no_credits() {
    let mut state = state(&[event(1, 0)], &[(0, 0)]);
    assert_eq!(book_as(&mut state, lead(0), 0, 1), Ok(BookingState::Confirmed));
    run(&mut state, lead(0), What::Cancel { booking: booking(1), dry_run: false, quote: None }, 9).unwrap();
    assert!(state.movements.is_empty());
}

fn group(delegates: &[u128]) -> Group {
    let delegates = delegates.iter().map(|n| person(*n)).collect();
    Group { event: event_id(0), delegates, unnamed: None, best_effort: false, allow_clash: false }
}

#[test]
fn a_group_is_all_or_nothing_unless_asked_otherwise() {
    let mut state = state(&[event(2, 10)], &[(10, 0), (3, 0), (10, 0)]);
    let before = state.clone();
    let ask = |state: &mut State, group: Group| run(state, hub(), What::Group(Box::new(group)), 1);
    let refusal = Box::new(short_by(7));
    assert_eq!(ask(&mut state, group(&[0, 1, 2])), Err(Refusal::InGroup { at: 1, refusal }));
    assert_eq!(state, before);
    let outcome = ask(&mut state, Group { best_effort: true, ..group(&[0, 1, 2, 0]) }).unwrap();
    let results: Vec<_> = outcome.group.into_iter().map(|result| result.map(|view| view.booking.state)).collect();
    assert_eq!(
        results,
        [
            Ok(BookingState::Confirmed),
            Err(short_by(7)),
            Ok(BookingState::Confirmed),
            Err(Refusal::AlreadyBooked(booking(1)))
        ]
    );
}

#[test]
fn a_group_finds_too_few_places() {
    let mut state = state(&[event(2, 1)], &[(10, 0), (10, 0), (10, 0)]);
    let asked = run(&mut state, hub(), What::Group(Box::new(group(&[0, 1, 2]))), 1);
    assert_eq!(asked, Err(Refusal::EventFull { free: 2 }));
    let unnamed = |school, names_by: &str| Some(Unnamed { places: 2, school, names_by: names_by.parse().unwrap() });
    let mut ask = |actor, unnamed| run(&mut state, actor, What::Group(Box::new(Group { unnamed, ..group(&[]) })), 1);
    assert_eq!(ask(hub(), unnamed(None, "2027-01-20")), Err(Refusal::UnknownSchool));
    assert_eq!(ask(lead(0), unnamed(Some(school(1)), "2027-01-20")), Err(Refusal::UnknownSchool));
    for day in ["2027-01-09", "2027-02-02"] {
        assert_eq!(ask(lead(0), unnamed(None, day)), Err(Refusal::NamesBy));
    }
    let outcome = ask(lead(0), unnamed(None, "2027-01-10")).unwrap();
    assert!(outcome.group.iter().all(|result| result.as_ref().unwrap().booking.person_id.is_none()));
    assert_eq!(balances(&state, 0)[0], credits(8));
}

#[test]
fn sessions_clash_and_touching_ones_do_not() {
    let mut state = state(&[event(5, 1), event(5, 1)], &[(9, 0)]);
    let hours = |from: &str, to: &str| (at(&format!("2027-02-01T{from}:00Z")), at(&format!("2027-02-01T{to}:00Z")));
    let book = |state: &mut State, event, allow_clash, id| {
        run(state, lead(0), What::Book { event: event_id(event), delegate: person(0), allow_clash }, id).map(|_| ())
    };
    state.sessions.insert(event_id(0), vec![hours("09:00", "10:00"), hours("13:00", "14:00")]);
    state.sessions.insert(event_id(1), vec![hours("10:00", "13:00")]);
    book(&mut state, 0, false, 1).unwrap();
    book(&mut state.clone(), 1, false, 2).unwrap();
    state.sessions.insert(event_id(1), vec![hours("10:00", "13:01")]);
    assert_eq!(book(&mut state, 1, false, 2), Err(Refusal::Clash(booking(1))));
    book(&mut state, 1, true, 2).unwrap();
}

/// Everything that must hold whatever was commanded.
fn check(state: &State, in_circulation: Credits) {
    for (id, event) in &state.events {
        let of = |wanted: &[BookingState]| {
            let of_event = state.bookings.values().filter(|booking| booking.event_id == *id);
            i64::try_from(of_event.filter(|booking| wanted.contains(&booking.state)).count()).unwrap()
        };
        assert!(event.held <= event.capacity, "oversold");
        let offered = state.bookings.values().filter(|it| it.event_id == *id && it.offered_until.is_some());
        let offered = i64::try_from(offered.count()).unwrap();
        assert_eq!(event.held, of(&[BookingState::Requested, BookingState::Confirmed]) + offered);
        assert_eq!(event.waiting, of(&[BookingState::Waitlisted]));
        let line = state.lines.get(id).cloned().unwrap_or_default();
        assert_eq!(i64::try_from(line.len()).unwrap(), event.waiting);
        assert!(line.is_sorted_by_key(|id| state.bookings[id].line));
    }
    let wallets: Credits = state.wallets.values().flatten().map(|wallet| wallet.balance).sum();
    let held: Credits = state.bookings.values().map(|booking| booking.held).sum();
    assert!(state.wallets.values().flatten().all(|wallet| wallet.balance >= Credits::ZERO), "overdrawn");
    assert_eq!(wallets + held, in_circulation, "credits were lost or made");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_is_commanded_nothing_is_oversold_overdrawn_or_lost(
        capacities in prop::collection::vec((1i64..4, 0i64..6), 1..3),
        wallets in prop::collection::vec((0i64..9, 0i64..9), 2..6),
        commands in prop::collection::vec((0u8..14, 0u128..6, 0u128..40, 0u8..3), 1..60),
    ) {
        let events: Vec<Event> = (0..).zip(&capacities)
            .map(|(n, (capacity, price))| {
                let offer_hours = Some(48).filter(|_| n == 1);
                Event { admission: Admission { offer_hours, ..Admission::default() }, ..event(*capacity, *price) }
            })
            .collect();
        let mut state = state(&events, &wallets);
        let in_circulation = wallets.iter().map(|(a, b)| credits(a + b)).sum();
        let schools = u128::try_from(wallets.len()).unwrap();
        for (n, (what, who, which, as_whom)) in (1000..).zip(&commands) {
            let who = who % schools;
            let actor = [teacher(who), lead(who), hub()][usize::from(*as_whom)];
            let target = state.new.get(usize::try_from(*which).unwrap() % state.new.len().max(1)).copied().unwrap_or(booking(0));
            let event = event_id(which % u128::try_from(events.len()).unwrap());
            let what = match what {
                0..=2 => What::Book { event, delegate: person(who), allow_clash: false },
                3 => What::Approve(target),
                4 => What::Decline { booking: target, reason: None },
                5 => What::Cancel { booking: target, dry_run: which % 5 == 0, quote: None },
                7 => What::Substitute { booking: target, delegate: person(who), allow_clash: false },
                8 => What::Transfer { booking: target, event, allow_clash: false },
                9 => What::AcceptOffer(target),
                10 => What::DeclineOffer(target),
                11 => What::Name { booking: target, delegate: person(who), allow_clash: false },
                12 => What::Group(Box::new(Group {
                    unnamed: Some(Unnamed { places: 2, school: Some(school(who)), names_by: "2027-01-20".parse().unwrap() }),
                    best_effort: which % 2 == 0,
                    ..group(&[])
                })),
                6 => What::Group(Box::new(Group { best_effort: which % 2 == 0, ..group(&[who, (who + 1) % schools]) })),
                _ => What::Waive { booking: target, amount: None, reason: Line::parse("Illness").unwrap() },
            };
            let before = state.clone();
            let outcome = run(&mut state, actor, what.clone(), 10 * n);
            if outcome.is_err() || matches!(what, What::Cancel { dry_run: true, .. }) {
                prop_assert_eq!(&state, &before, "a refusal left a trace");
            }
            check(&state, in_circulation);
        }
    }
}
