//! Every statement of the hubs.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::Hub;
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::HubId;

/// The columns of a hub.
macro_rules! columns {
    () => {
        "id, name, step, credit_value_pence, returned_share_percent, four_eyes, four_eyes_off_asked_by, approval_days, smallest_group, totp_for_managers, retention_years, audit_days, public_programme, colour, version, created_at"
    };
}

pub(super) async fn insert(tx: &mut Tx, hub: &Hub) -> Result<Changed> {
    tx.query(
        "INSERT INTO hubs (id, name, step, credit_value_pence, returned_share_percent, four_eyes, four_eyes_off_asked_by, approval_days, smallest_group, totp_for_managers, version, created_at, retention_years, audit_days, public_programme, colour)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(hub.id)
    .bind(hub.name.clone())
    .bind(hub.step)
    .bind(hub.credit_value_pence)
    .bind(hub.returned_share_percent)
    .bind(hub.four_eyes)
    .bind(hub.four_eyes_off_asked_by)
    .bind(hub.approval_days)
    .bind(hub.smallest_group)
    .bind(hub.totp_for_managers)
    .bind(hub.version)
    .bind(hub.created_at)
    .bind(hub.retention_years)
    .bind(hub.audit_days)
    .bind(hub.public_programme)
    .bind(hub.colour)
    .run()
    .await
}

/// From the day on, a credit is worth so much.
pub(super) async fn value_from(tx: &mut Tx, hub: HubId, day: NaiveDate, pence: i64) -> Result<Changed> {
    tx.query(
        "INSERT INTO credit_values (hub_id, valid_from, pence) VALUES ($1, $2, $3)
         ON CONFLICT (hub_id, valid_from) DO UPDATE SET pence = excluded.pence",
    )
    .bind(hub)
    .bind(day)
    .bind(pence)
    .run()
    .await
}

pub(super) async fn get(tx: &mut Tx, hub: HubId) -> Result<Option<Hub>> {
    tx.query(concat!("SELECT ", columns!(), " FROM hubs WHERE id = $1")).bind(hub).optional().await
}

pub(super) async fn has_only_its_journal(tx: &mut Tx, hub: HubId) -> Result<bool> {
    let row: Option<(bool,)> =
        tx.query("SELECT journal_imported_at IS NOT NULL FROM hubs WHERE id = $1").bind(hub).optional().await?;
    Ok(row.is_some_and(|row| row.0))
}

pub(super) async fn journal_imported(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<Changed> {
    tx.query("UPDATE hubs SET journal_imported_at = $2 WHERE id = $1").bind(hub).bind(now).run().await
}

pub(super) async fn ids(tx: &mut Tx) -> Result<Vec<HubId>> {
    let rows: Vec<(HubId,)> = tx.query("SELECT id FROM hubs ORDER BY id").all().await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

pub(super) async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<Hub>> {
    tx.query(concat!("SELECT ", columns!(), " FROM hubs WHERE name = $1")).bind(name.to_owned()).optional().await
}

pub(super) async fn list(tx: &mut Tx, after: Option<HubId>, limit: i64) -> Result<Vec<Hub>> {
    tx.query(concat!("SELECT ", columns!(), " FROM hubs WHERE id > $1 ORDER BY id LIMIT $2"))
        .bind(after.unwrap_or(HubId(Uuid::nil())))
        .bind(limit)
        .all()
        .await
}

pub(super) async fn update(tx: &mut Tx, hub: &Hub) -> Result<Option<Hub>> {
    tx.query(concat!(
        "UPDATE hubs SET name = $3, step = $4, credit_value_pence = $5, returned_share_percent = $6, four_eyes = $7,
                         four_eyes_off_asked_by = $8, approval_days = $9, smallest_group = $10, totp_for_managers = $11, retention_years = $12, audit_days = $13, public_programme = $14, colour = $15, version = version + 1
         WHERE id = $1 AND version = $2
         RETURNING ",
        columns!()
    ))
    .bind(hub.id)
    .bind(hub.version)
    .bind(hub.name.clone())
    .bind(hub.step)
    .bind(hub.credit_value_pence)
    .bind(hub.returned_share_percent)
    .bind(hub.four_eyes)
    .bind(hub.four_eyes_off_asked_by)
    .bind(hub.approval_days)
    .bind(hub.smallest_group)
    .bind(hub.totp_for_managers)
    .bind(hub.retention_years)
    .bind(hub.audit_days)
    .bind(hub.public_programme)
    .bind(hub.colour)
    .optional()
    .await
}
