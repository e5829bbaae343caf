//! Every statement of the partners.

use uuid::Uuid;

use super::Partner;
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, PartnerId};
use crate::base::text::Line;

/// The columns of a partner.
macro_rules! columns {
    () => {
        "id, name, version, created_at"
    };
}

pub(super) async fn insert(tx: &mut Tx, hub: HubId, partner: &Partner) -> Result<Changed> {
    tx.query("INSERT INTO partners (hub_id, id, name, name_key, version, created_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(hub)
        .bind(partner.id)
        .bind(partner.name.clone())
        .bind(partner.name.key())
        .bind(partner.version)
        .bind(partner.created_at)
        .run()
        .await
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, id: PartnerId) -> Result<Option<Partner>> {
    tx.query(concat!("SELECT ", columns!(), " FROM partners WHERE hub_id = $1 AND id = $2"))
        .bind(hub)
        .bind(id)
        .optional()
        .await
}

pub(super) async fn every(tx: &mut Tx, hub: HubId) -> Result<Vec<Partner>> {
    tx.query(concat!("SELECT ", columns!(), " FROM partners WHERE hub_id = $1 ORDER BY id")).bind(hub).all().await
}

pub(super) async fn list(
    tx: &mut Tx,
    hub: HubId,
    only: Option<PartnerId>,
    text: Option<&Line>,
    after: Option<(String, PartnerId)>,
    limit: i64,
) -> Result<Vec<Partner>> {
    let (key, id) = after.unwrap_or((String::new(), PartnerId(Uuid::nil())));
    tx.query(concat!(
        "SELECT ",
        columns!(),
        " FROM partners
         WHERE hub_id = $1 AND (name_key, id) > ($2, $3)
           AND CASE WHEN ($5 IS NULL OR id = $5) AND ($6 IS NULL OR name_key LIKE $6 ESCAPE '\\')
                    THEN TRUE ELSE FALSE END
         ORDER BY name_key, id LIMIT $4"
    ))
    .bind(hub)
    .bind(key)
    .bind(id)
    .bind(limit)
    .bind(only)
    .bind(text.map(Line::pattern))
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
    tx.query(concat!(
        "UPDATE partners SET name = $4, name_key = $5, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND version = $3
         RETURNING ",
        columns!()
    ))
    .bind(hub)
    .bind(id)
    .bind(version)
    .bind(name.clone())
    .bind(name.key())
    .optional()
    .await
}
