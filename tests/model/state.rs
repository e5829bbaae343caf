//! What the model knows: plain collections, and what can be asked of them. Nothing here asks the crate for a rule; only
//! its words are shared.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeZone, Utc};
use chrono_tz::Europe::London;
pub use hub_credits::booking::bookings::State;
pub use hub_credits::members::people::Role;
pub use hub_credits::programme::programmes::attendance::Mark;
pub use hub_credits::programme::programmes::events::State as Stage;

use crate::by_hand::Proposal;
use crate::close::Close;
use crate::deals::{Card, Deal};
use crate::settling::{Earned, Statement};
use crate::year::{Draft, Gift, Posted};

/// An amount of credits.
pub type Hundredths = i64;
/// An instant.
pub type Instant = DateTime<Utc>;
/// The codes that a refusal may have: where several things are wrong, whichever is told.
pub type Codes = BTreeSet<&'static str>;
/// What the model allows.
pub type Told<T> = Result<T, Codes>;

/// A booking, by its event and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub event: usize,
    pub line: i64,
}

/// A wallet; a school's of a year are in the order in which they pay: allocated before earned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wallet {
    pub school: usize,
    pub year: usize,
    pub earned: bool,
}

/// Where credits are. Those that the hub has put into circulation are missing in its issuance, subsidy and sales.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purse {
    Issuance(usize),
    Wallet(Wallet),
    Escrow(usize),
    /// For a commission.
    Held(usize),
    Income(usize),
    Payable,
    /// Paid to the partner, outside.
    Settled,
    Subsidy(usize),
    Sales(usize),
    Lapsed(usize),
    Adjustment(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct School {
    pub pupils: i64,
    pub full: bool,
    pub secondary: bool,
    pub own_approval: bool,
    pub second_person: bool,
    pub limit: Option<Hundredths>,
    /// Above how much two people agree to a commission.
    pub deal_limit: Option<Hundredths>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub role: Role,
    pub school: Option<usize>,
    /// From when to when they decide in the place of their lead.
    pub deputy: Option<(NaiveDate, NaiveDate)>,
}

/// Who is paid for a programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    Hub,
    School(usize),
    Partner,
}

/// What comes back, by days left before the first session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub working_days: bool,
    pub tiers: Vec<(i64, Back)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    Percent(i64),
    Amount(Hundredths),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub programme: usize,
    pub year: usize,
    pub stage: Stage,
    pub capacity: i64,
    pub price: Hundredths,
    pub participant_price: Option<Hundredths>,
    pub max_per_school: Option<usize>,
    pub teachers_only: bool,
    pub secondary_only: bool,
    pub offer_hours: Option<i64>,
    pub opens: Option<Instant>,
    pub opens_full: Option<Instant>,
    pub closes: Option<Instant>,
    pub sessions: Vec<(Instant, Instant)>,
    pub policy: Policy,
    /// Which session was moved elsewhere, and when, in order.
    pub moves: Vec<(usize, Instant)>,
    pub marks: BTreeMap<(Place, usize), Mark>,
    /// Who was paid for it.
    pub paid_to: Option<Purse>,
    pub line: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// The order in which all bookings were made.
    pub number: usize,
    pub person: Option<usize>,
    pub school: usize,
    pub ticket: Option<usize>,
    pub state: State,
    pub price: Hundredths,
    /// What was paid and has not come back, in the order in which it was drawn.
    pub paid: Vec<(Purse, Hundredths)>,
    /// The wallets that ever paid for it.
    pub drew: BTreeSet<Wallet>,
    pub policy: Policy,
    /// What cancelling gives back at most, of one that was moved here.
    pub most: Option<Hundredths>,
    /// How often its event had been moved when it was asked for.
    pub agreed: usize,
    pub asked_by: usize,
    pub approved: bool,
    pub passed_over: bool,
    pub names_by: Option<NaiveDate>,
    pub offered_until: Option<Instant>,
    pub approve_by: Option<Instant>,
    pub moved_to: Option<Place>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketKind {
    /// The programmes that it covers.
    pub covers: Vec<usize>,
    pub returns: Policy,
    pub needs_approval: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub person: usize,
    pub kind: usize,
    pub valid_until: Option<NaiveDate>,
    pub place: Option<Place>,
    pub revoked: bool,
}

/// A hub.
#[derive(Clone, Debug)]
pub struct Model {
    pub now: Instant,
    pub approval_days: u64,
    /// Whether two managers are needed to give credits out.
    pub four_eyes: bool,
    pub schools: Vec<School>,
    pub people: Vec<Person>,
    pub providers: Vec<Provider>,
    pub events: Vec<Event>,
    pub bookings: BTreeMap<Place, Booking>,
    pub kinds: Vec<TicketKind>,
    pub tickets: Vec<Ticket>,
    pub purses: BTreeMap<Purse, Hundredths>,
    /// What was last told about cancelling a booking.
    pub quotes: BTreeMap<Place, String>,
    pub drafts: Vec<Draft>,
    /// The invoices that have sold credits.
    pub invoices: BTreeSet<usize>,
    pub gifts: Vec<Gift>,
    pub proposals: Vec<Proposal>,
    /// What the hub keeps of commissions that are quoted now.
    pub card: Card,
    pub deals: Vec<Deal>,
    /// What was posted to what the partner is owed, but for what was paid.
    pub earned: Vec<Earned>,
    pub statements: Vec<Statement>,
    /// Something has come into a wallet.
    pub credited: bool,
    /// What was posted for the year, in its order.
    pub posted: Vec<Posted>,
    /// The years, and how they were closed.
    pub closes: Vec<Option<Close>>,
}

impl Booking {
    pub fn held(&self) -> Hundredths {
        self.paid.iter().map(|(_, amount)| amount).sum()
    }

    /// It holds a place or stands in the line.
    pub fn is_live(&self) -> bool {
        matches!(self.state, State::Requested | State::Waitlisted | State::Confirmed)
    }

    /// It has a place at the event, or one is kept for it.
    pub fn has_place(&self) -> bool {
        let sits = matches!(self.state, State::Requested | State::Confirmed | State::Attended | State::NoShow);
        sits || self.offered_until.is_some()
    }
}

impl Event {
    pub fn starts(&self) -> Instant {
        self.sessions.iter().map(|(starts, _)| *starts).min().unwrap()
    }

    /// When it was last moved.
    pub fn moved(&self) -> Option<Instant> {
        self.moves.last().map(|(_, moved)| *moved)
    }

    pub fn ends(&self) -> Instant {
        self.sessions.iter().map(|(_, ends)| *ends).max().unwrap()
    }

    pub fn meets_while(&self, other: &Event) -> bool {
        self.sessions.iter().any(|(from, to)| other.sessions.iter().any(|(starts, ends)| from < ends && starts < to))
    }
}

impl Model {
    pub fn today(&self) -> NaiveDate {
        day(self.now)
    }

    pub fn on(&self, event: usize) -> impl Iterator<Item = (&Place, &Booking)> {
        self.bookings.iter().filter(move |(place, _)| place.event == event)
    }

    pub fn free(&self, event: usize) -> i64 {
        self.events[event].capacity - self.holding(event)
    }

    pub fn holding(&self, event: usize) -> i64 {
        self.on(event).filter(|(_, booking)| booking.has_place()).count() as i64
    }

    /// Those in the line, the first one first.
    pub fn waiting(&self, event: usize) -> Vec<Place> {
        self.on(event).filter(|(_, booking)| booking.state == State::Waitlisted).map(|(place, _)| *place).collect()
    }

    /// What a school may spend on events of the year.
    pub fn funds(&self, school: usize, year: usize) -> Hundredths {
        self.wallets(school, year).map(|(_, balance)| balance).sum()
    }

    /// The wallets of a school that pay for events of the year, in the order in which they do.
    pub fn wallets(&self, school: usize, year: usize) -> impl Iterator<Item = (Wallet, Hundredths)> + '_ {
        self.purses.iter().filter_map(move |(purse, balance)| match purse {
            Purse::Wallet(wallet) if wallet.school == school && wallet.year == year && !self.is_closed(year) => {
                Some((*wallet, *balance))
            }
            _ => None,
        })
    }

    pub fn price(&self, event: usize, school: usize) -> Hundredths {
        let event = &self.events[event];
        if self.schools[school].full { event.price } else { event.participant_price.unwrap_or(event.price) }
    }

    /// What a person's bookings hold in a year, or will; what tickets pay is nobody's.
    pub fn spent(&self, person: usize, year: usize) -> Hundredths {
        let theirs = self.bookings.iter().filter(|(place, booking)| {
            booking.person == Some(person) && booking.ticket.is_none() && self.events[place.event].year == year
        });
        theirs.map(|(_, booking)| if booking.state == State::Waitlisted { booking.price } else { booking.held() }).sum()
    }

    /// Moves credits; an empty amount moves nothing.
    pub fn shift(&mut self, from: Purse, to: Purse, amount: Hundredths) {
        assert!(amount >= 0);
        if amount == 0 {
            return;
        }
        *self.purses.entry(from).or_default() -= amount;
        *self.purses.entry(to).or_default() += amount;
        self.credited |= matches!(to, Purse::Wallet(_));
        let (earned, day) = (i64::from(to == Purse::Payable) - i64::from(from == Purse::Payable), self.today());
        if earned != 0 && from != Purse::Settled && to != Purse::Settled {
            self.earned.push(Earned { day, credits: earned * amount, on: None });
        }
        if let Purse::Wallet(wallet) = from {
            let balance = self.purses[&from];
            for least in self.closes.iter_mut().flatten().filter_map(|close| close.least.get_mut(&wallet)) {
                *least = balance.min(*least);
            }
        }
    }
}

/// The day in England.
pub fn day(instant: Instant) -> NaiveDate {
    instant.with_timezone(&London).date_naive()
}

/// When a day begins in England.
pub fn midnight(day: NaiveDate) -> Instant {
    London.from_local_datetime(&day.and_hms_opt(0, 0, 0).unwrap()).unwrap().to_utc()
}

/// When a day ends in England.
pub fn end_of(day: NaiveDate) -> Instant {
    midnight(day + Days::new(1))
}

/// The bank holidays of England while the model runs, as GOV.UK lists them.
const HOLIDAYS: [&str; 10] = [
    "2026-12-25",
    "2026-12-28",
    "2027-01-01",
    "2027-03-26",
    "2027-03-29",
    "2027-05-03",
    "2027-05-31",
    "2027-08-30",
    "2027-12-27",
    "2027-12-28",
];

pub fn is_worked(day: NaiveDate) -> bool {
    day.weekday().num_days_from_monday() < 5 && !HOLIDAYS.contains(&day.to_string().as_str())
}

/// Says why not, where it is so.
pub fn when(codes: &mut Codes, wrong: bool, code: &'static str) {
    if wrong {
        codes.insert(code);
    }
}

/// Refuses where something is wrong.
pub fn unless(codes: Codes) -> Told<()> {
    if codes.is_empty() { Ok(()) } else { Err(codes) }
}

/// Refuses for one reason.
pub fn no<T>(code: &'static str) -> Told<T> {
    Err(Codes::from([code]))
}
