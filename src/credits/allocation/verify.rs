//! What allocations promise, recomputed: their sums from their lines, their lines from the ledger, and their
//! corrections from one another.

mod posted;

use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::ledger::{self, Difference};

/// What must hold, each with the statement that finds a violation.
const CHECKS: &[(&str, &str)] = &[
        (
            "the lines of an allocation do not sum to its pool",
            "SELECT 'allocation for', a.year, a.pool, CAST(COALESCE(l.credits, 0) AS BIGINT)
             FROM allocations a
             LEFT JOIN (SELECT allocation_id, SUM(credits) AS credits FROM allocation_lines WHERE hub_id = $1 GROUP BY allocation_id) l ON l.allocation_id = a.id
             WHERE a.hub_id = $1 AND a.pool <> COALESCE(l.credits, 0) ORDER BY a.id LIMIT 1",
        ),
        (
            "the lines of an allocation do not sum to its schools and pupils",
            "SELECT 'allocation for', a.year, CASE WHEN a.pupils = COALESCE(l.pupils, 0) THEN a.schools ELSE a.pupils END,
                    CAST(CASE WHEN a.pupils = COALESCE(l.pupils, 0) THEN COALESCE(l.schools, 0) ELSE COALESCE(l.pupils, 0) END AS BIGINT)
             FROM allocations a
             LEFT JOIN (SELECT allocation_id, COUNT(*) AS schools, SUM(pupils) AS pupils FROM allocation_lines
                        WHERE hub_id = $1 GROUP BY allocation_id) l ON l.allocation_id = a.id
             WHERE a.hub_id = $1 AND (a.schools <> COALESCE(l.schools, 0) OR a.pupils <> COALESCE(l.pupils, 0)) ORDER BY a.id LIMIT 1",
        ),
        (
            "the lines of an allocation do not sum to what it corrects, deducts and leaves",
            "SELECT 'allocation for', a.year, a.was - a.deducted + a.short, CAST(COALESCE(l.was - l.deduction + l.shortfall, 0) AS BIGINT)
             FROM allocations a
             LEFT JOIN (SELECT allocation_id, SUM(was) AS was, SUM(deduction) AS deduction, SUM(shortfall) AS shortfall
                        FROM allocation_lines WHERE hub_id = $1 GROUP BY allocation_id) l ON l.allocation_id = a.id
             WHERE a.hub_id = $1
               AND (a.was <> COALESCE(l.was, 0) OR a.deducted <> COALESCE(l.deduction, 0) OR a.short <> COALESCE(l.shortfall, 0))
             ORDER BY a.id LIMIT 1",
        ),
        (
            "a line of an allocation differs from what the ledger moved for it",
            "SELECT 'allocation to', s.name, sums.moved, sums.posted
             FROM (SELECT allocation_id, school_id, CAST(SUM(moved) AS BIGINT) AS moved, CAST(SUM(posted) AS BIGINT) AS posted
                   FROM (SELECT l.allocation_id, l.school_id, 0 AS moved, l.credits - l.was - l.deduction + l.shortfall AS posted
                         FROM allocations a
                         JOIN allocation_lines l ON l.hub_id = a.hub_id AND l.allocation_id = a.id
                         WHERE a.hub_id = $1 AND a.state <> 'draft'
                         UNION ALL
                         SELECT a.id, w.school_id, CASE WHEN e.side = 'credit' THEN e.amount ELSE -e.amount END, 0
                         FROM allocations a CROSS JOIN transactions t CROSS JOIN entries e CROSS JOIN accounts w
                         WHERE a.hub_id = $1 AND t.hub_id = a.hub_id AND t.id = a.transaction_id
                           AND e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.ordinal >= 1
                           AND w.hub_id = e.hub_id AND w.id = e.account_id AND w.kind = 'wallet'
                           AND w.year = a.year AND w.wallet = 'allocated') both_sides
                   GROUP BY allocation_id, school_id) sums
             JOIN schools s ON s.hub_id = $1 AND s.id = sums.school_id
             WHERE sums.moved <> sums.posted ORDER BY sums.allocation_id, s.urn LIMIT 1",
        ),
        (
            "an allocation names a transaction that is not its own, or was posted twice",
            "SELECT 'allocation for', a.year, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
             FROM allocations a
             LEFT JOIN transactions t ON t.hub_id = a.hub_id AND t.id = a.transaction_id
             WHERE a.hub_id = $1
               AND ((a.transaction_id IS NOT NULL
                     AND (a.state = 'draft' OR t.id IS NULL OR t.source_id <> a.id OR t.source_kind <> 'allocation'
                          OR t.kind <> CASE WHEN a.adjusts IS NULL THEN 'allocation_approved' ELSE 'allocation_adjusted' END))
                    OR EXISTS (SELECT 1 FROM transactions other
                               WHERE other.hub_id = a.hub_id AND other.source_id = a.id AND other.reverses IS NULL
                                 AND (a.transaction_id IS NULL OR other.id <> a.transaction_id)))
             ORDER BY a.id LIMIT 1",
        ),
        (
            "whether an allocation is reversed differs from whether its transaction is",
            "SELECT 'allocation for', a.year, CAST(CASE WHEN r.id IS NULL THEN 0 ELSE 1 END AS BIGINT), CAST(CASE WHEN r.id IS NULL THEN 1 ELSE 0 END AS BIGINT)
             FROM allocations a
             LEFT JOIN transactions r ON r.hub_id = a.hub_id AND r.reverses = a.transaction_id
             WHERE a.hub_id = $1
               AND ((a.state = 'reversed') <> (a.reversed_at IS NOT NULL)
                    OR (r.id IS NOT NULL) <> (a.state = 'reversed' AND a.transaction_id IS NOT NULL)
                    OR (r.id IS NULL) <> (a.reversal_id IS NULL)
                    OR r.id <> a.reversal_id)
             ORDER BY a.id LIMIT 1",
        ),
        (
            "what a school was given by an allocation and its adjustments differs from what the last of them says",
            "WITH last AS (SELECT a.id, a.adjusts FROM allocations a
                           WHERE a.hub_id = $1 AND a.adjusts IS NOT NULL AND a.state = 'approved'
                             AND NOT EXISTS (SELECT 1 FROM allocations n
                                             WHERE n.hub_id = a.hub_id AND n.adjusts = a.adjusts AND n.nth > a.nth AND n.state = 'approved'))
             SELECT 'allocation to', s.name, sums.stands, sums.given
             FROM (SELECT adjusts, school_id, CAST(SUM(stands) AS BIGINT) AS stands, CAST(SUM(given) AS BIGINT) AS given
                   FROM (SELECT last.adjusts, l.school_id, l.credits + l.shortfall AS stands, 0 AS given
                         FROM last JOIN allocation_lines l ON l.hub_id = $1 AND l.allocation_id = last.id
                         UNION ALL
                         SELECT last.adjusts, l.school_id, 0, l.credits - l.was + l.shortfall
                         FROM last CROSS JOIN allocations a CROSS JOIN allocation_lines l
                         WHERE a.hub_id = $1 AND (a.id = last.adjusts OR a.adjusts = last.adjusts) AND a.state = 'approved'
                           AND l.hub_id = a.hub_id AND l.allocation_id = a.id
                         UNION ALL
                         SELECT last.adjusts, d.school_id, 0, -d.credits
                         FROM last
                         JOIN allocations a ON a.hub_id = $1 AND a.adjusts = last.adjusts AND a.id <> last.id AND a.state = 'approved'
                         JOIN allocation_deductions d ON d.hub_id = a.hub_id AND d.adjustment_id = a.id
                         JOIN allocations n ON n.hub_id = d.hub_id AND n.id = d.allocation_id AND n.state = 'approved') both_sides
                   GROUP BY adjusts, school_id) sums
             JOIN schools s ON s.hub_id = $1 AND s.id = sums.school_id
             WHERE sums.stands <> sums.given ORDER BY sums.adjusts, s.urn LIMIT 1",
        ),
        (
            "a deduction differs from the shortfalls that it settles",
            "SELECT 'allocation to', s.name, sums.settled, sums.deduction
             FROM (SELECT allocation_id, school_id, CAST(SUM(settled) AS BIGINT) AS settled, CAST(SUM(deduction) AS BIGINT) AS deduction
                   FROM (SELECT allocation_id, school_id, 0 AS settled, deduction FROM allocation_lines WHERE hub_id = $1 AND deduction <> 0
                         UNION ALL
                         SELECT allocation_id, school_id, credits, 0 FROM allocation_deductions WHERE hub_id = $1) both_sides
                   GROUP BY allocation_id, school_id) sums
             JOIN schools s ON s.hub_id = $1 AND s.id = sums.school_id
             WHERE sums.settled <> sums.deduction ORDER BY sums.allocation_id, s.urn LIMIT 1",
        ),
        (
            "more was deducted for a shortfall than there was",
            "SELECT 'allocation to', s.name, COALESCE(l.shortfall, 0), d.credits
             FROM (SELECT d.adjustment_id, d.school_id, CAST(SUM(d.credits) AS BIGINT) AS credits
                   FROM allocation_deductions d
                   JOIN allocations n ON n.hub_id = d.hub_id AND n.id = d.allocation_id AND n.state = 'approved'
                   WHERE d.hub_id = $1 GROUP BY d.adjustment_id, d.school_id) d
             JOIN schools s ON s.hub_id = $1 AND s.id = d.school_id
             LEFT JOIN allocations a ON a.hub_id = $1 AND a.id = d.adjustment_id AND a.state = 'approved' AND a.shortfalls = 'next_year'
             LEFT JOIN allocation_lines l ON l.hub_id = $1 AND l.allocation_id = a.id AND l.school_id = d.school_id
             WHERE COALESCE(l.shortfall, 0) < d.credits ORDER BY d.adjustment_id, s.urn LIMIT 1",
        ),
];

/// The first difference, if there is any. Each check reads the lines once.
pub async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let found = posted::verify(tx, hub).await?;
    if found.is_some() {
        return Ok(found);
    }
    ledger::first_wrong(tx, hub, CHECKS, Difference::of).await
}
