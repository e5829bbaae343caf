//! How refusals of webhooks are answered.

use super::super::problem::{Code, Problem};
use crate::messages::webhooks;

impl From<webhooks::Error> for Problem {
    fn from(error: webhooks::Error) -> Self {
        use webhooks::Error;
        let detail = error.to_string();
        match error {
            Error::Unknown => Problem::not_found(),
            Error::Stale => Problem::new(Code::Stale, detail),
            Error::Address(_) => Problem::field("/url", "invalid", detail),
            Error::TooMany => Problem::field("/url", "too_many", detail),
            Error::TooManyAsked => Problem::new(Code::TooManyRequests, detail),
            Error::State(_) => Problem::new(Code::InvalidTransition, detail),
            Error::Overlap => Problem::field("/overlap_hours", "invalid", detail),
            Error::Vault(error) => {
                tracing::error!(%error, "a webhook's secret can't be sealed or opened");
                Problem::new(Code::Unavailable, detail)
            }
            Error::Database(error) => error.into(),
        }
    }
}
