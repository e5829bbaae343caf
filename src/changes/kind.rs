//! The words for what can happen. They are read by programs of others: a word stays what it is.

use crate::db::types::words;

words!(/** What happened, and before the dot to what kind of thing. */ Kind {
    /// The hub was made.
    HubCreated = "hub.created",
    /// Its settings were changed.
    HubChanged = "hub.changed",
    /// A person was added.
    PersonCreated = "person.created",
    /// What is known of a person was changed.
    PersonChanged = "person.changed",
    /// A person may not log in any more.
    PersonDisabled = "person.disabled",
    /// A person who was disabled may log in again.
    PersonEnabled = "person.enabled",
    /// A person was sent an invitation.
    PersonInvited = "person.invited",
    /// What a person needs was written or taken away: not which, and never what.
    PersonNeedsChanged = "person.needs_changed",
    /// Somebody decides for a time in the place of a school's lead.
    DeputyNamed = "deputy.named",
    /// They do so no more.
    DeputyDismissed = "deputy.dismissed",
    /// A school was added.
    SchoolCreated = "school.created",
    /// What is known of a school was changed.
    SchoolChanged = "school.changed",
    /// A school got a number from a day on.
    SchoolIdentified = "school.identified",
    /// Another school took its place, with its wallets, live bookings and people.
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
    /// The receiver took them.
    TransferAccepted = "transfer.accepted",
    /// The receiver does not want them.
    TransferDeclined = "transfer.declined",
    /// The giver took the offer back.
    TransferWithdrawn = "transfer.withdrawn",
    /// The hub took the credits back to the giver.
    TransferReversed = "transfer.reversed",
    /// A correction by hand waits for another hub manager.
    AdjustmentProposed = "adjustment.proposed",
    /// A correction by hand was posted.
    AdjustmentPosted = "adjustment.posted",
    /// A correction that was proposed is not wanted.
    AdjustmentDiscarded = "adjustment.discarded",
    /// A correction was taken back.
    AdjustmentReversed = "adjustment.reversed",
    /// A payment to a partner was taken back.
    SettlementReversed = "settlement.reversed",
    /// A priority was added.
    PriorityCreated = "priority.created",
    /// A partner was added.
    PartnerCreated = "partner.created",
    /// What is known of a partner was changed.
    PartnerChanged = "partner.changed",
    /// A programme was added.
    ProgrammeCreated = "programme.created",
    /// What is known of a programme was changed.
    ProgrammeChanged = "programme.changed",
    /// An event was drafted.
    EventCreated = "event.created",
    /// What is known of an event was changed.
    EventChanged = "event.changed",
    /// A draft of an event was deleted.
    EventDeleted = "event.deleted",
    /// An event was published.
    EventPublished = "event.published",
    /// An event is over, and its provider was paid.
    EventCompleted = "event.completed",
    /// The hub called an event off.
    EventCancelled = "event.cancelled",
    /// A provider gave credits of a completed event back, for a booking that is refunded.
    EventSettlementReturned = "event.settlement_returned",
    /// Marks were written into the register of an event.
    EventRegisterMarked = "event.register_marked",
    /// Somebody said what they think of an event: neither who nor what.
    EventEvaluationGiven = "event.evaluation_given",
    /// Somebody changed what they said.
    EventEvaluationChanged = "event.evaluation_changed",
    /// A session was added to an event.
    SessionCreated = "session.created",
    /// A session was changed.
    SessionChanged = "session.changed",
    /// A session of a draft was taken out, or one of a published event called off.
    SessionCalledOff = "session.called_off",
    /// A place was asked for: place and credits are held.
    BookingRequested = "booking.requested",
    /// A booking waits for a place.
    BookingWaitlisted = "booking.waitlisted",
    /// A booking that waits was approved, and still waits.
    BookingApproved = "booking.approved",
    /// A place that came free is kept for a booking that waits.
    BookingOffered = "booking.offered",
    /// A booking was passed over: its school could not pay for the place that came free.
    BookingPassedOver = "booking.passed_over",
    /// The place is the delegate's.
    BookingConfirmed = "booking.confirmed",
    /// The school declined it.
    BookingDeclined = "booking.declined",
    /// It was not decided in time, or no place came free.
    BookingExpired = "booking.expired",
    /// It was given up, released, or called off with its event.
    BookingCancelled = "booking.cancelled",
    /// It ended for a booking on another run, which is named.
    BookingMoved = "booking.moved",
    /// A place reserved without a name got one.
    BookingNamed = "booking.named",
    /// Another delegate took the place over.
    BookingSubstituted = "booking.substituted",
    /// What a booking that is over had left with its event was given back.
    BookingRefunded = "booking.refunded",
    /// The delegate came.
    BookingAttended = "booking.attended",
    /// The delegate did not come.
    BookingNoShow = "booking.no_show",
    /// The delegate showed their code at the door.
    BookingCheckedIn = "booking.checked_in",
    /// A certificate was issued for it.
    BookingCertificateIssued = "booking.certificate_issued",
    /// Its certificate does not hold any more.
    BookingCertificateWithdrawn = "booking.certificate_withdrawn",
    /// A type of ticket was made.
    TicketTypeCreated = "ticket_type.created",
    /// A type of ticket was changed.
    TicketTypeChanged = "ticket_type.changed",
    /// A ticket was issued.
    TicketIssued = "ticket.issued",
    /// A ticket pays for a booking.
    TicketUsed = "ticket.used",
    /// The booking of a ticket ended: the ticket may be used again.
    TicketReturned = "ticket.returned",
    /// A ticket was revoked.
    TicketRevoked = "ticket.revoked",
});

impl Kind {
    /// The kind of thing that it happened to: `booking` of `booking.confirmed`.
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
