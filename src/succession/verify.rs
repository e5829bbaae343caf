//! What succession promises, and the numbers that schools are known by, recomputed.

use crate::db::{Result, Tx};
use crate::ids::HubId;
use crate::ledger::Difference;

type Row = (String, String, i64, i64);

/// The first thing that is wrong, if anything is.
pub async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let checks: &[(&str, &'static str)] = &[
        (
            "a live booking is of a school whose place another took",
            "SELECT 'booking of', s.name, CAST(0 AS BIGINT), CAST(1 AS BIGINT)
             FROM successions d
             JOIN schools s ON s.hub_id = d.hub_id AND s.id = d.school_id
             JOIN bookings b ON b.hub_id = d.hub_id AND b.school_id = d.school_id AND b.live
             WHERE d.hub_id = $1 ORDER BY b.id LIMIT 1",
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
             LEFT JOIN (SELECT t.source_id, SUM(e.amount) AS moved
                        FROM transactions t
                        JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.side = 'debit'
                        WHERE t.hub_id = $1 AND t.source_kind = 'succession' GROUP BY t.source_id) m ON m.source_id = d.id
             WHERE d.hub_id = $1 AND d.credits <> COALESCE(m.moved, 0) ORDER BY d.id LIMIT 1",
        ),
        (
            "two schools have the same number at one time",
            "SELECT i.scheme, i.value, CAST(1 AS BIGINT), CAST(2 AS BIGINT)
             FROM school_identifiers i
             JOIN school_identifiers j ON j.hub_id = i.hub_id AND j.scheme = i.scheme AND j.value = i.value AND j.school_id > i.school_id
             WHERE i.hub_id = $1
               AND (i.valid_until IS NULL OR j.valid_from IS NULL OR j.valid_from < i.valid_until)
               AND (j.valid_until IS NULL OR i.valid_from IS NULL OR i.valid_from < j.valid_until)
             ORDER BY i.scheme, i.value LIMIT 1",
        ),
        (
            "the URN of a school is not the last that was recorded for it",
            "SELECT 'school', s.name, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
             FROM schools s
             LEFT JOIN school_identifiers i ON i.hub_id = s.hub_id AND i.school_id = s.id AND i.scheme = 'urn'
               AND NOT EXISTS (SELECT 1 FROM school_identifiers n
                               WHERE n.hub_id = i.hub_id AND n.school_id = i.school_id AND n.scheme = i.scheme AND n.number > i.number)
             WHERE s.hub_id = $1 AND (i.value IS NULL OR i.value <> s.urn) ORDER BY s.id LIMIT 1",
        ),
    ];
    for (what, sql) in checks.iter().copied() {
        let wrong: Option<Row> = tx.query(sql).bind(hub).optional().await?;
        if let Some((kind, name, expected, found)) = wrong {
            return Ok(Some(Difference {
                what: what.to_owned(),
                transaction: None,
                subject: Some(format!("{kind} {name}")),
                expected: expected.to_string(),
                found: found.to_string(),
            }));
        }
    }
    Ok(None)
}
