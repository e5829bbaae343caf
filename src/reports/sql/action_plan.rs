//! Every statement of the Action Plan.

use chrono::{DateTime, Utc};

use crate::base::credits::Credits;
use crate::base::db::{Result, Tx};
use crate::base::ids::{EventId, HubId, PriorityId, SchoolId};
use crate::base::text::{Line, Urn};
use crate::base::year::AcademicYear;
use crate::programme::programmes::attendance::Mark;

/// A priority, an event of it, a rating, and how many gave it.
pub(in crate::reports) type Rated = (Option<PriorityId>, EventId, i64, i64);

/// From an instant until another.
type Span = (DateTime<Utc>, DateTime<Utc>);

/// How many events of each priority were published.
pub(in crate::reports) async fn events(tx: &mut Tx, hub: HubId, span: Span) -> Result<Vec<(Option<PriorityId>, i64)>> {
    tx.query(
        "SELECT p.priority_id, COUNT(*) AS events
         FROM events e
         JOIN programmes p ON p.hub_id = e.hub_id AND p.id = e.programme_id
         WHERE e.hub_id = $1 AND e.starts_at >= $2 AND e.starts_at < $3 AND e.state IN ('published', 'completed')
         GROUP BY p.priority_id",
    )
    .bind(hub)
    .bind(span.0)
    .bind(span.1)
    .all()
    .await
}

/// The places of a school on events of a priority.
#[derive(sqlx::FromRow)]
pub(in crate::reports) struct Places {
    pub(in crate::reports) school_id: SchoolId,
    pub(in crate::reports) priority_id: Option<PriorityId>,
    pub(in crate::reports) places: i64,
    pub(in crate::reports) by_ticket: i64,
    pub(in crate::reports) attended: i64,
    pub(in crate::reports) credits: Credits,
}

pub(in crate::reports) async fn places(tx: &mut Tx, hub: HubId, span: Span) -> Result<Vec<Places>> {
    tx.query(
        "SELECT b.school_id, p.priority_id,
                CAST(SUM(CASE WHEN b.state IN ('confirmed', 'attended', 'no_show') THEN 1 ELSE 0 END) AS BIGINT) AS places,
                CAST(SUM(CASE WHEN b.state IN ('confirmed', 'attended', 'no_show') AND b.ticket_id IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT) AS by_ticket,
                CAST(SUM(CASE WHEN b.state = 'attended' THEN 1 ELSE 0 END) AS BIGINT) AS attended,
                CAST(SUM(CASE WHEN b.ticket_id IS NULL AND b.state NOT IN ('requested', 'waitlisted') THEN b.held ELSE 0 END) AS BIGINT) AS credits
         FROM events e
         JOIN programmes p ON p.hub_id = e.hub_id AND p.id = e.programme_id
         JOIN bookings b ON b.hub_id = e.hub_id AND b.event_id = e.id
         WHERE e.hub_id = $1 AND e.starts_at >= $2 AND e.starts_at < $3 AND e.state IN ('published', 'completed')
         GROUP BY b.school_id, p.priority_id",
    )
    .bind(hub)
    .bind(span.0)
    .bind(span.1)
    .all()
    .await
}

/// How many people of each school had a place.
pub(in crate::reports) async fn people_by_school(tx: &mut Tx, hub: HubId, span: Span) -> Result<Vec<(SchoolId, i64)>> {
    tx.query(
        "SELECT b.school_id, COUNT(DISTINCT b.person_id) AS people
         FROM events e
         JOIN bookings b ON b.hub_id = e.hub_id AND b.event_id = e.id
         WHERE e.hub_id = $1 AND e.starts_at >= $2 AND e.starts_at < $3 AND e.state IN ('published', 'completed')
           AND b.state IN ('confirmed', 'attended', 'no_show')
         GROUP BY b.school_id",
    )
    .bind(hub)
    .bind(span.0)
    .bind(span.1)
    .all()
    .await
}

/// How many people had a place on an event of each priority.
pub(in crate::reports) async fn people_by_priority(
    tx: &mut Tx,
    hub: HubId,
    span: Span,
) -> Result<Vec<(Option<PriorityId>, i64)>> {
    tx.query(
        "SELECT p.priority_id, COUNT(DISTINCT b.person_id) AS people
         FROM events e
         JOIN programmes p ON p.hub_id = e.hub_id AND p.id = e.programme_id
         JOIN bookings b ON b.hub_id = e.hub_id AND b.event_id = e.id
         WHERE e.hub_id = $1 AND e.starts_at >= $2 AND e.starts_at < $3 AND e.state IN ('published', 'completed')
           AND b.state IN ('confirmed', 'attended', 'no_show')
         GROUP BY p.priority_id",
    )
    .bind(hub)
    .bind(span.0)
    .bind(span.1)
    .all()
    .await
}

/// How many people had a place.
pub(in crate::reports) async fn people(tx: &mut Tx, hub: HubId, span: Span) -> Result<i64> {
    let row: Option<(i64,)> = tx
        .query(
            "SELECT COUNT(DISTINCT b.person_id) AS people
             FROM events e
             JOIN bookings b ON b.hub_id = e.hub_id AND b.event_id = e.id
             WHERE e.hub_id = $1 AND e.starts_at >= $2 AND e.starts_at < $3 AND e.state IN ('published', 'completed')
               AND b.state IN ('confirmed', 'attended', 'no_show')",
        )
        .bind(hub)
        .bind(span.0)
        .bind(span.1)
        .optional()
        .await?;
    Ok(row.map_or(0, |(people,)| people))
}

/// So many people of a school, on an event of a priority, with the same mark at a session.
#[derive(sqlx::FromRow)]
pub(in crate::reports) struct Marked {
    pub(in crate::reports) school_id: SchoolId,
    pub(in crate::reports) priority_id: Option<PriorityId>,
    pub(in crate::reports) starts_at: DateTime<Utc>,
    pub(in crate::reports) ends_at: DateTime<Utc>,
    pub(in crate::reports) mark: Mark,
    pub(in crate::reports) minutes: Option<i64>,
    pub(in crate::reports) times: i64,
}

/// The marks of those who attended, as last corrected, at sessions in the span.
pub(in crate::reports) async fn hours(tx: &mut Tx, hub: HubId, span: Span) -> Result<Vec<Marked>> {
    tx.query(
        "SELECT b.school_id, p.priority_id, s.starts_at, s.ends_at, m.mark, m.minutes, COUNT(*) AS times
         FROM events e
         JOIN programmes p ON p.hub_id = e.hub_id AND p.id = e.programme_id
         JOIN bookings b ON b.hub_id = e.hub_id AND b.event_id = e.id AND b.state = 'attended'
         JOIN register_marks m ON m.hub_id = b.hub_id AND m.event_id = b.event_id AND m.booking_id = b.id
         JOIN sessions s ON s.hub_id = m.hub_id AND s.id = m.session_id
         WHERE e.hub_id = $1 AND e.ends_at >= $2 AND e.starts_at < $3 AND s.starts_at >= $2 AND s.starts_at < $3
           AND m.mark IN ('present', 'late', 'partial')
           AND NOT EXISTS (SELECT 1 FROM register_marks n
                           WHERE n.hub_id = m.hub_id AND n.event_id = m.event_id AND n.booking_id = m.booking_id
                             AND n.session_id = m.session_id AND n.revision > m.revision)
         GROUP BY b.school_id, p.priority_id, s.id, s.starts_at, s.ends_at, m.mark, m.minutes",
    )
    .bind(hub)
    .bind(span.0)
    .bind(span.1)
    .all()
    .await
}

/// How many gave each rating of each event.
pub(in crate::reports) async fn ratings(tx: &mut Tx, hub: HubId, span: Span) -> Result<Vec<Rated>> {
    tx.query(
        "SELECT p.priority_id, v.event_id, v.rating, COUNT(*) AS given
         FROM events e
         JOIN programmes p ON p.hub_id = e.hub_id AND p.id = e.programme_id
         JOIN evaluations v ON v.hub_id = e.hub_id AND v.event_id = e.id
         WHERE e.hub_id = $1 AND e.starts_at >= $2 AND e.starts_at < $3
         GROUP BY p.priority_id, v.event_id, v.rating",
    )
    .bind(hub)
    .bind(span.0)
    .bind(span.1)
    .all()
    .await
}

/// What is left in the wallets of a year, by school.
pub(in crate::reports) async fn left(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<Vec<(SchoolId, Credits)>> {
    tx.query(
        "SELECT school_id, CAST(SUM(balance) AS BIGINT) AS balance
         FROM accounts
         WHERE hub_id = $1 AND year = $2 AND kind = 'wallet'
         GROUP BY school_id",
    )
    .bind(hub)
    .bind(year)
    .all()
    .await
}

/// The schools in the order of their names, and whether they are members.
pub(in crate::reports) async fn schools(tx: &mut Tx, hub: HubId) -> Result<Vec<(SchoolId, Urn, Line, bool)>> {
    tx.query("SELECT id, urn, name, left_on IS NULL AS member FROM schools WHERE hub_id = $1 ORDER BY name_key, id")
        .bind(hub)
        .all()
        .await
}

/// The priorities in the order of their names.
pub(in crate::reports) async fn priorities(tx: &mut Tx, hub: HubId) -> Result<Vec<(PriorityId, Line)>> {
    tx.query("SELECT id, name FROM priorities WHERE hub_id = $1 ORDER BY name_key, id").bind(hub).all().await
}
