//! Every statement of the disputes.

use super::super::Reach;
use super::super::disputes::{Dispute, Unresolved};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{CommissionId, HubId};

/// Disputes; goes on with the conditions.
macro_rules! disputes {
    ($conditions:literal) => {
        concat!(
            "SELECT number, raised_by_side, raised_by, raised_at, reason, cases_until, buyer_case, provider_case,
                    buyer_would_pay, buyer_would_pay_by, provider_would_take, provider_would_take_by, to_provider, decision,
                    resolved_by, resolved_at
             FROM commission_disputes WHERE hub_id = $1 AND commission_id = $2 ",
            $conditions
        )
    };
}

pub(in super::super) async fn of(tx: &mut Tx, hub: HubId, id: CommissionId) -> Result<Vec<Dispute>> {
    tx.query(disputes!("ORDER BY number")).bind(hub).bind(id).all().await
}

pub(in super::super) async fn get(tx: &mut Tx, hub: HubId, id: CommissionId, number: i64) -> Result<Option<Dispute>> {
    tx.query(disputes!("AND number = $3")).bind(hub).bind(id).bind(number).optional().await
}

/// A hub has few disputes, so all of its own are read.
pub(in super::super) async fn unresolved(tx: &mut Tx, hub: HubId, reach: Reach, limit: i64) -> Result<Vec<Unresolved>> {
    let (school, partner) = match reach {
        Reach::Hub => (None, None),
        Reach::School(school) => (Some(school), None),
        Reach::Partner(partner) => (None, Some(partner)),
    };
    tx.query(
        "SELECT d.commission_id, c.title, m.title AS milestone, c.buyer_id, d.cases_until,
                d.buyer_case IS NOT NULL AS buyer_heard, d.provider_case IS NOT NULL AS provider_heard,
                d.buyer_would_pay, d.provider_would_take
         FROM commission_disputes d
         JOIN commissions c ON c.hub_id = d.hub_id AND c.id = d.commission_id
         JOIN commission_milestones m
             ON m.hub_id = d.hub_id AND m.commission_id = d.commission_id AND m.number = d.number
         WHERE d.hub_id = $1 AND d.resolved_at IS NULL
           AND ($2 OR c.buyer_id = $3 OR c.provider_school_id = $3 OR c.provider_partner_id = $4)
         ORDER BY d.cases_until, d.commission_id, d.number LIMIT $5",
    )
    .bind(hub)
    .bind(reach == Reach::Hub)
    .bind(school)
    .bind(partner)
    .bind(limit)
    .all()
    .await
}

pub(in super::super) async fn insert(tx: &mut Tx, hub: HubId, id: CommissionId, new: &Dispute) -> Result<Changed> {
    tx.query(
        "INSERT INTO commission_disputes (hub_id, commission_id, number, raised_by_side, raised_by, raised_at, reason,
                                          cases_until, buyer_case, provider_case)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(hub)
    .bind(id)
    .bind(new.milestone)
    .bind(new.side)
    .bind(new.raised_by)
    .bind(new.raised_at)
    .bind(new.reason.clone())
    .bind(new.cases_until)
    .bind(new.buyer_case.clone())
    .bind(new.provider_case.clone())
    .run()
    .await
}

/// Writes what the sides say and how it ended.
pub(in super::super) async fn update(tx: &mut Tx, hub: HubId, id: CommissionId, of: &Dispute) -> Result<Changed> {
    tx.query(
        "UPDATE commission_disputes SET buyer_case = $4, provider_case = $5, buyer_would_pay = $6, buyer_would_pay_by = $7,
             provider_would_take = $8, provider_would_take_by = $9, to_provider = $10, decision = $11, resolved_by = $12,
             resolved_at = $13
         WHERE hub_id = $1 AND commission_id = $2 AND number = $3 AND resolved_at IS NULL",
    )
    .bind(hub)
    .bind(id)
    .bind(of.milestone)
    .bind(of.buyer_case.clone())
    .bind(of.provider_case.clone())
    .bind(of.buyer_would_pay)
    .bind(of.buyer_would_pay_by)
    .bind(of.provider_would_take)
    .bind(of.provider_would_take_by)
    .bind(of.to_provider)
    .bind(of.decision.clone())
    .bind(of.resolved_by)
    .bind(of.resolved_at)
    .run()
    .await
}
