//! How a commission that was agreed ends: everything settled, or cancelled by a side on the terms that were agreed.

use chrono::NaiveDate;

use super::asking::of;
use super::money::{MoveKind, Why, give_back, pay_out};
use super::told::{change, tell};
use super::transitions::{MilestoneState, MilestoneStep, State, Step, step, step_milestone};
use super::{Commission, Milestone, Party, Reach, Refusal, offered, sql};
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::{CommissionId, HubId};
use crate::base::text::Line;
use crate::base::workdays;
use crate::ledger::Journal;
use crate::ledger::changes::Kind as Changed;
use crate::messages::notices::Kind as Told;

/// What cancelling a commission does to its credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = CommissionEnding)]
pub struct Ending {
    /// What the provider keeps of milestones that are cancelled too late, with its brokerage.
    pub kept: Credits,
    /// What goes back to the buyer now.
    pub back: Credits,
    /// What stays set aside: for what is delivered or disputed.
    pub held: Credits,
}

/// What of a milestone that is still to be delivered the provider keeps: a share of the price where the buyer cancels
/// with less notice than was agreed.
fn kept(commission: &Commission, milestone: &Milestone, by: Party, today: NaiveDate) -> Credits {
    let notice = workdays::until(today, milestone.terms.due_on);
    if by == Party::Provider || notice >= commission.notice_days {
        return Credits::ZERO;
    }
    let percent = usize::try_from(commission.kept_percent).unwrap_or(0);
    milestone.terms.price.share(percent, 100)
}

/// What cancelling would do now.
pub async fn preview(
    tx: &mut Tx,
    hub: HubId,
    reach: Reach,
    commission: &Commission,
    today: NaiveDate,
) -> Result<Ending, Refusal> {
    let party = cancels(commission.party(reach))?;
    step(commission.state, Step::Cancel)?;
    let all = sql::milestones::of(tx, hub, commission.id).await?;
    Ok(undelivered(commission, &all, party, today))
}

/// What cancelling does to the credits of a commission with these milestones. Pure.
pub(super) fn undelivered(commission: &Commission, all: &[Milestone], by: Party, today: NaiveDate) -> Ending {
    let open = || all.iter().filter(|milestone| milestone.state == MilestoneState::Open);
    let settled: Credits = open().map(|milestone| kept(commission, milestone, by, today)).sum();
    let pending: Credits = all
        .iter()
        .filter(|milestone| milestone.state.is_pending() && milestone.state != MilestoneState::Open)
        .map(|milestone| milestone.terms.price)
        .sum();
    let of = commission.brokerage();
    let kept = of.cost(commission.settled + settled) - of.cost(commission.settled);
    let held = of.cost(commission.settled + settled + pending) - of.cost(commission.settled + settled);
    Ending { kept, back: commission.held - kept - held, held }
}

/// A side cancels, or the hub for the provider: what is still to be delivered ends, and goes back but for what was
/// agreed to be kept; what is delivered or disputed is still to be answered.
pub async fn cancel(
    journal: &mut Journal,
    reach: Reach,
    id: CommissionId,
    because: &Line,
) -> Result<Commission, Refusal> {
    let (mut commission, party) = sides(journal, reach, id).await?;
    let (hub, today, before) = (journal.hub(), journal.today(), commission.state);
    commission.state = step(before, Step::Cancel)?;
    let mut committed = commission.committed;
    for mut milestone in sql::milestones::of(journal.tx(), hub, id).await? {
        if milestone.state == MilestoneState::Open {
            let old = milestone.clone();
            milestone.state = step_milestone(milestone.state, MilestoneStep::End)?;
            offered::changed(journal, &commission, &old, &milestone).await?;
            milestone.settled = kept(&commission, &milestone, party, today);
            (milestone.answered_by, milestone.answered_at) = (journal.actor(), Some(journal.now()));
            let number = Some(milestone.terms.number);
            let why = Why { kind: MoveKind::Kept, quote: milestone.quote_id, number, reason: Some(because.clone()) };
            let kept = milestone.settled;
            sql::milestones::update(journal.tx(), hub, id, &milestone).await?.exactly(1)?;
            pay_out(journal, &mut commission, kept, why).await?;
            committed = committed - (milestone.terms.price - kept);
        }
    }
    let quote = sql::quotes::last_agreed(journal.tx(), hub, id).await?.ok_or(Refusal::Unknown)?;
    let why = Why { kind: MoveKind::Returned, quote, number: None, reason: Some(because.clone()) };
    give_back(journal, &mut commission, committed, why).await?;
    for quote in sql::quotes::offered(journal.tx(), hub, id).await? {
        sql::quotes::end(journal.tx(), hub, quote.id, super::QuoteState::Declined).await?.exactly(1)?;
    }
    (commission.ended_by, commission.ended_at) = (journal.actor(), Some(journal.now()));
    commission.ended_because = Some(because.clone());
    sql::update(journal.tx(), hub, &mut commission).await?;
    journal.changed(change(&commission, Changed::CommissionCancelled).before(before.as_str()));
    tell(journal, &commission, Party::Buyer, Told::CommissionCancelled, None).await?;
    tell(journal, &commission, Party::Provider, Told::CommissionCancelled, None).await?;
    Ok(commission)
}

/// Who cancels: a side, or the hub in the provider's place, so that nothing is kept.
async fn sides(journal: &mut Journal, reach: Reach, id: CommissionId) -> Result<(Commission, Party), Refusal> {
    let (commission, party) = of(journal, reach, id).await?;
    Ok((commission, cancels(party)?))
}

fn cancels(party: Option<Party>) -> Result<Party, Refusal> {
    match party {
        Some(Party::Buyer) => Ok(Party::Buyer),
        Some(Party::Provider | Party::Hub) => Ok(Party::Provider),
        None => Err(Refusal::NotTheirs { by: Party::Buyer }),
    }
}

/// Saves the commission after an answer; where nothing is open, delivered or disputed any more, and it was not
/// cancelled, it is completed.
pub(super) async fn settle_up(journal: &mut Journal, mut commission: Commission) -> Result<Commission, Refusal> {
    let (hub, before) = (journal.hub(), commission.state);
    let all = sql::milestones::of(journal.tx(), hub, commission.id).await?;
    let completed = before == State::Agreed && !all.iter().any(|milestone| milestone.state.is_pending());
    if completed {
        commission.state = step(before, Step::Complete)?;
        commission.ended_at = Some(journal.now());
        for quote in sql::quotes::offered(journal.tx(), hub, commission.id).await? {
            sql::quotes::end(journal.tx(), hub, quote.id, super::QuoteState::Declined).await?.exactly(1)?;
        }
    }
    sql::update(journal.tx(), hub, &mut commission).await?;
    if completed {
        journal.changed(change(&commission, Changed::CommissionCompleted).before(before.as_str()));
        tell(journal, &commission, Party::Buyer, Told::CommissionCompleted, None).await?;
        tell(journal, &commission, Party::Provider, Told::CommissionCompleted, None).await?;
    }
    Ok(commission)
}
