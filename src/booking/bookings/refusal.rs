//! Why commands about bookings are refused, in types.

use chrono::{DateTime, NaiveDate, Utc};

use super::State;
use crate::base::credits::Credits;
use crate::base::ids::BookingId;
use crate::base::text::counted;
use crate::base::year::AcademicYear;
use crate::programme::programmes::events::State as EventState;
use crate::programme::tickets;

/// Why a command was refused. It changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The caller is not a person of the hub.
    #[error("the access token is not valid")]
    UnknownCaller,
    /// The caller is disabled.
    #[error("ask the hub to enable this person")]
    Disabled,
    /// The caller's role may not do this.
    #[error("the caller's role may not do this")]
    Forbidden,
    /// There is no such event for the caller.
    #[error("there is no such event")]
    UnknownEvent,
    /// There is no such booking for the caller.
    #[error("there is no such booking")]
    UnknownBooking,
    /// There is no such delegate for the caller, or they are at no school, or disabled.
    #[error("there is no such delegate: someone of a school whom the caller may book for")]
    UnknownDelegate,
    /// The event takes no bookings now.
    #[error("the event takes no bookings: {0}")]
    NotOpen(&'static str),
    /// The event has begun.
    #[error("the event has begun")]
    Started,
    /// The person already has a live booking on the event.
    #[error("the person has a live booking on this event")]
    AlreadyBooked(BookingId),
    /// The school can't pay: only the wallets of the event's academic year pay.
    #[error("the school needs {short_by} more credits of {year}{}", of_other_years(.others, .year))]
    InsufficientCredits {
        /// How many credits are missing.
        short_by: Credits,
        /// The event's academic year.
        year: AcademicYear,
        /// What the school has in wallets of other years, which can't pay for the event.
        others: Vec<(AcademicYear, Credits)>,
    },
    /// The delegate has no such ticket.
    #[error("the delegate has no such ticket")]
    UnknownTicket,
    /// The ticket can't book a place any more.
    #[error("the ticket is {0}")]
    TicketNotUsable(tickets::State),
    /// The ticket's type does not cover the programme.
    #[error("the ticket does not cover the programme of the event")]
    TicketDoesNotCover,
    /// The event is free, and needs no ticket.
    #[error("a place on this event is free: book it without a ticket")]
    TicketNotNeeded,
    /// A ticket is given back whole or not at all.
    #[error("a ticket is given back whole: send no amount")]
    TicketIsWhole,
    /// The booking's state does not allow it.
    #[error("a booking that is {from} can't become {to}")]
    InvalidTransition {
        /// The state that the booking is in.
        from: State,
        /// The state that was asked for.
        to: State,
    },
    /// What the caller was told about the cancellation does not hold any more.
    #[error("the quote does not hold any more: cancelling now gives {refund} credits back")]
    QuoteExpired {
        /// What would be refunded now.
        refund: Credits,
    },
    /// What the caller was shown of the command does not hold any more.
    #[error("this has changed since it was shown: look at it again")]
    NotAsShown,
    /// A place was shown, and now only one on the waiting list can be had.
    #[error("the last place has gone since this was shown")]
    LastPlaceGone,
    /// There is nothing left to waive.
    #[error("the event keeps nothing of this booking: there is nothing to give back")]
    NothingKept,
    /// More would be refunded than was kept.
    #[error("the event keeps only {kept} credits of this booking")]
    MoreThanKept {
        /// What the event keeps of it.
        kept: Credits,
    },
    /// There is no such school for the caller.
    #[error("there is no such school")]
    UnknownSchool,
    /// The school will not be a member any more by then.
    #[error("the school is no member of the hub from {left_on} on")]
    SchoolLeft {
        /// The day on which the school left.
        left_on: NaiveDate,
    },
    /// The event is not for this person or school.
    #[error("the event is for others: see its admission")]
    NotInAudience,
    /// The school already has the most bookings on the event that one school may have.
    #[error("a school may have {} on this event", counted(*.most, "booking"))]
    SchoolLimit {
        /// The most places that one school may have.
        most: i64,
    },
    /// The person is booked elsewhere at that time.
    #[error("the person has a booking at the same time: {0}")]
    Clash(BookingId),
    /// There are not enough free places.
    #[error("the event has {} left", counted(*.free, "place"))]
    EventFull {
        /// How many places are free.
        free: usize,
    },
    /// The day by which places must be named is not possible.
    #[error("names are due on a day from today to that of the first session")]
    NamesBy,
    /// One of a group was refused, and so the whole group.
    #[error("number {} of the group: {refusal}", .at + 1)]
    InGroup {
        /// The index of the one that was refused, from 0.
        at: usize,
        /// Why the place was refused.
        refusal: Box<Refusal>,
    },
    /// The event can't go from its state to the one asked for.
    #[error("the event is {from}; it can't become {to}")]
    EventState {
        /// The state it is in.
        from: EventState,
        /// The state asked for.
        to: EventState,
    },
    /// The last session has not ended.
    #[error("the last session ends at {0}: the event can be completed from then on")]
    NotOver(DateTime<Utc>),
    /// Neither the event's year nor one after it takes postings.
    #[error("neither the academic year of the event nor one after it is open: its provider can't be paid")]
    NoYear,
    /// The event's year is closed: nothing more is paid for it.
    #[error("the year {0} is closed: its events take no more bookings")]
    YearClosed(AcademicYear),
    /// The provider was paid, and has spent the credits.
    #[error("the provider was paid for this event and has {short_by} credits too few to give that back")]
    ProviderShort {
        /// How many credits are missing.
        short_by: Credits,
    },
    /// The place already has a name, or none can be given any more.
    #[error("{0}")]
    NotToBeNamed(&'static str),
    /// Only a held place can be given to somebody else, and only a confirmed one moved to another run.
    #[error("the booking is {0}: it can't be passed on")]
    NotHeld(State),
    /// The other event is not a run of the same programme.
    #[error("is not another run of the same programme")]
    AnotherProgramme,
    /// No place is offered, or the offer has ended.
    #[error("no place is on offer to this booking")]
    NoOffer,
    /// Nobody decides on their own place, unless the school allows it.
    #[error("somebody else must approve it: the school does not let them approve what they get themselves")]
    OwnRequest,
    /// Somebody disabled or no longer at the school gets no place, and can only hand theirs on to somebody else.
    #[error(
        "the delegate is disabled, or not of the school any more: let somebody else take the place over, or cancel it"
    )]
    DelegateGone,
    /// The booking is already approved.
    #[error("the booking is waitlisted and approved already")]
    ApprovedAlready,
}

/// What the school has in other years, in words.
fn of_other_years(others: &[(AcademicYear, Credits)], year: &AcademicYear) -> String {
    let of = |(other, credits): &(AcademicYear, Credits)| {
        format!("; its {credits} credits of {other} can't pay for an event of {year}")
    };
    others.iter().map(of).collect()
}
