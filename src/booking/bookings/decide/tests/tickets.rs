//! Tickets: a place and its ticket together or not at all.

use super::*;
use crate::base::ids::{ProgrammeId, TicketTypeId};
use crate::programme::programmes::Kind;
use crate::programme::tickets::{Coverage, Covered, Returns, State as TicketState, Ticket};

fn ticket_id(n: u128) -> TicketId {
    TicketId(Uuid::from_u128(600 + n))
}

/// Of person n, for conferences.
fn ticket(n: u128, returns: Returns) -> Ticket {
    let line = |text: &str| Line::parse(text).unwrap();
    let of = crate::programme::tickets::TicketType {
        id: TicketTypeId(Uuid::from_u128(700)),
        terms: crate::programme::tickets::Terms {
            name: line("Fabulinus Ticket"),
            covers: Coverage { kinds: vec![Kind::Conference], ..Coverage::default() },
            valid_months: None,
            returns,
            needs_approval: true,
        },
        version: 1,
        created_at: at(NOW),
    };
    Ticket::new(ticket_id(n), &of, (person(n), line("Person"), school(n)), (None, at(NOW)), None)
}

/// As [`state`], with a ticket for everyone.
fn with_tickets(events: &[Event], wallets: &[(i64, i64)], returns: Returns) -> State {
    let mut state = state(events, wallets);
    for (n, _) in (0..).zip(wallets) {
        state.tickets.insert(ticket_id(n), ticket(n, returns));
    }
    let covered = Covered { programme: ProgrammeId(Uuid::nil()), kind: Kind::Conference, priority: None };
    for event in state.events.keys() {
        state.subjects.insert(*event, covered);
    }
    state
}

fn by_ticket(event: u128, n: u128) -> What {
    What::BookByTicket { event: event_id(event), delegate: person(n), allow_clash: true, ticket: ticket_id(n) }
}

fn standing(state: &State, n: u128) -> (TicketState, Option<BookingId>) {
    let ticket = &state.tickets[&ticket_id(n)];
    (ticket.state_on(state.now.date_naive()), ticket.booking_id)
}

#[test]
fn of_two_commands_in_one_slice_one_has_the_ticket() {
    let mut state = with_tickets(&[event(5, 10), event(5, 10)], &[(0, 0)], Returns::Always);
    assert_eq!(run(&mut state, lead(0), by_ticket(0, 0), 1).unwrap().booking.unwrap().booking.held, credits(10));
    let before = state.clone();
    let refused = run(&mut state, lead(0), by_ticket(1, 0), 2);
    assert_eq!((refused, &state), (Err(Refusal::TicketNotUsable(TicketState::Used)), &before));
    assert_eq!(standing(&state, 0), (TicketState::Used, Some(booking(1))));
    run(&mut state, lead(0), What::Cancel { booking: booking(1), dry_run: false, quote: None }, 9).unwrap();
    assert_eq!(standing(&state, 0), (TicketState::Issued, None));
    assert!(run(&mut state, lead(0), by_ticket(1, 0), 3).is_ok(), "it came back within the slice");
}

#[test]
fn a_ticket_is_never_passed_over() {
    let mut state = with_tickets(&[event(1, 10)], &[(10, 0), (9, 0), (0, 0)], Returns::Never);
    book_as(&mut state, lead(0), 0, 0).unwrap();
    book_as(&mut state, lead(1), 1, 1).unwrap();
    run(&mut state, teacher(2), by_ticket(0, 2), 2).unwrap();
    let outcome =
        run(&mut state, lead(0), What::Cancel { booking: booking(0), dry_run: false, quote: None }, 9).unwrap();
    assert_eq!(outcome.promoted, [booking(2)]);
    assert_eq!(state.bookings[&booking(2)].state, BookingState::Requested, "a ticket does not go around approval");
}

/// Everything that must hold of tickets whatever was commanded.
fn check_tickets(state: &State) {
    for ticket in state.tickets.values() {
        let keeps = |booking: &&Booking| {
            booking.ticket_id == Some(ticket.id) && (booking.state.live() || !booking.held.is_zero())
        };
        let kept: Vec<BookingId> = state.bookings.values().filter(keeps).map(|booking| booking.id).collect();
        assert_eq!(kept, Vec::from_iter(ticket.booking_id), "one booking at most has a ticket, and the ticket says so");
    }
    for booking in state.bookings.values().filter(|booking| booking.ticket_id.is_some()) {
        assert!(booking.held.is_zero() || booking.held == booking.price, "a ticket pays all or nothing");
    }
    let moved = |paid: bool| {
        let of = state.movements.iter().filter(move |movement| (movement.direction == Direction::Paid) == paid);
        let shares = of.flat_map(|movement| &movement.shares).filter(|share| share.wallet == SUBSIDY);
        shares.map(|share| share.amount).sum::<Credits>()
    };
    let held = state.bookings.values().filter(|booking| booking.ticket_id.is_some()).map(|booking| booking.held);
    assert_eq!(moved(true) - moved(false), held.sum(), "the hub pays for tickets and nothing else");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_is_commanded_a_ticket_pays_for_one_place(
        capacities in prop::collection::vec((1i64..4, 1i64..6), 1..3),
        people in 2u128..6,
        rule in prop::sample::select(vec![Returns::Always, Returns::Never, Returns::DaysBefore(22), Returns::DaysBefore(23)]),
        commands in prop::collection::vec((0u8..8, 0u128..6, 0u128..40, 0u8..3), 1..60),
    ) {
        let events: Vec<Event> = capacities.iter().map(|(capacity, price)| event(*capacity, *price)).collect();
        let wallets: Vec<(i64, i64)> = (0..people).map(|_| (4, 0)).collect();
        let mut state = with_tickets(&events, &wallets, rule);
        for (n, (what, who, which, as_whom)) in (1000..).zip(&commands) {
            let who = who % people;
            let actor = [teacher(who), lead(who), hub()][usize::from(*as_whom)];
            let target = state.new.get(usize::try_from(*which).unwrap() % state.new.len().max(1)).copied().unwrap_or(booking(0));
            let event = which % u128::try_from(events.len()).unwrap();
            let what = match what {
                0..=2 => by_ticket(event, who),
                3 => What::Book { event: event_id(event), delegate: person(who), allow_clash: true },
                4 => What::Approve(target),
                5 => What::Decline { booking: target, reason: None },
                6 => What::Waive { booking: target, amount: None, reason: Line::parse("Illness").unwrap() },
                _ => What::Cancel { booking: target, dry_run: which % 5 == 0, quote: None },
            };
            let before = state.clone();
            if run(&mut state, actor, what, n).is_err() {
                prop_assert_eq!(&state, &before, "a refusal left a trace");
            }
            check_tickets(&state);
        }
    }
}
