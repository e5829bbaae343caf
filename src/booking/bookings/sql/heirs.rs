//! Every statement about the bookings of a school whose place another takes.

use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, SchoolId};

/// Makes the school's live bookings its successor's.
pub(in crate::booking::bookings) async fn pass_to_successor(
    tx: &mut Tx,
    hub: HubId,
    (school, successor): (SchoolId, SchoolId),
) -> Result<Changed> {
    tx.query("UPDATE bookings SET school_id = $3, version = version + 1 WHERE hub_id = $1 AND school_id = $2 AND live")
        .bind(hub)
        .bind(school)
        .bind(successor)
        .run()
        .await
}
