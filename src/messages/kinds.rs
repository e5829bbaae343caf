//! What people are told, kind by kind.

use crate::base::db::types::words;

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
    /// Somebody of their school, or the hub, booked a place for them: `about_id` says who.
    Booked = "booked",
    /// Somebody of their school, or the hub, put them on the waiting list of an event: `about_id` says who.
    PutOnWaitingList = "put_on_waiting_list",
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
    /// The hub cancelled the event while they waited for a place: nothing had been paid.
    WaitingCalledOff = "waiting_called_off",
    /// The hub called off an event on which people of their school had places, or for whom they had booked: told once of
    /// each event.
    EventCalledOff = "event_called_off",
    /// A delegate of their school cancelled a place that the school had approved.
    PlaceGivenUp = "place_given_up",
    /// They were given a ticket, which `subject` names: it pays for a place.
    TicketGiven = "ticket_given",
    /// A ticket of theirs was taken back: `subject` says which, and why.
    TicketTakenBack = "ticket_taken_back",
    /// A session was moved: one of several where `subject` says when it was to be. Until `due_at`, where that is longer than
    /// the cancellation policy gives, the place can be cancelled free of charge.
    Rescheduled = "rescheduled",
    /// A session was added: `subject` says when it is; `due_at` as of `rescheduled`.
    SessionAdded = "session_added",
    /// One of several sessions was called off: `subject` says when it was to be; `due_at` as of `rescheduled`.
    SessionCalledOff = "session_called_off",
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
    /// How they sign in has changed: `subject` says what.
    SignInChanged = "sign_in_changed",
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
    /// Their school was sold credits, for use in `year`: `subject` says how many, and by which invoice.
    CreditsBought = "credits_bought",
    /// Credits of their school of `year` were corrected by hand, or such a correction or a sale was taken back: `subject`
    /// says by how many, and why.
    CreditsCorrected = "credits_corrected",
    /// What the hub owes them was corrected by hand, or such a correction was taken back: `subject` says by how many
    /// credits, and why.
    EarningsCorrected = "earnings_corrected",
    /// Another school offers credits to theirs.
    GiftOffered = "gift_offered",
    /// The receiving school accepted the credits.
    GiftAccepted = "gift_accepted",
    /// The receiving school declined the credits.
    GiftDeclined = "gift_declined",
    /// The giving school withdrew its offer.
    GiftWithdrawn = "gift_withdrawn",
    /// The hub returned the credits to the giving school: `subject` says how many theirs has more or less, and why.
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
    /// Support is asked of them, or of every school and partner; hub managers are told of what is asked of all.
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
    /// A side stated its case: the other side and the hub are told.
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
    /// An event on which they have a place begins at `due_at`: told seven days and one day before.
    EventSoon = "event_soon",
    /// They attended an event, and are asked what they thought of it: their certificate waits for that.
    EvaluationAsked = "evaluation_asked",
    /// A certificate of an event that they attended was issued.
    CertificateIssued = "certificate_issued",
    /// Their school has credits left of `year`, which ends at `due_at`: told 60 and 14 days before.
    CreditsLapse = "credits_lapse",
    /// A webhook of the hub was switched off: its receiver is gone, or has failed for three days.
    WebhookDisabled = "webhook_disabled",
    /// The hub wrote to the delegates of an event, of whom they are one.
    EventMessage = "event_message",
    /// The hub wrote to CPD leads.
    LeadsMessage = "leads_message",
});

words!(/** What has become of what a notice asked for. */ Became {
    /// It was approved, agreed, accepted, named or given.
    Done = "done",
    /// It was declined.
    Declined = "declined",
    /// It was cancelled or withdrawn.
    Withdrawn = "withdrawn",
    /// Nobody did it in time.
    Expired = "expired",
    /// The event was called off.
    CalledOff = "called_off",
    /// It is over, one way or another.
    Over = "over",
});
