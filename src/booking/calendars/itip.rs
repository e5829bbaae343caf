//! Writes what a calendar program is asked to do with one session, as iTIP defines it (RFC 5546): to take it in or to change
//! it (`REQUEST`), or to take it away (`CANCEL`).

use chrono::{DateTime, Utc};
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Parameter, Property};

use super::Wording;
use super::ical::{MADE_BY, identified, worded};
use crate::base::ids::SessionId;

/// What a calendar program is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// To take the session in, or to change what it has of it.
    Request,
    /// To take it away.
    Cancel,
}

impl Method {
    /// Its word in iTIP.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Request => "REQUEST",
            Method::Cancel => "CANCEL",
        }
    }
}

/// Somebody with an address.
#[derive(Clone, Copy, Debug)]
pub struct Addressee<'a> {
    /// What they are called.
    pub name: &'a str,
    /// Where they are written to.
    pub address: &'a str,
}

/// What somebody’s calendar program is told of one session.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// What it is asked to do.
    pub method: Method,
    /// The session: its identifier is the one of the calendars that are subscribed to.
    pub session: SessionId,
    /// Which writing of the session it is.
    pub sequence: i64,
    /// When it was told.
    pub told_at: DateTime<Utc>,
    /// When the session starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// What is said of it.
    pub wording: &'a Wording,
    /// Who invites.
    pub organizer: Addressee<'a>,
    /// Who is invited. Whoever has a place has said that they come, so nothing is to be answered.
    pub attendee: Addressee<'a>,
}

impl Message<'_> {
    /// The message as it is sent; its times are in UTC, as those of the calendars that are subscribed to.
    pub fn text(&self) -> String {
        let mut calendar = Calendar::empty();
        calendar
            .append_property(("VERSION", "2.0"))
            .append_property(("PRODID", MADE_BY))
            .append_property(("CALSCALE", "GREGORIAN"))
            .append_property(("METHOD", self.method.as_str()));
        calendar.push(self.event());
        calendar.to_string()
    }

    fn event(&self) -> Event {
        let (status, transparency) = match self.method {
            Method::Request => (EventStatus::Confirmed, "OPAQUE"),
            Method::Cancel => (EventStatus::Cancelled, "TRANSPARENT"),
        };
        let mut attendee = called("ATTENDEE", self.attendee);
        attendee
            .add_parameter("CUTYPE", "INDIVIDUAL")
            .add_parameter("ROLE", "REQ-PARTICIPANT")
            .add_parameter("PARTSTAT", "ACCEPTED")
            .add_parameter("RSVP", "FALSE");
        let mut event = Event::new();
        event
            .timestamp(self.told_at)
            .starts(self.starts_at)
            .ends(self.ends_at)
            .status(status)
            .add_property("TRANSP", transparency)
            .append_property(called("ORGANIZER", self.organizer))
            .append_multi_property(attendee);
        identified(&mut event, self.session, self.sequence);
        worded(&mut event, self.wording);
        event
    }
}

/// Somebody as the value of a property. No name has quotation marks, which would end the one that it is written in.
fn called(property: &str, Addressee { name, address }: Addressee<'_>) -> Property {
    let mut called = Property::new(property, format!("mailto:{address}"));
    called.append_parameter(Parameter::new("CN", &name.replace('"', "'")));
    called.done()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn text(method: Method) -> String {
        let wording = Wording {
            title: "Maths, English; and “science”".to_owned(),
            place: Some("Lampton Academy".to_owned()),
            url: None,
            words: Some("Speaker: Dr Ada\nOnline".to_owned()),
        };
        let message = Message {
            method,
            session: SessionId(Uuid::nil()),
            sequence: 3,
            told_at: "2026-10-05T09:00:00Z".parse().unwrap(),
            starts_at: "2026-11-12T13:30:00Z".parse().unwrap(),
            ends_at: "2026-11-12T16:30:00Z".parse().unwrap(),
            wording: &wording,
            organizer: Addressee { name: "Harbour Hub", address: "credits@hub.example" },
            attendee: Addressee { name: "Ørsted, \"Zoë\"", address: "zoe@school.example" },
        };
        let text = message.text();
        assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
        text.replace("\r\n ", "")
    }

    #[test]
    fn an_invitation_says_who_invites_whom_and_that_they_come() {
        let text = text(Method::Request);
        for line in [
            "METHOD:REQUEST",
            "UID:00000000-0000-0000-0000-000000000000@hub-credits",
            "SEQUENCE:3",
            "DTSTAMP:20261005T090000Z",
            "DTSTART:20261112T133000Z",
            "DTEND:20261112T163000Z",
            "STATUS:CONFIRMED",
            "SUMMARY:Maths\\, English\\; and “science”",
            "DESCRIPTION:Speaker: Dr Ada\\nOnline",
            "ORGANIZER;CN=Harbour Hub:mailto:credits@hub.example",
            "ATTENDEE;CN=\"Ørsted, 'Zoë'\";CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=FALSE:mailto:zoe@school.example",
        ] {
            assert!(text.contains(&format!("{line}\r\n")), "{line} in\n{text}");
        }
    }

    #[test]
    fn what_is_taken_back_is_cancelled_under_the_same_identifier() {
        let text = text(Method::Cancel);
        for line in ["METHOD:CANCEL", "STATUS:CANCELLED", "TRANSP:TRANSPARENT"] {
            assert!(text.contains(&format!("{line}\r\n")), "{line} in\n{text}");
        }
        assert!(text.contains("UID:00000000-0000-0000-0000-000000000000@hub-credits\r\n"), "{text}");
    }
}
