//! The sessions of an event: its dated meetings, no two at once, each with its place and its host.
//!
//! A published event is *moved* by another time of a session, by a session more or fewer, and by another place where
//! whoever changes it says that it is one: a title, a speaker, a place that is spelt anew move nothing. Every move makes
//! the event's next schedule ([`publish_schedule`]); a booking is agreed on the one that stood when it was made.

use chrono::{DateTime, TimeDelta, Utc};

use super::events::{Event, State, date, get, refuse, store};
use super::sense::{self, Field};
use super::{Error, Flaw, sql};
use crate::changes;
use crate::clock::london_date;
use crate::db::{self, Tx};
use crate::ids::{EventId, HubId, PersonId, SessionId};
use crate::ledger::Journal;
use crate::text::{Change, Line, Link};
use crate::year::AcademicYear;

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
    /// A person of the hub who keeps its register, beside the hub and the provider.
    pub host_id: Option<PersonId>,
    /// Rises with every change that calendars must show (RFC 5545, SEQUENCE).
    pub sequence: i64,
    /// When that last was; none where it was not since the session was added.
    pub revised_at: Option<DateTime<Utc>>,
    /// When the session was last moved, or added to an event that was published.
    pub moved_at: Option<DateTime<Utc>>,
    /// How often it was moved to another place.
    pub places: i64,
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
    /// A person of the hub who keeps its register, beside the hub and the provider.
    pub host_id: Option<PersonId>,
}

/// What may be changed of a session; what is not said stays.
#[derive(Clone, Debug, Default)]
pub struct SessionChange {
    /// Its title.
    pub title: Option<Line>,
    /// When it starts.
    pub starts_at: Option<DateTime<Utc>>,
    /// When it ends.
    pub ends_at: Option<DateTime<Utc>>,
    /// Where it is.
    pub place: Change<Line>,
    /// Where it is online.
    pub online_url: Change<Link>,
    /// Who speaks.
    pub speaker: Change<Line>,
    /// Who keeps its register.
    pub host_id: Change<PersonId>,
    /// Whether another place or link is a move, and not the same one spelt anew.
    pub moved: bool,
}

/// A session that does not take place any more.
#[derive(Clone, Debug)]
pub struct CalledOff {
    /// The session, as it was.
    pub session: Session,
    /// How many sessions its event had with it.
    pub of: usize,
    /// Whether its event had begun, so that its share goes back.
    pub begun: bool,
    /// Whether there is anybody to be told: its event was published.
    pub published: bool,
}

const MOST_SESSIONS: usize = 50;
const LONGEST_SESSION: TimeDelta = TimeDelta::hours(24);
const NOBODY: &str = "is nobody of the hub";
const NOWHERE: &str = "a session needs a place or an online_url";
const OVERLAPS: &str = "overlaps another session of the event";
/// For how long who agreed on other times may leave an event free, once it was moved.
pub const FREE_AFTER: TimeDelta = TimeDelta::days(7);

/// All that can't be taken of the sessions of an event to come.
pub(super) fn session_flaws(sessions: &[NewSession], now: DateTime<Utc>) -> Vec<Flaw> {
    flaws_of_all(sessions, |session| session.flaws(now))
}

/// All that can't be taken of the sessions of an event that is over.
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
    /// From when to when it is.
    pub(super) fn span(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.starts_at, self.ends_at)
    }

    /// The same at other times, to be added to another event.
    pub(super) fn moved_to(self, when: impl Fn(DateTime<Utc>) -> DateTime<Utc>) -> NewSession {
        let Session { title, starts_at, ends_at, place, online_url, speaker, host_id, .. } = self;
        NewSession { title, starts_at: when(starts_at), ends_at: when(ends_at), place, online_url, speaker, host_id }
    }
}

impl NewSession {
    /// From when to when it is.
    pub(super) fn span(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.starts_at, self.ends_at)
    }

    /// All that can't be taken of it beside these sessions of the event.
    fn flaws_among(&self, event: &Event, others: &[Session], now: DateTime<Utc>) -> Vec<Flaw> {
        let wrong = self.flaws(now).into_iter();
        let mut flaws: Vec<Flaw> = wrong.map(|(field, detail)| Flaw::invalid(format!("/{field}"), detail)).collect();
        if others.iter().any(|other| self.starts_at < other.ends_at && other.starts_at < self.ends_at) {
            flaws.push(Flaw::invalid("/starts_at", OVERLAPS));
        }
        // What follows from a wrong session is not told beside it.
        if flaws.is_empty() {
            let spans = others.iter().map(Session::span).chain([self.span()]);
            flaws.extend(event.senseless(spans, |field| field == Field::Sessions));
        }
        flaws
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
            flaws.push(("place", NOWHERE));
        }
        flaws
    }

    /// That it has neither a place nor a link, where it has none.
    fn nowhere(&self) -> Vec<Flaw> {
        let nowhere = self.place.is_none() && self.online_url.is_none();
        nowhere.then(|| Flaw::invalid("/place", NOWHERE)).into_iter().collect()
    }

    fn with_id(self, id: SessionId, event_id: EventId) -> Session {
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

/// Adds a session to a draft, or to a published event, which is moved by it; says whether it was.
pub async fn add(journal: &mut Journal, id: EventId, new: NewSession) -> Result<(Session, bool), Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let mut event = get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    let published = changeable(&event, "sessions")?;
    let mut sessions = of_event(journal.tx(), hub, id).await?;
    let mut flaws = new.flaws_among(&event, &sessions, now);
    if !unknown_hosts(journal.tx(), hub, std::slice::from_ref(&new)).await?.is_empty() {
        flaws.push(Flaw::unknown("/host_id", NOBODY));
    }
    if sessions.len() >= MOST_SESSIONS {
        flaws.push(Flaw::invalid("", format!("an event has at most {MOST_SESSIONS} sessions")));
    }
    refuse(flaws, event.held)?;
    let moved_at = published.then_some(now);
    let session = Session { moved_at, revised_at: moved_at, ..new.with_id(journal.new_id(), id) };
    sessions.push(session.clone());
    if published && sessions.len() == 2 {
        // Calendars call the only session by its event's name alone.
        sql::sessions::revise(journal.tx(), hub, id, now).await?.any();
    }
    date(journal, &mut event, &sessions).await?;
    sql::sessions::insert(journal.tx(), hub, std::slice::from_ref(&session)).await?.exactly(1)?;
    store_moved(journal, event, &sessions, published).await?;
    journal.changed(changes::Change::new(changes::Kind::SessionCreated, session.id).event(id));
    Ok((session, published))
}

/// Changes a session whose version the caller read, of a draft or of a published event; says whether the event is moved
/// by it: then those whose bookings were agreed on other times may leave it free, for [`FREE_AFTER`].
pub async fn change(
    journal: &mut Journal,
    event: EventId,
    id: SessionId,
    version: i64,
    change: SessionChange,
) -> Result<(Session, bool), Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let mut event = get(journal.tx(), hub, event).await?.ok_or(Error::Unknown)?;
    let mut sessions = of_event(journal.tx(), hub, event.id).await?;
    let at = sessions.iter().position(|session| session.id == id).ok_or(Error::Unknown)?;
    let old = sessions.remove(at);
    if old.version != version {
        return Err(Error::Stale);
    }
    let published = changeable(&event, "the session")?;
    let asked_host = change.host_id.0.flatten();
    let new = NewSession {
        title: change.title.unwrap_or_else(|| old.title.clone()),
        starts_at: change.starts_at.unwrap_or(old.starts_at),
        ends_at: change.ends_at.unwrap_or(old.ends_at),
        place: change.place.over(old.place.clone()),
        online_url: change.online_url.over(old.online_url.clone()),
        speaker: change.speaker.over(old.speaker.clone()),
        host_id: change.host_id.over(old.host_id),
    };
    let another_time = new.span() != old.span();
    let replaced = (&new.place, &new.online_url) != (&old.place, &old.online_url);
    let another_place = replaced && change.moved;
    let moved = another_time || another_place;
    if moved && old.starts_at <= now {
        return Err(Error::Started(old.starts_at));
    }
    let mut flaws = if another_time { new.flaws_among(&event, &sessions, now) } else { new.nowhere() };
    if change.moved && !moved {
        flaws.push(Flaw::invalid("/moved", "goes with another time, place or online_url"));
    }
    if asked_host.is_some() && !unknown_hosts(journal.tx(), hub, std::slice::from_ref(&new)).await?.is_empty() {
        flaws.push(Flaw::unknown("/host_id", NOBODY));
    }
    refuse(flaws, event.held)?;
    if moved && sql::sessions::marked(journal.tx(), hub, event.id, id).await? {
        return Err(Error::RegisterBegun);
    }
    let shown = another_time || replaced || new.title != old.title || new.speaker != old.speaker;
    let session = Session {
        sequence: old.sequence + i64::from(shown && published),
        revised_at: if shown { Some(now) } else { old.revised_at },
        moved_at: if moved && published { Some(now) } else { old.moved_at },
        places: old.places + i64::from(another_place && published),
        version: version + 1,
        ..new.with_id(id, event.id)
    };
    sql::sessions::update(journal.tx(), hub, &session).await?.exactly(1)?;
    sessions.push(session.clone());
    if moved {
        date(journal, &mut event, &sessions).await?;
    }
    let id_of_event = event.id;
    store_moved(journal, event, &sessions, moved && published).await?;
    journal.changed(changes::Change::new(changes::Kind::SessionChanged, id).event(id_of_event));
    Ok((session, moved && published))
}

/// Takes a session out of a draft, or calls one of a published event off before it begins: the event is moved by it. Its
/// last session can't be: then the event itself is called off.
pub async fn call_off(journal: &mut Journal, event: EventId, id: SessionId, reason: &Line) -> Result<CalledOff, Error> {
    let (hub, now, by) = (journal.hub(), journal.now(), journal.actor());
    let mut event = get(journal.tx(), hub, event).await?.ok_or(Error::Unknown)?;
    let mut sessions = of_event(journal.tx(), hub, event.id).await?;
    let of = sessions.len();
    let at = sessions.iter().position(|session| session.id == id).ok_or(Error::Unknown)?;
    let session = sessions.remove(at);
    let published = changeable(&event, "the session")?;
    if published && session.starts_at <= now {
        return Err(Error::Started(session.starts_at));
    }
    if sessions.is_empty() {
        return Err(Error::LastSession);
    }
    if sql::sessions::marked(journal.tx(), hub, event.id, id).await? {
        return Err(Error::RegisterBegun);
    }
    refuse(event.senseless(sessions.iter().map(Session::span), |_| false), event.held)?;
    let begun = published && event.starts_at <= now;
    if published {
        sql::sessions::call_off(journal.tx(), hub, &session, reason, by, now).await?.exactly(1)?;
    }
    sql::sessions::delete_one(journal.tx(), hub, id).await?.exactly(1)?;
    if published && sessions.len() == 1 {
        // Calendars call the only session by its event's name alone.
        sql::sessions::revise(journal.tx(), hub, event.id, now).await?.any();
    }
    date(journal, &mut event, &sessions).await?;
    let change = changes::Change::new(changes::Kind::SessionCalledOff, id).event(event.id);
    store_moved(journal, event, &sessions, published).await?;
    journal.changed(change);
    Ok(CalledOff { session, of, begun, published })
}

/// Whether the event is published; refuses where neither it nor its sessions change any more.
fn changeable(event: &Event, what: &'static str) -> Result<bool, Error> {
    match event.state {
        State::Draft => Ok(false),
        State::Published => Ok(true),
        State::Completed | State::Cancelled => Err(Error::Settled { state: event.state, fields: vec![what] }),
    }
}

/// Stores the event with these sessions; where it was moved, with its next schedule.
async fn store_moved(journal: &mut Journal, mut event: Event, sessions: &[Session], moved: bool) -> Result<(), Error> {
    if moved {
        event.rescheduled_at = Some(journal.now());
        event.schedule += 1;
        publish_schedule(journal, &event, sessions).await?;
    }
    store(journal, &event, sessions).await?;
    Ok(())
}

/// Writes down when and where the sessions are on which those agree who book from now on.
pub(super) async fn publish_schedule(journal: &mut Journal, event: &Event, sessions: &[Session]) -> Result<(), Error> {
    let hub = journal.hub();
    sql::sessions::insert_schedule(journal.tx(), hub, event.schedule, sessions).await?.exactly(sessions.len())?;
    Ok(())
}

/// The sessions, by index, whose host is nobody of the hub.
pub(super) async fn unknown_hosts(tx: &mut Tx, hub: HubId, sessions: &[NewSession]) -> Result<Vec<Flaw>, db::Error> {
    let hosts: Vec<PersonId> = sessions.iter().filter_map(|session| session.host_id).collect();
    let known = sql::sessions::people(tx, hub, &hosts).await?;
    let unknown =
        sessions.iter().enumerate().filter(|(_, session)| session.host_id.is_some_and(|host| !known.contains(&host)));
    Ok(unknown.map(|(index, _)| Flaw::unknown(format!("/sessions/{index}/host_id"), NOBODY)).collect())
}

/// The sessions of a new list, with ids in the order of their start.
pub(super) fn seated(journal: &Journal, event: EventId, mut sessions: Vec<NewSession>) -> Vec<Session> {
    sessions.sort_by_key(|session| session.starts_at);
    sessions.into_iter().map(|session| session.with_id(journal.new_id(), event)).collect()
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
            host_id: None,
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
