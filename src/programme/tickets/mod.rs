//! Tickets: named free places that the hub pays for, each of a type that the hub has defined.
//!
//! ```text
//!            a booking takes it              a booking gives it back
//!   issued ─────────────────────▶ used ─────────────────────────────▶ issued
//!     │ │                           (what is not given back stays used)
//!     │ └─ revoked, by the hub
//!     └─ expired, when its last day has passed
//! ```
//!
//! A ticket belongs to one person and books one place on an event of a programme that its type covers, on any day up to
//! its last. The booking that takes it and the change of the ticket are one transaction (`bookings`); the hub's subsidy
//! account pays the event, so that the provider is paid. When the booking ends, either the whole price goes back to the
//! subsidy account and the ticket to its person, or neither does: by the return rule that the type had when the ticket
//! was issued ([`Returns`]). A ticket on a waiting list is used, and still pays if its last day passes meanwhile.

mod file;
mod import;
mod sql;
mod types;

use chrono::{DateTime, NaiveDate, Utc};

pub use file::{Field, Options, Row, tickets as read_file};
pub use import::{Imported, import};
pub use types::{
    Coverage, Covered, MOST_MONTHS, MOST_NAMED, ReturnRule, Returns, Terms, TicketReturn, TicketType, TypeChange,
    change_type, create_type, get_type, list_types,
};

use crate::base::clock::london_date;
use crate::base::csv_file::{Faults, FileError};
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{BookingId, HubId, PersonId, SchoolId, TicketId, TicketTypeId};
use crate::base::text::{Line, counted};
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};
use crate::members::people::{self, Person};
use crate::messages::notices::{self, Kind as Told, Notice};
use crate::programme::programmes::Flaw;

words!(/** Where a ticket stands. */ State {
    /// It can book a place.
    Issued = "issued",
    /// A booking holds it.
    Used = "used",
    /// Its last day has passed, and no booking holds it.
    Expired = "expired",
    /// Revoked by the hub.
    Revoked = "revoked",
});

words!(/** The orders of tickets. */ Order {
    /// The first that was given first.
    Oldest = "issued_at",
    /// The last that was given first.
    Newest = "-issued_at",
});

/// A named free place.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Ticket {
    /// The ticket's id.
    pub id: TicketId,
    /// The type of ticket.
    #[serde(rename = "ticket_type_id")]
    pub type_id: TicketTypeId,
    /// The name of the ticket type.
    #[serde(rename = "ticket_type")]
    pub type_name: Line,
    /// The programmes that the type covers.
    #[serde(skip)]
    pub covers: Coverage,
    /// Whether a teacher's booking with it needs the lead's approval.
    #[serde(skip)]
    pub needs_approval: bool,
    /// The person whose ticket it is.
    pub person_id: PersonId,
    /// The person's name.
    pub person_name: Line,
    /// The person's school when the ticket was issued.
    pub school_id: SchoolId,
    /// The state of the ticket today.
    state: State,
    /// The last day on which it books a place; null for ever.
    pub valid_until: Option<NaiveDate>,
    /// Whether cancelling gives it back.
    #[schema(value_type = TicketReturn)]
    pub returns: Returns,
    /// The booking that holds it.
    pub booking_id: Option<BookingId>,
    /// Who issued it.
    pub issued_by: Option<PersonId>,
    /// When the ticket was issued.
    pub issued_at: DateTime<Utc>,
    /// When a booking last gave it back.
    pub returned_at: Option<DateTime<Utc>>,
    /// Who revoked it.
    pub revoked_by: Option<PersonId>,
    /// When the ticket was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Why the ticket was revoked.
    pub revoked_because: Option<Line>,
    /// Rises with every change.
    #[serde(skip)]
    pub version: i64,
}

impl Ticket {
    /// A ticket of the type `of`, for a person of a school, issued by somebody at an instant; the type decides its last
    /// day where none is given.
    pub fn new(
        id: TicketId,
        of: &TicketType,
        to: (PersonId, Line, SchoolId),
        by: (Option<PersonId>, DateTime<Utc>),
        valid_until: Option<NaiveDate>,
    ) -> Ticket {
        let ((person_id, person_name, school_id), (issued_by, issued_at)) = (to, by);
        Ticket {
            id,
            type_id: of.id,
            type_name: of.terms.name.clone(),
            covers: of.terms.covers.clone(),
            needs_approval: of.terms.needs_approval,
            person_id,
            person_name,
            school_id,
            state: State::Issued,
            returns: of.terms.returns,
            valid_until: valid_until.or_else(|| of.terms.valid_until(london_date(issued_at))),
            booking_id: None,
            issued_by,
            issued_at,
            returned_at: None,
            revoked_by: None,
            revoked_at: None,
            revoked_because: None,
            version: 1,
        }
    }

    /// The ticket's state on a day in England.
    pub fn state_on(&self, day: NaiveDate) -> State {
        match self.state {
            State::Issued if self.valid_until.is_some_and(|last| last < day) => State::Expired,
            state => state,
        }
    }

    /// The ticket as it is told of on a day in England.
    #[must_use]
    pub fn told_on(self, day: NaiveDate) -> Ticket {
        Ticket { state: self.state_on(day), ..self }
    }

    /// The ticket taken by a booking.
    #[must_use]
    pub fn taken_by(self, booking: BookingId) -> Ticket {
        Ticket { state: State::Used, booking_id: Some(booking), version: self.version + 1, ..self }
    }

    /// The ticket given back by its booking.
    #[must_use]
    pub fn given_back(self, now: DateTime<Utc>) -> Ticket {
        Ticket { state: State::Issued, booking_id: None, returned_at: Some(now), version: self.version + 1, ..self }
    }
}

/// A ticket to be issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewTicket {
    /// The type of ticket.
    pub type_id: TicketTypeId,
    /// The person it is for: someone of a school.
    pub person: PersonId,
    /// The ticket's last day; none where the type decides.
    pub valid_until: Option<NaiveDate>,
}

/// Filters a list of tickets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Of this type.
    pub type_id: Option<TicketTypeId>,
    /// Of this person.
    pub person: Option<PersonId>,
    /// Of the people of this school.
    pub school: Option<SchoolId>,
    /// In this state.
    pub state: Option<State>,
    /// In this order: the first that was given first where none is given.
    pub order: Option<Order>,
}

/// Why a ticket or ticket type can't be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such ticket in the hub.
    #[error("there is no such ticket")]
    Unknown,
    /// There is no such type of ticket in the hub.
    #[error("there is no such type of ticket")]
    UnknownType,
    /// The id is not that of someone at a school, or they are disabled.
    #[error("there is no such person: a ticket is for someone of a school")]
    UnknownPerson,
    /// Another type has the name.
    #[error("there is a type of ticket with this name")]
    NameTaken,
    /// The record was changed since it was read.
    #[error("the type has changed since it was read")]
    Stale,
    /// Invalid fields: all of them.
    #[error("{} fields can't be taken", .0.len())]
    Invalid(Vec<Flaw>),
    /// The ticket can't go from its state to the one asked for.
    #[error("a ticket that is {from} can't become {to}")]
    InvalidTransition {
        /// The state it is in.
        from: State,
        /// The state asked for.
        to: State,
    },
    /// The file can't be read as a whole.
    #[error(transparent)]
    File(#[from] FileError),
    /// Rows of the file are bad, so none was imported.
    #[error("nothing was imported: {} in a file of {}", counted(.bad.count(), "fault"), counted(*.rows, "row"))]
    BadRows {
        /// What is wrong with them, in file order.
        bad: Faults,
        /// How many rows the file has.
        rows: u64,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Issues a ticket to someone of a school. They may already have others of the type.
pub async fn issue(journal: &mut Journal, new: NewTicket) -> Result<Ticket, Error> {
    let (hub, today) = (journal.hub(), journal.today());
    let of = sql::get_type(journal.tx(), hub, new.type_id).await?.ok_or(Error::UnknownType)?;
    let person = people::get(journal.tx(), hub, new.person).await?.ok_or(Error::UnknownPerson)?;
    let school = school_of(&person).ok_or(Error::UnknownPerson)?;
    if new.valid_until.is_some_and(|last| last < today) {
        return Err(Error::Invalid(vec![Flaw::invalid("/valid_until", "must not be in the past")]));
    }
    let ticket = issued(journal, &of, (&person, school), new.valid_until);
    sql::insert(journal.tx(), hub, std::slice::from_ref(&ticket)).await?.exactly(1)?;
    journal.changed(ticket.was_issued());
    notices::tell(journal, &[ticket.told()]).await?;
    Ok(ticket)
}

/// What the tickets cover by which these people can book on a day in England: a line for each ticket.
pub async fn usable_of(
    tx: &mut Tx,
    hub: HubId,
    people: &[PersonId],
    day: NaiveDate,
) -> Result<Vec<(PersonId, Coverage)>, db::Error> {
    sql::usable_of(tx, hub, day, people).await
}

/// Revokes a ticket that no booking holds.
pub async fn revoke(journal: &mut Journal, id: TicketId, because: Line) -> Result<Ticket, Error> {
    let (hub, now, actor) = (journal.hub(), journal.now(), journal.actor());
    let ticket = get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    match ticket.state_on(london_date(now)) {
        State::Issued | State::Expired => {}
        from @ (State::Used | State::Revoked) => return Err(Error::InvalidTransition { from, to: State::Revoked }),
    }
    let ticket = Ticket {
        state: State::Revoked,
        revoked_by: actor,
        revoked_at: Some(now),
        revoked_because: Some(because),
        version: ticket.version + 1,
        ..ticket
    };
    record(journal.tx(), hub, &[&ticket]).await?;
    journal.changed(Change::new(Kind::TicketRevoked, id).after(State::Revoked.as_str()));
    notices::tell(journal, &[ticket.told_revoked()]).await?;
    Ok(ticket)
}

/// One ticket of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: TicketId) -> Result<Option<Ticket>, db::Error> {
    Ok(of_ids(tx, hub, &[id]).await?.pop())
}

/// These tickets of the hub, in any order.
pub async fn of_ids(tx: &mut Tx, hub: HubId, ids: &[TicketId]) -> Result<Vec<Ticket>, db::Error> {
    sql::of_ids(tx, hub, ids).await
}

/// A page of tickets in an order of their ids, which is that of their issue; states are those of `day`.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: Filter,
    day: NaiveDate,
    after: Option<TicketId>,
    limit: i64,
) -> Result<Vec<Ticket>, db::Error> {
    sql::list(tx, hub, filter, day, after, limit).await
}

/// Records the new states of tickets: for the bookings that took them or gave them back.
pub async fn record(tx: &mut Tx, hub: HubId, tickets: &[&Ticket]) -> Result<(), db::Error> {
    sql::update(tx, hub, tickets).await?.exactly(tickets.len())?;
    Ok(())
}

impl Ticket {
    /// What its person is told of it.
    fn told(&self) -> Notice {
        Notice { subject: Some(self.type_name.clone()), ..Notice::new(self.person_id, Told::TicketGiven) }
    }

    /// What its person is told when it is taken back.
    fn told_revoked(&self) -> Notice {
        let because = self.revoked_because.as_ref().map_or("", Line::as_str);
        let subject = Line::beginning(&format!("the {}, because “{because}”", self.type_name));
        Notice { subject, ..Notice::new(self.person_id, Told::TicketTakenBack) }
    }

    fn was_issued(&self) -> Change {
        Change::new(Kind::TicketIssued, self.id).person(self.person_id).after(State::Issued.as_str())
    }
}

/// The school of someone who can hold a ticket.
fn school_of(person: &Person) -> Option<SchoolId> {
    person.school_id.filter(|_| person.disabled_at.is_none())
}

fn issued(journal: &Journal, of: &TicketType, to: (&Person, SchoolId), valid_until: Option<NaiveDate>) -> Ticket {
    let (person, school) = to;
    let by = (journal.actor(), journal.now());
    Ticket::new(journal.new_id(), of, (person.id, person.name.clone(), school), by, valid_until)
}

/// Makes these tickets of a school's people its successor's.
pub async fn pass_to_successor(
    tx: &mut Tx,
    hub: HubId,
    successor: SchoolId,
    tickets: &[TicketId],
) -> Result<(), db::Error> {
    sql::pass_to_successor(tx, hub, successor, tickets).await?.exactly(tickets.len())
}

/// Makes the tickets of one record of a person another's.
pub async fn hand_over(journal: &mut Journal, from: PersonId, to: PersonId) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::hand_over(journal.tx(), hub, (from, to)).await?.any();
    Ok(())
}

/// The tickets that a person can still use go along to another school.
pub async fn go_along(journal: &mut Journal, person: PersonId, school: SchoolId) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::go_along(journal.tx(), hub, person, school).await?.any();
    Ok(())
}
