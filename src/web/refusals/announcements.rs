//! How refusals of what the hub would write to delegates or leads are answered.

use super::super::problem::{FieldError, Problem};
use crate::booking::announcements::{Error, Flaw};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::UnknownEvent => Problem::field("/event_id", "unknown", detail),
            Error::UnknownSchool => Problem::field("/school_ids", "unknown", detail),
            Error::NoSchool => Problem::field("/school_ids", "invalid", detail),
            Error::NoDelegates => Problem::field("/delegates", "nobody", detail),
            Error::NoLeads => Problem::field("/school_ids", "nobody", detail),
            Error::UnknownReceiver => Problem::field("/person_id", "unknown", detail),
            Error::Flawed(flaws) => Problem::invalid(flaws.into_iter().map(FieldError::from).collect()),
            Error::Database(error) => error.into(),
        }
    }
}

impl From<Flaw> for FieldError {
    fn from(flaw: Flaw) -> Self {
        FieldError { pointer: format!("/{}", flaw.field), code: "invalid".to_owned(), detail: flaw.detail }
    }
}
