//! Words that callers write, checked once at the edge: no control character (so no NUL, on which the
//! engines differ), a length, a shape.

use crate::db::types::{reports_errors, text};

/// One line of 1 to 200 characters without control characters, trimmed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line(String);

/// Up to 5,000 characters, line ends and tabs allowed, other control characters not; may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prose(String);

/// An e-mail address, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

/// A school's Unique Reference Number: six digits given by the Department for Education.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Urn(String);

/// An `http` or `https` address of up to 500 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link(String);

impl Line {
    /// The most characters it may have.
    pub const LONGEST: usize = 200;

    /// Reads one line.
    pub fn parse(text: &str) -> Result<Line, String> {
        let text = text.trim();
        if text.chars().any(char::is_control) {
            return Err("must not hold control characters or line ends".to_owned());
        }
        match text.chars().count() {
            0 => Err("must not be empty".to_owned()),
            1..=Self::LONGEST => Ok(Line(text.to_owned())),
            length => Err(format!("must have at most {} characters, has {length}", Self::LONGEST)),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Prose {
    /// Reads prose.
    pub fn parse(text: &str) -> Result<Prose, String> {
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err("must not hold control characters other than line ends and tabs".to_owned());
        }
        match text.chars().count() {
            0..=5000 => Ok(Prose(text.to_owned())),
            length => Err(format!("must have at most 5000 characters, has {length}")),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Email {
    /// Reads an address: something, `@`, and a domain with a point, at most 254 characters.
    pub fn parse(text: &str) -> Result<Email, String> {
        let text = text.trim().to_lowercase();
        let shaped = text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && domain.contains('.')
                && !domain.contains('@')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
        });
        if !shaped || text.len() > 254 || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err("must be an e-mail address such as a.teacher@school.example".to_owned());
        }
        Ok(Email(text))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Urn {
    /// Reads six digits, the first not zero.
    pub fn parse(text: &str) -> Result<Urn, String> {
        let text = text.trim();
        if text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0') {
            Ok(Urn(text.to_owned()))
        } else {
            Err("must be a school's URN: six digits such as 136341".to_owned())
        }
    }

    /// The digits as a number, by which schools are put in order.
    pub fn number(&self) -> u32 {
        self.0.bytes().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Link {
    /// Reads an address.
    pub fn parse(text: &str) -> Result<Link, String> {
        let shaped =
            text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).is_some_and(|rest| !rest.is_empty());
        if !shaped || text.chars().count() > 500 || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err("must be an http or https address of at most 500 characters".to_owned());
        }
        Ok(Link(text.to_owned()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text!(Line);
text!(Prose);
text!(Email);
text!(Urn);
text!(Link);

/// `null` and "not sent" are different in a change: `Some(None)` clears, `None` leaves alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<T>(pub Option<Option<T>>);

impl<T> Default for Change<T> {
    fn default() -> Self {
        Change(None)
    }
}

impl<T> Change<T> {
    /// The new value, or `old` where none was sent.
    pub fn over(self, old: Option<T>) -> Option<T> {
        self.0.unwrap_or(old)
    }
}

impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for Change<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize(deserializer).map(|value| Change(Some(value)))
    }
}

impl<'de, T: serde::Deserialize<'de>> eserde::EDeserialize<'de> for Change<T> {
    fn deserialize_for_errors<D: serde::Deserializer<'de>>(deserializer: D) -> Result<(), ()> {
        <Self as serde::Deserialize>::deserialize(deserializer)
            .map(|_| ())
            .map_err(eserde::reporter::ErrorReporter::report)
    }
}

/// A calendar date in a request: ISO 8601, `2027-01-31`, years 1900 to 2200.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub chrono::NaiveDate);

/// An instant in a request: RFC 3339 with its offset, whole microseconds, years 1900 to 2200.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub chrono::DateTime<chrono::Utc>);

const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;

impl Day {
    /// Reads a date.
    pub fn parse(text: &str) -> Result<Day, String> {
        use chrono::Datelike;
        let shaped = text.len() == 10 && text.is_ascii();
        let day = shaped.then(|| chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten();
        day.filter(|day| YEARS.contains(&day.year()))
            .map(Day)
            .ok_or_else(|| "must be a date such as 2027-01-31".to_owned())
    }
}

impl Instant {
    /// Reads an instant.
    pub fn parse(text: &str) -> Result<Instant, String> {
        use chrono::{Datelike, DurationRound};
        let instant = chrono::DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.to_utc());
        let instant = instant
            .filter(|instant| YEARS.contains(&instant.year()))
            .and_then(|instant| instant.duration_trunc(chrono::TimeDelta::microseconds(1)).ok());
        instant.map(Instant).ok_or_else(|| "must be an RFC 3339 time such as 2027-01-31T09:00:00Z".to_owned())
    }
}

impl serde::Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl serde::Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

macro_rules! read_only_text {
    ($name:ident) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                $name::parse(&text).map_err(serde::de::Error::custom)
            }
        }
        reports_errors!($name);
    };
}

read_only_text!(Day);
read_only_text!(Instant);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_and_plain() {
        assert_eq!(Line::parse("  Lampton Academy ").unwrap().as_str(), "Lampton Academy");
        for wrong in ["", "  ", "a\0b", "a\nb", &"x".repeat(201)] {
            assert!(Line::parse(wrong).is_err(), "{wrong:?}");
        }
        assert!(Prose::parse("a\nb\tc").is_ok() && Prose::parse("").is_ok());
        assert!(Prose::parse("a\0b").is_err() && Prose::parse(&"x".repeat(5001)).is_err());
    }

    #[test]
    fn shapes_are_checked() {
        assert_eq!(Email::parse("A.Teacher@School.example ").unwrap().as_str(), "a.teacher@school.example");
        for wrong in ["a", "@b.c", "a@b", "a@b@c.d", "a b@c.d", "a@.c", "a@c."] {
            assert!(Email::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Urn::parse("136341").is_ok());
        for wrong in ["12345", "1234567", "012345", "13634x", "１３６３４１"] {
            assert!(Urn::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Link::parse("https://x.example/a?b=c").is_ok());
        assert!(Link::parse("javascript:alert(1)").is_err() && Link::parse("https://").is_err());
        assert!(
            Day::parse("2027-01-31").is_ok()
                && Day::parse("2027-02-30").is_err()
                && Day::parse("0001-01-01").is_err()
                && Day::parse("2027-1-1").is_err()
        );
        assert_eq!(
            Instant::parse("2027-01-31T09:00:00.1234567+01:00").unwrap().0.to_rfc3339(),
            "2027-01-31T08:00:00.123456+00:00"
        );
        assert!(Instant::parse("2027-01-31T09:00:00").is_err() && Instant::parse("9999-12-31T23:59:59Z").is_err());
    }
}
