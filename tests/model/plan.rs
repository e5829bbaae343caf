//! The hub that a seed begins with: small, and full of edges.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, TimeDelta};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use crate::deals::Card;
use crate::state::{
    Back, Event, Hundredths, Instant, Model, Person, Policy, Provider, Purse, Role, School, Stage, Ticket, TicketKind,
    Wallet,
};
use crate::support::begins_at;

/// The academic years that are open.
pub const YEARS: [&str; 2] = ["2026/27", "2027/28"];
/// The manager.
pub const MANAGER: usize = 0;
/// The other manager, after everybody.
pub const SECOND: usize = 1 + SCHOOLS * (TEACHERS + 1);
/// The second lead of the first school; the others' come after.
pub const COLLEAGUE: usize = SECOND + 1;
/// Somebody of the partner, at the end.
pub const PARTNER: usize = COLLEAGUE + SCHOOLS;
/// After how long somebody new counts as a second person.
pub const SETTLED_IN: TimeDelta = TimeDelta::days(7);

const SCHOOLS: usize = 4;
const TEACHERS: usize = 3;
const TICKETS: usize = 8;
const PRICES: [Hundredths; 7] = [0, 1, 333, 1_000, 1_000, 1_250, 60_001];
/// In how many days events begin; some of them across the end of summer time, Christmas, and Easter.
const STARTS: [u64; 9] = [6, 9, 15, 21, 30, 36, 45, 86, 178];

impl Model {
    /// What this seed begins with.
    pub fn planned(choose: &mut ChaCha8Rng) -> Model {
        let mut schools = Vec::new();
        let mut people = vec![Person { role: Role::HubManager, school: None, deputy: None }];
        let mut purses = BTreeMap::new();
        let today = begins_at().date_naive();
        for school in 0..SCHOOLS {
            let limit = choose.random_bool(0.5).then(|| *[0, 1, 1_000, 1_250, 2_000].choose(choose).unwrap());
            schools.push(School {
                pupils: *[0, 1, 333, 333, 1_522].choose(choose).unwrap() + i64::from(school == 0),
                full: school != 2,
                secondary: school != 1,
                own_approval: choose.random_bool(0.5),
                second_person: choose.random_bool(0.3),
                limit,
                deal_limit: choose.random_bool(0.4).then(|| *[0, 1_000, 5_000].choose(choose).unwrap()),
            });
            people.push(Person { role: Role::SchoolLead, school: Some(school), deputy: None });
            for teacher in 0..TEACHERS {
                let days = today + Days::new(choose.random_range(0..10));
                let deputy = (teacher == 0 && school < 2).then_some((days, days + Days::new(21)));
                people.push(Person { role: Role::Teacher, school: Some(school), deputy });
            }
            for (year, earned) in [(0, false), (0, true), (1, false)] {
                let amount = *[0, 999, 1_000, 2_000, 3_750, 5_000, 120_002].choose(choose).unwrap();
                if amount > 0 && (!earned || choose.random_bool(0.5)) {
                    purses.insert(Purse::Wallet(Wallet { school, year, earned }), amount);
                    let from = if earned { Purse::Adjustment(year) } else { Purse::Sales(year) };
                    *purses.entry(from).or_default() -= amount;
                }
            }
        }
        people.push(Person { role: Role::HubManager, school: None, deputy: None });
        let colleague = |school| Person { role: Role::SchoolLead, school: Some(school), deputy: None };
        people.extend((0..SCHOOLS).map(colleague));
        people.push(Person { role: Role::Partner, school: None, deputy: None });
        let providers = vec![Provider::Hub, Provider::School(0), Provider::Partner];
        let mut events: Vec<Event> = [0, 0, 1, 1, 0, 2].map(|programme| event(choose, programme)).into();
        // Two runs at the same time, or one after the other.
        match choose.random_range(0..3) {
            0 => events[1].sessions = events[0].sessions.clone(),
            1 => {
                let then = events[0].sessions[0].1;
                events[1].sessions = vec![(then, then + TimeDelta::hours(2))];
            }
            _ => {}
        }
        // One of the next academic year, which other wallets pay for.
        if choose.random_bool(0.5) {
            let starts = "2027-09-02T09:00:00Z".parse().unwrap();
            events[4].year = 1;
            events[4].sessions = vec![(starts, starts + TimeDelta::hours(6))];
            events[4].closes = events[4].closes.map(|_| starts - TimeDelta::days(2));
        }
        events[5].stage = if choose.random_bool(0.3) { Stage::Draft } else { Stage::Published };
        let ticket = |choose: &mut ChaCha8Rng| {
            let valid_until = choose.random_bool(0.3).then(|| today + Days::new(choose.random_range(1..30)));
            let (person, kind) = (choose.random_range(1..SECOND), choose.random_range(0..3));
            Ticket { person, kind, valid_until, place: None, revoked: false }
        };
        let tickets = (0..TICKETS).map(|_| ticket(choose)).collect();
        let until = |days| Policy { working_days: false, tiers: vec![(days, Back::Percent(100))] };
        let kinds = vec![
            TicketKind { covers: vec![0], returns: until(14), needs_approval: true },
            TicketKind { covers: vec![1, 2], returns: until(0), needs_approval: false },
            TicketKind {
                covers: vec![1],
                returns: Policy { working_days: false, tiers: Vec::new() },
                needs_approval: true,
            },
        ];
        Model {
            now: begins_at(),
            approval_days: 5,
            four_eyes: choose.random_bool(0.4),
            schools,
            people,
            providers,
            events,
            bookings: BTreeMap::new(),
            kinds,
            tickets,
            purses,
            quotes: BTreeMap::new(),
            drafts: Vec::new(),
            invoices: BTreeSet::new(),
            gifts: Vec::new(),
            proposals: Vec::new(),
            card: Card { share: 0, of: 100, buyer_bears: false },
            deals: Vec::new(),
            earned: Vec::new(),
            statements: Vec::new(),
            credited: false,
            posted: Vec::new(),
            closes: vec![None; YEARS.len()],
        }
    }
}

fn event(choose: &mut ChaCha8Rng, programme: usize) -> Event {
    let days = TimeDelta::days(*STARTS.choose(choose).unwrap() as i64);
    let starts = begins_at() + days + TimeDelta::hours(choose.random_range(-1..6));
    let meets = |starts: Instant| (starts, starts + TimeDelta::hours(6));
    let mut sessions = vec![meets(starts)];
    if choose.random_bool(0.3) {
        sessions.push(meets(starts + TimeDelta::days(7)));
    }
    let some = |choose: &mut ChaCha8Rng, chance| choose.random_bool(chance);
    let opens = some(choose, 0.25).then(|| begins_at() + TimeDelta::days(3));
    Event {
        programme,
        year: 0,
        stage: Stage::Published,
        capacity: choose.random_range(1..=4),
        price: *PRICES.choose(choose).unwrap(),
        participant_price: some(choose, 0.4).then_some(1_500),
        max_per_school: some(choose, 0.3).then_some(2),
        teachers_only: some(choose, 0.2),
        secondary_only: some(choose, 0.2),
        offer_hours: some(choose, 0.4).then_some(48),
        opens,
        opens_full: opens.filter(|_| some(choose, 0.5)).map(|opens| opens - TimeDelta::days(1)),
        closes: some(choose, 0.25).then(|| starts - TimeDelta::days(2)),
        sessions,
        policy: policies().choose(choose).unwrap().clone(),
        moves: Vec::new(),
        marks: BTreeMap::new(),
        paid_to: None,
        line: 0,
    }
}

fn policies() -> Vec<Policy> {
    let percent = |(days, percent)| (days, Back::Percent(percent));
    let copthorne = [(29, 100), (15, 50), (8, 25)].map(percent).into();
    vec![
        Policy { working_days: false, tiers: copthorne },
        Policy { working_days: true, tiers: [(10, 100), (5, 50), (1, 33)].map(percent).into() },
        Policy { working_days: false, tiers: vec![(20, Back::Amount(100_000)), (3, Back::Amount(101))] },
        Policy { working_days: true, tiers: vec![percent((0, 50))] },
        Policy { working_days: false, tiers: vec![percent((0, 100))] },
        Policy { working_days: false, tiers: Vec::new() },
    ]
}
