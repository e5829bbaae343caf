//! Every statement of the partners.

use uuid::Uuid;

use super::Partner;
use crate::db::{Result, Tx};
use crate::ids::{HubId, PartnerId};
use crate::text::Line;

pub(super) async fn insert(tx: &mut Tx, hub: HubId, partner: &Partner) -> Result<u64> {
    tx.query("INSERT INTO partners (hub_id, id, name, version, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(hub)
        .bind(partner.id)
        .bind(partner.name.clone())
        .bind(partner.version)
        .bind(partner.created_at)
        .run()
        .await
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, id: PartnerId) -> Result<Option<Partner>> {
    tx.query("SELECT id, name, version, created_at FROM partners WHERE hub_id = $1 AND id = $2")
        .bind(hub)
        .bind(id)
        .optional()
        .await
}

pub(super) async fn list(
    tx: &mut Tx,
    hub: HubId,
    only: Option<PartnerId>,
    after: Option<PartnerId>,
    limit: i64,
) -> Result<Vec<Partner>> {
    tx.query(
        "SELECT id, name, version, created_at FROM partners
         WHERE hub_id = $1 AND ($2 IS NULL OR id = $2) AND id > $3
         ORDER BY id LIMIT $4",
    )
    .bind(hub)
    .bind(only)
    .bind(after.unwrap_or(PartnerId(Uuid::nil())))
    .bind(limit)
    .all()
    .await
}

pub(super) async fn rename(
    tx: &mut Tx,
    hub: HubId,
    id: PartnerId,
    version: i64,
    name: Line,
) -> Result<Option<Partner>> {
    tx.query(
        "UPDATE partners SET name = $4, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND version = $3
         RETURNING id, name, version, created_at",
    )
    .bind(hub)
    .bind(id)
    .bind(version)
    .bind(name)
    .optional()
    .await
}
