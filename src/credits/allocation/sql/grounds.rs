//! The statements that read what decided an allocation: its records as they stand.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::base::db::{Result, Tx};
use crate::base::ids::{AllocationId, HubId};
use crate::credits::allocation::Allocation;

/// A line, with the roll that it counts.
#[derive(sqlx::FromRow)]
pub(in crate::credits::allocation) struct LineRow {
    pub(in crate::credits::allocation) line: i64,
    pub(in crate::credits::allocation) school_id: Uuid,
    pub(in crate::credits::allocation) pupils: i64,
    pub(in crate::credits::allocation) weight: i64,
    pub(in crate::credits::allocation) months: i64,
    pub(in crate::credits::allocation) quota: String,
    pub(in crate::credits::allocation) rounded_down: i64,
    pub(in crate::credits::allocation) remainder_rank: Option<i64>,
    pub(in crate::credits::allocation) bound: Option<String>,
    pub(in crate::credits::allocation) credits: i64,
    pub(in crate::credits::allocation) was: i64,
    pub(in crate::credits::allocation) deduction: i64,
    pub(in crate::credits::allocation) shortfall: i64,
    pub(in crate::credits::allocation) revision: Option<i64>,
    pub(in crate::credits::allocation) on_roll: Option<i64>,
    pub(in crate::credits::allocation) recorded_at: Option<DateTime<Utc>>,
    pub(in crate::credits::allocation) recorded_by: Option<Uuid>,
}

pub(in crate::credits::allocation) async fn lines(
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

/// For each shortfall that an allocation settles: the school, the adjustment and the hundredths.
pub(in crate::credits::allocation) async fn deductions(
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
