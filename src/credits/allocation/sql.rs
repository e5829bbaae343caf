//! Every statement of the allocations.

pub(super) mod adjustment;
pub(super) mod comparison;
pub(super) mod grounds;

use uuid::Uuid;

use super::rules::{DraftLine, Rules};
use super::{Allocation, AllocationLine, CorrectedRoll, Filter};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{AllocationId, HubId, SchoolId};

/// The columns of an allocation.
macro_rules! columns {
    () => {
        "id, year, census_date, state, pool, step, rules, schools, pupils, adjusts, nth, was, deducted, shortfalls, short,
         transaction_id, drafted_by, drafted_at, approved_by, approved_at, reversal_id, reversed_by, reversed_at, reversed_because, version"
    };
}

/// The rules as JSON, as they are stored.
pub(super) fn json(rules: &Rules) -> String {
    serde_json::to_string(rules).unwrap_or_default()
}

/// Writes a draft.
pub(super) async fn insert(tx: &mut Tx, hub: HubId, new: &Allocation) -> Result<Changed> {
    tx.query(
        "INSERT INTO allocations (hub_id, id, year, census_date, state, pool, step, rules, schools, pupils, adjusts, was, deducted, shortfalls, drafted_by, drafted_at, short, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, $17)",
    )
    .bind(hub)
    .bind(new.id)
    .bind(new.year)
    .bind(new.census_date)
    .bind(new.state)
    .bind(new.pool)
    .bind(new.step)
    .bind(json(&new.rules))
    .bind(new.schools)
    .bind(new.pupils)
    .bind(new.adjusts)
    .bind(new.was)
    .bind(new.deducted)
    .bind(new.shortfalls)
    .bind(new.drafted_by)
    .bind(new.drafted_at)
    .bind(new.version)
    .run()
    .await
}

/// Writes all fields of an allocation whose hub is locked, except when it was drafted and what it adjusts.
pub(super) async fn update(tx: &mut Tx, hub: HubId, new: &Allocation) -> Result<Changed> {
    tx.query(
        "UPDATE allocations
         SET year = $3, census_date = $4, state = $5, pool = $6, step = $7, rules = $8, schools = $9, pupils = $10,
             nth = $11, was = $12, deducted = $13, shortfalls = $14, short = $15, transaction_id = $16, drafted_by = $17,
             approved_by = $18, approved_at = $19, reversal_id = $20, reversed_by = $21, reversed_at = $22,
             reversed_because = $23, version = $24
         WHERE hub_id = $1 AND id = $2",
    )
    .bind(hub)
    .bind(new.id)
    .bind(new.year)
    .bind(new.census_date)
    .bind(new.state)
    .bind(new.pool)
    .bind(new.step)
    .bind(json(&new.rules))
    .bind(new.schools)
    .bind(new.pupils)
    .bind(new.nth)
    .bind(new.was)
    .bind(new.deducted)
    .bind(new.shortfalls)
    .bind(new.short)
    .bind(new.transaction_id)
    .bind(new.drafted_by)
    .bind(new.approved_by)
    .bind(new.approved_at)
    .bind(new.reversal_id)
    .bind(new.reversed_by)
    .bind(new.reversed_at)
    .bind(new.reversed_because.clone())
    .bind(new.version)
    .run()
    .await
}

pub(super) async fn delete(tx: &mut Tx, hub: HubId, id: AllocationId) -> Result<Changed> {
    tx.query("DELETE FROM allocations WHERE hub_id = $1 AND id = $2").bind(hub).bind(id).run().await
}

pub(super) async fn delete_lines(tx: &mut Tx, hub: HubId, id: AllocationId) -> Result<Changed> {
    tx.query("DELETE FROM allocation_lines WHERE hub_id = $1 AND allocation_id = $2").bind(hub).bind(id).run().await
}

/// Writes the lines, numbered in their order.
pub(super) async fn insert_lines(tx: &mut Tx, hub: HubId, id: AllocationId, lines: &[DraftLine]) -> Result<Changed> {
    let numbered: Vec<(i64, &DraftLine)> = (1..).zip(lines).collect();
    tx.rows::<15, _>(
        "INSERT INTO allocation_lines (hub_id, allocation_id, line, school_id, pupils, weight, months, quota, rounded_down, remainder_rank, bound, credits, was, deduction, revision)
         VALUES $rows",
        &numbered,
        |query, (number, line)| {
            query
                .bind(hub)
                .bind(id)
                .bind(*number)
                .bind(line.school)
                .bind(line.pupils)
                .bind(line.weight.ten_thousandths())
                .bind(line.months)
                .bind(line.quota)
                .bind(line.rounded_down)
                .bind(line.remainder_rank)
                .bind(line.bound)
                .bind(line.credits)
                .bind(line.was)
                .bind(line.deduction)
                .bind(line.revision)
        },
    )
    .await
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, id: AllocationId) -> Result<Option<Allocation>> {
    tx.query(concat!("SELECT ", columns!(), " FROM allocations WHERE hub_id = $1 AND id = $2"))
        .bind(hub)
        .bind(id)
        .optional()
        .await
}

pub(super) async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: Filter,
    after: Option<AllocationId>,
    limit: i64,
) -> Result<Vec<Allocation>> {
    tx.query(concat!(
        "SELECT ",
        columns!(),
        "
         FROM allocations
         WHERE hub_id = $1
           AND ($2 IS NULL OR year = $2)
           AND ($3 IS NULL OR state = $3)
           AND (state <> 'draft' OR NOT $4)
           AND id > $5
         ORDER BY id LIMIT $6"
    ))
    .bind(hub)
    .bind(filter.year)
    .bind(filter.state)
    .bind(filter.posted)
    .bind(after.unwrap_or(AllocationId(Uuid::nil())))
    .bind(limit)
    .all()
    .await
}

pub(super) async fn corrected_since(
    tx: &mut Tx,
    hub: HubId,
    id: AllocationId,
    limit: i64,
) -> Result<Vec<CorrectedRoll>> {
    tx.query(
        "SELECT l.school_id, s.urn, s.name, l.pupils AS counted, r.pupils
         FROM allocations a
         JOIN allocation_lines l ON l.hub_id = a.hub_id AND l.allocation_id = a.id
         JOIN rolls r ON r.hub_id = l.hub_id AND r.school_id = l.school_id AND r.census_date = a.census_date AND r.revision > l.revision
         JOIN schools s ON s.hub_id = l.hub_id AND s.id = l.school_id
         WHERE a.hub_id = $1 AND a.id = $2 AND r.pupils <> l.pupils
           AND NOT EXISTS (SELECT 1 FROM rolls newer
                           WHERE newer.hub_id = r.hub_id AND newer.school_id = r.school_id
                             AND newer.census_date = r.census_date AND newer.revision > r.revision)
         ORDER BY s.urn LIMIT $3",
    )
    .bind(hub)
    .bind(id)
    .bind(limit)
    .all()
    .await
}

pub(super) async fn lines(
    tx: &mut Tx,
    hub: HubId,
    id: AllocationId,
    school: Option<SchoolId>,
    after: i64,
    limit: i64,
) -> Result<Vec<AllocationLine>> {
    tx.query(
        "SELECT l.line, l.school_id, s.urn, s.name, s.phase, l.pupils, l.weight, l.months, l.quota, l.rounded_down, l.remainder_rank, l.bound, l.credits,
                l.was, l.deduction, l.shortfall, COALESCE(w.balance, 0) AS balance,
                (SELECT CAST(COALESCE(SUM(d.credits), 0) AS BIGINT) FROM allocation_deductions d
                 JOIN allocations n ON n.hub_id = d.hub_id AND n.id = d.allocation_id AND n.state = 'approved'
                 WHERE d.hub_id = l.hub_id AND d.adjustment_id = l.allocation_id AND d.school_id = l.school_id) AS recovered
         FROM allocations a
         JOIN allocation_lines l ON l.hub_id = a.hub_id AND l.allocation_id = a.id
         JOIN schools s ON s.hub_id = l.hub_id AND s.id = l.school_id
         LEFT JOIN accounts w ON w.hub_id = l.hub_id AND w.school_id = l.school_id AND w.kind = 'wallet' AND w.year || '' = a.year AND w.wallet = 'allocated'
         WHERE a.hub_id = $1 AND a.id = $2 AND ($3 IS NULL OR l.school_id = $3) AND l.line > $4
         ORDER BY l.line LIMIT $5",
    )
    .bind(hub)
    .bind(id)
    .bind(school)
    .bind(after)
    .bind(limit)
    .all()
    .await
}
