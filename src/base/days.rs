//! Working days that are offered, agreed and paid by the day or the half day.

use std::fmt;
use std::ops::{Add, Sub};

use serde::de::{self, Deserializer, Visitor};

/// A number of days, counted in whole half days: `"3.5"` is 7 half days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct Days(i64);

/// Why a text is not a number of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DaysError {
    /// Not digits with an optional point and a decimal.
    #[error("must be a decimal number of days such as \"3.5\", without sign or exponent")]
    NotDecimal,
    /// A part of a day other than a half.
    #[error("must be whole or half days, such as \"3\" or \"3.5\"")]
    NotHalves,
    /// More days than a year has.
    #[error("must be at most {}: a year has no more", Days::MOST)]
    TooMany,
}

impl Days {
    /// No day.
    pub const ZERO: Days = Days(0);

    /// The most days that can be sent: those of a leap year.
    pub const MOST: Days = Days(2 * 366);

    /// From a number of half days.
    pub const fn from_half_days(half_days: i64) -> Days {
        Days(half_days)
    }

    /// The number of half days.
    pub const fn half_days(self) -> i64 {
        self.0
    }

    /// As people say it: `half a day`, `1 day`, `3.5 days`.
    pub fn in_words(self) -> String {
        let text = self.to_string();
        match self.half_days() {
            1 => "half a day".to_owned(),
            2 => "1 day".to_owned(),
            _ => format!("{} days", text.strip_suffix(".0").unwrap_or(&text)),
        }
    }

    /// The verb that goes with so many: 1 day is, 2 days are.
    pub fn are(self) -> &'static str {
        if self.0 == 2 { "is" } else { "are" }
    }

    /// Reads what a caller wrote: digits, with one decimal that is 0 or 5 at most, and no more than [`Days::MOST`].
    pub fn parse(text: &str) -> Result<Days, DaysError> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(part) {
            return Err(DaysError::NotDecimal);
        }
        let half = match part.trim_end_matches('0') {
            "" => 0,
            "5" => 1,
            _ => return Err(DaysError::NotHalves),
        };
        let whole: i64 = whole.parse().map_err(|_| DaysError::TooMany)?;
        whole
            .checked_mul(2)
            .map(|halves| Days(halves + half))
            .filter(|days| *days <= Days::MOST)
            .ok_or(DaysError::TooMany)
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let halves = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{}", halves / 2, halves % 2 * 5))
    }
}

impl Add for Days {
    type Output = Days;
    fn add(self, other: Days) -> Days {
        Days(self.0 + other.0)
    }
}

impl Sub for Days {
    type Output = Days;
    fn sub(self, other: Days) -> Days {
        Days(self.0 - other.0)
    }
}

impl serde::Serialize for Days {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A decimal string, or a whole JSON number; never a float.
impl<'de> serde::Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfDays;

        impl Visitor<'_> for OfDays {
            type Value = Days;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal string of days such as \"3.5\", or a whole number")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Days, E> {
                Days::parse(text).map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, whole: u64) -> Result<Days, E> {
                Days::parse(&whole.to_string()).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(OfDays)
    }
}

crate::base::db::types::reports_errors!(Days);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_whole_and_half_days() {
        for (text, half_days, written) in
            [("3.5", 7, "3.5"), ("3", 6, "3.0"), ("10.00", 20, "10.0"), ("0", 0, "0.0"), ("366", 732, "366.0")]
        {
            assert_eq!(Days::parse(text).map(Days::half_days), Ok(half_days), "{text}");
            assert_eq!(Days::parse(text).unwrap().to_string(), written);
        }
        assert_eq!(Days(-3).to_string(), "-1.5");
    }

    #[test]
    fn refuses_what_is_neither() {
        use DaysError::{NotDecimal, NotHalves, TooMany};
        for (text, error) in [
            ("0.25", NotHalves),
            ("1.51", NotHalves),
            ("1.05", NotHalves),
            ("", NotDecimal),
            ("-1", NotDecimal),
            ("+1", NotDecimal),
            (".5", NotDecimal),
            ("5.", NotDecimal),
            ("1e1", NotDecimal),
            ("1,5", NotDecimal),
            ("١", NotDecimal),
            ("366.5", TooMany),
            ("9223372036854775807", TooMany),
            ("99999999999999999999", TooMany),
        ] {
            assert_eq!(Days::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn json_takes_strings_and_whole_numbers_only() {
        let read = |json: &str| serde_json::from_str::<Days>(json).map(Days::half_days).ok();
        assert_eq!(
            [read("\"1.5\""), read("12"), read("1.5"), read("-1"), read("true")],
            [Some(3), Some(24), None, None, None]
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(half_days in 0..=Days::MOST.0) {
            prop_assert_eq!(Days::parse(&Days(half_days).to_string()), Ok(Days(half_days)));
        }
    }
}
