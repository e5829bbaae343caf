//! Which changes a webhook is sent.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::db::types::{reports_errors, stored_text, text};
use crate::ledger::changes::Kind;

/// A kind of change, `booking.confirmed`, or all kinds of one thing: `booking`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// One kind.
    Kind(Kind),
    /// All kinds of one thing, by the word before their dot.
    Thing(&'static str),
}

impl Topic {
    /// Every thing that changes, in the order of the kinds.
    pub fn things() -> Vec<&'static str> {
        let mut things = Vec::new();
        for thing in Kind::ALL.iter().map(|kind| kind.subject()) {
            if !things.contains(&thing) {
                things.push(thing);
            }
        }
        things
    }

    /// Reads a kind of change, or the word before its dot.
    pub fn parse(text: &str) -> Result<Topic, String> {
        let of_thing = || Topic::things().into_iter().find(|thing| *thing == text).map(Topic::Thing);
        Kind::parse(text)
            .map(Topic::Kind)
            .ok()
            .or_else(of_thing)
            .ok_or_else(|| "must be a kind of change such as booking.confirmed, or the word before its dot".to_owned())
    }

    /// The word, as it is stored and sent.
    pub fn as_str(&self) -> &'static str {
        match self {
            Topic::Kind(kind) => kind.as_str(),
            Topic::Thing(thing) => thing,
        }
    }

    fn takes(self, kind: Kind) -> bool {
        match self {
            Topic::Kind(wanted) => wanted == kind,
            Topic::Thing(thing) => kind.subject() == thing,
        }
    }
}

text!(Topic);

/// Kinds that were chosen: at least one, each once and in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kinds(Vec<Topic>);

impl Kinds {
    /// Those that were chosen.
    pub fn of(mut topics: Vec<Topic>) -> Result<Kinds, &'static str> {
        topics.sort();
        topics.dedup();
        if topics.is_empty() {
            Err("must name at least one kind; without the field, all are sent")
        } else {
            Ok(Kinds(topics))
        }
    }

    /// Each of them.
    pub fn topics(&self) -> &[Topic] {
        &self.0
    }

    /// Whether a kind is among them.
    pub fn take(&self, kind: Kind) -> bool {
        self.0.iter().any(|topic| topic.takes(kind))
    }

    /// Reads what was stored.
    fn parse(text: &str) -> Result<Kinds, String> {
        let topics: Result<Vec<Topic>, String> = text.split(' ').map(Topic::parse).collect();
        Ok(Kinds::of(topics?)?)
    }

    /// The words, with spaces between.
    pub fn as_str(&self) -> String {
        self.0.iter().map(Topic::as_str).collect::<Vec<_>>().join(" ")
    }
}

stored_text!(Kinds);

impl Serialize for Kinds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

impl<'de> Deserialize<'de> for Kinds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let topics = <Vec<Topic> as Deserialize>::deserialize(deserializer)?;
        Kinds::of(topics).map_err(serde::de::Error::custom)
    }
}

reports_errors!(Kinds);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_taken_by_its_word_or_its_thing() {
        let kinds = Kinds::parse("top_up booking.confirmed booking.confirmed").unwrap();
        assert_eq!(kinds.as_str(), "booking.confirmed top_up");
        for kind in Kind::ALL {
            let expected = *kind == Kind::BookingConfirmed || kind.as_str().starts_with("top_up.");
            assert_eq!(kinds.take(*kind), expected, "{kind}");
        }
        for wrong in ["", "bookings", "booking.", "booking.confirmed.x", "*", " "] {
            assert!(Kinds::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Kinds::of(Vec::new()).is_err());
    }
}
