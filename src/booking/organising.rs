//! What those who organise events do with them and with their programmes: the hub's managers with all, a partner with
//! its own.
//!
//! A partner drafts, and the hub publishes. What the two agreed on when the hub published it, the hub alone changes after
//! that. Whoever changes what has bookings brings them along in the same journal: everyone is told of a move, new places go
//! to the waiting list, a session that is called off gives its share back.

use chrono::NaiveDate;

use super::bookings::{self, Actor, Move, Reach, Refusal, Shown, What};
use super::evaluations;
use super::saved_filters;
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::{EventId, PriorityId, ProgrammeId, SessionId};
use crate::base::text::{Line, Prose};
use crate::ledger::Journal;
use crate::members::people::{Person, Role};
use crate::members::schools::Phase;
use crate::programme::programmes::catalogue::{self, Entry, View};
use crate::programme::programmes::drafts::{self, Draft};
use crate::programme::programmes::events::{self, Event, EventChange, NewEvent, State};
use crate::programme::programmes::sessions::{self, NewSession, Session, SessionChange};
use crate::programme::programmes::{
    self, Flaw, Kind, NewProgramme, Programme, ProgrammeChange, Provider, Stage, copying,
};

/// Why an organiser can't do something.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such programme, event or session for the caller.
    #[error("there is nothing with this id")]
    Unknown,
    /// A partner adds nothing for others.
    #[error("a partner adds programmes of its own")]
    NotTheirs,
    /// A partner's change of what it agreed on with the hub when that published it.
    #[error("{} of a published {what} is changed by the hub: ask it to", .pointers.join(", "))]
    AskTheHub {
        /// A programme or an event.
        what: &'static str,
        /// What it would change.
        pointers: Vec<&'static str>,
    },
    /// Whether another place is a move is said by the hub.
    #[error("is for the hub manager to say")]
    MovedByTheHub,
    /// The programme refused.
    #[error(transparent)]
    Programmes(#[from] programmes::Error),
    /// The rules of booking refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The bookings failed.
    #[error(transparent)]
    Bookings(#[from] bookings::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// A programme to be added, by whoever adds it.
#[derive(Clone, Debug)]
pub struct Addition {
    /// The kind of programme.
    pub kind: Kind,
    /// The programme's title.
    pub title: Line,
    /// What the programme is about.
    pub description: Prose,
    /// The phase of school it is for, where it is for one.
    pub phase: Option<Phase>,
    /// The line of the Hub Action Plan that it serves.
    pub priority_id: Option<PriorityId>,
    /// Who gives it; where none is said the hub, or the partner who adds it.
    pub provider: Option<Provider>,
}

/// Adds a programme; a partner's is a draft.
pub async fn add_programme(journal: &mut Journal, person: &Person, new: Addition) -> Result<Programme, Error> {
    let own = person.partner_id.filter(|_| person.role == Role::Partner);
    let provider = new.provider.unwrap_or_else(|| own.map_or(Provider::Hub, Provider::Partner));
    let stage = if own.is_some() { Stage::Draft } else { Stage::Published };
    if !View::of(person).shows_programme(stage, provider) {
        return Err(Error::NotTheirs);
    }
    let Addition { kind, title, description, phase, priority_id, .. } = new;
    let new = NewProgramme { kind, title, description, phase, priority_id, provider, stage };
    Ok(programmes::create(journal, new).await?)
}

/// A programme, where the person may see it.
pub async fn programme(tx: &mut Tx, person: &Person, id: ProgrammeId) -> Result<Programme, Error> {
    let programme = programmes::get(tx, person.hub_id, id).await?;
    let shown = |of: &Programme| View::of(person).shows_programme(of.stage, of.provider.who());
    programme.filter(shown).ok_or(Error::Unknown)
}

/// Changes a programme whose version the person read.
pub async fn change_programme(
    journal: &mut Journal,
    person: &Person,
    id: ProgrammeId,
    version: i64,
    change: ProgrammeChange,
) -> Result<Programme, Error> {
    let before = programme(journal.tx(), person, id).await?;
    if is_partner(person) {
        refuse_agreed("programme", change.agreed(&before))?;
    }
    Ok(programmes::change(journal, id, version, change).await?)
}

/// Deletes a draft of a programme that has no events.
pub async fn discard_programme(
    journal: &mut Journal,
    person: &Person,
    id: ProgrammeId,
    version: i64,
) -> Result<(), Error> {
    let programme = programme(journal.tx(), person, id).await?;
    Ok(programmes::delete(journal, programme.id, version).await?)
}

/// An event, where the person may see it.
pub async fn event(tx: &mut Tx, person: &Person, id: EventId) -> Result<Entry, Error> {
    let entry = catalogue::get(tx, person.hub_id, id).await?;
    entry.filter(|entry| View::of(person).shows(entry.state, entry.provider.who())).ok_or(Error::Unknown)
}

/// An event, where the person may see who has booked it: the hub, a lead (their school's), its partner.
pub async fn with_delegates(tx: &mut Tx, person: &Person, id: EventId) -> Result<Entry, Error> {
    let entry = catalogue::get(tx, person.hub_id, id).await?.ok_or(Error::Unknown)?;
    let seen = match person.role {
        Role::HubManager | Role::HubViewer => true,
        Role::SchoolLead => entry.state != State::Draft,
        Role::Teacher => false,
        Role::Partner => entry.provider.who().parts().2 == person.partner_id,
    };
    if seen { Ok(entry) } else { Err(Error::Unknown) }
}

/// An event, for its organiser: a hub manager, or the people of the school or partner that gives it.
pub async fn organised(tx: &mut Tx, person: &Person, id: EventId) -> Result<Entry, Error> {
    given(tx, person, id, person.role == Role::HubManager).await
}

/// An event, for those who read what was thought of it: the hub, and the people of the school or partner that gives it.
pub async fn evaluated(tx: &mut Tx, person: &Person, id: EventId) -> Result<Entry, Error> {
    given(tx, person, id, matches!(person.role, Role::HubManager | Role::HubViewer)).await
}

async fn given(tx: &mut Tx, person: &Person, id: EventId, of_hub: bool) -> Result<Entry, Error> {
    let entry = catalogue::get(tx, person.hub_id, id).await?.ok_or(Error::Unknown)?;
    let provider = entry.provider.who();
    let seen = of_hub || provider.acts_by(person);
    if seen && !View::of(person).hides(entry.state, provider) { Ok(entry) } else { Err(Error::Unknown) }
}

/// Adds an event as a draft. `wrong` is what is wrong with it already: all faults are told together.
pub async fn add_event(
    journal: &mut Journal,
    person: &Person,
    new: NewEvent,
    evaluation_required: Option<bool>,
    wrong: &[Flaw],
) -> Result<Event, Error> {
    let mut flaws = new.flaws(journal.now());
    flaws.extend(wrong.iter().cloned());
    match programme(journal.tx(), person, new.programme).await {
        Err(Error::Unknown) => flaws.push(Flaw::unknown("/programme_id", "is not a programme of the hub")),
        outcome => drop(outcome?),
    }
    refuse(flaws)?;
    let event = events::create(journal, new).await?;
    if let Some(required) = evaluation_required {
        evaluations::require(journal, event.id, required).await?;
    }
    submit(journal, person, event.id).await?;
    Ok(event)
}

/// Copies an event to other dates, as a draft.
pub async fn copy_event(
    journal: &mut Journal,
    person: &Person,
    id: EventId,
    starts_on: NaiveDate,
    title: Option<Line>,
) -> Result<Event, Error> {
    let of = event(journal.tx(), person, id).await?;
    let copy = copying::copy(journal, of.id, starts_on, title).await?;
    if evaluations::required(journal.tx(), person.hub_id, of.id).await? {
        evaluations::require(journal, copy.id, true).await?;
    }
    submit(journal, person, copy.id).await?;
    Ok(copy)
}

/// Tells the hub's managers of a draft where a partner made it.
async fn submit(journal: &mut Journal, person: &Person, id: EventId) -> Result<(), Error> {
    if is_partner(person) {
        drafts::submit(journal, Draft::Event(id)).await?;
    }
    Ok(())
}

/// Changes an event whose version the person read; new places go to the waiting list. `wrong` is what is wrong with the
/// change already.
pub async fn change_event(
    journal: &mut Journal,
    person: &Person,
    id: EventId,
    version: i64,
    change: EventChange,
    evaluation_required: Option<bool>,
    wrong: &[Flaw],
) -> Result<Event, Error> {
    let before = event(journal.tx(), person, id).await?;
    let (hub, now) = (journal.hub(), journal.now());
    let tx = journal.tx();
    let old = events::get(tx, hub, id).await?.ok_or(Error::Unknown)?;
    if is_partner(person) {
        let mut agreed = change.agreed(&old);
        if let Some(required) = evaluation_required
            && old.state != State::Draft
            && required != evaluations::required(tx, hub, id).await?
        {
            agreed.push("/evaluation_required");
        }
        refuse_agreed("event", agreed)?;
    }
    if !wrong.is_empty() {
        let mut flaws = change.flaws(&old, &sessions::of_event(tx, hub, id).await?, now);
        flaws.extend(wrong.iter().cloned());
        refuse(flaws)?;
    }
    let after = events::change(journal, id, version, change).await?;
    if let Some(required) = evaluation_required {
        evaluations::require(journal, id, required).await?;
    }
    if after.capacity > before.capacity {
        bookings::fill(journal, id).await?;
    }
    Ok(after)
}

/// Deletes a draft whose version the person read.
pub async fn discard_event(journal: &mut Journal, person: &Person, id: EventId, version: i64) -> Result<(), Error> {
    let event = event(journal.tx(), person, id).await?;
    Ok(events::delete(journal, event.id, version).await?)
}

/// Calls an event off: every booking is cancelled, where that comes to what was shown of it. Returns what was refunded: every credit that the event held.
pub async fn call_off_event(
    journal: &mut Journal,
    person: &Person,
    id: EventId,
    reason: Line,
    shown: Option<Shown>,
) -> Result<Credits, Error> {
    let event = event(journal.tx(), person, id).await?.id;
    let what = What::CallOff { event, reason };
    Ok(bookings::perform_as_shown(journal, of_hub(person), what, shown).await??.refund)
}

/// An event with one of its sessions, where the person may see it.
pub async fn session(
    tx: &mut Tx,
    person: &Person,
    event_id: EventId,
    id: SessionId,
) -> Result<(Entry, Session), Error> {
    let entry = event(tx, person, event_id).await?;
    let all = sessions::of_event(tx, person.hub_id, entry.id).await?;
    let session = all.into_iter().find(|session| session.id == id).ok_or(Error::Unknown)?;
    Ok((entry, session))
}

/// Publishes a draft, and tells whoever looks for such an event and could book it. Every event that can be booked is
/// published here.
pub async fn publish_event(journal: &mut Journal, id: EventId) -> Result<Event, Error> {
    let event = events::publish(journal, id).await?;
    saved_filters::tell(journal, id).await?;
    Ok(event)
}

/// Adds a session to a draft, or to a published event, which this moves.
pub async fn add_session(
    journal: &mut Journal,
    person: &Person,
    event_id: EventId,
    new: NewSession,
) -> Result<Session, Error> {
    let entry = event(journal.tx(), person, event_id).await?;
    refuse_move(person, entry.state, vec!["/starts_at"])?;
    let (session, moved) = sessions::add(journal, entry.id, new).await?;
    if moved {
        tell_of_move(journal, person, entry.id, Move::Added((session.starts_at, session.ends_at))).await?;
    }
    Ok(session)
}

/// Changes a session whose version the person read.
pub async fn change_session(
    journal: &mut Journal,
    person: &Person,
    (event_id, id): (EventId, SessionId),
    version: i64,
    change: SessionChange,
) -> Result<Session, Error> {
    if change.moved && person.role != Role::HubManager {
        return Err(Error::MovedByTheHub);
    }
    let (entry, before) = session(journal.tx(), person, event_id, id).await?;
    refuse_move(person, entry.state, change.moved_fields(&before))?;
    let (session, moved) = sessions::change(journal, entry.id, before.id, version, change).await?;
    if moved {
        let of_several = sessions::of_event(journal.tx(), person.hub_id, entry.id).await?.len() > 1;
        let how = if of_several { Move::Session((before.starts_at, before.ends_at)) } else { Move::Whole };
        tell_of_move(journal, person, entry.id, how).await?;
    }
    Ok(session)
}

/// Calls off a session before it starts, or removes it from a draft. Returns it as it was, and what was refunded: its share
/// where the event has begun.
pub async fn call_off_session(
    journal: &mut Journal,
    person: &Person,
    (event_id, id): (EventId, SessionId),
    reason: &Line,
) -> Result<(Session, Credits), Error> {
    let (entry, before) = session(journal.tx(), person, event_id, id).await?;
    let off = sessions::call_off(journal, entry.id, before.id, reason).await?;
    let was = (off.session.starts_at, off.session.ends_at);
    if off.begun {
        let what = What::SessionCalledOff { event: entry.id, of: off.of, was };
        let refund = bookings::perform_one(journal, of_hub(person), what).await??.refund;
        return Ok((off.session, refund));
    }
    if off.published {
        tell_of_move(journal, person, entry.id, Move::CalledOff(was)).await?;
    }
    Ok((off.session, Credits::ZERO))
}

fn is_partner(person: &Person) -> bool {
    person.partner_id.is_some()
}

fn of_hub(person: &Person) -> Actor {
    Actor { person: Some(person.id), reach: Reach::Hub }
}

/// Tells everyone with a place or on the waiting list that the event was moved, and how.
async fn tell_of_move(journal: &mut Journal, person: &Person, event: EventId, how: Move) -> Result<(), Error> {
    bookings::perform_one(journal, of_hub(person), What::Rescheduled(event, how)).await??;
    Ok(())
}

/// Refuses a partner's change of when or where a session of a published event takes place.
fn refuse_move(person: &Person, state: State, pointers: Vec<&'static str>) -> Result<(), Error> {
    match state {
        State::Published | State::Completed | State::Cancelled if is_partner(person) => {
            refuse_agreed("event", pointers)
        }
        State::Draft | State::Published | State::Completed | State::Cancelled => Ok(()),
    }
}

fn refuse_agreed(what: &'static str, pointers: Vec<&'static str>) -> Result<(), Error> {
    if pointers.is_empty() { Ok(()) } else { Err(Error::AskTheHub { what, pointers }) }
}

fn refuse(flaws: Vec<Flaw>) -> Result<(), Error> {
    if flaws.is_empty() { Ok(()) } else { Err(programmes::Error::Invalid(flaws).into()) }
}
