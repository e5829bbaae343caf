//! The academic year: 1 September to 31 August.

use chrono::{Datelike, NaiveDate};

/// An academic year, written `2026/27` (in paths and queries `2026-27`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AcademicYear(i32);

impl AcademicYear {
    /// The first academic year supported, 2000/01.
    pub const FIRST: AcademicYear = AcademicYear(2000);

    /// The next year; none after the last supported one.
    pub fn after(self) -> Option<AcademicYear> {
        AcademicYear::starting(self.0 + 1)
    }

    /// The year that begins on 1 September of `start`; 2000 to 2098.
    pub fn starting(start: i32) -> Option<AcademicYear> {
        (2000..=2098).contains(&start).then_some(AcademicYear(start))
    }

    /// The year that `day` falls in.
    pub fn of(day: NaiveDate) -> Option<AcademicYear> {
        AcademicYear::starting(if day.month() >= 9 { day.year() } else { day.year() - 1 })
    }

    /// Reads `2026/27` or `2026-27`.
    pub fn parse(text: &str) -> Result<AcademicYear, String> {
        let expected = || "must be an academic year such as 2026/27".to_owned();
        let (start, end) = text.split_once(['/', '-']).ok_or_else(expected)?;
        let digits = |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(start, 4) || !digits(end, 2) {
            return Err(expected());
        }
        let year = start
            .parse()
            .ok()
            .and_then(AcademicYear::starting)
            .ok_or_else(|| "must be between 2000/01 and 2098/99".to_owned())?;
        if format!("{:02}", (year.0 + 1) % 100) == end { Ok(year) } else { Err(expected()) }
    }

    /// The year as it is stored and sent: `2026/27`.
    pub fn as_str(self) -> String {
        format!("{}/{:02}", self.0, (self.0 + 1) % 100)
    }

    /// The year before.
    pub fn before(self) -> Option<AcademicYear> {
        AcademicYear::starting(self.0 - 1)
    }

    /// The first day: 1 September.
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.0, 9, 1).unwrap_or_default()
    }

    /// The last day: 31 August.
    pub fn last_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.0 + 1, 8, 31).unwrap_or_default()
    }

    /// The whole months of the year, 0 to 12, of a member from `joined` until `left`, the first day without membership:
    /// those that begin on or after the one and end before the other.
    pub fn whole_months(self, joined: Option<NaiveDate>, left: Option<NaiveDate>) -> u8 {
        let first = self.first_day();
        let begins = |month: u32| first.checked_add_months(chrono::Months::new(month));
        let member = |from: NaiveDate, to: NaiveDate| {
            joined.is_none_or(|joined| from >= joined) && left.is_none_or(|left| to <= left)
        };
        let months = (0..12).filter(|month| begins(*month).zip(begins(month + 1)).is_some_and(|(a, b)| member(a, b)));
        u8::try_from(months.count()).unwrap_or(12)
    }
}

crate::base::db::types::text!(AcademicYear);

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn reads_both_forms_and_writes_one() {
        for text in ["2026/27", "2026-27"] {
            assert_eq!(AcademicYear::parse(text).unwrap().to_string(), "2026/27");
        }
        assert_eq!(AcademicYear::parse("2098/99").unwrap().as_str(), "2098/99");
        for wrong in ["2026/28", "2026", "26/27", "2026/2027", "1999/00", "2099/00", "２０２６/27", ""] {
            assert!(AcademicYear::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn turns_on_the_first_of_september() {
        assert_eq!(AcademicYear::of(day("2026-08-31")).unwrap().as_str(), "2025/26");
        assert_eq!(AcademicYear::of(day("2026-09-01")).unwrap().as_str(), "2026/27");
        let year = AcademicYear::parse("2026/27").unwrap();
        assert_eq!(year.before().unwrap().as_str(), "2025/26");
        assert_eq!(AcademicYear::parse("2000/01").unwrap().before(), None);
        assert_eq!((year.first_day(), year.last_day()), (day("2026-09-01"), day("2027-08-31")));
    }

    #[test]
    fn counts_whole_months() {
        let year = AcademicYear::parse("2026/27").unwrap();
        for (joined, left, months) in [
            ("", "", 12),
            ("2020-01-01", "", 12),
            ("2026-09-01", "", 12),
            ("2026-09-02", "", 11),
            ("2027-01-01", "", 8),
            ("2027-01-15", "", 7),
            ("2027-08-01", "", 1),
            ("2027-08-02", "", 0),
            ("2027-09-01", "", 0),
            ("", "2028-01-01", 12),
            ("", "2027-09-01", 12),
            ("", "2027-08-31", 11),
            ("", "2027-03-01", 6),
            ("", "2027-03-15", 6),
            ("", "2026-09-30", 0),
            ("", "2020-01-01", 0),
            ("2026-11-01", "2027-03-01", 4),
            ("2026-11-02", "2027-02-28", 2),
            ("2026-11-02", "2026-11-30", 0),
        ] {
            let [first, last] = [joined, left].map(|text| text.parse().ok());
            assert_eq!(year.whole_months(first, last), months, "{joined} to {left}");
        }
    }
}
