//! Writes a calendar as RFC 5545 defines it.

use std::collections::HashMap;

use chrono::TimeDelta;
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Parameter, Property};

use super::{Entry, Standing, Wording};
use crate::base::ids::{EventId, SessionId};
use crate::base::text::Line;

/// Which product made the calendar.
pub(super) const MADE_BY: &str = concat!("-//hub-credits//hub-credits ", env!("CARGO_PKG_VERSION"), "//EN");
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
    for (entry, wording) in entries.iter().zip(wordings(entries)) {
        calendar.push(event(entry, &wording));
    }
    calendar.to_string()
}

/// What the calendar of these entries says of each, in their order.
pub fn wordings(entries: &[Entry]) -> Vec<Wording> {
    let mut sessions: HashMap<EventId, usize> = HashMap::new();
    for entry in entries {
        *sessions.entry(entry.event).or_default() += 1;
    }
    entries.iter().map(|entry| wording(entry, sessions.get(&entry.event) == Some(&1))).collect()
}

/// What is said of one session; `alone` where its event has no other.
fn wording(entry: &Entry, alone: bool) -> Wording {
    let alone = alone || entry.title == entry.event_title;
    let title = if alone { entry.event_title.to_string() } else { format!("{}: {}", entry.event_title, entry.title) };
    let remark = match entry.standing {
        Standing::Tentative(remark) => Some(remark.to_owned()),
        Standing::Firm | Standing::Cancelled => None,
    };
    let place = entry.place.as_ref().map(Line::as_str);
    let online = entry.online_url.as_ref().map(|url| url.as_str()).or(entry.online.then_some("Online"));
    let speaker = entry.speaker.as_ref().map(|speaker| format!("Speaker: {speaker}"));
    let joined = match &entry.online_url {
        Some(url) => Some(format!("Online: {url}")),
        None => {
            entry.online.then(|| "Online: those who have a place find the link when they have signed in.".to_owned())
        }
    };
    let words: Vec<String> = [remark, why_called_off(entry), speaker, joined].into_iter().flatten().collect();
    Wording {
        title,
        place: place.or(online).map(str::to_owned),
        url: entry.online_url.as_ref().map(|url| url.as_str().to_owned()),
        words: Some(words.join("\n")).filter(|words| !words.is_empty()),
    }
}

/// Why a session was called off, as a calendar says it.
pub fn why_called_off(entry: &Entry) -> Option<String> {
    entry.called_off.as_ref().map(|reason| format!("Called off: {reason}"))
}

/// One session, as it is subscribed to.
fn event(entry: &Entry, wording: &Wording) -> Event {
    let (status, transparency) = match entry.standing {
        Standing::Firm => (EventStatus::Confirmed, "OPAQUE"),
        Standing::Tentative(_) => (EventStatus::Tentative, "OPAQUE"),
        Standing::Cancelled => (EventStatus::Cancelled, "TRANSPARENT"),
    };
    let mut event = Event::new();
    event
        .timestamp(entry.revised_at)
        .last_modified(entry.revised_at)
        .starts(entry.starts_at)
        .ends(entry.ends_at)
        .status(status)
        .add_property("TRANSP", transparency);
    identified(&mut event, entry.session, entry.sequence);
    worded(&mut event, wording);
    event
}

/// Says which session it is, and which writing of it.
pub(super) fn identified(event: &mut Event, session: SessionId, sequence: i64) {
    event.uid(&format!("{session}@hub-credits")).sequence(u32::try_from(sequence).unwrap_or(u32::MAX));
}

/// Says what is said of it.
pub(super) fn worded(event: &mut Event, Wording { title, place, url, words }: &Wording) {
    event.summary(title);
    if let Some(place) = place {
        event.location(place);
    }
    if let Some(url) = url {
        event.url(url);
    }
    if let Some(words) = words {
        event.description(words);
    }
}
