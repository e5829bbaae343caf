//! How refusals about bookings are answered.

use super::super::call::unauthorized;
use super::super::problem::{Code, FieldError, Problem};
use crate::booking::bookings::{self, Refusal};

impl From<bookings::Error> for Problem {
    fn from(error: bookings::Error) -> Self {
        match error {
            bookings::Error::Ledger(error) => error.into(),
            bookings::Error::Database(error) => error.into(),
            bookings::Error::NotAPosting(_) | bookings::Error::Impossible(_) => {
                tracing::error!(%error, "a booking made no posting");
                Problem::new(Code::Internal, "something went wrong here; the request id finds it in the logs")
            }
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::UnknownCaller => unauthorized(Code::Unauthorized, &detail),
            Refusal::Disabled => unauthorized(Code::PersonDisabled, &detail),
            Refusal::Forbidden => Problem::new(Code::Forbidden, detail),
            Refusal::UnknownEvent => Problem::field("/event_id", "unknown", detail),
            Refusal::UnknownDelegate => Problem::field("/person_id", "unknown", detail),
            Refusal::UnknownSchool => Problem::field("/school_id", "unknown", detail),
            Refusal::NamesBy => Problem::field("/unnamed/names_by", "invalid", detail),
            Refusal::UnknownTicket => Problem::field("/ticket_id", "unknown", detail),
            Refusal::TicketNotUsable(_) => Problem::new(Code::TicketNotUsable, detail),
            Refusal::TicketDoesNotCover => Problem::new(Code::TicketDoesNotCover, detail),
            Refusal::TicketIsWhole => Problem::field("/amount", "invalid", detail),
            Refusal::TicketNotNeeded => Problem::new(Code::TicketNotNeeded, detail),
            Refusal::UnknownBooking => Problem::not_found(),
            Refusal::EventFull { .. } => Problem::new(Code::EventFull, detail),
            Refusal::SchoolLeft { .. } => Problem::new(Code::SchoolLeft, detail),
            Refusal::NotInAudience => Problem::new(Code::NotInAudience, detail),
            Refusal::SchoolLimit { .. } => Problem::new(Code::SchoolLimit, detail),
            Refusal::Clash(_) => Problem::new(Code::Clash, detail),
            Refusal::AnotherProgramme => Problem::field("/event_id", "invalid", detail),
            Refusal::NotToBeNamed(_) | Refusal::NotHeld(_) | Refusal::NoOffer | Refusal::DelegateGone => {
                Problem::new(Code::InvalidTransition, detail)
            }
            Refusal::InGroup { at, refusal } => Problem::from(*refusal).of_delegate(at),
            Refusal::NotOpen(_) => Problem::new(Code::EventNotOpen, detail),
            Refusal::Started => Problem::new(Code::EventStarted, detail),
            Refusal::EventState { .. } => Problem::new(Code::InvalidTransition, detail),
            Refusal::NotOver(_) => Problem::new(Code::EventNotOver, detail),
            Refusal::NoYear | Refusal::YearClosed(_) => Problem::new(Code::YearClosed, detail),
            Refusal::ProviderShort { .. } => Problem::new(Code::InsufficientCredits, detail),
            Refusal::AlreadyBooked(_) => Problem::new(Code::AlreadyBooked, detail),
            Refusal::InsufficientCredits { .. } => Problem::new(Code::InsufficientCredits, detail),
            Refusal::QuoteExpired { .. } | Refusal::NotAsShown | Refusal::LastPlaceGone => {
                Problem::new(Code::QuoteExpired, detail)
            }
            Refusal::NothingKept => Problem::new(Code::NothingKept, detail),
            Refusal::MoreThanKept { .. } => Problem::field("/amount", "above_kept", detail),
            Refusal::OwnRequest => Problem::new(Code::OwnRequest, detail),
            Refusal::InvalidTransition { .. } | Refusal::ApprovedAlready => {
                Problem::new(Code::InvalidTransition, detail)
            }
        }
    }
}

impl Problem {
    /// The problem for one of the delegates of a group.
    fn of_delegate(self, at: usize) -> Problem {
        let code = if self.code() == Code::InvalidRequest { "unknown" } else { self.code().as_str() };
        let error =
            FieldError { pointer: format!("/delegates/{at}"), code: code.to_owned(), detail: self.detail().to_owned() };
        self.with_errors(vec![error])
    }
}
