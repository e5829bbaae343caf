//! Every statement of the sessions.

use chrono::{DateTime, Utc};

use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{EventId, HubId, PersonId, ProgrammeId, SessionId};
use crate::base::text::Line;
use crate::programme::programmes::session::{Agreed, NotHeld, Session};

/// The columns of a session.
macro_rules! columns {
    () => {
        "s.id, s.event_id, s.title, s.starts_at, s.ends_at, s.place, s.online_url, s.speaker, s.host_id, s.sequence, s.revised_at, s.moved_at, s.places, s.version"
    };
}

pub(in crate::programme::programmes) async fn insert(tx: &mut Tx, hub: HubId, sessions: &[Session]) -> Result<Changed> {
    tx.rows::<15, _>(
        "INSERT INTO sessions (hub_id, id, event_id, title, starts_at, ends_at, place, online_url, speaker, host_id, sequence, revised_at, moved_at, places, version)
         VALUES $rows",
        sessions,
        |query, session| {
            query
                .bind(hub)
                .bind(session.id)
                .bind(session.event_id)
                .bind(session.title.clone())
                .bind(session.starts_at)
                .bind(session.ends_at)
                .bind(session.place.clone())
                .bind(session.online_url.clone())
                .bind(session.speaker.clone())
                .bind(session.host_id)
                .bind(session.sequence)
                .bind(session.revised_at)
                .bind(session.moved_at)
                .bind(session.places)
                .bind(session.version)
        },
    )
    .await
}

/// A session as the schedules of its event had it, the latest first.
pub(in crate::programme::programmes) async fn schedules_of(
    tx: &mut Tx,
    hub: HubId,
    session: &Session,
) -> Result<Vec<Agreed>> {
    tx.query(
        "SELECT session_id, starts_at, ends_at, place, online_url, places FROM event_schedules
         WHERE hub_id = $1 AND event_id = $2 AND session_id = $3
         ORDER BY schedule DESC",
    )
    .bind(hub)
    .bind(session.event_id)
    .bind(session.id)
    .all()
    .await
}

/// The sessions of an event that were called off.
pub(in crate::programme::programmes) async fn not_held(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
) -> Result<Vec<NotHeld>> {
    tx.query(
        "SELECT title, starts_at, ends_at, place, online_url, reason, called_off_at FROM called_off_sessions
         WHERE hub_id = $1 AND event_id = $2
         ORDER BY starts_at, id",
    )
    .bind(hub)
    .bind(event)
    .all()
    .await
}

pub(in crate::programme::programmes) async fn delete(tx: &mut Tx, hub: HubId, event: EventId) -> Result<Changed> {
    tx.query("DELETE FROM sessions WHERE hub_id = $1 AND event_id = $2").bind(hub).bind(event).run().await
}

pub(in crate::programme::programmes) async fn delete_one(
    tx: &mut Tx,
    hub: HubId,
    session: SessionId,
) -> Result<Changed> {
    tx.query("DELETE FROM sessions WHERE hub_id = $1 AND id = $2").bind(hub).bind(session).run().await
}

pub(in crate::programme::programmes) async fn call_off(
    tx: &mut Tx,
    hub: HubId,
    session: &Session,
    reason: &Line,
    by: Option<PersonId>,
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.query(
        "INSERT INTO called_off_sessions (hub_id, id, event_id, title, starts_at, ends_at, place, online_url, speaker, sequence, reason, called_off_by, called_off_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(hub)
    .bind(session.id)
    .bind(session.event_id)
    .bind(session.title.clone())
    .bind(session.starts_at)
    .bind(session.ends_at)
    .bind(session.place.clone())
    .bind(session.online_url.clone())
    .bind(session.speaker.clone())
    .bind(session.sequence + 1)
    .bind(reason.clone())
    .bind(by)
    .bind(now)
    .run()
    .await
}

/// Records the sessions as this schedule of their event has them.
pub(in crate::programme::programmes) async fn insert_schedule(
    tx: &mut Tx,
    hub: HubId,
    schedule: i64,
    sessions: &[Session],
) -> Result<Changed> {
    tx.rows::<9, _>(
        "INSERT INTO event_schedules (hub_id, event_id, schedule, session_id, starts_at, ends_at, place, online_url, places)
         VALUES $rows",
        sessions,
        |query, session| {
            query
                .bind(hub)
                .bind(session.event_id)
                .bind(schedule)
                .bind(session.id)
                .bind(session.starts_at)
                .bind(session.ends_at)
                .bind(session.place.clone())
                .bind(session.online_url.clone())
                .bind(session.places)
        },
    )
    .await
}

/// Marks what calendars show of every session of an event as changed.
pub(in crate::programme::programmes) async fn revise(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.query("UPDATE sessions SET sequence = sequence + 1, revised_at = $3, version = version + 1 WHERE hub_id = $1 AND event_id = $2")
        .bind(hub)
        .bind(event)
        .bind(now)
        .run()
        .await
}

pub(in crate::programme::programmes) async fn of_event(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
) -> Result<Vec<Session>> {
    tx.query(concat!(
        "SELECT ",
        columns!(),
        " FROM sessions s WHERE s.hub_id = $1 AND s.event_id = $2 ORDER BY s.starts_at, s.id"
    ))
    .bind(hub)
    .bind(event)
    .all()
    .await
}

pub(in crate::programme::programmes) async fn of_programme(
    tx: &mut Tx,
    hub: HubId,
    programme: ProgrammeId,
) -> Result<Vec<Session>> {
    tx.query(concat!(
        "SELECT ",
        columns!(),
        "
         FROM events e JOIN sessions s ON s.hub_id = e.hub_id AND s.event_id = e.id
         WHERE e.hub_id = $1 AND e.programme_id = $2 ORDER BY s.starts_at, s.id"
    ))
    .bind(hub)
    .bind(programme)
    .all()
    .await
}

pub(in crate::programme::programmes) async fn update(tx: &mut Tx, hub: HubId, session: &Session) -> Result<Changed> {
    tx.query(
        "UPDATE sessions SET title = $3, starts_at = $4, ends_at = $5, place = $6, online_url = $7, speaker = $8, host_id = $9, sequence = $10, revised_at = $11, moved_at = $12, places = $13, version = $14
         WHERE hub_id = $1 AND id = $2",
    )
    .bind(hub)
    .bind(session.id)
    .bind(session.title.clone())
    .bind(session.starts_at)
    .bind(session.ends_at)
    .bind(session.place.clone())
    .bind(session.online_url.clone())
    .bind(session.speaker.clone())
    .bind(session.host_id)
    .bind(session.sequence)
    .bind(session.revised_at)
    .bind(session.moved_at)
    .bind(session.places)
    .bind(session.version)
    .run()
    .await
}

/// Whether the session's register has marks.
pub(in crate::programme::programmes) async fn marked(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    session: SessionId,
) -> Result<bool> {
    let mark: Option<(i64,)> = tx
        .query("SELECT revision FROM register_marks WHERE hub_id = $1 AND event_id = $2 AND session_id = $3 LIMIT 1")
        .bind(hub)
        .bind(event)
        .bind(session)
        .optional()
        .await?;
    Ok(mark.is_some())
}

/// Which of these people are in the hub.
pub(in crate::programme::programmes) async fn people(
    tx: &mut Tx,
    hub: HubId,
    people: &[PersonId],
) -> Result<Vec<PersonId>> {
    let rows: Vec<(PersonId,)> = tx
        .rows_all::<2, _, _>(
            "WITH wanted (hub_id, id) AS (VALUES $rows)
             SELECT p.id FROM wanted w JOIN people p ON p.hub_id = w.hub_id AND p.id = w.id",
            people,
            |query, id| query.bind(hub).bind(*id),
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Makes another record of a person the host of the sessions of one.
pub(in crate::programme::programmes) async fn hand_over(
    tx: &mut Tx,
    hub: HubId,
    (from, to): (PersonId, PersonId),
) -> Result<Changed> {
    tx.query("UPDATE sessions SET host_id = $3, version = version + 1 WHERE hub_id = $1 AND host_id = $2")
        .bind(hub)
        .bind(from)
        .bind(to)
        .run()
        .await
}
