//! What commissions hold of a school's credits, and of a year's.

use chrono::{DateTime, Utc};

use super::ending::undelivered;
use super::{Party, sql};
use crate::base::clock::{london_date, london_midnight};
use crate::base::credits::Credits;
use crate::base::db::{Result, Tx};
use crate::base::ids::{AccountId, CommissionId, HubId, SchoolId};
use crate::base::text::Line;
use crate::booking::bookings::cancellation::{Share, give_back};
use crate::members::years::{Held, HeldOf};

/// What a commission holds for its buyer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The commission.
    pub id: CommissionId,
    /// What it is about.
    pub title: Line,
    /// When what is next of it is due.
    pub due_at: DateTime<Utc>,
    /// The wallets whose credits are held: the last drawn on first, as they would go back.
    pub shares: Vec<Share<AccountId>>,
    /// What of that would go back if it were cancelled now.
    pub coming_back: Vec<Share<AccountId>>,
}

/// What commissions hold for a school, and what would come back at `at`.
pub async fn holds(tx: &mut Tx, hub: HubId, school: SchoolId, at: DateTime<Utc>) -> Result<Vec<Hold>> {
    let mut holds = Vec::new();
    for commission in sql::held_for(tx, hub, school).await? {
        let milestones = sql::milestones::of(tx, hub, commission.id).await?;
        let funds = sql::money::funds(tx, hub, commission.id).await?;
        let left: Vec<Share<AccountId>> =
            funds.iter().map(|fund| Share { wallet: fund.account_id, amount: fund.paid - fund.returned }).collect();
        let ending = undelivered(&commission, &milestones, Party::Buyer, london_date(at));
        let pending = milestones.iter().filter(|milestone| milestone.state.is_pending());
        let due = pending.map(|milestone| milestone.terms.due_on).min();
        holds.push(Hold {
            id: commission.id,
            title: commission.title,
            due_at: due.map_or(at, london_midnight),
            shares: give_back(&left, commission.held),
            coming_back: give_back(&left, ending.back),
        });
    }
    Ok(holds)
}

/// Commissions for which credits of the year's wallets are set aside.
pub async fn paid_in_year(tx: &mut Tx, of: HeldOf) -> Result<Vec<Held>> {
    let mut found = Vec::new();
    let mut after = of.after.map(CommissionId);
    while i64::try_from(found.len()).is_ok_and(|found| found < of.limit) {
        let page = sql::paid_in_year(tx, of.hub, of.year, after).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for commission in page {
            let funds = sql::money::funds_with_years(tx, of.hub, commission.id).await?;
            let left: Vec<_> =
                funds.iter().map(|(year, paid, returned)| Share { wallet: *year, amount: *paid - *returned }).collect();
            let shares = give_back(&left, commission.held);
            let credits: Credits =
                shares.iter().filter(|share| share.wallet == of.year).map(|share| share.amount).sum();
            if !credits.is_zero() {
                found.push(Held {
                    id: commission.id.0,
                    event_id: None,
                    title: commission.title,
                    school_id: Some(commission.buyer_id),
                    credits,
                });
            }
        }
    }
    found.truncate(usize::try_from(of.limit).unwrap_or(usize::MAX));
    Ok(found)
}
