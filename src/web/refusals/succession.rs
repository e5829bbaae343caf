//! How refusals about the succession of schools are answered.

use super::super::problem::{Code, Problem};
use crate::lifecycle::succession::Error;

impl Problem {
    /// The problem for a refused succession; `root` is `/` where its fields came in a body.
    pub(crate) fn of_succession(error: Error, root: &str) -> Problem {
        let detail = error.to_string();
        let field = |name: &str, code: &str| Problem::field(&format!("{root}{name}"), code, detail.clone());
        match error {
            Error::Unknown => Problem::not_found(),
            Error::UnknownSuccessor => field("successor_id", "unknown"),
            Error::Itself => field("successor_id", "invalid"),
            Error::EffectiveOn(_) => field("effective_on", "invalid"),
            Error::Twice { .. } | Error::SuccessorSucceeded { .. } => Problem::new(Code::SchoolSucceeded, detail),
            Error::Between { .. } => Problem::new(Code::InUse, detail),
            Error::SuccessorLeft { .. } => Problem::new(Code::SchoolLeft, detail),
            Error::QuoteExpired => Problem::new(Code::QuoteExpired, detail),
            Error::Year(error) => error.into(),
            Error::Ledger(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}
