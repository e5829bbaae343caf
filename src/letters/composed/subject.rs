//! The subject of a letter: plain, and with what it is about.

use super::support::part_of;
use crate::base::text::{Line, capitalised};
use crate::letters::facts::Facts;
use crate::letters::sentence::topic;
use crate::messages::notices::{Kind, Told};

/// The subject of the letter of a notice.
pub(super) fn of(told: &Told, facts: &Facts) -> String {
    let words = match told.kind {
        Kind::EventSoon if told.is_of_later_session() => "its next session begins soon",
        Kind::Rescheduled if told.subject.is_some() => "a session is moved",
        kind => words(kind),
    };
    // What has changed stands in the letter.
    if told.kind == Kind::RecordChanged {
        let asked = told.due_at.map(|_| "Another address was asked for");
        return asked.map_or_else(|| capitalised(words), str::to_owned);
    }
    let about = told.event_title.as_ref().or(topic(told).as_ref().filter(|_| !says_it_all(told.kind)));
    if let Some(part) = part_of(facts, about) {
        let which = ["a part was ", "a part is ", "a part "].into_iter().find_map(|begins| words.strip_prefix(begins));
        return format!("{part}: {}", which.unwrap_or(words));
    }
    let about = about.map(Line::as_str);
    match (about, told.settlement_number, told.allocation_year.or(told.year)) {
        (Some(about), ..) => format!("{about}: {words}"),
        (None, Some(number), _) => format!("Statement {number}: {words}"),
        (None, None, Some(year)) => format!("{} ({year})", capitalised(words)),
        (None, None, None) => capitalised(words),
    }
}

/// Whether the subject of a notice says what happened, and not what it is about: then it stands in the letter.
fn says_it_all(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::TicketTakenBack
            | Kind::CreditsBought
            | Kind::CreditsCorrected
            | Kind::EarningsCorrected
            | Kind::SignInChanged
            | Kind::GiftReversed
    )
}

/// A few words for a kind, as they follow the title of what it is about.
pub fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::PassedOver => "a place came free, but could not be paid for",
        Kind::Promoted => "a place from the waiting list",
        Kind::Offered => "a place has come free",
        Kind::OfferLapsed => "the place was not accepted in time",
        Kind::ApprovalWaiting => "a request waits for your decision",
        Kind::ApprovalDue => "a request expires soon",
        Kind::Booked => "you have a place",
        Kind::PutOnWaitingList => "you are on the waiting list",
        Kind::Approved => "the place is approved",
        Kind::Declined => "the request was declined",
        Kind::Expired => "the request has expired",
        Kind::Cancelled => "the place was cancelled",
        Kind::CancelledByHub | Kind::WaitingCalledOff | Kind::EventCalledOff => "called off",
        Kind::PlaceGivenUp => "a place was given up",
        Kind::TicketGiven => "a free place for you",
        Kind::TicketTakenBack => "your free place was taken back",
        Kind::Rescheduled => "moved",
        Kind::SessionAdded => "a session is added",
        Kind::SessionCalledOff => "a session is called off",
        Kind::Moved => "the place was moved to another run",
        Kind::Named => "a place with a name",
        Kind::Substituted => "somebody else goes",
        Kind::DelegateLeft | Kind::DelegateMoved => "whose place is it now?",
        Kind::PersonJoined => "somebody has come to your school",
        Kind::PersonLeft => "somebody has left your school",
        Kind::RecordChanged => "your record has changed",
        Kind::SignInChanged => "how you sign in has changed",
        Kind::NamesDue => "a reserved place needs a name",
        Kind::Released => "a reserved place was given up",
        Kind::CreditsAllocated => "your school has its credits",
        Kind::CreditsAdjusted => "your school’s credits were adjusted",
        Kind::AllocationReversed => "the allocation was taken back",
        Kind::CreditsBought => "your school has bought credits",
        Kind::CreditsCorrected => "your school’s credits were corrected",
        Kind::EarningsCorrected => "what the hub owes you was corrected",
        Kind::GiftOffered => "credits are offered to your school",
        Kind::GiftAccepted => "your gift of credits was accepted",
        Kind::GiftDeclined => "your gift of credits was declined",
        Kind::GiftWithdrawn => "a gift of credits was withdrawn",
        Kind::GiftReversed => "a gift of credits was taken back",
        Kind::YearClosed => "an academic year was closed",
        Kind::YearReopened => "the close of an academic year was undone",
        Kind::SchoolSucceeded => "another school took the place of yours",
        Kind::SchoolTakenOver => "your school took the place of another",
        Kind::SettlementStated => "it is ready",
        Kind::SettlementCancelled => "it was cancelled",
        Kind::SettlementPaid => "a payment was made",
        Kind::SettlementPaymentReversed => "a payment was taken back",
        Kind::CommissionRequested => "support is asked for",
        Kind::CommissionQuoted => "a quote",
        Kind::AgreementWaiting => "your agreement is needed",
        Kind::QuoteDeclined => "the quote was declined",
        Kind::QuoteWithdrawn => "the quote was withdrawn",
        Kind::QuoteExpired => "the quote has expired",
        Kind::CommissionAgreed => "agreed",
        Kind::CommissionWithdrawn => "the request was withdrawn",
        Kind::CommissionDeclined => "the request was declined",
        Kind::CommissionExpired => "nobody quoted in time",
        Kind::CommissionCancelled => "cancelled",
        Kind::CommissionCompleted => "completed",
        Kind::CommissionAsked => "a question or an answer",
        Kind::VariationProposed => "a change waits for your agreement",
        Kind::VariationAgreed => "a change was agreed",
        Kind::MilestoneDelivered => "a part was delivered",
        Kind::MilestoneAnswerDue => "a part still waits for your answer",
        Kind::MilestoneAccepted => "a part was accepted",
        Kind::MilestoneNotYet => "something is missing",
        Kind::MilestoneDisputed => "a part is disputed",
        Kind::CaseStated => "a side has stated its case",
        Kind::SplitOffered => "the other side offers to settle",
        Kind::DisputeResolved => "the dispute is over",
        Kind::VisitDue => "a visit is to be recorded",
        Kind::VisitRecorded => "a visit was recorded",
        Kind::MessageReceived => "a message",
        Kind::ConversationComplained => "a complaint",
        Kind::ComplaintAnswered => "a complaint was answered",
        Kind::ProgrammeDrafted | Kind::EventDrafted => "a draft waits for you",
        Kind::ProgrammePublished | Kind::EventPublished => "published",
        Kind::ProgrammeReturned => "sent back to you",
        Kind::CatalogueMatch => "new, and what you look for",
        Kind::EventSoon => "it begins soon",
        Kind::EvaluationAsked => "what did you think of it?",
        Kind::CertificateIssued => "your certificate",
        Kind::CreditsLapse => "your school has credits left",
        Kind::EventMessage | Kind::LeadsMessage => "a message from the hub",
        Kind::WebhookDisabled => "a webhook was switched off",
    }
}
