//! Every statement of the reports.

use uuid::Uuid;

use crate::db::{Result, Tx};
use crate::ids::HubId;

pub(super) async fn schools(tx: &mut Tx, hub: HubId) -> Result<Vec<(Uuid, String, String)>> {
    tx.query("SELECT id, urn, name FROM schools WHERE hub_id = $1").bind(hub).all().await
}

pub(super) async fn partners(tx: &mut Tx, hub: HubId) -> Result<Vec<(Uuid, String)>> {
    tx.query("SELECT id, name FROM partners WHERE hub_id = $1").bind(hub).all().await
}

pub(super) async fn events(tx: &mut Tx, hub: HubId) -> Result<Vec<(Uuid, String)>> {
    tx.query("SELECT id, title FROM events WHERE hub_id = $1").bind(hub).all().await
}
