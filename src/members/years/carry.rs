//! What the close of a year carries over, as a pure rule.
//!
//! From each wallet of the year `carried = min(balance, cap)` goes to the same school's wallet of the same kind in the
//! next year, so that credits earned by supporting others stay apart from those that were allocated; the rest lapses. A
//! percentage cap is a percentage of what was allocated to the school for the year, whichever the wallet, rounded down
//! to the hundredth: no more is ever carried than the percentage allows.

use crate::base::credits::{Credits, CreditsError};
use crate::base::db::types::{reports_errors, stored_text};

/// How much of a wallet is carried over at most: `all`, `none`, a percentage of the year's allocation such as `10%`,
/// or a number of credits such as `250.00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carry {
    /// Without a limit.
    All,
    /// Nothing is carried.
    None,
    /// At most this percentage of what was allocated to the school for the year.
    Percent(u8),
    /// At most this many credits.
    Credits(Credits),
}

impl Carry {
    /// Reads the text of [`Carry::as_str`]. A number of credits may exceed what a caller may send; that bound is
    /// checked where JSON is read.
    pub fn parse(text: &str) -> Result<Carry, &'static str> {
        let wrong = "must be all, none, a whole percentage such as 10%, or a number of credits such as 250.00";
        match (text, text.strip_suffix('%')) {
            ("all", _) => Ok(Carry::All),
            ("none", _) => Ok(Carry::None),
            (_, Some(percent)) => {
                let digits = !percent.is_empty() && percent.len() <= 3 && percent.bytes().all(|b| b.is_ascii_digit());
                let percent = digits.then(|| percent.parse().ok()).flatten().filter(|percent| *percent <= 100);
                percent.map(Carry::Percent).ok_or(wrong)
            }
            (number, None) => {
                let stored = || Credits::stored(number).filter(|credits| *credits >= Credits::ZERO);
                Credits::parse(number).ok().or_else(stored).map(Carry::Credits).ok_or(wrong)
            }
        }
    }

    /// The text as it is stored and sent.
    pub fn as_str(&self) -> String {
        match self {
            Carry::All => "all".to_owned(),
            Carry::None => "none".to_owned(),
            Carry::Percent(percent) => format!("{percent}%"),
            Carry::Credits(credits) => credits.to_string(),
        }
    }

    /// The most that is carried from a wallet of a school with this allocation for the year; none without a limit.
    pub fn cap(self, allocated: Credits) -> Option<Credits> {
        match self {
            Carry::All => None,
            Carry::None => Some(Credits::ZERO),
            Carry::Percent(percent) => {
                let hundredths = allocated.hundredths().max(0) * i64::from(percent) / 100;
                Some(Credits::from_hundredths(hundredths))
            }
            Carry::Credits(credits) => Some(credits),
        }
    }
}

stored_text!(Carry);
reports_errors!(Carry);

impl serde::Serialize for Carry {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Carry {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;

        let text = String::deserialize(deserializer)?;
        match Carry::parse(&text).map_err(D::Error::custom)? {
            Carry::Credits(credits) if credits > Credits::LARGEST => Err(D::Error::custom(CreditsError::TooLarge)),
            carry => Ok(carry),
        }
    }
}

/// How an amount is divided into what is carried, given the room left, and what lapses: the two sum to it exactly.
pub fn divide(amount: Credits, room: Option<Credits>) -> (Credits, Credits) {
    let carried = room.map_or(amount, |room| amount.min(room));
    (carried, amount - carried)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hundredths(n: i64) -> Credits {
        Credits::from_hundredths(n)
    }

    #[test]
    fn a_rule_is_read_and_written() {
        for (text, carry) in [
            ("all", Carry::All),
            ("none", Carry::None),
            ("0%", Carry::Percent(0)),
            ("100%", Carry::Percent(100)),
            ("250.00", Carry::Credits(hundredths(25_000))),
        ] {
            assert_eq!(Carry::parse(text), Ok(carry));
            assert_eq!(carry.as_str(), text);
        }
        assert_eq!(Carry::parse("12.5"), Ok(Carry::Credits(hundredths(1250))));
        for wrong in
            ["", "%", "101%", "1000%", "-1%", "+1%", "1.5%", "10 %", "All", "-1", "0.001", "1234567890123", "1e3"]
        {
            assert!(Carry::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_percentage_is_cut_off_below_the_hundredth() {
        let cap = |percent, allocated| Carry::Percent(percent).cap(hundredths(allocated)).unwrap().hundredths();
        assert_eq!((cap(10, 1_000), cap(10, 1_009), cap(33, 100), cap(50, 1), cap(100, 7)), (100, 100, 33, 0, 7));
        assert_eq!(cap(10, -500), 0, "more was taken back than allocated");
        assert_eq!(Carry::All.cap(hundredths(5)), None);
        assert_eq!(Carry::None.cap(hundredths(5)), Some(Credits::ZERO));
        assert_eq!(Carry::Credits(hundredths(9)).cap(hundredths(5)), Some(hundredths(9)));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_the_cap_holds(amount in 0..=999_999_999_999_i64, room in proptest::option::of(0..=999_999_999_999_i64)) {
            let (carried, lapsed) = divide(hundredths(amount), room.map(hundredths));
            prop_assert_eq!(carried + lapsed, hundredths(amount));
            prop_assert!(carried >= Credits::ZERO && lapsed >= Credits::ZERO);
            prop_assert!(room.is_none_or(|room| carried.hundredths() <= room));
            prop_assert!(lapsed.is_zero() || Some(carried) == room.map(hundredths), "only what is over the cap lapses");
        }
    }
}
