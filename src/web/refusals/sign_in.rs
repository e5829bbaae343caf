//! How refusals of signing in are answered: whatever is wrong with what somebody signs in by is answered alike, so that
//! nobody learns which addresses there are.

use actix_web::http::header;

use super::super::call::unauthorized;
use super::super::problem::{Code, Problem};
use crate::base::openid as provider;
use crate::base::{hashing, vault};
use crate::members::logins::{self, helping, links, passwords, throttle, totp};
use crate::members::openid;
use crate::messages::outbox::SecretError;

/// Somebody can't sign in with what they sent.
pub(crate) fn sign_in_failed() -> Problem {
    unauthorized(Code::SignInFailed, "nobody signs in here by this address with that")
}

impl From<logins::Error> for Problem {
    fn from(error: logins::Error) -> Self {
        match error {
            logins::Error::Nobody => sign_in_failed(),
            logins::Error::NotOfHub => Problem::field("/hub_id", "unknown", error.to_string()),
            logins::Error::Database(error) => error.into(),
        }
    }
}

impl From<openid::Error> for Problem {
    fn from(error: openid::Error) -> Self {
        match error {
            openid::Error::Nobody(_) | openid::Error::Unproved(_) => {
                unauthorized(Code::SignInFailed, &error.to_string())
            }
            openid::Error::Login(error) => error.into(),
            openid::Error::Database(error) => error.into(),
        }
    }
}

impl From<provider::Error> for Problem {
    fn from(error: provider::Error) -> Self {
        match error {
            provider::Error::Away(_) => Problem::new(
                Code::OpenidUnavailable,
                "the provider can't be reached now; sign in another way, or try again",
            )
            .with_header(header::RETRY_AFTER, "10"),
            provider::Error::Nonsense(_) => Problem::new(Code::OpenidNotBelieved, error.to_string()),
            provider::Error::Code => Problem::new(Code::OpenidFailed, error.to_string()),
        }
    }
}

impl From<throttle::Error> for Problem {
    fn from(error: throttle::Error) -> Self {
        match error {
            throttle::Error::Wait(left) => {
                let seconds = left.num_seconds() + 1;
                Problem::new(Code::TooManyRequests, error.to_string())
                    .with_header(header::RETRY_AFTER, seconds.to_string())
            }
            throttle::Error::Database(error) => error.into(),
        }
    }
}

impl From<hashing::Error> for Problem {
    fn from(error: hashing::Error) -> Self {
        match error {
            hashing::Error::Busy => {
                Problem::new(Code::Unavailable, error.to_string()).with_header(header::RETRY_AFTER, "5")
            }
            hashing::Error::Failed => failed(&error),
        }
    }
}

impl From<passwords::Weak> for Problem {
    fn from(weak: passwords::Weak) -> Self {
        Problem::field("/password", weak.word(), weak.to_string())
    }
}

impl From<links::Error> for Problem {
    fn from(error: links::Error) -> Self {
        match error {
            links::Error::Vault(error) => error.into(),
            links::Error::Database(error) => error.into(),
        }
    }
}

impl From<totp::Error> for Problem {
    fn from(error: totp::Error) -> Self {
        match error {
            totp::Error::On | totp::Error::Off => Problem::new(Code::InvalidTransition, error.to_string()),
            totp::Error::Wrong => Problem::field("/code", "wrong", error.to_string()),
            totp::Error::Vault(error) => error.into(),
            totp::Error::Library(_) => failed(&error),
            totp::Error::Database(error) => error.into(),
        }
    }
}

impl From<helping::Error> for Problem {
    fn from(error: helping::Error) -> Self {
        match error {
            helping::Error::Unknown => Problem::not_found(),
            helping::Error::NotSignedIn(_) => Problem::new(Code::InvalidTransition, error.to_string()),
            helping::Error::Operator(_) => Problem::new(Code::AskTheOperator, error.to_string()),
            helping::Error::Database(error) => error.into(),
        }
    }
}

impl From<SecretError> for Problem {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Vault(error) => error.into(),
            SecretError::Form(_) => failed(&error),
            SecretError::Database(error) => error.into(),
        }
    }
}

impl From<vault::Error> for Problem {
    fn from(error: vault::Error) -> Self {
        match error {
            vault::Error::NotOurs | vault::Error::NoKey => failed(&error),
        }
    }
}

fn failed(error: &dyn std::error::Error) -> Problem {
    tracing::error!(%error, "somebody could not sign in");
    Problem::new(Code::Internal, "something went wrong here; the request id finds it in the logs")
}
