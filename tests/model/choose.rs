//! What is done next: chosen by the seed, near the edges of what the model says now.

use chrono::{Days, TimeDelta};
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::command::{Command, Step, Unnamed};
use crate::plan::{MANAGER, SECOND};
use crate::state::{Hundredths, Instant, Mark, Model, Place, Stage, State, day, end_of, midnight};
use crate::year::{Act, Target};

/// Of a hundred steps those that go to the desk, and up to which the others are about credits, and about support.
const DESK: u32 = 38;
const YEAR: u32 = 52;
const DEALS: u32 = 76;
/// The most commands that wait together.
const MOST: usize = 6;
/// Time never goes further than into the first days of the next year.
const LAST: &str = "2027-09-03T12:00:00Z";

impl Model {
    /// The next step. What waits together at a desk is about bookings that were there before.
    pub fn next(&self, choose: &mut ChaCha8Rng) -> Step {
        match choose.random_range(0..100) {
            0..DESK => {
                let (mut after, mut commands) = (self.clone(), Vec::new());
                for _ in 0..choose.random_range(1..=MOST) {
                    let command = match commands.last() {
                        // Whoever was just named takes more on, while the desk has not written that down.
                        Some(Command::Substitute { delegate, .. } | Command::Name { delegate, .. })
                            if choose.random_bool(0.4) =>
                        {
                            let (delegate, event) = (*delegate, after.bookable(choose));
                            Command::Book { by: delegate, event, delegate, allow_clash: true, ticket: None }
                        }
                        _ => after.at_desk(choose, self),
                    };
                    let _ = after.perform(&command);
                    commands.push(command);
                }
                Step::Desk(commands)
            }
            DESK..YEAR => Step::Alone(Command::Year(self.next_act(choose))),
            YEAR..DEALS => Step::Alone(self.next_dealing(choose)),
            _ => Step::Alone(self.alone(choose)),
        }
    }

    /// A command for the desk, about bookings that `known` has.
    fn at_desk(&self, choose: &mut ChaCha8Rng, known: &Model) -> Command {
        let allow_clash = choose.random_bool(0.6);
        let kind = choose.random_range(0..100);
        let wanted = |booking: &crate::state::Booking| match kind {
            0..10 => !booking.approved && booking.is_live(),
            10..30 => booking.is_live(),
            30..38 => booking.held() > 0 && !booking.is_live(),
            38..44 => booking.person.is_none() && booking.is_live(),
            44..60 => booking.state == State::Confirmed,
            60..68 => booking.offered_until.is_some(),
            _ => false,
        };
        let places: Vec<Place> = known.bookings.keys().filter(|place| wanted(&self.bookings[place])).copied().collect();
        let any: Vec<Place> = known.bookings.keys().copied().collect();
        let odd = choose.random_bool(0.06);
        let Some(place) = if odd { &any } else { &places }.choose(choose).copied() else {
            return self.ask(choose, allow_clash);
        };
        let booking = &self.bookings[&place];
        let by = self.somebody(choose, Some(booking.school), booking.person);
        let delegate = self.of_school(choose, booking.school);
        match kind {
            0..7 => Command::Approve { by, place },
            7..10 => Command::Decline { by, place },
            10..30 => {
                let told = self.quotes.get(&place).filter(|_| choose.random_bool(0.6)).cloned();
                // What was true a day ago, or will be.
                let days = TimeDelta::days(choose.random_range(-1..=1));
                let other =
                    choose.random_bool(0.2).then(|| Model { now: self.now + days, ..self.clone() }.quote_text(place));
                Command::Cancel { by, place, quote: told.or(other) }
            }
            30..38 => {
                let by = if choose.random_bool(0.9) { MANAGER } else { by };
                let near = booking.held() + choose.random_range(-1..=1);
                Command::Waive { by, place, amount: (near > 0 && choose.random_bool(0.5)).then_some(near) }
            }
            38..44 => Command::Name { by, place, delegate, allow_clash },
            44..51 => Command::Substitute { by, place, delegate, allow_clash },
            51..60 => {
                let programme = self.events[place.event].programme;
                let runs = (0..self.events.len()).filter(|event| self.events[*event].programme == programme);
                let runs: Vec<usize> = runs.filter(|event| *event != place.event).collect();
                let event = *runs.choose(choose).filter(|_| !odd).unwrap_or(&place.event);
                Command::Transfer { by, place, event, allow_clash }
            }
            60..66 => Command::AcceptOffer { by, place },
            _ => Command::DeclineOffer { by, place },
        }
    }

    /// A place for one, or for several.
    fn ask(&self, choose: &mut ChaCha8Rng, allow_clash: bool) -> Command {
        let event = self.bookable(choose);
        let first = if choose.random_bool(0.98) { 1 } else { MANAGER };
        let delegate = choose.random_range(first..SECOND);
        let school = self.people[delegate].school;
        let by = self.somebody(choose, school, Some(delegate));
        if choose.random_bool(0.75) {
            let theirs: Vec<usize> =
                (0..self.tickets.len()).filter(|it| self.tickets[*it].person == delegate).collect();
            let any: Vec<usize> = (0..self.tickets.len()).collect();
            let tickets = if choose.random_bool(0.97) { &theirs } else { &any };
            let ticket = tickets.choose(choose).copied().filter(|_| choose.random_bool(0.7));
            return Command::Book { by, event, delegate, allow_clash, ticket };
        }
        let school = school.unwrap_or(0);
        let mut delegates: Vec<usize> =
            (1..self.people.len()).filter(|it| self.people[*it].school == Some(school)).collect();
        delegates.shuffle(choose);
        delegates.truncate(choose.random_range(0..=3));
        if choose.random_bool(0.1) {
            delegates.push(choose.random_range(0..self.people.len()));
        }
        let starts = day(self.events[event].starts());
        let names_by = match choose.random_range(0..10) {
            0 => self.today() - Days::new(1),
            1 | 2 => self.today(),
            3 => starts + Days::new(1),
            4 => starts,
            _ => self.today() + Days::new(choose.random_range(1..12)),
        };
        let places = choose.random_range(usize::from(delegates.is_empty())..=2);
        let unnamed = (places > 0).then_some(Unnamed { places, school, names_by });
        Command::Group { by, event, delegates, unnamed, best_effort: choose.random_bool(0.5), allow_clash }
    }

    /// An event that can be booked, mostly: one with its last place free rather than any.
    fn bookable(&self, choose: &mut ChaCha8Rng) -> usize {
        let all: Vec<usize> = (0..self.events.len()).collect();
        let open = all.iter().filter(|event| self.events[**event].stage == Stage::Published);
        let open: Vec<usize> = open.filter(|event| self.now < self.events[**event].starts()).copied().collect();
        let last: Vec<usize> = open.iter().filter(|event| (0..=1).contains(&self.free(**event))).copied().collect();
        let from = match choose.random_range(0..20) {
            0 => &all,
            1..8 => &last,
            _ => &open,
        };
        from.choose(choose).or(all.choose(choose)).copied().unwrap()
    }

    /// Who does it: the person themselves, their lead or deputy, the manager; seldom anybody.
    fn somebody(&self, choose: &mut ChaCha8Rng, school: Option<usize>, person: Option<usize>) -> usize {
        let any = choose.random_range(0..self.people.len());
        let lead = (1..SECOND).find(|it| self.people[*it].school == school).unwrap_or(MANAGER);
        match choose.random_range(0..20) {
            0..7 => person.unwrap_or(lead),
            7..14 => lead,
            14..16 => lead + 1,
            16..19 => MANAGER,
            _ => any,
        }
    }

    fn of_school(&self, choose: &mut ChaCha8Rng, school: usize) -> usize {
        let theirs: Vec<usize> = (1..self.people.len()).filter(|it| self.people[*it].school == Some(school)).collect();
        if choose.random_bool(0.95) {
            *theirs.choose(choose).unwrap()
        } else {
            choose.random_range(0..self.people.len())
        }
    }

    /// Something that does not go to the desk.
    fn alone(&self, choose: &mut ChaCha8Rng) -> Command {
        let manager = if choose.random_bool(0.95) { MANAGER } else { choose.random_range(0..self.people.len()) };
        let event = choose.random_range(0..self.events.len());
        let it = &self.events[event];
        let over =
            |event: &usize| self.events[*event].stage == Stage::Published && self.events[*event].ends() <= self.now;
        let over: Vec<usize> = (0..self.events.len()).filter(over).collect();
        if let Some(event) = over.choose(choose).filter(|_| choose.random_bool(0.15)) {
            let unmarked = [None, Some(Mark::Present), Some(Mark::Absent), Some(Mark::Partial)];
            return Command::Complete { by: manager, event: *event, unmarked: *unmarked.choose(choose).unwrap() };
        }
        match choose.random_range(0..100) {
            0..28 => self.pass(choose),
            28..46 => Command::Round,
            46..58 => self.some_credits(choose),
            58..66 => {
                let lines = (0..self.events.len()).filter(|event| !self.waiting(*event).is_empty()).collect::<Vec<_>>();
                let event = lines.choose(choose).copied().filter(|_| choose.random_bool(0.6)).unwrap_or(event);
                Command::Capacity { by: manager, event, to: self.holding(event) + choose.random_range(-1..=2) }
            }
            66..69 => Command::Price { event, to: [0, 1, 1_000, 1_001, 999][choose.random_range(0..5)] },
            69..75 => self.rules(choose),
            75..80 => {
                let person = choose.random_range(1..SECOND);
                let last = self.today() + Days::new(choose.random_range(0..20));
                let valid_until = choose.random_bool(0.5).then_some(last);
                Command::Issue { person, kind: choose.random_range(0..self.kinds.len()), valid_until }
            }
            80..82 if !self.tickets.is_empty() => {
                Command::Revoke { ticket: choose.random_range(0..self.tickets.len()) }
            }
            82..88 => match self.bookings.keys().copied().collect::<Vec<_>>().choose(choose) {
                Some(place) if !self.is_overdue(&self.bookings[place]) => {
                    let booking = &self.bookings[place];
                    let by = booking.person.filter(|_| choose.random_bool(0.5)).unwrap_or(MANAGER);
                    Command::Quote { by, place: *place }
                }
                _ => Command::Round,
            },
            88..90 if it.stage == Stage::Published => {
                let session = choose.random_range(0..it.sessions.len());
                if self.may_move(event, session) { Command::Reschedule { event, session } } else { Command::Round }
            }
            90..92 => {
                let kept = self.bookings.iter().filter(|(_, it)| it.state == State::Cancelled && it.held() > 0);
                let kept: Vec<usize> = kept.map(|(place, _)| place.event).collect();
                let event = kept.choose(choose).copied().filter(|_| choose.random_bool(0.7)).unwrap_or(event);
                Command::CallOff { by: manager, event }
            }
            92..95 => {
                let unmarked = [None, Some(Mark::Present), Some(Mark::Absent), Some(Mark::Present)];
                Command::Complete { by: manager, event, unmarked: *unmarked.choose(choose).unwrap() }
            }
            _ => self.some_marks(choose),
        }
    }

    /// Credits that make the price of a place, or leave a hundredth missing.
    fn some_credits(&self, choose: &mut ChaCha8Rng) -> Command {
        let passed_over = self.bookings.values().filter(|it| it.state == State::Waitlisted && it.passed_over);
        let waits: Vec<(usize, Hundredths)> = passed_over.map(|it| (it.school, it.price)).collect();
        let school = choose.random_range(0..self.schools.len());
        let price = self.price(choose.random_range(0..self.events.len()), school);
        let (school, price) =
            waits.choose(choose).copied().filter(|_| choose.random_bool(0.6)).unwrap_or((school, price));
        let (by, year) = (MANAGER, choose.random_range(0..2));
        let missing = price.max(1) - self.funds(school, year) % price.max(1);
        let amount = (missing - i64::from(choose.random_bool(0.4))).max(1);
        Command::Year(match choose.random_bool(0.3) {
            true => {
                let target = Target::Wallet { school, earned: true };
                Act::Adjust { by, target, year: Some(year), up: true, amount }
            }
            false => Act::Sell { by, school, year: Some(year), amount, invoice: self.invoices.len() + 1_000_000 },
        })
    }

    /// A limit at which the next place is just let pass, or just not.
    fn rules(&self, choose: &mut ChaCha8Rng) -> Command {
        let school = choose.random_range(0..self.schools.len());
        let (person, event) = (self.of_school(choose, school), choose.random_range(0..self.events.len()));
        let edge: Hundredths = self.spent(person, 0) + self.price(event, school) - i64::from(choose.random_bool(0.4));
        let limit = choose.random_bool(0.8).then_some(edge.max(0));
        let second_person = choose.random_bool(0.3);
        Command::Rules { school, own_approval: choose.random_bool(0.5), second_person, limit }
    }

    fn some_marks(&self, choose: &mut ChaCha8Rng) -> Command {
        let begun = (0..self.events.len()).filter(|event| midnight(day(self.events[*event].starts())) <= self.now);
        let begun: Vec<usize> = begun.collect();
        let event = begun.choose(choose).copied().unwrap_or_else(|| choose.random_range(0..self.events.len()));
        let session = choose.random_range(0..self.events[event].sessions.len());
        let known = |state| matches!(state, State::Confirmed | State::Attended | State::NoShow);
        let odd = choose.random_bool(0.05);
        let mut places: Vec<Place> =
            self.on(event).filter(|(_, it)| odd || known(it.state)).map(|(place, _)| *place).collect();
        places.shuffle(choose);
        places.truncate(3);
        if places.is_empty() {
            return Command::Round;
        }
        let words = [Mark::Present, Mark::Late, Mark::Partial, Mark::Excused, Mark::Absent];
        let marks = places.into_iter().map(|place| (place, *words.choose(choose).unwrap())).collect();
        Command::Mark { event, session, marks }
    }

    /// To the next moments at which something changes, or just before one.
    pub fn pass(&self, choose: &mut ChaCha8Rng) -> Command {
        let mut edges: Vec<Instant> = Vec::new();
        for (place, booking) in self.bookings.iter().filter(|(_, booking)| booking.is_live()) {
            edges.extend(self.terms(*place, self.now).1);
            edges.extend(booking.approve_by.filter(|_| booking.state == State::Requested));
            edges.extend(booking.offered_until);
            edges.extend(booking.names_by.filter(|_| booking.person.is_none()).map(end_of));
        }
        for event in &self.events {
            edges.extend([event.opens, event.opens_full, event.closes].into_iter().flatten());
            edges.extend(event.sessions.iter().flat_map(|(starts, ends)| [*starts, *ends]));
        }
        edges.extend(self.deal_edges());
        edges.extend(["2027-08-31", "2027-09-01"].map(|day| midnight(day.parse().unwrap())));
        edges.extend(self.tickets.iter().filter_map(|ticket| ticket.valid_until.map(end_of)));
        edges.extend(self.people.iter().filter_map(|it| it.deputy).flat_map(|(from, to)| [midnight(from), end_of(to)]));
        let last: Instant = LAST.parse().unwrap();
        if self.bookings.len() > 12 && choose.random_bool(0.08) {
            // The year's end, before all that was to come in it.
            edges = ["2027-08-31", "2027-09-01"].map(|day| midnight(day.parse().unwrap())).into();
        }
        edges.retain(|edge| *edge > self.now && *edge <= last);
        edges.sort();
        edges.dedup();
        edges.truncate(4);
        let to = match edges.choose(choose) {
            Some(edge) if choose.random_bool(0.7) => *edge - TimeDelta::microseconds(choose.random_range(0..=1)),
            _ => self.now + TimeDelta::minutes(choose.random_range(1..600)),
        };
        Command::Pass { to: to.clamp(self.now, last.max(self.now)) }
    }

    /// Whether the step can be done where others before it were left out.
    pub fn knows(&self, command: &Command) -> bool {
        let ticket = match command {
            Command::Book { ticket, .. } => *ticket,
            Command::Revoke { ticket } => Some(*ticket),
            _ => None,
        };
        let marked = match command {
            Command::Mark { marks, .. } => marks.iter().all(|(place, _)| self.bookings.contains_key(place)),
            Command::Pass { to } => *to >= self.now,
            Command::Year(act) => self.knows_act(act),
            Command::Deal(dealing) => self.knows_dealing(dealing),
            Command::Settle(settling) => self.knows_settling(settling),
            Command::Reschedule { event, session } => self.may_move(*event, *session),
            _ => true,
        };
        let place = command.place().is_none_or(|place| self.bookings.contains_key(&place));
        place && marked && ticket.is_none_or(|ticket| ticket < self.tickets.len())
    }
}
