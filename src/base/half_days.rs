//! Days of support, counted in whole and half days.

use crate::base::credits::Credits;
use crate::base::db::types::reports_errors;

/// Whole and half days, above none and below 1,000: written `3.5`, or `3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct HalfDays(i64);

impl HalfDays {
    /// The most, in half days.
    const MOST: i64 = 1_998;

    /// So many half days, where there can be as many.
    pub fn new(half_days: i64) -> Option<HalfDays> {
        (1..=HalfDays::MOST).contains(&half_days).then_some(HalfDays(half_days))
    }

    /// Reads `3.5`, `3.0` or `3`.
    pub fn parse(text: &str) -> Result<HalfDays, &'static str> {
        const FORM: &str = "must be whole or half days from 0.5 to 999, such as 3.5";
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let half = match part {
            "0" => 0,
            "5" => 1,
            _ => return Err(FORM),
        };
        let digits = !whole.is_empty() && whole.len() <= 3 && whole.bytes().all(|byte| byte.is_ascii_digit());
        let days: Option<i64> = whole.parse().ok().filter(|_| digits);
        days.and_then(|days| HalfDays::new(days * 2 + half)).ok_or(FORM)
    }

    /// How many half days.
    pub const fn count(self) -> i64 {
        self.0
    }

    /// What they cost at these rates for a whole and a half day; none where it is more than can be counted.
    pub fn at(self, day: Credits, half_day: Credits) -> Option<Credits> {
        let whole = day.hundredths().checked_mul(self.0 / 2)?;
        let sum = whole.checked_add(half_day.hundredths().checked_mul(self.0 % 2)?)?;
        (sum <= Credits::LARGEST.hundredths()).then_some(Credits::from_hundredths(sum))
    }
}

impl std::fmt::Display for HalfDays {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0 / 2, self.0 % 2 * 5)
    }
}

impl serde::Serialize for HalfDays {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A decimal string, or a whole JSON number; never a float.
impl<'de> serde::Deserialize<'de> for HalfDays {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Days;

        impl serde::de::Visitor<'_> for Days {
            type Value = HalfDays;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("whole or half days as a decimal string such as \"3.5\", or a whole number")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<HalfDays, E> {
                HalfDays::parse(text).map_err(E::custom)
            }

            fn visit_u64<E: serde::de::Error>(self, whole: u64) -> Result<HalfDays, E> {
                HalfDays::parse(&whole.to_string()).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Days)
    }
}

reports_errors!(HalfDays);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_and_half_days_and_nothing_else() {
        for (text, count) in [("0.5", 1), ("1", 2), ("3.5", 7), ("4.0", 8), ("999", 1_998)] {
            assert_eq!(HalfDays::parse(text).map(HalfDays::count), Ok(count), "{text}");
        }
        for wrong in ["0", "0.0", "", ".5", "0.25", "1.50", "-1", "+1", "1e1", "1000", "999.5", "9999999999999999999", "１"] {
            assert!(HalfDays::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(HalfDays(7).to_string(), "3.5");
        assert_eq!(HalfDays(8).to_string(), "4.0");
    }

    #[test]
    fn a_half_day_has_its_own_rate() {
        let credits = Credits::from_hundredths;
        assert_eq!(HalfDays(7).at(credits(35_000), credits(20_000)), Some(credits(125_000)));
        assert_eq!(HalfDays(1_998).at(Credits::LARGEST, Credits::ZERO), None);
    }
}
