//! Every statement about completed successions.

use super::{LeftBehind, Succession};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, SchoolId, SuccessionId};

/// Successions; goes on with the conditions.
macro_rules! successions {
    ($conditions:literal) => {
        concat!(
            "SELECT d.id, d.school_id, a.name AS school_name, d.successor_id, b.name AS successor_name, d.effective_on, d.reason,
                    d.credits, d.bookings, d.people, d.tickets, d.programmes, d.transaction_id, d.done_by, d.done_at
             FROM successions d
             JOIN schools a ON a.hub_id = d.hub_id AND a.id = d.school_id
             JOIN schools b ON b.hub_id = d.hub_id AND b.id = d.successor_id
             WHERE d.hub_id = $1 ",
            $conditions
        )
    };
}

/// The credits in wallets, of open years, of schools whose place others took.
pub(super) async fn left_behind(tx: &mut Tx, hub: HubId) -> Result<Vec<LeftBehind>> {
    tx.query(
        "SELECT d.id AS succession, d.school_id, a.id AS account_id, a.year, a.wallet AS kind, a.balance AS credits
         FROM successions d
         JOIN accounts a ON a.hub_id = d.hub_id AND a.school_id = d.school_id AND a.kind = 'wallet' AND a.balance > 0
         JOIN academic_years y ON y.hub_id = a.hub_id AND y.year = a.year AND y.state = 'open'
         WHERE d.hub_id = $1 ORDER BY d.id, a.year, a.wallet",
    )
    .bind(hub)
    .all()
    .await
}

pub(super) async fn insert(tx: &mut Tx, hub: HubId, done: &Succession) -> Result<Changed> {
    tx.query(
        "INSERT INTO successions (hub_id, id, school_id, successor_id, effective_on, reason, credits, bookings, people, tickets, programmes,
                                  transaction_id, done_by, done_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(hub)
    .bind(done.id)
    .bind(done.school_id)
    .bind(done.successor_id)
    .bind(done.effective_on)
    .bind(done.reason.clone())
    .bind(done.credits)
    .bind(done.bookings)
    .bind(done.people)
    .bind(done.tickets)
    .bind(done.programmes)
    .bind(done.transaction_id)
    .bind(done.done_by)
    .bind(done.done_at)
    .run()
    .await
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, id: SuccessionId) -> Result<Option<Succession>> {
    tx.query(successions!("AND d.id = $2")).bind(hub).bind(id).optional().await
}

pub(super) async fn list(
    tx: &mut Tx,
    hub: HubId,
    successor: Option<SchoolId>,
    after: Option<SuccessionId>,
    limit: i64,
) -> Result<Vec<Succession>> {
    tx.query(successions!(
        "AND ($2 IS NULL OR d.successor_id = $2) AND ($3 IS NULL OR d.id > $3)
         ORDER BY d.id LIMIT $4"
    ))
    .bind(hub)
    .bind(successor)
    .bind(after)
    .bind(limit)
    .all()
    .await
}
