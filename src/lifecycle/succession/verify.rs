//! What succession and the numbers that schools are known by promise, recomputed.

mod posted;

use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::ledger::{self, Difference};

/// What must hold, each with the statement that finds a violation.
const CHECKS: &[(&str, &str)] = &[
        (
            "a live booking is of a school whose place another took",
            "SELECT 'booking of', s.name, CAST(0 AS BIGINT), CAST(1 AS BIGINT)
             FROM successions d
             JOIN schools s ON s.hub_id = d.hub_id AND s.id = d.school_id
             JOIN bookings b ON b.hub_id = d.hub_id AND b.school_id = d.school_id AND b.live
             WHERE d.hub_id = $1 ORDER BY b.id LIMIT 1",
        ),
        (
            "the reason of a succession is not the one that was posted",
            "SELECT 'reason', m.memo, CAST(0 AS BIGINT), CAST(1 AS BIGINT)
             FROM successions d
             JOIN transactions t ON t.hub_id = d.hub_id AND t.source_kind = 'succession' AND t.source_id = d.id AND t.reverses IS NULL
             JOIN transaction_memos m ON m.hub_id = t.hub_id AND m.transaction_id = t.id
             WHERE d.hub_id = $1 AND m.memo <> d.reason ORDER BY t.sequence LIMIT 1",
        ),
        (
            "a wallet of an open year of a school whose place another took is not empty",
            "SELECT 'wallet', a.code, CAST(0 AS BIGINT), a.balance
             FROM successions d
             JOIN accounts a ON a.hub_id = d.hub_id AND a.school_id = d.school_id AND a.kind = 'wallet' AND a.balance <> 0
             JOIN academic_years y ON y.hub_id = a.hub_id AND y.year = a.year AND y.state = 'open'
             WHERE d.hub_id = $1 ORDER BY a.code LIMIT 1",
        ),
        (
            "somebody is of a school whose place another took",
            "SELECT 'person', p.name, CAST(0 AS BIGINT), CAST(1 AS BIGINT)
             FROM successions d
             JOIN people p ON p.hub_id = d.hub_id AND p.school_id = d.school_id
             WHERE d.hub_id = $1 ORDER BY p.id LIMIT 1",
        ),
        (
            "a programme is of a school whose place another took",
            "SELECT 'programme', p.title, CAST(0 AS BIGINT), CAST(1 AS BIGINT)
             FROM successions d
             JOIN programmes p ON p.hub_id = d.hub_id AND p.provider_school_id = d.school_id
             WHERE d.hub_id = $1 ORDER BY p.id LIMIT 1",
        ),
        (
            "a school and its succession name different successors, or it is still a member",
            "SELECT 'school', s.name, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
             FROM schools s
             LEFT JOIN successions d ON d.hub_id = s.hub_id AND d.school_id = s.id
             WHERE s.hub_id = $1 AND (s.successor_id IS NOT NULL OR d.id IS NOT NULL)
               AND (s.successor_id IS NULL OR d.id IS NULL OR s.successor_id <> d.successor_id OR s.left_on IS NULL OR s.left_on > d.effective_on)
             ORDER BY s.id LIMIT 1",
        ),
        (
            "a succession moved something else than it says",
            "SELECT 'succession of', s.name, d.credits, CAST(COALESCE(m.moved, 0) AS BIGINT)
             FROM successions d
             JOIN schools s ON s.hub_id = d.hub_id AND s.id = d.school_id
             LEFT JOIN (SELECT t.id, SUM(e.amount) AS moved
                        FROM successions o CROSS JOIN transactions t CROSS JOIN entries e
                        WHERE o.hub_id = $1 AND t.hub_id = o.hub_id AND t.id = o.transaction_id AND t.source_kind = 'succession' AND t.source_id = o.id
                          AND t.effective_on = o.effective_on
                          AND e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.side = 'debit' GROUP BY t.id) m ON m.id = d.transaction_id
             WHERE d.hub_id = $1 AND d.credits <> COALESCE(m.moved, 0) ORDER BY d.id LIMIT 1",
        ),
        (
            "two schools have the same number at one time",
            "SELECT i.scheme, i.value, CAST(1 AS BIGINT), CAST(2 AS BIGINT)
             FROM (SELECT scheme, value, valid_from,
                          LAG(valid_until) OVER (PARTITION BY scheme, value ORDER BY valid_from IS NOT NULL, valid_from) AS before_until,
                          ROW_NUMBER() OVER (PARTITION BY scheme, value ORDER BY valid_from IS NOT NULL, valid_from) AS nth
                   FROM school_identifiers WHERE hub_id = $1) i
             WHERE i.nth > 1 AND (i.before_until IS NULL OR i.valid_from IS NULL OR i.valid_from < i.before_until)
             ORDER BY i.scheme, i.value LIMIT 1",
        ),
        (
            "the URN of a school is not the last that was recorded for it",
            "SELECT 'school', b.name, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
             FROM (SELECT school_id, COALESCE(MAX(name), '') AS name
                   FROM (SELECT s.id AS school_id, s.name, s.urn FROM schools s WHERE s.hub_id = $1
                         UNION ALL
                         SELECT n.school_id, NULL, n.value
                         FROM (SELECT school_id, value, ROW_NUMBER() OVER (PARTITION BY school_id ORDER BY number DESC) AS nth
                               FROM school_identifiers WHERE hub_id = $1 AND scheme = 'urn') n
                         WHERE n.nth = 1) both_sides
                   GROUP BY school_id HAVING COUNT(*) <> 2 OR MIN(urn) <> MAX(urn)) b
             ORDER BY b.school_id LIMIT 1",
        ),
];

/// The first difference, if there is any.
pub async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let found = posted::verify(tx, hub).await?;
    if found.is_some() {
        return Ok(found);
    }
    ledger::first_wrong(tx, hub, CHECKS, Difference::of).await
}
