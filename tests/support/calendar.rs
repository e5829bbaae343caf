//! Calendars as programs read them: by a parser that shares nothing with what wrote them.

use calcard::icalendar::dates::TimeOrDelta;
use calcard::icalendar::{
    ICalendar, ICalendarComponentType, ICalendarParameterName, ICalendarProperty, ICalendarStatus,
};
use calcard::{Entry, Parser};
use chrono::NaiveDateTime;
use chrono_tz::Europe::London;
use serde_json::Value;

use super::Reply;

/// One entry of a calendar.
#[derive(Clone, Debug, PartialEq)]
pub struct CalendarEntry {
    /// What it is known by.
    pub uid: String,
    /// Which writing of it this is.
    pub sequence: i64,
    /// The title.
    pub summary: String,
    /// Where.
    pub location: String,
    /// What else is said.
    pub description: String,
    /// On the clocks of London.
    pub starts: NaiveDateTime,
    /// On the clocks of London.
    pub ends: NaiveDateTime,
    /// `CONFIRMED` …
    pub status: &'static str,
    /// Whether its time is taken.
    pub busy: bool,
}

impl Reply {
    /// 200, and the entries of the calendar in their order.
    #[track_caller]
    pub fn calendar(&self) -> Vec<CalendarEntry> {
        assert_eq!((self.status, self.header("content-type")), (200, Some("text/calendar; charset=utf-8")), "{self}");
        entries(&parsed(&self.text()))
    }
}

/// What a calendar program is asked to do by a letter.
#[derive(Clone, Debug, PartialEq)]
pub struct Invitation {
    /// `REQUEST` or `CANCEL`.
    pub method: String,
    /// The address of whoever invites.
    pub organizer: String,
    /// The address of whoever is invited.
    pub attendee: String,
    /// What the attendee is called.
    pub name: String,
    /// Whether they come, and are asked for an answer.
    pub answer: [String; 2],
    /// The one session.
    pub entry: CalendarEntry,
}

impl Invitation {
    /// What the letter asks for; none where it is for people alone. What the message says of it, what the calendar says, and
    /// the file that goes along are the same.
    pub fn of(letter: &Value) -> Option<Invitation> {
        let parts = letter["scheduling"].as_array().unwrap();
        assert!(parts.len() < 2, "{letter:#}");
        let part = parts.first()?;
        let text = part["text"].as_str().unwrap();
        assert_eq!(part["files"].as_array().unwrap(), &[Value::from(text)], "{letter:#}");
        assert_eq!(part["charset"], "utf-8");
        let calendar = parsed(text);
        let property = |component: usize, name: &ICalendarProperty| {
            calendar.components[component].property(name).unwrap_or_else(|| panic!("no {name:?} in {text}"))
        };
        let method = property(0, &ICalendarProperty::Method).values[0].as_text().unwrap().to_owned();
        assert_eq!(part["method"], method.as_str(), "{letter:#}");
        let [entry] = entries(&calendar).try_into().unwrap();
        let (organizer, attendee) =
            (property(1, &ICalendarProperty::Organizer), property(1, &ICalendarProperty::Attendee));
        let said = |name: ICalendarParameterName| {
            attendee.parameter(&name).and_then(|value| value.as_text()).unwrap_or_default().to_owned()
        };
        Some(Invitation {
            method,
            organizer: organizer.calendar_address().unwrap().to_owned(),
            attendee: attendee.calendar_address().unwrap().to_owned(),
            name: said(ICalendarParameterName::Cn),
            answer: [said(ICalendarParameterName::Partstat), said(ICalendarParameterName::Rsvp)],
            entry,
        })
    }
}

/// The one calendar of a text, of good form.
fn parsed(text: &str) -> ICalendar {
    well_formed(text);
    let mut parser = Parser::new(text);
    let calendar = match parser.entry() {
        Entry::ICalendar(calendar) => calendar,
        other => panic!("no calendar: {other:?} in {text}"),
    };
    assert!(matches!(parser.entry(), Entry::Eof), "something follows: {text}");
    calendar
}

/// What RFC 5545 asks of the lines, and of the calendar around the entries.
fn well_formed(text: &str) {
    assert!(text.ends_with("END:VCALENDAR\r\n"), "{text}");
    for line in text.strip_suffix("\r\n").unwrap().split("\r\n") {
        assert!(line.len() <= 75, "{} octets: {line}", line.len());
        assert!(!line.contains(['\r', '\n']), "a bare line end: {line:?}");
    }
    let unfolded = text.replace("\r\n ", "");
    let mut open = Vec::new();
    for line in unfolded.lines() {
        let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("no property: {line}"));
        let named = name.split(';').next().unwrap();
        assert!(!named.is_empty() && named.bytes().all(|b| b.is_ascii_uppercase() || b == b'-'), "{line}");
        match named {
            "BEGIN" => open.push(value),
            "END" => assert_eq!(open.pop(), Some(value), "{text}"),
            _ => assert!(!open.is_empty(), "outside the calendar: {line}"),
        }
    }
    assert!(open.is_empty(), "{open:?} does not end: {text}");
    for line in ["BEGIN:VCALENDAR", "VERSION:2.0", "CALSCALE:GREGORIAN"] {
        assert!(text.contains(&format!("{line}\r\n")), "no {line}: {text}");
    }
}

fn entries(calendar: &ICalendar) -> Vec<CalendarEntry> {
    let times = calendar.expand_dates(London, 10_000);
    assert!(times.errors.is_empty(), "{:?}", times.errors);
    let numbered = calendar.components.iter().enumerate();
    numbered
        .filter(|(_, component)| component.component_type == ICalendarComponentType::VEvent)
        .map(|(number, component)| {
            let value = |name: ICalendarProperty| component.property(&name).and_then(|entry| entry.values.first());
            let text = |name| value(name).and_then(|value| value.as_text()).unwrap_or_default().to_owned();
            let mut at = times.events.iter().filter(|time| time.comp_id as usize == number);
            let (time, None) = (at.next().expect("a time"), at.next()) else { panic!("it recurs: {component:?}") };
            let TimeOrDelta::Time(ends) = &time.end else { panic!("no end: {component:?}") };
            assert!(value(ICalendarProperty::Dtstamp).is_some(), "no DTSTAMP: {component:?}");
            CalendarEntry {
                uid: text(ICalendarProperty::Uid),
                sequence: value(ICalendarProperty::Sequence).and_then(|value| value.as_integer()).expect("a sequence"),
                summary: text(ICalendarProperty::Summary),
                location: text(ICalendarProperty::Location),
                description: text(ICalendarProperty::Description),
                starts: time.start.with_timezone(&London).naive_local(),
                ends: ends.with_timezone(&London).naive_local(),
                status: match component.status() {
                    Some(ICalendarStatus::Confirmed) => "CONFIRMED",
                    Some(ICalendarStatus::Tentative) => "TENTATIVE",
                    Some(ICalendarStatus::Cancelled) => "CANCELLED",
                    other => panic!("{other:?}"),
                },
                busy: text(ICalendarProperty::Transp) == "OPAQUE",
            }
        })
        .collect()
}
