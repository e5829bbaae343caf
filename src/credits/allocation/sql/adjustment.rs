//! The statements of adjustments, deductions and reversals.

use super::super::adjusting::{Given, Owed};
use crate::base::credits::Credits;
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{AllocationId, HubId, PersonId, SchoolId, TransactionId};
use crate::base::text::{Line, Urn};
use crate::base::year::AcademicYear;

/// A line, and what the school has left to give back.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(in super::super) struct Standing {
    pub(in super::super) school_id: SchoolId,
    pub(in super::super) urn: Urn,
    pub(in super::super) name: Line,
    pub(in super::super) credits: Credits,
    pub(in super::super) was: Credits,
    pub(in super::super) deduction: Credits,
    /// The balance of its wallet of the year.
    pub(in super::super) balance: Credits,
}

/// The lines of an allocation in order. The year of `w` is compared as an expression, not as a column, so that a wallet
/// is found by its school and not among all of the year.
pub(in super::super) async fn standings(tx: &mut Tx, hub: HubId, id: AllocationId) -> Result<Vec<Standing>> {
    tx.query(
        "SELECT l.school_id, s.urn, s.name, l.credits, l.was, l.deduction, COALESCE(w.balance, 0) AS balance
         FROM allocations a
         JOIN allocation_lines l ON l.hub_id = a.hub_id AND l.allocation_id = a.id
         JOIN schools s ON s.hub_id = l.hub_id AND s.id = l.school_id
         LEFT JOIN accounts w ON w.hub_id = l.hub_id AND w.school_id = l.school_id AND w.kind = 'wallet' AND w.year || '' = a.year AND w.wallet = 'allocated'
         WHERE a.hub_id = $1 AND a.id = $2 ORDER BY l.line",
    )
    .bind(hub)
    .bind(id)
    .all()
    .await
}

// Where SQLite would rather go over all lines than over a few allocations, CROSS JOIN keeps the order.

/// What a chain gave schools: what it posted and what it deducted for earlier years, less what later years have
/// deducted for the chain's own shortfalls.
pub(in super::super) async fn given(tx: &mut Tx, hub: HubId, first: AllocationId) -> Result<Vec<Given>> {
    tx.query(
        "WITH moved AS (SELECT l.school_id, l.credits - l.was + l.shortfall AS credits
               FROM allocations a CROSS JOIN allocation_lines l
               WHERE a.hub_id = $1 AND (a.id = $2 OR a.adjusts = $2) AND a.state = 'approved'
                 AND l.hub_id = a.hub_id AND l.allocation_id = a.id
               UNION ALL
               SELECT d.school_id, -d.credits
               FROM allocations a CROSS JOIN allocation_deductions d CROSS JOIN allocations n
               WHERE a.hub_id = $1 AND a.adjusts = $2 AND a.state = 'approved'
                 AND d.hub_id = a.hub_id AND d.adjustment_id = a.id
                 AND n.hub_id = d.hub_id AND n.id = d.allocation_id AND n.state = 'approved'),
              sums AS (SELECT school_id, CAST(SUM(credits) AS BIGINT) AS credits FROM moved GROUP BY school_id)
         SELECT sums.school_id, s.urn, sums.credits
         FROM sums CROSS JOIN schools s
         WHERE s.hub_id = $1 AND s.id = sums.school_id",
    )
    .bind(hub)
    .bind(first)
    .all()
    .await
}

/// The last approved adjustment of a chain.
pub(in super::super) async fn last(tx: &mut Tx, hub: HubId, first: AllocationId) -> Result<Option<(AllocationId,)>> {
    tx.query(
        "SELECT id FROM allocations
         WHERE hub_id = $1 AND adjusts = $2 AND state = 'approved' ORDER BY nth DESC LIMIT 1",
    )
    .bind(hub)
    .bind(first)
    .optional()
    .await
}

/// How many adjustments of a chain were ever approved.
pub(in super::super) async fn places(tx: &mut Tx, hub: HubId, first: AllocationId) -> Result<i64> {
    let (places,): (i64,) = tx
        .query("SELECT COALESCE(MAX(nth), 0) FROM allocations WHERE hub_id = $1 AND adjusts = $2")
        .bind(hub)
        .bind(first)
        .one()
        .await?;
    Ok(places)
}

/// What schools owe to years before this one, the earliest first.
pub(in super::super) async fn owed(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<Vec<Owed>> {
    tx.query(
        "SELECT o.school_id, o.adjustment_id, o.credits
         FROM (SELECT l.school_id, a.id AS adjustment_id, a.year, a.approved_at, l.line,
                      l.shortfall - CAST(COALESCE(d.credits, 0) AS BIGINT) AS credits
               FROM allocations a
               JOIN allocation_lines l ON l.hub_id = a.hub_id AND l.allocation_id = a.id AND l.shortfall > 0
               LEFT JOIN (SELECT d.adjustment_id, d.school_id, SUM(d.credits) AS credits
                          FROM allocation_deductions d
                          JOIN allocations n ON n.hub_id = d.hub_id AND n.id = d.allocation_id AND n.state = 'approved'
                          WHERE d.hub_id = $1 GROUP BY d.adjustment_id, d.school_id) d
                      ON d.adjustment_id = a.id AND d.school_id = l.school_id
               WHERE a.hub_id = $1 AND a.year < $2 AND a.state = 'approved' AND a.shortfalls = 'next_year'
                 AND NOT EXISTS (SELECT 1 FROM allocations later
                                 WHERE later.hub_id = a.hub_id AND later.adjusts = a.adjusts AND later.nth > a.nth AND later.state = 'approved')) o
         WHERE o.credits > 0
         ORDER BY o.year, o.approved_at, o.adjustment_id, o.line",
    )
    .bind(hub)
    .bind(year)
    .all()
    .await
}

pub(in super::super) async fn insert_deductions(
    tx: &mut Tx,
    hub: HubId,
    id: AllocationId,
    taken: &[Owed],
) -> Result<Changed> {
    tx.rows::<5, _>(
        "INSERT INTO allocation_deductions (hub_id, allocation_id, school_id, adjustment_id, credits) VALUES $rows",
        taken,
        |query, owed| query.bind(hub).bind(id).bind(owed.school_id).bind(owed.adjustment_id).bind(owed.credits),
    )
    .await
}

pub(in super::super) async fn deductions(tx: &mut Tx, hub: HubId, id: AllocationId) -> Result<Vec<Owed>> {
    tx.query(
        "SELECT school_id, adjustment_id, credits FROM allocation_deductions WHERE hub_id = $1 AND allocation_id = $2",
    )
    .bind(hub)
    .bind(id)
    .all()
    .await
}

pub(in super::super) async fn delete_deductions(tx: &mut Tx, hub: HubId, id: AllocationId) -> Result<Changed> {
    tx.query("DELETE FROM allocation_deductions WHERE hub_id = $1 AND allocation_id = $2")
        .bind(hub)
        .bind(id)
        .run()
        .await
}

/// Records what the wallets of schools could not give back.
pub(in super::super) async fn record_shortfalls(
    tx: &mut Tx,
    hub: HubId,
    id: AllocationId,
    short: &[(SchoolId, Credits)],
) -> Result<Changed> {
    tx.batch::<4, _>(
        "WITH new (hub_id, allocation_id, school_id, shortfall) AS (VALUES $rows)
         UPDATE allocation_lines SET shortfall = new.shortfall
         FROM new
         WHERE allocation_lines.hub_id = new.hub_id AND allocation_lines.allocation_id = new.allocation_id
           AND allocation_lines.school_id = new.school_id",
        short,
        |query, row| {
            query.bind(hub).bind(id).bind(row.map(|(school, _)| *school)).bind(row.map(|(_, shortfall)| *shortfall))
        },
    )
    .await
}

/// The allocations that were computed from this one, the last first: later adjustments in its chain, those that
/// deducted its shortfalls, and adjustments that relied on its own deductions.
pub(in super::super) async fn dependents(tx: &mut Tx, hub: HubId, id: AllocationId) -> Result<Vec<(AllocationId,)>> {
    tx.query(
        "SELECT n.id
         FROM allocations a
         JOIN allocations n ON n.hub_id = a.hub_id AND n.state = 'approved'
         WHERE a.hub_id = $1 AND a.id = $2
           AND (n.adjusts = a.id
                OR (n.adjusts = a.adjusts AND n.nth > a.nth)
                OR EXISTS (SELECT 1 FROM allocation_deductions d
                           WHERE d.hub_id = n.hub_id AND d.allocation_id = n.id AND d.adjustment_id = a.id)
                OR EXISTS (SELECT 1 FROM allocations settled
                           WHERE settled.hub_id = n.hub_id AND settled.adjusts = n.adjusts AND settled.nth < n.nth
                             AND EXISTS (SELECT 1 FROM allocation_deductions d
                                         WHERE d.hub_id = settled.hub_id AND d.allocation_id = a.id AND d.adjustment_id = settled.id)))
         ORDER BY n.approved_at DESC, COALESCE(n.nth, 0) DESC, n.id DESC",
    )
    .bind(hub)
    .bind(id)
    .all()
    .await
}

/// The allocation that a transaction posted.
pub(in super::super) async fn posted_by(
    tx: &mut Tx,
    hub: HubId,
    transaction: TransactionId,
) -> Result<Option<(AllocationId,)>> {
    tx.query(
        "SELECT a.id
         FROM transactions t JOIN allocations a ON a.hub_id = t.hub_id AND a.id = t.source_id AND a.transaction_id = t.id
         WHERE t.hub_id = $1 AND t.id = $2",
    )
    .bind(hub)
    .bind(transaction)
    .optional()
    .await
}

/// The leads of the schools that an allocation moved something for, or should have.
pub(in super::super) async fn leads(tx: &mut Tx, hub: HubId, id: AllocationId) -> Result<Vec<(PersonId,)>> {
    tx.query(
        "SELECT p.id
         FROM allocation_lines l CROSS JOIN people p
         WHERE l.hub_id = $1 AND l.allocation_id = $2
           AND p.hub_id = l.hub_id AND p.school_id = l.school_id AND p.role = 'school_lead' AND p.disabled_at IS NULL
           AND (l.shortfall > 0 OR l.credits - l.was - l.deduction <> 0)
         ORDER BY p.id",
    )
    .bind(hub)
    .bind(id)
    .all()
    .await
}

/// What a posted allocation moved in all: what wallets got, or gave, whichever is more.
pub(in super::super) async fn moved(tx: &mut Tx, hub: HubId, id: AllocationId) -> Result<Credits> {
    let (up, down): (Credits, Credits) = tx
        .query(
            "SELECT CAST(COALESCE(SUM(CASE WHEN p.posted > 0 THEN p.posted ELSE 0 END), 0) AS BIGINT),
                    CAST(COALESCE(SUM(CASE WHEN p.posted < 0 THEN -p.posted ELSE 0 END), 0) AS BIGINT)
             FROM (SELECT credits - was - deduction + shortfall AS posted
                   FROM allocation_lines WHERE hub_id = $1 AND allocation_id = $2) p",
        )
        .bind(hub)
        .bind(id)
        .one()
        .await?;
    Ok(up.max(down))
}
