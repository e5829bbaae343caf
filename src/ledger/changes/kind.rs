//! The kinds of change. Other people's programs read these words: a word never changes its meaning.

use crate::base::db::types::words;

words!(/** What happened, and before the dot to what kind of thing. */ Kind {
    /// The hub was made.
    HubCreated = "hub.created",
    /// The hub's settings were changed.
    HubChanged = "hub.changed",
    /// A person was added.
    PersonCreated = "person.created",
    /// A person's record was changed.
    PersonChanged = "person.changed",
    /// A person was disabled and can't log in any more.
    PersonDisabled = "person.disabled",
    /// A person who was disabled can log in again.
    PersonEnabled = "person.enabled",
    /// A person has another role, school or partner.
    PersonMoved = "person.moved",
    /// A person has another address.
    PersonAddressChanged = "person.address_changed",
    /// Another record of the same person was merged into theirs: `person_id` is the id of that record.
    PersonMerged = "person.merged",
    /// A person's name, address and words were erased.
    PersonErased = "person.erased",
    /// A person was sent an invitation.
    PersonInvited = "person.invited",
    /// A hub manager helped a person in: a code or a link was made for them, or their authenticator app taken away.
    PersonHelpedIn = "person.helped_in",
    /// An API key was made: the person concerned is whose rights it has.
    ApiKeyCreated = "api_key.created",
    /// An API key was revoked.
    ApiKeyRevoked = "api_key.revoked",
    /// A webhook was made.
    WebhookCreated = "webhook.created",
    /// A webhook has another name, address or choice of kinds.
    WebhookChanged = "webhook.changed",
    /// A webhook was given a new secret.
    WebhookSecretChanged = "webhook.secret_changed",
    /// A webhook was paused.
    WebhookPaused = "webhook.paused",
    /// A webhook that was paused or switched off sends again.
    WebhookResumed = "webhook.resumed",
    /// A webhook was switched off, because its receiver is gone or has failed for three days.
    WebhookDisabled = "webhook.disabled",
    /// A webhook was deleted.
    WebhookDeleted = "webhook.deleted",
    /// The newsletter was switched on or off, or is sent at another time.
    NewsletterScheduled = "newsletter.scheduled",
    /// An issue of the newsletter was drafted.
    NewsletterDrafted = "newsletter.drafted",
    /// The draft of an issue of the newsletter was edited, written anew, or is sent before its time: not what it says.
    NewsletterEdited = "newsletter.edited",
    /// An issue of the newsletter is not sent.
    NewsletterSkipped = "newsletter.skipped",
    /// An issue of the newsletter was sent.
    NewsletterSent = "newsletter.sent",
    /// A contact outside the hub is sent the newsletter: neither their name nor their address.
    NewsletterContactAdded = "newsletter.contact_added",
    /// A contact outside the hub is not sent the newsletter any more.
    NewsletterContactRemoved = "newsletter.contact_removed",
    /// A person's access or dietary needs were recorded or removed: not which, and never what they are.
    PersonNeedsChanged = "person.needs_changed",
    /// Somebody was named to decide for a time in place of a school's lead.
    DeputyNamed = "deputy.named",
    /// A deputy was dismissed.
    DeputyDismissed = "deputy.dismissed",
    /// A school was added.
    SchoolCreated = "school.created",
    /// A school's record was changed.
    SchoolChanged = "school.changed",
    /// A school was given a new number from a day on.
    SchoolIdentified = "school.identified",
    /// Another school took a school's place, with its wallets, live bookings and people.
    SchoolSucceeded = "school.succeeded",
    /// How a school approves bookings was changed.
    SchoolApprovalChanged = "school.approval_changed",
    /// Pupils on roll were recorded for a census date.
    SchoolRollRecorded = "school.roll_recorded",
    /// An academic year was opened.
    YearOpened = "year.opened",
    /// An academic year was closed: its wallets are empty.
    YearClosed = "year.closed",
    /// The close of an academic year was undone.
    YearReopened = "year.reopened",
    /// An allocation was drafted.
    AllocationDrafted = "allocation.drafted",
    /// A draft was computed again.
    AllocationRecomputed = "allocation.recomputed",
    /// A draft was thrown away.
    AllocationDiscarded = "allocation.discarded",
    /// An allocation was approved: its credits are in the wallets.
    AllocationApproved = "allocation.approved",
    /// The adjustment of an allocation was approved: the differences are in the wallets, or out of them.
    AllocationAdjusted = "allocation.adjusted",
    /// An allocation, or the adjustment of one, was taken back.
    AllocationReversed = "allocation.reversed",
    /// Credits were sold to a school.
    TopUpSold = "top_up.sold",
    /// Credits that were sold were taken back.
    TopUpReversed = "top_up.reversed",
    /// A school offered credits to another.
    TransferOffered = "transfer.offered",
    /// The receiving school accepted the credits.
    TransferAccepted = "transfer.accepted",
    /// The receiving school declined the credits.
    TransferDeclined = "transfer.declined",
    /// The giving school withdrew its offer.
    TransferWithdrawn = "transfer.withdrawn",
    /// The hub returned the credits to the giving school.
    TransferReversed = "transfer.reversed",
    /// A correction by hand waits for another hub manager.
    AdjustmentProposed = "adjustment.proposed",
    /// A correction by hand was posted.
    AdjustmentPosted = "adjustment.posted",
    /// A proposed correction was discarded.
    AdjustmentDiscarded = "adjustment.discarded",
    /// A correction was taken back.
    AdjustmentReversed = "adjustment.reversed",
    /// A statement of what a partner has earned was made.
    SettlementStated = "settlement.stated",
    /// A statement of which nothing was paid was cancelled.
    SettlementCancelled = "settlement.cancelled",
    /// A partner was paid for a statement, or for a part of it.
    SettlementPaid = "settlement.paid",
    /// A payment to a partner was taken back.
    SettlementReversed = "settlement.reversed",
    /// A priority was added.
    PriorityCreated = "priority.created",
    /// A partner was added.
    PartnerCreated = "partner.created",
    /// A partner's record was changed.
    PartnerChanged = "partner.changed",
    /// A programme was added.
    ProgrammeCreated = "programme.created",
    /// A programme's record was changed.
    ProgrammeChanged = "programme.changed",
    /// An offer was made.
    OfferCreated = "offer.created",
    /// An offer was changed.
    OfferChanged = "offer.changed",
    /// An offer was put into the directory again.
    OfferOpened = "offer.opened",
    /// An offer was taken out of the directory for a time.
    OfferPaused = "offer.paused",
    /// An offer was taken out of the directory for good.
    OfferClosed = "offer.closed",
    /// The half days that an offer has in an academic year were set: the count is how many.
    OfferDaysOffered = "offer.days_offered",
    /// Half days of an offer were agreed: the count is how many.
    OfferDaysAgreed = "offer.days_agreed",
    /// Half days of an offer that were agreed were given back: the count is how many.
    OfferDaysReturned = "offer.days_returned",
    /// The hub's rate card was set.
    RateCardChanged = "rate_card.changed",
    /// A school wrote to the provider of an offer for the first time.
    ConversationOpened = "conversation.opened",
    /// A message was written: not what it says.
    ConversationContinued = "conversation.continued",
    /// One side complained of a conversation, and the hub sees it: not what it says.
    ConversationComplained = "conversation.complained",
    /// The hub answered a complaint of a conversation: not what it says.
    ConversationAnswered = "conversation.answered",
    /// A programme that a partner drafted was published.
    ProgrammePublished = "programme.published",
    /// A programme that a partner drafted was sent back.
    ProgrammeReturned = "programme.returned",
    /// A draft of a programme was deleted.
    ProgrammeDeleted = "programme.deleted",
    /// An event was drafted.
    EventCreated = "event.created",
    /// An event was changed.
    EventChanged = "event.changed",
    /// A draft of an event was deleted.
    EventDeleted = "event.deleted",
    /// An event was published.
    EventPublished = "event.published",
    /// An event was completed, and its provider was paid.
    EventCompleted = "event.completed",
    /// The hub called an event off.
    EventCancelled = "event.cancelled",
    /// A provider gave back credits of a completed event, for a booking that is refunded.
    EventSettlementReturned = "event.settlement_returned",
    /// Marks were written into the register of an event.
    EventRegisterMarked = "event.register_marked",
    /// Somebody evaluated an event: neither who nor what they said.
    EventEvaluationGiven = "event.evaluation_given",
    /// Somebody changed their evaluation.
    EventEvaluationChanged = "event.evaluation_changed",
    /// A session was added to an event.
    SessionCreated = "session.created",
    /// A session was changed.
    SessionChanged = "session.changed",
    /// A session was removed from a draft, or one of a published event was called off.
    SessionCalledOff = "session.called_off",
    /// A place was asked for: the place and its credits are held.
    BookingRequested = "booking.requested",
    /// A booking joined the waiting list.
    BookingWaitlisted = "booking.waitlisted",
    /// A booking on the waiting list was approved, and still waits.
    BookingApproved = "booking.approved",
    /// A place that came free is offered to a booking on the waiting list.
    BookingOffered = "booking.offered",
    /// A booking on the waiting list was passed over: its school could not pay for the place that came free.
    BookingPassedOver = "booking.passed_over",
    /// A booking was confirmed.
    BookingConfirmed = "booking.confirmed",
    /// The school declined a booking.
    BookingDeclined = "booking.declined",
    /// A booking was not decided in time, or no place came free.
    BookingExpired = "booking.expired",
    /// A booking was cancelled, released, or called off with its event.
    BookingCancelled = "booking.cancelled",
    /// A booking ended because its delegate moved to another run; the new booking is named.
    BookingMoved = "booking.moved",
    /// A place reserved without a name was given one.
    BookingNamed = "booking.named",
    /// The delegate's record, or that of who asked for the place, was merged into another of the same person.
    BookingMerged = "booking.merged",
    /// Another delegate took the place over.
    BookingSubstituted = "booking.substituted",
    /// Credits that a finished booking had left with its event were given back.
    BookingRefunded = "booking.refunded",
    /// The delegate attended.
    BookingAttended = "booking.attended",
    /// The delegate did not attend.
    BookingNoShow = "booking.no_show",
    /// The delegate showed their code at the door.
    BookingCheckedIn = "booking.checked_in",
    /// A certificate was issued for a booking.
    BookingCertificateIssued = "booking.certificate_issued",
    /// A booking's certificate was withdrawn.
    BookingCertificateWithdrawn = "booking.certificate_withdrawn",
    /// A type of ticket was added.
    TicketTypeCreated = "ticket_type.created",
    /// A type of ticket was changed.
    TicketTypeChanged = "ticket_type.changed",
    /// A ticket was issued.
    TicketIssued = "ticket.issued",
    /// A ticket was used for a booking.
    TicketUsed = "ticket.used",
    /// A booking by ticket ended, and the ticket may be used again.
    TicketReturned = "ticket.returned",
    /// A ticket was revoked.
    TicketRevoked = "ticket.revoked",
    /// A school asked for support.
    CommissionRequested = "commission.requested",
    /// A provider quoted for it.
    CommissionQuoted = "commission.quoted",
    /// One of those who must agree did.
    CommissionSigned = "commission.signed",
    /// A quote was declined.
    CommissionQuoteDeclined = "commission.quote_declined",
    /// A quote was withdrawn.
    CommissionQuoteWithdrawn = "commission.quote_withdrawn",
    /// A quote ran out.
    CommissionQuoteExpired = "commission.quote_expired",
    /// Support was agreed: its credits are in escrow.
    CommissionAgreed = "commission.agreed",
    /// A change of agreed support was proposed.
    CommissionVariationProposed = "commission.variation_proposed",
    /// A change of agreed support was agreed.
    CommissionVaried = "commission.varied",
    /// The buyer withdrew the request.
    CommissionWithdrawn = "commission.withdrawn",
    /// The request was declined.
    CommissionDeclined = "commission.declined",
    /// Nobody quoted in time.
    CommissionExpired = "commission.expired",
    /// Agreed support was cancelled.
    CommissionCancelled = "commission.cancelled",
    /// Everything in it is settled.
    CommissionCompleted = "commission.completed",
    /// A question or an answer was written.
    CommissionAsked = "commission.asked",
    /// A visit was recorded.
    CommissionVisited = "commission.visited",
    /// A side said what came of it.
    CommissionReviewed = "commission.reviewed",
    /// A milestone was delivered.
    MilestoneDelivered = "milestone.delivered",
    /// A milestone was accepted and paid.
    MilestoneAccepted = "milestone.accepted",
    /// The buyer says what is missing of a milestone.
    MilestoneNotYet = "milestone.not_yet",
    /// A milestone is disputed.
    MilestoneDisputed = "milestone.disputed",
    /// A side stated its case.
    MilestoneCaseStated = "milestone.case_stated",
    /// A side would settle for a split.
    MilestoneSplitOffered = "milestone.split_offered",
    /// The dispute of a milestone was ended by a split.
    MilestoneResolved = "milestone.resolved",
});

impl Kind {
    /// The kind of thing that changed: `booking` of `booking.confirmed`.
    pub fn subject(self) -> &'static str {
        self.as_str().split_once('.').map_or(self.as_str(), |(subject, _)| subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_a_thing_and_what_happened_to_it() {
        for kind in Kind::ALL {
            let segments: Vec<&str> = kind.as_str().split('.').collect();
            assert_eq!(segments.len(), 2, "{kind}");
            assert_eq!(segments[0], kind.subject());
            let snake = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            assert!(segments.iter().all(snake), "{kind}");
        }
    }
}
