//! The rules of booking, pure: what was loaded and a command in, what is to be written out.
//!
//! A refusal leaves the state as it was. Everything that changes does so in [`State`], so that the next
//! command of the slice sees it. Here is what all of them share; each story has a file of its own.

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
use crate::clock::london_date;
use crate::credits::Credits;
use crate::ids::{AccountId, BookingId, EventId, PersonId, ProgrammeId, SchoolId, TicketId};
use crate::ledger::{AccountName, WalletKind};
use crate::notices::Notice;
use crate::people::{Deciders, Role};
use crate::programmes::Provider;
use crate::programmes::admission::Admission;
use crate::programmes::attendance::{Attendance, Tally};
use crate::programmes::events::State as EventState;
use crate::programmes::policy::Policy;
use crate::schools::{Membership, Phase};
use crate::text::Line;
use crate::tickets::{Covered, Ticket};
use crate::year::AcademicYear;
use crate::years::onward::{Followed, Onward};

/// What the decisions need to know of an event, and change of it.
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
    /// The number of its schedule, which a booking made now is agreed on.
    pub(super) schedule: i64,
    pub(super) policy: Policy,
    pub(super) admission: Admission,
    pub(super) programme_id: ProgrammeId,
    pub(super) title: Line,
    /// How many working days a school has to decide on a request.
    pub(super) approval_days: i64,
    pub(super) year: AcademicYear,
    /// The year that takes its postings: its own while that is open, then the next that is.
    pub(super) open_year: Option<AcademicYear>,
}

impl Event {
    /// Whether places on it may still be paid for.
    pub(super) fn year_is_open(&self) -> bool {
        self.open_year == Some(self.year)
    }
}

/// What the decisions need to know of a person: a delegate, or who asks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Known {
    pub(super) name: Line,
    pub(super) role: Role,
    pub(super) school: Option<(SchoolId, Line)>,
    pub(super) disabled: bool,
}

/// What the decisions need to know of a school.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub(super) struct School {
    pub(super) name: Line,
    pub(super) phase: Phase,
    pub(super) membership: Membership,
    /// Whether its deputies may approve their own requests.
    pub(super) own_approval: bool,
    /// Whether a second person decides where a lead books for themselves.
    pub(super) second_person: bool,
    /// What each of its people may book in an academic year without being asked about.
    pub(super) approval_limit: Option<Credits>,
    /// The first day on which it is not a member any more.
    pub(super) left_on: Option<NaiveDate>,
}

impl School {
    /// Since when it is no member, where it is none when the event starts.
    pub(super) fn left_by(&self, event: &Event) -> Option<NaiveDate> {
        self.left_on.filter(|left_on| *left_on <= london_date(event.starts_at))
    }
}

/// A wallet that may be drawn on for events of its year. A school's of a year are in the order in which they are:
/// allocated before earned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wallet {
    pub(super) year: AcademicYear,
    pub(super) account: AccountId,
    pub(super) balance: Credits,
}

/// Stands where a wallet would for the hub, which pays by ticket: for its subsidy account of the event's year,
/// which is not opened before something is written to it.
pub(super) const SUBSIDY: AccountId = AccountId(Uuid::nil());

/// Credits that move between wallets and the escrow of an event.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Movement {
    pub(super) booking: BookingId,
    pub(super) event: EventId,
    pub(super) direction: Direction,
    pub(super) actor: Option<PersonId>,
    pub(super) shares: Vec<Share<AccountId>>,
    /// What became of it by the rules of years that were closed since it was paid.
    pub(super) followed: Vec<Followed>,
}

impl Movement {
    /// How much moves.
    pub(super) fn total(&self) -> Credits {
        self.shares.iter().map(|share| share.amount).sum()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Paid,
    Refunded,
    /// Given back beyond the policy, for this reason.
    Waived(Line),
}

/// What settling an event needs to know of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settling {
    pub(super) ends_at: DateTime<Utc>,
    pub(super) attendance: Attendance,
    pub(super) provider: Provider,
    /// The year it is paid in: its own while that is open, then the next that is; none where no such is.
    pub(super) year: Option<AcademicYear>,
    /// The account that was paid, or where its year is closed that of the open one, and what is on it.
    pub(super) paid: Option<(AccountId, Credits)>,
}

impl Settling {
    /// Who is to be paid.
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
    /// By its name, to be opened where it is not there yet.
    Name(AccountName),
    /// As it was paid.
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

/// A booking that got another person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Handed {
    pub(super) booking: BookingId,
    /// Who had it; none where nobody was named.
    pub(super) from: Option<PersonId>,
    /// The version of the booking since.
    pub(super) version: i64,
}

/// From when to when something is.
pub(super) type Span = (DateTime<Utc>, DateTime<Utc>);

/// Everything loaded, as the commands so far have made it, and what of it is to be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct State {
    pub(super) now: DateTime<Utc>,
    pub(super) events: HashMap<EventId, Event>,
    pub(super) people: HashMap<PersonId, Known>,
    pub(super) bookings: HashMap<BookingId, Booking>,
    /// The names of delegate and school, of the bookings that are answered with.
    pub(super) names: HashMap<BookingId, (Option<Line>, Line)>,
    pub(super) schools: HashMap<SchoolId, School>,
    /// Those who decide today in the place of a school's lead.
    pub(super) deputies: HashSet<(PersonId, SchoolId)>,
    /// What people's bookings hold in an academic year, or will: of those who may book without being asked about.
    pub(super) spent: HashMap<(PersonId, AcademicYear), Credits>,
    /// The live booking of a person on an event: where a place there is asked for, or at the same time.
    pub(super) live: HashMap<(EventId, PersonId), BookingId>,
    /// When events meet: of those alone of which two may meet at once and have a person in common.
    pub(super) sessions: HashMap<EventId, Vec<Span>>,
    /// How many live bookings a school has: on events alone that limit it.
    pub(super) counts: HashMap<(EventId, SchoolId), i64>,
    /// Those who are disabled or of no school any more, of the delegates of the bookings that were loaded.
    pub(super) gone: HashSet<PersonId>,
    /// The rights of bookings that were agreed on other times than those at which their events are.
    pub(super) moved: HashMap<BookingId, Moved>,
    /// Who is told of requests that wait for them.
    pub(super) deciders: Arc<Deciders>,
    /// The waiting lists, in order.
    pub(super) lines: HashMap<EventId, Vec<BookingId>>,
    pub(super) wallets: HashMap<SchoolId, Vec<Wallet>>,
    /// What a booking paid and has not got back, in the order of the draw.
    pub(super) paid: HashMap<BookingId, Vec<Share<AccountId>>>,
    /// Where refunds go to those of these wallets that take none any more.
    pub(super) onward: HashMap<AccountId, Onward>,
    /// The tickets that the commands or the bookings name.
    pub(super) tickets: HashMap<TicketId, Ticket>,
    /// What the events are runs of that a ticket is to pay a place on.
    pub(super) subjects: HashMap<EventId, Covered>,
    /// Of the events that are to be settled, or were.
    pub(super) settling: HashMap<EventId, Settling>,
    /// What the registers of those events say.
    pub(super) tallies: HashMap<BookingId, Tally>,

    pub(super) new: Vec<BookingId>,
    pub(super) changed: BTreeSet<BookingId>,
    /// Those of them that got another person, in order.
    pub(super) handed: Vec<Handed>,
    pub(super) changed_tickets: BTreeSet<TicketId>,
    pub(super) touched: HashSet<EventId>,
    /// From providers back to the escrows of their events, before the refunds that are paid from there.
    pub(super) returned: Vec<Settled>,
    pub(super) movements: Vec<Movement>,
    /// To the providers of events that are completed, after everything else.
    pub(super) settled: Vec<Settled>,
    pub(super) called_off: Vec<(EventId, Line)>,
    pub(super) notices: Vec<Notice>,
    /// What was done, in order.
    pub(super) changes: Vec<Noted>,
    /// How many of the movements the changes tell of.
    pub(super) noted: usize,
    /// What was met that can't be: nothing of the state is written then.
    pub(super) impossible: Option<&'static str>,
}

impl State {
    /// Something was met that can't be. What was decided is not to be relied on.
    pub(super) fn can_not_be(&mut self, what: &'static str) {
        self.impossible.get_or_insert(what);
    }

    /// Whether the school of this person lets its deputies decide what they asked for themselves.
    pub(super) fn lets_decide_own(&self, person: PersonId) -> bool {
        let school = self.people.get(&person).and_then(|known| self.schools.get(&known.school.as_ref()?.0));
        school.is_some_and(|school| school.own_approval && !school.second_person)
    }
}

/// Decides one command. `new_id` gives the bookings that it may make their ids.
pub(super) fn decide(
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
        What::Decline(booking) => approval::decline(state, actor, *booking),
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
        What::Rescheduled(event) => moved::rescheduled(state, actor, *event),
        What::SessionCalledOff { event, of } => moved::session_called_off(state, actor, *event, *of),
        What::CallOff { event, reason } => call_off::call_off(state, actor, *event, reason),
        What::Fill(event) => {
            let promoted = line::move_up(state, actor, *event);
            Ok(Outcome { promoted, ..Outcome::default() })
        }
    }
}

/// Who asks, with how far their role reaches.
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
    // For another than themselves they ask as a deputy, for themselves where their school lets deputies decide that too.
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

/// When the event of the booking takes place, as its cancellation goes by it.
fn timing(state: &State, booking: &Booking, event: &Event) -> Timing {
    Timing { starts_at: event.starts_at, moved: state.moved.get(&booking.id).cloned() }
}

fn outcome(state: &State, id: BookingId, refund: Credits, promoted: Vec<BookingId>) -> Outcome {
    Outcome { booking: view(state, id), refund, promoted, group: Vec::new() }
}

fn view(state: &State, id: BookingId) -> Option<View> {
    let booking = state.bookings.get(&id)?;
    let (event, (person_name, school_name)) = (state.events.get(&booking.event_id)?, state.names.get(&id)?);
    let in_line = || {
        let line = state.lines.get(&booking.event_id)?;
        i64::try_from(line.iter().position(|waiting| *waiting == id)? + 1).ok()
    };
    // The line of a full event is not loaded for one who joins it: they are its last.
    let last = if state.new.contains(&id) { Some(event.waiting) } else { None };
    Some(View {
        event_title: event.title.clone(),
        starts_at: event.starts_at,
        ends_at: event.ends_at,
        rescheduled_at: event.rescheduled_at,
        moved: state.moved.get(&id).filter(|_| booking.state.live()).cloned(),
        person_name: person_name.clone(),
        school_name: school_name.clone(),
        waiting_position: if booking.state == BookingState::Waitlisted { last.or_else(in_line) } else { None },
        booking: booking.clone(),
    })
}

#[cfg(test)]
mod tests;
