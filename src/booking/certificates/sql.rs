//! Every statement of the certificates.

use chrono::{DateTime, Utc};

use super::{Certificate, Number};
use crate::base::db::{Changed, Result, Tx};
use crate::base::hours::Hours;
use crate::base::ids::{BookingId, EventId, HubId, PersonId, SessionId};
use crate::base::text::Line;
use crate::programme::programmes::attendance::Mark;

/// The columns of a certificate.
macro_rules! columns {
    () => {
        "number, booking_id, event_id, person_id, hub_name, person_name, school_name, programme_title, event_title, provider_name,
         starts_on, ends_on, sessions, sessions_attended, minutes, issued_at, reissued_at, withdrawn_at"
    };
}

/// What all certificates of an event have in common.
#[derive(sqlx::FromRow)]
pub(super) struct Facts {
    pub(super) event_id: EventId,
    pub(super) event_title: Line,
    pub(super) programme_title: Line,
    pub(super) provider_name: Line,
    pub(super) hub_name: Line,
    pub(super) starts_at: DateTime<Utc>,
    pub(super) ends_at: DateTime<Utc>,
    pub(super) evaluation_required: bool,
}

pub(super) async fn facts(tx: &mut Tx, hub: HubId, event: EventId) -> Result<Option<Facts>> {
    tx.query(
        "SELECT e.id AS event_id, e.title AS event_title, p.title AS programme_title, COALESCE(s.name, q.name, h.name) AS provider_name,
                h.name AS hub_name, e.starts_at, e.ends_at, e.evaluation_required
         FROM events e
         JOIN hubs h ON h.id = e.hub_id
         JOIN programmes p ON p.hub_id = e.hub_id AND p.id = e.programme_id
         LEFT JOIN schools s ON s.hub_id = p.hub_id AND s.id = p.provider_school_id
         LEFT JOIN partners q ON q.hub_id = p.hub_id AND q.id = p.provider_partner_id
         WHERE e.hub_id = $1 AND e.id = $2",
    )
    .bind(hub)
    .bind(event)
    .optional()
    .await
}

/// A booking that was attended, or that has a valid certificate.
#[derive(sqlx::FromRow)]
pub(super) struct Standing {
    pub(super) booking_id: BookingId,
    pub(super) person_id: PersonId,
    pub(super) person_name: Line,
    pub(super) school_name: Line,
    pub(super) attended: bool,
    pub(super) evaluated: bool,
    /// The number of its valid certificate.
    pub(super) number: Option<Number>,
    pub(super) sessions_attended: Option<i64>,
    pub(super) minutes: Option<Hours>,
}

pub(super) async fn standings(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    booking: Option<BookingId>,
) -> Result<Vec<Standing>> {
    tx.query(
        "SELECT b.id AS booking_id, b.person_id, p.name AS person_name, s.name AS school_name,
                (b.state = 'attended') AS attended, (v.booking_id IS NOT NULL) AS evaluated, c.number, c.sessions_attended, c.minutes
         FROM bookings b
         JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
         JOIN schools s ON s.hub_id = b.hub_id AND s.id = b.school_id
         LEFT JOIN evaluations v ON v.hub_id = b.hub_id AND v.booking_id = b.id
         LEFT JOIN certificates c ON c.hub_id = b.hub_id AND c.booking_id = b.id AND c.valid
         WHERE b.hub_id = $1 AND b.event_id = $2 AND ($3 IS NULL OR b.id = $3) AND (b.state = 'attended' OR c.number IS NOT NULL)
         ORDER BY b.line",
    )
    .bind(hub)
    .bind(event)
    .bind(booking)
    .all()
    .await
}

/// The valid certificates of an event, in the order of the bookings.
pub(super) async fn of_event(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    after: Option<BookingId>,
    limit: i64,
) -> Result<Vec<Certificate>> {
    tx.query(concat!(
        "SELECT ",
        columns!(),
        "
         FROM certificates
         WHERE hub_id = $1 AND event_id = $2 AND valid AND ($3 IS NULL OR booking_id > $3)
         ORDER BY booking_id LIMIT $4"
    ))
    .bind(hub)
    .bind(event)
    .bind(after)
    .bind(limit)
    .all()
    .await
}

/// A booking, a session at which the register has the delegate, the mark, and for how many minutes in part.
pub(super) type Marked = (BookingId, SessionId, Mark, Option<i64>);

/// The sessions at which the register, as last corrected, has each delegate.
pub(super) async fn attended(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    booking: Option<BookingId>,
) -> Result<Vec<Marked>> {
    tx.query(
        "SELECT m.booking_id, m.session_id, m.mark, m.minutes
         FROM register_marks m
         WHERE m.hub_id = $1 AND m.event_id = $2 AND ($3 IS NULL OR m.booking_id = $3) AND m.mark IN ('present', 'late', 'partial')
           AND NOT EXISTS (SELECT 1 FROM register_marks n
                           WHERE n.hub_id = m.hub_id AND n.event_id = m.event_id AND n.booking_id = m.booking_id
                             AND n.session_id = m.session_id AND n.revision > m.revision)",
    )
    .bind(hub)
    .bind(event)
    .bind(booking)
    .all()
    .await
}

pub(super) async fn insert(tx: &mut Tx, hub: HubId, certificates: &[Certificate]) -> Result<Changed> {
    tx.rows::<18, _>(
        "INSERT INTO certificates (hub_id, number, booking_id, event_id, person_id, hub_name, person_name, school_name, programme_title,
                                   event_title, provider_name, starts_on, ends_on, sessions, sessions_attended, minutes, issued_at, valid)
         VALUES $rows",
        certificates,
        |query, certificate| {
            query
                .bind(hub)
                .bind(certificate.number.clone())
                .bind(certificate.booking_id)
                .bind(certificate.event_id)
                .bind(certificate.person_id)
                .bind(certificate.words.hub_name.clone())
                .bind(certificate.words.person_name.clone())
                .bind(certificate.words.school_name.clone())
                .bind(certificate.words.programme_title.clone())
                .bind(certificate.words.event_title.clone())
                .bind(certificate.words.provider_name.clone())
                .bind(certificate.words.starts_on)
                .bind(certificate.words.ends_on)
                .bind(certificate.words.sessions)
                .bind(certificate.words.sessions_attended)
                .bind(certificate.words.hours)
                .bind(certificate.issued_at)
                .bind(true)
        },
    )
    .await
}

pub(super) async fn withdraw(tx: &mut Tx, hub: HubId, numbers: &[Number], now: DateTime<Utc>) -> Result<Changed> {
    tx.rows::<3, _>(
        "WITH withdrawn (hub_id, number, at) AS (VALUES $rows)
         UPDATE certificates SET valid = NULL, withdrawn_at = withdrawn.at
         FROM withdrawn WHERE certificates.hub_id = withdrawn.hub_id AND certificates.number = withdrawn.number",
        numbers,
        |query, number| query.bind(hub).bind(number.clone()).bind(now),
    )
    .await
}

/// Puts the name on those valid certificates of a person that have another; returns their bookings and events.
pub(super) async fn reissue(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    name: &Line,
    now: DateTime<Utc>,
) -> Result<Vec<(BookingId, EventId)>> {
    tx.query(
        "UPDATE certificates SET person_name = $3, reissued_at = $4
         WHERE hub_id = $1 AND person_id = $2 AND valid AND person_name <> $3
         RETURNING booking_id, event_id",
    )
    .bind(hub)
    .bind(person)
    .bind(name.clone())
    .bind(now)
    .all()
    .await
}

pub(super) async fn hand_over(tx: &mut Tx, hub: HubId, (from, to): (PersonId, PersonId)) -> Result<Changed> {
    tx.query("UPDATE certificates SET person_id = $3 WHERE hub_id = $1 AND person_id = $2")
        .bind(hub)
        .bind(from)
        .bind(to)
        .run()
        .await
}

pub(super) async fn erase_name(tx: &mut Tx, hub: HubId, person: PersonId, name: &Line) -> Result<Changed> {
    tx.query("UPDATE certificates SET person_name = $3 WHERE hub_id = $1 AND person_id = $2")
        .bind(hub)
        .bind(person)
        .bind(name.clone())
        .run()
        .await
}

pub(super) async fn of_booking(tx: &mut Tx, hub: HubId, booking: BookingId) -> Result<Option<Certificate>> {
    tx.query(concat!("SELECT ", columns!(), " FROM certificates WHERE hub_id = $1 AND booking_id = $2 AND valid"))
        .bind(hub)
        .bind(booking)
        .optional()
        .await
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, number: &Number) -> Result<Option<Certificate>> {
    tx.query(concat!("SELECT ", columns!(), " FROM certificates WHERE hub_id = $1 AND number = $2"))
        .bind(hub)
        .bind(number.clone())
        .optional()
        .await
}
