//! A quote: stands for everything that a preview says would be done. It holds as long as that is unchanged.

use crate::base::db::types::text;
use crate::base::seal::{Form, Hash};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote(String);

impl Quote {
    /// The quote of what was put into the form.
    pub fn of(form: Form) -> Quote {
        Quote::of_digest(form.hash())
    }

    /// The quote whose digest this is.
    pub fn of_digest(digest: Hash) -> Quote {
        Quote(hex::encode(digest))
    }

    /// Reads a quote as it was given.
    pub fn parse(text: &str) -> Result<Quote, String> {
        let digits = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if digits && text.len() == 64 {
            Ok(Quote(text.to_owned()))
        } else {
            Err("must be the quote of a preview".into())
        }
    }

    /// The quote as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text!(Quote);
