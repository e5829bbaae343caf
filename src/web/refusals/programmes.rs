//! How refusals about programmes, tickets, registers and evaluations are answered.

use super::super::problem::{Code, FieldError, Problem};
use crate::booking::evaluations;
use crate::booking::organising;
use crate::booking::registers;
use crate::booking::saved_filters;
use crate::programme::programmes;
use crate::programme::programmes::Flaw;
use crate::programme::tickets;

impl From<programmes::Error> for Problem {
    fn from(error: programmes::Error) -> Self {
        match error {
            programmes::Error::Unknown => Problem::not_found(),
            programmes::Error::Stale => Problem::new(Code::Stale, error.to_string()),
            programmes::Error::PriorityTaken => Problem::new(Code::Duplicate, error.to_string()),
            programmes::Error::Invalid(flaws) => Problem::invalid(flaws.into_iter().map(FieldError::from).collect()),
            programmes::Error::InvalidTransition { .. }
            | programmes::Error::Settled { .. }
            | programmes::Error::Published
            | programmes::Error::LastSession => Problem::new(Code::InvalidTransition, error.to_string()),
            programmes::Error::CapacityBelowHeld { .. } => Problem::new(Code::CapacityBelowHeld, error.to_string()),
            programmes::Error::RegisterBegun | programmes::Error::HasEvents { .. } => {
                Problem::new(Code::InUse, error.to_string())
            }
            programmes::Error::Started(_) => Problem::new(Code::EventStarted, error.to_string()),
            programmes::Error::Year(error) => error.into(),
            programmes::Error::Ledger(error) => error.into(),
            programmes::Error::Database(error) => error.into(),
        }
    }
}

impl From<organising::Error> for Problem {
    fn from(error: organising::Error) -> Self {
        use organising::Error;
        let detail = error.to_string();
        match error {
            Error::Unknown => Problem::not_found(),
            Error::NotTheirs => Problem::new(Code::Forbidden, detail),
            Error::AskTheHub { what, pointers } => {
                let of_each = format!("of a published {what} is changed by the hub: ask it to");
                let error = |pointer: &str| FieldError {
                    pointer: pointer.to_owned(),
                    code: Code::AskTheHub.to_string(),
                    detail: of_each.clone(),
                };
                Problem::new(Code::AskTheHub, detail).with_errors(pointers.into_iter().map(error).collect())
            }
            Error::MovedByTheHub => Problem::field("/moved", "invalid", detail),
            Error::Programmes(error) => error.into(),
            Error::Refused(refusal) => refusal.into(),
            Error::Bookings(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}

impl From<registers::Error> for Problem {
    fn from(error: registers::Error) -> Self {
        use registers::Error;
        let detail = error.to_string();
        match error {
            Error::Unknown => Problem::not_found(),
            Error::NotTheirs => Problem::new(Code::Forbidden, detail),
            Error::NotKept(_) | Error::Completed => Problem::new(Code::InvalidTransition, detail),
            Error::NotYet(_) | Error::Over(_) => Problem::new(Code::RegisterNotOpen, detail),
            Error::Incomplete { .. } => Problem::new(Code::RegisterIncomplete, detail),
            Error::Invalid(flaws) => Problem::invalid(flaws.into_iter().map(FieldError::from).collect()),
            Error::Refused(refusal) => refusal.into(),
            Error::Programmes(error) => error.into(),
            Error::Bookings(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}

impl From<saved_filters::Error> for Problem {
    fn from(error: saved_filters::Error) -> Self {
        use saved_filters::Error;
        let detail = error.to_string();
        match error {
            Error::Unknown => Problem::not_found(),
            Error::NameTaken => Problem::new(Code::Duplicate, detail),
            Error::TooMany => Problem::new(Code::TooManyFilters, detail),
            Error::UnknownPriority => Problem::field("/priority_id", "unknown", detail),
            Error::NeverTold => Problem::field("/alert", "invalid", detail),
            Error::Stale => Problem::new(Code::Stale, detail),
            Error::Database(error) => error.into(),
        }
    }
}

impl From<tickets::Error> for Problem {
    fn from(error: tickets::Error) -> Self {
        let detail = error.to_string();
        match error {
            tickets::Error::Unknown => Problem::not_found(),
            tickets::Error::UnknownType => Problem::field("/ticket_type_id", "unknown", detail),
            tickets::Error::UnknownPerson => Problem::field("/person_id", "unknown", detail),
            tickets::Error::NameTaken => Problem::new(Code::Duplicate, detail),
            tickets::Error::Stale => Problem::new(Code::Stale, detail),
            tickets::Error::Invalid(flaws) => Problem::invalid(flaws.into_iter().map(FieldError::from).collect()),
            tickets::Error::InvalidTransition { .. } => Problem::new(Code::InvalidTransition, detail),
            tickets::Error::File(error) => error.into(),
            tickets::Error::BadRows { bad, .. } => Problem::rows(detail, &bad),
            tickets::Error::Database(error) => error.into(),
        }
    }
}

impl From<evaluations::Error> for Problem {
    fn from(error: evaluations::Error) -> Self {
        match error {
            evaluations::Error::Unknown => Problem::not_found(),
            evaluations::Error::NotAttended => Problem::new(Code::NotAttended, error.to_string()),
            evaluations::Error::GivenAlready => Problem::new(Code::Duplicate, error.to_string()),
            evaluations::Error::Stale => Problem::new(Code::Stale, error.to_string()),
            evaluations::Error::Settled(_) => Problem::new(Code::EvaluationSettled, error.to_string()),
            evaluations::Error::Database(error) => error.into(),
        }
    }
}

impl From<Flaw> for FieldError {
    fn from(Flaw { pointer, code, detail }: Flaw) -> Self {
        FieldError { pointer, code: code.to_owned(), detail }
    }
}
