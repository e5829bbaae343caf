//! What is typed as people say it: times by English clocks.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};

use crate::base::clock::{london_instant, london_time};
use crate::base::db::types::reports_errors;
use crate::base::text::Day;

/// A day and a time by English clocks, as a field for both sends them: `2027-03-02T13:30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Local(pub(super) DateTime<Utc>);

impl Local {
    fn parse(text: &str) -> Result<Local, &'static str> {
        let (day, clock) = text.split_once('T').ok_or("must be a day and a time")?;
        let day = Day::parse(day).map_err(|_| "must be a day and a time")?;
        Ok(Local(at(day.0, time(clock)?)?))
    }
}

impl<'de> serde::Deserialize<'de> for Local {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        Local::parse(&text).map_err(serde::de::Error::custom)
    }
}

reports_errors!(Local);

/// A time of the day: `13:30`, and as people write it, `1.30pm`.
pub(super) fn time(text: &str) -> Result<NaiveTime, &'static str> {
    let read = |form| NaiveTime::parse_from_str(text, form).ok();
    let read = read("%H:%M").or_else(|| read("%H:%M:%S")).or_else(|| by_hand(text));
    read.ok_or("must be a time such as 13:30")
}

/// `2pm`, `3.30 pm`, `9.15`.
fn by_hand(text: &str) -> Option<NaiveTime> {
    let text: String = text.to_lowercase().split_whitespace().collect();
    let (clock, afternoon) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(clock), _) => (clock, Some(false)),
        (_, Some(clock)) => (clock, Some(true)),
        _ => (text.as_str(), None),
    };
    let (hour, minute) = match clock.split_once(['.', ':']) {
        Some((hour, minute)) if minute.len() == 2 => (hour, minute),
        None if afternoon.is_some() => (clock, "00"),
        _ => return None,
    };
    let digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse::<u32>().ok())?;
    let (hour, minute) = (digits(hour)?, digits(minute)?);
    let hour = match afternoon {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(afternoon) => hour % 12 + if afternoon { 12 } else { 0 },
    };
    NaiveTime::from_hms_opt(hour, minute, 0)
}

/// When English clocks show this time on this day.
pub(super) fn at(day: NaiveDate, time: NaiveTime) -> Result<DateTime<Utc>, &'static str> {
    london_instant(day.and_time(time)).ok_or("clocks go forward then: there is no such time on that day")
}

/// An instant as a field for a day and a time shows it.
pub(super) fn local(instant: DateTime<Utc>) -> String {
    let shown: NaiveDateTime = london_time(instant);
    let form = if shown.second() == 0 { "%Y-%m-%dT%H:%M" } else { "%Y-%m-%dT%H:%M:%S" };
    shown.format(form).to_string()
}

/// The day and the time of an instant, as two fields show them.
pub(super) fn day_and_time(instant: DateTime<Utc>) -> (String, String) {
    let (day, time) = (local(instant), String::new());
    day.split_once('T').map_or((day.clone(), time), |(day, time)| (day.to_owned(), time.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_taken_as_people_write_them() {
        for (typed, read) in [
            ("13:30", "13:30:00"),
            ("2pm", "14:00:00"),
            ("3.30 PM", "15:30:00"),
            ("9.15", "09:15:00"),
            ("12am", "00:00:00"),
            ("12.05pm", "12:05:00"),
        ] {
            assert_eq!(time(typed).unwrap().to_string(), read, "{typed}");
        }
        for wrong in ["", "2", "14pm", "0am", "pm", "3.5pm", "half past two", "+2pm", "9.75", "2:00:00pm"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_by_english_clocks() {
        let summer = Local::parse("2027-07-01T13:30").unwrap().0;
        assert_eq!(summer.to_rfc3339(), "2027-07-01T12:30:00+00:00");
        assert_eq!(local(summer), "2027-07-01T13:30");
        assert!(Local::parse("2027-03-28T01:30").is_err(), "the hour that is skipped");
        for wrong in ["", "2027-07-01", "2027-07-01T25:00", "1 July, 9am"] {
            assert!(Local::parse(wrong).is_err(), "{wrong}");
        }
    }
}
