use chrono::DateTime;
use uuid::Uuid;

use super::*;
use crate::base::credits::Credits;
use crate::base::ids::{AccountId, BookingId, HubId, PersonId};
use crate::base::text::Urn;
use crate::base::year::AcademicYear;
use crate::booking::bookings::State;
use crate::ledger::WalletKind;
use crate::lifecycle::succession::Wallet;
use crate::members::people::Role;
use crate::members::schools::{Details, Membership, Phase};
use crate::programme::programmes::admission::Admission;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn line(text: &str) -> Line {
    Line::parse(text).unwrap()
}

fn school(number: u128) -> School {
    School {
        hub_id: HubId(Uuid::nil()),
        id: SchoolId(Uuid::from_u128(number)),
        details: Details {
            urn: Urn::parse("100001").unwrap(),
            name: line("School"),
            phase: Phase::Primary,
            establishment_type: None,
            local_authority: None,
            membership: Membership::Full,
            joined_on: Some(day("2020-09-01")),
            left_on: None,
        },
        successor_id: None,
        version: 1,
        created_at: DateTime::UNIX_EPOCH,
    }
}

fn booking(number: u128, event: u128, name: Option<&str>, most: Option<i64>) -> LiveBooking {
    LiveBooking {
        id: BookingId(Uuid::from_u128(number)),
        event_id: EventId(Uuid::from_u128(event)),
        event_title: line("Conference"),
        starts_at: DateTime::UNIX_EPOCH,
        admission: Admission { max_per_school: most, ..Admission::default() },
        person_id: name.map(|_| PersonId(Uuid::from_u128(number))),
        person_name: name.map(line),
        state: State::Confirmed,
        undecided: false,
        offered_until: None,
        held: Credits::ZERO,
        version: 1,
    }
}

fn theirs(event: u128, name: Option<&str>) -> Neighbour {
    Neighbour { event_id: EventId(Uuid::from_u128(event)), person_name: name.map(line) }
}

fn member(name: &str) -> Member {
    Member { id: PersonId(Uuid::nil()), name: line(name), role: Role::Teacher, disabled_at: None, version: 1 }
}

#[test]
fn who_may_take_whose_place() {
    const TODAY: &str = "2026-10-05";
    let (ours, other) = (school(1), school(2));
    let asked = |school: &School, successor: &School, heir: u128, on: &str| {
        require(school, successor, SchoolId(Uuid::from_u128(heir)), day(on), day(TODAY))
    };
    let left = |on: &str| {
        let mut school = school(2);
        school.details.left_on = Some(day(on));
        school
    };
    for on in [TODAY, "2026-09-01", "2020-09-02"] {
        assert!(asked(&ours, &other, 2, on).is_ok(), "{on}");
    }
    assert!(asked(&ours, &left("2026-10-06"), 2, TODAY).is_ok(), "it leaves tomorrow");
    assert!(matches!(asked(&ours, &left(TODAY), 2, TODAY), Err(Error::SuccessorLeft { .. })));
    assert!(matches!(asked(&ours, &ours, 1, TODAY), Err(Error::Itself)));
    let before = School { successor_id: Some(other.id), ..school(1) };
    assert!(matches!(asked(&before, &other, 2, TODAY), Err(Error::Twice { .. })));
    let gone = School { successor_id: Some(ours.id), ..school(2) };
    assert!(matches!(asked(&ours, &gone, 1, TODAY), Err(Error::SuccessorSucceeded { .. })), "a circle");
    for on in ["2026-10-06", "2020-09-01", "2019-01-01"] {
        assert!(matches!(asked(&ours, &other, 2, on), Err(Error::EffectiveOn(_))), "{on}");
    }
}

#[test]
fn what_will_be_odd_is_told() {
    let ours =
        [booking(1, 1, Some("Ann  Able"), Some(2)), booking(2, 1, None, Some(2)), booking(3, 2, Some("Bob"), None)];
    assert_eq!(clashes(&ours, &[], &[member("Ann")], &[member("Bob")]), []);
    let others = [theirs(1, Some("ann able")), theirs(2, None), theirs(3, Some("Bob"))];
    let (title, event) = (line("Conference"), EventId(Uuid::from_u128(1)));
    assert_eq!(
        clashes(&ours, &others, &[member("Ann Able"), member("Bob")], &[member("ANN ABLE"), member("Cy")]),
        [
            Clash::SchoolLimit { event, title: title.clone(), most: 2, together: 3 },
            Clash::BookedTwice { event, title, name: line("Ann  Able") },
            Clash::SameName { name: line("Ann Able") },
        ]
    );
}

#[test]
fn a_quote_stands_for_all_that_goes_over() {
    let preview = || Preview {
        school: school(1),
        successor: school(2),
        effective_on: day("2026-10-05"),
        wallets: vec![Wallet {
            account_id: AccountId(Uuid::from_u128(9)),
            year: AcademicYear::starting(2026).unwrap(),
            kind: WalletKind::Allocated,
            credits: Credits::from_hundredths(1),
            successor_has: Credits::ZERO,
        }],
        bookings: vec![booking(1, 1, None, None)],
        people: vec![member("Ann")],
        tickets: Vec::new(),
        programmes: Vec::new(),
        commissions: Vec::new(),
        offers: Vec::new(),
        gifts: Vec::new(),
        proposed_adjustments: 0,
        clashes: Vec::new(),
    };
    let quote = preview().quote();
    assert_eq!(Quote::parse(quote.as_str()).unwrap(), quote);
    let changes: [fn(&mut Preview); 6] = [
        |preview| preview.wallets[0].credits = Credits::from_hundredths(2),
        |preview| preview.bookings[0].version = 2,
        |preview| preview.bookings.clear(),
        |preview| preview.people[0].version = 2,
        |preview| preview.successor.id = SchoolId(Uuid::from_u128(3)),
        |preview| preview.effective_on = day("2026-10-04"),
    ];
    for change in changes {
        let mut other = preview();
        change(&mut other);
        assert_ne!(other.quote(), quote);
    }
    // What the successor has and does meanwhile is its own matter.
    let mut same = preview();
    same.wallets[0].successor_has = Credits::from_hundredths(5);
    same.successor.version = 7;
    assert_eq!(same.quote(), quote);
    for wrong in ["", "abc", &"g".repeat(64), &"A".repeat(64), &"a".repeat(63)] {
        assert!(Quote::parse(wrong).is_err(), "{wrong}");
    }
}
