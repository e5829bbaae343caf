//! What happens to the bookings of a school whose place another takes.

use super::sql;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, SchoolId};

/// Makes a school's live bookings its successor's: places, their order in the line and what their events hold stay.
pub async fn pass_to_successor(tx: &mut Tx, hub: HubId, pair: (SchoolId, SchoolId)) -> Result<(), db::Error> {
    sql::heirs::pass_to_successor(tx, hub, pair).await?.any();
    Ok(())
}
