//! Every statement of the academic years.

use super::Year;
use crate::db::{Result, Tx};
use crate::ids::HubId;
use crate::year::AcademicYear;

pub(super) async fn insert(tx: &mut Tx, hub: HubId, year: &Year) -> Result<u64> {
    tx.query(
        "INSERT INTO academic_years (hub_id, year, state, version, created_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (hub_id, year) DO NOTHING",
    )
    .bind(hub)
    .bind(year.year)
    .bind(year.state)
    .bind(year.version)
    .bind(year.created_at)
    .run()
    .await
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<Option<Year>> {
    tx.query("SELECT year, state, version, created_at FROM academic_years WHERE hub_id = $1 AND year = $2")
        .bind(hub)
        .bind(year)
        .optional()
        .await
}

pub(super) async fn list(tx: &mut Tx, hub: HubId, after: Option<AcademicYear>, limit: i64) -> Result<Vec<Year>> {
    tx.query(
        "SELECT year, state, version, created_at FROM academic_years
         WHERE hub_id = $1 AND ($2 IS NULL OR year > $2)
         ORDER BY year LIMIT $3",
    )
    .bind(hub)
    .bind(after)
    .bind(limit)
    .all()
    .await
}
