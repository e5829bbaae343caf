//! Bookings: a delegate's place on an event, paid by one school.
//!
//! [`perform`] takes a slice of commands (one is a slice of one) in three steps: *load* everything that
//! the decisions need, in a handful of set-based reads; *decide* each command in order, purely, on what
//! was loaded ([`decide`]); *write* what was decided, in a handful of set-based writes. A refused command
//! changes nothing and does not disturb its neighbours. A place and its credits are taken together or
//! not at all: both are in the caller's transaction, under the hub's lock.
//!
//! The transitions of a booking's state are drawn in [`transitions`].

mod came_back;
pub mod cancellation;
mod decide;
pub mod desk;
mod due;
mod foresight;
mod group;
mod heirs;
pub mod held;
mod holds;
pub mod joining;
mod kept;
mod leaving;
mod load;
mod merging;
mod moves;
mod naming;
mod of_year;
mod own;
mod past;
mod refusal;
mod reminding;
mod seal;
mod shown;
mod sql;
pub mod transitions;
mod undecided;
mod verify;
mod write;

use chrono::{DateTime, NaiveDate, Utc};

use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{BookingId, EventId, HubId, PersonId, SchoolId, TicketId};
use crate::base::text::Line;
use crate::ledger::{self, Journal, NotAPosting};
use crate::programme::programmes::policy::Policy;

pub use came_back::came_back;
pub use cancellation::{Moved, Quote, Terms, Timing};
pub use due::{anything_due, catch_up, lapse};
pub use foresight::{Foreseen, foresee};
pub use group::{Group, Unnamed};
pub use heirs::pass_to_successor;
pub use holds::{Hold, holds};
pub use leaving::{OpenBooking, leave, open_of};
pub use merging::hand_over;
pub use moves::Move;
pub use of_year::{events_open, offers_open, paid_for_other_years};
pub use own::{ended_of, live_of, unnamed};
pub use past::record_past;
pub use refusal::Refusal;
pub use seal::{Seal, count_sealed, sealed, settled_on};
pub use shown::Shown;
pub use undecided::{Undecided, left_to_hub, undecided};
pub use verify::{of_bookings as verify_paid, of_events as verify_settled, verify};

words!(/** What has become of a booking. */ State {
    /// Requested: place and credits are held until the school's lead decides.
    Requested = "requested",
    /// On the waiting list for a place; nothing is held.
    Waitlisted = "waitlisted",
    /// Confirmed: the place is the delegate's.
    Confirmed = "confirmed",
    /// The delegate attended.
    Attended = "attended",
    /// The delegate did not attend.
    NoShow = "no_show",
    /// Cancelled by the school or by the hub.
    Cancelled = "cancelled",
    /// Declined by the school's lead.
    Declined = "declined",
    /// Expired: not approved in time, or no place came free.
    Expired = "expired",
});

impl State {
    /// Whether the booking holds a place or is on the waiting list for one.
    pub fn live(self) -> bool {
        matches!(self, State::Requested | State::Waitlisted | State::Confirmed)
    }
}

/// One delegate's place on one event.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Booking {
    /// The booking's id.
    pub id: BookingId,
    /// The event that it is a place on.
    pub event_id: EventId,
    /// The delegate; none where the school has reserved a place and not yet named anybody.
    pub person_id: Option<PersonId>,
    /// The school that pays.
    pub school_id: SchoolId,
    /// The ticket, where the hub pays by ticket instead.
    pub ticket_id: Option<TicketId>,
    /// The state of the booking.
    pub state: State,
    /// The event's gap-free number for the booking: the order of the waiting list.
    pub line: i64,
    /// The price of the place when it was asked for.
    pub price: Credits,
    /// How much of it the event now holds.
    pub held: Credits,
    /// The cancellation policy that was agreed.
    pub policy: Policy,
    /// Who asked for the place.
    pub requested_by: Option<PersonId>,
    /// When the place was asked for.
    pub requested_at: DateTime<Utc>,
    /// Who approved it, or booked it with the right to approve.
    pub approved_by: Option<PersonId>,
    /// When the request was approved.
    pub approved_at: Option<DateTime<Utc>>,
    /// Who cancelled or declined it.
    pub ended_by: Option<PersonId>,
    /// When the booking ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// When a free place was first passed over because the school could not pay.
    pub passed_over_at: Option<DateTime<Utc>>,
    /// The last day, in London, for naming somebody for a place reserved without a name.
    pub names_by: Option<NaiveDate>,
    /// Until when a place that came free is offered to this booking on the waiting list.
    pub offered_until: Option<DateTime<Utc>>,
    /// The booking on another run of the programme that replaced it.
    pub moved_to: Option<BookingId>,
    /// When an undecided request expires; none for a booking on the waiting list.
    pub approve_by: Option<DateTime<Utc>>,
    /// The number of the event's schedule that it was agreed on.
    pub schedule: i64,
    /// Rises with every change.
    pub version: i64,
}

/// A booking with the names of its event, delegate and school.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct View {
    /// The booking.
    #[sqlx(flatten)]
    pub booking: Booking,
    /// The event's title.
    pub event_title: Line,
    /// When its first session starts.
    pub starts_at: DateTime<Utc>,
    /// When its last session ends.
    pub ends_at: DateTime<Utc>,
    /// How many sessions it has; the desk, which has just decided, does not say.
    pub sessions: Option<i64>,
    /// When the event was last moved.
    pub rescheduled_at: Option<DateTime<Utc>>,
    /// The right that the move gives a live booking agreed on other times.
    #[sqlx(skip)]
    pub moved: Option<Moved>,
    /// The delegate's name; none where nobody is named yet.
    pub person_name: Option<Line>,
    /// The school's name.
    pub school_name: Line,
    /// The position on the waiting list, 1 being next; none where the booking is not waitlisted.
    pub waiting_position: Option<i64>,
    /// Why it was declined, in the words of whoever declined it. They are kept beside the booking and not sealed with it,
    /// so that they can be erased.
    pub declined_because: Option<Line>,
}

impl View {
    /// The timing of the event.
    pub fn timing(&self) -> Timing {
        Timing { starts_at: self.starts_at, moved: self.moved.clone() }
    }

    /// The delegate's name, or words for there being none.
    pub fn delegate(&self) -> &str {
        self.person_name.as_ref().map_or("nobody yet", Line::as_str)
    }
}

/// Who acts, and how far their rights reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The person; none where the command line or time acts.
    pub person: Option<PersonId>,
    /// How far their rights over bookings reach.
    pub reach: Reach,
}

/// How far someone's rights over bookings reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Every booking in the hub.
    Hub,
    /// Every booking of one school, and its approval.
    School(SchoolId),
    /// Their own bookings.
    Own,
    /// As far as the person's role says, looked up together with what the decision needs.
    OfRole,
}

/// A command about bookings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Who gives the command.
    pub actor: Actor,
    /// What is asked.
    pub what: What,
    /// What whoever gives it was shown of it; where that does not hold any more, nothing is done.
    pub shown: Option<Shown>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A place on an event for a delegate.
    Book {
        /// The event to book a place on.
        event: EventId,
        /// The delegate, whose school pays.
        delegate: PersonId,
        /// Whether the event may overlap with another booking of theirs.
        allow_clash: bool,
    },
    /// Places on an event for several, by somebody who may approve.
    Group(Box<Group>),
    /// A place on an event for a delegate, paid by the hub for a ticket of theirs.
    BookByTicket {
        /// The event to book a place on.
        event: EventId,
        /// The delegate, whose ticket it is.
        delegate: PersonId,
        /// Whether the event may overlap with another booking of theirs.
        allow_clash: bool,
        /// The ticket that pays.
        ticket: TicketId,
    },
    /// The lead approves a request.
    Approve(BookingId),
    /// The lead declines a request.
    Decline {
        /// The request.
        booking: BookingId,
        /// Why, in words for whoever asked.
        reason: Option<Line>,
    },
    /// Nobody decided on a request in time.
    Expire(BookingId),
    /// The delegate of a request, or of a waiting-list entry, is disabled.
    Leave(BookingId),
    /// The booking is cancelled.
    Cancel {
        /// The booking to cancel.
        booking: BookingId,
        /// Whether only to show what would be refunded.
        dry_run: bool,
        /// What the caller was told; where it does not hold any more, nothing is done.
        quote: Option<Quote>,
    },
    /// The hub manager refunds some or all of what a cancelled booking left with its event.
    Waive {
        /// The cancelled booking.
        booking: BookingId,
        /// How much, above zero; none for all of it.
        amount: Option<Credits>,
        /// Why it is refunded: the memo of the posting.
        reason: Line,
    },
    /// Somebody is named for a place reserved without a name.
    Name {
        /// The booking without a name.
        booking: BookingId,
        /// The delegate, of the same school.
        delegate: PersonId,
        /// Whether the event may overlap with another booking of theirs.
        allow_clash: bool,
    },
    /// Another person of the school takes over the place.
    Substitute {
        /// The booking to hand over.
        booking: BookingId,
        /// The new delegate.
        delegate: PersonId,
        /// Whether the event may overlap with another booking of theirs.
        allow_clash: bool,
    },
    /// The delegate goes to another run of the programme instead.
    Transfer {
        /// The booking to move.
        booking: BookingId,
        /// The other run.
        event: EventId,
        /// Whether the event may overlap with another booking of theirs.
        allow_clash: bool,
    },
    /// Nobody was named in time: the place is released.
    Release(BookingId),
    /// The offered place is accepted.
    AcceptOffer(BookingId),
    /// The offered place is declined.
    DeclineOffer(BookingId),
    /// Nobody answered an offer in time.
    LapseOffer(BookingId),
    /// Places may have come free: the waiting list moves up.
    Fill(EventId),
    /// The event is over: its register decides who came, and its provider is paid.
    Complete(EventId),
    /// The register of a completed event was corrected.
    Correct(EventId),
    /// The event was moved: everyone is told.
    Rescheduled(EventId, Move),
    /// A session of an event that has begun is called off: its share is refunded on every live booking, and the
    /// delegates are told.
    SessionCalledOff {
        /// The event that the session was part of.
        event: EventId,
        /// How many sessions the event had, including this one.
        of: usize,
        /// From when to when it was to be.
        was: (DateTime<Utc>, DateTime<Utc>),
    },
    /// The hub calls an event off: everything is refunded to where it came from.
    CallOff {
        /// The event to call off.
        event: EventId,
        /// Why the event is called off.
        reason: Line,
    },
}

impl What {
    /// The person for whom a place is asked.
    fn delegate(&self) -> Option<PersonId> {
        match self {
            What::Book { delegate, .. } | What::BookByTicket { delegate, .. } => Some(*delegate),
            _ => None,
        }
    }

    /// Whether only those who approve bookings may give the command.
    fn decides(&self) -> bool {
        match self {
            What::Approve(_)
            | What::Decline { .. }
            | What::Group(_)
            | What::Name { .. }
            | What::Substitute { .. }
            | What::Transfer { .. } => true,
            What::Book { .. }
            | What::BookByTicket { .. }
            | What::Cancel { .. }
            | What::Waive { .. }
            | What::Expire(_)
            | What::Leave(_)
            | What::AcceptOffer(_)
            | What::DeclineOffer(_)
            | What::LapseOffer(_)
            | What::Release(_)
            | What::Fill(_)
            | What::Complete(_)
            | What::Correct(_)
            | What::Rescheduled(..)
            | What::SessionCalledOff { .. }
            | What::CallOff { .. } => false,
        }
    }
}

/// The outcome of a command.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The booking as it is now; none for commands about a whole event or a group.
    pub booking: Option<View>,
    /// What was refunded to the school's wallets.
    pub refund: Credits,
    /// How many live bookings ended with it; none for commands about one booking.
    pub ended: usize,
    /// The bookings that moved up from the waiting list as a result, in order.
    pub promoted: Vec<BookingId>,
    /// The outcome for each of a group, in the order in which they were named, with places without a name after them.
    pub group: Vec<Result<View, Refusal>>,
}

/// Why a slice of commands failed as a whole.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// A posting could not be made.
    #[error(transparent)]
    NotAPosting(#[from] NotAPosting),
    /// Something impossible was found.
    #[error("this can't be: {0}")]
    Impossible(&'static str),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Performs the commands in order; the outcomes are in the same order.
pub async fn perform(journal: &mut Journal, commands: &[Command]) -> Result<Vec<Result<Outcome, Refusal>>, Error> {
    let at = (journal.hub(), journal.now());
    let (mut state, _) = load::load(journal.tx(), at, &mut kept::Kept::default(), commands, &[]).await?;
    let outcomes =
        commands.iter().map(|command| decide::decide(&mut state, command, &mut || journal.new_id())).collect();
    write::write(journal, &state, &[]).await?;
    Ok(outcomes)
}

/// Performs one command.
pub async fn perform_one(journal: &mut Journal, actor: Actor, what: What) -> Result<Result<Outcome, Refusal>, Error> {
    perform_as_shown(journal, actor, what, None).await
}

/// Performs one command, where what was shown of it still holds.
pub async fn perform_as_shown(
    journal: &mut Journal,
    actor: Actor,
    what: What,
    shown: Option<Shown>,
) -> Result<Result<Outcome, Refusal>, Error> {
    let outcomes = perform(journal, &[Command { actor, what, shown }]).await?;
    Ok(outcomes.into_iter().next().unwrap_or(Err(Refusal::UnknownBooking)))
}

/// Takes away why requests of a delegate were declined; the bookings stay.
pub async fn erase_reasons(journal: &mut Journal, delegate: PersonId) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::reasons::erase(journal.tx(), hub, delegate).await?.any();
    Ok(())
}

/// Moves an event's waiting list up into whatever places are free.
pub async fn fill(journal: &mut Journal, event: EventId) -> Result<(), Error> {
    let actor = Actor { person: journal.actor(), reach: Reach::Hub };
    perform(journal, &[Command { actor, what: What::Fill(event), shown: None }]).await?;
    Ok(())
}

/// What cancelling the booking would refund at `now`, if it can be cancelled then.
pub fn cancellation_terms(view: &View, now: DateTime<Utc>) -> Result<Terms, Refusal> {
    decide::cancellation_terms(&view.booking, &view.timing(), now)
}

/// Filters a list of bookings.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// On this event.
    pub event: Option<EventId>,
    /// Paid by this school.
    pub school: Option<SchoolId>,
    /// With this delegate.
    pub person: Option<PersonId>,
    /// In this state.
    pub state: Option<State>,
}

/// One booking of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: BookingId) -> Result<Option<View>, db::Error> {
    let found = sql::views::one(tx, hub, id).await?;
    Ok(moves::seen(tx, hub, found.into_iter().collect()).await?.pop())
}

/// A page of bookings in the order in which they were asked for.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: Filter,
    after: Option<BookingId>,
    limit: i64,
) -> Result<Vec<View>, db::Error> {
    let page = sql::views::list(tx, hub, filter, after, limit).await?;
    moves::seen(tx, hub, page).await
}

/// A page of an event's waiting list, in order.
pub async fn waiting_list(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    school: Option<SchoolId>,
    after: i64,
    limit: i64,
) -> Result<Vec<View>, db::Error> {
    let page = sql::views::waiting(tx, hub, event, school, after, limit).await?;
    moves::seen(tx, hub, page).await
}
