//! Writes a calendar as RFC 5545 defines it.

use std::collections::HashMap;

use chrono::TimeDelta;
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Parameter, Property};

use super::{Entry, Standing};
use crate::base::ids::EventId;
use crate::base::text::Line;

/// Which product made the calendar.
const MADE_BY: &str = concat!("-//hub-credits//hub-credits ", env!("CARGO_PKG_VERSION"), "//EN");
/// How often a subscribed program should ask again.
const REFRESH: TimeDelta = TimeDelta::hours(1);

/// The calendar of this name with these entries. The same entries give the same text, whenever it is read: each is
/// stamped with when it was last revised (RFC 5545, 3.8.7.2).
///
/// Times are in UTC, which every program shows by its reader's clock: when the clocks change no time is missing or
/// ambiguous, and there is no description of a time zone that could be wrong.
pub fn text(name: &str, entries: &[Entry]) -> String {
    let mut calendar = Calendar::empty();
    calendar
        .append_property(("VERSION", "2.0"))
        .append_property(("PRODID", MADE_BY))
        .append_property(("CALSCALE", "GREGORIAN"))
        .append_property(Property::new("NAME", name).append_parameter(Parameter::new("VALUE", "TEXT")).done())
        .append_property(("X-WR-CALNAME", name))
        .append_property(("X-WR-TIMEZONE", "Europe/London"))
        .ttl(&REFRESH);
    let mut sessions: HashMap<EventId, usize> = HashMap::new();
    for entry in entries {
        *sessions.entry(entry.event).or_default() += 1;
    }
    for entry in entries {
        let alone = sessions.get(&entry.event) == Some(&1);
        calendar.push(event(entry, alone));
    }
    calendar.to_string()
}

/// One session; `alone` where its event has no other.
fn event(entry: &Entry, alone: bool) -> Event {
    let title = if alone { entry.event_title.to_string() } else { format!("{}: {}", entry.event_title, entry.title) };
    let (status, transparency, remark) = match entry.standing {
        Standing::Firm => (EventStatus::Confirmed, "OPAQUE", None),
        Standing::Tentative(remark) => (EventStatus::Tentative, "OPAQUE", Some(remark.to_owned())),
        Standing::Cancelled => (EventStatus::Cancelled, "TRANSPARENT", None),
    };
    let mut event = Event::new();
    event
        .uid(&format!("{}@hub-credits", entry.session))
        .sequence(u32::try_from(entry.sequence).unwrap_or(u32::MAX))
        .timestamp(entry.revised_at)
        .last_modified(entry.revised_at)
        .starts(entry.starts_at)
        .ends(entry.ends_at)
        .summary(&title)
        .status(status)
        .add_property("TRANSP", transparency);
    let online = entry.online_url.as_ref().map(|url| url.as_str()).or(entry.online.then_some("Online"));
    if let Some(place) = entry.place.as_ref().map(Line::as_str).or(online) {
        event.location(place);
    }
    if let Some(url) = &entry.online_url {
        event.url(url.as_str());
    }
    let speaker = entry.speaker.as_ref().map(|speaker| format!("Speaker: {speaker}"));
    let online = match &entry.online_url {
        Some(url) => Some(format!("Online: {url}")),
        None => {
            entry.online.then(|| "Online: those who have a place find the link when they have signed in.".to_owned())
        }
    };
    let called_off = entry.called_off.as_ref().map(|reason| format!("Called off: {reason}"));
    let words: Vec<String> = [remark, called_off, speaker, online].into_iter().flatten().collect();
    if !words.is_empty() {
        event.description(&words.join("\n"));
    }
    event
}
