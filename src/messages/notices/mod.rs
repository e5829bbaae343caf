//! Notices: what people are told, unasked, about their places and credits.
//!
//! [`tell`] writes all the notices of a transaction in one trip, each with the letter that is sent of it
//! ([`crate::messages::outbox`]), so that nobody is told of what did not happen, and whatever happens is told. A notice is
//! read by the person it is for, and by nobody else.

mod sql;

use chrono::{DateTime, Utc};

pub use super::kinds::{Became, Kind};

use crate::base::clock::new_id;
use crate::base::credits::Credits;
use crate::base::db::{self, Tx, Writes};
use crate::base::ids::{
    AllocationId, AnnouncementId, BookingId, CommissionId, ConversationId, EventId, HubId, NoticeId, PersonId,
    ProgrammeId, SettlementId, TransferId,
};
use crate::base::text::{Email, Line};
use crate::base::year::AcademicYear;
use crate::ledger::Journal;
use crate::messages::outbox;

/// A notice to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The person who is told.
    pub person: PersonId,
    /// What they are told.
    pub kind: Kind,
    /// The event concerned.
    pub event: Option<EventId>,
    /// The booking concerned.
    pub booking: Option<BookingId>,
    /// Until when the person may act on it.
    pub due_at: Option<DateTime<Utc>>,
    /// The allocation concerned.
    pub allocation: Option<AllocationId>,
    /// The gift of credits concerned.
    pub transfer: Option<TransferId>,
    /// The settlement statement concerned.
    pub settlement: Option<SettlementId>,
    /// The commission concerned.
    pub commission: Option<CommissionId>,
    /// The conversation concerned.
    pub conversation: Option<ConversationId>,
    /// The programme concerned.
    pub programme: Option<ProgrammeId>,
    /// The person whom it is about.
    pub about: Option<PersonId>,
    /// The academic year concerned.
    pub year: Option<AcademicYear>,
    /// The message of the hub that it tells of.
    pub announcement: Option<AnnouncementId>,
    /// The subject of that message, as this person reads it; the name of what they were given; the address of a webhook; or
    /// what of their record has changed; or when a session is, or was to be.
    pub subject: Option<Line>,
}

impl Notice {
    /// A notice of what happened, without further details.
    pub fn new(person: PersonId, kind: Kind) -> Notice {
        Notice {
            person,
            kind,
            event: None,
            booking: None,
            due_at: None,
            allocation: None,
            transfer: None,
            settlement: None,
            commission: None,
            conversation: None,
            programme: None,
            about: None,
            year: None,
            announcement: None,
            subject: None,
        }
    }
}

/// Something that the caller was told.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Notice)]
pub struct Told {
    /// The notice's id.
    pub id: NoticeId,
    /// What the notice tells.
    pub kind: Kind,
    /// The event concerned.
    pub event_id: Option<EventId>,
    /// The event's title.
    pub event_title: Option<Line>,
    /// The booking concerned.
    pub booking_id: Option<BookingId>,
    /// The name of the booking's delegate, where it has one.
    pub delegate_name: Option<Line>,
    /// Until when the caller may act on it: accept an offer, cancel free of charge, name someone, let somebody else
    /// take over a place, decide on a request; of `event_soon` and `event_message`, when the event begins.
    pub due_at: Option<DateTime<Utc>>,
    /// The allocation concerned.
    pub allocation_id: Option<AllocationId>,
    /// The academic year of the allocation.
    pub allocation_year: Option<AcademicYear>,
    /// The gift of credits concerned.
    pub transfer_id: Option<TransferId>,
    /// How many credits are given.
    pub transfer_amount: Option<Credits>,
    /// The name of the giving school.
    pub from_school_name: Option<Line>,
    /// The name of the receiving school.
    pub to_school_name: Option<Line>,
    /// The settlement statement concerned.
    pub settlement_id: Option<SettlementId>,
    /// The number of that statement.
    pub settlement_number: Option<i64>,
    /// The commission concerned.
    pub commission_id: Option<CommissionId>,
    /// What that commission is about.
    pub commission_title: Option<Line>,
    /// The conversation concerned.
    pub conversation_id: Option<ConversationId>,
    /// What that conversation is about.
    pub conversation_subject: Option<Line>,
    /// The programme concerned.
    pub programme_id: Option<ProgrammeId>,
    /// The programme's title.
    pub programme_title: Option<Line>,
    /// The person whom it is about, where it is about somebody else; or who booked for the caller.
    pub about_id: Option<PersonId>,
    /// The name of that person.
    pub about_name: Option<Line>,
    /// The academic year whose credits are left, of `credits_lapse`; or were bought, corrected or given back.
    pub year: Option<AcademicYear>,
    /// The message that the hub wrote, of `event_message` and `leads_message`.
    pub announcement_id: Option<AnnouncementId>,
    /// The subject of that message; of `ticket_given`, what the ticket is called; of what tells of credits or tickets
    /// otherwise, how many and why; of a change of the record or of signing in, which; of a session that was moved, added or
    /// called off, when it was to be, or is.
    pub subject: Option<Line>,
    /// Why the booking was declined, where that is what is told and whoever declined it said so.
    pub declined_because: Option<Line>,
    /// Why the hub called the event off, of `cancelled_by_hub`, `waiting_called_off` and `event_called_off`; or the session,
    /// of `session_called_off`.
    pub called_off_because: Option<Line>,
    /// When the event begins.
    #[serde(skip)]
    pub event_starts_at: Option<DateTime<Utc>>,
    /// What has become of what it asks of them, by whomever; none where it still waits, or asks nothing.
    #[serde(skip)]
    pub became: Option<Became>,
    /// When the caller was told.
    pub told_at: DateTime<Utc>,
    /// When the caller read it.
    pub read_at: Option<DateTime<Utc>>,
}

impl Told {
    /// Whether it reminds of a session after the first of its event.
    pub fn is_of_later_session(&self) -> bool {
        self.kind == Kind::EventSoon && self.due_at.zip(self.event_starts_at).is_some_and(|(due, starts)| due > starts)
    }

    /// Whether the time for what it asks of them, or tells of, is over.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.due_at.is_some_and(|due| due <= now)
    }
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

/// Writes the notices of this transaction, each with its letter, in one trip; does nothing for none.
pub async fn tell(journal: &mut Journal, notices: &[Notice]) -> Result<(), db::Error> {
    let mut writes = Writes::default();
    tell_with(journal, &mut writes, notices);
    journal.tx().together(writes).await
}

/// Adds the notices of this transaction, each with its letter, to what is written together.
pub fn tell_with(journal: &mut Journal, writes: &mut Writes, notices: &[Notice]) {
    let (hub, now) = (journal.hub(), journal.now());
    let rows: Vec<(NoticeId, &Notice)> = notices.iter().map(|notice| (journal.new_id(), notice)).collect();
    let letters: Vec<(NoticeId, PersonId)> = rows.iter().map(|(id, notice)| (*id, notice.person)).collect();
    sql::insert(journal.tx(), writes, hub, now, &rows);
    outbox::write(journal.tx(), writes, hub, &letters, now);
}

/// Writes a notice of this transaction whose letter goes to another address than its person's.
pub async fn tell_at(journal: &mut Journal, address: &Email, notice: &Notice) -> Result<(), db::Error> {
    let (hub, now, id) = (journal.hub(), journal.now(), journal.new_id());
    let mut writes = Writes::default();
    sql::insert(journal.tx(), &mut writes, hub, now, &[(id, notice)]);
    journal.tx().together(writes).await?;
    outbox::write_to(journal.tx(), hub, (id, notice.person), address, now).await
}

/// Writes a notice of how somebody signs in, with its letter: it is of no hub's journal.
pub async fn tell_of_sign_in(tx: &mut Tx, hub: HubId, notice: &Notice, now: DateTime<Utc>) -> Result<(), db::Error> {
    let id = NoticeId(new_id(now));
    let mut writes = Writes::default();
    sql::insert(tx, &mut writes, hub, now, &[(id, notice)]);
    outbox::write(tx, &mut writes, hub, &[(id, notice.person)], now);
    tx.together(writes).await
}

/// Removes what was told of a draft of an event that is deleted.
pub async fn forget(journal: &mut Journal, draft: EventId) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::forget(journal.tx(), hub, draft).await?.any();
    Ok(())
}

/// Hands what one record of a person was told, or others were of it, to another record of theirs.
pub async fn hand_over(journal: &mut Journal, from: PersonId, to: PersonId) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::hand_over(journal.tx(), hub, (from, to)).await?.any();
    sql::about_another(journal.tx(), hub, (from, to)).await?.any();
    Ok(())
}

/// Removes everything that a person was told.
pub async fn forget_all_of(journal: &mut Journal, person: PersonId) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::forget_all_of(journal.tx(), hub, person).await?.any();
    Ok(())
}

/// Removes what was told of a draft of a programme that is deleted.
pub async fn forget_programme(journal: &mut Journal, draft: ProgrammeId) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::forget_programme(journal.tx(), hub, draft).await?.any();
    Ok(())
}

/// A page of a person's notices, the newest first; with `unread`, only those not read yet.
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

/// One of a person's notices.
pub async fn get(tx: &mut Tx, hub: HubId, person: PersonId, id: NoticeId) -> Result<Option<Told>, db::Error> {
    sql::get(tx, hub, person, id).await
}

/// The place of this notice among those that told the person the same of one commission or conversation at one instant, from
/// 0.
pub async fn nth(tx: &mut Tx, hub: HubId, person: PersonId, told: &Told) -> Result<usize, db::Error> {
    Ok(usize::try_from(sql::nth(tx, hub, person, told).await?).unwrap_or(usize::MAX))
}

/// Marks one of the person's notices as read; doing it twice changes nothing.
pub async fn read(journal: &mut Journal, person: PersonId, id: NoticeId) -> Result<Told, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    sql::read(journal.tx(), hub, person, id, now).await?.any();
    sql::get(journal.tx(), hub, person, id).await?.ok_or(Error::Unknown)
}

/// Marks all the person's notices so far as read.
pub async fn read_all(journal: &mut Journal, person: PersonId) -> Result<(), db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    sql::read_all(journal.tx(), hub, person, now).await?.any();
    Ok(())
}

/// Who was told this of a conversation and has not read it.
pub async fn unread_of_conversation(
    tx: &mut Tx,
    hub: HubId,
    id: ConversationId,
    kind: Kind,
) -> Result<Vec<PersonId>, db::Error> {
    Ok(sql::unread_of_conversation(tx, hub, id, kind).await?.into_iter().map(|(person,)| person).collect())
}

/// Marks what a person was told of a conversation as read.
pub async fn read_of_conversation(
    journal: &mut Journal,
    person: PersonId,
    id: ConversationId,
) -> Result<(), db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    sql::read_of_conversation(journal.tx(), hub, person, id, now).await?.any();
    Ok(())
}
