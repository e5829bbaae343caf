//! Every statement about which school took the place of which.

use chrono::NaiveDate;

use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, SchoolId};

pub(in crate::members::schools) async fn all(tx: &mut Tx, hub: HubId) -> Result<Vec<(SchoolId, SchoolId)>> {
    tx.query("SELECT school_id, successor_id FROM successions WHERE hub_id = $1").bind(hub).all().await
}

pub(in crate::members::schools) async fn succeed(
    tx: &mut Tx,
    hub: HubId,
    school: SchoolId,
    successor: SchoolId,
    on: NaiveDate,
) -> Result<Changed> {
    tx.query(
        "UPDATE schools
         SET successor_id = $3, left_on = CASE WHEN left_on < $4 THEN left_on ELSE $4 END, version = version + 1
         WHERE hub_id = $1 AND id = $2",
    )
    .bind(hub)
    .bind(school)
    .bind(successor)
    .bind(on)
    .run()
    .await
}
