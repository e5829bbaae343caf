//! Hours of learning: whole minutes, written as a decimal string of hours.

use std::iter::Sum;
use std::ops::Add;

use chrono::{DateTime, Utc};

/// A length of time in minutes: `"5.50"` hours are 330. Written to the nearest hundredth of an hour, halves rounded
/// up; sums are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct Hours(i64);

impl Hours {
    /// No time at all.
    pub const ZERO: Hours = Hours(0);

    /// From whole minutes.
    pub const fn from_minutes(minutes: i64) -> Hours {
        Hours(minutes)
    }

    /// From one instant to another, in whole minutes.
    pub fn between(start: DateTime<Utc>, end: DateTime<Utc>) -> Hours {
        Hours((end - start).num_minutes())
    }

    /// The time in whole minutes.
    pub const fn minutes(self) -> i64 {
        self.0
    }
}

impl Add for Hours {
    type Output = Hours;

    fn add(self, other: Hours) -> Hours {
        Hours(self.0 + other.0)
    }
}

impl Sum for Hours {
    fn sum<I: Iterator<Item = Hours>>(hours: I) -> Hours {
        hours.fold(Hours::ZERO, Add::add)
    }
}

impl std::fmt::Display for Hours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hundredths = (self.0 * 10 + 3).div_euclid(6);
        write!(f, "{}.{:02}", hundredths.div_euclid(100), hundredths.rem_euclid(100))
    }
}

impl serde::Serialize for Hours {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_written_as_hours() {
        for (minutes, text) in
            [(0, "0.00"), (1, "0.02"), (50, "0.83"), (55, "0.92"), (60, "1.00"), (330, "5.50"), (6000, "100.00")]
        {
            assert_eq!(Hours::from_minutes(minutes).to_string(), text);
        }
        let parts = [20, 20, 20].map(Hours::from_minutes);
        assert_eq!(parts.into_iter().sum::<Hours>().to_string(), "1.00", "though each is written 0.33");
    }
}
