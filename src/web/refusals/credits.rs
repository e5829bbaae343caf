//! How refusals of the ledger, academic years and allocations are answered.

use actix_web::http::header;

use super::super::problem::{Code, FieldError, Problem};
use crate::base::ids::AllocationId;
use crate::credits::allocation;
use crate::ledger;
use crate::members::years;

impl From<ledger::Error> for Problem {
    fn from(error: ledger::Error) -> Self {
        match error {
            ledger::Error::UnknownHub => Problem::not_found(),
            ledger::Error::InsufficientCredits { short_by, .. } => {
                Problem::new(Code::InsufficientCredits, format!("short by {short_by} credits"))
            }
            ledger::Error::TooLarge { .. } => Problem::new(Code::AmountTooLarge, error.to_string()),
            ledger::Error::UnknownTransaction => Problem::not_found(),
            ledger::Error::AlreadyReversed { .. } => Problem::new(Code::AlreadyReversed, error.to_string()),
            ledger::Error::ReversalOfReversal => Problem::new(Code::ReversalOfReversal, error.to_string()),
            ledger::Error::Spent { ref short } => {
                let named = |short: &ledger::Shortfall| FieldError {
                    pointer: short.code.clone(),
                    code: "too_few_credits".to_owned(),
                    detail: format!("short by {} credits", short.short_by),
                };
                Problem::new(Code::InsufficientCredits, error.to_string())
                    .with_errors(short.iter().map(named).collect())
            }
            ledger::Error::NotOurs(_) => {
                tracing::error!(%error, "nothing is posted");
                Problem::new(Code::Unavailable, error.to_string()).with_header(header::RETRY_AFTER, "60")
            }
            ledger::Error::Database(error) => error.into(),
            ledger::Error::UnknownAccount(_) | ledger::Error::NotAPosting(_) | ledger::Error::Impossible(_) => {
                tracing::error!(%error, "the ledger was asked for what it can't do");
                Problem::new(Code::Internal, "something went wrong here; the request id finds it in the logs")
            }
        }
    }
}

impl From<years::Error> for Problem {
    fn from(error: years::Error) -> Self {
        match error {
            years::Error::Duplicate { .. } => Problem::new(Code::Duplicate, error.to_string()),
            years::Error::NotOpen { .. } | years::Error::Closed { .. } => {
                Problem::new(Code::YearClosed, error.to_string())
            }
            years::Error::InFuture { .. } => Problem::field("/effective_on", "in_future", error.to_string()),
            years::Error::Database(error) => error.into(),
        }
    }
}

/// Schools that can't give back what they should, each with its URN.
fn short(schools: Vec<allocation::Short>) -> Vec<FieldError> {
    let named = |short: allocation::Short| FieldError {
        pointer: short.urn.to_string(),
        code: "too_few_credits".to_owned(),
        detail: format!("{} is short by {} credits", short.name, short.short_by),
    };
    schools.into_iter().map(named).collect()
}

impl From<allocation::Error> for Problem {
    fn from(error: allocation::Error) -> Self {
        use allocation::Error;
        let detail = error.to_string();
        match error {
            Error::Unknown => Problem::not_found(),
            Error::Stale => Problem::new(Code::Stale, detail),
            Error::NotADraft { .. } | Error::NotApproved { .. } | Error::AnAdjustment | Error::NotAnAdjustment => {
                Problem::new(Code::InvalidTransition, detail)
            }
            Error::Outdated(_) => Problem::new(Code::AllocationOutdated, detail),
            Error::NothingToAdjust => Problem::new(Code::NothingToAdjust, detail),
            Error::ShortfallsUndecided { schools } => {
                Problem::new(Code::ShortfallsUndecided, detail).with_errors(short(schools))
            }
            Error::Spent { schools } => Problem::new(Code::InsufficientCredits, detail).with_errors(short(schools)),
            Error::InUse { on } => {
                let named = |id: AllocationId| FieldError {
                    pointer: format!("/v1/allocations/{id}"),
                    code: "depends_on_it".to_owned(),
                    detail: "was computed from it".to_owned(),
                };
                Problem::new(Code::InUse, detail).with_errors(on.into_iter().map(named).collect())
            }
            Error::FourEyes => Problem::new(Code::FourEyes, detail),
            Error::NoPool { funded } => Problem::caused_by(
                Code::PoolNotPositive,
                if funded { "/funding" } else { "/pool" },
                "not_positive",
                detail,
            ),
            Error::PoolTooLarge => Problem::field("/funding/gbp", "invalid", detail),
            Error::StepDoesNotDivide { .. } => {
                Problem::caused_by(Code::StepDoesNotDivide, "/pool", "not_a_multiple", detail)
            }
            Error::NotAMultiple { limit, .. } => Problem::field(&format!("/{limit}"), "not_a_multiple", detail),
            Error::WeighedTwice { at } => Problem::field(&format!("/phase_weights/{at}/phase"), "duplicate", detail),
            Error::CapBelowFloor { .. } => Problem::field("/cap", "below_floor", detail),
            Error::FloorsOverPool { .. } => Problem::new(Code::FloorsOverPool, detail),
            Error::CapsUnderPool { .. } => Problem::new(Code::CapsUnderPool, detail),
            Error::NoSchools => Problem::new(Code::NoSchools, detail),
            Error::NoPupils => Problem::new(Code::NoPupils, detail),
            Error::MissingRolls { schools } => {
                let school = |(urn, name): (crate::base::text::Urn, crate::base::text::Line)| FieldError {
                    pointer: urn.to_string(),
                    code: "missing_roll".to_owned(),
                    detail: name.to_string(),
                };
                Problem::new(Code::MissingRolls, detail).with_errors(schools.into_iter().map(school).collect())
            }
            // No pool, roll or weight that can be sent or stored is that large.
            Error::OutOfRange(_) => {
                tracing::error!(%detail, "an allocation is beyond what can be computed");
                Problem::new(Code::Internal, "something went wrong here; the request id finds it in the logs")
            }
            Error::Year(error) => error.into(),
            Error::Ledger(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}
