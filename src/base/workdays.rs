//! The working days of England: Monday to Friday except bank holidays. Pure.
//!
//! The bank holidays come from the crate `bankholidays`: by rule for every year, plus those that were moved or
//! proclaimed in particular years. Tests compare them with the list on GOV.UK for 2012 to 2028; one proclaimed for a
//! later year comes with a newer version of the crate.

use bankholidays::uk::is_bankholiday;
use chrono::{DateTime, Datelike, Days, NaiveDate, Utc, Weekday};

use crate::base::clock::{london_date, london_midnight};

/// Whether England works on this day.
pub fn is_working_day(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !is_bankholiday(&day)
}

/// How many working days are left on `today` until `day`: those from `today` and before `day`; negative after it.
/// On the working day before it, one is left.
pub fn until(today: NaiveDate, day: NaiveDate) -> i64 {
    let between = |from: NaiveDate, to: NaiveDate| {
        let days = from.iter_days().take_while(|day| *day < to).filter(|day| is_working_day(*day));
        i64::try_from(days.count()).unwrap_or(i64::MAX)
    };
    if today <= day { between(today, day) } else { -between(day, today).max(1) }
}

/// The last day on which this many working days are left until `day`; `day` itself for zero.
pub fn before(day: NaiveDate, working_days: u16) -> NaiveDate {
    walk(day, working_days, |day| day.checked_sub_days(Days::new(1)))
}

/// The day that is this many working days after `day`; `day` itself for zero.
pub fn after(day: NaiveDate, working_days: u16) -> NaiveDate {
    walk(day, working_days, |day| day.checked_add_days(Days::new(1)))
}

/// When the last of this many working days after an instant ends, in England.
pub fn last_ends(now: DateTime<Utc>, working_days: u16) -> DateTime<Utc> {
    let next = after(london_date(now), working_days).checked_add_days(Days::new(1));
    next.map_or(DateTime::<Utc>::MAX_UTC, london_midnight)
}

fn walk(from: NaiveDate, working_days: u16, step: impl Fn(NaiveDate) -> Option<NaiveDate>) -> NaiveDate {
    let (mut day, mut left) = (from, working_days);
    while left > 0
        && let Some(next) = step(day)
    {
        day = next;
        left -= u16::from(is_working_day(day));
    }
    day
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// <https://www.gov.uk/bank-holidays.json>, England and Wales, as published in 2026.
    const GOV_UK: &str = "
        2012-01-02 2012-04-06 2012-04-09 2012-05-07 2012-06-04 2012-06-05 2012-08-27 2012-12-25 2012-12-26
        2013-01-01 2013-03-29 2013-04-01 2013-05-06 2013-05-27 2013-08-26 2013-12-25 2013-12-26
        2014-01-01 2014-04-18 2014-04-21 2014-05-05 2014-05-26 2014-08-25 2014-12-25 2014-12-26
        2015-01-01 2015-04-03 2015-04-06 2015-05-04 2015-05-25 2015-08-31 2015-12-25 2015-12-28
        2016-01-01 2016-03-25 2016-03-28 2016-05-02 2016-05-30 2016-08-29 2016-12-26 2016-12-27
        2017-01-02 2017-04-14 2017-04-17 2017-05-01 2017-05-29 2017-08-28 2017-12-25 2017-12-26
        2018-01-01 2018-03-30 2018-04-02 2018-05-07 2018-05-28 2018-08-27 2018-12-25 2018-12-26
        2019-01-01 2019-04-19 2019-04-22 2019-05-06 2019-05-27 2019-08-26 2019-12-25 2019-12-26
        2020-01-01 2020-04-10 2020-04-13 2020-05-08 2020-05-25 2020-08-31 2020-12-25 2020-12-28
        2021-01-01 2021-04-02 2021-04-05 2021-05-03 2021-05-31 2021-08-30 2021-12-27 2021-12-28
        2022-01-03 2022-04-15 2022-04-18 2022-05-02 2022-06-02 2022-06-03 2022-08-29 2022-09-19 2022-12-26 2022-12-27
        2023-01-02 2023-04-07 2023-04-10 2023-05-01 2023-05-08 2023-05-29 2023-08-28 2023-12-25 2023-12-26
        2024-01-01 2024-03-29 2024-04-01 2024-05-06 2024-05-27 2024-08-26 2024-12-25 2024-12-26
        2025-01-01 2025-04-18 2025-04-21 2025-05-05 2025-05-26 2025-08-25 2025-12-25 2025-12-26
        2026-01-01 2026-04-03 2026-04-06 2026-05-04 2026-05-25 2026-08-31 2026-12-25 2026-12-28
        2027-01-01 2027-03-26 2027-03-29 2027-05-03 2027-05-31 2027-08-30 2027-12-27 2027-12-28
        2028-01-03 2028-04-14 2028-04-17 2028-05-01 2028-05-29 2028-08-28 2028-12-25 2028-12-26";

    #[test]
    fn the_bank_holidays_are_those_of_gov_uk() {
        let published: Vec<NaiveDate> = GOV_UK.split_whitespace().map(day).collect();
        let days = day("2012-01-01").iter_days().take_while(|date| date.year() <= 2028);
        let off: Vec<NaiveDate> =
            days.filter(|day| day.weekday().num_days_from_monday() < 5 && !is_working_day(*day)).collect();
        assert_eq!(off, published);
    }

    #[test]
    fn days_are_counted_over_weekends_and_holidays() {
        // Good Friday 2027 is 26 March; Tuesday 30 March is the first working day after Easter.
        for (today, event, left) in [
            ("2027-03-30", "2027-03-30", 0),
            ("2027-03-29", "2027-03-30", 0),
            ("2027-03-26", "2027-03-30", 0),
            ("2027-03-25", "2027-03-30", 1),
            ("2027-03-24", "2027-03-30", 2),
            ("2027-03-20", "2027-03-30", 4),
            ("2027-03-31", "2027-03-30", -1),
            ("2027-03-27", "2027-03-26", -1),
        ] {
            assert_eq!(until(day(today), day(event)), left, "{today} to {event}");
        }
        assert_eq!(after(day("2026-12-23"), 3), day("2026-12-30"), "Christmas and its Monday are passed over");
        assert_eq!(after(day("2026-11-21"), 5), day("2026-11-27"), "a Saturday counts from the Monday");
        assert_eq!(before(day("2027-03-30"), 1), day("2027-03-25"));
        assert_eq!((before(day("2027-03-28"), 0), after(day("2027-03-28"), 0)), (day("2027-03-28"), day("2027-03-28")));
    }

    proptest! {
        /// Stepping and counting agree, in every year alike.
        #[test]
        fn the_last_day_is_the_last_on_which_as_many_are_left(offset in 0_u64..60_000, working_days in 0_u16..60) {
            let event = day("2000-01-01") + Days::new(offset);
            let last = before(event, working_days);
            prop_assert_eq!(until(last, event), i64::from(working_days));
            prop_assert!(working_days == 0 || until(last + Days::new(1), event) < i64::from(working_days));
            let due = after(event, working_days);
            prop_assert!(working_days == 0 || is_working_day(due));
            let passed = event.iter_days().skip(1).take_while(|day| *day <= due).filter(|day| is_working_day(*day)).count();
            prop_assert_eq!(passed, usize::from(working_days));
        }
    }
}
