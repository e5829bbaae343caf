//! The numbers of certificates: sixteen letters and digits that a person can read out and type again.

use crate::base::ids::HubId;

/// A certificate's number, such as `7K3M-9QRT-4XWD-2HFA`: the first four characters mark its hub, the others are
/// random, so that nobody finds one by guessing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(String);

/// Crockford's base 32: no I, L, O or U.
const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How many characters a number has, without hyphens.
const LENGTH: usize = 16;
/// How many characters stand between two hyphens.
const GROUP: usize = 4;

impl Number {
    /// The number that a hub gives for a random draw.
    pub fn new(hub: HubId, lot: u64) -> Number {
        let (mark, lot) = (hub.0.as_u128() & 0xF_FFFF, u128::from(lot) & 0x0FFF_FFFF_FFFF_FFFF);
        let number = (mark << 60) | lot;
        let sign = |place: usize| {
            let index = usize::try_from((number >> (5 * place)) & 31).unwrap_or_default();
            SIGNS.get(index).map_or('0', |sign| char::from(*sign))
        };
        Number::grouped((0..LENGTH).rev().map(sign))
    }

    /// Reads a number as people write one: in lower case, without its hyphens, with O for 0, and I or L for 1.
    pub fn parse(text: &str) -> Result<Number, String> {
        let sign = |c: char| match c.to_ascii_uppercase() {
            'O' => Some('0'),
            'I' | 'L' => Some('1'),
            c => u8::try_from(c).ok().filter(|c| SIGNS.contains(c)).map(char::from),
        };
        let signs = text.chars().filter(|c| !matches!(c, '-' | ' ')).map(sign).collect::<Option<Vec<char>>>();
        let signs = signs.filter(|signs| signs.len() == LENGTH);
        signs
            .map(|signs| Number::grouped(signs.into_iter()))
            .ok_or_else(|| "must be a certificate's number such as 7K3M-9QRT-4XWD-2HFA".to_owned())
    }

    /// Whether this hub may have issued it.
    pub fn is_of(&self, hub: HubId) -> bool {
        Number::new(hub, 0).0.get(..GROUP) == self.0.get(..GROUP)
    }

    /// The number, in groups of four.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn grouped(signs: impl Iterator<Item = char>) -> Number {
        let mut text = String::with_capacity(LENGTH + LENGTH / GROUP);
        for (place, sign) in signs.enumerate() {
            if place > 0 && place % GROUP == 0 {
                text.push('-');
            }
            text.push(sign);
        }
        Number(text)
    }
}

crate::base::db::types::text!(Number);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let number = Number::parse("10FK-9QRT-4XWD-2HFA").unwrap();
        for text in ["iofk9qrt4xwd2hfa", "LoFK 9QRT 4XWD 2HFA", "10fk-9QRT4XWD--2HFA "] {
            assert_eq!(Number::parse(text).unwrap(), number, "{text}");
        }
        for wrong in ["", "10FK-9QRT-4XWD-2HF", "10FK-9QRT-4XWD-2HFA1", "10FK-9QRT-4XWD-2HFU", "10FK-9QRT-4XWD-2HFé"] {
            assert!(Number::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_number_comes_back_and_names_its_hub(hub: u128, other: u128, lot: u64) {
            let id = |hub| HubId(Uuid::from_u128(hub));
            let number = Number::new(id(hub), lot);
            prop_assert_eq!(number.as_str().len(), 19);
            prop_assert_eq!(&Number::parse(number.as_str()).unwrap(), &number);
            prop_assert!(number.is_of(id(hub)));
            prop_assert_eq!(number.is_of(id(other)), (hub ^ other) & 0xF_FFFF == 0);
            prop_assert_eq!(number == Number::new(id(hub), lot ^ 1), false);
        }
    }
}
