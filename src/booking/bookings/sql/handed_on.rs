//! Every statement about whose bookings were before another person took them over.

use chrono::{DateTime, Utc};

use crate::base::db::{Tx, Writes};
use crate::base::ids::{BookingId, HubId, PersonId};
use crate::booking::bookings::decide::Handed;

/// Records who had each of these bookings, where somebody did.
pub(in crate::booking::bookings) fn insert(
    tx: &Tx,
    writes: &mut Writes,
    hub: HubId,
    handed: &[Handed],
    now: DateTime<Utc>,
) {
    let had: Vec<(PersonId, BookingId, i64)> =
        handed.iter().filter_map(|handed| Some((handed.from?, handed.booking, handed.version))).collect();
    writes.add::<5, _>(
        tx,
        "WITH new (hub_id, person_id, booking_id, version, handed_on_at) AS (VALUES $rows)
         INSERT INTO handed_on (hub_id, person_id, booking_id, version, handed_on_at)
         SELECT hub_id, person_id, booking_id, version, handed_on_at FROM new WHERE booking_id IS NOT NULL",
        &had,
        |query, row| {
            query
                .bind(hub)
                .bind(row.map(|(person, ..)| *person))
                .bind(row.map(|(_, booking, _)| *booking))
                .bind(row.map(|(.., version)| *version))
                .bind(now)
        },
    );
}
