//! The sessions of an event: its dated meetings, no two at once, each with a place or a link and perhaps a host.
//!
//! A published event is *moved* when a session changes its time, is added or is called off, and when its place changes
//! and whoever changes it says that this is a move: a new title, speaker or spelling of the place moves nothing. Every
//! move starts the event's next schedule ([`publish_schedule`]); a booking is agreed on the schedule at the time it was
//! made.

use chrono::{DateTime, TimeDelta, Utc};

use super::event::{Event, State, date, get, publish_schedule, refuse, store};
use super::sense::Field;
pub use super::session::{Agreed, NewSession, NotHeld, Session, before_move, not_held, of_event};
use super::session::{MOST_SESSIONS, NOBODY, OVERLAPS, unknown_hosts};
use super::{Error, Flaw, sql};
use crate::base::db;
use crate::base::ids::{EventId, PersonId, SessionId};
use crate::base::text::{Change, Line, Link};
use crate::ledger::Journal;
use crate::ledger::changes;

/// What may be changed of a session; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct SessionChange {
    /// The session's new title.
    pub title: Option<Line>,
    /// When it starts.
    pub starts_at: Option<DateTime<Utc>>,
    /// When it ends.
    pub ends_at: Option<DateTime<Utc>>,
    /// Where it takes place.
    pub place: Change<Line>,
    /// The link to join it online.
    pub online_url: Change<Link>,
    /// The speaker's name, or that there is none.
    pub speaker: Change<Line>,
    /// The person who keeps its register.
    pub host_id: Change<PersonId>,
    /// Whether another place or link is a move, rather than a new spelling of the same one.
    pub moved: bool,
}

impl SessionChange {
    /// Which fields it would change of when and where a session is, as pointers.
    pub fn moved_fields(&self, of: &Session) -> Vec<&'static str> {
        let changed = [
            ("/starts_at", self.starts_at.is_some_and(|at| at != of.starts_at)),
            ("/ends_at", self.ends_at.is_some_and(|at| at != of.ends_at)),
            ("/place", self.place.0.as_ref().is_some_and(|place| *place != of.place)),
        ];
        changed.into_iter().filter(|(_, changed)| *changed).map(|(pointer, _)| pointer).collect()
    }

    /// The session with the change applied.
    fn over(self, old: &Session) -> NewSession {
        NewSession {
            title: self.title.unwrap_or_else(|| old.title.clone()),
            starts_at: self.starts_at.unwrap_or(old.starts_at),
            ends_at: self.ends_at.unwrap_or(old.ends_at),
            place: self.place.over(old.place.clone()),
            online_url: self.online_url.over(old.online_url.clone()),
            speaker: self.speaker.over(old.speaker.clone()),
            host_id: self.host_id.over(old.host_id),
        }
    }
}

/// A session that was called off.
#[derive(Clone, Debug)]
pub struct CalledOff {
    /// The session as it was.
    pub session: Session,
    /// How many sessions the event had, including this one.
    pub of: usize,
    /// Whether the event had begun, so that this session's share is refunded.
    pub begun: bool,
    /// Whether anybody must be told: the event was published.
    pub published: bool,
}

/// How long those who agreed on other times may leave an event free of charge after it was moved.
pub const FREE_AFTER: TimeDelta = TimeDelta::days(7);

/// Adds a session to a draft, or to a published event, which this moves; returns whether the event was moved.
pub async fn add(journal: &mut Journal, id: EventId, new: NewSession) -> Result<(Session, bool), Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let mut event = get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    let published = changeable(&event, "sessions")?;
    let mut sessions = of_event(journal.tx(), hub, id).await?;
    let mut flaws = flaws_among(&new, &event, &sessions, now);
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
        // Calendars show an only session under its event's title alone.
        sql::sessions::revise(journal.tx(), hub, id, now).await?.any();
    }
    date(journal, &mut event, &sessions).await?;
    sql::sessions::insert(journal.tx(), hub, std::slice::from_ref(&session)).await?.exactly(1)?;
    store_moved(journal, event, &sessions, published).await?;
    journal.changed(changes::Change::new(changes::Kind::SessionCreated, session.id).event(id));
    Ok((session, published))
}

/// Changes a session, of a draft or of a published event, whose version the caller read; returns whether this moves the
/// event: if so, those whose bookings were agreed on other times may leave it free of charge, for [`FREE_AFTER`].
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
    let moves = change.moved;
    let new = change.over(&old);
    let another_time = new.span() != old.span();
    let replaced = (&new.place, &new.online_url) != (&old.place, &old.online_url);
    let another_place = replaced && moves;
    let moved = another_time || another_place;
    if moved && old.starts_at <= now {
        return Err(Error::Started(old.starts_at));
    }
    let mut flaws = if another_time { flaws_among(&new, &event, &sessions, now) } else { new.nowhere() };
    if moves && !moved {
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

/// Removes a session from a draft, or calls off one of a published event before it begins, which moves the event. Not
/// its last session: then the event itself must be called off.
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
        // Calendars show an only session under its event's title alone.
        sql::sessions::revise(journal.tx(), hub, event.id, now).await?.any();
    }
    date(journal, &mut event, &sessions).await?;
    let change = changes::Change::new(changes::Kind::SessionCalledOff, id).event(event.id);
    store_moved(journal, event, &sessions, published).await?;
    journal.changed(change);
    Ok(CalledOff { session, of, begun, published })
}

/// Everything invalid in a session among the event's other sessions.
fn flaws_among(new: &NewSession, event: &Event, others: &[Session], now: DateTime<Utc>) -> Vec<Flaw> {
    let wrong = new.flaws(now).into_iter();
    let mut flaws: Vec<Flaw> = wrong.map(|(field, detail)| Flaw::invalid(format!("/{field}"), detail)).collect();
    if others.iter().any(|other| new.starts_at < other.ends_at && other.starts_at < new.ends_at) {
        flaws.push(Flaw::invalid("/starts_at", OVERLAPS));
    }
    // Consequences of an invalid session are not reported beside it.
    if flaws.is_empty() {
        let spans = others.iter().map(Session::span).chain([new.span()]);
        flaws.extend(event.senseless(spans, |field| field == Field::Sessions));
    }
    flaws
}

/// Whether the event is published; refuses where neither it nor its sessions can change any more.
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

/// Makes another record of a person the host of the sessions of one.
pub async fn hand_over(journal: &mut Journal, from: PersonId, to: PersonId) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::sessions::hand_over(journal.tx(), hub, (from, to)).await?.any();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::session::session_flaws;
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
