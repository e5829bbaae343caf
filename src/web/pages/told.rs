//! A notice in words, with where it leads.

use askama::Template;

use super::words;
use crate::base::text::Line;
use crate::members::people::Person;
use crate::messages::notices::{Kind, Told};

/// Something that somebody was told.
#[derive(Template)]
#[template(path = "pages/notice.html")]
pub(crate) struct Notice {
    kind: Kind,
    /// Whether it is about their own place.
    mine: bool,
    /// Whose place it is about.
    delegate: Option<String>,
    event: String,
    /// The person whom it is about.
    about: String,
    due: String,
    when: String,
    /// Whether it is news: not read, and what it asks for is still to be done.
    unread: bool,
    link: Option<String>,
    amount: String,
    from: String,
    to: String,
    year: String,
    number: i64,
    subject: String,
    /// Why it was declined.
    reason: String,
}

impl Notice {
    /// A notice that a person was told.
    pub(crate) fn of(told: Told, person: &Person) -> Notice {
        let text = |line: &Option<Line>| line.as_ref().map_or("", Line::as_str).to_owned();
        let link = link(&told);
        let mine = told.delegate_name.as_ref() == Some(&person.name);
        let subject = told.commission_title.or(told.conversation_subject).or(told.programme_title);
        Notice {
            kind: told.kind,
            mine,
            delegate: told.delegate_name.map(|name| name.as_str().to_owned()).filter(|_| !mine),
            event: text(&told.event_title),
            about: text(&told.about_name),
            due: told.due_at.map(words::deadline).unwrap_or_default(),
            when: format!("{}, {}", words::short_day_of(told.told_at), words::time_of(told.told_at)),
            unread: told.read_at.is_none() && !told.settled,
            link,
            amount: told.transfer_amount.map(words::credits).unwrap_or_default(),
            from: text(&told.from_school_name),
            to: text(&told.to_school_name),
            year: told.allocation_year.map(|year| year.as_str()).unwrap_or_default(),
            number: told.settlement_number.unwrap_or_default(),
            subject: text(&subject),
            reason: text(&told.declined_because),
        }
    }
}

/// Where a notice leads.
fn link(told: &Told) -> Option<String> {
    match told.kind {
        Kind::ApprovalWaiting | Kind::ApprovalDue if !told.settled => return Some("/approvals".to_owned()),
        Kind::PersonJoined | Kind::PersonLeft | Kind::SchoolTakenOver => return Some("/school".to_owned()),
        Kind::RecordChanged => return Some("/account".to_owned()),
        Kind::WebhookDisabled => return Some("/settings/webhooks".to_owned()),
        Kind::YearClosed | Kind::YearReopened => return Some("/credits".to_owned()),
        _ => {}
    }
    let of = |place: &str, id: Option<String>| id.map(|id| format!("{place}{id}"));
    of("/places/", told.booking_id.map(|id| id.to_string()))
        .or(of("/events/", told.event_id.map(|id| id.to_string())))
        .or(of("/support/commissions/", told.commission_id.map(|id| id.to_string())))
        .or(of("/support/conversations/", told.conversation_id.map(|id| id.to_string())))
        .or(of("/programmes/", told.programme_id.map(|id| id.to_string())))
        .or(told.settlement_id.map(|_| "/partner/settlements".to_owned()))
        .or(of("/gifts/", told.transfer_id.map(|id| id.to_string())))
        .or(told.allocation_id.map(|_| "/credits".to_owned()))
}
