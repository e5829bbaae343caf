//! Events: dated, bookable runs of a programme, with their sessions.
//!
//! An event begins as a draft that can be changed in everything. Publishing it opens its escrow account;
//! from then on its sessions are moved, added and called off one by one ([`sessions`]), and a new price or policy is for those
//! who book after it: what was agreed stands on each booking.

use chrono::{DateTime, NaiveDate, Utc};

use super::admission::{Admission, Minimum};
use super::attendance::{Attendance, AttendanceChange};
use super::catalogue::Entry;
use super::policy::Policy;
use super::sense::{self, Field, Plan};
use super::sessions::{self, NewSession, Session, past_flaws, seated, session_flaws, unknown_hosts};
use super::{Error, Flaw, HIGHEST_PRICE, Programme, sql};
use crate::changes;
use crate::clock::london_date;
use crate::credits::Credits;
use crate::db::types::words;
use crate::db::{self, Tx};
use crate::ids::{EventId, HubId, ProgrammeId};
use crate::ledger::{self, AccountName, Journal};
use crate::text::{Change, Line, fold};
use crate::year::AcademicYear;
use crate::years;

words!(/** The states of an event. */ State {
    /// Being prepared; only its makers see it.
    Draft = "draft",
    /// In the catalogue, to be booked.
    Published = "published",
    /// Over, its register settled.
    Completed = "completed",
    /// Called off.
    Cancelled = "cancelled",
});

/// A dated, bookable run of a programme.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Event {
    /// The event.
    pub id: EventId,
    /// The programme that it is a run of.
    pub programme_id: ProgrammeId,
    /// Its title.
    pub title: Line,
    /// Where it stands.
    pub state: State,
    /// The academic year of its first session, whose wallets pay.
    pub year: AcademicYear,
    /// How many places there are.
    pub capacity: i64,
    /// How many of them are held; never above the capacity.
    pub held: i64,
    /// How many bookings wait for a place.
    pub waiting: i64,
    /// The last number given in the line of its bookings.
    pub line: i64,
    /// What a place costs.
    pub price: Credits,
    /// From when bookings are taken; from publication where nothing is said.
    pub opens_at: Option<DateTime<Utc>>,
    /// Until when bookings are taken; until the first session where nothing is said.
    pub closes_at: Option<DateTime<Utc>>,
    /// What comes back on cancellation.
    pub policy: Policy,
    /// How its register decides who attended.
    #[sqlx(flatten)]
    pub attendance: Attendance,
    /// Who may book it, and how.
    pub admission: Admission,
    /// How many delegates it needs.
    pub minimum: Option<i64>,
    /// The day on which the hub decides whether it takes place.
    pub decide_by: Option<NaiveDate>,
    /// When its first session starts.
    pub starts_at: DateTime<Utc>,
    /// When its last session ends.
    pub ends_at: DateTime<Utc>,
    /// Rises with every change.
    pub version: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
    /// When it was last moved: a session got another time or place, was added, or called off.
    pub rescheduled_at: Option<DateTime<Utc>>,
    /// The number of its schedule, from 1: rises with every move.
    pub schedule: i64,
    /// When it was completed and its provider paid.
    pub completed_at: Option<DateTime<Utc>>,
    /// When the hub called it off.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// Why.
    pub cancelled_because: Option<Line>,
}

/// An event to be added, as a draft.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// The programme that it is a run of.
    pub programme: ProgrammeId,
    /// Its title.
    pub title: Line,
    /// How many places: 1 to 100,000.
    pub capacity: i64,
    /// What a place costs; at most [`HIGHEST_PRICE`].
    pub price: Credits,
    /// From when bookings are taken.
    pub opens_at: Option<DateTime<Utc>>,
    /// Until when bookings are taken.
    pub closes_at: Option<DateTime<Utc>>,
    /// What comes back on cancellation.
    pub policy: Policy,
    /// How its register decides who attended.
    pub attendance: Attendance,
    /// Who may book it, and how.
    pub admission: Admission,
    /// How many delegates it needs, and when that is decided.
    pub minimum: Option<Minimum>,
    /// 1 to 50, in any order; no two at once, none in the past.
    pub sessions: Vec<NewSession>,
}

/// What may be changed of an event; what is not said stays. All sessions anew of a draft only.
#[derive(Clone, Debug, Default)]
pub struct EventChange {
    /// Its title.
    pub title: Option<Line>,
    /// How many places.
    pub capacity: Option<i64>,
    /// From when bookings are taken.
    pub opens_at: Change<DateTime<Utc>>,
    /// Until when bookings are taken.
    pub closes_at: Change<DateTime<Utc>>,
    /// What a place costs.
    pub price: Option<Credits>,
    /// What comes back on cancellation.
    pub policy: Option<Policy>,
    /// How its register decides who attended.
    pub attendance: AttendanceChange,
    /// Who may book it, and how: all of it anew.
    pub admission: Option<Admission>,
    /// How many delegates it needs, and when that is decided.
    pub minimum: Change<Minimum>,
    /// All its sessions anew.
    pub sessions: Option<Vec<NewSession>>,
}

const MOST_PLACES: i64 = 100_000;

impl NewEvent {
    /// All that can't be taken of it, at this time.
    pub fn flaws(&self, now: DateTime<Utc>) -> Vec<Flaw> {
        let mut flaws: Vec<Flaw> = capacity_flaw(self.capacity).into_iter().collect();
        flaws.extend(price_flaw(self.price));
        flaws.extend(self.attendance.flaws());
        flaws.extend(self.admission.flaws());
        // What follows from a wrong session is not told beside it.
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

impl Event {
    /// All in it that makes no sense, with these sessions, named at what of it was sent.
    pub(super) fn senseless(
        &self,
        sessions: impl IntoIterator<Item = (DateTime<Utc>, DateTime<Utc>)>,
        sent: impl Fn(Field) -> bool,
    ) -> Vec<Flaw> {
        let minimum = self.minimum.zip(self.decide_by);
        let plan = Plan {
            capacity: self.capacity,
            held: self.held,
            minimum: minimum.map(|(delegates, decide_by)| Minimum { delegates, decide_by }),
            opens_at: self.opens_at,
            closes_at: self.closes_at,
            admission: &self.admission,
            sessions: sessions.into_iter().collect(),
        };
        plan.flaws(sent)
    }
}

impl EventChange {
    /// All that can't be taken of it, at this time, for an event with these sessions.
    pub fn flaws(&self, event: &Event, sessions: &[Session], now: DateTime<Utc>) -> Vec<Flaw> {
        let mut flaws: Vec<Flaw> = self.capacity.into_iter().flat_map(capacity_flaw).collect();
        flaws.extend(self.price.into_iter().flat_map(price_flaw));
        flaws.extend(self.attendance.over(Attendance::default()).flaws());
        flaws.extend(self.admission.iter().flat_map(Admission::flaws));
        let wrong: Vec<Flaw> = self.sessions.iter().flat_map(|sessions| session_flaws(sessions, now)).collect();
        // What follows from a wrong session is not told beside it.
        let spans: Vec<_> = match &self.sessions {
            Some(_) if !wrong.is_empty() => Vec::new(),
            Some(new) => new.iter().map(NewSession::span).collect(),
            None => sessions.iter().map(Session::span).collect(),
        };
        flaws.extend(wrong);
        // Of sessions anew the others are named: what they do not fit.
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

    /// The event as it would be, but for its sessions.
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

    /// What it would change of what whoever gives an event and the hub agreed on when it was published, as pointers;
    /// nothing of a draft.
    pub fn agreed(&self, of: &Entry) -> Vec<&'static str> {
        let participants = self.admission.as_ref().map(|admission| admission.participant_price);
        let changed = [
            ("/price", self.price.is_some_and(|price| price != of.price)),
            ("/admission/participant_price", participants.is_some_and(|price| price != of.admission.participant_price)),
            ("/capacity", self.capacity.is_some_and(|capacity| capacity != of.capacity)),
            ("/policy", self.policy.as_ref().is_some_and(|policy| *policy != of.policy)),
        ];
        let agreed = of.state != State::Draft;
        changed.into_iter().filter(|(_, changed)| agreed && *changed).map(|(pointer, _)| pointer).collect()
    }

    /// What it would change that is settled once an event is published.
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

/// Refuses where something is wrong; more places held than there would be is a refusal of its own where nothing else is.
pub(super) fn refuse(flaws: Vec<Flaw>, held: i64) -> Result<(), Error> {
    match flaws.as_slice() {
        [] => Ok(()),
        [only] if only.code == sense::BELOW_HELD => Err(Error::CapacityBelowHeld { held }),
        _ => Err(Error::Invalid(flaws)),
    }
}

/// Adds an event, as a draft.
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

/// A draft, not dated yet.
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

/// One event of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: EventId) -> Result<Option<Event>, db::Error> {
    sql::events::get(tx, hub, id).await
}

/// Changes an event whose version the caller read. Whoever raises the capacity gives the new places to
/// those who wait, in the same journal.
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
    let sessions = sessions::of_event(journal.tx(), hub, id).await?;
    let mut flaws = change.flaws(&event, &sessions, now);
    flaws.extend(unknown_hosts(journal.tx(), hub, change.sessions.as_deref().unwrap_or_default()).await?);
    refuse(flaws, event.held)?;
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

/// Publishes a draft: it stands in the catalogue, and its escrow account is open.
pub async fn publish(journal: &mut Journal, id: EventId) -> Result<Event, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let event = get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    if event.state != State::Draft {
        return Err(Error::InvalidTransition { from: event.state, to: State::Published });
    }
    if event.starts_at <= now {
        return Err(Error::Started(event.starts_at));
    }
    let sessions = sessions::of_event(journal.tx(), hub, id).await?;
    refuse(event.senseless(sessions.iter().map(Session::span), |_| false), event.held)?;
    years::require_open(journal.tx(), hub, event.year).await?;
    let event = sql::events::publish(journal.tx(), hub, id, now).await?.ok_or(Error::Unknown)?;
    sessions::publish_schedule(journal, &event, &sessions).await?;
    ledger::open_accounts(journal, &[AccountName::EventEscrow(id)]).await?;
    let change = changes::Change::new(changes::Kind::EventPublished, id).programme(event.programme_id).year(event.year);
    journal.changed(change.before(State::Draft.as_str()).after(event.state.as_str()));
    Ok(event)
}

/// Deletes a draft whose version the caller read, with its sessions: nobody has booked it.
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
    if sql::events::delete(journal.tx(), hub, id).await?.none() {
        return Err(Error::Stale);
    }
    let change = changes::Change::new(changes::Kind::EventDeleted, id).programme(event.programme_id);
    journal.changed(change.before(event.state.as_str()));
    Ok(())
}

/// Adds an event that is over, for the record of the programme before the hub kept it here: free, as full as `held`, and
/// published, so that its register can be settled. Its year need not be open, since nothing is paid.
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
    sessions::publish_schedule(journal, &event, &sessions).await?;
    let change = changes::Change::new(changes::Kind::EventCreated, id).programme(event.programme_id).year(event.year);
    journal.changed(change.after(event.state.as_str()));
    Ok(event)
}

/// Writes anew what the text filter of the catalogue looks through, for every event of a programme.
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

/// Takes start, end and year of the event from its sessions; the year must be open.
pub(super) async fn date(journal: &mut Journal, event: &mut Event, sessions: &[Session]) -> Result<(), Error> {
    let dated = when(sessions)?;
    let hub = journal.hub();
    years::require_open(journal.tx(), hub, dated.2).await?;
    (event.starts_at, event.ends_at, event.year) = dated;
    Ok(())
}

/// When the first of the sessions starts, when the last ends, and the academic year of the first.
fn when(sessions: &[Session]) -> Result<(DateTime<Utc>, DateTime<Utc>, AcademicYear), Error> {
    let starts_at = sessions.iter().map(|session| session.starts_at).min().ok_or(Error::Unknown)?;
    let ends_at = sessions.iter().map(|session| session.ends_at).max().ok_or(Error::Unknown)?;
    Ok((starts_at, ends_at, AcademicYear::of(london_date(starts_at)).ok_or(Error::Unknown)?))
}

pub(super) async fn store(journal: &mut Journal, event: &Event, sessions: &[Session]) -> Result<Event, Error> {
    let hub = journal.hub();
    let programme = super::get(journal.tx(), hub, event.programme_id).await?.ok_or(Error::Unknown)?;
    let search = search(&programme, &event.title, sessions);
    sql::events::update(journal.tx(), hub, event, search).await?.ok_or(Error::Stale)
}

/// What the text filter looks through.
fn search<'a>(programme: &Programme, title: &Line, sessions: impl IntoIterator<Item = &'a Session>) -> String {
    let mut text = format!("{title}\n{}\n{}", programme.title, programme.description);
    for session in sessions {
        for line in [Some(&session.title), session.speaker.as_ref()].into_iter().flatten() {
            text.push('\n');
            text.push_str(line.as_str());
        }
    }
    fold::searchable(&text)
}
