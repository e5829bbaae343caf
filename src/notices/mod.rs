//! Notices: what people are told about their places and credits without having asked.
//!
//! [`tell`] writes all the notices of a transaction in one statement, so that nobody is told what did not
//! happen, and whatever happens is told. A notice is read by the person it is for, and by nobody else.

mod sql;

use chrono::{DateTime, Utc};

use crate::credits::Credits;
use crate::db::types::words;
use crate::db::{self, Contended, Tx};
use crate::ids::{AllocationId, BookingId, EventId, HubId, NoticeId, PersonId, TransferId};
use crate::ledger::Journal;
use crate::text::Line;
use crate::year::AcademicYear;

words!(/** What a notice tells. */ Kind {
    /// A place was free, and the school could not pay: they keep their place in the line.
    PassedOver = "passed_over",
    /// They moved up from the waiting list.
    Promoted = "promoted",
    /// A place is offered to them until `due_at`.
    Offered = "offered",
    /// The offer was not taken up in time.
    OfferLapsed = "offer_lapsed",
    /// A request of their school waits for them, until `due_at`.
    ApprovalWaiting = "approval_waiting",
    /// It still does, with a working day left.
    ApprovalDue = "approval_due",
    /// The school approved the booking.
    Approved = "approved",
    /// The school declined it.
    Declined = "declined",
    /// Nobody approved it in time.
    Expired = "expired",
    /// Somebody else gave the place up.
    Cancelled = "cancelled",
    /// The hub cancelled the event: everything went back.
    CancelledByHub = "cancelled_by_hub",
    /// A session was moved; the place can be given up free until `due_at`.
    Rescheduled = "rescheduled",
    /// The booking was moved to another run.
    Moved = "moved",
    /// A place that the school reserved is theirs.
    Named = "named",
    /// Another person took the place over.
    Substituted = "substituted",
    /// The delegate of a place was disabled: until `due_at`, when the event starts, somebody else can take it over.
    DelegateLeft = "delegate_left",
    /// A reserved place needs a name by `due_at`.
    NamesDue = "names_due",
    /// A reserved place without a name was released.
    Released = "released",
    /// Their school was given credits by an allocation.
    CreditsAllocated = "credits_allocated",
    /// Their school was given more, or some was taken back, by corrected rolls.
    CreditsAdjusted = "credits_adjusted",
    /// An allocation was taken back.
    AllocationReversed = "allocation_reversed",
    /// Another school offers credits to theirs.
    GiftOffered = "gift_offered",
    /// The receiving school took the credits.
    GiftAccepted = "gift_accepted",
    /// The receiving school does not want them.
    GiftDeclined = "gift_declined",
    /// The giving school took its offer back.
    GiftWithdrawn = "gift_withdrawn",
    /// The hub took the credits back to the giver.
    GiftReversed = "gift_reversed",
    /// A year was closed: what was left in the school's wallets was carried over or lapsed.
    YearClosed = "year_closed",
    /// The close of a year was undone.
    YearReopened = "year_reopened",
    /// Another school took the place of theirs: they are of that now, with their bookings.
    SchoolSucceeded = "school_succeeded",
    /// Their school took the place of another, with its people, bookings and credits.
    SchoolTakenOver = "school_taken_over",
});

/// Something to tell somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Whom.
    pub person: PersonId,
    /// What.
    pub kind: Kind,
    /// About which event.
    pub event: Option<EventId>,
    /// About which booking.
    pub booking: Option<BookingId>,
    /// Until when they may do something about it.
    pub due_at: Option<DateTime<Utc>>,
    /// About which allocation.
    pub allocation: Option<AllocationId>,
    /// About which gift of credits.
    pub transfer: Option<TransferId>,
}

impl Notice {
    /// That something happened, and no more.
    pub fn new(person: PersonId, kind: Kind) -> Notice {
        Notice { person, kind, event: None, booking: None, due_at: None, allocation: None, transfer: None }
    }
}

/// A notice as its person reads it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Told {
    /// The notice.
    pub id: NoticeId,
    /// What it tells.
    pub kind: Kind,
    /// The event that it is about.
    pub event_id: Option<EventId>,
    /// The event's title.
    pub event_title: Option<Line>,
    /// The booking that it is about.
    pub booking_id: Option<BookingId>,
    /// The name of the booking's delegate, where it has one.
    pub delegate_name: Option<Line>,
    /// Until when the person may do something about it.
    pub due_at: Option<DateTime<Utc>>,
    /// The allocation that it is about.
    pub allocation_id: Option<AllocationId>,
    /// Its year.
    pub allocation_year: Option<AcademicYear>,
    /// The gift of credits that it is about.
    pub transfer_id: Option<TransferId>,
    /// How many credits.
    pub transfer_amount: Option<Credits>,
    /// The name of the school that gives.
    pub from_school_name: Option<Line>,
    /// The name of the school that receives.
    pub to_school_name: Option<Line>,
    /// When they were told.
    pub told_at: DateTime<Utc>,
    /// When they read it.
    pub read_at: Option<DateTime<Utc>>,
}

/// Why a notice can't be marked as read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such notice for the person.
    #[error("there is no such notice")]
    Unknown,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Contended for Error {
    fn contended(&self) -> bool {
        match self {
            Error::Database(error) => error.contended(),
            Error::Unknown => false,
        }
    }
}

/// Tells people what happened in this transaction, in one statement; nothing is no statement.
pub async fn tell(journal: &mut Journal, notices: &[Notice]) -> Result<(), db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let rows: Vec<(NoticeId, &Notice)> = notices.iter().map(|notice| (journal.new_id(), notice)).collect();
    sql::insert(journal.tx(), hub, now, &rows).await?.exactly(rows.len())?;
    Ok(())
}

/// A page of a person's notices, the newest first; where `unread`, of those that they have not read.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    unread: bool,
    before: Option<NoticeId>,
    limit: i64,
) -> Result<Vec<Told>, db::Error> {
    sql::list(tx, hub, person, unread, before, limit).await
}

/// Marks one of the person's notices as read; doing it twice changes nothing.
pub async fn read(journal: &mut Journal, person: PersonId, id: NoticeId) -> Result<Told, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    sql::read(journal.tx(), hub, person, id, now).await?.any();
    sql::get(journal.tx(), hub, person, id).await?.ok_or(Error::Unknown)
}

/// Marks all that the person has been told so far as read.
pub async fn read_all(journal: &mut Journal, person: PersonId) -> Result<(), db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    sql::read_all(journal.tx(), hub, person, now).await?.any();
    Ok(())
}
