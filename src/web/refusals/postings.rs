//! How refusals of top-ups, transfers, adjustments and reversals are answered.

use super::super::problem::{Code, FieldError, Problem};
use crate::credits::adjustments;
use crate::credits::purchases;
use crate::credits::settlements;
use crate::credits::top_ups;
use crate::credits::transfers;
use crate::ledger::AccountKind;
use crate::lifecycle::reversals;
use crate::members::years;

/// A year that takes no postings, reported at the field that named it.
fn closed(error: years::Error) -> Problem {
    let detail = error.to_string();
    match error {
        years::Error::NotOpen { .. } | years::Error::Closed { .. } => Problem::from(error)
            .with_errors(vec![FieldError { pointer: "/year".to_owned(), code: Code::YearClosed.to_string(), detail }]),
        other => other.into(),
    }
}

/// A refusal that one field caused, where the field's code is the refusal's.
fn named(code: Code, pointer: &str, detail: String) -> Problem {
    Problem::caused_by(code, pointer, code.as_str(), detail)
}

/// Too few credits for the amount asked for.
fn too_few(detail: String) -> Problem {
    Problem::caused_by(Code::InsufficientCredits, "/amount", "too_few_credits", detail)
}

impl From<top_ups::Error> for Problem {
    fn from(error: top_ups::Error) -> Self {
        use top_ups::Error;
        let detail = error.to_string();
        match error {
            Error::UnknownSchool => Problem::field("/school_id", "unknown", detail),
            Error::SchoolLeft => Problem::field("/school_id", "left", detail),
            Error::InvoiceUsed { .. } => named(Code::Duplicate, "/invoice_reference", detail),
            Error::Year(error) => closed(error),
            Error::Ledger(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}

impl From<settlements::Error> for Problem {
    fn from(error: settlements::Error) -> Self {
        use settlements::Error;
        let detail = error.to_string();
        match error {
            Error::Unknown | Error::UnknownPartner => Problem::not_found(),
            Error::InFuture { .. } => Problem::field("/up_to", "in_the_future", detail),
            Error::NotAsShown => Problem::new(Code::QuoteExpired, detail),
            Error::NothingEarned { .. } => Problem::new(Code::NothingEarned, detail),
            Error::TooLarge => Problem::new(Code::AmountTooLarge, detail),
            Error::Cancelled => Problem::new(Code::SettlementCancelled, detail),
            Error::AlreadyPaid | Error::PartPaid { .. } => Problem::new(Code::SettlementPaid, detail),
            Error::TooMuch { .. } => named(Code::PaysTooMuch, "/credits", detail),
            Error::Corrected { .. } => named(Code::OwedLess, "/credits", detail),
            Error::ReferenceUsed { .. } => named(Code::Duplicate, "/bank_reference", detail),
            Error::PaidOn { .. } => Problem::field("/paid_on", "out_of_range", detail),
            Error::Ledger(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}

impl From<purchases::Error> for Problem {
    fn from(error: purchases::Error) -> Self {
        use purchases::Error;
        let detail = error.to_string();
        match error {
            Error::Count => Problem::field("/columns", "invalid", detail),
            Error::Text { at } => Problem::field(&format!("/columns/{at}/text"), "invalid", detail),
            Error::Stale => Problem::new(Code::Stale, detail),
            Error::Database(error) => error.into(),
        }
    }
}

impl From<transfers::Error> for Problem {
    fn from(error: transfers::Error) -> Self {
        use transfers::Error;
        let detail = error.to_string();
        match error {
            Error::Unknown => Problem::not_found(),
            Error::UnknownSchool => Problem::field("/to_school_id", "unknown", detail),
            Error::SchoolLeft => Problem::field("/to_school_id", "left", detail),
            Error::ToItself => Problem::field("/to_school_id", "own_school", detail),
            Error::TheOthers { .. } => Problem::new(Code::Forbidden, detail),
            Error::InvalidTransition { .. } => Problem::new(Code::InvalidTransition, detail),
            Error::TooFew { .. } => too_few(detail),
            Error::SpentSince { .. } => Problem::new(Code::InsufficientCredits, detail),
            Error::Year(error) => closed(error),
            Error::Ledger(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}

impl From<adjustments::Error> for Problem {
    fn from(error: adjustments::Error) -> Self {
        use adjustments::Error;
        let detail = error.to_string();
        match error {
            Error::Unknown => Problem::not_found(),
            Error::UnknownSchool => Problem::field("/school_id", "unknown", detail),
            Error::Succeeded { .. } => Problem::field("/school_id", "succeeded", detail),
            Error::UnknownPartner => Problem::field("/partner_id", "unknown", detail),
            Error::UnknownCorrected => Problem::field("/corrects", "unknown", detail),
            Error::InClosedYear => {
                let error = FieldError {
                    pointer: "/effective_on".to_owned(),
                    code: Code::YearClosed.to_string(),
                    detail: detail.clone(),
                };
                Problem::new(Code::YearClosed, format!("effective_on {detail}")).with_errors(vec![error])
            }
            Error::FourEyes => Problem::new(Code::FourEyes, detail),
            Error::InvalidTransition { .. } => Problem::new(Code::InvalidTransition, detail),
            Error::TooFew { .. } => too_few(detail),
            Error::Year(error) => closed(error),
            Error::Ledger(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}

impl From<reversals::Error> for Problem {
    fn from(error: reversals::Error) -> Self {
        use reversals::Error;
        let detail = error.to_string();
        match error {
            Error::UndoneByItsCommand { .. } | Error::Succeeded { .. } => Problem::new(Code::NotReversible, detail),
            Error::Spent { accounts } => {
                let named = |spent: reversals::Spent| {
                    let reversals::Spent { school, shortfall } = spent;
                    let (pointer, whose) = match school {
                        Some((urn, name)) => (urn.to_string(), format!("{name}, {}", shortfall.code)),
                        None if shortfall.kind == AccountKind::Payable => {
                            (shortfall.code, "what the partner is owed".to_owned())
                        }
                        None => (shortfall.code.clone(), shortfall.code),
                    };
                    let detail = format!("{whose}: short by {} credits", shortfall.short_by);
                    FieldError { pointer, code: "too_few_credits".to_owned(), detail }
                };
                Problem::new(Code::InsufficientCredits, detail).with_errors(accounts.into_iter().map(named).collect())
            }
            Error::Allocation(error) => error.into(),
            Error::Year(error) => error.into(),
            Error::Ledger(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}
