//! Bookings: a delegate's place on an event, paid by one school.
//!
//! [`perform`] takes a slice of commands (one is a slice of one) in three steps: *load* everything that
//! the decisions need, in a handful of set-based reads; *decide* each command in order, purely, on what
//! was loaded ([`decide`]); *write* what was decided, in a handful of set-based writes. A refused command
//! changes nothing and does not disturb its neighbours. A place and its credits are taken together or
//! not at all: both are in the caller's transaction, under the hub's lock.
//!
//! What may become of a booking is drawn in [`transitions`].

pub mod cancellation;
mod decide;
pub mod desk;
mod due;
mod group;
mod holds;
pub mod joining;
mod kept;
mod leaving;
mod load;
mod moves;
mod refusal;
mod seal;
mod sql;
pub mod transitions;
mod undecided;
mod verify;
mod write;

use chrono::{DateTime, NaiveDate, Utc};

use crate::credits::Credits;
use crate::db::types::words;
use crate::db::{self, Contended, Tx};
use crate::ids::{BookingId, EventId, HubId, PersonId, SchoolId, TicketId};
use crate::ledger::{self, Journal, NotAPosting};
use crate::programmes::policy::Policy;
use crate::text::Line;

pub use cancellation::{Moved, Quote, Terms, Timing};
pub use due::{anything_due, catch_up, lapse};
pub use group::{Group, Unnamed};
pub use holds::{Hold, holds};
pub use leaving::{Place, leave};
pub use refusal::Refusal;
pub use seal::{Seal, count_sealed, sealed, settled_on};
pub use undecided::{Undecided, undecided};
pub use verify::{of_bookings as verify_paid, of_events as verify_settled, verify};

words!(/** What has become of a booking. */ State {
    /// Place and credits are held until the school's lead decides.
    Requested = "requested",
    /// In the line for a place; nothing is held.
    Waitlisted = "waitlisted",
    /// The place is the delegate's.
    Confirmed = "confirmed",
    /// The delegate came.
    Attended = "attended",
    /// The delegate did not come.
    NoShow = "no_show",
    /// Given up.
    Cancelled = "cancelled",
    /// Refused by the school's lead.
    Declined = "declined",
    /// Not approved in time.
    Expired = "expired",
});

impl State {
    /// Whether the booking holds a place or stands in the line for one.
    pub fn live(self) -> bool {
        matches!(self, State::Requested | State::Waitlisted | State::Confirmed)
    }
}

/// One delegate's place on one event.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Booking {
    /// The booking.
    pub id: BookingId,
    /// The event.
    pub event_id: EventId,
    /// The delegate; none where the school has reserved a place and not named anybody yet.
    pub person_id: Option<PersonId>,
    /// The school that pays.
    pub school_id: SchoolId,
    /// The ticket for which the hub pays in its place.
    pub ticket_id: Option<TicketId>,
    /// What has become of it.
    pub state: State,
    /// The event's gap-free number of the booking: the order of the line.
    pub line: i64,
    /// What a place cost when it was asked for.
    pub price: Credits,
    /// What of it is with the event now.
    pub held: Credits,
    /// The cancellation policy that was agreed.
    pub policy: Policy,
    /// Who asked.
    pub requested_by: Option<PersonId>,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// Who approved it, or booked it with the right to.
    pub approved_by: Option<PersonId>,
    /// When.
    pub approved_at: Option<DateTime<Utc>>,
    /// Who cancelled or declined it.
    pub ended_by: Option<PersonId>,
    /// When.
    pub ended_at: Option<DateTime<Utc>>,
    /// When a free place was first passed over because the school could not pay.
    pub passed_over_at: Option<DateTime<Utc>>,
    /// The last day, in London, on which a place reserved without a name may get one.
    pub names_by: Option<NaiveDate>,
    /// Until when a place that came free is kept for the one who waits, to be taken or not.
    pub offered_until: Option<DateTime<Utc>>,
    /// The booking on another run of the programme that took its place.
    pub moved_to: Option<BookingId>,
    /// When a request expires that nobody has decided on; none for who waits in the line.
    pub approve_by: Option<DateTime<Utc>>,
    /// Which of its event's schedules it was agreed on.
    pub schedule: i64,
    /// Rises with every change.
    pub version: i64,
}

/// A booking with what people call its event, delegate and school.
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
    /// When its event was last moved.
    pub rescheduled_at: Option<DateTime<Utc>>,
    /// What that is to a live booking that was agreed on other times.
    #[sqlx(skip)]
    pub moved: Option<Moved>,
    /// The delegate's name; none where nobody is named yet.
    pub person_name: Option<Line>,
    /// The school's name.
    pub school_name: Line,
    /// The place in the line, 1 being next; none where the booking is not waitlisted.
    pub waiting_position: Option<i64>,
}

impl View {
    /// When its event takes place.
    pub fn timing(&self) -> Timing {
        Timing { starts_at: self.starts_at, moved: self.moved.clone() }
    }

    /// What the delegate is called.
    pub fn delegate(&self) -> &str {
        self.person_name.as_ref().map_or("nobody yet", Line::as_str)
    }
}

/// Who acts, and how far their rights reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The person; none on the command line.
    pub person: Option<PersonId>,
    /// How far.
    pub reach: Reach,
}

/// How far someone's rights over bookings reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Every booking of the hub.
    Hub,
    /// Every booking of one school, and its approval.
    School(SchoolId),
    /// Their own bookings.
    Own,
    /// As far as the person's role says, looked up with all that the decision needs.
    OfRole,
}

/// What is asked of the bookings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Who asks.
    pub actor: Actor,
    /// What.
    pub what: What,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A place on an event for a delegate.
    Book {
        /// The event.
        event: EventId,
        /// The delegate, whose school pays.
        delegate: PersonId,
        /// Whether it may be at the same time as another booking of theirs.
        allow_clash: bool,
    },
    /// Places on an event for several, by those who approve.
    Group(Box<Group>),
    /// The same, paid by the hub for a ticket of the delegate's.
    BookByTicket {
        /// The event.
        event: EventId,
        /// The delegate.
        delegate: PersonId,
        /// Whether it may be at the same time as another booking of theirs.
        allow_clash: bool,
        /// The ticket.
        ticket: TicketId,
    },
    /// The lead agrees to a request.
    Approve(BookingId),
    /// The lead refuses a request.
    Decline(BookingId),
    /// Nobody decided on a request in time.
    Expire(BookingId),
    /// The delegate of a request, or of an entry in the line, is disabled.
    Leave(BookingId),
    /// The place is given up.
    Cancel {
        /// The booking.
        booking: BookingId,
        /// Only to see what would come back.
        dry_run: bool,
        /// What the caller was told; where it does not hold any more, nothing is done.
        quote: Option<Quote>,
    },
    /// The hub manager gives back of what a cancelled booking left with its event.
    Waive {
        /// The booking.
        booking: BookingId,
        /// How much, above zero; all of it where nothing is said.
        amount: Option<Credits>,
        /// Why: the memo of the posting.
        reason: Line,
    },
    /// A place that was reserved without a name gets one.
    Name {
        /// The booking.
        booking: BookingId,
        /// The delegate, of the same school.
        delegate: PersonId,
        /// Whether it may be at the same time as another booking of theirs.
        allow_clash: bool,
    },
    /// Another person of the school takes the place over.
    Substitute {
        /// The booking.
        booking: BookingId,
        /// The new delegate.
        delegate: PersonId,
        /// Whether it may be at the same time as another booking of theirs.
        allow_clash: bool,
    },
    /// The delegate goes to another run of the programme instead.
    Transfer {
        /// The booking.
        booking: BookingId,
        /// The other run.
        event: EventId,
        /// Whether it may be at the same time as another booking of theirs.
        allow_clash: bool,
    },
    /// Nobody was named in time.
    Release(BookingId),
    /// The place on offer is taken.
    AcceptOffer(BookingId),
    /// The place on offer is not wanted.
    DeclineOffer(BookingId),
    /// Nobody answered an offer in time.
    LapseOffer(BookingId),
    /// Places may have come free: the line moves up.
    Fill(EventId),
    /// The event is over: its register decides who came, and its provider is paid.
    Complete(EventId),
    /// The register of a completed event was corrected.
    Correct(EventId),
    /// The event was moved: everyone is told.
    Rescheduled(EventId),
    /// One of the sessions of an event that has begun does not take place: its share goes back to everybody, and they are
    /// told.
    SessionCalledOff {
        /// The event.
        event: EventId,
        /// How many sessions it had with it.
        of: usize,
    },
    /// The hub calls an event off: everything goes back to where it came from.
    CallOff {
        /// The event.
        event: EventId,
        /// Why.
        reason: Line,
    },
}

impl What {
    /// Whom a place is asked for.
    fn delegate(&self) -> Option<PersonId> {
        match self {
            What::Book { delegate, .. } | What::BookByTicket { delegate, .. } => Some(*delegate),
            _ => None,
        }
    }

    /// Whether it is for those alone who approve bookings.
    fn decides(&self) -> bool {
        match self {
            What::Approve(_)
            | What::Decline(_)
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
            | What::Rescheduled(_)
            | What::SessionCalledOff { .. }
            | What::CallOff { .. } => false,
        }
    }
}

/// What came of a command.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The booking as it is now; none of what is asked of a whole event or for a group.
    pub booking: Option<View>,
    /// What went back to the school's wallets.
    pub refund: Credits,
    /// Who moved up from the waiting list by it, in order.
    pub promoted: Vec<BookingId>,
    /// What came of each of a group, in the order in which they were named, the places without a name after them.
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
    /// Something was met that can't be.
    #[error("this can't be: {0}")]
    Impossible(&'static str),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Contended for Error {
    fn contended(&self) -> bool {
        match self {
            Error::Ledger(error) => error.contended(),
            Error::Database(error) => error.contended(),
            Error::NotAPosting(_) | Error::Impossible(_) => false,
        }
    }
}

/// Performs the commands in order; the answers are in the same order.
pub async fn perform(journal: &mut Journal, commands: &[Command]) -> Result<Vec<Result<Outcome, Refusal>>, Error> {
    let (mut state, _) = load::load(journal, &mut kept::Kept::default(), commands, &[]).await?;
    let outcomes =
        commands.iter().map(|command| decide::decide(&mut state, command, &mut || journal.new_id())).collect();
    write::write(journal, &state, &[]).await?;
    Ok(outcomes)
}

/// Performs one command.
pub async fn perform_one(journal: &mut Journal, actor: Actor, what: What) -> Result<Result<Outcome, Refusal>, Error> {
    let outcomes = perform(journal, &[Command { actor, what }]).await?;
    Ok(outcomes.into_iter().next().unwrap_or(Err(Refusal::UnknownBooking)))
}

/// Moves the line of an event up into whatever places are free.
pub async fn fill(journal: &mut Journal, event: EventId) -> Result<(), Error> {
    let actor = Actor { person: journal.actor(), reach: Reach::Hub };
    perform(journal, &[Command { actor, what: What::Fill(event) }]).await?;
    Ok(())
}

/// Writes confirmed places on an event that is over and empty, for these people of these schools, in their order: free,
/// since nothing is paid for what was before. The answer is their bookings.
pub async fn record_past(
    journal: &mut Journal,
    event: EventId,
    people: &[(PersonId, SchoolId)],
) -> Result<Vec<BookingId>, Error> {
    let (hub, now, by) = (journal.hub(), journal.now(), journal.actor());
    let places = people.iter().zip(1..).map(|((person, school), line)| Booking {
        id: journal.new_id(),
        event_id: event,
        person_id: Some(*person),
        school_id: *school,
        ticket_id: None,
        state: State::Confirmed,
        line,
        price: Credits::ZERO,
        held: Credits::ZERO,
        policy: Policy::free(),
        requested_by: by,
        requested_at: now,
        approved_by: by,
        approved_at: Some(now),
        ended_by: None,
        ended_at: None,
        passed_over_at: None,
        names_by: None,
        offered_until: None,
        moved_to: None,
        approve_by: None,
        schedule: 1,
        version: 1,
    });
    let places: Vec<Booking> = places.collect();
    let held = i64::try_from(places.len()).unwrap_or(i64::MAX);
    let mut writes = db::Writes::default();
    let counters = sql::Counters { id: event, held, waiting: 0, line: held };
    sql::whole::update_events(journal.tx(), &mut writes, hub, &[counters]);
    // Nothing is paid for them, so that nothing is sealed.
    let rows: Vec<(&Booking, Option<i64>)> = places.iter().map(|place| (place, None)).collect();
    sql::insert_bookings(journal.tx(), &mut writes, hub, &rows);
    journal.tx().together(writes).await?;
    Ok(places.into_iter().map(|booking| booking.id).collect())
}

/// What cancelling the booking would give back at `now`, if it can be cancelled then.
pub fn cancellation_terms(view: &View, now: DateTime<Utc>) -> Result<Terms, Refusal> {
    decide::cancellation_terms(&view.booking, &view.timing(), now)
}

/// Which bookings.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// On this event.
    pub event: Option<EventId>,
    /// Paid by this school.
    pub school: Option<SchoolId>,
    /// Of this delegate.
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

/// A page of an event's waiting list, in the order of the line.
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
