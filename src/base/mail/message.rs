//! One message, as it is written to the wire.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use crate::base::text::Email;

/// A file that goes along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its name: `certificate.pdf`.
    pub name: String,
    /// Its media type: `application/pdf`.
    pub media_type: &'static str,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// What a calendar program is told by a message, as iTIP has it (RFC 6047).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheduling {
    /// What it is asked to do: `REQUEST`.
    pub method: &'static str,
    /// The calendar.
    pub calendar: String,
}

/// A message to one address, in HTML and as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// What the sender is called.
    pub from_name: String,
    /// What the receiver is called.
    pub to_name: String,
    /// Where it goes.
    pub to: Email,
    /// The part of the Message-ID before the `@`: the same however often it is sent.
    pub id: String,
    /// When it was written.
    pub written_at: DateTime<Utc>,
    /// The subject, of one line.
    pub subject: String,
    /// What it says, as text.
    pub text: String,
    /// What it says, in HTML.
    pub html: String,
    /// What it says to a calendar program.
    pub scheduling: Option<Scheduling>,
    /// What goes along.
    pub attachments: Vec<Attachment>,
    /// Further headers: ASCII text of one line each.
    pub headers: Vec<(&'static str, String)>,
}

/// Why a message can't be written.
#[derive(Debug, thiserror::Error)]
pub enum Unwritable {
    /// The address can't be written to.
    #[error("the address can't be written to: {0}")]
    Address(#[from] lettre::address::AddressError),
    /// Something else of it can't be written.
    #[error("it can't be written: {0}")]
    Message(#[from] lettre::error::Error),
    /// The type of an attachment is none.
    #[error("it can't be written: {0}")]
    Type(#[from] lettre::message::header::ContentTypeErr),
    /// A header has no name.
    #[error("it can't be written: {0}")]
    Header(#[from] lettre::message::header::InvalidHeaderName),
}

impl Mail {
    /// The message, from an address and with answers to another.
    pub(super) fn written(&self, from: &Mailbox, reply_to: Option<&Mailbox>) -> Result<Message, Unwritable> {
        let to = Mailbox::new(some(&self.to_name), address(&self.to)?);
        let sender = Mailbox::new(some(&self.from_name), from.email.clone());
        let mut builder = Message::builder()
            .from(sender)
            .to(to)
            .subject(one_line(&self.subject))
            .message_id(Some(format!("<{}@{}>", self.id, from.email.domain())))
            .date(SystemTime::from(self.written_at));
        if let Some(reply_to) = reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        let mut said = MultiPart::alternative_plain_html(self.text.clone(), self.html.clone());
        if let Some(scheduling) = &self.scheduling {
            said = said.singlepart(scheduled(scheduling)?);
        }
        let mut message = if self.attachments.is_empty() {
            builder.multipart(said)?
        } else {
            let parts = self.attachments.iter().try_fold(MultiPart::mixed().multipart(said), |parts, file| {
                Ok::<_, Unwritable>(parts.singlepart(attached(file)?))
            })?;
            builder.multipart(parts)?
        };
        // Written by a program: nothing is to answer it by itself (RFC 3834).
        let automatic = ("Auto-Submitted", "auto-generated".to_owned());
        for (name, value) in std::iter::once(&automatic).chain(&self.headers) {
            let name = HeaderName::new_from_ascii((*name).to_owned())?;
            message.headers_mut().insert_raw(HeaderValue::new(name, value.clone()));
        }
        Ok(message)
    }
}

/// What a calendar program reads, as one more way of saying the same: programs look for it there, with its method.
fn scheduled(scheduling: &Scheduling) -> Result<SinglePart, Unwritable> {
    let media_type = format!("text/calendar; charset=utf-8; method={}", scheduling.method);
    Ok(SinglePart::builder().header(ContentType::parse(&media_type)?).body(scheduling.calendar.clone()))
}

fn attached(file: &Attachment) -> Result<SinglePart, Unwritable> {
    let media_type = ContentType::parse(file.media_type)?;
    Ok(lettre::message::Attachment::new(file.name.clone()).body(file.bytes.clone(), media_type))
}

/// The address with its domain in ASCII, as servers look it up.
pub fn in_ascii(email: &Email) -> String {
    let (typed, canonical) = (email.as_str(), email.canonical());
    let local = typed.rsplit_once('@').map_or(typed, |(local, _)| local);
    let domain = canonical.rsplit_once('@').map_or("", |(_, domain)| domain);
    format!("{local}@{domain}")
}

fn address(email: &Email) -> Result<Address, Unwritable> {
    Ok(in_ascii(email).parse()?)
}

fn some(name: &str) -> Option<String> {
    // A phrase can't begin with a dot (RFC 5322, 3.2.5).
    Some(one_line(name).trim_start_matches('.').trim().to_owned()).filter(|name| !name.is_empty())
}

/// A text without the line breaks that would end a header.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            from_name: "Harbour Hub".to_owned(),
            to_name: "Zoë Ørsted, Ms".to_owned(),
            to: Email::parse("Zoe@bücher.example").unwrap(),
            id: "0199".to_owned(),
            written_at: "2026-10-05T09:00:00Z".parse().unwrap(),
            subject: "A place:\r\nBcc: all@hub.example".to_owned(),
            text: "Hello".to_owned(),
            html: "<p>Hello</p>".to_owned(),
            scheduling: None,
            attachments: Vec::new(),
            headers: vec![("List-Unsubscribe", "<https://hub.example/x>".to_owned())],
        }
    }

    fn written(mail: &Mail) -> String {
        let from: Mailbox = "credits@hub.example".parse().unwrap();
        String::from_utf8(mail.written(&from, None).unwrap().formatted()).unwrap()
    }

    #[test]
    fn its_headers_are_those_of_a_letter_of_a_program() {
        let text = written(&mail());
        for header in [
            "Message-ID: <0199@hub.example>\r\n",
            "Date: Mon, 05 Oct 2026 09:00:00 +0000\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "List-Unsubscribe: <https://hub.example/x>\r\n",
            "@xn--bcher-kva.example>\r\n",
        ] {
            assert!(text.contains(header), "{header} in\n{text}");
        }
    }

    #[test]
    fn what_a_calendar_program_reads_is_one_way_of_saying_it() {
        let calendar = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n".to_owned();
        let text = written(&Mail { scheduling: Some(Scheduling { method: "REQUEST", calendar }), ..mail() });
        let (before, after) =
            text.split_once("Content-Type: text/calendar; charset=utf-8; method=REQUEST\r\n").unwrap();
        assert!(before.contains("multipart/alternative") && before.contains("text/html"), "{text}");
        assert!(after.contains("METHOD:REQUEST\r\n") && !after.contains("text/html"), "{text}");
    }

    #[test]
    fn no_subject_writes_a_header_of_its_own() {
        assert!(written(&mail()).contains("Subject: A place: Bcc: all@hub.example\r\n"));
    }
}
