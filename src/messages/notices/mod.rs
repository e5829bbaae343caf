//! Notices: what people are told, unasked, about their places and credits.
//!
//! [`tell`] writes all the notices of a transaction in one statement, so that nobody is told of what did not happen,
//! and whatever happens is told. A notice is read by the person it is for, and by nobody else.

mod sql;

use chrono::{DateTime, Utc};

use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{
    AllocationId, BookingId, CommissionId, ConversationId, EventId, HubId, NoticeId, PersonId, ProgrammeId,
    SettlementId, TransferId,
};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::ledger::Journal;

words!(/** What a notice tells. */ Kind {
    /// A place was free, but the school could not pay: they keep their position on the waiting list.
    PassedOver = "passed_over",
    /// They moved up from the waiting list; where their school must still approve it, until `due_at`.
    Promoted = "promoted",
    /// A place is offered to them until `due_at`.
    Offered = "offered",
    /// The offer was not accepted in time.
    OfferLapsed = "offer_lapsed",
    /// A request at their school waits for their decision, until `due_at`.
    ApprovalWaiting = "approval_waiting",
    /// A request at their school still waits, with a working day left.
    ApprovalDue = "approval_due",
    /// The school approved the booking.
    Approved = "approved",
    /// The school declined the booking.
    Declined = "declined",
    /// Nobody approved the booking in time.
    Expired = "expired",
    /// Somebody else cancelled the booking.
    Cancelled = "cancelled",
    /// The hub cancelled the event: everything was refunded.
    CancelledByHub = "cancelled_by_hub",
    /// A session was moved; the place can be cancelled free of charge until `due_at`.
    Rescheduled = "rescheduled",
    /// The booking was moved to another run.
    Moved = "moved",
    /// A place that the school reserved is theirs.
    Named = "named",
    /// Another person took over the place.
    Substituted = "substituted",
    /// The delegate of a place was disabled: until the event starts, at `due_at`, somebody else can take it over.
    DelegateLeft = "delegate_left",
    /// The delegate of a place went to another school or role: the place stays with the school that paid, and until the
    /// event starts, at `due_at`, somebody else can take it over.
    DelegateMoved = "delegate_moved",
    /// Somebody came to their school from another school or role.
    PersonJoined = "person_joined",
    /// Somebody of their school went to another school or role.
    PersonLeft = "person_left",
    /// They have another address, which they confirmed; or another role, school or partner.
    RecordChanged = "record_changed",
    /// A reserved place needs a name by `due_at`.
    NamesDue = "names_due",
    /// A reserved place without a name was released.
    Released = "released",
    /// Their school was given credits by an allocation.
    CreditsAllocated = "credits_allocated",
    /// Their school was given more credits, or some were taken back, because of corrected rolls.
    CreditsAdjusted = "credits_adjusted",
    /// An allocation was reversed.
    AllocationReversed = "allocation_reversed",
    /// Another school offers credits to theirs.
    GiftOffered = "gift_offered",
    /// The receiving school accepted the credits.
    GiftAccepted = "gift_accepted",
    /// The receiving school declined the credits.
    GiftDeclined = "gift_declined",
    /// The giving school withdrew its offer.
    GiftWithdrawn = "gift_withdrawn",
    /// The hub returned the credits to the giving school.
    GiftReversed = "gift_reversed",
    /// A year was closed: what was left in the school's wallets was carried over or lapsed.
    YearClosed = "year_closed",
    /// The close of a year was undone.
    YearReopened = "year_reopened",
    /// Another school took the place of theirs: they now belong to it, with their bookings.
    SchoolSucceeded = "school_succeeded",
    /// A statement of what they have earned was made.
    SettlementStated = "settlement_stated",
    /// A statement of theirs was cancelled: what was on it comes on a later one.
    SettlementCancelled = "settlement_cancelled",
    /// A statement of theirs was paid, or a part of it.
    SettlementPaid = "settlement_paid",
    /// A payment of a statement of theirs was taken back: it is owed again.
    SettlementPaymentReversed = "settlement_payment_reversed",
    /// Their school took the place of another, with its people, bookings and credits.
    SchoolTakenOver = "school_taken_over",
    /// Support is asked of them; hub managers are told of what is asked of all.
    CommissionRequested = "commission_requested",
    /// A quote for support waits for their agreement.
    CommissionQuoted = "commission_quoted",
    /// Another must agree too: the provider, or the buyer's second person.
    AgreementWaiting = "agreement_waiting",
    /// A quote was declined, or another was agreed.
    QuoteDeclined = "quote_declined",
    /// A quote was withdrawn.
    QuoteWithdrawn = "quote_withdrawn",
    /// A quote was not agreed while it was valid.
    QuoteExpired = "quote_expired",
    /// Support was agreed: its credits are set aside.
    CommissionAgreed = "commission_agreed",
    /// The buyer withdrew the request for support.
    CommissionWithdrawn = "commission_withdrawn",
    /// The request for support was declined.
    CommissionDeclined = "commission_declined",
    /// Nobody quoted for the support in time.
    CommissionExpired = "commission_expired",
    /// Support that was agreed was cancelled.
    CommissionCancelled = "commission_cancelled",
    /// Support is completed.
    CommissionCompleted = "commission_completed",
    /// A question or an answer about support was written.
    CommissionAsked = "commission_asked",
    /// A change of agreed support waits for their agreement.
    VariationProposed = "variation_proposed",
    /// A change of support was agreed.
    VariationAgreed = "variation_agreed",
    /// A milestone was delivered: until `due_at`, they accept it or say what is missing; then silence accepts it.
    MilestoneDelivered = "milestone_delivered",
    /// A milestone still waits for their answer: at `due_at`, silence accepts it.
    MilestoneAnswerDue = "milestone_answer_due",
    /// A milestone was accepted, by the buyer or by silence, and paid.
    MilestoneAccepted = "milestone_accepted",
    /// The buyer says what is missing of a milestone.
    MilestoneNotYet = "milestone_not_yet",
    /// A milestone is disputed: until `due_at`, both sides state their case.
    MilestoneDisputed = "milestone_disputed",
    /// A side stated its case.
    CaseStated = "case_stated",
    /// The other side would settle a dispute by a split.
    SplitOffered = "split_offered",
    /// A dispute was ended by a split.
    DisputeResolved = "dispute_resolved",
    /// Days of support were delivered or due five working days ago, and no visit is recorded for each of them.
    VisitDue = "visit_due",
    /// A visit was recorded.
    VisitRecorded = "visit_recorded",
    /// The other side of a conversation wrote to theirs: told once until they have read it.
    MessageReceived = "message_received",
    /// A side of a conversation complained of it: the hub sees it from now on.
    ConversationComplained = "conversation_complained",
    /// The hub answered a complaint of a conversation of theirs.
    ComplaintAnswered = "complaint_answered",
    /// A partner drafted a programme: it waits for the hub to publish it.
    ProgrammeDrafted = "programme_drafted",
    /// The hub published a programme of theirs.
    ProgrammePublished = "programme_published",
    /// The hub sent a programme that they drafted back, and says why.
    ProgrammeReturned = "programme_returned",
    /// A partner drafted an event: it waits for the hub to publish it.
    EventDrafted = "event_drafted",
    /// The hub published an event of theirs.
    EventPublished = "event_published",
    /// An event that they could book was published, and fits a filter of the catalogue that they saved with an alert.
    CatalogueMatch = "catalogue_match",
    /// A webhook of the hub was switched off: its receiver is gone, or has failed for three days.
    WebhookDisabled = "webhook_disabled",
});

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
    /// take over a place, decide on a request.
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
    /// The person whom it is about, where it is about somebody else.
    pub about_id: Option<PersonId>,
    /// The name of the person whom it is about.
    pub about_name: Option<Line>,
    /// Why the booking was declined, where that is what is told and whoever declined it said so.
    pub declined_because: Option<Line>,
    /// Whether what it asks of them has been done by now, by whomever, or can't be done any more.
    #[serde(skip)]
    pub settled: bool,
    /// When the caller was told.
    pub told_at: DateTime<Utc>,
    /// When the caller read it.
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

/// Writes the notices of this transaction, in one statement; does nothing for none.
pub async fn tell(journal: &mut Journal, notices: &[Notice]) -> Result<(), db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let rows: Vec<(NoticeId, &Notice)> = notices.iter().map(|notice| (journal.new_id(), notice)).collect();
    sql::insert(journal.tx(), hub, now, &rows).await?.exactly(rows.len())?;
    Ok(())
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
