//! How refusals about closing and reopening a year are answered.

use super::super::problem::{Code, FieldError, Problem};
use crate::lifecycle::year_close::{Error, Hold, Spent};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Unknown => Problem::not_found(),
            Error::Closed(_) => Problem::new(Code::YearClosed, detail),
            Error::NotClosed(_) => Problem::new(Code::InvalidTransition, detail),
            Error::NotOver { .. } => Problem::new(Code::YearNotOver, detail),
            Error::EarlierOpen(_) => Problem::new(Code::EarlierYearOpen, detail),
            Error::NextNotOpen(_) => Problem::new(Code::NextYearNotOpen, detail),
            Error::OpenHolds { holds, .. } => {
                Problem::new(Code::OpenHolds, detail).with_errors(holds.iter().map(named).collect())
            }
            Error::QuoteExpired => Problem::new(Code::QuoteExpired, detail),
            Error::Followed(_) => Problem::new(Code::InUse, detail),
            Error::Depends(spent) => Problem::new(Code::InUse, detail).with_errors(spent.iter().map(used).collect()),
            Error::Ledger(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}

fn named(hold: &Hold) -> FieldError {
    FieldError {
        pointer: hold.id.to_string(),
        code: format!("open_{}", hold.kind),
        detail: format!("{}: {} credits", hold.title, hold.credits),
    }
}

fn used(spent: &Spent) -> FieldError {
    FieldError {
        pointer: spent.account_id.to_string(),
        code: "spent".to_owned(),
        detail: format!("{} {}: {} credits", spent.urn, spent.name, spent.spent),
    }
}
