//! How refusals of offers, conversations and the rate card are answered.

use super::super::problem::{Code, FieldError, Problem};
use crate::support::conversations;
use crate::support::offers;
use crate::support::rate_card;

impl From<offers::Error> for Problem {
    fn from(error: offers::Error) -> Self {
        use offers::Error;
        let detail = error.to_string();
        match error {
            Error::Unknown => Problem::not_found(),
            Error::Stale => Problem::new(Code::Stale, detail),
            Error::Invalid(flaws) => Problem::invalid(flaws.into_iter().map(FieldError::from).collect()),
            Error::Closed => Problem::new(Code::OfferClosed, detail),
            Error::DaysAgreed { .. } => Problem::caused_by(Code::DaysAgreed, "/offered", "days_agreed", detail),
            Error::Database(error) => error.into(),
        }
    }
}

impl From<rate_card::Error> for Problem {
    fn from(error: rate_card::Error) -> Self {
        use rate_card::Error;
        let detail = error.to_string();
        match error {
            Error::TooMany => Problem::field("/lines", "invalid", detail),
            Error::Twice { at, .. } => Problem::field(&format!("/lines/{at}/specialist_kind"), "duplicate", detail),
            Error::TooHigh { at } => Problem::field(&format!("/lines/{at}/full_day"), "invalid", detail),
            Error::HalfOverFull { at, .. } => Problem::field(&format!("/lines/{at}/half_day"), "invalid", detail),
            Error::ShareOverWhole { .. } => Problem::field("/brokerage/share", "invalid", detail),
            Error::Stale => Problem::new(Code::Stale, detail),
            Error::Database(error) => error.into(),
        }
    }
}

impl From<conversations::Error> for Problem {
    fn from(error: conversations::Error) -> Self {
        use conversations::Error;
        let detail = error.to_string();
        match error {
            Error::Unknown => Problem::not_found(),
            Error::OwnOffer => Problem::new(Code::OwnOffer, detail),
            Error::Empty { field } => Problem::field(field, "invalid", detail),
            Error::NoComplaint => Problem::new(Code::InvalidTransition, detail),
            Error::AlreadyComplained { .. } => Problem::new(Code::AlreadyComplained, detail),
            Error::Database(error) => error.into(),
        }
    }
}
