//! Every statement of the reminders of places.

use chrono::{DateTime, Utc};

use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{BookingId, EventId, HubId, PersonId};

const DUE: &str = "SELECT e.id, e.starts_at FROM events e
     WHERE e.hub_id = $1 AND e.starts_at > $3 AND e.starts_at <= $4 AND e.state = 'published'
       AND NOT EXISTS (
           SELECT 1 FROM event_reminders r
           WHERE r.hub_id = e.hub_id AND r.event_id = e.id AND r.days = $2 AND r.starts_at = e.starts_at)
     ORDER BY e.starts_at, e.id LIMIT $5";

/// The events that begin after the first instant and by the second, and whose delegates were not reminded that many
/// days before; the next first.
pub(in crate::booking::bookings) async fn due(
    tx: &mut Tx,
    hub: HubId,
    days: i64,
    (after, by): (DateTime<Utc>, DateTime<Utc>),
    limit: i64,
) -> Result<Vec<(EventId, DateTime<Utc>)>> {
    tx.query(DUE).bind(hub).bind(days).bind(after).bind(by).bind(limit).all().await
}

/// The places that were given to somebody since the delegates of their event were reminded a day before, and whose
/// delegate was not: each with the beginning of which they are to be reminded, the next first.
const LATE: &str = "SELECT b.event_id, b.id, b.person_id, r.starts_at
     FROM events e
     CROSS JOIN event_reminders r
     CROSS JOIN bookings b
     WHERE e.hub_id = $1 AND e.ends_at > $2 AND e.state = 'published'
       AND r.hub_id = e.hub_id AND r.event_id = e.id AND r.days = 1 AND r.starts_at > $2
       AND b.hub_id = r.hub_id AND b.event_id = r.event_id AND b.state = 'confirmed' AND b.person_id IS NOT NULL
       AND COALESCE(b.revised_at, b.requested_at) > r.reminded_at
       AND EXISTS (
           SELECT 1 FROM sessions s WHERE s.hub_id = r.hub_id AND s.event_id = r.event_id AND s.starts_at = r.starts_at)
       AND NOT EXISTS (
           SELECT 1 FROM notices n
           WHERE n.hub_id = b.hub_id AND n.person_id = b.person_id AND n.booking_id = b.id AND n.kind = 'event_soon'
             AND n.told_at >= r.reminded_at)
     ORDER BY r.starts_at, b.id LIMIT $3";

pub(in crate::booking::bookings) async fn late(
    tx: &mut Tx,
    hub: HubId,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(EventId, BookingId, PersonId, DateTime<Utc>)>> {
    tx.query(LATE).bind(hub).bind(now).bind(limit).all().await
}

/// The sessions that begin after the first instant and by the second, of events that have begun before; each with when the
/// one before it began. The next first.
const LATER_SESSIONS: &str = "SELECT e.id, s.starts_at,
            (SELECT MAX(p.starts_at) FROM sessions p
             WHERE p.hub_id = s.hub_id AND p.event_id = s.event_id AND p.starts_at < s.starts_at) AS before_at
     FROM events e
     CROSS JOIN sessions s
     WHERE e.hub_id = $1 AND e.ends_at > $2 AND e.state = 'published'
       AND s.hub_id = e.hub_id AND s.event_id = e.id AND s.starts_at > $2 AND s.starts_at <= $3 AND s.starts_at > e.starts_at
       AND NOT EXISTS (
           SELECT 1 FROM event_reminders r
           WHERE r.hub_id = s.hub_id AND r.event_id = s.event_id AND r.days = 1 AND r.starts_at = s.starts_at)
     GROUP BY e.id, s.hub_id, s.event_id, s.starts_at
     ORDER BY s.starts_at, e.id LIMIT $4";

pub(in crate::booking::bookings) async fn later_sessions(
    tx: &mut Tx,
    hub: HubId,
    (after, by): (DateTime<Utc>, DateTime<Utc>),
    limit: i64,
) -> Result<Vec<(EventId, DateTime<Utc>, Option<DateTime<Utc>>)>> {
    tx.query(LATER_SESSIONS).bind(hub).bind(after).bind(by).bind(limit).all().await
}

pub(in crate::booking::bookings) async fn insert(
    tx: &mut Tx,
    hub: HubId,
    days: i64,
    events: &[(EventId, DateTime<Utc>)],
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.batch::<5, _>(
        "WITH new (hub_id, event_id, days, starts_at, reminded_at) AS (VALUES $rows)
         INSERT INTO event_reminders (hub_id, event_id, days, starts_at, reminded_at)
         SELECT hub_id, event_id, days, starts_at, reminded_at FROM new WHERE event_id IS NOT NULL",
        events,
        |values, row| {
            values.bind(hub).bind(row.map(|(event, _)| *event)).bind(days).bind(row.map(|(_, at)| *at)).bind(now)
        },
    )
    .await
}

/// Who has a confirmed place on these events.
pub(in crate::booking::bookings) async fn delegates(
    tx: &mut Tx,
    hub: HubId,
    events: &[(EventId, DateTime<Utc>)],
) -> Result<Vec<(EventId, BookingId, PersonId)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, event_id) AS (VALUES $rows)
         SELECT b.event_id, b.id, b.person_id
         FROM wanted w JOIN bookings b ON b.hub_id = w.hub_id AND b.event_id = w.event_id
         WHERE b.state = 'confirmed' AND b.person_id IS NOT NULL
         ORDER BY b.event_id, b.line",
        events,
        |query, row| query.bind(hub).bind(row.map(|(event, _)| *event)),
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn sessions_and_places_are_found_of_events_that_are_not_over() {
        for statement in [LATE, LATER_SESSIONS] {
            let plan = plan(statement).await;
            assert!(plan.iter().any(|step| step.contains("events_by_end (hub_id=? AND ends_at>?)")), "{plan:#?}");
            assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{plan:#?}");
        }
    }

    #[tokio::test]
    async fn what_is_due_is_one_range_of_an_index() {
        let plan = plan(DUE).await;
        for range in
            ["events_by_start (hub_id=? AND starts_at>? AND starts_at<?)", "sqlite_autoindex_event_reminders_1"]
        {
            assert!(plan.iter().any(|step| step.contains(range)), "{range}: {plan:#?}");
        }
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:#?}");
    }
}
