//! Every statement of the adjustments. Whether one was reversed is read from the ledger.

use uuid::Uuid;

use super::{Adjustment, Filter};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{AdjustmentId, HubId, SchoolId};

/// Adjustments; goes on with the conditions.
macro_rules! adjustments {
    ($conditions:literal) => {
        concat!(
            "SELECT a.id, a.year, a.account, a.school_id, s.name AS school_name, a.wallet, a.partner_id, p.name AS partner_name, a.side, a.amount, a.reason,
                    a.effective_on, a.corrects, CASE WHEN r.id IS NULL THEN a.state ELSE 'reversed' END AS state, a.transaction_id, r.id AS reversed_by,
                    a.proposed_by, a.proposed_at, a.decided_by, a.decided_at
             FROM adjustments a
             LEFT JOIN schools s ON s.hub_id = a.hub_id AND s.id = a.school_id
             LEFT JOIN partners p ON p.hub_id = a.hub_id AND p.id = a.partner_id
             LEFT JOIN transactions r ON r.hub_id = a.hub_id AND r.reverses = a.transaction_id
             WHERE a.hub_id = $1 ",
            $conditions
        )
    };
}

pub(super) async fn insert(tx: &mut Tx, hub: HubId, adjustment: &Adjustment) -> Result<Changed> {
    tx.query(
        "INSERT INTO adjustments (hub_id, id, year, account, school_id, wallet, partner_id, side, amount, reason, effective_on, corrects,
                                  state, transaction_id, proposed_by, proposed_at, decided_by, decided_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
    )
    .bind(hub)
    .bind(adjustment.id)
    .bind(adjustment.year)
    .bind(adjustment.account)
    .bind(adjustment.school_id)
    .bind(adjustment.wallet)
    .bind(adjustment.partner_id)
    .bind(adjustment.side)
    .bind(adjustment.amount)
    .bind(adjustment.reason.clone())
    .bind(adjustment.effective_on)
    .bind(adjustment.corrects)
    .bind(adjustment.state)
    .bind(adjustment.transaction_id)
    .bind(adjustment.proposed_by)
    .bind(adjustment.proposed_at)
    .bind(adjustment.decided_by)
    .bind(adjustment.decided_at)
    .run()
    .await
}

pub(super) async fn decide(tx: &mut Tx, hub: HubId, adjustment: &Adjustment) -> Result<Changed> {
    tx.query(
        "UPDATE adjustments SET state = $3, transaction_id = $4, decided_by = $5, decided_at = $6
         WHERE hub_id = $1 AND id = $2 AND state = 'proposed'",
    )
    .bind(hub)
    .bind(adjustment.id)
    .bind(adjustment.state)
    .bind(adjustment.transaction_id)
    .bind(adjustment.decided_by)
    .bind(adjustment.decided_at)
    .run()
    .await
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, id: AdjustmentId) -> Result<Option<Adjustment>> {
    tx.query(adjustments!("AND a.id = $2")).bind(hub).bind(id).optional().await
}

/// One range of the primary key.
const ALL: &str = adjustments!(
    "AND ($2 IS NULL OR a.year = $2)
       AND ($3 IS NULL OR CASE WHEN r.id IS NULL THEN a.state ELSE 'reversed' END = $3)
       AND a.id > $4
     ORDER BY a.id LIMIT $5"
);

/// One range of `adjustments_by_school`.
const OF_SCHOOL: &str = adjustments!(
    "AND a.school_id = $2
       AND ($3 IS NULL OR a.year = $3)
       AND ($4 IS NULL OR CASE WHEN r.id IS NULL THEN a.state ELSE 'reversed' END = $4)
       AND a.id > $5
     ORDER BY a.id LIMIT $6"
);

pub(super) async fn list(
    tx: &mut Tx,
    hub: HubId,
    Filter { school, year, state }: Filter,
    after: Option<AdjustmentId>,
    limit: i64,
) -> Result<Vec<Adjustment>> {
    let query = match school {
        Some(school) => tx.query(OF_SCHOOL).bind(hub).bind(school),
        None => tx.query(ALL).bind(hub),
    };
    query.bind(year).bind(state).bind(after.unwrap_or(AdjustmentId(Uuid::nil()))).bind(limit).all().await
}

/// Makes the corrections that are proposed for the school's wallets its successor's.
pub(super) async fn pass_to_successor(
    tx: &mut Tx,
    hub: HubId,
    (school, successor): (SchoolId, SchoolId),
) -> Result<Changed> {
    tx.query("UPDATE adjustments SET school_id = $3 WHERE hub_id = $1 AND school_id = $2 AND state = 'proposed'")
        .bind(hub)
        .bind(school)
        .bind(successor)
        .run()
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn a_page_is_one_range_of_an_index() {
        for (statement, range) in [
            (ALL, "SEARCH a USING INDEX sqlite_autoindex_adjustments_1 (hub_id=? AND id>?)"),
            (OF_SCHOOL, "SEARCH a USING INDEX adjustments_by_school (hub_id=? AND school_id=? AND id>?)"),
        ] {
            let plan = plan(statement).await;
            assert!(plan.iter().any(|step| step.contains(range)), "{statement} {plan:#?}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE") || step.starts_with("SCAN")), "{plan:#?}");
        }
    }
}
