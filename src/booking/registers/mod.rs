//! Registers: who came to each session of an event.
//!
//! A register is kept by the hub, the event's provider (a lead of the provider school, a person of the partner) and the
//! session's own host, from the day of the session on. A mark is never overwritten: a correction is its next revision,
//! with who made it and when. When the event is over the hub completes it ([`complete`]): the register decides who
//! attended, and the provider is paid. A correction after that can only be made by the hub manager; it decides anew who
//! attended, and so whose certificate stands, but moves no credits, since a place that was kept is paid for whether its
//! delegate came or not.
//!
//! Two who keep a register at once, one of them perhaps without a network, do not undo each other: a mark comes with the
//! time at which it was ticked and with what was seen before; one that was ticked later stands ([`Marking::at`]), and so
//! does one that somebody else has made since ([`Marking::seen`]).

pub mod by_name;
mod code;
pub mod history;
mod marking;
mod sql;

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::base::auth::Keys;
use crate::base::clock::{london_date, london_midnight};
use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{BookingId, EventId, HubId, PersonId, SchoolId, SessionId};
use crate::base::text::{Line, counted};
use crate::booking::bookings::{self, Actor, Reach, Refusal, State as BookingState, What};
use crate::booking::{certificates, evaluations};
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};
use crate::members::people::{Person, Role};
use crate::programme::programmes::attendance::{Mark, Tally};
use crate::programme::programmes::catalogue::View;
use crate::programme::programmes::events::{self, Event, State};
use crate::programme::programmes::sessions::{self, Session};
use crate::programme::programmes::{self, Flaw, Provider};

pub use code::Code;
pub use marking::{MOST_MARKS, Marking, SeenMark, write};

words!(/** How a mark came into the register. */ Way {
    /// Written by somebody who keeps the register.
    Register = "register",
    /// Made by showing the delegate's code at the door.
    CheckIn = "check_in",
    /// Filled in when the event was completed without it.
    Completion = "completion",
});

/// What the register of a session says about one delegate.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = RegisterEntry)]
pub struct Entry {
    /// The delegate's booking.
    pub booking_id: BookingId,
    /// The delegate; null for a place without a name.
    pub person_id: Option<PersonId>,
    /// The delegate's name.
    pub person_name: Option<Line>,
    /// The delegate's school.
    pub school_id: SchoolId,
    /// The school's name.
    pub school_name: Line,
    /// The state of the booking.
    pub state: BookingState,
    /// The booking's number: the order of the register.
    #[serde(skip)]
    pub line: i64,
    /// The mark; null where nobody has made one yet.
    pub mark: Option<Mark>,
    /// For how many minutes they were there; null unless they were there in part and it was recorded.
    pub minutes: Option<i64>,
    /// How the mark was made.
    pub way: Option<Way>,
    /// Who made the mark.
    pub marked_by: Option<PersonId>,
    /// When the mark was made.
    pub marked_at: Option<DateTime<Utc>>,
    /// The revision of the mark: 1 for the first, then one more for each correction.
    pub revision: Option<i64>,
}

/// What all the registers of an event say about one delegate.
#[derive(Clone, Debug)]
pub struct Attended {
    /// The entry, as in the register of a session.
    pub entry: Entry,
    /// How often the delegate has each mark.
    pub tally: Tally,
    /// How many sessions have no mark yet.
    pub unmarked: i64,
    /// What was attended of the sessions that count, in percent; none where no session counts.
    pub percent: Option<i64>,
    /// Whether that is enough to have attended the event.
    pub attended: bool,
}

/// A mark, current or corrected since.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = MadeMark)]
pub struct Marked {
    /// The session's id.
    #[serde(skip)]
    pub session_id: SessionId,
    /// The revision of the mark: 1 for the first.
    #[serde(skip)]
    pub revision: i64,
    /// The mark that was made.
    pub mark: Mark,
    /// For how many minutes they were there; null unless they were there in part and it was recorded.
    pub minutes: Option<i64>,
    /// How the mark was made.
    pub way: Way,
    /// Who made the mark.
    pub marked_by: Option<PersonId>,
    /// When the mark was made.
    pub marked_at: DateTime<Utc>,
}

/// The registers of an event that somebody sees.
#[derive(Clone, Debug)]
pub struct Registers {
    /// The event.
    pub event: Event,
    /// The sessions whose registers they see.
    pub sessions: Vec<Session>,
    /// Whether they see those of the whole event, and what they come to.
    pub whole: bool,
    /// Whether they keep them, rather than only read.
    pub kept: bool,
}

/// What completing an event did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// How many attended.
    pub attended: i64,
    /// How many did not attend.
    pub no_show: i64,
    /// How many requests and waiting-list entries it ended.
    pub expired: i64,
    /// What the provider was paid.
    pub paid: Credits,
}

/// Why a register can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such event or session for the caller.
    #[error("there is nothing with this id")]
    Unknown,
    /// The caller may see the register, but does not keep it.
    #[error("the register is kept by the hub, the provider and the session's host")]
    NotTheirs,
    /// The event's state does not allow it.
    #[error("the event is {0}: its register is not kept")]
    NotKept(State),
    /// The event is completed: only the hub manager corrects its register.
    #[error("the event is completed: the hub manager corrects its register")]
    Completed,
    /// The day of the session has not come.
    #[error("the register opens at {0}, on the day of the session")]
    NotYet(DateTime<Utc>),
    /// The session is over.
    #[error("the session ended at {0}: who keeps the register marks those who came")]
    Over(DateTime<Utc>),
    /// Some delegates have no mark at some session.
    #[error("{} missing: complete the register, or say what is to be marked", counted(*.missing, "mark"))]
    Incomplete {
        /// How many marks are missing, over all sessions.
        missing: i64,
    },
    /// Invalid fields: all of them.
    #[error("{} fields can't be taken", .0.len())]
    Invalid(Vec<Flaw>),
    /// The rules of booking refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The event could not be read.
    #[error(transparent)]
    Programmes(#[from] programmes::Error),
    /// The bookings failed.
    #[error(transparent)]
    Bookings(#[from] bookings::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// For how long after its event a register without marks is asked for.
const ASKED_FOR: TimeDelta = TimeDelta::days(400);

/// Whether the person keeps the registers of the provider's events, or that of this session.
fn keeps(person: &Person, provider: Provider, session: Option<&Session>) -> bool {
    let provides = person.role == Role::HubManager || provider.acts_by(person);
    provides || session.is_some_and(|session| session.host_id == Some(person.id))
}

/// The event, for somebody who keeps its registers or may read everything in the hub.
async fn seen(
    tx: &mut Tx,
    person: &Person,
    id: EventId,
    session: Option<SessionId>,
) -> Result<(Event, Option<Session>, bool), Error> {
    let hub = person.hub_id;
    let event = events::get(tx, hub, id).await?.ok_or(Error::Unknown)?;
    let programme = programmes::get(tx, hub, event.programme_id).await?.ok_or(Error::Unknown)?;
    let session = match session {
        Some(session) => {
            let all = sessions::of_event(tx, hub, id).await?;
            Some(all.into_iter().find(|one| one.id == session).ok_or(Error::Unknown)?)
        }
        None => None,
    };
    if View::of(person).hides(event.state, programme.provider.who()) {
        return Err(Error::Unknown);
    }
    let keeps = keeps(person, programme.provider.who(), session.as_ref());
    if keeps || person.role == Role::HubViewer { Ok((event, session, keeps)) } else { Err(Error::Unknown) }
}

/// The register of a session that lacks marks.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ToKeep {
    /// The event.
    pub event_id: EventId,
    /// The event's title.
    pub event_title: Line,
    /// The session's title.
    pub session_title: Line,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
}

/// The registers that the person keeps, that are open and lack marks, the oldest session first: of events that are not
/// completed, and were not over more than [`ASKED_FOR`] ago.
pub async fn to_keep(tx: &mut Tx, person: &Person, now: DateTime<Utc>, limit: i64) -> Result<Vec<ToKeep>, db::Error> {
    let tomorrow = london_date(now).succ_opt().map_or(now, london_midnight);
    sql::to_keep(tx, person, now - ASKED_FOR, tomorrow, limit).await
}

/// An event that is over and not completed: its provider waits for their credits, its delegates for their certificates.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ToComplete {
    /// The event.
    pub event_id: EventId,
    /// The event's title.
    pub event_title: Line,
    /// When its last session ended.
    pub ended_at: DateTime<Utc>,
}

/// The events that are over and not completed, the first that ended first: none that was over more than [`ASKED_FOR`] ago.
pub async fn to_complete(
    tx: &mut Tx,
    hub: HubId,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<ToComplete>, db::Error> {
    sql::to_complete(tx, hub, (now - ASKED_FOR, now), limit).await
}

/// The registers of an event that a person sees: the hub and the provider all, a session's host that one.
pub async fn of_person(tx: &mut Tx, person: &Person, id: EventId) -> Result<Registers, Error> {
    let hub = person.hub_id;
    let event = events::get(tx, hub, id).await?.ok_or(Error::Unknown)?;
    let programme = programmes::get(tx, hub, event.programme_id).await?.ok_or(Error::Unknown)?;
    let provider = programme.provider.who();
    if View::of(person).hides(event.state, provider) {
        return Err(Error::Unknown);
    }
    let mut sessions = sessions::of_event(tx, hub, id).await?;
    let whole = keeps(person, provider, None) || person.role == Role::HubViewer;
    sessions.retain(|session| whole || keeps(person, provider, Some(session)));
    if sessions.is_empty() {
        return Err(Error::Unknown);
    }
    Ok(Registers { event, sessions, whole, kept: person.role != Role::HubViewer })
}

/// Whose code somebody was shown, with the registers of the event, where they see them and the code is one of ours.
pub async fn of_code(
    tx: &mut Tx,
    keys: &Keys,
    person: &Person,
    code: &Code,
) -> Result<(bookings::View, Registers), Error> {
    let hub = person.hub_id;
    let view = bookings::get(tx, hub, code.booking).await?.ok_or(Error::Unknown)?;
    if !view.booking.person_id.is_some_and(|delegate| code.is_of(keys, hub, delegate)) {
        return Err(Error::Unknown);
    }
    let registers = of_person(tx, person, view.booking.event_id).await?;
    Ok((view, registers))
}

/// How many marks are missing at the sessions of an event, for those who are to come.
pub async fn missing(tx: &mut Tx, hub: HubId, event: EventId) -> Result<usize, db::Error> {
    Ok(sql::missing(tx, hub, event).await?.len())
}

/// What the register of a session says about a delegate, where they are on it.
pub async fn entry(
    tx: &mut Tx,
    hub: HubId,
    (event, session): (EventId, SessionId),
    booking: BookingId,
) -> Result<Option<Entry>, db::Error> {
    sql::entry(tx, hub, event, session, booking).await
}

/// A page of the register of a session, in the order of the bookings, for one who may see it.
pub async fn of_session(
    tx: &mut Tx,
    person: &Person,
    (event, session): (EventId, SessionId),
    school: Option<SchoolId>,
    after: i64,
    limit: i64,
) -> Result<Vec<Entry>, Error> {
    seen(tx, person, event, Some(session)).await?;
    Ok(sql::of_session(tx, person.hub_id, (event, session), school, after, limit).await?)
}

/// A page of what all registers of an event say, in the order of the bookings, for one who may see them.
pub async fn of_event(
    tx: &mut Tx,
    person: &Person,
    id: EventId,
    after: i64,
    limit: i64,
) -> Result<Vec<Attended>, Error> {
    let (event, ..) = seen(tx, person, id, None).await?;
    let entries = sql::delegates(tx, person.hub_id, id, after, limit).await?;
    Ok(added_up(tx, person.hub_id, &event, entries).await?)
}

/// What the registers of an event say about these delegates of it.
async fn added_up(tx: &mut Tx, hub: HubId, event: &Event, entries: Vec<Entry>) -> Result<Vec<Attended>, db::Error> {
    let held = i64::try_from(sessions::of_event(tx, hub, event.id).await?.len()).unwrap_or(i64::MAX);
    let bookings: Vec<BookingId> = entries.iter().map(|entry| entry.booking_id).collect();
    let mut tallies: HashMap<BookingId, Tally> = HashMap::new();
    for (booking, mark, sessions) in sql::tallies(tx, hub, event.id, &bookings).await? {
        let tally = tallies.entry(booking).or_default();
        *tally = tally.with(mark, sessions);
    }
    let attended = |entry: Entry| {
        let tally = tallies.get(&entry.booking_id).copied().unwrap_or_default();
        Attended {
            unmarked: held - tally.marked(),
            percent: event.attendance.percent(&tally),
            attended: event.attendance.attended(&tally),
            entry,
            tally,
        }
    };
    Ok(entries.into_iter().map(attended).collect())
}

/// Every mark of a booking, including corrections: the sessions in order, the newest mark of each first.
pub async fn of_booking(tx: &mut Tx, hub: HubId, booking: BookingId) -> Result<Vec<Marked>, db::Error> {
    sql::of_booking(tx, hub, booking).await
}

/// Marks the delegate of a booking present at a session, or late, by the time; somebody already marked as there stays
/// so. The code is trusted only where it is one of the service's own, for a delegate of the event.
pub async fn check_in(
    journal: &mut Journal,
    keys: &Keys,
    person: &Person,
    event: EventId,
    session: SessionId,
    code: &Code,
) -> Result<Entry, Error> {
    let (event, session) = open(journal, person, event, session).await?;
    let (hub, now) = (journal.hub(), journal.now());
    if event.state == State::Completed {
        return Err(Error::Completed);
    }
    if now >= session.ends_at {
        return Err(Error::Over(session.ends_at));
    }
    let booking = code.booking;
    let entry = sql::entry(journal.tx(), hub, event.id, session.id, booking).await?;
    let entry = entry.filter(|entry| {
        entry.state == BookingState::Confirmed
            && entry.person_id.is_some_and(|delegate| code.is_of(keys, hub, delegate))
    });
    let entry =
        entry.ok_or_else(|| Error::Invalid(vec![Flaw::unknown("/code", "is not of a delegate of this event")]))?;
    if !matches!(entry.mark, Some(Mark::Present | Mark::Late | Mark::Partial)) {
        let late = now >= session.starts_at + TimeDelta::minutes(event.attendance.late_after_minutes);
        let mark = sql::NewMark {
            booking,
            session: session.id,
            revision: entry.revision.unwrap_or(0) + 1,
            mark: if late { Mark::Late } else { Mark::Present },
            minutes: None,
            way: Way::CheckIn,
            at: now,
        };
        sql::insert(journal.tx(), hub, event.id, Some(person.id), &[mark]).await?.exactly(1)?;
        journal.changed(Change::new(Kind::BookingCheckedIn, booking).event(event.id));
    }
    sql::entry(journal.tx(), hub, event.id, session.id, booking).await?.ok_or(Error::Unknown)
}

/// Completes an event whose last session has ended: its registers decide who attended, what is still undecided ends,
/// and its provider is paid, once. `unmarked` fills in for missing marks; where it is not given, none may be missing.
pub async fn complete(journal: &mut Journal, event: EventId, unmarked: Option<Mark>) -> Result<Completion, Error> {
    let (hub, now, by) = (journal.hub(), journal.now(), journal.actor());
    let found = events::get(journal.tx(), hub, event).await?.ok_or(Error::Unknown)?;
    if found.state == State::Published && now >= found.ends_at {
        let missing = sql::missing(journal.tx(), hub, event).await?;
        match unmarked {
            None if !missing.is_empty() => {
                return Err(Error::Incomplete { missing: i64::try_from(missing.len()).unwrap_or(i64::MAX) });
            }
            None => {}
            Some(mark) => {
                let new: Vec<sql::NewMark> = missing
                    .into_iter()
                    .map(|(booking, session)| sql::NewMark {
                        booking,
                        session,
                        revision: 1,
                        mark,
                        minutes: None,
                        way: Way::Completion,
                        at: now,
                    })
                    .collect();
                sql::insert(journal.tx(), hub, event, by, &new).await?.exactly(new.len())?;
                marked(journal, event, new.len());
            }
        }
    }
    let actor = Actor { person: by, reach: Reach::Hub };
    bookings::perform_one(journal, actor, What::Complete(event)).await??;
    certificates::settle(journal, event, None).await?;
    evaluations::ask(journal, event).await?;
    Ok(sql::completion(journal.tx(), hub, event, now).await?)
}

fn marked(journal: &mut Journal, event: EventId, marks: usize) {
    if let Some(count) = i64::try_from(marks).ok().filter(|count| *count > 0) {
        journal.changed(Change::new(Kind::EventRegisterMarked, event).count(count));
    }
}

/// The event and session, where the person may now write its register.
async fn open(
    journal: &mut Journal,
    person: &Person,
    event: EventId,
    session: SessionId,
) -> Result<(Event, Session), Error> {
    let now = journal.now();
    let (event, session, keeps) = seen(journal.tx(), person, event, Some(session)).await?;
    let session = session.ok_or(Error::Unknown)?;
    if !keeps {
        return Err(Error::NotTheirs);
    }
    match event.state {
        State::Published => {}
        State::Completed if person.role == Role::HubManager => {}
        State::Completed => return Err(Error::Completed),
        State::Draft | State::Cancelled => return Err(Error::NotKept(event.state)),
    }
    let opens = opens(&session);
    if now < opens {
        return Err(Error::NotYet(opens));
    }
    Ok((event, session))
}

/// When the register of a session opens: as its day begins.
pub fn opens(session: &Session) -> DateTime<Utc> {
    london_midnight(london_date(session.starts_at))
}

fn refuse(flaws: Vec<Flaw>) -> Result<(), Error> {
    if flaws.is_empty() { Ok(()) } else { Err(Error::Invalid(flaws)) }
}
