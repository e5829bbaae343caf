//! The statements of the purchase ledger's columns.

use super::List;
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::HubId;

pub(super) async fn columns(tx: &mut Tx, hub: HubId) -> Result<Option<(List, i64)>> {
    tx.query("SELECT columns, version FROM purchase_ledgers WHERE hub_id = $1").bind(hub).optional().await
}

pub(super) async fn set(tx: &mut Tx, hub: HubId, columns: &List, version: i64) -> Result<Changed> {
    tx.query(
        "INSERT INTO purchase_ledgers (hub_id, columns, version) VALUES ($1, $2, $3)
         ON CONFLICT (hub_id) DO UPDATE SET columns = excluded.columns, version = excluded.version",
    )
    .bind(hub)
    .bind(columns.clone())
    .bind(version)
    .run()
    .await
}
