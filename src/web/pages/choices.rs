//! What can be chosen on pages of several rooms.

use crate::base::db::{self, Tx};
use crate::base::ids::HubId;
use crate::programme::programmes::priorities;

/// The most priorities that a list to choose from has.
const MOST: i64 = 500;

/// Every line of the Hub Action Plan: its id with its words.
pub(super) async fn of_priorities(tx: &mut Tx, hub: HubId) -> Result<Vec<(String, String)>, db::Error> {
    let all = priorities::list(tx, hub, None, None, MOST).await?;
    Ok(all.into_iter().map(|one| (one.id.to_string(), one.name.as_str().to_owned())).collect())
}
