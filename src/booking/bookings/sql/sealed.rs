//! The statements that read bookings as the hub's changes seal them.

use crate::base::db::{Result, Tx};
use crate::base::ids::{BookingId, HubId};
use crate::booking::bookings::Booking;

/// A booking, and the number of the change that last sealed it.
#[derive(sqlx::FromRow)]
pub(in crate::booking::bookings) struct SealedRow {
    #[sqlx(flatten)]
    pub(in crate::booking::bookings) booking: Booking,
    pub(in crate::booking::bookings) sealed_by: Option<i64>,
}

pub(in crate::booking::bookings) async fn sealed(tx: &mut Tx, hub: HubId, ids: &[BookingId]) -> Result<Vec<SealedRow>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT b.id, b.event_id, b.person_id, b.school_id, b.state, b.line, b.price, b.held, b.policy, b.requested_by, b.requested_at,
                b.approved_by, b.approved_at, b.ended_by, b.ended_at, b.passed_over_at, b.names_by, b.offered_until, b.moved_to, b.approve_by, b.schedule, b.ticket_id, b.version,
                b.sealed_by
         FROM wanted w JOIN bookings b ON b.hub_id = w.hub_id AND b.id = w.id",
        ids,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

pub(in crate::booking::bookings) async fn count_sealed(tx: &mut Tx, hub: HubId) -> Result<i64> {
    let (count,): (i64,) = tx.query("SELECT COUNT(sealed_by) FROM bookings WHERE hub_id = $1").bind(hub).one().await?;
    Ok(count)
}
