//! Every statement about why requests were declined: words, which are kept beside the bookings and sealed nowhere.

use std::collections::HashMap;

use crate::base::db::{Changed, Result, Tx, Writes};
use crate::base::ids::{BookingId, HubId, PersonId};
use crate::base::text::Line;

/// Keeps why each of these bookings was declined.
pub(in crate::booking::bookings) fn insert(
    tx: &Tx,
    writes: &mut Writes,
    hub: HubId,
    declined: &HashMap<BookingId, Line>,
) {
    let reasons: Vec<(&BookingId, &Line)> = declined.iter().collect();
    writes.add::<3, _>(
        tx,
        "WITH new (hub_id, booking_id, reason) AS (VALUES $rows)
         INSERT INTO decline_reasons (hub_id, booking_id, reason)
         SELECT hub_id, booking_id, reason FROM new WHERE booking_id IS NOT NULL",
        &reasons,
        |query, row| query.bind(hub).bind(row.map(|(id, _)| **id)).bind(row.map(|(_, reason)| (*reason).clone())),
    );
}

pub(in crate::booking::bookings) async fn erase(tx: &mut Tx, hub: HubId, delegate: PersonId) -> Result<Changed> {
    tx.query(
        "DELETE FROM decline_reasons
         WHERE hub_id = $1 AND booking_id IN (SELECT b.id FROM bookings b WHERE b.hub_id = $1 AND b.person_id = $2)",
    )
    .bind(hub)
    .bind(delegate)
    .run()
    .await
}
