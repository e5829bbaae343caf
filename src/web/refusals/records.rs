//! How refusals about people's records are answered: moving, merging, erasing.

use super::super::problem::{Code, Problem};
use crate::lifecycle::{erasure, merging, moving};

impl From<moving::Error> for Problem {
    fn from(error: moving::Error) -> Self {
        match error {
            moving::Error::People(error) => error.into(),
            moving::Error::Bookings(error) => error.into(),
            moving::Error::QuoteExpired => Problem::new(Code::QuoteExpired, error.to_string()),
            moving::Error::Database(error) => error.into(),
        }
    }
}

impl Problem {
    /// The problem for a refused merge; `root` is `/` where its fields came in a body.
    pub(crate) fn of_merge(error: merging::Error, root: &str) -> Problem {
        let field = |code: &str, detail: String| Problem::field(&format!("{root}with"), code, detail);
        match error {
            merging::Error::People(error) => error.into(),
            merging::Error::Itself => field("invalid", error.to_string()),
            merging::Error::UnknownOther => field("unknown", error.to_string()),
            merging::Error::BookedTwice { .. } => Problem::new(Code::AlreadyBooked, error.to_string()),
            merging::Error::QuoteExpired => Problem::new(Code::QuoteExpired, error.to_string()),
            merging::Error::Bookings(error) => error.into(),
            merging::Error::Needs(error) => error.into(),
            merging::Error::Database(error) => error.into(),
        }
    }
}

impl From<erasure::Error> for Problem {
    fn from(error: erasure::Error) -> Self {
        match error {
            erasure::Error::Leaving(error) => error.into(),
            erasure::Error::People(error) => error.into(),
            erasure::Error::QuoteExpired => Problem::new(Code::QuoteExpired, error.to_string()),
            erasure::Error::Database(error) => error.into(),
        }
    }
}
