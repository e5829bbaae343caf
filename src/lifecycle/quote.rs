//! A quote: stands for everything that a preview says would be done to a person's record. It holds as long as that is
//! unchanged.

use crate::base::db::types::text;
use crate::base::seal::Form;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordQuote(String);

impl RecordQuote {
    /// The quote of what was put into the form.
    pub fn of(form: Form) -> RecordQuote {
        RecordQuote(hex::encode(form.hash()))
    }

    /// Reads a quote as it was given.
    pub fn parse(text: &str) -> Result<RecordQuote, String> {
        let digits = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if digits && text.len() == 64 {
            Ok(RecordQuote(text.to_owned()))
        } else {
            Err("must be the quote of a preview".into())
        }
    }

    /// The quote as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text!(RecordQuote);
