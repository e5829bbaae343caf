//! Every statement of the registers. A register lists those whose place was confirmed, whether they came or not.

use chrono::{DateTime, Utc};

use super::{Completion, Entry, Marked, ToComplete, ToKeep, Way};
use crate::base::credits::Credits;
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{BookingId, EventId, HubId, PersonId, SchoolId, SessionId};
use crate::base::text::Line;
use crate::booking::bookings::State;
use crate::members::people::{Person, Role};
use crate::programme::programmes::attendance::Mark;

/// The columns of a delegate on a register.
macro_rules! delegate_columns {
    () => {
        "b.id AS booking_id, b.person_id, p.name AS person_name, b.school_id, s.name AS school_name, b.state, b.line"
    };
}

/// The columns of a mark.
macro_rules! mark_columns {
    () => {
        "m.mark, m.minutes, m.way, m.marked_by, m.marked_at, m.revision"
    };
}

/// The delegates of the event $2, each with the last mark of the session $3; goes on with further conditions.
macro_rules! marked {
    () => {
        concat!(
            "SELECT ",
            delegate_columns!(),
            ", ",
            mark_columns!(),
            "
             FROM bookings b
             LEFT JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
             JOIN schools s ON s.hub_id = b.hub_id AND s.id = b.school_id
             LEFT JOIN register_marks m ON m.hub_id = b.hub_id AND m.event_id = b.event_id AND m.booking_id = b.id AND m.session_id = $3
                 AND NOT EXISTS (
                     SELECT 1 FROM register_marks n
                     WHERE n.hub_id = m.hub_id AND n.event_id = m.event_id AND n.booking_id = m.booking_id
                       AND n.session_id = m.session_id AND n.revision > m.revision)
             WHERE b.hub_id = $1 AND b.event_id = $2 AND b.state IN ('confirmed', 'attended', 'no_show')"
        )
    };
}

/// The same without marks.
macro_rules! unmarked {
    () => {
        concat!(
            "SELECT ",
            delegate_columns!(),
            ", CAST(NULL AS TEXT) AS mark, CAST(NULL AS BIGINT) AS minutes, CAST(NULL AS TEXT) AS way, CAST(NULL AS UUID) AS marked_by,
                    CAST(NULL AS TIMESTAMPTZ) AS marked_at, CAST(NULL AS BIGINT) AS revision
             FROM bookings b
             LEFT JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
             JOIN schools s ON s.hub_id = b.hub_id AND s.id = b.school_id
             WHERE b.hub_id = $1 AND b.event_id = $2 AND b.state IN ('confirmed', 'attended', 'no_show')"
        )
    };
}

pub(super) struct NewMark {
    pub(super) booking: BookingId,
    pub(super) session: SessionId,
    pub(super) revision: i64,
    pub(super) mark: Mark,
    pub(super) minutes: Option<i64>,
    pub(super) way: Way,
    pub(super) at: DateTime<Utc>,
}

pub(super) async fn insert(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    by: Option<PersonId>,
    marks: &[NewMark],
) -> Result<Changed> {
    tx.rows::<10, _>(
        "INSERT INTO register_marks (hub_id, event_id, booking_id, session_id, revision, mark, minutes, way, marked_by, marked_at)
         VALUES $rows",
        marks,
        |query, new| {
            query
                .bind(hub)
                .bind(event)
                .bind(new.booking)
                .bind(new.session)
                .bind(new.revision)
                .bind(new.mark)
                .bind(new.minutes)
                .bind(new.way)
                .bind(by)
                .bind(new.at)
        },
    )
    .await
}

/// The sessions of the events that somebody has attended, with the titles of the events.
pub(super) async fn attended(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
) -> Result<Vec<(Line, DateTime<Utc>, DateTime<Utc>)>> {
    tx.query(
        "SELECT e.title, s.starts_at, s.ends_at
         FROM bookings b
         JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
         JOIN sessions s ON s.hub_id = e.hub_id AND s.event_id = e.id
         WHERE b.hub_id = $1 AND b.person_id = $2 AND b.state = 'attended'
         ORDER BY s.starts_at, s.id",
    )
    .bind(hub)
    .bind(person)
    .all()
    .await
}

/// The registers that are open and lack marks, of those that the person keeps: one range of the events that ended since an
/// instant.
pub(super) async fn to_keep(
    tx: &mut Tx,
    person: &Person,
    since: DateTime<Utc>,
    tomorrow: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<ToKeep>> {
    let school = person.school_id.filter(|_| person.role == Role::SchoolLead);
    let partner = person.partner_id.filter(|_| person.role == Role::Partner);
    tx.query(
        "SELECT e.id AS event_id, e.title AS event_title, s.title AS session_title, s.starts_at, s.ends_at
         FROM events e
         JOIN programmes p ON p.hub_id = e.hub_id AND p.id = e.programme_id
         JOIN sessions s ON s.hub_id = e.hub_id AND s.event_id = e.id
         WHERE e.hub_id = $1 AND e.ends_at > $2 AND e.starts_at < $3 AND e.state = 'published' AND s.starts_at < $3
           AND ($4 OR s.host_id = $5 OR p.provider_school_id = $6 OR p.provider_partner_id = $7)
           AND EXISTS (
               SELECT 1 FROM bookings b
               WHERE b.hub_id = e.hub_id AND b.event_id = e.id AND b.state = 'confirmed'
                 AND NOT EXISTS (
                     SELECT 1 FROM register_marks m
                     WHERE m.hub_id = b.hub_id AND m.event_id = b.event_id AND m.booking_id = b.id AND m.session_id = s.id))
         ORDER BY s.starts_at, s.id LIMIT $8",
    )
    .bind(person.hub_id)
    .bind(since)
    .bind(tomorrow)
    .bind(person.role == Role::HubManager)
    .bind(person.id)
    .bind(school)
    .bind(partner)
    .bind(limit)
    .all()
    .await
}

/// The events that ended in a span and are not completed: one range of `events_by_end`.
pub(super) async fn to_complete(
    tx: &mut Tx,
    hub: HubId,
    (since, now): (DateTime<Utc>, DateTime<Utc>),
    limit: i64,
) -> Result<Vec<ToComplete>> {
    tx.query(
        "SELECT id AS event_id, title AS event_title, ends_at AS ended_at FROM events
         WHERE hub_id = $1 AND ends_at > $2 AND ends_at <= $3 AND state = 'published'
         ORDER BY ends_at, id LIMIT $4",
    )
    .bind(hub)
    .bind(since)
    .bind(now)
    .bind(limit)
    .all()
    .await
}

pub(super) async fn of_session(
    tx: &mut Tx,
    hub: HubId,
    (event, session): (EventId, SessionId),
    school: Option<SchoolId>,
    after: i64,
    limit: i64,
) -> Result<Vec<Entry>> {
    tx.query(concat!(
        marked!(),
        "
           AND b.line > $4 AND ($5 IS NULL OR b.school_id = $5)
         ORDER BY b.line LIMIT $6"
    ))
    .bind(hub)
    .bind(event)
    .bind(session)
    .bind(after)
    .bind(school)
    .bind(limit)
    .all()
    .await
}

/// A page of a register by name: the delegates of one event are found by the index of its bookings and sorted. Of no event are
/// there so many that this would need an index of its own. `b` stands behind whatever begins with `a`.
pub(super) async fn of_session_by_name(
    tx: &mut Tx,
    hub: HubId,
    (event, session): (EventId, SessionId),
    school: Option<SchoolId>,
    (key, line): (String, i64),
    limit: i64,
) -> Result<Vec<Entry>> {
    tx.query(concat!(
        marked!(),
        "
           AND ($4 IS NULL OR b.school_id = $4) AND (COALESCE('a' || p.name_key, 'b'), b.line) > ($5, $6)
         ORDER BY COALESCE('a' || p.name_key, 'b'), b.line LIMIT $7"
    ))
    .bind(hub)
    .bind(event)
    .bind(session)
    .bind(school)
    .bind(key)
    .bind(line)
    .bind(limit)
    .all()
    .await
}

/// A page of the delegates on the register of an event by name, without marks.
pub(super) async fn delegates_by_name(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    (key, line): (String, i64),
    limit: i64,
) -> Result<Vec<Entry>> {
    tx.query(concat!(
        unmarked!(),
        "
           AND (COALESCE('a' || p.name_key, 'b'), b.line) > ($3, $4)
         ORDER BY COALESCE('a' || p.name_key, 'b'), b.line LIMIT $5"
    ))
    .bind(hub)
    .bind(event)
    .bind(key)
    .bind(line)
    .bind(limit)
    .all()
    .await
}

/// The schools of those on the registers of an event, by name.
pub(super) async fn schools(tx: &mut Tx, hub: HubId, event: EventId) -> Result<Vec<(SchoolId, Line)>> {
    tx.query(
        "SELECT s.id, s.name
         FROM (SELECT DISTINCT b.hub_id, b.school_id FROM bookings b
               WHERE b.hub_id = $1 AND b.event_id = $2 AND b.state IN ('confirmed', 'attended', 'no_show')) d
         JOIN schools s ON s.hub_id = d.hub_id AND s.id = d.school_id
         ORDER BY s.name_key, s.id",
    )
    .bind(hub)
    .bind(event)
    .all()
    .await
}

pub(super) async fn entry(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    session: SessionId,
    booking: BookingId,
) -> Result<Option<Entry>> {
    tx.query(concat!(
        "SELECT ",
        delegate_columns!(),
        ", ",
        mark_columns!(),
        "
         FROM bookings b
         LEFT JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
         JOIN schools s ON s.hub_id = b.hub_id AND s.id = b.school_id
         LEFT JOIN register_marks m ON m.hub_id = b.hub_id AND m.event_id = b.event_id AND m.booking_id = b.id AND m.session_id = $3
         WHERE b.hub_id = $1 AND b.event_id = $2 AND b.id = $4
         ORDER BY m.revision DESC LIMIT 1"
    ))
    .bind(hub)
    .bind(event)
    .bind(session)
    .bind(booking)
    .optional()
    .await
}

/// A page of the delegates on the register of an event, without marks.
pub(super) async fn delegates(tx: &mut Tx, hub: HubId, event: EventId, after: i64, limit: i64) -> Result<Vec<Entry>> {
    tx.query(concat!(
        unmarked!(),
        "
           AND b.line > $3
         ORDER BY b.line LIMIT $4"
    ))
    .bind(hub)
    .bind(event)
    .bind(after)
    .bind(limit)
    .all()
    .await
}

pub(super) async fn tallies(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    bookings: &[BookingId],
) -> Result<Vec<(BookingId, Mark, i64)>> {
    tx.batch_all::<3, _, _>(
        "WITH wanted (hub_id, event_id, booking_id) AS (VALUES $rows)
         SELECT m.booking_id, m.mark, COUNT(*)
         FROM wanted w JOIN register_marks m ON m.hub_id = w.hub_id AND m.event_id = w.event_id AND m.booking_id = w.booking_id
         WHERE NOT EXISTS (
             SELECT 1 FROM register_marks n
             WHERE n.hub_id = m.hub_id AND n.event_id = m.event_id AND n.booking_id = m.booking_id
               AND n.session_id = m.session_id AND n.revision > m.revision)
         GROUP BY m.booking_id, m.mark",
        bookings,
        |query, booking| query.bind(hub).bind(booking.map(|_| event)).bind(booking.copied()),
    )
    .await
}

pub(super) async fn of_booking(tx: &mut Tx, hub: HubId, booking: BookingId) -> Result<Vec<Marked>> {
    tx.query(concat!(
        "SELECT m.session_id, ",
        mark_columns!(),
        "
         FROM bookings b
         JOIN register_marks m ON m.hub_id = b.hub_id AND m.event_id = b.event_id AND m.booking_id = b.id
         JOIN sessions s ON s.hub_id = m.hub_id AND s.id = m.session_id
         WHERE b.hub_id = $1 AND b.id = $2
         ORDER BY s.starts_at, s.id, m.revision DESC"
    ))
    .bind(hub)
    .bind(booking)
    .all()
    .await
}

/// What stands for a booking: its mark, for how many minutes in part, how often it was made, when last and by whom.
#[derive(sqlx::FromRow)]
pub(super) struct Standing {
    pub(super) id: BookingId,
    pub(super) mark: Option<Mark>,
    pub(super) minutes: Option<i64>,
    pub(super) revision: Option<i64>,
    pub(super) marked_at: Option<DateTime<Utc>>,
    pub(super) marked_by: Option<PersonId>,
}

/// Those of the bookings that are on the register of the event, with their current mark at the session.
pub(super) async fn standing(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    session: SessionId,
    bookings: &[BookingId],
) -> Result<Vec<Standing>> {
    tx.batch_all::<4, _, _>(
        "WITH wanted (hub_id, event_id, session_id, booking_id) AS (VALUES $rows)
         SELECT DISTINCT b.id, m.mark, m.minutes, m.revision, m.marked_at, m.marked_by
         FROM wanted w
         JOIN bookings b ON b.hub_id = w.hub_id AND b.id = w.booking_id AND b.event_id = w.event_id
         LEFT JOIN register_marks m ON m.hub_id = w.hub_id AND m.event_id = w.event_id AND m.booking_id = w.booking_id
             AND m.session_id = w.session_id
             AND NOT EXISTS (
                 SELECT 1 FROM register_marks n
                 WHERE n.hub_id = m.hub_id AND n.event_id = m.event_id AND n.booking_id = m.booking_id
                   AND n.session_id = m.session_id AND n.revision > m.revision)
         WHERE b.state IN ('confirmed', 'attended', 'no_show')",
        bookings,
        |query, booking| query.bind(hub).bind(event).bind(session).bind(booking.copied()),
    )
    .await
}

/// Confirmed bookings of named delegates on the event, with the sessions at which they have no mark.
pub(super) async fn missing(tx: &mut Tx, hub: HubId, event: EventId) -> Result<Vec<(BookingId, SessionId)>> {
    tx.query(
        "SELECT b.id, s.id
         FROM bookings b JOIN sessions s ON s.hub_id = b.hub_id AND s.event_id = b.event_id
         WHERE b.hub_id = $1 AND b.event_id = $2 AND b.state = 'confirmed' AND b.person_id IS NOT NULL
           AND NOT EXISTS (
               SELECT 1 FROM register_marks m
               WHERE m.hub_id = b.hub_id AND m.event_id = b.event_id AND m.booking_id = b.id AND m.session_id = s.id)
         ORDER BY b.line, s.starts_at, s.id",
    )
    .bind(hub)
    .bind(event)
    .all()
    .await
}

pub(super) async fn completion(tx: &mut Tx, hub: HubId, event: EventId, now: DateTime<Utc>) -> Result<Completion> {
    let rows: Vec<(State, i64, Credits)> = tx
        .query(
            "SELECT b.state, COUNT(*), CAST(COALESCE(SUM(b.held), 0) AS BIGINT)
             FROM bookings b
             WHERE b.hub_id = $1 AND b.event_id = $2 AND (b.state <> 'expired' OR b.ended_at = $3)
             GROUP BY b.state",
        )
        .bind(hub)
        .bind(event)
        .bind(now)
        .all()
        .await?;
    let of = |wanted: State| rows.iter().filter(|(state, ..)| *state == wanted).map(|(_, count, _)| *count).sum();
    Ok(Completion {
        attended: of(State::Attended),
        no_show: of(State::NoShow),
        expired: of(State::Expired),
        paid: rows.iter().map(|(.., held)| *held).sum(),
    })
}
