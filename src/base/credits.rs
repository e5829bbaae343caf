//! Credits: the hub's unit, a whole number of hundredths, written as a decimal string.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Neg, Sub};

use rust_decimal::Decimal;
use serde::de::{self, Deserializer, Visitor};

/// An amount of credits in hundredths: `"12.50"` is 1250. Balances of some accounts may be negative;
/// what a caller sends may not (see [`Credits::parse`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct Credits(i64);

/// An amount of credits that somebody asks to move: more than zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount(Credits);

/// Why a text is not an amount of credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditsError {
    /// Not digits with an optional point and decimals.
    #[error("must be a decimal number of credits such as \"12.50\", without sign or exponent")]
    NotDecimal,
    /// More than two decimals.
    #[error("must have at most two decimal places")]
    TooFine,
    /// More than [`Credits::LARGEST`].
    #[error("must be at most {}: 12 digits, two of them decimals", Credits::LARGEST)]
    TooLarge,
}

impl Credits {
    /// No credits.
    pub const ZERO: Credits = Credits(0);

    /// The one bound on amounts, 9999999999.99: the most that a caller may send, and the most that a hub may have
    /// in circulation (`ledger::post` refuses more), so that every balance and every sum of balances stays within it.
    /// Money, in pence, has the same bound.
    pub const LARGEST: Credits = Credits(999_999_999_999);

    /// An amount from its hundredths.
    pub const fn from_hundredths(hundredths: i64) -> Credits {
        Credits(hundredths)
    }

    /// The amount in hundredths.
    pub const fn hundredths(self) -> i64 {
        self.0
    }

    /// Reads what a caller wrote: up to 12 digits with at most two decimals, [`Credits::LARGEST`] at most, no sign,
    /// no exponent. What was stored is read by [`Credits::stored`].
    pub fn parse(text: &str) -> Result<Credits, CreditsError> {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let shaped = text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && text.starts_with(|c: char| c.is_ascii_digit())
            && text.ends_with(|c: char| c.is_ascii_digit())
            && text.len() - digits <= 1;
        if !shaped {
            return Err(CreditsError::NotDecimal);
        }
        if digits > 12 {
            return Err(CreditsError::TooLarge);
        }
        let number = Decimal::from_str_exact(text).map_err(|_| CreditsError::NotDecimal)?;
        if number.scale() > 2 {
            return Err(CreditsError::TooFine);
        }
        let hundredths = (number * Decimal::ONE_HUNDRED).trunc();
        let credits = i64::try_from(hundredths.mantissa()).map(Credits).map_err(|_| CreditsError::TooLarge)?;
        if credits > Credits::LARGEST { Err(CreditsError::TooLarge) } else { Ok(credits) }
    }

    /// Reads what [`Display`](fmt::Display) wrote, with a sign where it is below zero. Whatever was stored is read,
    /// even if it is more than a caller may send.
    pub fn stored(text: &str) -> Option<Credits> {
        let (whole, decimals) = text.split_once('.')?;
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let shaped = digits(whole.strip_prefix('-').unwrap_or(whole)) && decimals.len() == 2 && digits(decimals);
        if shaped { format!("{whole}{decimals}").parse().ok().map(Credits) } else { None }
    }

    /// Whether the amount is zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The smaller of two amounts.
    pub fn min(self, other: Credits) -> Credits {
        Ord::min(self, other)
    }

    /// `part` of `whole` equal parts of the amount, rounded down to the hundredth; nothing where `whole` is zero.
    pub fn share(self, part: usize, whole: usize) -> Credits {
        let [part, whole] = [part, whole].map(|count| i128::try_from(count).unwrap_or(i128::MAX));
        let share = i128::from(self.0).checked_mul(part).and_then(|parts| parts.checked_div_euclid(whole));
        Credits(share.and_then(|share| i64::try_from(share).ok()).unwrap_or(0))
    }

    /// `percent` of the amount, to the nearest hundredth, halves rounded up.
    pub fn percent(self, percent: u8) -> Credits {
        Credits((self.0 * i64::from(percent) + 50).div_euclid(100))
    }
}

impl fmt::Display for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&Decimal::new(self.0, 2).to_string())
    }
}

impl Add for Credits {
    type Output = Credits;
    fn add(self, other: Credits) -> Credits {
        Credits(self.0 + other.0)
    }
}

impl Sub for Credits {
    type Output = Credits;
    fn sub(self, other: Credits) -> Credits {
        Credits(self.0 - other.0)
    }
}

impl Neg for Credits {
    type Output = Credits;
    fn neg(self) -> Credits {
        Credits(-self.0)
    }
}

impl Sum for Credits {
    fn sum<I: Iterator<Item = Credits>>(amounts: I) -> Credits {
        amounts.fold(Credits::ZERO, Add::add)
    }
}

impl serde::Serialize for Credits {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A decimal string, or a whole JSON number; never a float.
impl<'de> serde::Deserialize<'de> for Credits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Amount;

        impl Visitor<'_> for Amount {
            type Value = Credits;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal string of credits such as \"12.50\", or a whole number")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Credits, E> {
                Credits::parse(text).map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, whole: u64) -> Result<Credits, E> {
                Credits::parse(&whole.to_string()).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Amount)
    }
}

crate::base::db::types::reports_errors!(Credits);

/// Amounts in stored JSON: for `#[serde(deserialize_with)]` on their fields.
pub mod stored {
    use super::Credits;
    use serde::{Deserialize, Deserializer, de::Error};

    /// An amount that is present.
    pub fn one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Credits, D::Error> {
        let text = String::deserialize(deserializer)?;
        Credits::stored(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is no amount with two decimals")))
    }

    /// An amount that may be null; for absent ones use `#[serde(default)]`.
    pub fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Credits>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let read = |text: String| {
            Credits::stored(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is no amount with two decimals")))
        };
        text.map(read).transpose()
    }
}

impl Amount {
    /// Credits above zero.
    pub fn new(credits: Credits) -> Result<Amount, &'static str> {
        if credits > Credits::ZERO { Ok(Amount(credits)) } else { Err("must be more than zero") }
    }

    /// The amount as credits.
    pub const fn credits(self) -> Credits {
        self.0
    }
}

impl<'de> serde::Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Amount::new(Credits::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

crate::base::db::types::reports_errors!(Amount);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_and_writes_two_decimals() {
        for (text, hundredths, written) in [
            ("12.5", 1250, "12.50"),
            ("12", 1200, "12.00"),
            ("0.01", 1, "0.01"),
            ("0", 0, "0.00"),
            ("9999999999.99", 999_999_999_999, "9999999999.99"),
        ] {
            let credits = Credits::parse(text).unwrap();
            assert_eq!(credits.hundredths(), hundredths);
            assert_eq!(credits.to_string(), written);
        }
        assert_eq!(Credits(-5).to_string(), "-0.05");
    }

    #[test]
    fn refuses_what_is_not_an_amount() {
        use CreditsError::{NotDecimal, TooFine, TooLarge};
        for (text, error) in [
            ("", NotDecimal),
            ("-1", NotDecimal),
            ("+1", NotDecimal),
            ("1e3", NotDecimal),
            (".5", NotDecimal),
            ("5.", NotDecimal),
            ("1,000", NotDecimal),
            ("1.2.3", NotDecimal),
            (" 1", NotDecimal),
            ("١", NotDecimal),
            ("0.001", TooFine),
            ("1.000", TooFine),
            ("10000000000", TooLarge),
            ("10000000000.00", TooLarge),
            ("999999999999", TooLarge),
            ("1234567890123", TooLarge),
        ] {
            assert_eq!(Credits::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn json_takes_strings_and_whole_numbers_only() {
        let read = |json: &str| serde_json::from_str::<Credits>(json).map(Credits::hundredths).ok();
        assert_eq!(
            (read("\"1.5\""), read("12"), read("1.5"), read("-1"), read("true")),
            (Some(150), Some(1200), None, None, None)
        );
    }

    proptest! {
        /// One bound: what may be sent is what can be written and read again, and one hundredth more is not.
        #[test]
        fn around_the_bound_what_is_taken_is_read_again(off in -2_000_i64..2_000) {
            let credits = Credits(Credits::LARGEST.0 + off);
            let text = credits.to_string();
            let within = credits <= Credits::LARGEST;
            prop_assert_eq!(Credits::parse(&text), if within { Ok(credits) } else { Err(CreditsError::TooLarge) });
            let json = format!("\"{text}\"");
            prop_assert_eq!(serde_json::from_str::<Credits>(&json).ok(), within.then_some(credits));
            prop_assert_eq!(serde_json::to_string(&credits).unwrap(), json);
        }

        /// Whatever was stored is read.
        #[test]
        fn every_stored_amount_is_read(hundredths: i64) {
            prop_assert_eq!(Credits::stored(&Credits(hundredths).to_string()), Some(Credits(hundredths)));
        }
    }

    #[test]
    fn percent_rounds_to_the_nearest_hundredth() {
        assert_eq!(Credits(60000).percent(50), Credits(30000));
        assert_eq!(Credits(1).percent(50), Credits(1));
        assert_eq!(Credits(333).percent(25), Credits(83));
        assert_eq!(Credits(999).percent(0), Credits::ZERO);
    }
}
