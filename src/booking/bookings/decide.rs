//! The rules of booking, pure: from what was loaded and a command to what must be written.
//!
//! A refused command leaves the state as it was. Every change is made in [`State`], so that the next command of the
//! slice sees it. This file has what all rules share; each kind of command has a file of its own.

mod admission;
mod approval;
mod book;
mod call_off;
mod cancel;
mod delegate;
mod end;
mod group;
mod leave;
mod line;
mod moved;
mod noted;
mod offer;
mod settle;
mod standing;
mod tickets;
mod told;
mod transfer;
mod wallets;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

pub(super) use cancel::terms as cancellation_terms;
pub(super) use noted::{Noted, Posted};

use super::cancellation::{Moved, Share, Timing};
use super::{Actor, Booking, Command, Outcome, Reach, Refusal, State as BookingState, View, What};
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::ids::{AccountId, BookingId, EventId, PersonId, ProgrammeId, SchoolId, TicketId};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::ledger::{AccountName, WalletKind};
use crate::members::people::{Deciders, Role};
use crate::members::schools::{Membership, Phase};
use crate::members::years::onward::{Followed, Onward};
use crate::messages::notices::Notice;
use crate::programme::programmes::Provider;
use crate::programme::programmes::admission::Admission;
use crate::programme::programmes::attendance::{Attendance, Tally};
use crate::programme::programmes::events::State as EventState;
use crate::programme::programmes::policy::Policy;
use crate::programme::tickets::{Covered, Ticket};

/// What the decisions need to know about an event, and may change of it.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub(super) struct Event {
    pub(super) state: EventState,
    pub(super) capacity: i64,
    pub(super) held: i64,
    pub(super) waiting: i64,
    pub(super) line: i64,
    pub(super) price: Credits,
    pub(super) opens_at: Option<DateTime<Utc>>,
    pub(super) closes_at: Option<DateTime<Utc>>,
    pub(super) starts_at: DateTime<Utc>,
    pub(super) ends_at: DateTime<Utc>,
    pub(super) rescheduled_at: Option<DateTime<Utc>>,
    /// The number of its current schedule, which a booking made now is agreed on.
    pub(super) schedule: i64,
    pub(super) policy: Policy,
    pub(super) admission: Admission,
    pub(super) programme_id: ProgrammeId,
    pub(super) title: Line,
    /// How many working days a school has to decide on a request.
    pub(super) approval_days: i64,
    pub(super) year: AcademicYear,
    /// The year that takes its postings: its own while that is open, otherwise the next open one.
    pub(super) open_year: Option<AcademicYear>,
}

impl Event {
    /// Whether places on it may still be paid for.
    pub(super) fn year_is_open(&self) -> bool {
        self.open_year == Some(self.year)
    }
}

/// What the decisions need to know about a person: a delegate, or the person who asks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Known {
    pub(super) name: Line,
    pub(super) role: Role,
    pub(super) school: Option<(SchoolId, Line)>,
    pub(super) disabled: bool,
}

/// What the decisions need to know about a school.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub(super) struct School {
    pub(super) name: Line,
    pub(super) phase: Phase,
    pub(super) membership: Membership,
    /// Whether its deputies may approve their own requests.
    pub(super) own_approval: bool,
    /// Whether a second person decides where a lead books for themselves.
    pub(super) second_person: bool,
    /// How much each of its people may book in an academic year without approval.
    pub(super) approval_limit: Option<Credits>,
    /// The first day on which it is not a member any more.
    pub(super) left_on: Option<NaiveDate>,
}

impl School {
    /// The day since when it is not a member, where it will not be one when the event starts.
    pub(super) fn left_by(&self, event: &Event) -> Option<NaiveDate> {
        self.left_on.filter(|left_on| *left_on <= london_date(event.starts_at))
    }
}

/// A wallet that may be drawn on for events of its year. A school's wallets of a year are in the order of drawing:
/// allocated before earned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wallet {
    pub(super) year: AcademicYear,
    pub(super) account: AccountId,
    pub(super) balance: Credits,
}

/// Stands in for a wallet where the hub pays by ticket: for its subsidy account of the event's year, which is not
/// opened before something is posted to it.
pub(super) const SUBSIDY: AccountId = AccountId(Uuid::nil());

/// Credits that move between wallets and the escrow of an event.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Movement {
    pub(super) booking: BookingId,
    pub(super) event: EventId,
    pub(super) direction: Direction,
    pub(super) actor: Option<PersonId>,
    pub(super) shares: Vec<Share<AccountId>>,
    /// What the rules of years closed since the payment made of it.
    pub(super) followed: Vec<Followed>,
}

impl Movement {
    /// The total that moves.
    pub(super) fn total(&self) -> Credits {
        self.shares.iter().map(|share| share.amount).sum()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Paid,
    Refunded,
    /// Refunded beyond the policy, for this reason.
    Waived(Line),
}

/// What settling an event needs to know about it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settling {
    pub(super) ends_at: DateTime<Utc>,
    pub(super) attendance: Attendance,
    pub(super) provider: Provider,
    /// The year it is paid in: its own while that is open, otherwise the next open one; none where there is none.
    pub(super) year: Option<AcademicYear>,
    /// The account that was paid, or that of the open year where its year is closed, with its balance.
    pub(super) paid: Option<(AccountId, Credits)>,
}

impl Settling {
    /// The account to be paid.
    fn payee(&self) -> Option<Payee> {
        let name = match self.provider {
            Provider::Partner(partner) => AccountName::Payable(partner),
            Provider::School(school) => AccountName::Wallet(school, self.year?, WalletKind::Earned),
            Provider::Hub => AccountName::Income(self.year?),
        };
        Some(Payee::Name(name))
    }
}

/// The account of a provider.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Payee {
    /// By name, to be opened where it does not exist yet.
    Name(AccountName),
    /// The account that was paid.
    Account(AccountId),
}

/// Credits that move between the escrow of an event and its provider.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Settled {
    pub(super) event: EventId,
    pub(super) payee: Payee,
    pub(super) amount: Credits,
    pub(super) actor: Option<PersonId>,
}

/// A booking that was given to another person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Handed {
    pub(super) booking: BookingId,
    /// Who had it before; none where nobody was named.
    pub(super) from: Option<PersonId>,
    /// The version of the booking after that.
    pub(super) version: i64,
}

/// A start and an end.
pub(super) type Span = (DateTime<Utc>, DateTime<Utc>);

/// Everything loaded, as the commands so far have changed it, and which of it must be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct State {
    pub(super) now: DateTime<Utc>,
    pub(super) events: HashMap<EventId, Event>,
    pub(super) people: HashMap<PersonId, Known>,
    pub(super) bookings: HashMap<BookingId, Booking>,
    /// The names of delegate and school, for the bookings in the answers.
    pub(super) names: HashMap<BookingId, (Option<Line>, Line)>,
    pub(super) schools: HashMap<SchoolId, School>,
    /// Who deputises today for a school's lead.
    pub(super) deputies: HashSet<(PersonId, SchoolId)>,
    /// What people's bookings hold, or will hold, in an academic year: for those who may book without approval.
    pub(super) spent: HashMap<(PersonId, AcademicYear), Credits>,
    /// The live booking of a person on an event: one that a place is asked for, or one at the same time.
    pub(super) live: HashMap<(EventId, PersonId), BookingId>,
    /// The sessions of events: only of those of which two may overlap and have a person in common.
    pub(super) sessions: HashMap<EventId, Vec<Span>>,
    /// How many live bookings a school has: only on events that limit it.
    pub(super) counts: HashMap<(EventId, SchoolId), i64>,
    /// Which delegates of the loaded bookings are disabled or no longer at the school of the booking.
    pub(super) gone: HashSet<(BookingId, PersonId)>,
    /// The rights of bookings whose events are not at the times that they were agreed on.
    pub(super) moved: HashMap<BookingId, Moved>,
    /// Who is told of requests that wait for a decision.
    pub(super) deciders: Arc<Deciders>,
    /// The waiting lists, in order.
    pub(super) lines: HashMap<EventId, Vec<BookingId>>,
    pub(super) wallets: HashMap<SchoolId, Vec<Wallet>>,
    /// What a booking paid and was not refunded, in the order of the draw.
    pub(super) paid: HashMap<BookingId, Vec<Share<AccountId>>>,
    /// Where refunds go from those of these wallets that take no more.
    pub(super) onward: HashMap<AccountId, Onward>,
    /// The tickets that the commands or the bookings name.
    pub(super) tickets: HashMap<TicketId, Ticket>,
    /// For events where a ticket is to pay for a place: what they are runs of.
    pub(super) subjects: HashMap<EventId, Covered>,
    /// What settling needs to know, for events that are to be settled, or were.
    pub(super) settling: HashMap<EventId, Settling>,
    /// What the registers of those events say.
    pub(super) tallies: HashMap<BookingId, Tally>,

    pub(super) new: Vec<BookingId>,
    pub(super) changed: BTreeSet<BookingId>,
    /// The bookings that were given to another person, in order.
    pub(super) handed: Vec<Handed>,
    pub(super) changed_tickets: BTreeSet<TicketId>,
    pub(super) touched: HashSet<EventId>,
    /// Credits from providers back to the escrows of their events, posted before the refunds that are paid from there.
    pub(super) returned: Vec<Settled>,
    pub(super) movements: Vec<Movement>,
    /// Credits to the providers of completed events, posted after everything else.
    pub(super) settled: Vec<Settled>,
    pub(super) called_off: Vec<(EventId, Line)>,
    /// Why requests were declined, where whoever declined them said so.
    pub(super) declined: HashMap<BookingId, Line>,
    pub(super) notices: Vec<Notice>,
    /// What was done, in order.
    pub(super) changes: Vec<Noted>,
    /// How many of the movements the changes so far account for.
    pub(super) noted: usize,
    /// Something impossible that was found: then nothing of the state is written.
    pub(super) impossible: Option<&'static str>,
}

impl State {
    /// Records that something impossible was found. The decisions can't be relied on.
    pub(super) fn can_not_be(&mut self, what: &'static str) {
        self.impossible.get_or_insert(what);
    }

    /// Whether this person's school lets its deputies decide on their own requests.
    pub(super) fn lets_decide_own(&self, person: PersonId) -> bool {
        let school = self.people.get(&person).and_then(|known| self.schools.get(&known.school.as_ref()?.0));
        school.is_some_and(|school| school.own_approval && !school.second_person)
    }
}

/// Decides one command, where it comes to what was shown of it. `new_id` gives ids to the bookings that it may make.
pub(super) fn decide(
    state: &mut State,
    command: &Command,
    new_id: &mut impl FnMut() -> BookingId,
) -> Result<Outcome, Refusal> {
    let Some(shown) = &command.shown else { return decide_anyhow(state, command, new_id) };
    let before = state.clone();
    let outcome = decide_anyhow(state, command, new_id)?;
    let Some(refusal) = shown.refusal(&outcome) else { return Ok(outcome) };
    *state = before;
    Err(refusal)
}

/// Decides one command, whatever was shown of it.
fn decide_anyhow(
    state: &mut State,
    command: &Command,
    new_id: &mut impl FnMut() -> BookingId,
) -> Result<Outcome, Refusal> {
    let actor = resolve(state, command)?;
    match &command.what {
        What::Book { event, delegate, allow_clash } => {
            book::book(state, actor, *event, *delegate, *allow_clash, None, new_id())
        }
        What::BookByTicket { event, delegate, allow_clash, ticket } => {
            book::book(state, actor, *event, *delegate, *allow_clash, Some(*ticket), new_id())
        }
        What::Group(group) => group::group(state, actor, group, new_id),
        What::Approve(booking) => approval::approve(state, actor, *booking),
        What::Expire(booking) => approval::expire(state, actor, *booking),
        What::Leave(booking) => leave::leave(state, actor, *booking),
        What::Decline { booking, reason } => approval::decline(state, actor, *booking, reason.as_ref()),
        What::Cancel { booking, dry_run, quote } => cancel::cancel(state, actor, *booking, *dry_run, *quote),
        What::Waive { booking, amount, reason } => cancel::waive(state, actor, *booking, *amount, reason),
        What::Name { booking, delegate, allow_clash } => {
            delegate::name(state, actor, *booking, *delegate, *allow_clash)
        }
        What::Substitute { booking, delegate, allow_clash } => {
            delegate::substitute(state, actor, *booking, *delegate, *allow_clash)
        }
        What::Transfer { booking, event, allow_clash } => {
            transfer::transfer(state, actor, *booking, *event, *allow_clash, new_id())
        }
        What::Release(booking) => delegate::release(state, actor, *booking),
        What::AcceptOffer(booking) => offer::accept(state, actor, *booking),
        What::DeclineOffer(booking) => offer::decline(state, actor, *booking),
        What::LapseOffer(booking) => offer::lapse(state, actor, *booking),
        What::Complete(event) => settle::complete(state, actor, *event),
        What::Correct(event) => settle::correct(state, actor, *event),
        What::Rescheduled(event, by) => moved::rescheduled(state, actor, *event, *by),
        What::SessionCalledOff { event, of, was } => moved::session_called_off(state, actor, *event, *of, *was),
        What::CallOff { event, reason } => call_off::call_off(state, actor, *event, reason),
        What::Fill(event) => {
            let promoted = line::move_up(state, actor, *event);
            Ok(Outcome { promoted, ..Outcome::default() })
        }
    }
}

/// Who asks, with the reach of their role.
fn resolve(state: &State, command: &Command) -> Result<Actor, Refusal> {
    let Actor { person, reach } = command.actor;
    if reach != Reach::OfRole {
        return Ok(command.actor);
    }
    let known = person.and_then(|person| state.people.get(&person)).ok_or(Refusal::UnknownCaller)?;
    if known.disabled {
        return Err(Refusal::Disabled);
    }
    let decides = command.what.decides();
    // For somebody else they ask as a deputy; for themselves too, where their school lets deputies decide that.
    let as_deputy = match command.what.delegate() {
        Some(delegate) => person != Some(delegate) || state.lets_decide_own(delegate),
        None => decides,
    };
    let reach = match (known.role, &known.school) {
        (Role::HubManager, _) => Reach::Hub,
        _ if matches!(command.what, What::Waive { .. }) => return Err(Refusal::Forbidden),
        (Role::SchoolLead, Some((school, _))) => Reach::School(*school),
        (Role::Teacher, Some((school, _)))
            if as_deputy && person.is_some_and(|person| state.deputies.contains(&(person, *school))) =>
        {
            Reach::School(*school)
        }
        (Role::Teacher, Some(_)) if !decides => Reach::Own,
        _ => return Err(Refusal::Forbidden),
    };
    Ok(Actor { person, reach })
}

fn reaches(actor: Actor, booking: &Booking) -> bool {
    match actor.reach {
        Reach::Hub => true,
        Reach::School(own) => booking.school_id == own,
        Reach::Own | Reach::OfRole => actor.person.is_some() && actor.person == booking.person_id,
    }
}

/// The timing of the booking's event that its cancellation depends on.
fn timing(state: &State, booking: &Booking, event: &Event) -> Timing {
    Timing { starts_at: event.starts_at, moved: state.moved.get(&booking.id).cloned() }
}

fn outcome(state: &State, id: BookingId, refund: Credits, promoted: Vec<BookingId>) -> Outcome {
    Outcome { booking: view(state, id), refund, promoted, ..Outcome::default() }
}

fn view(state: &State, id: BookingId) -> Option<View> {
    let booking = state.bookings.get(&id)?;
    let (event, (person_name, school_name)) = (state.events.get(&booking.event_id)?, state.names.get(&id)?);
    let in_line = || {
        let line = state.lines.get(&booking.event_id)?;
        i64::try_from(line.iter().position(|waiting| *waiting == id)? + 1).ok()
    };
    // The waiting list of a full event is not loaded for somebody who joins it: they are its last.
    let last = if state.new.contains(&id) { Some(event.waiting) } else { None };
    Some(View {
        event_title: event.title.clone(),
        starts_at: event.starts_at,
        ends_at: event.ends_at,
        sessions: None,
        rescheduled_at: event.rescheduled_at,
        moved: state.moved.get(&id).filter(|_| booking.state.live()).cloned(),
        person_name: person_name.clone(),
        school_name: school_name.clone(),
        waiting_position: if booking.state == BookingState::Waitlisted { last.or_else(in_line) } else { None },
        declined_because: state.declined.get(&id).cloned(),
        booking: booking.clone(),
    })
}

#[cfg(test)]
mod tests;
