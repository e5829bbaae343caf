//! Every statement of the transfers. Whether one was reversed is read from the ledger.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Filter, Transfer};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, PersonId, SchoolId, TransferId};
use crate::members::years::{Held, HeldOf};

/// The columns of a gift.
macro_rules! columns {
    () => {
        "g.id, g.from_school_id, f.name AS from_school_name, g.to_school_id, s.name AS to_school_name, g.year, g.wallet, g.amount, g.message,
         CASE WHEN r.id IS NULL THEN g.state ELSE 'reversed' END AS state, g.transaction_id, r.id AS reversed_by,
         g.offered_by, g.offered_at, g.decided_by, g.decided_at"
    };
}

/// Gifts; goes on with the conditions.
macro_rules! gifts {
    ($conditions:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            "
             FROM transfers g
             JOIN schools f ON f.hub_id = g.hub_id AND f.id = g.from_school_id
             JOIN schools s ON s.hub_id = g.hub_id AND s.id = g.to_school_id
             LEFT JOIN transactions r ON r.hub_id = g.hub_id AND r.reverses = g.transaction_id
             WHERE g.hub_id = $1 ",
            $conditions
        )
    };
}

pub(super) async fn insert(tx: &mut Tx, hub: HubId, transfer: &Transfer) -> Result<Changed> {
    tx.query(
        "INSERT INTO transfers (hub_id, id, from_school_id, to_school_id, year, wallet, amount, message, state, offered_by, offered_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(hub)
    .bind(transfer.id)
    .bind(transfer.from_school_id)
    .bind(transfer.to_school_id)
    .bind(transfer.year)
    .bind(transfer.wallet)
    .bind(transfer.amount)
    .bind(transfer.message.clone())
    .bind(transfer.state)
    .bind(transfer.offered_by)
    .bind(transfer.offered_at)
    .run()
    .await
}

pub(super) async fn decide(tx: &mut Tx, hub: HubId, transfer: &Transfer) -> Result<Changed> {
    tx.query(
        "UPDATE transfers SET state = $3, transaction_id = $4, decided_by = $5, decided_at = $6
         WHERE hub_id = $1 AND id = $2 AND state = 'offered'",
    )
    .bind(hub)
    .bind(transfer.id)
    .bind(transfer.state)
    .bind(transfer.transaction_id)
    .bind(transfer.decided_by)
    .bind(transfer.decided_at)
    .run()
    .await
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, id: TransferId) -> Result<Option<Transfer>> {
    tx.query(gifts!("AND g.id = $2")).bind(hub).bind(id).optional().await
}

/// One range of the primary key.
const ALL: &str = gifts!(
    "AND ($2 IS NULL OR g.year = $2)
       AND ($3 IS NULL OR CASE WHEN r.id IS NULL THEN g.state ELSE 'reversed' END = $3)
       AND g.id > $4
     ORDER BY g.id LIMIT $5"
);

/// One range of each of the two indexes by school: a gift is in only one of them, since nobody gives to themselves.
/// Materialized, or SQLite would read the gifts of all schools in the order of the page instead.
const OF_SCHOOL: &str = concat!(
    "WITH of_school AS MATERIALIZED (
         SELECT id FROM transfers WHERE hub_id = $1 AND from_school_id = $2 AND id > $3
         UNION ALL
         SELECT id FROM transfers WHERE hub_id = $1 AND to_school_id = $2 AND id > $3
     )
     SELECT ",
    columns!(),
    "
     FROM of_school o
     JOIN transfers g ON g.hub_id = $1 AND g.id = o.id
     JOIN schools f ON f.hub_id = g.hub_id AND f.id = g.from_school_id
     JOIN schools s ON s.hub_id = g.hub_id AND s.id = g.to_school_id
     LEFT JOIN transactions r ON r.hub_id = g.hub_id AND r.reverses = g.transaction_id
     WHERE ($4 IS NULL OR g.year = $4)
       AND ($5 IS NULL OR CASE WHEN r.id IS NULL THEN g.state ELSE 'reversed' END = $5)
     ORDER BY o.id LIMIT $6"
);

pub(super) async fn list(
    tx: &mut Tx,
    hub: HubId,
    Filter { school, year, state }: Filter,
    after: Option<TransferId>,
    limit: i64,
) -> Result<Vec<Transfer>> {
    let after = after.unwrap_or(TransferId(Uuid::nil()));
    let query = match school {
        Some(school) => tx.query(OF_SCHOOL).bind(hub).bind(school).bind(after).bind(year).bind(state),
        None => tx.query(ALL).bind(hub).bind(year).bind(state).bind(after),
    };
    query.bind(limit).all().await
}

/// Withdraws what one of the two offers the other: a school can't give to itself.
pub(super) async fn end_between(
    tx: &mut Tx,
    hub: HubId,
    (school, successor): (SchoolId, SchoolId),
    by: Option<PersonId>,
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.query(
        "UPDATE transfers SET state = 'withdrawn', decided_by = $4, decided_at = $5
         WHERE hub_id = $1 AND state = 'offered'
           AND ((from_school_id = $2 AND to_school_id = $3) OR (from_school_id = $3 AND to_school_id = $2))",
    )
    .bind(hub)
    .bind(school)
    .bind(successor)
    .bind(by)
    .bind(now)
    .run()
    .await
}

/// The unanswered gifts from wallets of a year.
pub(super) async fn unanswered(tx: &mut Tx, HeldOf { hub, year, after, limit }: HeldOf) -> Result<Vec<Held>> {
    tx.query(
        "SELECT g.id, CAST(NULL AS UUID) AS event_id, s.name AS title, g.from_school_id AS school_id,
                CAST(0 AS BIGINT) AS credits
         FROM transfers g
         JOIN schools s ON s.hub_id = g.hub_id AND s.id = g.to_school_id
         WHERE g.hub_id = $1 AND g.year = $2 AND g.state = 'offered' AND ($3 IS NULL OR g.id > $3)
         ORDER BY g.id LIMIT $4",
    )
    .bind(hub)
    .bind(year)
    .bind(after)
    .bind(limit)
    .all()
    .await
}

/// Makes the unanswered gifts from the school or to it its successor's.
pub(super) async fn pass_to_successor(
    tx: &mut Tx,
    hub: HubId,
    (school, successor): (SchoolId, SchoolId),
) -> Result<Changed> {
    tx.query(
        "UPDATE transfers
         SET from_school_id = CASE WHEN from_school_id = $2 THEN $3 ELSE from_school_id END,
             to_school_id = CASE WHEN to_school_id = $2 THEN $3 ELSE to_school_id END
         WHERE hub_id = $1 AND (from_school_id = $2 OR to_school_id = $2) AND state = 'offered'",
    )
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
    async fn a_page_is_a_range_of_an_index() {
        let plan_of_all = plan(ALL).await;
        let range = "SEARCH g USING INDEX sqlite_autoindex_transfers_1 (hub_id=? AND id>?)";
        assert!(plan_of_all.iter().any(|step| step.contains(range)), "{plan_of_all:#?}");
        assert!(!plan_of_all.iter().any(|step| step.contains("TEMP B-TREE")), "{plan_of_all:#?}");
        let plan_of_school = plan(OF_SCHOOL).await;
        for range in [
            "transfers_from (hub_id=? AND from_school_id=? AND id>?)",
            "transfers_to (hub_id=? AND to_school_id=? AND id>?)",
        ] {
            assert!(plan_of_school.iter().any(|step| step.contains(range)), "{plan_of_school:#?}");
        }
    }
}
