//! Text that callers write, checked once at the edge: no control characters (so no NUL, on which the engines differ),
//! a length, a form. Stored text is read as it is, even where a rule has become stricter since.

mod email;
pub mod fold;
mod visible;

use chrono::NaiveDate;
use url::Url;

pub use email::Email;

use crate::base::db::types::{kept_text, reports_errors, text};

/// One line of 1 to 200 characters, trimmed: something of it is visible, and nothing turns or breaks the line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line(String);

/// Up to 5,000 characters; line ends and tabs are allowed, other control characters are not; may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prose(String);

/// Markdown of up to 20,000 characters, under the rule of [`Prose`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markdown(String);

/// A school's Unique Reference Number: six digits given by the Department for Education.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Urn(String);

/// An `http` or `https` address of up to 500 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link(String);

/// A number with commas between its thousands: `6,000`, `-1,234.50`.
pub fn grouped(number: &str) -> String {
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let digits = whole.trim_start_matches('-').len();
    let mut text = String::with_capacity(number.len() + digits / 3);
    for (at, letter) in whole.chars().rev().enumerate() {
        if at > 0 && at % 3 == 0 && letter != '-' {
            text.insert(0, ',');
        }
        text.insert(0, letter);
    }
    text + rest
}

/// So many things of a kind: 1 fault, 2 faults, 1,204 faults.
pub fn counted(number: impl TryInto<u64>, of: &str) -> String {
    match number.try_into() {
        Ok(1) => format!("1 {of}"),
        Ok(many) => format!("{} {of}s", grouped(&many.to_string())),
        Err(_) => format!("many {of}s"),
    }
}

/// So many people: 1 person, 2 people.
pub fn people(number: impl TryInto<u64>) -> String {
    match number.try_into() {
        Ok(1) => "1 person".to_owned(),
        Ok(many) => format!("{} people", grouped(&many.to_string())),
        Err(_) => "many people".to_owned(),
    }
}

/// Words as a sentence begins: `top up` is `Top up`.
pub fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A text of at most so many characters: one that is longer ends after a word, with `…`.
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    let end = kept.rfind(' ').filter(|end| *end > 0).unwrap_or(kept.len());
    format!("{}…", kept.get(..end).unwrap_or(&kept).trim_end())
}

/// A day as people write it: 12 November 2026.
pub fn day_in_words(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

impl Line {
    /// The most characters that a line may have.
    pub const LONGEST: usize = 200;

    /// Reads one line.
    pub fn parse(text: &str) -> Result<Line, String> {
        let not_of_a_line = |c: &char| visible::turns(*c) || visible::ends_line(*c);
        if let Some(wrong) = text.chars().find(not_of_a_line) {
            return Err(format!("must not hold U+{:04X}, which turns or breaks the line", u32::from(wrong)));
        }
        let text = visible::trim(text);
        if text.chars().any(char::is_control) {
            return Err("must not hold control characters or line ends".to_owned());
        }
        match text.chars().count() {
            0 => Err("must not be empty".to_owned()),
            _ if !visible::is_seen(text) => Err("must hold something that is seen, not only marks".to_owned()),
            1..=Self::LONGEST => Ok(Line(text.to_owned())),
            length => Err(format!("must have at most {} characters, has {length}", Self::LONGEST)),
        }
    }

    /// As much of some words as a line has room for; none where they make no line.
    pub fn beginning(words: &str) -> Option<Line> {
        Line::parse(&words.chars().take(Self::LONGEST).collect::<String>()).ok()
    }

    /// A line from the database, accepted whatever rule held when it was stored.
    pub(crate) fn stored(text: String) -> Line {
        Line(text)
    }

    /// The line as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key by which it is sorted and found, the same on both engines (see [`fold`]).
    pub fn key(&self) -> String {
        fold::key(&self.0)
    }

    /// The LIKE pattern that finds it anywhere in folded text.
    pub fn pattern(&self) -> String {
        fold::pattern(&self.0)
    }
}

impl Prose {
    /// Reads prose.
    pub fn parse(text: &str) -> Result<Prose, String> {
        of_lines(text, 5000).map(Prose)
    }

    /// Prose from the database, accepted whatever rule held when it was stored.
    fn stored(text: String) -> Prose {
        Prose(text)
    }

    /// Whether nothing of it is seen: no line says anything.
    pub fn is_blank(&self) -> bool {
        self.0.lines().all(|line| Line::parse(line).is_err() && line.chars().count() <= Line::LONGEST)
    }

    /// The prose as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Text of several lines, of so many characters at most.
fn of_lines(text: &str, most: usize) -> Result<String, String> {
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err("must not hold control characters other than line ends and tabs".to_owned());
    }
    if let Some(wrong) = text.chars().find(|c| visible::turns(*c)) {
        return Err(format!("must not hold U+{:04X}, which turns the direction of the text", u32::from(wrong)));
    }
    match text.chars().count() {
        length if length > most => Err(format!("must have at most {most} characters, has {length}")),
        _ => Ok(text.to_owned()),
    }
}

impl Markdown {
    /// The most characters that it may have.
    pub const LONGEST: usize = 20_000;

    /// Reads Markdown.
    pub fn parse(text: &str) -> Result<Markdown, String> {
        of_lines(text, Self::LONGEST).map(Markdown)
    }

    /// Markdown from the database, accepted whatever rule held when it was stored.
    pub(crate) fn stored(text: String) -> Markdown {
        Markdown(text)
    }

    /// The Markdown as text.
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

    /// The digits as a number, by which schools are sorted.
    pub fn number(&self) -> u32 {
        self.0.bytes().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
    }

    /// The six digits as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Link {
    /// Reads an address.
    pub fn parse(text: &str) -> Result<Link, String> {
        let of_web = |url: &Url| ["http", "https"].contains(&url.scheme()) && url.has_host();
        if !Url::parse(text).is_ok_and(|url| of_web(&url))
            || text.chars().count() > 500
            || text
                .chars()
                .any(|c| c.is_control() || c.is_whitespace() || visible::turns(c) || visible::is_passed_over(c))
        {
            return Err("must be an http or https address of at most 500 characters".to_owned());
        }
        Ok(Link(text.to_owned()))
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

kept_text!(Line);
kept_text!(Prose);
kept_text!(Markdown);
kept_text!(Email);
text!(Urn);
text!(Link);

/// Tells `null` from "not sent" in a change: `Some(None)` clears, `None` leaves alone.
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

/// The years that a date or instant in a request may be in.
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
        assert!(Prose::parse("a\u{202e}b").is_err() && Prose::parse("a\u{2028}b").is_ok());
        assert!(Prose::parse("a\0b").is_err() && Prose::parse(&"x".repeat(5001)).is_err());
    }

    #[test]
    fn a_line_is_seen_and_keeps_its_direction() {
        for unseen in [
            "\u{200b}",
            "\u{2060}",
            "\u{feff}",
            "\u{3164}",
            "\u{ad}",
            "\u{301}",
            "\u{2800}",
            "\u{e0041}",
            "\u{200d} \u{fe0f}",
        ] {
            assert!(Line::parse(unseen).is_err(), "{unseen:?}");
        }
        for turning in
            ["Ella\u{202e} traH", "\u{2067}Ella\u{2069}", "\u{2028}Ella", "Ella\u{2029}Hart", "Ella\u{85}Hart"]
        {
            assert!(Line::parse(turning).is_err(), "{turning:?}");
        }
        for (typed, read) in [
            ("\u{feff}Ella\u{200b} ", "Ella"),
            ("فاطمة", "فاطمة"),
            ("मीना", "मीना"),
            ("E\u{301}", "E\u{301}"),
            ("!", "!"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("👩\u{200d}🏫", "👩\u{200d}🏫"),
        ] {
            assert_eq!(Line::parse(typed).unwrap().as_str(), read);
        }
    }

    #[test]
    fn shapes_are_checked() {
        assert!(Urn::parse("136341").is_ok());
        for wrong in ["12345", "1234567", "012345", "13634x", "１３６３４１"] {
            assert!(Urn::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Link::parse("https://x.example/a?b=c").is_ok());
        assert!(Link::parse("javascript:alert(1)").is_err() && Link::parse("https://").is_err());
        assert!(Link::parse("https://a b").is_err() && Link::parse("https://?x").is_err() && Link::parse("x").is_err());
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

    #[test]
    fn what_is_too_long_ends_after_a_word() {
        assert_eq!(shortened("Where to park", 13), "Where to park");
        assert_eq!(shortened("Where to park", 12), "Where to…");
        assert_eq!(shortened("Parkplätze", 5), "Park…");
    }
}
