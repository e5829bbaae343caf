//! Refusals as people read them on a page: without the words of the API, of its paths and of the program.

use chrono::{DateTime, NaiveDate, Utc};

use super::problem::{Code, FieldError, Problem};
use crate::base::said;
use crate::base::text::capitalised;

/// What the API says, and what a page says in its place.
const SAID: &[(&str, &str)] = &[
    ("the caller's role may not do this", "Your role can’t do this."),
    ("this has changed since it was shown: look at it again", NOT_AS_SHOWN),
    ("the last place has gone since this was shown", PLACE_GONE),
    ("nobody signs in here by this address with that", "The address or the password is not right."),
    ("must be the `next` of a page of this list", "That page of the list is no longer there: start at the first"),
    ("wait for the answer of the first request with this key", "This is being done already: wait a little."),
    ("there is nothing at this path", "There is no such page."),
    (
        "must be a decimal number of credits such as \"12.50\", without sign or exponent",
        "must be a number of credits, such as 60 or 12.50",
    ),
    (
        "must be a decimal number of days such as \"3.5\", without sign or exponent",
        "must be a number of days, such as 3 or 3.5",
    ),
    ("input contains invalid characters", NO_DAY),
    ("premature end of input", NO_DAY),
    ("input is out of range", NO_DAY),
    ("trailing input", NO_DAY),
];

const NOT_AS_SHOWN: &str = "This has changed since the page was shown to you, and nothing was done. The page shows how it is now: \
                            look at it again, and press the button if you still want it.";

const PLACE_GONE: &str = "The last place has just gone, and nothing was done. You can join the waiting list.";

const NO_DAY: &str = "must be a day, such as 2027-03-31 for 31 March 2027";

/// What a page says of a refusal as a whole, where no form shows the fields that are at fault.
pub(super) fn detail(problem: &Problem) -> String {
    if problem.code() == Code::BodyTooLarge {
        return "That is more than can be sent at once. Send less, or a smaller file.".to_owned();
    }
    if problem.errors().is_empty() {
        return capitalised(&said(problem.detail()));
    }
    let one = |error: &FieldError| match said(&error.detail) {
        whole if begins_a_sentence(&whole) => whole,
        part => format!("{}: {part}", name(&error.pointer)),
    };
    problem.errors().iter().map(|error| capitalised(&one(error))).collect::<Vec<_>>().join(". ")
}

/// A refusal, or what is wrong with a field, in the words of a page.
pub(crate) fn said(detail: &str) -> String {
    if let Some((_, plain)) = SAID.iter().find(|(word, _)| *word == detail) {
        return (*plain).to_owned();
    }
    if detail.starts_with("must be one of: ") {
        return "must be one of those in the list".to_owned();
    }
    if detail.starts_with("expected a whole number") {
        return "must be a whole number".to_owned();
    }
    if detail.contains("the person has a booking at the same time: ") {
        return "has something else at the same time".to_owned();
    }
    with_days(&of_parts(&without_marks(&overtaken(detail).unwrap_or_else(|| detail.to_owned()))))
}

/// What is said of a sheet or its rows, in the words of a page. Cells are quoted in it as they stand.
pub(crate) fn of_sheet(detail: &str) -> String {
    without_marks(detail)
}

/// The words with the fields of the API as people call them: `census_date` between backticks is a census date.
fn without_marks(detail: &str) -> String {
    let parts: Vec<&str> = detail.split('`').collect();
    // What is not in pairs marks no field.
    if parts.len().is_multiple_of(2) {
        return detail.to_owned();
    }
    let said = |(place, part): (usize, &str)| match part {
        part if place % 2 == 0 => part.to_owned(),
        "urn" => "URN".to_owned(),
        part => part.replace('_', " "),
    };
    parts.into_iter().enumerate().map(said).collect()
}

/// Whether what is said stands for itself, without the name of the field that it is about.
pub(crate) fn begins_a_sentence(said: &str) -> bool {
    said.chars().next().is_some_and(|first| !first.is_lowercase())
}

/// A field as people call it, where the page has no label for it: `/sessions/0/ends_at` is `Ends at`.
pub(crate) fn name(pointer: &str) -> String {
    let mut parts = pointer.split('/').filter(|part| !part.is_empty() && part.parse::<u32>().is_err());
    let last = parts.next_back().unwrap_or_default().trim_end_matches("[]");
    let words = of_parts(&last.strip_suffix("_id").unwrap_or(last).replace('_', " "));
    if words.is_empty() { "This".to_owned() } else { capitalised(&words) }
}

/// The words with the milestones of a commission as pages call them.
fn of_parts(words: &str) -> String {
    let one = |word: &str| match word.trim_end_matches(|c: char| c.is_ascii_punctuation()) {
        "milestone" | "milestones" => word.replacen("milestone", "part", 1),
        _ => word.to_owned(),
    };
    words.split(' ').map(one).collect::<Vec<_>>().join(" ")
}

/// What somebody else did first: `a booking that is confirmed can't become declined`, `the milestone is accepted, which does
/// not allow it`.
fn overtaken(detail: &str) -> Option<String> {
    let before = match detail.split_once(" can't become ") {
        Some((before, _)) => before.to_owned(),
        None => format!("{}; it", detail.strip_suffix(", which does not allow it")?),
    };
    let (thing, state) = match before.split_once(" that is ") {
        Some((thing, state)) => (thing.split_once(' ')?.1, state),
        None => before.strip_prefix("the ")?.strip_suffix("; it")?.split_once(" is ")?,
    };
    Some(format!(
        "Meanwhile the {thing} is {}. Look at it again: this can’t be done with it now.",
        state.replace('_', " ")
    ))
}

/// The words with every day and instant as people say them: `2026-11-30` is `Monday 30 November 2026`. An example of how a
/// day is typed, `such as 2027-01-31`, stays as it is.
fn with_days(said: &str) -> String {
    let mut before = "";
    let mut words = Vec::new();
    for word in said.split(' ') {
        let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        words.push(match in_words(bare, ["until", "by"].contains(&before)).filter(|_| before != "as") {
            Some(day) => word.replacen(bare, &day, 1),
            None => word.to_owned(),
        });
        before = word;
    }
    words.join(" ")
}

/// A day or an instant as people say it, where the word is one; `ends` where it is when something ends.
fn in_words(word: &str, ends: bool) -> Option<String> {
    if word.len() == 10 {
        return word.parse::<NaiveDate>().ok().map(said::day);
    }
    let instant = word.parse::<DateTime<Utc>>().ok().filter(|_| word.contains('T'))?;
    Some(if ends { said::deadline(instant) } else { said::moment(instant) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_said_in_the_words_of_pages() {
        for (api, page) in [
            ("must be today, 2026-11-30, or later", "must be today, Monday 30 November 2026, or later"),
            ("must be a date such as 2027-01-31", "must be a date such as 2027-01-31"),
            ("no column for `urn`; leave out `census_date`", "no column for URN; leave out census date"),
            (
                "the last session ends at 2027-03-02T16:30:00Z: then",
                "the last session ends at Tuesday 2 March 2027, 4.30pm: then",
            ),
            (
                "both sides can state their case until 2026-12-15T00:00:00Z",
                "both sides can state their case until the end of Monday 14 December 2026",
            ),
            ("must be one of: cpd_programme, network", "must be one of those in the list"),
            ("the caller's role may not do this", "Your role can’t do this."),
            (
                "a booking that is confirmed can't become declined",
                "Meanwhile the booking is confirmed. Look at it again: this can’t be done with it now.",
            ),
            (
                "the event is called_off; it can't become published",
                "Meanwhile the event is called off. Look at it again: this can’t be done with it now.",
            ),
            (
                "the milestone is accepted, which does not allow it",
                "Meanwhile the part is accepted. Look at it again: this can’t be done with it now.",
            ),
            ("must have 1 to 50 milestones, has 0", "must have 1 to 50 parts, has 0"),
            ("at most 2.00 credits, the price of the milestone", "at most 2.00 credits, the price of the part"),
            ("is needed", "is needed"),
        ] {
            assert_eq!(said(api), page);
        }
    }

    #[test]
    fn paths_of_fields_reach_nobody() {
        for (path, called) in [
            ("/sessions/0/ends_at", "Ends at"),
            ("/unnamed/names_by", "Names by"),
            ("/milestones", "Parts"),
            ("school_id", "School"),
            ("/", "This"),
            ("", "This"),
            ("ids[]", "Ids"),
        ] {
            assert_eq!(name(path), called);
        }
        assert_eq!(detail(&Problem::field("/unnamed/names_by", "missing", "is needed")), "Names by: is needed");
        assert_eq!(detail(&Problem::field("hub_id", "unknown", "Choose one")), "Choose one");
    }
}
