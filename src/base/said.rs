//! How everything that people read says days, times and amounts: as people do.

use std::fmt::Display;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};

use crate::base::clock::{london_last_day, london_midnight, london_time};
use crate::base::credits::Credits;
use crate::base::hours::Hours;
use crate::base::text::{counted, grouped};

/// An amount: `45`, `12.50`, `6,000`.
pub fn amount(credits: Credits) -> String {
    let text = credits.to_string();
    grouped(text.strip_suffix(".00").unwrap_or(&text))
}

/// Pounds as people write them: `£120,000`, `£12.50`.
pub fn pounds(pence: i64) -> String {
    let (whole, rest) = (number(pence / 100), pence % 100);
    if rest == 0 { format!("£{whole}") } else { format!("£{whole}.{rest:02}") }
}

/// How many of something: `1,204`.
pub fn number(many: impl Display) -> String {
    grouped(&many.to_string())
}

/// An amount with its unit: `45 credits`, `1 credit`, `12.50 credits`.
pub fn credits(credits: Credits) -> String {
    match amount(credits).as_str() {
        one @ ("1" | "-1") => format!("{one} credit"),
        many => format!("{many} credits"),
    }
}

/// What something costs: `45 credits`, or `Free`.
pub fn price(price: Credits) -> String {
    if price.is_zero() { "Free".to_owned() } else { credits(price) }
}

/// How many places are left, and whether there is none: `1 place left`, `Full, 3 waiting`.
pub fn places(left: i64, waiting: i64) -> (String, bool) {
    let said = match (left.max(0), waiting) {
        (0, 0) => "Full".to_owned(),
        (0, waiting) => format!("Full, {waiting} waiting"),
        (left, _) => format!("{} left", counted(left, "place")),
    };
    (said, left <= 0)
}

/// A day: `Tuesday 2 March 2027`.
pub fn day(day: NaiveDate) -> String {
    day.format("%A %-d %B %Y").to_string()
}

/// A day where there is little room: `2 Mar 2027`.
pub fn short_day(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}

/// The day of an instant in London.
pub fn day_of(instant: DateTime<Utc>) -> String {
    day(london_time(instant).date())
}

/// The day of an instant in London, where there is little room.
pub fn short_day_of(instant: DateTime<Utc>) -> String {
    short_day(london_time(instant).date())
}

/// A time of the day: `1.30pm`, `9am`, `midday`, `midnight`.
fn time(at: NaiveDateTime) -> String {
    let (afternoon, hour) = at.hour12();
    match (at.hour(), at.minute()) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "midday".to_owned(),
        (_, 0) => format!("{hour}{}", if afternoon { "pm" } else { "am" }),
        (_, minute) => format!("{hour}.{minute:02}{}", if afternoon { "pm" } else { "am" }),
    }
}

/// The time of an instant in London: `1.30pm`; in the hour that there is twice when the clocks go back, which of the two:
/// `1.30am BST`.
pub fn time_of(instant: DateTime<Utc>) -> String {
    let at = london_time(instant);
    let hour = TimeDelta::hours(1);
    let beside = [instant.checked_sub_signed(hour), instant.checked_add_signed(hour)];
    let twice = beside.into_iter().flatten().any(|other| london_time(other) == at);
    if twice { zoned(instant) } else { time(at) }
}

/// The time of an instant in London, and whether that is summer time.
fn zoned(instant: DateTime<Utc>) -> String {
    let zone = if ahead(instant).is_zero() { "GMT" } else { "BST" };
    format!("{} {zone}", time(london_time(instant)))
}

/// How far London is ahead of Greenwich.
fn ahead(instant: DateTime<Utc>) -> TimeDelta {
    london_time(instant) - instant.naive_utc()
}

/// An instant in London: `Tuesday 2 March 2027, 1.30pm`.
pub fn moment(instant: DateTime<Utc>) -> String {
    format!("{}, {}", day_of(instant), time_of(instant))
}

/// An instant by which something is to be done: `Tuesday 2 March 2027, 1.30pm`, or `the end of Monday 1 March 2027`.
pub fn deadline(instant: DateTime<Utc>) -> String {
    let at = london_time(instant);
    match at.date().pred_opt().filter(|_| at.time().num_seconds_from_midnight() == 0) {
        Some(before) => format!("the end of {}", day(before)),
        None => moment(instant),
    }
}

/// From one instant to another: `Tuesday 2 March 2027, 1.30pm to 4.30pm`; over several days, both in full.
pub fn span(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let (start, end) = (london_time(from), london_time(to));
    // What ends at midnight ends on the day before.
    let same = start.date() == end.date()
        || (end.time().num_seconds_from_midnight() == 0 && start.date().succ_opt() == Some(end.date()));
    if same && ahead(from) != ahead(to) {
        // The clocks change in between.
        format!("{}, {} to {}", day(start.date()), zoned(from), zoned(to))
    } else if same {
        format!("{}, {} to {}", day(start.date()), time_of(from), time_of(to))
    } else {
        format!("{} to {}", moment(from), moment(to))
    }
}

/// The days of something that may last several: `2 March 2027`, `2 to 4 March 2027`, `30 March to 2 April 2027`.
pub fn days(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let (start, end) = (london_time(from).date(), london_time(to).date());
    if start == end {
        return start.format("%-d %B %Y").to_string();
    }
    let begin = match (start.year() == end.year(), start.month() == end.month()) {
        (true, true) => "%-d",
        (true, false) => "%-d %B",
        (false, _) => "%-d %B %Y",
    };
    format!("{} to {}", start.format(begin), end.format("%-d %B %Y"))
}

/// When an event of so many sessions is, from the start of the first to the end of the last, in days: `2 March 2027`,
/// `2 sessions, 2 and 9 March 2027`, `3 sessions, 2 to 16 March 2027`. Where it is not known how many, its days.
pub fn held(from: DateTime<Utc>, to: DateTime<Utc>, sessions: impl Into<Option<i64>>) -> String {
    let (first, last) = (london_time(from).date(), london_last_day(to));
    match sessions.into().unwrap_or(1) {
        _ if first == last => days(from, from),
        ..=1 => from_day_to_day(first, last),
        2 => format!("2 sessions, {}", listed_days(&[first, last])),
        more => format!("{more} sessions, {}", from_day_to_day(first, last)),
    }
}

/// When an event of so many sessions is: with its times where it is on one day, as [`held`] where it is not.
pub fn held_at(from: DateTime<Utc>, to: DateTime<Utc>, sessions: impl Into<Option<i64>>) -> String {
    if on_one_day(from, to) { span(from, to) } else { held(from, to, sessions) }
}

/// Whether something begins and ends on the same day in London.
pub fn on_one_day(from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
    london_time(from).date() == london_last_day(to)
}

/// Days one by one, in their order: `2, 9 and 16 March 2027`, `30 March and 6 April 2027`.
pub fn listed_days(days: &[NaiveDate]) -> String {
    let parts = days.iter().enumerate().map(|(at, day)| {
        let form = match days.get(at + 1) {
            Some(next) if (next.year(), next.month()) == (day.year(), day.month()) => "%-d",
            Some(next) if next.year() == day.year() => "%-d %B",
            _ => "%-d %B %Y",
        };
        day.format(form).to_string()
    });
    and(&parts.collect::<Vec<_>>())
}

/// Several things in a row: `Ann`, `Ann and Bob`, `Ann, Bob and Cy`.
pub fn and(things: &[String]) -> String {
    match things {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// From one day to another: `2 March 2027`, `2 to 4 March 2027`.
pub fn from_day_to_day(from: NaiveDate, to: NaiveDate) -> String {
    days(london_midnight(from), london_midnight(to))
}

/// A length of time in hours, under a heading that says so: `2`, `5.5`.
pub fn hours_alone(hours: Hours) -> String {
    hours.to_string().trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A length of time: `2 hours`, `1 hour`, `5.5 hours`.
pub fn hours(hours: Hours) -> String {
    let text = hours_alone(hours);
    if text == "1" { "1 hour".to_owned() } else { format!("{text} hours") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn amounts_are_as_people_say_them() {
        assert_eq!((pounds(12_000_000), pounds(1250)), ("£120,000".to_owned(), "£12.50".to_owned()));
        assert_eq!((number(355), number(236_669)), ("355".to_owned(), "236,669".to_owned()));
        for (sent, said) in [
            ("45", "45 credits"),
            ("1", "1 credit"),
            ("12.5", "12.50 credits"),
            ("0", "0 credits"),
            ("999", "999 credits"),
            ("6000", "6,000 credits"),
            ("1234567.5", "1,234,567.50 credits"),
        ] {
            assert_eq!(credits(Credits::parse(sent).unwrap()), said);
        }
        assert_eq!(grouped("-123"), "-123");
        assert_eq!(grouped("-6000"), "-6,000");
    }

    #[test]
    fn times_are_those_of_london_as_people_say_them() {
        let (from, to) = (at("2027-03-02T13:30:00Z"), at("2027-03-02T16:30:00Z"));
        assert_eq!(span(from, to), "Tuesday 2 March 2027, 1.30pm to 4.30pm");
        assert_eq!(moment(at("2027-07-01T08:00:00Z")), "Thursday 1 July 2027, 9am");
        assert_eq!(time_of(at("2027-07-01T11:00:00Z")), "midday");
        assert_eq!(deadline(at("2027-07-01T11:00:00Z")), "Thursday 1 July 2027, midday");
        assert_eq!(deadline(at("2027-06-30T23:00:00Z")), "the end of Wednesday 30 June 2027");
        assert_eq!(
            span(at("2027-03-02T18:00:00Z"), at("2027-03-03T00:00:00Z")),
            "Tuesday 2 March 2027, 6pm to midnight"
        );
        assert_eq!(
            span(from, at("2027-03-03T10:00:00Z")),
            "Tuesday 2 March 2027, 1.30pm to Wednesday 3 March 2027, 10am"
        );
    }

    #[test]
    fn where_the_clocks_change_the_zone_is_said() {
        let (from, to) = (at("2027-10-31T00:30:00Z"), at("2027-10-31T02:30:00Z"));
        assert_eq!(span(from, to), "Sunday 31 October 2027, 1.30am BST to 2.30am GMT");
        assert_eq!(moment(from), "Sunday 31 October 2027, 1.30am BST");
        assert_eq!(time_of(at("2027-10-31T01:30:00Z")), "1.30am GMT");
        assert_eq!(time_of(to), "2.30am");
        assert_eq!(
            span(at("2027-03-28T00:30:00Z"), at("2027-03-28T02:00:00Z")),
            "Sunday 28 March 2027, 12.30am GMT to 3am BST"
        );
        assert_eq!(
            span(at("2027-10-30T09:00:00Z"), at("2027-10-31T16:00:00Z")),
            "Saturday 30 October 2027, 10am to Sunday 31 October 2027, 4pm"
        );
    }

    #[test]
    fn hours_are_as_people_say_them() {
        for (minutes, said) in
            [(60, "1 hour"), (330, "5.5 hours"), (0, "0 hours"), (6000, "100 hours"), (50, "0.83 hours")]
        {
            assert_eq!(hours(Hours::from_minutes(minutes)), said);
        }
        assert_eq!(places(1, 0), ("1 place left".to_owned(), false));
        assert_eq!(places(0, 3), ("Full, 3 waiting".to_owned(), true));
    }

    #[test]
    fn days_name_what_differs() {
        assert_eq!(days(at("2027-03-02T09:00:00Z"), at("2027-03-02T10:00:00Z")), "2 March 2027");
        assert_eq!(days(at("2027-03-02T09:00:00Z"), at("2027-03-04T10:00:00Z")), "2 to 4 March 2027");
        assert_eq!(days(at("2027-03-30T09:00:00Z"), at("2027-04-02T10:00:00Z")), "30 March to 2 April 2027");
        assert_eq!(days(at("2026-12-30T09:00:00Z"), at("2027-01-02T10:00:00Z")), "30 December 2026 to 2 January 2027");
    }

    #[test]
    fn sessions_on_several_days_are_counted() {
        let (first, second) = (at("2027-03-02T13:30:00Z"), at("2027-03-09T15:30:00Z"));
        assert_eq!(held(first, second, 2), "2 sessions, 2 and 9 March 2027");
        assert_eq!(held_at(first, second, 3), "3 sessions, 2 to 9 March 2027");
        assert_eq!(held(first, second, 1), "2 to 9 March 2027", "a residential");
        assert_eq!(held(first, at("2027-03-02T15:30:00Z"), 2), "2 March 2027");
        assert_eq!(held_at(first, at("2027-03-02T15:30:00Z"), 2), "Tuesday 2 March 2027, 1.30pm to 3.30pm");
        assert_eq!(held(first, at("2027-03-03T00:00:00Z"), 1), "2 March 2027", "an evening that ends at midnight");
        let days = ["2026-11-30", "2026-12-07", "2026-12-14", "2027-01-04"].map(|day| day.parse().unwrap());
        assert_eq!(listed_days(&days), "30 November, 7, 14 December 2026 and 4 January 2027");
        assert_eq!(listed_days(&days[..1]), "30 November 2026");
    }
}
