//! What a school must cover for somebody who goes to an event: the part of its sessions within school hours.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use crate::base::clock::{london_date, london_midnight};
use crate::base::workdays::is_working_day;
use crate::web::pages::words;

/// When lessons begin and end, in minutes from midnight: 8.30am to 3.30pm.
const LESSONS: (i64, i64) = (8 * 60 + 30, 15 * 60 + 30);

/// From one instant to another.
type Span = (DateTime<Utc>, DateTime<Utc>);

/// The times of these sessions that lie within lessons on working days, in words: the same time of several days once, with
/// the days. Holidays are not known.
pub(super) fn cover(sessions: impl Iterator<Item = Span>) -> Vec<String> {
    let mut times: Vec<(String, Vec<Span>)> = Vec::new();
    for (from, to) in sessions.flat_map(|(from, to)| within(from, to)) {
        let time = format!("{} to {}", words::time_of(from), words::time_of(to));
        match times.iter_mut().find(|(other, _)| *other == time) {
            Some((_, same)) => same.push((from, to)),
            None => times.push((time, vec![(from, to)])),
        }
    }
    let said = |(time, spans): (String, Vec<Span>)| match spans.as_slice() {
        [(from, to)] => words::span(*from, *to),
        several => {
            let days: Vec<NaiveDate> = several.iter().map(|(from, _)| london_date(*from)).collect();
            format!("{time} on {}", words::listed_days(&days))
        }
    };
    times.into_iter().map(said).collect()
}

fn within(from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Span> {
    let days =
        london_date(from).iter_days().take_while(|day| *day <= london_date(to)).filter(|day| is_working_day(*day));
    let within = |day: NaiveDate| {
        let (begin, end) = (at(day, LESSONS.0).max(from), at(day, LESSONS.1).min(to));
        (begin < end).then_some((begin, end))
    };
    days.filter_map(within).collect()
}

/// A time of a day in London, however the clocks stand.
fn at(day: NaiveDate, minutes: i64) -> DateTime<Utc> {
    let midnight = london_midnight(day);
    let plain = midnight + TimeDelta::minutes(minutes);
    // Where the clocks change at night, it is an hour more or less since midnight.
    let next = day.checked_add_days(Days::new(1)).map_or(midnight, london_midnight);
    let off = (next - midnight) - TimeDelta::days(1);
    plain + off
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(from: &str, to: &str) -> Vec<String> {
        cover(std::iter::once((from.parse().unwrap(), to.parse().unwrap())))
    }

    #[test]
    fn the_same_time_of_several_days_is_said_once() {
        let session = |day: &str| {
            let at = |time: &str| format!("{day}T{time}:00Z").parse().unwrap();
            (at("13:30"), at("15:30"))
        };
        let days = ["2027-01-12", "2027-01-19", "2027-02-02"].map(session);
        assert_eq!(cover(days.into_iter()), ["1.30pm to 3.30pm on 12, 19 January and 2 February 2027"]);
    }

    #[test]
    fn what_lies_within_lessons_is_covered() {
        assert_eq!(said("2027-03-02T13:30:00Z", "2027-03-02T16:30:00Z"), ["Tuesday 2 March 2027, 1.30pm to 3.30pm"]);
        assert_eq!(said("2027-03-02T15:30:00Z", "2027-03-02T17:30:00Z"), [""; 0]);
        assert_eq!(said("2027-03-06T10:00:00Z", "2027-03-06T12:00:00Z"), [""; 0], "a Saturday");
        assert_eq!(said("2027-06-01T06:00:00Z", "2027-06-01T09:00:00Z"), ["Tuesday 1 June 2027, 8.30am to 10am"]);
        assert_eq!(said("2027-03-26T10:00:00Z", "2027-03-26T12:00:00Z"), [""; 0], "Good Friday");
    }
}
