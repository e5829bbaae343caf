//! Placeholders of a newsletter: `{{places left}}` in a line that leads to an event stands for what is true of it when the
//! newsletter is looked at or sent. A line with one is left out once its event is not to come any more, and so is a heading
//! that nothing is left below.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::base::braced::{Part, parts, said_again};
use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::ids::EventId;
use crate::base::said;
use crate::programme::programmes::catalogue::Entry;

words!(/** What is filled in of the event that a line leads to. */ Placeholder {
    /// When it is.
    When = "when",
    /// What a place costs.
    Price = "price",
    /// How many places are left, and until when they can be booked.
    PlacesLeft = "places left",
    /// The same, in a line that is left out once none can be booked.
    LastPlaces = "last places",
});

impl Placeholder {
    /// As it is typed.
    pub(super) fn typed(self) -> String {
        format!("{{{{{self}}}}}")
    }
}

/// All of them as they are typed, for a hint.
pub fn listed() -> String {
    Placeholder::ALL.iter().map(|known| known.typed()).collect::<Vec<_>>().join(", ")
}

/// What is true of an event that is to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OfEvent {
    pub(super) starts_at: DateTime<Utc>,
    pub(super) ends_at: DateTime<Utc>,
    /// How many sessions it has.
    pub(super) sessions: i64,
    /// When booking closes, or when it starts.
    pub(super) closes_at: DateTime<Utc>,
    pub(super) price: Credits,
    pub(super) capacity: i64,
    pub(super) held: i64,
    pub(super) waiting: i64,
}

impl OfEvent {
    pub(super) fn of(event: &Entry) -> OfEvent {
        OfEvent {
            starts_at: event.starts_at,
            ends_at: event.ends_at,
            sessions: event.sessions,
            closes_at: event.closes_at.unwrap_or(event.starts_at),
            price: event.price,
            capacity: event.capacity,
            held: event.held,
            waiting: event.waiting,
        }
    }

    /// What a placeholder stands for as of `now`; none where its line is left out.
    fn value(&self, of: Placeholder, now: DateTime<Utc>) -> Option<String> {
        let (places, full) = said::places(self.capacity - self.held, self.waiting);
        let closed = self.closes_at <= now;
        match of {
            Placeholder::When => Some(said::held_at(self.starts_at, self.ends_at, self.sessions)),
            Placeholder::Price => Some(said::price(self.price)),
            Placeholder::PlacesLeft if closed => Some("booking has closed".to_owned()),
            Placeholder::PlacesLeft if self.closes_at < self.starts_at => {
                Some(format!("{places}; booking closes on {}", said::moment(self.closes_at)))
            }
            Placeholder::PlacesLeft => Some(places),
            Placeholder::LastPlaces if closed || full => None,
            Placeholder::LastPlaces => Some(format!("{places}: book by {}", said::deadline(self.closes_at))),
        }
    }
}

/// The event that a line leads to: the first of its links to one.
fn event_of(line: &str) -> Option<EventId> {
    let (_, after) = line.split_once("](/events/")?;
    Uuid::parse_str(after.get(..36)?).ok().map(EventId)
}

/// The events whose placeholders stand in a text.
pub(super) fn events(text: &str) -> Vec<EventId> {
    text.lines().filter(|line| line.contains("{{")).filter_map(event_of).collect()
}

/// What is wrong with the placeholders of a text, if anything.
pub(super) fn flaw(text: &str) -> Option<String> {
    (1..).zip(text.lines()).find_map(|(number, line)| {
        parts(line).into_iter().find_map(|part| match part {
            Part::Plain(_) => None,
            Part::Open(_) => Some(format!("line {number}: {{{{ must be followed by }}}}")),
            Part::Braced(whole, name) => match Placeholder::parse(name) {
                Err(_) => {
                    let (name, all) = (said_again(name), listed());
                    Some(format!("line {number}: {{{{{name}}}}} is no placeholder of a newsletter: there are {all}"))
                }
                Ok(_) if event_of(line).is_none() => {
                    Some(format!("line {number}: {whole} stands for nothing, since the line has no link to an event"))
                }
                Ok(_) => None,
            },
        })
    })
}

/// What is wrong with the placeholders of a subject: it has none.
pub(super) fn flaw_of_subject(subject: &str) -> Option<String> {
    let braced = parts(subject).into_iter().any(|part| !matches!(part, Part::Plain(_)));
    braced.then(|| "a subject has no placeholders: write what it is to say".to_owned())
}

/// The text with what its placeholders stand for as of `now`, where these events are to come.
pub(super) fn fill(text: &str, coming: &BTreeMap<EventId, OfEvent>, now: DateTime<Utc>) -> String {
    if !text.contains("{{") {
        return text.to_owned();
    }
    let mut said = String::with_capacity(text.len() * 3 / 2);
    for section in sections(text) {
        let headed = section.first().is_some_and(|line| line.starts_with('#'));
        let kept: Vec<String> = section.iter().filter_map(|line| filled(line, coming, now)).collect();
        let left_out = kept.len() < section.len();
        if headed && left_out && kept.iter().skip(1).all(|line| line.trim().is_empty()) {
            continue;
        }
        for line in kept {
            said.push_str(&line);
            said.push('\n');
        }
    }
    said
}

/// The lines of a text, in sections that begin with a heading or with the beginning or end of a part.
fn sections(text: &str) -> Vec<Vec<&str>> {
    let mut sections: Vec<Vec<&str>> = Vec::new();
    for line in text.lines() {
        match sections.last_mut().filter(|_| !line.starts_with('#') && !line.trim_start().starts_with(":::")) {
            Some(section) => section.push(line),
            None => sections.push(vec![line]),
        }
    }
    sections
}

/// A line; none where it is left out. What is no placeholder of its event stays as it was typed.
fn filled(line: &str, coming: &BTreeMap<EventId, OfEvent>, now: DateTime<Utc>) -> Option<String> {
    let Some(event) = event_of(line).filter(|_| line.contains("{{")) else { return Some(line.to_owned()) };
    let mut said = String::with_capacity(line.len() + 40);
    for part in parts(line) {
        match part {
            Part::Plain(plain) | Part::Open(plain) => said.push_str(plain),
            Part::Braced(whole, name) => match Placeholder::parse(name) {
                Ok(known) => said.push_str(&coming.get(&event)?.value(known, now)?),
                Err(_) => said.push_str(whole),
            },
        }
    }
    Some(said)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NIL: &str = "00000000-0000-0000-0000-000000000000";

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn event() -> OfEvent {
        OfEvent {
            starts_at: at("2027-03-02T13:30:00Z"),
            ends_at: at("2027-03-02T16:30:00Z"),
            sessions: 1,
            closes_at: at("2027-02-26T17:00:00Z"),
            price: Credits::from_hundredths(4500),
            capacity: 12,
            held: 11,
            waiting: 0,
        }
    }

    fn said(text: &str, event: Option<OfEvent>, now: &str) -> String {
        let coming = event.map(|event| (EventId(Uuid::nil()), event)).into_iter().collect();
        fill(&text.replace("EVENT", &format!("[Reading](/events/{NIL})")), &coming, at(now))
    }

    #[test]
    fn placeholders_stand_for_what_is_true_of_the_event_of_their_line() {
        let text = "- EVENT: {{when}}; {{ price }}; {{places left}}\n";
        let wanted = "Tuesday 2 March 2027, 1.30pm to 4.30pm; 45 credits; 1 place left; booking closes on Friday 26 February 2027, 5pm\n";
        assert!(said(text, Some(event()), "2027-02-01T09:00:00Z").ends_with(wanted));
        let full = OfEvent { held: 12, waiting: 3, closes_at: event().starts_at, ..event() };
        assert!(said(text, Some(full.clone()), "2027-02-01T09:00:00Z").ends_with("45 credits; Full, 3 waiting\n"));
        assert!(said(text, Some(event()), "2027-02-27T09:00:00Z").ends_with("45 credits; booking has closed\n"));
        let last = "## Last\n\n- EVENT: {{last places}}\n";
        let wanted = "1 place left: book by Friday 26 February 2027, 5pm\n";
        assert!(said(last, Some(event()), "2027-02-01T09:00:00Z").ends_with(wanted));
        for (event, now) in [(event(), "2027-02-27T09:00:00Z"), (full, "2027-02-01T09:00:00Z")] {
            assert_eq!(said(last, Some(event), now), "", "none can be booked");
        }
    }

    #[test]
    fn what_is_not_to_come_is_left_out_with_the_heading_above_it() {
        let text = "Hello\n\n## New\n\n- EVENT: {{when}}\n\n::: leads\n## Mine\n\n- EVENT: {{places left}}\n:::\n## End\n\nWords on EVENT\n";
        let wanted = format!("Hello\n\n::: leads\n:::\n## End\n\nWords on [Reading](/events/{NIL})\n");
        assert_eq!(said(text, None, "2027-02-01T09:00:00Z"), wanted);
        let kept = said("## New\n\n- EVENT: {{when}}\n- Coaching\n", None, "2027-02-01T09:00:00Z");
        assert_eq!(kept, "## New\n\n- Coaching\n");
        assert_eq!(said("## Empty\n\n{ {{ }", None, "2027-02-01T09:00:00Z"), "## Empty\n\n{ {{ }\n");
    }

    #[test]
    fn what_stands_for_nothing_is_refused() {
        let line = format!("- [Reading](/events/{NIL}): {{{{when}}}}");
        assert_eq!((flaw(&line), flaw("a { b } }}")), (None, None));
        for (text, wanted) in [
            ("Dear {{name}}", "line 1: {{name}} is no placeholder of a newsletter: there are {{when}}, {{price}},"),
            ("\n{{when}}", "line 2: {{when}} stands for nothing"),
            ("{{when", "line 1: {{ must be followed by }}"),
        ] {
            assert!(flaw(text).is_some_and(|flaw| flaw.starts_with(wanted)), "{text}: {:?}", flaw(text));
        }
        assert!(flaw_of_subject("{{name}}, hello").is_some() && flaw_of_subject("Hello").is_none());
    }

    proptest! {
        #[test]
        fn a_text_without_placeholders_stays_as_it_is(text in "[^{]{0,80}") {
            prop_assert_eq!(flaw(&text), None);
            prop_assert_eq!(fill(&text, &BTreeMap::new(), at("2027-02-01T09:00:00Z")), text);
        }
    }
}
