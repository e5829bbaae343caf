//! Events: dated, bookable runs of a programme, with their sessions.
//!
//! An event begins as a draft in which everything can be changed. Publishing it opens its escrow account; from then on
//! its sessions are moved, added and called off one by one ([`super::sessions`]), and a new price or policy applies to
//! later bookings: what was agreed is recorded on each booking.

use chrono::{DateTime, Utc};

use super::admission::{Admission, Minimum};
use super::attendance::{Attendance, AttendanceChange};
use super::drafts::{self, Draft};
pub use super::event::{Event, State, get};
use super::event::{date, publish_schedule, refuse, search, store, when};
use super::policy::Policy;
use super::sense::{Field, Plan};
use super::session::{self, NewSession, Session, past_flaws, seated, session_flaws, unknown_hosts};
use super::{Error, Flaw, HIGHEST_PRICE, Programme, Stage, sql};
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::ids::{EventId, ProgrammeId};
use crate::base::text::{Change, Line};
use crate::base::year::AcademicYear;
use crate::ledger::changes;
use crate::ledger::{self, AccountName, Journal};
use crate::members::years;
use crate::messages::notices;

/// An event to be added, as a draft.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// The programme that it is a run of.
    pub programme: ProgrammeId,
    /// The event's title.
    pub title: Line,
    /// How many places there are: 1 to 100,000.
    pub capacity: i64,
    /// What a place costs; at most [`HIGHEST_PRICE`].
    pub price: Credits,
    /// When booking opens.
    pub opens_at: Option<DateTime<Utc>>,
    /// When booking closes.
    pub closes_at: Option<DateTime<Utc>>,
    /// The refund on cancellation.
    pub policy: Policy,
    /// How its register decides who attended.
    pub attendance: Attendance,
    /// Who may book it, and how.
    pub admission: Admission,
    /// How many delegates the event needs, and when that is decided.
    pub minimum: Option<Minimum>,
    /// Its sessions: 1 to 50, in any order; no two at once, none in the past.
    pub sessions: Vec<NewSession>,
}

/// What may be changed of an event; what is left out stays. Only a draft's sessions can be replaced as a whole.
#[derive(Clone, Debug, Default)]
pub struct EventChange {
    /// The event's new title.
    pub title: Option<Line>,
    /// How many places there are.
    pub capacity: Option<i64>,
    /// When booking opens.
    pub opens_at: Change<DateTime<Utc>>,
    /// When booking closes.
    pub closes_at: Change<DateTime<Utc>>,
    /// What a place costs.
    pub price: Option<Credits>,
    /// The refund on cancellation.
    pub policy: Option<Policy>,
    /// How its register decides who attended.
    pub attendance: AttendanceChange,
    /// Who may book it, and how: replaced as a whole.
    pub admission: Option<Admission>,
    /// How many delegates the event needs, and when that is decided.
    pub minimum: Change<Minimum>,
    /// All its sessions, replaced as a whole.
    pub sessions: Option<Vec<NewSession>>,
}

/// The most places of an event.
const MOST_PLACES: i64 = 100_000;

impl NewEvent {
    /// Everything in it that is invalid at this time.
    pub fn flaws(&self, now: DateTime<Utc>) -> Vec<Flaw> {
        let mut flaws: Vec<Flaw> = capacity_flaw(self.capacity).into_iter().collect();
        flaws.extend(price_flaw(self.price));
        flaws.extend(self.attendance.flaws());
        flaws.extend(self.admission.flaws());
        // Consequences of an invalid session are not reported beside it.
        let wrong = session_flaws(&self.sessions, now);
        let sessions = if wrong.is_empty() { self.sessions.as_slice() } else { &[] };
        flaws.extend(wrong);
        let plan = Plan {
            capacity: self.capacity,
            held: 0,
            minimum: self.minimum,
            opens_at: self.opens_at,
            closes_at: self.closes_at,
            admission: &self.admission,
            sessions: sessions.iter().map(NewSession::span).collect(),
        };
        flaws.extend(plan.flaws(|field| field != Field::Sessions));
        flaws
    }
}

impl EventChange {
    /// Everything in it that is invalid at this time, for an event with these sessions.
    pub fn flaws(&self, event: &Event, sessions: &[Session], now: DateTime<Utc>) -> Vec<Flaw> {
        let mut flaws: Vec<Flaw> = self.capacity.into_iter().flat_map(capacity_flaw).collect();
        flaws.extend(self.price.into_iter().flat_map(price_flaw));
        flaws.extend(self.attendance.over(Attendance::default()).flaws());
        flaws.extend(self.admission.iter().flat_map(Admission::flaws));
        let wrong: Vec<Flaw> = self.sessions.iter().flat_map(|sessions| session_flaws(sessions, now)).collect();
        // Consequences of an invalid session are not reported beside it.
        let spans: Vec<_> = match &self.sessions {
            Some(_) if !wrong.is_empty() => Vec::new(),
            Some(new) => new.iter().map(NewSession::span).collect(),
            None => sessions.iter().map(Session::span).collect(),
        };
        flaws.extend(wrong);
        // Where sessions are replaced, the other fields are named: those that the sessions do not fit.
        flaws.extend(self.over(event.clone()).senseless(spans, |field| match field {
            Field::Capacity => self.capacity.is_some(),
            Field::Minimum => self.minimum.0.is_some(),
            Field::OpensAt => self.opens_at.0.is_some(),
            Field::ClosesAt => self.closes_at.0.is_some(),
            Field::Admission => self.admission.is_some(),
            Field::Sessions => false,
        }));
        flaws
    }

    /// The event as it would be, except for its sessions.
    fn over(&self, mut event: Event) -> Event {
        let change = self.clone();
        event.title = change.title.unwrap_or(event.title);
        event.capacity = change.capacity.unwrap_or(event.capacity);
        event.opens_at = change.opens_at.over(event.opens_at);
        event.closes_at = change.closes_at.over(event.closes_at);
        event.price = change.price.unwrap_or(event.price);
        event.policy = change.policy.unwrap_or(event.policy);
        event.attendance = change.attendance.over(event.attendance);
        event.admission = change.admission.unwrap_or(event.admission);
        if let Some(minimum) = change.minimum.0 {
            event.minimum = minimum.map(|minimum| minimum.delegates);
            event.decide_by = minimum.map(|minimum| minimum.decide_by);
        }
        event
    }

    /// Which terms it would change that the provider and the hub agreed on at publication, as pointers; none for a
    /// draft.
    pub fn agreed(&self, of: &Event) -> Vec<&'static str> {
        let participants = self.admission.as_ref().map(|admission| admission.participant_price);
        let changed = [
            ("/price", self.price.is_some_and(|price| price != of.price)),
            ("/admission/participant_price", participants.is_some_and(|price| price != of.admission.participant_price)),
            ("/capacity", self.capacity.is_some_and(|capacity| capacity != of.capacity)),
            ("/policy", self.policy.as_ref().is_some_and(|policy| *policy != of.policy)),
            ("/attendance", self.attendance.over(of.attendance) != of.attendance),
        ];
        let agreed = of.state != State::Draft;
        changed.into_iter().filter(|(_, changed)| agreed && *changed).map(|(pointer, _)| pointer).collect()
    }

    /// Which fields it would change that are settled once an event is published.
    fn settled(&self) -> Vec<&'static str> {
        self.sessions.iter().map(|_| "sessions").collect()
    }
}

fn capacity_flaw(capacity: i64) -> Option<Flaw> {
    let taken = (1..=MOST_PLACES).contains(&capacity);
    (!taken).then(|| Flaw::invalid("/capacity", format!("must be 1 to {MOST_PLACES} places")))
}

fn price_flaw(price: Credits) -> Option<Flaw> {
    (price > HIGHEST_PRICE).then(|| Flaw::invalid("/price", format!("must be at most {HIGHEST_PRICE} credits")))
}

/// Adds an event as a draft.
pub async fn create(journal: &mut Journal, new: NewEvent) -> Result<Event, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let mut flaws = new.flaws(now);
    let programme = super::get(journal.tx(), hub, new.programme).await?;
    flaws.extend(unknown_hosts(journal.tx(), hub, &new.sessions).await?);
    if programme.is_none() {
        flaws.push(Flaw::unknown("/programme_id", "is not a programme of the hub"));
    }
    let (Some(programme), []) = (programme, flaws.as_slice()) else { return Err(Error::Invalid(flaws)) };
    let id: EventId = journal.new_id();
    let sessions = seated(journal, id, new.sessions.clone());
    let mut event = drafted(id, &programme, new, now)?;
    date(journal, &mut event, &sessions).await?;
    sql::events::insert(journal.tx(), hub, &event, search(&programme, &event.title, &sessions)).await?.exactly(1)?;
    sql::sessions::insert(journal.tx(), hub, &sessions).await?.exactly(sessions.len())?;
    let change = changes::Change::new(changes::Kind::EventCreated, id).programme(event.programme_id).year(event.year);
    journal.changed(change.after(event.state.as_str()));
    Ok(event)
}

/// A draft, without dates yet.
fn drafted(id: EventId, programme: &Programme, new: NewEvent, now: DateTime<Utc>) -> Result<Event, Error> {
    Ok(Event {
        id,
        programme_id: programme.id,
        title: new.title,
        state: State::Draft,
        year: AcademicYear::of(london_date(now)).ok_or(Error::Unknown)?,
        capacity: new.capacity,
        held: 0,
        waiting: 0,
        line: 0,
        price: new.price,
        opens_at: new.opens_at,
        closes_at: new.closes_at,
        policy: new.policy,
        attendance: new.attendance,
        admission: new.admission,
        minimum: new.minimum.map(|minimum| minimum.delegates),
        decide_by: new.minimum.map(|minimum| minimum.decide_by),
        starts_at: now,
        ends_at: now,
        version: 1,
        created_at: now,
        published_at: None,
        rescheduled_at: None,
        schedule: 1,
        completed_at: None,
        cancelled_at: None,
        cancelled_because: None,
    })
}

/// Changes an event whose version the caller read. Whoever raises the capacity must give the new places to the waiting
/// list, in the same journal.
pub async fn change(journal: &mut Journal, id: EventId, version: i64, change: EventChange) -> Result<Event, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let event = get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    if event.version != version {
        return Err(Error::Stale);
    }
    let fields = match event.state {
        State::Draft => Vec::new(),
        State::Published => change.settled(),
        State::Completed | State::Cancelled => vec!["the event"],
    };
    if !fields.is_empty() {
        return Err(Error::Settled { state: event.state, fields });
    }
    let mut sessions = session::of_event(journal.tx(), hub, id).await?;
    let mut flaws = change.flaws(&event, &sessions, now);
    flaws.extend(unknown_hosts(journal.tx(), hub, change.sessions.as_deref().unwrap_or_default()).await?);
    refuse(flaws, event.held)?;
    // An only session that has its event's title keeps to it.
    if let (Some(title), None, [only]) = (&change.title, &change.sessions, sessions.as_mut_slice())
        && only.title == event.title
        && only.title != *title
    {
        session::retitle(journal, only, title.clone()).await?;
    }
    // Calendars show the event's title with every session.
    if event.state == State::Published && change.title.as_ref().is_some_and(|title| *title != event.title) {
        sql::sessions::revise(journal.tx(), hub, id, now).await?.any();
    }
    let mut event = change.over(event);
    let sessions = match change.sessions {
        None => sessions,
        Some(new) => {
            let sessions = seated(journal, id, new);
            date(journal, &mut event, &sessions).await?;
            sql::sessions::delete(journal.tx(), hub, id).await?.any();
            sql::sessions::insert(journal.tx(), hub, &sessions).await?.exactly(sessions.len())?;
            sessions
        }
    };
    let changed = store(journal, &event, &sessions).await?;
    journal
        .changed(changes::Change::new(changes::Kind::EventChanged, id).programme(event.programme_id).year(event.year));
    Ok(changed)
}

/// Publishes a draft: it appears in the catalogue, its escrow account is opened, and the partner who gives it is told. A
/// programme that is a draft still is published with its first event.
pub async fn publish(journal: &mut Journal, id: EventId) -> Result<Event, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let event = get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    if event.state != State::Draft {
        return Err(Error::InvalidTransition { from: event.state, to: State::Published });
    }
    if event.starts_at <= now {
        return Err(Error::Started(event.starts_at));
    }
    let sessions = session::of_event(journal.tx(), hub, id).await?;
    refuse(event.senseless(sessions.iter().map(Session::span), |_| false), event.held)?;
    years::require_open(journal.tx(), hub, event.year).await?;
    let event = sql::events::publish(journal.tx(), hub, id, now).await?.ok_or(Error::Unknown)?;
    publish_schedule(journal, &event, &sessions).await?;
    ledger::open_accounts(journal, &[AccountName::EventEscrow(id)]).await?;
    let change = changes::Change::new(changes::Kind::EventPublished, id).programme(event.programme_id).year(event.year);
    journal.changed(change.before(State::Draft.as_str()).after(event.state.as_str()));
    let programme = super::get(journal.tx(), hub, event.programme_id).await?.ok_or(Error::Unknown)?;
    let with = publish_programme(journal, &programme).await?;
    drafts::tell_published(journal, programme.provider.who(), Draft::Event(id), with).await?;
    Ok(event)
}

/// Publishes the programme of a published event where it is a draft: which it was.
async fn publish_programme(journal: &mut Journal, programme: &Programme) -> Result<Option<ProgrammeId>, Error> {
    match programme.stage {
        Stage::Draft => {
            super::make_public(journal, programme).await?;
            Ok(Some(programme.id))
        }
        Stage::Published => Ok(None),
    }
}

/// Deletes a draft whose version the caller read, with its sessions: nobody can have booked it.
pub async fn delete(journal: &mut Journal, id: EventId, version: i64) -> Result<(), Error> {
    let hub = journal.hub();
    let event = get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    if event.version != version {
        return Err(Error::Stale);
    }
    if event.state != State::Draft {
        return Err(Error::Settled { state: event.state, fields: vec!["the event"] });
    }
    sql::sessions::delete(journal.tx(), hub, id).await?.any();
    notices::forget(journal, id).await?;
    if sql::events::delete(journal.tx(), hub, id).await?.none() {
        return Err(Error::Stale);
    }
    let change = changes::Change::new(changes::Kind::EventDeleted, id).programme(event.programme_id);
    journal.changed(change.before(event.state.as_str()));
    Ok(())
}

/// Adds an event that is over, to record the programme from before the hub kept it here: free, with `held` places all
/// taken, and published, so that its register can be settled. Its year need not be open, since nothing is paid.
pub async fn create_past(journal: &mut Journal, new: NewEvent, held: i64) -> Result<Event, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let new = NewEvent { capacity: held.max(1), price: Credits::ZERO, ..new };
    let mut flaws = new.attendance.flaws();
    flaws.extend(past_flaws(&new.sessions, now));
    flaws.extend(unknown_hosts(journal.tx(), hub, &new.sessions).await?);
    let programme = super::get(journal.tx(), hub, new.programme).await?;
    if programme.is_none() {
        flaws.push(Flaw::unknown("/programme_id", "is not a programme of the hub"));
    }
    let (Some(programme), []) = (programme, flaws.as_slice()) else { return Err(Error::Invalid(flaws)) };
    let id: EventId = journal.new_id();
    let sessions = seated(journal, id, new.sessions.clone());
    let mut event = drafted(id, &programme, new, now)?;
    (event.starts_at, event.ends_at, event.year) = when(&sessions)?;
    if years::get(journal.tx(), hub, event.year).await?.is_none() {
        return Err(Error::Year(years::Error::NotOpen { year: event.year }));
    }
    sql::events::insert(journal.tx(), hub, &event, search(&programme, &event.title, &sessions)).await?.exactly(1)?;
    sql::sessions::insert(journal.tx(), hub, &sessions).await?.exactly(sessions.len())?;
    let event = sql::events::publish(journal.tx(), hub, id, now).await?.ok_or(Error::Unknown)?;
    publish_schedule(journal, &event, &sessions).await?;
    let change = changes::Change::new(changes::Kind::EventCreated, id).programme(event.programme_id).year(event.year);
    journal.changed(change.after(event.state.as_str()));
    publish_programme(journal, &programme).await?;
    Ok(event)
}

/// Rewrites the text that the catalogue's text filter searches, for every event of a programme.
pub(super) async fn reindex(journal: &mut Journal, programme: &Programme) -> Result<(), Error> {
    let hub = journal.hub();
    let events = sql::events::titles(journal.tx(), hub, programme.id).await?;
    let sessions = sql::sessions::of_programme(journal.tx(), hub, programme.id).await?;
    let texts: Vec<(EventId, String)> = events
        .into_iter()
        .map(|(id, title)| (id, search(programme, &title, sessions.iter().filter(|session| session.event_id == id))))
        .collect();
    sql::events::update_search(journal.tx(), hub, &texts).await?.exactly(texts.len())?;
    Ok(())
}
