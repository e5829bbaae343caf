//! Every statement about the bookings of two records of one person.

use chrono::{DateTime, Utc};

use super::sealed::SealedRow;
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{BookingId, HubId, PersonId};
use crate::booking::bookings::Booking;

/// The bookings of a person, and the requests that they made for others and nobody has decided on.
pub(in crate::booking::bookings) async fn of_record(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
) -> Result<Vec<SealedRow>> {
    tx.query(OF_RECORD).bind(hub).bind(person).all().await
}

const OF_RECORD: &str =
    "SELECT b.id, b.event_id, b.person_id, b.school_id, b.state, b.line, b.price, b.held, b.policy, b.requested_by, b.requested_at,
            b.approved_by, b.approved_at, b.ended_by, b.ended_at, b.passed_over_at, b.names_by, b.offered_until, b.moved_to, b.approve_by, b.schedule, b.ticket_id, b.version,
            b.sealed_by
     FROM (SELECT hub_id, id FROM bookings WHERE hub_id = $1 AND person_id = $2
           UNION
           SELECT hub_id, id FROM bookings WHERE hub_id = $1 AND live = TRUE AND approved_at IS NULL AND requested_by = $2) w
     JOIN bookings b ON b.hub_id = w.hub_id AND b.id = w.id
     ORDER BY b.id";

pub(in crate::booking::bookings) async fn hand_over(
    tx: &mut Tx,
    hub: HubId,
    bookings: &[(Booking, Option<i64>)],
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.rows::<7, _>(
        "WITH new (hub_id, id, person_id, requested_by, sealed_by, version, revised_at) AS (VALUES $rows)
         UPDATE bookings SET person_id = new.person_id, requested_by = new.requested_by, sealed_by = new.sealed_by,
                             version = new.version, revised_at = new.revised_at
         FROM new WHERE bookings.hub_id = new.hub_id AND bookings.id = new.id",
        bookings,
        |query, (booking, sealed_by)| {
            query
                .bind(hub)
                .bind(booking.id)
                .bind(booking.person_id)
                .bind(booking.requested_by)
                .bind(*sealed_by)
                .bind(booking.version)
                .bind(now)
        },
    )
    .await
}

/// Makes what a record had before somebody else took it over the other record's.
pub(in crate::booking::bookings) async fn had_before(
    tx: &mut Tx,
    hub: HubId,
    (from, to): (PersonId, PersonId),
) -> Result<Vec<(BookingId,)>> {
    tx.query("UPDATE handed_on SET person_id = $3 WHERE hub_id = $1 AND person_id = $2 RETURNING booking_id")
        .bind(hub)
        .bind(from)
        .bind(to)
        .all()
        .await
}
