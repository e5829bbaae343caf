//! The statement of what came back of what places cost.

use crate::base::credits::Credits;
use crate::base::db::{Result, Tx};
use crate::base::ids::{BookingId, HubId};

/// What came back of each of these bookings, of those of which anything did. SQLite keeps the order of cross joins; left to
/// itself it would walk all the hub's entries.
pub(in crate::booking::bookings) async fn of(
    tx: &mut Tx,
    hub: HubId,
    bookings: &[BookingId],
) -> Result<Vec<(BookingId, Credits)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, source_id) AS (VALUES $rows)
         SELECT t.source_id, CAST(SUM(e.amount) AS BIGINT)
         FROM wanted w CROSS JOIN transactions t CROSS JOIN entries e CROSS JOIN accounts a
         WHERE t.hub_id = w.hub_id AND t.source_id = w.source_id
           AND e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.side = 'debit'
           AND a.hub_id = e.hub_id AND a.id = e.account_id AND a.kind = 'escrow'
         GROUP BY t.source_id",
        bookings,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}
