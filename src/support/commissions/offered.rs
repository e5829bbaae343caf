//! The days of an offer that a commission takes: as many as it has agreed, less those that are not delivered any more.

use super::{Commission, Milestone, MilestoneState, Refusal};
use crate::base::days::Days;
use crate::ledger::Journal;
use crate::support::offers;

/// The days of an offer that a milestone takes.
fn of(milestone: &Milestone) -> i64 {
    let days = match milestone.state {
        MilestoneState::Accepted => milestone.delivered_half_days,
        MilestoneState::Ended | MilestoneState::Replaced => None,
        MilestoneState::Open | MilestoneState::Delivered | MilestoneState::Disputed | MilestoneState::Resolved => {
            milestone.terms.half_days
        }
    };
    days.map_or(0, Days::half_days)
}

/// How many half days of its offer these milestones take.
pub(super) fn taken(milestones: &[Milestone]) -> i64 {
    milestones.iter().map(of).sum()
}

/// Takes so many half days more of the commission's offer, or gives them back. Nothing, where it is about no specialist's offer.
pub(super) async fn take(journal: &mut Journal, commission: &Commission, half_days: i64) -> Result<(), Refusal> {
    let (Some(offer), Some(year)) = (commission.offer_id, commission.year) else { return Ok(()) };
    let hub = journal.hub();
    if offers::get(journal.tx(), hub, offer).await?.is_none_or(|offer| offer.kind != offers::Kind::Expertise) {
        return Ok(());
    }
    let days = Days::from_half_days(half_days.abs());
    if half_days > 0 {
        offers::agree_days(journal, offer, year, days).await?;
    } else if half_days < 0 {
        offers::return_days(journal, offer, year, days).await?;
    }
    Ok(())
}

/// Gives back what a milestone took and does not any more.
pub(super) async fn changed(
    journal: &mut Journal,
    commission: &Commission,
    before: &Milestone,
    after: &Milestone,
) -> Result<(), Refusal> {
    take(journal, commission, of(after) - of(before)).await
}
