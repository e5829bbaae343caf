//! The period that a statement is asked for.

use chrono::NaiveDate;

use super::problem::Problem;
use crate::base::text::Day;
use crate::base::year::AcademicYear;
use crate::reports::Period;

/// From and until a day, or a whole year; without either, the year so far.
pub(crate) fn asked(
    (from, until): (Option<Day>, Option<Day>),
    year: Option<AcademicYear>,
    today: NaiveDate,
) -> Result<Period, Problem> {
    let (from, until) = (from.map(|Day(day)| day), until.map(|Day(day)| day));
    if let Some(year) = year {
        if from.or(until).is_some() {
            return Err(Problem::field("year", "invalid", "stands in place of from and until: send it without them"));
        }
        return Ok(Period { from: year.first_day(), until: year.last_day() });
    }
    let until = until.unwrap_or_else(|| from.map_or(today, |from| from.max(today)));
    let first = || AcademicYear::of(until).unwrap_or(AcademicYear::FIRST).first_day().min(until);
    let from = from.unwrap_or_else(first);
    if until < from {
        return Err(Problem::field("until", "invalid", "must not be before from"));
    }
    Ok(Period { from, until })
}
