//! Every statement of the top-ups. Whether one was reversed is read from the ledger.

use uuid::Uuid;

use super::{Filter, TopUp};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, TopUpId};

/// Sales; goes on with the conditions.
macro_rules! sales {
    ($conditions:literal) => {
        concat!(
            "SELECT u.id, u.school_id, s.name AS school_name, u.year, u.amount, u.invoice_reference, u.pence,
                    CASE WHEN r.id IS NULL THEN 'sold' ELSE 'reversed' END AS state,
                    u.transaction_id, r.id AS reversed_by, u.sold_by, u.sold_at
             FROM top_ups u
             JOIN schools s ON s.hub_id = u.hub_id AND s.id = u.school_id
             LEFT JOIN transactions r ON r.hub_id = u.hub_id AND r.reverses = u.transaction_id
             WHERE u.hub_id = $1 ",
            $conditions
        )
    };
}

pub(super) async fn insert(tx: &mut Tx, hub: HubId, top_up: &TopUp) -> Result<Changed> {
    tx.query(
        "INSERT INTO top_ups (hub_id, id, school_id, year, amount, invoice_reference, pence, transaction_id, sold_by, sold_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(hub)
    .bind(top_up.id)
    .bind(top_up.school_id)
    .bind(top_up.year)
    .bind(top_up.amount)
    .bind(top_up.invoice_reference.clone())
    .bind(top_up.pence)
    .bind(top_up.transaction_id)
    .bind(top_up.sold_by)
    .bind(top_up.sold_at)
    .run()
    .await
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, id: TopUpId) -> Result<Option<TopUp>> {
    tx.query(sales!("AND u.id = $2")).bind(hub).bind(id).optional().await
}

/// One range of the primary key.
const ALL: &str = sales!(
    "AND ($2 IS NULL OR u.year = $2)
       AND ($3 IS NULL OR CASE WHEN r.id IS NULL THEN 'sold' ELSE 'reversed' END = $3)
       AND u.id > $4
     ORDER BY u.id LIMIT $5"
);

/// One range of `top_ups_by_school`.
const OF_SCHOOL: &str = sales!(
    "AND u.school_id = $2
       AND ($3 IS NULL OR u.year = $3)
       AND ($4 IS NULL OR CASE WHEN r.id IS NULL THEN 'sold' ELSE 'reversed' END = $4)
       AND u.id > $5
     ORDER BY u.id LIMIT $6"
);

pub(super) async fn list(
    tx: &mut Tx,
    hub: HubId,
    Filter { school, year, state }: Filter,
    after: Option<TopUpId>,
    limit: i64,
) -> Result<Vec<TopUp>> {
    let query = match school {
        Some(school) => tx.query(OF_SCHOOL).bind(hub).bind(school),
        None => tx.query(ALL).bind(hub),
    };
    query.bind(year).bind(state).bind(after.unwrap_or(TopUpId(Uuid::nil()))).bind(limit).all().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn a_page_is_one_range_of_an_index() {
        for (statement, range) in [
            (ALL, "SEARCH u USING INDEX sqlite_autoindex_top_ups_1 (hub_id=? AND id>?)"),
            (OF_SCHOOL, "SEARCH u USING INDEX top_ups_by_school (hub_id=? AND school_id=? AND id>?)"),
        ] {
            let plan = plan(statement).await;
            assert!(plan.iter().any(|step| step.contains(range)), "{statement} {plan:#?}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE") || step.starts_with("SCAN")), "{plan:#?}");
        }
    }
}
