//! The statements of what decided an allocation: its records as they stand.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::allocation::Allocation;
use crate::db::{Result, Tx};
use crate::ids::{AllocationId, HubId};

/// A line, with the roll that it counts.
#[derive(sqlx::FromRow)]
pub(in crate::allocation) struct LineRow {
    pub(in crate::allocation) line: i64,
    pub(in crate::allocation) school_id: Uuid,
    pub(in crate::allocation) pupils: i64,
    pub(in crate::allocation) weight: i64,
    pub(in crate::allocation) months: i64,
    pub(in crate::allocation) quota: String,
    pub(in crate::allocation) rounded_down: i64,
    pub(in crate::allocation) remainder_rank: Option<i64>,
    pub(in crate::allocation) bound: Option<String>,
    pub(in crate::allocation) credits: i64,
    pub(in crate::allocation) was: i64,
    pub(in crate::allocation) deduction: i64,
    pub(in crate::allocation) shortfall: i64,
    pub(in crate::allocation) revision: Option<i64>,
    pub(in crate::allocation) on_roll: Option<i64>,
    pub(in crate::allocation) recorded_at: Option<DateTime<Utc>>,
    pub(in crate::allocation) recorded_by: Option<Uuid>,
}

pub(in crate::allocation) async fn lines(
    tx: &mut Tx,
    hub: HubId,
    allocation: &Allocation,
    after: i64,
    limit: i64,
) -> Result<Vec<LineRow>> {
    tx.query(
        "SELECT l.line, l.school_id, l.pupils, l.weight, l.months, l.quota, l.rounded_down, l.remainder_rank, l.bound, l.credits, l.was, l.deduction, l.shortfall,
                l.revision, r.pupils AS on_roll, r.recorded_at, r.recorded_by
         FROM allocation_lines l
         LEFT JOIN rolls r ON r.hub_id = l.hub_id AND r.school_id = l.school_id AND r.census_date = $3 AND r.revision = l.revision
         WHERE l.hub_id = $1 AND l.allocation_id = $2 AND l.line > $4 ORDER BY l.line LIMIT $5",
    )
    .bind(hub)
    .bind(allocation.id)
    .bind(allocation.census_date)
    .bind(after)
    .bind(limit)
    .all()
    .await
}

/// The school, the adjustment and the hundredths of each shortfall that an allocation settles.
pub(in crate::allocation) async fn deductions(
    tx: &mut Tx,
    hub: HubId,
    id: AllocationId,
) -> Result<Vec<(Uuid, Uuid, i64)>> {
    tx.query(
        "SELECT school_id, adjustment_id, credits FROM allocation_deductions
         WHERE hub_id = $1 AND allocation_id = $2 ORDER BY school_id, adjustment_id",
    )
    .bind(hub)
    .bind(id)
    .all()
    .await
}
