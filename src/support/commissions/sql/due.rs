//! Every statement of what time brings about.

use chrono::{DateTime, NaiveDate, Utc};

use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{CommissionId, HubId, QuoteId};

/// Quotes whose last day is over.
pub(in super::super) async fn quotes(
    tx: &mut Tx,
    hub: HubId,
    today: NaiveDate,
    limit: i64,
) -> Result<Vec<(CommissionId, QuoteId)>> {
    tx.query(
        "SELECT commission_id, id FROM commission_quotes
         WHERE hub_id = $1 AND state = 'offered' AND valid_until < $2 ORDER BY valid_until, id LIMIT $3",
    )
    .bind(hub)
    .bind(today)
    .bind(limit)
    .all()
    .await
}

/// Requests that wait for a quote, and whose last day for one is over.
pub(in super::super) async fn requests(
    tx: &mut Tx,
    hub: HubId,
    today: NaiveDate,
    limit: i64,
) -> Result<Vec<(CommissionId,)>> {
    tx.query(
        "SELECT id FROM commissions
         WHERE hub_id = $1 AND state = 'requested' AND answer_by < $2 ORDER BY answer_by, id LIMIT $3",
    )
    .bind(hub)
    .bind(today)
    .bind(limit)
    .all()
    .await
}

/// Milestones that silence accepts by this instant.
pub(in super::super) async fn silent(
    tx: &mut Tx,
    hub: HubId,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(CommissionId, i64)>> {
    tx.query(
        "SELECT commission_id, number FROM commission_milestones
         WHERE hub_id = $1 AND state = 'delivered' AND answer_until <= $2 ORDER BY answer_until, commission_id, number LIMIT $3",
    )
    .bind(hub)
    .bind(now)
    .bind(limit)
    .all()
    .await
}

/// Milestones that silence accepts by an instant that is near, and of which the buyer was not told.
pub(in super::super) async fn soon(
    tx: &mut Tx,
    hub: HubId,
    by: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(CommissionId, i64)>> {
    tx.query(
        "SELECT commission_id, number FROM commission_milestones
         WHERE hub_id = $1 AND state = 'delivered' AND answer_until <= $2 AND reminded_at IS NULL
         ORDER BY answer_until, commission_id, number LIMIT $3",
    )
    .bind(hub)
    .bind(by)
    .bind(limit)
    .all()
    .await
}

pub(in super::super) async fn reminded(
    tx: &mut Tx,
    hub: HubId,
    id: CommissionId,
    number: i64,
    at: DateTime<Utc>,
) -> Result<Changed> {
    tx.query(
        "UPDATE commission_milestones SET reminded_at = $4 WHERE hub_id = $1 AND commission_id = $2 AND number = $3",
    )
    .bind(hub)
    .bind(id)
    .bind(number)
    .bind(at)
    .run()
    .await
}

/// Milestones of days that were delivered or due before a day, and whether a visit is missing for one of their days.
pub(in super::super) async fn visits(
    tx: &mut Tx,
    hub: HubId,
    before: NaiveDate,
    limit: i64,
) -> Result<Vec<(CommissionId, i64, bool)>> {
    tx.query(
        "SELECT m.commission_id, m.number,
                2 * (SELECT COUNT(DISTINCT v.visited_on) FROM commission_visits v
                     WHERE v.hub_id = m.hub_id AND v.commission_id = m.commission_id AND v.number = m.number)
                < COALESCE(m.delivered_half_days, m.half_days) AS missing
         FROM commission_milestones m
         WHERE m.hub_id = $1 AND m.visit_due_on IS NOT NULL AND m.visit_due_on < $2
         ORDER BY m.visit_due_on, m.commission_id, m.number LIMIT $3",
    )
    .bind(hub)
    .bind(before)
    .bind(limit)
    .all()
    .await
}

/// The visits of a milestone are asked after no more.
pub(in super::super) async fn visits_asked_after(
    tx: &mut Tx,
    hub: HubId,
    id: CommissionId,
    number: i64,
) -> Result<Changed> {
    tx.query(
        "UPDATE commission_milestones SET visit_due_on = NULL WHERE hub_id = $1 AND commission_id = $2 AND number = $3",
    )
    .bind(hub)
    .bind(id)
    .bind(number)
    .run()
    .await
}
