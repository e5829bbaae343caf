//! How refusals of commissions are answered.

use super::super::problem::{Code, Problem};
use crate::support::commissions;
use crate::support::offers::DaysRefusal;

impl From<commissions::Refusal> for Problem {
    fn from(refusal: commissions::Refusal) -> Self {
        use commissions::Refusal;
        let detail = refusal.to_string();
        match refusal {
            Refusal::Unknown => Problem::not_found(),
            Refusal::Field { pointer, code, detail } => Problem::field(&pointer, code, detail),
            Refusal::NotAllowed(_) => Problem::new(Code::InvalidTransition, detail),
            Refusal::NotTheirs { .. } | Refusal::NotOneOfThem => Problem::new(Code::Forbidden, detail),
            Refusal::OwnRequest => Problem::new(Code::OwnRequest, detail),
            Refusal::BothSides | Refusal::NotASecond { .. } => Problem::new(Code::FourEyes, detail),
            Refusal::AlreadyAgreed => Problem::new(Code::AlreadyAgreed, detail),
            Refusal::QuoteOver { .. } => Problem::new(Code::QuoteOver, detail),
            Refusal::QuoteExpired { .. } | Refusal::NotAsShown => Problem::new(Code::QuoteExpired, detail),
            Refusal::InsufficientCredits { .. } | Refusal::BuyerShort => {
                Problem::new(Code::InsufficientCredits, detail)
            }
            Refusal::TooManyDays { .. } => Problem::caused_by(Code::TooManyDays, "/days", "too_many", detail),
            Refusal::SplitDoesNotSum { .. } => {
                Problem::caused_by(Code::SplitDoesNotSum, "/to_provider", "does_not_sum", detail)
            }
            Refusal::CasesClosed { .. } => Problem::new(Code::CasesClosed, detail),
            Refusal::CasesOpen { .. } => Problem::new(Code::CasesOpen, detail),
            Refusal::Days(DaysRefusal::TooFewDays { .. }) => Problem::new(Code::TooFewDays, detail),
            Refusal::Days(DaysRefusal::OfferNotOpen { .. }) => Problem::new(Code::OfferNotOpen, detail),
            Refusal::Days(DaysRefusal::Unknown | DaysRefusal::NotAgreed { .. }) => {
                Problem::new(Code::InvalidTransition, detail)
            }
            Refusal::Days(DaysRefusal::Database(error)) => error.into(),
            Refusal::Year(error) => error.into(),
            Refusal::Ledger(error) => error.into(),
            Refusal::Database(error) => error.into(),
        }
    }
}
