//! Every statement of what moved a commission's credits, and of the wallets that paid.

use super::super::money::{Fund, Move};
use crate::base::credits::Credits;
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{CommissionId, HubId, TransactionId};
use crate::base::year::AcademicYear;

/// Moves; goes on with the conditions.
macro_rules! moves {
    ($conditions:literal) => {
        concat!(
            "SELECT transaction_id, commission_id, ordinal, kind, quote_id, number, committed, settled, credits, to_hub, reason,
                    decided_by, decided_at
             FROM commission_moves WHERE hub_id = $1 ",
            $conditions
        )
    };
}

pub(in super::super) async fn of_transaction(
    tx: &mut Tx,
    hub: HubId,
    transaction: TransactionId,
) -> Result<Option<Move>> {
    tx.query(moves!("AND transaction_id = $2")).bind(hub).bind(transaction).optional().await
}

/// The moves of a commission, in order.
pub(in super::super) async fn of(tx: &mut Tx, hub: HubId, id: CommissionId) -> Result<Vec<Move>> {
    tx.query(moves!("AND commission_id = $2 ORDER BY ordinal")).bind(hub).bind(id).all().await
}

/// The number of the last move of a commission.
pub(in super::super) async fn last_move(tx: &mut Tx, hub: HubId, id: CommissionId) -> Result<i64> {
    let (last,): (i64,) = tx
        .query(
            "SELECT CAST(COALESCE(MAX(ordinal), 0) AS BIGINT) FROM commission_moves WHERE hub_id = $1 AND commission_id = $2",
        )
        .bind(hub)
        .bind(id)
        .one()
        .await?;
    Ok(last)
}

pub(in super::super) async fn insert_move(tx: &mut Tx, hub: HubId, moved: &Move) -> Result<Changed> {
    tx.query(
        "INSERT INTO commission_moves (hub_id, transaction_id, commission_id, ordinal, kind, quote_id, number, committed,
                                       settled, credits, to_hub, reason, decided_by, decided_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(hub)
    .bind(moved.transaction_id)
    .bind(moved.commission_id)
    .bind(moved.ordinal)
    .bind(moved.kind)
    .bind(moved.quote_id)
    .bind(moved.number)
    .bind(moved.committed)
    .bind(moved.settled)
    .bind(moved.credits)
    .bind(moved.to_hub)
    .bind(moved.reason.clone())
    .bind(moved.decided_by)
    .bind(moved.decided_at)
    .run()
    .await
}

/// The wallets that paid, in the order in which they were drawn on.
pub(in super::super) async fn funds(tx: &mut Tx, hub: HubId, id: CommissionId) -> Result<Vec<Fund>> {
    tx.query(
        "SELECT position, account_id, paid, returned FROM commission_funds
         WHERE hub_id = $1 AND commission_id = $2 ORDER BY position",
    )
    .bind(hub)
    .bind(id)
    .all()
    .await
}

pub(in super::super) async fn save_funds(tx: &mut Tx, hub: HubId, id: CommissionId, funds: &[Fund]) -> Result<Changed> {
    tx.rows::<6, _>(
        "INSERT INTO commission_funds (hub_id, commission_id, position, account_id, paid, returned) VALUES $rows
         ON CONFLICT (hub_id, commission_id, position) DO UPDATE SET paid = excluded.paid, returned = excluded.returned",
        funds,
        |query, fund| {
            query
                .bind(hub)
                .bind(id)
                .bind(fund.position)
                .bind(fund.account_id)
                .bind(fund.paid)
                .bind(fund.returned)
        },
    )
    .await
}

/// The years of those wallets, with what they paid and what went back, in the same order.
pub(in super::super) async fn funds_with_years(
    tx: &mut Tx,
    hub: HubId,
    id: CommissionId,
) -> Result<Vec<(AcademicYear, Credits, Credits)>> {
    tx.query(
        "SELECT a.year, f.paid, f.returned FROM commission_funds f
         JOIN accounts a ON a.hub_id = f.hub_id AND a.id = f.account_id
         WHERE f.hub_id = $1 AND f.commission_id = $2 ORDER BY f.position",
    )
    .bind(hub)
    .bind(id)
    .all()
    .await
}
