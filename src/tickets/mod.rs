//! Tickets: named free places that the hub pays for, of the types that the hub has made.
//!
//! ```text
//!            a booking takes it              a booking gives it back
//!   issued ─────────────────────▶ used ─────────────────────────────▶ issued
//!     │ │                           (what is not given back stays used)
//!     │ └─ revoked, by the hub
//!     └─ expired, when its last day has passed
//! ```
//!
//! A ticket is one person's and books one place on an event of a programme that its type covers, on any
//! day up to its last. The booking that takes it and the change of the ticket are one transaction
//! (`bookings`); the hub's subsidy account pays the event, so that whoever gives the programme is paid.
//! When the booking ends the whole price goes back to the subsidy account and the ticket to its person, or
//! neither: by the rule of return that was the type's at the ticket's issue ([`Returns`]). A ticket that
//! waits in a line is used, and still pays when its last day passes meanwhile.

mod file;
mod import;
mod sql;
mod types;

use chrono::{DateTime, NaiveDate, Utc};

pub use file::{Field, Options, Row, tickets as read_file};
pub use import::{Imported, import};
pub use types::{
    Coverage, Covered, MOST_MONTHS, MOST_NAMED, Returns, Terms, TicketType, TypeChange, change_type, create_type,
    get_type, list_types,
};

use crate::changes::{Change, Kind};
use crate::clock::london_date;
use crate::csv_file::{BadRow, FileError};
use crate::db::types::words;
use crate::db::{self, Contended, Tx};
use crate::ids::{BookingId, HubId, PersonId, SchoolId, TicketId, TicketTypeId};
use crate::ledger::Journal;
use crate::people::{self, Person};
use crate::programmes::Flaw;
use crate::text::Line;

words!(/** Where a ticket stands. */ State {
    /// It can book a place.
    Issued = "issued",
    /// A booking has it.
    Used = "used",
    /// Its last day has passed, and no booking has it.
    Expired = "expired",
    /// Taken back by the hub.
    Revoked = "revoked",
});

/// A ticket, with what its type says of it and what people call its person.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Ticket {
    /// The ticket.
    pub id: TicketId,
    /// Its type.
    pub type_id: TicketTypeId,
    /// The name of its type.
    pub type_name: Line,
    /// The programmes that its type covers.
    pub covers: Coverage,
    /// Whether a teacher's booking with it is a request.
    pub needs_approval: bool,
    /// Whose it is.
    pub person_id: PersonId,
    /// Their name.
    pub person_name: Line,
    /// Their school when it was issued.
    pub school_id: SchoolId,
    /// As it is stored: [`Ticket::state_on`] tells what has expired.
    state: State,
    /// The rule of return that was its type's when it was issued.
    pub returns: Returns,
    /// Its last day; none where it holds for ever.
    pub valid_until: Option<NaiveDate>,
    /// The booking that has it.
    pub booking_id: Option<BookingId>,
    /// Who issued it.
    pub issued_by: Option<PersonId>,
    /// When.
    pub issued_at: DateTime<Utc>,
    /// When a booking last gave it back.
    pub returned_at: Option<DateTime<Utc>>,
    /// Who revoked it.
    pub revoked_by: Option<PersonId>,
    /// When.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Why.
    pub revoked_because: Option<Line>,
    /// Rises with every change.
    pub version: i64,
}

impl Ticket {
    /// A ticket of the type `of`, of a person of a school, issued by somebody at an instant; its last day is by
    /// its type where none is given.
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

    /// Where it stands on a day in England.
    pub fn state_on(&self, day: NaiveDate) -> State {
        match self.state {
            State::Issued if self.valid_until.is_some_and(|last| last < day) => State::Expired,
            state => state,
        }
    }

    /// The same taken by a booking.
    #[must_use]
    pub fn taken_by(self, booking: BookingId) -> Ticket {
        Ticket { state: State::Used, booking_id: Some(booking), version: self.version + 1, ..self }
    }

    /// The same given back by its booking.
    #[must_use]
    pub fn given_back(self, now: DateTime<Utc>) -> Ticket {
        Ticket { state: State::Issued, booking_id: None, returned_at: Some(now), version: self.version + 1, ..self }
    }
}

/// A ticket to be issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewTicket {
    /// Its type.
    pub type_id: TicketTypeId,
    /// Whose it will be: someone of a school.
    pub person: PersonId,
    /// Its last day; where nothing is said, by its type.
    pub valid_until: Option<NaiveDate>,
}

/// Which tickets.
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
}

/// Why something of the tickets can't be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such ticket in the hub.
    #[error("there is no such ticket")]
    Unknown,
    /// There is no such type of ticket in the hub.
    #[error("there is no such type of ticket")]
    UnknownType,
    /// There is nobody of a school with this id, or they are disabled.
    #[error("there is no such person: a ticket is for someone of a school")]
    UnknownPerson,
    /// A type has the name.
    #[error("there is a type of ticket with this name")]
    NameTaken,
    /// The record was changed since it was read.
    #[error("the type has changed since it was read")]
    Stale,
    /// Fields that can't be taken: all of them.
    #[error("{} fields can't be taken", .0.len())]
    Invalid(Vec<Flaw>),
    /// The ticket's state does not lead there.
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
    /// Rows of the file can't be taken, so none was.
    #[error("nothing was imported: {} faults in a file of {rows} rows", .bad.len())]
    BadRows {
        /// All of them, in file order.
        bad: Vec<BadRow>,
        /// How many rows the file has.
        rows: u64,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Contended for Error {
    fn contended(&self) -> bool {
        match self {
            Error::Database(error) => error.contended(),
            Error::Unknown
            | Error::UnknownType
            | Error::UnknownPerson
            | Error::NameTaken
            | Error::Stale
            | Error::Invalid(_)
            | Error::InvalidTransition { .. }
            | Error::File(_)
            | Error::BadRows { .. } => false,
        }
    }
}

/// Issues a ticket to someone of a school. They may have others of the type.
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
    Ok(ticket)
}

/// Takes a ticket back that no booking has.
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

/// A page of tickets in the order of their ids, which is that of their issue; states are those of `day`.
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

/// Writes what has become of tickets: for the bookings that took them or gave them back.
pub async fn record(tx: &mut Tx, hub: HubId, tickets: &[&Ticket]) -> Result<(), db::Error> {
    sql::update(tx, hub, tickets).await?.exactly(tickets.len())?;
    Ok(())
}

impl Ticket {
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
