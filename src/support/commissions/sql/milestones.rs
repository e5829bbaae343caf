//! Every statement of the milestones.

use super::super::{Milestone, MilestoneState, Terms, ToAnswer};
use crate::base::clock::london_date;
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{CommissionId, HubId, QuoteId, SchoolId};

/// Milestones; goes on with the conditions.
macro_rules! milestones {
    ($conditions:literal) => {
        concat!(
            "SELECT number, title, done_when, due_on, half_days, day_rate, half_day_rate, price, reference, quote_id, state,
                    delivered_half_days, claimed, delivery_note, delivered_by, delivered_at, answer_until, missing, settled,
                    answered_by, answered_at
             FROM commission_milestones WHERE hub_id = $1 AND commission_id = $2 ",
            $conditions
        )
    };
}

pub(in super::super) async fn of(tx: &mut Tx, hub: HubId, id: CommissionId) -> Result<Vec<Milestone>> {
    tx.query(milestones!("ORDER BY number")).bind(hub).bind(id).all().await
}

pub(in super::super) async fn get(tx: &mut Tx, hub: HubId, id: CommissionId, number: i64) -> Result<Option<Milestone>> {
    tx.query(milestones!("AND number = $3")).bind(hub).bind(id).bind(number).optional().await
}

/// Those of `commission_milestones_to_answer` that are a school's to answer.
pub(in super::super) async fn to_answer(tx: &mut Tx, hub: HubId, buyer: SchoolId, limit: i64) -> Result<Vec<ToAnswer>> {
    tx.query(
        "SELECT m.commission_id, c.title, m.title AS milestone, m.answer_until
         FROM commission_milestones m
         JOIN commissions c ON c.hub_id = m.hub_id AND c.id = m.commission_id
         WHERE m.hub_id = $1 AND m.state = 'delivered' AND c.buyer_id = $2
         ORDER BY m.answer_until, m.commission_id, m.number LIMIT $3",
    )
    .bind(hub)
    .bind(buyer)
    .bind(limit)
    .all()
    .await
}

/// The number of the last milestone of a commission.
pub(in super::super) async fn last(tx: &mut Tx, hub: HubId, id: CommissionId) -> Result<i64> {
    let (last,): (i64,) = tx
        .query(
            "SELECT CAST(COALESCE(MAX(number), 0) AS BIGINT) FROM commission_milestones
             WHERE hub_id = $1 AND commission_id = $2",
        )
        .bind(hub)
        .bind(id)
        .one()
        .await?;
    Ok(last)
}

pub(in super::super) async fn insert(
    tx: &mut Tx,
    hub: HubId,
    id: CommissionId,
    quote: QuoteId,
    terms: &[Terms],
) -> Result<Changed> {
    tx.rows::<15, _>(
        "INSERT INTO commission_milestones (hub_id, commission_id, number, quote_id, title, done_when, due_on, half_days,
                                            day_rate, half_day_rate, price, reference, state, settled, visit_due_on)
         VALUES $rows",
        terms,
        |query, terms| {
            query
                .bind(hub)
                .bind(id)
                .bind(terms.number)
                .bind(quote)
                .bind(terms.title.clone())
                .bind(terms.done_when.clone())
                .bind(terms.due_on)
                .bind(terms.half_days)
                .bind(terms.day_rate)
                .bind(terms.half_day_rate)
                .bind(terms.price)
                .bind(terms.reference.clone())
                .bind(MilestoneState::Open)
                .bind(0_i64)
                .bind(terms.half_days.map(|_| terms.due_on))
        },
    )
    .await
}

/// Writes what became of a milestone; what it tells the buyer before silence starts anew. Its visits are due from the day
/// on which it was delivered, where that is earlier, and not where it is over without them.
pub(in super::super) async fn update(
    tx: &mut Tx,
    hub: HubId,
    id: CommissionId,
    milestone: &Milestone,
) -> Result<Changed> {
    tx.query(
        "UPDATE commission_milestones SET state = $4, delivered_half_days = $5, claimed = $6, delivery_note = $7,
             delivered_by = $8, delivered_at = $9, answer_until = $10, missing = $11, settled = $12, answered_by = $13,
             answered_at = $14, reminded_at = NULL,
             visit_due_on = CASE WHEN $4 IN ('ended', 'replaced', 'disputed', 'resolved') THEN NULL
                                 WHEN $15 < visit_due_on THEN $15 ELSE visit_due_on END
         WHERE hub_id = $1 AND commission_id = $2 AND number = $3",
    )
    .bind(hub)
    .bind(id)
    .bind(milestone.terms.number)
    .bind(milestone.state)
    .bind(milestone.delivered_half_days)
    .bind(milestone.claimed)
    .bind(milestone.delivery_note.clone())
    .bind(milestone.delivered_by)
    .bind(milestone.delivered_at)
    .bind(milestone.answer_until)
    .bind(milestone.missing.clone())
    .bind(milestone.settled)
    .bind(milestone.answered_by)
    .bind(milestone.answered_at)
    .bind(milestone.delivered_at.map(london_date))
    .run()
    .await
}
