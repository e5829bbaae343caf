//! Events: dated, bookable runs of a programme, with their sessions.
//!
//! An event begins as a draft that can be changed in everything. Publishing it opens its escrow account;
//! from then on price, policy and sessions are settled.

use chrono::{DateTime, TimeDelta, Utc};

use super::policy::Policy;
use super::{Error, Flaw, HIGHEST_PRICE, Programme, sql};
use crate::clock::london_date;
use crate::credits::Credits;
use crate::db::types::words;
use crate::db::{self, Tx};
use crate::ids::{EventId, HubId, ProgrammeId, SessionId};
use crate::ledger::{self, AccountName, Journal};
use crate::text::{Change, Line, Link};
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
}

/// One dated meeting of an event.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    /// The session.
    pub id: SessionId,
    /// Its event.
    pub event_id: EventId,
    /// Its title.
    pub title: Line,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Where it is.
    pub place: Option<Line>,
    /// Where it is online.
    pub online_url: Option<Link>,
    /// Who speaks.
    pub speaker: Option<Line>,
    /// Rises with every change.
    pub version: i64,
}

/// A session to be added.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its title.
    pub title: Line,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends: after the start, at most a day later.
    pub ends_at: DateTime<Utc>,
    /// Where it is; this, or where it is online.
    pub place: Option<Line>,
    /// Where it is online.
    pub online_url: Option<Link>,
    /// Who speaks.
    pub speaker: Option<Line>,
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
    /// 1 to 50, in any order; no two at once, none in the past.
    pub sessions: Vec<NewSession>,
}

/// What may be changed of an event; what is not said stays. Price, policy and sessions of a draft only.
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
    /// All its sessions anew.
    pub sessions: Option<Vec<NewSession>>,
}

const MOST_PLACES: i64 = 100_000;
const MOST_SESSIONS: usize = 50;
const LONGEST_SESSION: TimeDelta = TimeDelta::hours(24);

impl NewEvent {
    /// All that can't be taken of it, at this time.
    pub fn flaws(&self, now: DateTime<Utc>) -> Vec<Flaw> {
        let mut flaws: Vec<Flaw> = capacity_flaw(self.capacity).into_iter().collect();
        flaws.extend(price_flaw(self.price));
        flaws.extend(window_flaw(self.opens_at, self.closes_at));
        flaws.extend(session_flaws(&self.sessions, now));
        flaws
    }
}

impl EventChange {
    /// All that can't be taken of it by itself, at this time.
    pub fn flaws(&self, now: DateTime<Utc>) -> Vec<Flaw> {
        let mut flaws: Vec<Flaw> = self.capacity.into_iter().flat_map(capacity_flaw).collect();
        flaws.extend(self.price.into_iter().flat_map(price_flaw));
        flaws.extend(self.sessions.iter().flat_map(|sessions| session_flaws(sessions, now)));
        flaws
    }

    /// What it would change that is settled once an event is published.
    fn settled(&self) -> Vec<&'static str> {
        let asked =
            [("price", self.price.is_some()), ("policy", self.policy.is_some()), ("sessions", self.sessions.is_some())];
        asked.into_iter().filter(|(_, asked)| *asked).map(|(field, _)| field).collect()
    }
}

fn capacity_flaw(capacity: i64) -> Option<Flaw> {
    let taken = (1..=MOST_PLACES).contains(&capacity);
    (!taken).then(|| Flaw::invalid("/capacity", format!("must be 1 to {MOST_PLACES} places")))
}

fn price_flaw(price: Credits) -> Option<Flaw> {
    (price > HIGHEST_PRICE).then(|| Flaw::invalid("/price", format!("must be at most {HIGHEST_PRICE} credits")))
}

fn window_flaw(opens_at: Option<DateTime<Utc>>, closes_at: Option<DateTime<Utc>>) -> Option<Flaw> {
    let backwards = opens_at.zip(closes_at).is_some_and(|(opens, closes)| closes <= opens);
    backwards.then(|| Flaw::invalid("/closes_at", "must be after opens_at"))
}

fn session_flaws(sessions: &[NewSession], now: DateTime<Utc>) -> Vec<Flaw> {
    if !(1..=MOST_SESSIONS).contains(&sessions.len()) {
        return vec![Flaw::invalid("/sessions", format!("must be 1 to {MOST_SESSIONS} sessions"))];
    }
    let at = |index: usize, field: &str| format!("/sessions/{index}/{field}");
    let mut flaws = Vec::new();
    for (index, session) in sessions.iter().enumerate() {
        flaws.extend(session.flaws(now).into_iter().map(|(field, detail)| Flaw::invalid(at(index, field), detail)));
    }
    let mut ordered: Vec<(usize, &NewSession)> = sessions.iter().enumerate().collect();
    ordered.sort_by_key(|(index, session)| (session.starts_at, *index));
    let mut busy_until = DateTime::<Utc>::MIN_UTC;
    for (index, session) in ordered {
        if session.starts_at < busy_until {
            flaws.push(Flaw::invalid(at(index, "starts_at"), "overlaps another session of the event"));
        }
        busy_until = busy_until.max(session.ends_at);
    }
    flaws
}

impl NewSession {
    /// Whether it takes place, in part at least, at the same time as another.
    fn overlaps(&self, other: &Session) -> bool {
        self.starts_at < other.ends_at && other.starts_at < self.ends_at
    }

    fn flaws(&self, now: DateTime<Utc>) -> Vec<(&'static str, &'static str)> {
        let mut flaws = Vec::new();
        if self.starts_at <= now {
            flaws.push(("starts_at", "must be in the future"));
        }
        if AcademicYear::of(london_date(self.starts_at)).is_none() {
            flaws.push(("starts_at", "must be in the academic years 2000/01 to 2098/99"));
        }
        if self.ends_at <= self.starts_at {
            flaws.push(("ends_at", "must be after starts_at"));
        }
        if self.ends_at - self.starts_at > LONGEST_SESSION {
            flaws.push(("ends_at", "must be at most 24 hours after starts_at"));
        }
        if self.place.is_none() && self.online_url.is_none() {
            flaws.push(("place", "a session needs a place or an online_url"));
        }
        flaws
    }

    fn with_id(self, id: SessionId, event_id: EventId) -> Session {
        let NewSession { title, starts_at, ends_at, place, online_url, speaker } = self;
        Session { id, event_id, title, starts_at, ends_at, place, online_url, speaker, version: 1 }
    }
}

/// Adds an event, as a draft.
pub async fn create(journal: &mut Journal, new: NewEvent) -> Result<Event, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let mut flaws = new.flaws(now);
    let programme = super::get(journal.tx(), hub, new.programme).await?;
    if programme.is_none() {
        flaws.push(Flaw::unknown("/programme_id", "is not a programme of the hub"));
    }
    let (Some(programme), []) = (programme, flaws.as_slice()) else { return Err(Error::Invalid(flaws)) };
    let id: EventId = journal.new_id();
    let sessions = seated(journal, id, new.sessions);
    let mut event = Event {
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
        starts_at: now,
        ends_at: now,
        version: 1,
        created_at: now,
        published_at: None,
    };
    date(journal, &mut event, &sessions).await?;
    sql::events::insert(journal.tx(), hub, &event, search(&programme, &event.title, &sessions)).await?;
    sql::events::insert_sessions(journal.tx(), hub, &sessions).await?;
    Ok(event)
}

/// One event of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: EventId) -> Result<Option<Event>, db::Error> {
    sql::events::get(tx, hub, id).await
}

/// The sessions of an event, in the order of their start.
pub async fn sessions(tx: &mut Tx, hub: HubId, event: EventId) -> Result<Vec<Session>, db::Error> {
    sql::events::sessions(tx, hub, event).await
}

/// Changes an event whose version the caller read. Whoever raises the capacity gives the new places to
/// those who wait, in the same journal.
pub async fn change(journal: &mut Journal, id: EventId, version: i64, change: EventChange) -> Result<Event, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let mut event = get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
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
    let mut flaws = change.flaws(now);
    event.opens_at = change.opens_at.over(event.opens_at);
    event.closes_at = change.closes_at.over(event.closes_at);
    flaws.extend(window_flaw(event.opens_at, event.closes_at));
    if !flaws.is_empty() {
        return Err(Error::Invalid(flaws));
    }
    event.capacity = change.capacity.unwrap_or(event.capacity);
    if event.capacity < event.held {
        return Err(Error::CapacityBelowHeld { held: event.held });
    }
    event.title = change.title.unwrap_or(event.title);
    event.price = change.price.unwrap_or(event.price);
    event.policy = change.policy.unwrap_or(event.policy);
    let sessions = match change.sessions {
        None => sessions(journal.tx(), hub, id).await?,
        Some(new) => {
            let sessions = seated(journal, id, new);
            date(journal, &mut event, &sessions).await?;
            sql::events::delete_sessions(journal.tx(), hub, id).await?;
            sql::events::insert_sessions(journal.tx(), hub, &sessions).await?;
            sessions
        }
    };
    store(journal, &event, &sessions).await
}

/// Adds a session to a draft.
pub async fn add_session(journal: &mut Journal, id: EventId, new: NewSession) -> Result<Session, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let mut event = get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    if event.state != State::Draft {
        return Err(Error::Settled { state: event.state, fields: vec!["sessions"] });
    }
    let mut sessions = sessions(journal.tx(), hub, id).await?;
    let mut flaws: Vec<Flaw> =
        new.flaws(now).into_iter().map(|(field, detail)| Flaw::invalid(format!("/{field}"), detail)).collect();
    if sessions.iter().any(|session| new.overlaps(session)) {
        flaws.push(Flaw::invalid("/starts_at", "overlaps another session of the event"));
    }
    if sessions.len() >= MOST_SESSIONS {
        flaws.push(Flaw::invalid("", format!("an event has at most {MOST_SESSIONS} sessions")));
    }
    if !flaws.is_empty() {
        return Err(Error::Invalid(flaws));
    }
    let session = new.with_id(journal.new_id(), id);
    sessions.push(session.clone());
    date(journal, &mut event, &sessions).await?;
    sql::events::insert_sessions(journal.tx(), hub, std::slice::from_ref(&session)).await?;
    store(journal, &event, &sessions).await?;
    Ok(session)
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
    years::require_open(journal.tx(), hub, event.year).await?;
    let event = sql::events::publish(journal.tx(), hub, id, now).await?.ok_or(Error::Unknown)?;
    ledger::open_accounts(journal, &[AccountName::EventEscrow(id)]).await?;
    Ok(event)
}

/// Writes anew what the text filter of the catalogue looks through, for every event of a programme.
pub(super) async fn reindex(journal: &mut Journal, programme: &Programme) -> Result<(), Error> {
    let hub = journal.hub();
    let events = sql::events::titles(journal.tx(), hub, programme.id).await?;
    let sessions = sql::events::sessions_of_programme(journal.tx(), hub, programme.id).await?;
    let texts: Vec<(EventId, String)> = events
        .into_iter()
        .map(|(id, title)| (id, search(programme, &title, sessions.iter().filter(|session| session.event_id == id))))
        .collect();
    sql::events::update_search(journal.tx(), hub, &texts).await?;
    Ok(())
}

/// The sessions of a new list, with ids in the order of their start.
fn seated(journal: &Journal, event: EventId, mut sessions: Vec<NewSession>) -> Vec<Session> {
    sessions.sort_by_key(|session| session.starts_at);
    sessions.into_iter().map(|session| session.with_id(journal.new_id(), event)).collect()
}

/// Takes start, end and year of the event from its sessions; the year must be open.
async fn date(journal: &mut Journal, event: &mut Event, sessions: &[Session]) -> Result<(), Error> {
    let starts_at = sessions.iter().map(|session| session.starts_at).min().ok_or(Error::Unknown)?;
    let ends_at = sessions.iter().map(|session| session.ends_at).max().ok_or(Error::Unknown)?;
    let year = AcademicYear::of(london_date(starts_at)).ok_or(Error::Unknown)?;
    let hub = journal.hub();
    years::require_open(journal.tx(), hub, year).await?;
    (event.starts_at, event.ends_at, event.year) = (starts_at, ends_at, year);
    Ok(())
}

async fn store(journal: &mut Journal, event: &Event, sessions: &[Session]) -> Result<Event, Error> {
    let hub = journal.hub();
    let programme = super::get(journal.tx(), hub, event.programme_id).await?.ok_or(Error::Unknown)?;
    let search = search(&programme, &event.title, sessions);
    sql::events::update(journal.tx(), hub, event, search).await?.ok_or(Error::Stale)
}

/// What the text filter looks through: in lower case, which the engines would make differently.
fn search<'a>(programme: &Programme, title: &Line, sessions: impl IntoIterator<Item = &'a Session>) -> String {
    let mut text = format!("{title}\n{}\n{}", programme.title, programme.description);
    for session in sessions {
        for line in [Some(&session.title), session.speaker.as_ref()].into_iter().flatten() {
            text.push('\n');
            text.push_str(line.as_str());
        }
    }
    text.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn session(starts_at: &str, ends_at: &str) -> NewSession {
        NewSession {
            title: Line::parse("Session").unwrap(),
            starts_at: at(starts_at),
            ends_at: at(ends_at),
            place: Some(Line::parse("Lampton Academy").unwrap()),
            online_url: None,
            speaker: None,
        }
    }

    fn pointers(sessions: &[NewSession]) -> Vec<String> {
        session_flaws(sessions, at("2026-09-01T00:00:00Z")).into_iter().map(|flaw| flaw.pointer).collect()
    }

    #[test]
    fn sessions_do_not_overlap_in_any_order() {
        let morning = || session("2026-10-01T09:00:00Z", "2026-10-01T12:00:00Z");
        let noon = || session("2026-10-01T12:00:00Z", "2026-10-01T13:00:00Z");
        let within = || session("2026-10-01T10:00:00Z", "2026-10-01T10:30:00Z");
        assert!(pointers(&[noon(), morning()]).is_empty(), "one may begin as another ends");
        assert_eq!(pointers(&[within(), noon(), morning()]), ["/sessions/0/starts_at"]);
        assert_eq!(pointers(&[morning(), morning()]), ["/sessions/1/starts_at"]);
        let long = session("2026-10-01T08:00:00Z", "2026-10-01T18:00:00Z");
        assert_eq!(pointers(&[morning(), long, noon()]), ["/sessions/0/starts_at", "/sessions/2/starts_at"]);
    }

    #[test]
    fn every_flaw_of_every_session_is_told() {
        let nowhere = NewSession { place: None, ..session("2026-08-31T09:00:00Z", "2026-08-31T09:00:00Z") };
        let long = session("2026-10-01T09:00:00Z", "2026-10-02T09:00:01Z");
        let late = session("2150-10-01T09:00:00Z", "2150-10-01T10:00:00Z");
        assert_eq!(
            pointers(&[nowhere, long, late]),
            [
                "/sessions/0/starts_at",
                "/sessions/0/ends_at",
                "/sessions/0/place",
                "/sessions/1/ends_at",
                "/sessions/2/starts_at"
            ]
        );
        assert_eq!(pointers(&[]), ["/sessions"]);
        let fifty_one: Vec<NewSession> =
            (0..51).map(|_| session("2026-10-01T09:00:00Z", "2026-10-01T10:00:00Z")).collect();
        assert_eq!(pointers(&fifty_one), ["/sessions"]);
    }
}
