//! The topics by which people choose what they are sent.

use super::Way;
use crate::base::db::types::words;
use crate::messages::kinds::Kind;

words!(/** What a notice is about, as people choose by it. */ Topic {
    /// What waits for their decision, or for something that they are to do.
    ToDo = "to_do",
    /// What becomes of places on events, and what the hub writes to their delegates.
    Places = "places",
    /// Credits of their school: allocations, gifts, the close of a year, statements.
    Credits = "credits",
    /// Support between schools: requests, quotes, milestones, messages.
    Support = "support",
    /// Who comes to their school and who leaves it, what becomes of programmes, new events that they look for, and what
    /// the hub writes to CPD leads.
    News = "news",
    /// The sessions that they have a place on, as invitations that a calendar program takes in.
    Calendar = "calendar",
    /// The hub's newsletter.
    Newsletter = "newsletter",
    /// The safety of their account.
    Security = "security",
});

impl Topic {
    /// Whether another way than at once can be chosen.
    pub fn can_be_changed(self) -> bool {
        self != Topic::Security
    }

    /// Whether it can wait for the daily digest. A calendar program takes in one invitation a letter.
    pub fn can_be_gathered(self) -> bool {
        !matches!(self, Topic::Calendar | Topic::Security)
    }

    /// How it comes to whoever has not chosen.
    pub(super) fn unless_chosen(self) -> Way {
        if self == Topic::Calendar { Way::None } else { Way::AtOnce }
    }

    /// The topic of a kind of notice. None is of the calendar: invitations tell of no notice.
    pub fn of(kind: Kind) -> Topic {
        match kind {
            Kind::ApprovalWaiting
            | Kind::ApprovalDue
            | Kind::NamesDue
            | Kind::GiftOffered
            | Kind::CommissionRequested
            | Kind::CommissionQuoted
            | Kind::AgreementWaiting
            | Kind::VariationProposed
            | Kind::MilestoneDelivered
            | Kind::MilestoneAnswerDue
            | Kind::VisitDue
            | Kind::ProgrammeDrafted
            | Kind::EventDrafted
            | Kind::ConversationComplained
            | Kind::EvaluationAsked
            | Kind::WebhookDisabled => Topic::ToDo,
            Kind::PassedOver
            | Kind::Promoted
            | Kind::Offered
            | Kind::OfferLapsed
            | Kind::Booked
            | Kind::PutOnWaitingList
            | Kind::Approved
            | Kind::Declined
            | Kind::Expired
            | Kind::Cancelled
            | Kind::CancelledByHub
            | Kind::WaitingCalledOff
            | Kind::EventCalledOff
            | Kind::PlaceGivenUp
            | Kind::TicketGiven
            | Kind::TicketTakenBack
            | Kind::Rescheduled
            | Kind::SessionAdded
            | Kind::SessionCalledOff
            | Kind::Moved
            | Kind::Named
            | Kind::Substituted
            | Kind::DelegateLeft
            | Kind::DelegateMoved
            | Kind::Released
            | Kind::EventSoon
            | Kind::EventMessage
            | Kind::CertificateIssued => Topic::Places,
            Kind::CreditsAllocated
            | Kind::CreditsAdjusted
            | Kind::AllocationReversed
            | Kind::CreditsBought
            | Kind::CreditsCorrected
            | Kind::EarningsCorrected
            | Kind::GiftAccepted
            | Kind::GiftDeclined
            | Kind::GiftWithdrawn
            | Kind::GiftReversed
            | Kind::YearClosed
            | Kind::YearReopened
            | Kind::CreditsLapse
            | Kind::SettlementStated
            | Kind::SettlementCancelled
            | Kind::SettlementPaid
            | Kind::SettlementPaymentReversed => Topic::Credits,
            Kind::QuoteDeclined
            | Kind::QuoteWithdrawn
            | Kind::QuoteExpired
            | Kind::CommissionAgreed
            | Kind::CommissionWithdrawn
            | Kind::CommissionDeclined
            | Kind::CommissionExpired
            | Kind::CommissionCancelled
            | Kind::CommissionCompleted
            | Kind::CommissionAsked
            | Kind::VariationAgreed
            | Kind::MilestoneAccepted
            | Kind::MilestoneNotYet
            | Kind::MilestoneDisputed
            | Kind::CaseStated
            | Kind::SplitOffered
            | Kind::DisputeResolved
            | Kind::VisitRecorded
            | Kind::MessageReceived
            | Kind::ComplaintAnswered => Topic::Support,
            Kind::PersonJoined
            | Kind::PersonLeft
            | Kind::SchoolSucceeded
            | Kind::SchoolTakenOver
            | Kind::ProgrammePublished
            | Kind::ProgrammeReturned
            | Kind::EventPublished
            | Kind::LeadsMessage
            | Kind::CatalogueMatch => Topic::News,
            Kind::RecordChanged | Kind::SignInChanged => Topic::Security,
        }
    }
}
