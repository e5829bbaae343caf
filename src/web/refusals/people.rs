//! How refusals about people, schools, partners, the hub and notices are answered.

use super::super::call::unauthorized;
use super::super::problem::{Code, Problem};
use crate::base::csv_file::FileError;
use crate::booking::needs;
use crate::lifecycle::leaving;
use crate::members::api_keys;
use crate::members::hubs;
use crate::members::partners;
use crate::members::people::{self, importing};
use crate::members::schools;
use crate::messages::{choices, notices, outbox};

impl From<hubs::Error> for Problem {
    fn from(error: hubs::Error) -> Self {
        match error {
            hubs::Error::NameTaken => Problem::new(Code::Duplicate, error.to_string()),
            hubs::Error::Stale => Problem::new(Code::Stale, error.to_string()),
            hubs::Error::Ledger(error) => error.into(),
            hubs::Error::Database(error) => error.into(),
        }
    }
}

impl From<people::Error> for Problem {
    fn from(error: people::Error) -> Self {
        match error {
            people::Error::SchoolSucceeded => Problem::new(Code::SchoolSucceeded, error.to_string()),
            people::Error::EmailTaken => Problem::new(Code::Duplicate, error.to_string()),
            people::Error::UnknownEmployer => Problem::field("/school_id", "unknown", error.to_string()),
            people::Error::UnknownDeputy => Problem::field("/person_id", "unknown", error.to_string()),
            people::Error::DeputyOver => Problem::field("/ends_on", "invalid", error.to_string()),
            people::Error::NameNeeded => Problem::field("/name", "invalid", error.to_string()),
            people::Error::SignsIn => Problem::new(Code::SignsIn, error.to_string()),
            people::Error::NotASecond => Problem::new(Code::FourEyes, error.to_string()),
            people::Error::Erased => Problem::new(Code::InvalidTransition, error.to_string()),
            people::Error::SchoolLeft { .. } => Problem::new(Code::SchoolLeft, error.to_string()),
            people::Error::RaisedByTheHub => Problem::new(Code::AskTheHub, error.to_string()),
            people::Error::School(error) => error.into(),
            people::Error::LastManager => Problem::new(Code::LastManager, error.to_string()),
            people::Error::Unknown => Problem::not_found(),
            people::Error::Stale => Problem::new(Code::Stale, error.to_string()),
            people::Error::Hub(error) => error.into(),
            people::Error::Database(error) => error.into(),
        }
    }
}

impl From<api_keys::Refused> for Problem {
    fn from(refused: api_keys::Refused) -> Self {
        let code = match refused {
            api_keys::Refused::Unknown | api_keys::Refused::Revoked => Code::Unauthorized,
            api_keys::Refused::Expired => Code::KeyExpired,
            api_keys::Refused::Disabled => Code::PersonDisabled,
        };
        unauthorized(code, &refused.to_string())
    }
}

impl From<api_keys::Error> for Problem {
    fn from(error: api_keys::Error) -> Self {
        match error {
            api_keys::Error::UnknownPerson => Problem::field("/person_id", "unknown", error.to_string()),
            api_keys::Error::OfAnotherManager => Problem::field("/person_id", "invalid", error.to_string()),
            api_keys::Error::Lifetime => Problem::field("/expires_at", "invalid", error.to_string()),
            api_keys::Error::Database(error) => error.into(),
        }
    }
}

impl From<importing::Error> for Problem {
    fn from(error: importing::Error) -> Self {
        match error {
            importing::Error::BadRows { ref bad, .. } => Problem::rows(error.to_string(), bad),
            importing::Error::UnknownSchool => Problem::field("school_id", "unknown", error.to_string()),
            importing::Error::People(error) => error.into(),
            importing::Error::Database(error) => error.into(),
        }
    }
}

impl From<leaving::Error> for Problem {
    fn from(error: leaving::Error) -> Self {
        match error {
            leaving::Error::People(error) => error.into(),
            leaving::Error::Bookings(error) => error.into(),
            leaving::Error::QuoteExpired => Problem::new(Code::QuoteExpired, error.to_string()),
            leaving::Error::Database(error) => error.into(),
        }
    }
}

impl From<needs::Error> for Problem {
    fn from(error: needs::Error) -> Self {
        match error {
            needs::Error::Sealed(_) => {
                tracing::error!(%error, "needs can't be opened or sealed");
                Problem::new(Code::Unavailable, error.to_string())
            }
            needs::Error::Database(error) => error.into(),
        }
    }
}

impl From<schools::Error> for Problem {
    fn from(error: schools::Error) -> Self {
        match error {
            schools::Error::UrnTaken { .. } => Problem::new(Code::Duplicate, error.to_string()),
            schools::Error::IdentifierTaken { .. } => Problem::new(Code::Duplicate, error.to_string()),
            schools::Error::IdentifierDate(_) => Problem::field("/from", "invalid", error.to_string()),
            schools::Error::Succeeded { .. } => Problem::new(Code::SchoolSucceeded, error.to_string()),
            schools::Error::CensusInFuture { .. } => Problem::field("/census_date", "in_the_future", error.to_string()),
            schools::Error::LeftBeforeJoined => Problem::field("/left_on", "invalid", error.to_string()),
            schools::Error::Unknown => Problem::not_found(),
            schools::Error::Stale => Problem::new(Code::Stale, error.to_string()),
            schools::Error::File(error) => error.into(),
            schools::Error::BadRows { ref bad, .. } => Problem::rows(error.to_string(), bad),
            schools::Error::Database(error) => error.into(),
        }
    }
}

impl From<partners::Error> for Problem {
    fn from(error: partners::Error) -> Self {
        match error {
            partners::Error::NameTaken => Problem::caused_by(Code::Duplicate, "/name", "duplicate", error.to_string()),
            partners::Error::Stale => Problem::new(Code::Stale, error.to_string()),
            partners::Error::Database(error) => error.into(),
        }
    }
}

impl From<choices::Error> for Problem {
    fn from(error: choices::Error) -> Self {
        match error {
            choices::Error::NotToBeChanged | choices::Error::NotToBeGathered => {
                Problem::field("/choices", "invalid", error.to_string())
            }
            choices::Error::Hours => Problem::field("/quiet_until", "invalid", error.to_string()),
            choices::Error::Database(error) => error.into(),
        }
    }
}

impl From<outbox::Error> for Problem {
    fn from(error: outbox::Error) -> Self {
        match error {
            outbox::Error::Unknown => Problem::not_found(),
            outbox::Error::NotDead | outbox::Error::Secret => Problem::new(Code::InvalidTransition, error.to_string()),
            outbox::Error::Database(error) => error.into(),
        }
    }
}

impl From<notices::Error> for Problem {
    fn from(error: notices::Error) -> Self {
        match error {
            notices::Error::Unknown => Problem::not_found(),
            notices::Error::Database(error) => error.into(),
        }
    }
}

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Unread(error) => Problem::no_room(&error),
            FileError::NeedsAnother { needs, .. } | FileError::MissingColumn { field: needs @ "census_date", .. } => {
                Problem::caused_by(Code::InvalidFile, &format!("/{needs}"), "missing", error.to_string())
            }
            error => Problem::new(Code::InvalidFile, error.to_string()),
        }
    }
}
