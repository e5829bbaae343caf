//! When the demonstration's events are: on days when schools in England are open, all in one academic year, and far
//! enough ahead that a place can still be cancelled for a full refund.

use chrono::{DateTime, Datelike, DurationRound, NaiveDate, TimeDelta, Utc, Weekday};

use crate::base::clock::{london_date, london_midnight};
use crate::base::year::AcademicYear;

/// The days of the demonstration's events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Days {
    /// The session with an expert: a Wednesday.
    pub expert: NaiveDate,
    /// The conference: a Friday.
    pub conference: NaiveDate,
    /// The six sessions of the programme: Tuesdays.
    pub programme: Vec<NaiveDate>,
    /// The academic year of the events.
    pub year: AcademicYear,
}

/// The earliest days at least five weeks from `today`, in its academic year or the next.
pub fn days(today: NaiveDate) -> Option<Days> {
    let this = in_one_year(today + TimeDelta::days(35));
    this.or_else(|| in_one_year(AcademicYear::of(today + TimeDelta::days(35))?.last_day()))
}

fn in_one_year(from: NaiveDate) -> Option<Days> {
    let expert = school_days(from, Weekday::Wed).next()?;
    let conference = school_days(from, Weekday::Fri).next()?;
    let programme: Vec<NaiveDate> = school_days(from, Weekday::Tue).take(6).collect();
    let year = AcademicYear::of(expert)?;
    let together = programme.iter().chain([&expert, &conference]).all(|day| AcademicYear::of(*day) == Some(year));
    together.then_some(Days { expert, conference, programme, year })
}

/// A working day a week or two before `today`, in its academic year, or later where that has only begun; none on its first
/// day.
pub fn past(today: NaiveDate) -> Option<NaiveDate> {
    let year = AcademicYear::of(today);
    let works = |day: &NaiveDate| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let days = (7..=14).chain(1..7).map(|days| today - TimeDelta::days(days));
    let days: Vec<NaiveDate> = days.filter(|day| AcademicYear::of(*day) == year).collect();
    days.iter().copied().find(works).or(days.first().copied())
}

/// An hour and a half that begins soon, and today where any of today is left.
pub fn soon(now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    let quarter = now.duration_trunc(TimeDelta::minutes(15)).unwrap_or(now) + TimeDelta::minutes(30);
    let today = london_date(quarter) == london_date(now);
    let starts_at = if today { quarter } else { now + TimeDelta::minutes(2) };
    (starts_at, starts_at + TimeDelta::minutes(90))
}

fn school_days(from: NaiveDate, weekday: Weekday) -> impl Iterator<Item = NaiveDate> {
    from.iter_days().filter(move |day| day.weekday() == weekday && !is_holiday(*day)).take(400)
}

/// Whether the day is in the usual holidays of schools in London, by month and day.
fn is_holiday(day: NaiveDate) -> bool {
    const HOLIDAYS: [((u32, u32), (u32, u32)); 7] = [
        ((1, 1), (1, 5)),
        ((2, 13), (2, 21)),
        ((3, 29), (4, 14)),
        ((5, 25), (6, 1)),
        ((7, 20), (9, 5)),
        ((10, 23), (11, 1)),
        ((12, 18), (12, 31)),
    ];
    HOLIDAYS.iter().any(|(first, last)| (*first..=*last).contains(&(day.month(), day.day())))
}

/// A time in London on a weekday (when the clocks never change).
pub fn at(day: NaiveDate, hour: i64, minute: i64) -> DateTime<Utc> {
    london_midnight(day) + TimeDelta::minutes(60 * hour + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_every_day_there_are_days_ahead_in_one_open_year() {
        let first = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
        for today in first.iter_days().take(3 * 366) {
            let days = days(today).unwrap();
            let all: Vec<NaiveDate> = days.programme.iter().copied().chain([days.expert, days.conference]).collect();
            assert_eq!(days.programme.len(), 6, "{today}");
            for day in &all {
                assert!((29..250).contains(&(*day - today).num_days()), "{today}: {day}");
                assert!(AcademicYear::of(*day) == Some(days.year) && !is_holiday(*day), "{today}: {day}");
            }
            assert!(days.programme.windows(2).all(|pair| (pair[1] - pair[0]).num_days() % 7 == 0 && pair[0] < pair[1]));
        }
    }

    #[test]
    fn a_meeting_is_over_and_another_is_about_to_begin() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(past(day("2026-11-30")), Some(day("2026-11-23")));
        assert_eq!(past(day("2026-09-01")), None);
        let first = NaiveDate::from_ymd_opt(2024, 9, 2).unwrap();
        for today in first.iter_days().take(360) {
            let past = past(today).unwrap();
            assert!(past < today && AcademicYear::of(past) == AcademicYear::of(today), "{today}: {past}");
        }
        for (now, starts) in [("10:00:01", "10:30:00"), ("10:14:59", "10:30:00"), ("23:40:00", "23:42:00")] {
            let at = |time: &str| format!("2026-11-30T{time}Z").parse::<DateTime<Utc>>().unwrap();
            assert_eq!(soon(at(now)), (at(starts), at(starts) + TimeDelta::minutes(90)), "{now}");
        }
    }

    #[test]
    fn hours_are_those_of_london() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(at(day("2027-01-12"), 16, 0).to_rfc3339(), "2027-01-12T16:00:00+00:00");
        assert_eq!(at(day("2027-06-15"), 16, 30).to_rfc3339(), "2027-06-15T15:30:00+00:00");
    }
}
