//! Every statement that finds what has become due.

use chrono::{DateTime, NaiveDate, Utc};

use crate::base::db::{Result, Tx};
use crate::base::ids::{BookingId, EventId, HubId, PersonId, SchoolId};

/// The requests that were not decided in time, the longest overdue first.
pub(in crate::booking::bookings) async fn overdue(
    tx: &mut Tx,
    hub: HubId,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(BookingId,)>> {
    tx.query(OVERDUE).bind(hub).bind(now).bind(limit).all().await
}

const OVERDUE: &str = "SELECT id FROM bookings
     WHERE hub_id = $1 AND approved_at IS NULL AND live = TRUE AND approve_by <= $2 AND state = 'requested'
     ORDER BY approve_by, id LIMIT $3";

/// A request that expires soon.
#[derive(sqlx::FromRow)]
pub(in crate::booking::bookings) struct Soon {
    pub(in crate::booking::bookings) id: BookingId,
    pub(in crate::booking::bookings) event_id: EventId,
    pub(in crate::booking::bookings) school_id: SchoolId,
    pub(in crate::booking::bookings) person_id: Option<PersonId>,
    pub(in crate::booking::bookings) requested_by: Option<PersonId>,
    pub(in crate::booking::bookings) requested_at: DateTime<Utc>,
    pub(in crate::booking::bookings) approve_by: DateTime<Utc>,
}

/// The requests that expire after `now` and by then, of which nobody was reminded, by `bookings_undecided` and
/// `notices_approval_due`.
pub(in crate::booking::bookings) async fn undecided_soon(
    tx: &mut Tx,
    hub: HubId,
    now: DateTime<Utc>,
    by: DateTime<Utc>,
) -> Result<Vec<Soon>> {
    tx.query(
        "SELECT b.id, b.event_id, b.school_id, b.person_id, b.requested_by, b.requested_at, b.approve_by
         FROM bookings b
         WHERE b.hub_id = $1 AND b.approved_at IS NULL AND b.live = TRUE AND b.approve_by > $2 AND b.approve_by <= $3
           AND b.state = 'requested'
           AND NOT EXISTS (
               SELECT 1 FROM notices n
               WHERE n.hub_id = b.hub_id AND n.booking_id = b.id AND n.kind = 'approval_due')
         ORDER BY b.approve_by, b.id",
    )
    .bind(hub)
    .bind(now)
    .bind(by)
    .all()
    .await
}

/// The offers that were not answered in time, by `bookings_offered`.
pub(in crate::booking::bookings) async fn unanswered(
    tx: &mut Tx,
    hub: HubId,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(BookingId,)>> {
    tx.query(
        "SELECT id FROM bookings WHERE hub_id = $1 AND offered_until IS NOT NULL AND offered_until <= $2
         ORDER BY offered_until, id LIMIT $3",
    )
    .bind(hub)
    .bind(now)
    .bind(limit)
    .all()
    .await
}

/// The places that were to be named before today, by `bookings_unnamed`.
pub(in crate::booking::bookings) async fn unnamed(
    tx: &mut Tx,
    hub: HubId,
    today: NaiveDate,
    limit: i64,
) -> Result<Vec<(BookingId,)>> {
    tx.query(
        "SELECT id FROM bookings WHERE hub_id = $1 AND person_id IS NULL AND live AND names_by < $2
         ORDER BY names_by, id LIMIT $3",
    )
    .bind(hub)
    .bind(today)
    .bind(limit)
    .all()
    .await
}

/// A reserved place without a name.
#[derive(sqlx::FromRow)]
pub(in crate::booking::bookings) struct Unnamed {
    pub(in crate::booking::bookings) id: BookingId,
    pub(in crate::booking::bookings) event_id: EventId,
    pub(in crate::booking::bookings) school_id: SchoolId,
    pub(in crate::booking::bookings) requested_by: Option<PersonId>,
    pub(in crate::booking::bookings) requested_at: DateTime<Utc>,
    pub(in crate::booking::bookings) names_by: NaiveDate,
    pub(in crate::booking::bookings) starts_at: DateTime<Utc>,
}

/// The places whose last day for a name is one of these days, by `bookings_unnamed`.
pub(in crate::booking::bookings) async fn to_be_named(
    tx: &mut Tx,
    hub: HubId,
    (from, by): (NaiveDate, NaiveDate),
) -> Result<Vec<Unnamed>> {
    tx.query(
        "SELECT b.id, b.event_id, b.school_id, b.requested_by, b.requested_at, b.names_by, e.starts_at
         FROM bookings b
         JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
         WHERE b.hub_id = $1 AND b.person_id IS NULL AND b.live AND b.names_by >= $2 AND b.names_by <= $3
         ORDER BY b.names_by, b.id",
    )
    .bind(hub)
    .bind(from)
    .bind(by)
    .all()
    .await
}

/// Until when somebody is to name delegates of a school on an event.
pub(in crate::booking::bookings) type Naming = (DateTime<Utc>, EventId, SchoolId, PersonId);

/// Of what these people are to be told, what they may have been told: for places of the event of any school.
pub(in crate::booking::bookings) async fn told_to_name(tx: &mut Tx, hub: HubId, all: &[Naming]) -> Result<Vec<Naming>> {
    tx.batch_all::<4, _, _>(
        "WITH wanted (hub_id, person_id, event_id, due_at) AS (VALUES $rows)
         SELECT n.due_at, n.event_id, b.school_id, n.person_id
         FROM wanted w
         JOIN notices n ON n.hub_id = w.hub_id AND n.person_id = w.person_id AND n.event_id = w.event_id
                       AND n.due_at = w.due_at AND n.kind = 'names_due'
         JOIN bookings b ON b.hub_id = n.hub_id AND b.id = n.booking_id",
        all,
        |query, row| {
            let (person, event, due_at) = (row.map(|row| row.3), row.map(|row| row.1), row.map(|row| row.0));
            query.bind(hub).bind(person).bind(event).bind(due_at)
        },
    )
    .await
}

/// Future events with a free place and somebody on the waiting list whose school can pay for it: for example, one that
/// was short of credits when the place came free. The next to begin first: a school's credits may be enough for only
/// one of several. Schools that will have left by then are left out as far as dates can tell; the decision has the last
/// word.
pub(in crate::booking::bookings) async fn fillable(
    tx: &mut Tx,
    hub: HubId,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(EventId,)>> {
    tx.query(
        "SELECT e.id FROM events e
         WHERE e.hub_id = $1 AND e.starts_at > $2 AND e.state = 'published' AND e.waiting > 0 AND e.held < e.capacity
           AND EXISTS (SELECT 1 FROM bookings b
                       JOIN schools s ON s.hub_id = b.hub_id AND s.id = b.school_id AND (s.left_on IS NULL OR e.starts_at < s.left_on)
                       WHERE b.hub_id = e.hub_id AND b.event_id = e.id AND b.state = 'waitlisted' AND b.offered_until IS NULL
                         AND b.price <= (SELECT CAST(COALESCE(SUM(a.balance), 0) AS BIGINT)
                                         FROM accounts a
                                         JOIN academic_years y ON y.hub_id = a.hub_id AND y.year = a.year AND y.state = 'open'
                                         WHERE a.hub_id = b.hub_id AND a.school_id = b.school_id AND a.kind = 'wallet' AND a.year = e.year))
         ORDER BY e.starts_at, e.id LIMIT $3",
    )
    .bind(hub)
    .bind(now)
    .bind(limit)
    .all()
    .await
}
