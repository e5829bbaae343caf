//! Sessions by a pattern: every Tuesday, six times, not in half-term. Pure.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

use crate::base::db::types::words;
use crate::base::workdays;

words!(/** How often sessions are held. */ Every {
    /// On every day from Monday to Friday.
    Day = "day",
    /// On the same day of every week.
    Week = "week",
    /// On the same day of every second week.
    Fortnight = "fortnight",
    /// On the same day of every fourth week.
    FourWeeks = "four_weeks",
});

/// On which days sessions are held.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    /// The day of the first.
    pub(super) first: NaiveDate,
    /// How often.
    pub(super) every: Every,
    /// How many sessions.
    pub(super) times: usize,
    /// Days on which there is none: from the first to the last of each break.
    pub(super) breaks: Vec<(NaiveDate, NaiveDate)>,
    /// Whether there is one on a bank holiday.
    pub(super) bank_holidays: bool,
}

/// After how many days a pattern is given up that finds no more days.
const LONGEST: i64 = 3 * 366;

impl Pattern {
    /// The days, as many as there are to be: a day that is left out is held later.
    pub(super) fn days(&self) -> Vec<NaiveDate> {
        let step = match self.every {
            Every::Day => 1,
            Every::Week => 7,
            Every::Fortnight => 14,
            Every::FourWeeks => 28,
        };
        let after = |days| self.first.checked_add_signed(TimeDelta::days(days));
        let candidates = (0..=LONGEST / step).map_while(|n| after(n * step));
        candidates.filter(|day| self.holds(*day)).take(self.times).collect()
    }

    fn holds(&self, day: NaiveDate) -> bool {
        let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        let holiday = !weekend && !workdays::is_working_day(day);
        let within_break = self.breaks.iter().any(|(from, to)| (*from..=*to).contains(&day));
        let passed_over = (holiday && !self.bank_holidays) || (weekend && self.every == Every::Day);
        !within_break && !passed_over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn days(pattern: &Pattern) -> Vec<String> {
        pattern.days().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_tuesday_six_times_not_in_half_term() {
        let tuesdays = Pattern {
            first: day("2027-01-26"),
            every: Every::Week,
            times: 6,
            breaks: vec![(day("2027-02-15"), day("2027-02-19"))],
            bank_holidays: false,
        };
        let held = ["2027-01-26", "2027-02-02", "2027-02-09", "2027-02-23", "2027-03-02", "2027-03-09"];
        assert_eq!(days(&tuesdays), held);
        let fortnightly = Pattern { every: Every::Fortnight, times: 3, ..tuesdays };
        assert_eq!(days(&fortnightly), ["2027-01-26", "2027-02-09", "2027-02-23"]);
    }

    #[test]
    fn days_of_rest_are_left_out() {
        let easter =
            Pattern { first: day("2027-03-25"), every: Every::Day, times: 3, breaks: Vec::new(), bank_holidays: false };
        assert_eq!(days(&easter), ["2027-03-25", "2027-03-30", "2027-03-31"], "Good Friday to Easter Monday");
        let always = Pattern { bank_holidays: true, ..easter };
        assert_eq!(days(&always), ["2027-03-25", "2027-03-26", "2027-03-29"]);
    }

    #[test]
    fn a_pattern_without_days_ends() {
        let never = Pattern {
            first: day("2027-01-26"),
            every: Every::Week,
            times: 6,
            breaks: vec![(day("2027-01-01"), day("2037-01-01"))],
            bank_holidays: true,
        };
        assert!(never.days().is_empty());
    }
}
