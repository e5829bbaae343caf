//! Every statement of the CPD record.

use chrono::{DateTime, Utc};

use super::Event;
use crate::base::db::{Result, Tx};
use crate::base::ids::{BookingId, HubId, PersonId};
use crate::programme::programmes::attendance::Mark;

/// The events that a person attended, the latest first.
pub(super) async fn events(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Vec<Event>> {
    tx.query(
        "SELECT b.id AS booking_id, b.event_id, e.title AS event_title, e.year, e.starts_at, e.ends_at,
                p.id AS programme_id, p.title AS programme_title, p.kind, p.priority_id, y.name AS priority_name,
                COALESCE(s.name, q.name, h.name) AS provider_name,
                (SELECT COUNT(*) FROM sessions n WHERE n.hub_id = e.hub_id AND n.event_id = e.id) AS sessions,
                c.number AS certificate_number
         FROM bookings b
         JOIN hubs h ON h.id = b.hub_id
         JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
         JOIN programmes p ON p.hub_id = e.hub_id AND p.id = e.programme_id
         LEFT JOIN priorities y ON y.hub_id = p.hub_id AND y.id = p.priority_id
         LEFT JOIN schools s ON s.hub_id = p.hub_id AND s.id = p.provider_school_id
         LEFT JOIN partners q ON q.hub_id = p.hub_id AND q.id = p.provider_partner_id
         LEFT JOIN certificates c ON c.hub_id = b.hub_id AND c.booking_id = b.id AND c.valid
         WHERE b.hub_id = $1 AND b.person_id = $2 AND b.state = 'attended'
         ORDER BY e.starts_at DESC, e.id DESC",
    )
    .bind(hub)
    .bind(person)
    .all()
    .await
}

/// A booking, the start and end of a session at which the register has it, the mark, and for how many minutes in part.
type Marked = (BookingId, DateTime<Utc>, DateTime<Utc>, Mark, Option<i64>);

/// The sessions at which the registers, as last corrected, have a person.
pub(super) async fn attended(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Vec<Marked>> {
    tx.query(
        "SELECT m.booking_id, s.starts_at, s.ends_at, m.mark, m.minutes
         FROM bookings b
         JOIN register_marks m ON m.hub_id = b.hub_id AND m.event_id = b.event_id AND m.booking_id = b.id
         JOIN sessions s ON s.hub_id = m.hub_id AND s.id = m.session_id
         WHERE b.hub_id = $1 AND b.person_id = $2 AND b.state = 'attended' AND m.mark IN ('present', 'late', 'partial')
           AND NOT EXISTS (SELECT 1 FROM register_marks n
                           WHERE n.hub_id = m.hub_id AND n.event_id = m.event_id AND n.booking_id = m.booking_id
                             AND n.session_id = m.session_id AND n.revision > m.revision)",
    )
    .bind(hub)
    .bind(person)
    .all()
    .await
}
