//! How far a hub has been set up: what there is of everything that its first day makes.

use super::sql;
pub use super::sql::first_steps::FirstSteps;
use crate::base::db::{self, Tx};
use crate::base::ids::HubId;

/// How far the hub has been set up.
pub async fn first_steps(tx: &mut Tx, hub: HubId) -> Result<FirstSteps, db::Error> {
    Ok(sql::first_steps::first_steps(tx, hub).await?.unwrap_or_default())
}
