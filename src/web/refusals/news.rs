//! How refusals of the newsletter are answered.

use super::super::problem::{Code, Problem};
use crate::news::{self, contacts};

impl From<news::Error> for Problem {
    fn from(error: news::Error) -> Self {
        use news::Error;
        let detail = error.to_string();
        match error {
            Error::Unknown => Problem::not_found(),
            Error::Stale => Problem::new(Code::Stale, detail),
            Error::NoDraft(_) => Problem::new(Code::InvalidTransition, detail),
            Error::Markdown(_) => Problem::field("/markdown", "invalid", detail),
            Error::Subject(_) => Problem::field("/subject", "invalid", detail),
            Error::Empty => Problem::new(Code::InvalidTransition, detail),
            Error::DraftDays => Problem::field("/draft_days", "invalid", detail),
            Error::Offers(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}

impl From<contacts::Error> for Problem {
    fn from(error: contacts::Error) -> Self {
        use contacts::Error;
        let detail = error.to_string();
        match error {
            Error::Unknown => Problem::not_found(),
            Error::Known => Problem::field("/email", "taken", detail),
            Error::Stopped => Problem::field("/email", "stopped", detail),
            Error::TooMany => Problem::field("/email", "too_many", detail),
            Error::Database(error) => error.into(),
        }
    }
}
