//! Delivering milestones, and the buyer's answer: accepted, by silence too, or not yet.

use super::asking::of_side;
use super::ending::settle_up;
use super::money::{MoveKind, Why, give_back, pay_out};
use super::told::{change, tell};
use super::transitions::{MilestoneStep, step_milestone};
use super::{Commission, Milestone, Party, Reach, Refusal, offered, sql};
use crate::base::credits::{Amount, Credits};
use crate::base::days::Days;
use crate::base::ids::CommissionId;
use crate::base::text::Prose;
use crate::base::workdays;
use crate::ledger::Journal;
use crate::ledger::changes::Kind as Changed;
use crate::messages::notices::Kind as Told;

/// After how many working days silence accepts.
const SILENCE: u16 = 10;

/// What was delivered of a milestone.
#[derive(Clone, Debug, Default, eserde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MilestoneDelivery)]
pub struct Delivery {
    /// How many days, where it is not all of them.
    pub days: Option<Days>,
    /// What it is worth, at a fixed price, where it is not all of it.
    pub credits: Option<Amount>,
    /// What is to be said about it.
    #[serde(default)]
    #[eserde(compat)]
    pub note: Prose,
}

/// A milestone of a commission.
pub(super) async fn milestone(journal: &mut Journal, id: CommissionId, number: i64) -> Result<Milestone, Refusal> {
    let hub = journal.hub();
    sql::milestones::get(journal.tx(), hub, id, number).await?.ok_or(Refusal::Unknown)
}

/// The provider says that a milestone is delivered, or a part of it. The buyer has ten working days to answer. A
/// variation that would have replaced it lapses.
pub async fn deliver(
    journal: &mut Journal,
    reach: Reach,
    id: CommissionId,
    number: i64,
    delivery: &Delivery,
) -> Result<(Commission, Milestone), Refusal> {
    let (hub, now) = (journal.hub(), journal.now());
    let commission = of_side(journal, reach, id, Party::Provider).await?;
    let mut milestone = milestone(journal, id, number).await?;
    milestone.state = step_milestone(milestone.state, MilestoneStep::Deliver)?;
    let terms = &milestone.terms;
    let (days, claimed) = match (terms.half_days, delivery.days, delivery.credits) {
        (Some(_), _, Some(_)) => {
            return Err(Refusal::field("/credits", "superfluous", "follow from the days of this milestone"));
        }
        (None, Some(_), _) => {
            return Err(Refusal::field("/days", "superfluous", "the milestone has a fixed price, and no days"));
        }
        (Some(_), Some(Days::ZERO), None) => {
            return Err(Refusal::field("/days", "out_of_range", "must be half a day or more"));
        }
        (Some(most), Some(days), None) if days > most => return Err(Refusal::TooManyDays { most }),
        (Some(most), days, None) => {
            let days = days.unwrap_or(most);
            (Some(days), terms.for_days(days).unwrap_or(terms.price).min(terms.price))
        }
        (None, None, Some(credits)) if credits.credits() > terms.price => {
            let detail = format!("at most {} credits, the price of the milestone", terms.price);
            return Err(Refusal::field("/credits", "too_many", detail));
        }
        (None, None, credits) => (None, credits.map_or(terms.price, |credits| credits.credits())),
    };
    (milestone.delivered_half_days, milestone.claimed) = (days, Some(claimed));
    milestone.delivery_note = Some(delivery.note.clone());
    (milestone.delivered_by, milestone.delivered_at) = (journal.actor(), Some(now));
    milestone.answer_until = Some(workdays::last_ends(now, SILENCE));
    milestone.missing = None;
    sql::quotes::lapse_variations(journal.tx(), hub, id).await?.any();
    sql::milestones::update(journal.tx(), hub, id, &milestone).await?.exactly(1)?;
    journal.changed(change(&commission, Changed::MilestoneDelivered).count(number).after(milestone.state.as_str()));
    tell(journal, &commission, Party::Buyer, Told::MilestoneDelivered, milestone.answer_until).await?;
    Ok((commission, milestone))
}

/// The buyer accepts what was delivered: it is paid, and what was not delivered of it goes back; where it is what was
/// shown to be paid for.
pub async fn accept(
    journal: &mut Journal,
    reach: Reach,
    id: CommissionId,
    number: i64,
    shown: Option<Credits>,
) -> Result<(Commission, Milestone), Refusal> {
    let commission = of_side(journal, reach, id, Party::Buyer).await?;
    let milestone = milestone(journal, id, number).await?;
    if milestone.delivered_by.is_some() && milestone.delivered_by == journal.actor() {
        return Err(Refusal::BothSides);
    }
    if shown.is_some_and(|shown| shown != milestone.claimed.unwrap_or(milestone.terms.price)) {
        return Err(Refusal::NotAsShown);
    }
    accepted(journal, commission, milestone).await
}

/// Pays a delivered milestone, by the buyer's word or by silence, and completes what is then settled.
pub(super) async fn accepted(
    journal: &mut Journal,
    mut commission: Commission,
    mut milestone: Milestone,
) -> Result<(Commission, Milestone), Refusal> {
    let (hub, number, before, old) = (journal.hub(), milestone.terms.number, milestone.state, milestone.clone());
    milestone.state = step_milestone(before, MilestoneStep::Accept)?;
    milestone.settled = milestone.claimed.unwrap_or(milestone.terms.price);
    (milestone.answered_by, milestone.answered_at) = (journal.actor(), Some(journal.now()));
    let why = Why { kind: MoveKind::Accepted, quote: milestone.quote_id, number: Some(number), reason: None };
    sql::milestones::update(journal.tx(), hub, commission.id, &milestone).await?.exactly(1)?;
    pay_out(journal, &mut commission, milestone.settled, why.clone()).await?;
    // What was not delivered of it is not delivered any more.
    let committed = commission.committed - (milestone.terms.price - milestone.settled);
    give_back(journal, &mut commission, committed, Why { kind: MoveKind::Returned, ..why }).await?;
    offered::changed(journal, &commission, &old, &milestone).await?;
    let silent = journal.actor().is_none();
    let said = change(&commission, Changed::MilestoneAccepted).count(number);
    journal.changed(said.before(before.as_str()).after(milestone.state.as_str()));
    tell(journal, &commission, Party::Provider, Told::MilestoneAccepted, None).await?;
    if silent {
        tell(journal, &commission, Party::Buyer, Told::MilestoneAccepted, None).await?;
    }
    let commission = settle_up(journal, commission).await?;
    Ok((commission, milestone))
}

/// The buyer says what is missing: it is to be delivered again.
pub async fn not_yet(
    journal: &mut Journal,
    reach: Reach,
    id: CommissionId,
    number: i64,
    missing: &Prose,
) -> Result<(Commission, Milestone), Refusal> {
    let hub = journal.hub();
    let commission = of_side(journal, reach, id, Party::Buyer).await?;
    let mut milestone = milestone(journal, id, number).await?;
    let before = milestone.state;
    milestone.state = step_milestone(before, MilestoneStep::NotYet)?;
    Refusal::of_blank("/missing", missing)?;
    milestone.missing = Some(missing.clone());
    (milestone.answer_until, milestone.claimed, milestone.delivered_half_days) = (None, None, None);
    sql::quotes::lapse_variations(journal.tx(), hub, id).await?.any();
    sql::milestones::update(journal.tx(), hub, id, &milestone).await?.exactly(1)?;
    let said = change(&commission, Changed::MilestoneNotYet).count(number);
    journal.changed(said.before(before.as_str()).after(milestone.state.as_str()));
    tell(journal, &commission, Party::Provider, Told::MilestoneNotYet, None).await?;
    Ok((commission, milestone))
}
