//! The statements that compare an allocation with what came before it.

use super::super::comparison::{Against, ComparisonLine, ComparisonTotal};
use crate::base::db::{Result, Tx};
use crate::base::ids::{AllocationId, HubId};
use crate::base::text::Urn;
use crate::base::year::AcademicYear;

/// The year or the allocation to compare with.
fn sides(against: Against) -> (Option<AcademicYear>, Option<AllocationId>) {
    match against {
        Against::Year(year) => (Some(year), None),
        Against::Allocation(id) => (None, Some(id)),
        Against::Nothing => (None, None),
    }
}

const LINES: &str = "WITH earlier AS (SELECT id, approved_at, COALESCE(nth, 0) AS nth FROM allocations
                      WHERE hub_id = $1 AND (id = $4 OR (year = $3 AND state = 'approved')))
     SELECT s.id AS school_id, s.urn, s.name, s.phase, now.pupils, now.credits,
            (SELECT l.pupils FROM earlier e
             JOIN allocation_lines l ON l.hub_id = s.hub_id AND l.allocation_id = e.id AND l.school_id = s.id
             ORDER BY e.approved_at DESC, e.nth DESC, e.id DESC LIMIT 1) AS pupils_before,
            (SELECT CAST(SUM(CASE WHEN $4 IS NULL THEN l.credits - l.was + l.shortfall ELSE l.credits END) AS BIGINT) FROM earlier e
             JOIN allocation_lines l ON l.hub_id = s.hub_id AND l.allocation_id = e.id AND l.school_id = s.id) AS credits_before
     FROM schools s
     LEFT JOIN allocation_lines now ON now.hub_id = s.hub_id AND now.allocation_id = $2 AND now.school_id = s.id
     WHERE s.hub_id = $1
       AND s.urn > $5
       AND (now.school_id IS NOT NULL
            OR EXISTS (SELECT 1 FROM earlier e
                       JOIN allocation_lines l ON l.hub_id = s.hub_id AND l.allocation_id = e.id AND l.school_id = s.id))
     ORDER BY s.urn LIMIT $6";

pub(in super::super) async fn lines(
    tx: &mut Tx,
    hub: HubId,
    id: AllocationId,
    against: Against,
    after: Option<Urn>,
    limit: i64,
) -> Result<Vec<ComparisonLine>> {
    let (year, other) = sides(against);
    let after = after.map(|urn| urn.to_string()).unwrap_or_default();
    tx.query(LINES).bind(hub).bind(id).bind(year).bind(other).bind(after).bind(limit).all().await
}

pub(in super::super) async fn total(
    tx: &mut Tx,
    hub: HubId,
    id: AllocationId,
    against: Against,
) -> Result<ComparisonTotal> {
    let (year, other) = sides(against);
    tx.query(
        "WITH earlier AS (SELECT id, approved_at, COALESCE(nth, 0) AS nth FROM allocations
                          WHERE hub_id = $1 AND (id = $4 OR (year = $3 AND state = 'approved'))),
              given AS (SELECT l.school_id, l.pupils,
                               CASE WHEN $4 IS NULL THEN l.credits - l.was + l.shortfall ELSE l.credits END AS credits,
                               ROW_NUMBER() OVER (PARTITION BY l.school_id ORDER BY e.approved_at DESC, e.nth DESC, e.id DESC) AS nth
                        FROM earlier e JOIN allocation_lines l ON l.hub_id = $1 AND l.allocation_id = e.id),
              sides AS (SELECT school_id, 1 AS here, pupils, credits, 0 AS there, 0 AS pupils_before, 0 AS credits_before
                        FROM allocation_lines WHERE hub_id = $1 AND allocation_id = $2
                        UNION ALL
                        SELECT school_id, 0, 0, 0, CASE WHEN nth = 1 THEN 1 ELSE 0 END, CASE WHEN nth = 1 THEN pupils ELSE 0 END, credits
                        FROM given),
              both_sides AS (SELECT SUM(here) AS here, SUM(pupils) AS pupils, SUM(credits) AS credits,
                                    SUM(there) AS there, SUM(pupils_before) AS pupils_before, SUM(credits_before) AS credits_before
                             FROM sides GROUP BY school_id)
         SELECT CAST(COALESCE(SUM(here), 0) AS BIGINT) AS schools,
                CAST(COALESCE(SUM(there), 0) AS BIGINT) AS schools_before,
                CAST(COALESCE(SUM(CASE WHEN there = 0 THEN 1 ELSE 0 END), 0) AS BIGINT) AS new,
                CAST(COALESCE(SUM(CASE WHEN here = 0 THEN 1 ELSE 0 END), 0) AS BIGINT) AS gone,
                CAST(COALESCE(SUM(pupils), 0) AS BIGINT) AS pupils,
                CAST(COALESCE(SUM(pupils_before), 0) AS BIGINT) AS pupils_before,
                CAST(COALESCE(SUM(credits), 0) AS BIGINT) AS credits,
                CAST(COALESCE(SUM(credits_before), 0) AS BIGINT) AS credits_before
         FROM both_sides",
    )
    .bind(hub)
    .bind(id)
    .bind(year)
    .bind(other)
    .one()
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn a_page_is_one_range_of_an_index() {
        let plan = plan(LINES).await;
        let range = "SEARCH s USING INDEX sqlite_autoindex_schools_2 (hub_id=? AND urn>?)";
        assert!(plan.iter().any(|step| step == range), "{plan:#?}");
        assert!(!plan.iter().any(|step| step.starts_with("SCAN l") || step.starts_with("SCAN now")), "{plan:#?}");
    }
}
