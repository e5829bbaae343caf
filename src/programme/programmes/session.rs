//! A session of an event, and what may be wrong with a list of them.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Error, Flaw, sense, sql};
use crate::base::clock::london_date;
use crate::base::db::{self, Tx};
use crate::base::ids::{EventId, HubId, PersonId, SessionId};
use crate::base::text::{Line, Link};
use crate::base::year::AcademicYear;
use crate::ledger::{Journal, changes};

/// One dated meeting of an event.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    /// The session's id.
    pub id: SessionId,
    /// The event that the session is part of.
    pub event_id: EventId,
    /// The session's title.
    pub title: Line,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Where it takes place.
    pub place: Option<Line>,
    /// The link to join it online.
    pub online_url: Option<Link>,
    /// The speaker's name.
    pub speaker: Option<Line>,
    /// A person of the hub who keeps its register, as well as the hub and the provider.
    pub host_id: Option<PersonId>,
    /// Rises with every change that calendars must show (RFC 5545, SEQUENCE).
    pub sequence: i64,
    /// When `sequence` last rose; none where it has not since the session was added.
    pub revised_at: Option<DateTime<Utc>>,
    /// When the session was last moved, or added to a published event.
    pub moved_at: Option<DateTime<Utc>>,
    /// How often the session was moved to another place.
    pub places: i64,
    /// Rises with every change.
    pub version: i64,
}

/// A session to be added.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The session's title.
    pub title: Line,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends: after the start, at most a day later.
    pub ends_at: DateTime<Utc>,
    /// Where it takes place; this or the online link is needed.
    pub place: Option<Line>,
    /// The link to join it online.
    pub online_url: Option<Link>,
    /// The speaker's name.
    pub speaker: Option<Line>,
    /// A person of the hub who keeps its register, as well as the hub and the provider.
    pub host_id: Option<PersonId>,
}

/// The most sessions of an event.
pub(super) const MOST_SESSIONS: usize = 50;
/// The longest that a session may last.
const LONGEST_SESSION: TimeDelta = TimeDelta::hours(24);
pub(super) const NOBODY: &str = "is nobody of the hub";
const NOWHERE: &str = "a session needs a place or a link";
pub(super) const OVERLAPS: &str = "overlaps another session of the event";

/// Gives a session another title.
pub(super) async fn retitle(journal: &mut Journal, session: &mut Session, title: Line) -> Result<(), Error> {
    session.title = title;
    session.version += 1;
    let hub = journal.hub();
    sql::sessions::update(journal.tx(), hub, session).await?.exactly(1)?;
    journal.changed(changes::Change::new(changes::Kind::SessionChanged, session.id).event(session.event_id));
    Ok(())
}

/// Everything invalid in the sessions of a future event.
pub(super) fn session_flaws(sessions: &[NewSession], now: DateTime<Utc>) -> Vec<Flaw> {
    flaws_of_all(sessions, |session| session.flaws(now))
}

/// Everything invalid in the sessions of a past event.
pub(super) fn past_flaws(sessions: &[NewSession], now: DateTime<Utc>) -> Vec<Flaw> {
    flaws_of_all(sessions, |session| {
        let mut flaws = session.flaws(DateTime::<Utc>::MIN_UTC);
        if session.ends_at > now {
            flaws.push(("ends_at", "must not be in the future"));
        }
        flaws
    })
}

fn flaws_of_all(sessions: &[NewSession], of: impl Fn(&NewSession) -> Vec<(&'static str, &'static str)>) -> Vec<Flaw> {
    if !(1..=MOST_SESSIONS).contains(&sessions.len()) {
        return vec![Flaw::invalid("/sessions", format!("must be 1 to {MOST_SESSIONS} sessions"))];
    }
    let at = |index: usize, field: &str| format!("/sessions/{index}/{field}");
    let mut flaws = Vec::new();
    for (index, session) in sessions.iter().enumerate() {
        flaws.extend(of(session).into_iter().map(|(field, detail)| Flaw::invalid(at(index, field), detail)));
    }
    let spans: Vec<_> = sessions.iter().map(NewSession::span).collect();
    let overlapping = sense::overlapping(&spans).into_iter();
    flaws.extend(overlapping.map(|index| Flaw::invalid(at(index, "starts_at"), OVERLAPS)));
    flaws
}

impl Session {
    /// The session's start and end.
    pub(super) fn span(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.starts_at, self.ends_at)
    }

    /// The session at another time, to be added to another event.
    pub(super) fn moved_to(self, when: impl Fn(DateTime<Utc>) -> DateTime<Utc>) -> NewSession {
        let Session { title, starts_at, ends_at, place, online_url, speaker, host_id, .. } = self;
        NewSession { title, starts_at: when(starts_at), ends_at: when(ends_at), place, online_url, speaker, host_id }
    }
}

impl NewSession {
    /// The session's start and end.
    pub(super) fn span(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.starts_at, self.ends_at)
    }

    /// What is invalid in the session by itself: each field, and why.
    pub(super) fn flaws(&self, now: DateTime<Utc>) -> Vec<(&'static str, &'static str)> {
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
            flaws.push(("place", NOWHERE));
        }
        flaws
    }

    /// A fault where it has neither a place nor a link.
    pub(super) fn nowhere(&self) -> Vec<Flaw> {
        let nowhere = self.place.is_none() && self.online_url.is_none();
        nowhere.then(|| Flaw::invalid("/place", NOWHERE)).into_iter().collect()
    }

    pub(super) fn with_id(self, id: SessionId, event_id: EventId) -> Session {
        let NewSession { title, starts_at, ends_at, place, online_url, speaker, host_id } = self;
        Session {
            id,
            event_id,
            title,
            starts_at,
            ends_at,
            place,
            online_url,
            speaker,
            host_id,
            sequence: 0,
            revised_at: None,
            moved_at: None,
            places: 0,
            version: 1,
        }
    }
}

/// The sessions of an event, in the order of their start.
pub async fn of_event(tx: &mut Tx, hub: HubId, event: EventId) -> Result<Vec<Session>, db::Error> {
    sql::sessions::of_event(tx, hub, event).await
}

/// A session as a schedule of its event had it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Agreed {
    /// The session.
    pub session_id: SessionId,
    /// When it was to start.
    pub starts_at: DateTime<Utc>,
    /// When it was to end.
    pub ends_at: DateTime<Utc>,
    /// Where it was to take place.
    pub place: Option<Line>,
    /// The link to join it online.
    pub online_url: Option<Link>,
    /// How often it had been moved to another place by then.
    pub places: i64,
}

impl Agreed {
    /// Whether the session is as it was then: another spelling of its place is no other place.
    fn is_as(&self, session: &Session) -> bool {
        let place =
            session.places == self.places || (&session.place, &session.online_url) == (&self.place, &self.online_url);
        session.span() == (self.starts_at, self.ends_at) && place
    }
}

/// When and where a session was before it was last moved; none where it never was since its event was published.
pub async fn before_move(tx: &mut Tx, hub: HubId, session: &Session) -> Result<Option<Agreed>, db::Error> {
    let schedules = sql::sessions::schedules_of(tx, hub, session).await?;
    Ok(schedules.into_iter().find(|was| !was.is_as(session)))
}

/// A session that was called off.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct NotHeld {
    /// Its title.
    pub title: Line,
    /// When it was to start.
    pub starts_at: DateTime<Utc>,
    /// When it was to end.
    pub ends_at: DateTime<Utc>,
    /// Where it was to take place.
    pub place: Option<Line>,
    /// The link to join it online.
    pub online_url: Option<Link>,
    /// Why it was called off.
    pub reason: Line,
    /// When it was called off.
    pub called_off_at: DateTime<Utc>,
}

/// The sessions of an event that were called off since it was published, in the order of their start.
pub async fn not_held(tx: &mut Tx, hub: HubId, event: EventId) -> Result<Vec<NotHeld>, db::Error> {
    sql::sessions::not_held(tx, hub, event).await
}

/// The sessions, by index, whose host is not a person of the hub.
pub(super) async fn unknown_hosts(tx: &mut Tx, hub: HubId, sessions: &[NewSession]) -> Result<Vec<Flaw>, db::Error> {
    let hosts: Vec<PersonId> = sessions.iter().filter_map(|session| session.host_id).collect();
    let known = sql::sessions::people(tx, hub, &hosts).await?;
    let unknown =
        sessions.iter().enumerate().filter(|(_, session)| session.host_id.is_some_and(|host| !known.contains(&host)));
    Ok(unknown.map(|(index, _)| Flaw::unknown(format!("/sessions/{index}/host_id"), NOBODY)).collect())
}

/// The sessions of a new list, with ids, in the order of their start.
pub(super) fn seated(journal: &Journal, event: EventId, mut sessions: Vec<NewSession>) -> Vec<Session> {
    sessions.sort_by_key(|session| session.starts_at);
    sessions.into_iter().map(|session| session.with_id(journal.new_id(), event)).collect()
}
