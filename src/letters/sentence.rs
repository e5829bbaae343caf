//! What happened, in one sentence: as pages and letters say it; and the page that it leads to.

use askama::Template;
use chrono::{DateTime, Utc};

use super::facts::{Drafted, Facts, Statement};
use super::support::Support;
use crate::base::said;
use crate::base::text::Line;
use crate::credits::settlements::State;
use crate::members::people::Person;
use crate::messages::notices::{Became, Kind, Told};
use crate::support::conversations::{Conversation, Message, Side};

/// What somebody was told, in a sentence or a few, as it stands now.
pub fn sentence(told: &Told, person: &Person, facts: &Facts, now: DateTime<Utc>) -> String {
    match facts {
        Facts::Commission(recalled) => Support::of(told, recalled, now).to_string(),
        Facts::Conversation(conversation, message) => {
            Sentence::of(told, &person.name, now).between(person, conversation, message.as_deref()).to_string()
        }
        Facts::Statement(statement) => Sentence::of(told, &person.name, now).of_statement(statement).to_string(),
        Facts::Draft(drafted) => Sentence::of(told, &person.name, now).of_draft(drafted).to_string(),
        Facts::None => Sentence::of(told, &person.name, now).to_string(),
    }
}

/// A notice in one sentence, with a full stop.
#[derive(Template)]
#[template(path = "letters/sentence.txt", escape = "none")]
struct Sentence {
    kind: Kind,
    /// Whether it is about their own place.
    mine: bool,
    /// Whose place it is about, where it is another's.
    delegate: Option<String>,
    /// Whether it is about one place, and not about all of a school.
    of_place: bool,
    event: String,
    /// The person whom it is about.
    about: String,
    due: String,
    amount: String,
    from: String,
    to: String,
    year: String,
    number: i64,
    subject: String,
    /// Why it was declined, or the event or session called off.
    reason: String,
    /// What has become of what it asked for.
    became: Option<Became>,
    /// Whether its time is over; of a statement, whether it was cancelled.
    over: bool,
    /// Whether it reminds of a session after the first.
    later: bool,
    /// Of a statement, in pounds: what of it was paid or taken back, and what is left of it, where that is something.
    paid: String,
    left: String,
}

impl Sentence {
    /// What somebody of this name was told, as it stands now.
    fn of(told: &Told, name: &Line, now: DateTime<Utc>) -> Sentence {
        let text = |line: &Option<Line>| line.as_ref().map_or("", Line::as_str).to_owned();
        let mine = told.delegate_name.as_ref() == Some(name);
        Sentence {
            kind: told.kind,
            mine,
            delegate: told.delegate_name.as_ref().map(|name| name.as_str().to_owned()).filter(|_| !mine),
            of_place: told.booking_id.is_some(),
            event: text(&told.event_title),
            about: text(&told.about_name),
            due: told.due_at.map(said::deadline).unwrap_or_default(),
            amount: told.transfer_amount.map(said::credits).unwrap_or_default(),
            from: text(&told.from_school_name),
            to: text(&told.to_school_name),
            year: told.allocation_year.or(told.year).map(|year| year.as_str()).unwrap_or_default(),
            number: told.settlement_number.unwrap_or_default(),
            subject: text(topic(told)),
            reason: text(if told.declined_because.is_some() {
                &told.declined_because
            } else {
                &told.called_off_because
            }),
            became: told.became,
            over: told.is_over(now),
            later: told.is_of_later_session(),
            paid: String::new(),
            left: String::new(),
        }
    }

    /// The same with the amounts of the statement, and why it was cancelled or a payment taken back.
    fn of_statement(mut self, of: &Statement) -> Sentence {
        self.amount = said::pounds(of.of.pence);
        self.paid = of.payment.as_ref().map(|payment| said::pounds(payment.pence)).unwrap_or_default();
        self.left = if of.left() > 0 { said::pounds(of.left()) } else { String::new() };
        self.reason = of.because.clone().unwrap_or_default();
        self.over = of.of.state == State::Cancelled;
        self
    }

    /// The same with the partner who drafted it, and why it was sent back.
    fn of_draft(mut self, of: &Drafted) -> Sentence {
        self.from = of.partner.as_str().to_owned();
        self.reason = of.because.as_ref().map_or("", Line::as_str).to_owned();
        self
    }

    /// The same with who writes to whom: the person and the side of a message, the side that complained, the other side.
    fn between(mut self, person: &Person, of: &Conversation, message: Option<&Message>) -> Sentence {
        let (asking, offering) = (of.asking_school_name.as_str(), of.provider.name.as_str());
        let by_offering = match self.kind {
            Kind::ConversationComplained => of.complained_by == Some(Side::Offering),
            // The other side is that of the offer for whoever asks.
            _ => person.school_id == Some(of.asking_school_id),
        };
        let (from, to) = if by_offering { (offering, asking) } else { (asking, offering) };
        (self.from, self.to) = (from.to_owned(), to.to_owned());
        self.about = message.map_or("", |message| message.written_by_name.as_str()).to_owned();
        self
    }
}

/// What the commission, conversation, programme or message of a notice is about.
pub(super) fn topic(told: &Told) -> &Option<Line> {
    [&told.commission_title, &told.conversation_subject, &told.programme_title, &told.subject]
        .into_iter()
        .find(|topic| topic.is_some())
        .unwrap_or(&None)
}

/// The page that a notice leads to, as a path.
pub fn page_of(told: &Told) -> Option<String> {
    match told.kind {
        Kind::ApprovalWaiting | Kind::ApprovalDue if told.became.is_none() => return Some("/approvals".to_owned()),
        Kind::PersonJoined | Kind::PersonLeft | Kind::SchoolTakenOver => return Some("/school".to_owned()),
        Kind::RecordChanged | Kind::SignInChanged => return Some("/account".to_owned()),
        Kind::TicketGiven | Kind::TicketTakenBack => return Some("/places".to_owned()),
        Kind::WebhookDisabled => return Some("/settings/webhooks".to_owned()),
        Kind::YearClosed | Kind::YearReopened | Kind::CreditsLapse | Kind::CreditsBought | Kind::CreditsCorrected => {
            return Some("/credits".to_owned());
        }
        Kind::EarningsCorrected => return Some("/partner/settlements".to_owned()),
        _ => {}
    }
    if let Some(announcement) = told.announcement_id {
        return Some(format!("/messages/{announcement}"));
    }
    if let Some(booking) = told.booking_id {
        match told.kind {
            Kind::EvaluationAsked => return Some(format!("/places/{booking}/evaluation")),
            Kind::CertificateIssued => return Some(format!("/places/{booking}/certificate")),
            _ => {}
        }
    }
    let of = |place: &str, id: Option<String>| id.map(|id| format!("{place}{id}"));
    of("/places/", told.booking_id.map(|id| id.to_string()))
        .or(of("/events/", told.event_id.map(|id| id.to_string())))
        .or(of("/support/commissions/", told.commission_id.map(|id| id.to_string())))
        .or(of("/support/conversations/", told.conversation_id.map(|id| id.to_string())))
        .or(of("/programmes/", told.programme_id.map(|id| id.to_string())))
        .or(of("/settlements/", told.settlement_id.map(|id| id.to_string())))
        .or(of("/gifts/", told.transfer_id.map(|id| id.to_string())))
        .or(told.allocation_id.map(|_| "/credits".to_owned()))
}
