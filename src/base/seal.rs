//! The form in which sealed records are hashed, the same everywhere and always: each part is a 4-byte big-endian length
//! and its bytes. An absent part has the length `0xFFFFFFFF` and no bytes, so that absent and empty differ.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::base::credits::Credits;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// The hash before the first of every chain.
pub const GENESIS: Hash = [0; 32];

/// The hash of what is sealed, fed part after part.
#[derive(Clone, Debug)]
pub struct Form(Sha256);

impl Form {
    /// Begins with the name of what is sealed.
    pub fn of(what: &str) -> Form {
        Form(Sha256::new()).words(what)
    }

    /// Begins with the previous hash of a chain, then the name of what is sealed.
    pub fn after(previous: &Hash, what: &str) -> Form {
        Form(Sha256::new().chain_update(previous)).words(what)
    }

    /// Adds the next part, or its absence.
    #[must_use]
    pub fn bytes(mut self, bytes: Option<&[u8]>) -> Form {
        match bytes {
            Some(bytes) => {
                self.0.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX - 1).to_be_bytes());
                self.0.update(bytes);
            }
            None => self.0.update(u32::MAX.to_be_bytes()),
        }
        self
    }

    /// Adds a text.
    #[must_use]
    pub fn words<'a>(self, words: impl Into<Option<&'a str>>) -> Form {
        self.bytes(words.into().map(str::as_bytes))
    }

    /// Adds an id: its 16 bytes.
    #[must_use]
    pub fn id(self, id: impl Into<Option<Uuid>>) -> Form {
        self.bytes(id.into().as_ref().map(|id| id.as_bytes().as_slice()))
    }

    /// Adds a whole number: 8 bytes, big-endian.
    #[must_use]
    pub fn number(self, number: impl Into<Option<i64>>) -> Form {
        self.bytes(number.into().map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice))
    }

    /// Adds an amount: its hundredths.
    #[must_use]
    pub fn credits(self, credits: impl Into<Option<Credits>>) -> Form {
        self.number(credits.into().map(Credits::hundredths))
    }

    /// Adds an instant: its microseconds since 1970.
    #[must_use]
    pub fn instant(self, instant: impl Into<Option<DateTime<Utc>>>) -> Form {
        self.number(instant.into().map(|instant| instant.timestamp_micros()))
    }

    /// Adds a day as text, `2026-09-01`.
    #[must_use]
    pub fn day(self, day: impl Into<Option<NaiveDate>>) -> Form {
        self.words(day.into().map(|day| day.to_string()).as_deref())
    }

    /// The hash of all parts.
    pub fn hash(self) -> Hash {
        self.0.finalize().into()
    }
}

/// Marks what the service made, so that whoever has only the database can't forge it: the keys of the service.
pub trait Marker: Send + Sync {
    /// The mark of a message.
    fn mark(&self, message: &[u8]) -> Hash;
    /// Whether a mark of that message was made with a current key.
    fn made(&self, message: &[u8], mark: &[u8]) -> bool;
}

/// A marker shared by all who post.
pub type Marks = Arc<dyn Marker>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_one_another() {
        let base = || Form::of("thing");
        let different = [
            base(),
            base().words(""),
            base().words(None),
            base().words("ab").words("c"),
            base().words("a").words("bc"),
            base().words("abc"),
            base().id(Uuid::nil()),
            base().id(None).id(None),
            base().number(0),
            base().number(1),
            base().day(NaiveDate::default()),
            Form::after(&[0; 32], "thing"),
            Form::after(&[1; 32], "thing"),
        ];
        let mut hashes: Vec<Hash> = different.into_iter().map(Form::hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 13);
    }

    #[test]
    fn amounts_and_instants_are_numbers() {
        let at = DateTime::from_timestamp_micros(7).unwrap();
        assert_eq!(Form::of("x").credits(Credits::from_hundredths(7)).hash(), Form::of("x").instant(at).hash());
        assert_eq!(Form::of("x").number(7).hash(), Form::of("x").instant(at).hash());
    }
}
