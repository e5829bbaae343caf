//! A month of the calendar.

use chrono::{Datelike, Months, NaiveDate};

/// A month, written `2027-03`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(NaiveDate);

impl Month {
    /// The month that `day` falls in.
    pub fn of(day: NaiveDate) -> Month {
        Month(day.with_day(1).unwrap_or(day))
    }

    /// Reads `2027-03`.
    pub fn parse(text: &str) -> Result<Month, String> {
        let digits = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        let parts = text.split_once('-').filter(|(year, month)| digits(year, 4) && digits(month, 2));
        let first = parts.and_then(|(year, month)| NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1));
        first.map(Month).ok_or_else(|| "must be a month such as 2027-03".to_owned())
    }

    /// The month as it is stored and sent, `2027-03`: in this form, the earlier month is the smaller text.
    pub fn as_str(self) -> String {
        self.0.format("%Y-%m").to_string()
    }

    /// The month in words: March 2027.
    pub fn in_words(self) -> String {
        self.0.format("%B %Y").to_string()
    }

    /// Its first day.
    pub fn first_day(self) -> NaiveDate {
        self.0
    }

    /// Its last day; none at the end of the calendar.
    pub fn last_day(self) -> Option<NaiveDate> {
        self.after(1)?.0.pred_opt()
    }

    /// The month so many months later; none after the end of the calendar.
    pub fn after(self, months: u32) -> Option<Month> {
        self.0.checked_add_months(Months::new(months)).map(Month)
    }
}

crate::base::db::types::text!(Month);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_read_as_it_is_written_and_nothing_else_is() {
        let march = Month::parse("2027-03").unwrap();
        assert_eq!((march.as_str(), march.in_words()), ("2027-03".to_owned(), "March 2027".to_owned()));
        for wrong in ["2027-13", "2027-3", "27-03", "2027-03-01", "2027/03", "+027-03", "", "2027-0a"] {
            assert!(Month::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn it_has_its_days_and_its_followers() {
        let february = Month::of(NaiveDate::from_ymd_opt(2028, 2, 11).unwrap());
        assert_eq!(february.first_day(), NaiveDate::from_ymd_opt(2028, 2, 1).unwrap());
        assert_eq!(february.last_day(), NaiveDate::from_ymd_opt(2028, 2, 29));
        assert_eq!(february.after(11), Some(Month::parse("2029-01").unwrap()));
    }
}
