//! What came back of what places cost: to the wallets that paid, or to the hub where a ticket did.

use std::collections::HashMap;

use super::sql;
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::{BookingId, HubId};

/// What came back of each of these bookings; those of which nothing did are left out.
pub async fn came_back(
    tx: &mut Tx,
    hub: HubId,
    bookings: &[BookingId],
) -> Result<HashMap<BookingId, Credits>, db::Error> {
    if bookings.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(sql::came_back::of(tx, hub, bookings).await?.into_iter().collect())
}
