//! Every statement that reads bookings for people. A page costs one range of an index, however many bookings the hub
//! has: each main filter has a statement of its own, since an optional filter keeps both engines from the index.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::base::db::{Result, Tx};
use crate::base::ids::{BookingId, EventId, HubId, PersonId, SchoolId};
use crate::base::text::Line;
use crate::booking::bookings::{Booking, Filter, Undecided, View};

/// The columns of a booking.
macro_rules! booking {
    () => {
        "b.id, b.event_id, b.person_id, b.school_id, b.ticket_id, b.state, b.line, b.price, b.held, b.policy, b.requested_by, b.requested_at,
         b.approved_by, b.approved_at, b.ended_by, b.ended_at, b.passed_over_at, b.names_by, b.offered_until, b.moved_to, b.approve_by, b.schedule, b.version"
    };
}

/// The columns of a booking with what is shown of its event, delegate and school.
macro_rules! columns {
    () => {
        concat!(
         booking!(),
         ", e.title AS event_title, e.starts_at, e.ends_at, e.rescheduled_at, p.name AS person_name, s.name AS school_name,
         (SELECT COUNT(*) FROM sessions t WHERE t.hub_id = e.hub_id AND t.event_id = e.id) AS sessions,
         CASE WHEN b.state = 'declined' THEN (
             SELECT r.reason FROM decline_reasons r WHERE r.hub_id = b.hub_id AND r.booking_id = b.id) END AS declined_because"
        )
    };
}

/// The position of a booking on the waiting list of its event.
macro_rules! waiting_position {
    () => {
        "CASE WHEN b.state = 'waitlisted' THEN (
             SELECT COUNT(*) FROM bookings w
             WHERE w.hub_id = b.hub_id AND w.event_id = b.event_id AND w.state = 'waitlisted' AND w.line <= b.line) END AS waiting_position"
    };
}

/// Bookings as they are shown; goes on with the conditions.
macro_rules! views {
    ($conditions:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            ", ",
            waiting_position!(),
            "
             FROM bookings b
             JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
             LEFT JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
             JOIN schools s ON s.hub_id = b.hub_id AND s.id = b.school_id
             WHERE b.hub_id = $1 ",
            $conditions
        )
    };
}

/// The events on which a person has a place, by one range of the person's bookings.
pub(in super::super) async fn places_of(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Vec<EventId>> {
    let events: Vec<(EventId,)> = tx
        .query(
            "SELECT DISTINCT event_id FROM bookings
             WHERE hub_id = $1 AND person_id = $2 AND state IN ('confirmed', 'attended')",
        )
        .bind(hub)
        .bind(person)
        .all()
        .await?;
    Ok(events.into_iter().map(|(event,)| event).collect())
}

/// Found by the primary key.
const ONE: &str = views!("AND b.id = $2");

/// One range of the event's bookings by number.
const OF_EVENT: &str = views!(
    "AND b.event_id = $2
       AND ($3 IS NULL OR b.school_id = $3)
       AND ($4 IS NULL OR b.state = $4)
       AND b.line > COALESCE((SELECT a.line FROM bookings a WHERE a.hub_id = $1 AND a.id = $5), 0)
     ORDER BY b.line LIMIT $6"
);

/// The same of those that hold a place.
const HOLDERS: &str = views!(
    "AND b.event_id = $2
       AND ($3 IS NULL OR b.school_id = $3)
       AND (b.state IN ('requested', 'confirmed', 'attended', 'no_show') OR b.offered_until IS NOT NULL)
       AND b.line > COALESCE((SELECT a.line FROM bookings a WHERE a.hub_id = $1 AND a.id = $4), 0)
     ORDER BY b.line LIMIT $5"
);

/// One range of `bookings_by_person`, sorted: a person's bookings are few. If they were not looked up first, they would
/// be sought among all of the hub's, since those are already in order.
const OF_PERSON: &str = concat!(
    "WITH own AS MATERIALIZED (SELECT * FROM bookings WHERE hub_id = $1 AND person_id = $2)
     SELECT ",
    columns!(),
    ", ",
    waiting_position!(),
    "
     FROM own b
     JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
     LEFT JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
     JOIN schools s ON s.hub_id = b.hub_id AND s.id = b.school_id
     WHERE ($3 IS NULL OR b.event_id = $3)
       AND ($4 IS NULL OR b.school_id = $4)
       AND ($5 IS NULL OR b.state = $5)
       AND b.id > $6
     ORDER BY b.id LIMIT $7"
);

/// A person's bookings, looked up first and sorted by their events: they are few.
macro_rules! own {
    ($which:literal, $conditions:literal) => {
        concat!(
            "WITH own AS MATERIALIZED (SELECT * FROM bookings WHERE hub_id = $1 AND person_id = $2 AND ",
            $which,
            ")
             SELECT ",
            columns!(),
            ", ",
            waiting_position!(),
            "
             FROM own b
             JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
             LEFT JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
             JOIN schools s ON s.hub_id = b.hub_id AND s.id = b.school_id ",
            $conditions
        )
    };
}

/// One range of `bookings_by_person`: the live ones alone.
const LIVE_OF_PERSON: &str = own!("live = TRUE", "ORDER BY e.starts_at, b.id LIMIT $3");

/// One range of `bookings_by_person`: those that have ended.
const ENDED_OF_PERSON: &str =
    own!("live IS NULL", "WHERE (e.starts_at, b.id) < ($3, $4) ORDER BY e.starts_at DESC, b.id DESC LIMIT $5");

/// The places of the hub without a name, of which one school's are few.
const UNNAMED: &str =
    views!("AND b.person_id IS NULL AND b.live AND b.school_id = $2 ORDER BY b.names_by, b.id LIMIT $3");

/// One range of `bookings_by_school`.
const OF_SCHOOL: &str = views!(
    "AND b.school_id = $2
       AND ($3 IS NULL OR b.state = $3)
       AND b.id > $4
     ORDER BY b.id LIMIT $5"
);

/// One range of the primary key.
const OF_HUB: &str = views!(
    "AND ($2 IS NULL OR b.state = $2)
       AND b.id > $3
     ORDER BY b.id LIMIT $4"
);

/// One range of `bookings_waiting`: the event's waiting list, and nothing else.
const WAITING: &str = concat!(
    "SELECT ",
    columns!(),
    ", b.waiting_position
     FROM (SELECT *, CAST(ROW_NUMBER() OVER (ORDER BY line) AS BIGINT) AS waiting_position
           FROM bookings WHERE hub_id = $1 AND event_id = $2 AND state = 'waitlisted') b
     JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
     LEFT JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
     JOIN schools s ON s.hub_id = b.hub_id AND s.id = b.school_id
     WHERE ($3 IS NULL OR b.school_id = $3) AND b.line > $4
     ORDER BY b.line LIMIT $5"
);

/// A live booking that holds credits of its school, with its event.
#[derive(sqlx::FromRow)]
pub(in crate::booking::bookings) struct Holding {
    #[sqlx(flatten)]
    pub(in crate::booking::bookings) booking: Booking,
    pub(in crate::booking::bookings) event_title: Line,
    pub(in crate::booking::bookings) starts_at: DateTime<Utc>,
    pub(in crate::booking::bookings) rescheduled_at: Option<DateTime<Utc>>,
}

/// The bookings that hold credits, in the order of the events. A ticket's place is paid for by the hub.
pub(in crate::booking::bookings) async fn holding(tx: &mut Tx, hub: HubId, school: SchoolId) -> Result<Vec<Holding>> {
    tx.query(concat!(
        "SELECT ",
        booking!(),
        ", e.title AS event_title, e.starts_at, e.rescheduled_at
         FROM bookings b
         JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
         WHERE b.hub_id = $1 AND b.school_id = $2 AND b.live AND b.held > 0 AND b.ticket_id IS NULL
         ORDER BY e.starts_at, e.id, b.line"
    ))
    .bind(hub)
    .bind(school)
    .all()
    .await
}

/// Stands for no deadline in the order of the queue: the end of the year 9999.
pub(in crate::booking::bookings) fn last() -> DateTime<Utc> {
    DateTime::from_timestamp_secs(253_402_300_799).unwrap_or_default()
}

/// One range of `bookings_undecided`: only the requests in the hub that wait for a decision.
const UNDECIDED: &str = concat!(
    "SELECT ",
    columns!(),
    ", ",
    waiting_position!(),
    ",
            (SELECT CAST(COALESCE(SUM(a.balance), 0) AS BIGINT) FROM accounts a
             JOIN academic_years y ON y.hub_id = a.hub_id AND y.year = a.year AND y.state = 'open'
             WHERE a.hub_id = b.hub_id AND a.school_id = b.school_id AND a.kind = 'wallet' AND a.year = e.year) AS available
     FROM bookings b
     JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
     LEFT JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
     JOIN schools s ON s.hub_id = b.hub_id AND s.id = b.school_id
     WHERE b.hub_id = $1
       AND b.approved_at IS NULL AND b.live = TRUE
       AND ($2 IS NULL OR b.school_id = $2)
       AND (COALESCE(b.approve_by, $3), b.id) > ($4, $5)
     ORDER BY COALESCE(b.approve_by, $3), b.id LIMIT $6"
);

pub(in crate::booking::bookings) async fn undecided(
    tx: &mut Tx,
    hub: HubId,
    school: Option<SchoolId>,
    after: Option<(DateTime<Utc>, BookingId)>,
    limit: i64,
) -> Result<Vec<Undecided>> {
    let (by, id) = after.unwrap_or((DateTime::UNIX_EPOCH, BookingId(Uuid::nil())));
    tx.query(UNDECIDED).bind(hub).bind(school).bind(last()).bind(by).bind(id).bind(limit).all().await
}

/// A page of bookings, for the narrowest filter that has an index: those of an event in the order of their numbers,
/// others in the order of their ids, which is that of asking.
pub(in crate::booking::bookings) async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: Filter,
    after: Option<BookingId>,
    limit: i64,
) -> Result<Vec<View>> {
    let Filter { event, school, person, state } = filter;
    let after = after.unwrap_or(BookingId(Uuid::nil()));
    let query = match (person, event, school) {
        (Some(person), _, _) => tx.query(OF_PERSON).bind(hub).bind(person).bind(event).bind(school).bind(state),
        (None, Some(event), _) => tx.query(OF_EVENT).bind(hub).bind(event).bind(school).bind(state),
        (None, None, Some(school)) => tx.query(OF_SCHOOL).bind(hub).bind(school).bind(state),
        (None, None, None) => tx.query(OF_HUB).bind(hub).bind(state),
    };
    query.bind(after).bind(limit).all().await
}

pub(in crate::booking::bookings) async fn holders(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    school: Option<SchoolId>,
    after: Option<BookingId>,
    limit: i64,
) -> Result<Vec<View>> {
    let after = after.unwrap_or(BookingId(Uuid::nil()));
    tx.query(HOLDERS).bind(hub).bind(event).bind(school).bind(after).bind(limit).all().await
}

/// The held places of an event that are not booked yet: how many are requested, and how many offered.
pub(in crate::booking::bookings) async fn held_pending(tx: &mut Tx, hub: HubId, event: EventId) -> Result<(i64, i64)> {
    tx.query(
        "SELECT CAST(COALESCE(SUM(CASE WHEN b.state = 'requested' THEN 1 ELSE 0 END), 0) AS BIGINT) AS requested,
                CAST(COALESCE(SUM(CASE WHEN b.offered_until IS NOT NULL THEN 1 ELSE 0 END), 0) AS BIGINT) AS offered
         FROM bookings b
         WHERE b.hub_id = $1 AND b.event_id = $2",
    )
    .bind(hub)
    .bind(event)
    .one()
    .await
}

pub(in crate::booking::bookings) async fn one(tx: &mut Tx, hub: HubId, id: BookingId) -> Result<Option<View>> {
    tx.query(ONE).bind(hub).bind(id).optional().await
}

pub(in crate::booking::bookings) async fn live_of(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    limit: i64,
) -> Result<Vec<View>> {
    tx.query(LIVE_OF_PERSON).bind(hub).bind(person).bind(limit).all().await
}

pub(in crate::booking::bookings) async fn ended_of(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    before: Option<(DateTime<Utc>, BookingId)>,
    limit: i64,
) -> Result<Vec<View>> {
    let (starts_at, id) = before.unwrap_or((last(), BookingId(Uuid::nil())));
    tx.query(ENDED_OF_PERSON).bind(hub).bind(person).bind(starts_at).bind(id).bind(limit).all().await
}

pub(in crate::booking::bookings) async fn unnamed(
    tx: &mut Tx,
    hub: HubId,
    school: SchoolId,
    limit: i64,
) -> Result<Vec<View>> {
    tx.query(UNNAMED).bind(hub).bind(school).bind(limit).all().await
}

/// A page of an event's waiting list, with each one's position on the whole of it.
pub(in crate::booking::bookings) async fn waiting(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    school: Option<SchoolId>,
    after: i64,
    limit: i64,
) -> Result<Vec<View>> {
    tx.query(WAITING).bind(hub).bind(event).bind(school).bind(after).bind(limit).all().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn a_page_is_one_range_of_an_index() {
        for (statement, range) in [
            (ONE, "(hub_id=? AND id=?)"),
            (OF_EVENT, "(hub_id=? AND event_id=? AND line>?)"),
            (HOLDERS, "(hub_id=? AND event_id=? AND line>?)"),
            (OF_SCHOOL, "bookings_by_school (hub_id=? AND school_id=? AND id>?)"),
            (OF_HUB, "(hub_id=? AND id>?)"),
        ] {
            let plan = plan(statement).await;
            assert!(plan.iter().any(|step| step.starts_with("SEARCH b ") && step.contains(range)), "{plan:#?}");
            assert!(
                plan.iter().any(|step| step.contains("SEARCH w USING") && step.contains("bookings_waiting")),
                "{plan:#?}"
            );
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE") || step.starts_with("SCAN")), "{plan:#?}");
        }
        let own = plan(OF_PERSON).await;
        for step in [
            "SEARCH bookings USING INDEX bookings_by_person (hub_id=? AND person_id=?)",
            "SEARCH w USING COVERING INDEX bookings_waiting (hub_id=? AND event_id=? AND line<?)",
        ] {
            assert!(own.iter().any(|found| found == step), "{own:#?}");
        }
        // Only their own are gone through, and put in order.
        assert!(own.iter().all(|step| !step.starts_with("SCAN") || step == "SCAN b"), "{own:#?}");
        for (statement, range) in [
            (LIVE_OF_PERSON, "SEARCH bookings USING INDEX bookings_by_person (hub_id=? AND person_id=? AND live=?)"),
            (ENDED_OF_PERSON, "SEARCH bookings USING INDEX bookings_by_person (hub_id=? AND person_id=? AND live=?)"),
        ] {
            let plan = plan(statement).await;
            assert!(plan.iter().any(|step| step == range), "{plan:#?}");
        }
        let unnamed = plan(UNNAMED).await;
        assert!(unnamed.iter().any(|step| step.contains("SEARCH b USING INDEX bookings_unnamed")), "{unnamed:#?}");
        let queue = plan(UNDECIDED).await;
        assert!(
            queue.iter().any(|step| step.contains("SEARCH b USING INDEX bookings_undecided (hub_id=? AND live=?)")),
            "{queue:#?}"
        );
        let plan = plan(WAITING).await;
        assert!(plan.iter().any(|step| step.contains("bookings_waiting (hub_id=? AND event_id=?")), "{plan:#?}");
    }
}
