//! Disputes: of one milestone, while the others stay payable. Both sides state their case in ten working days; the hub
//! splits the milestone's price between them, or the two agree on a split and end it themselves.

use chrono::{DateTime, Utc};

use super::asking::of;
use super::delivering::milestone;
use super::ending::settle_up;
use super::money::{MoveKind, Why, give_back, pay_out};
use super::outlook::{Acceptance, divided};
use super::told::{change, tell};
use super::transitions::{MilestoneStep, step_milestone};
use super::{Commission, Milestone, Party, Reach, Refusal, sql};
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::{CommissionId, HubId, PersonId, SchoolId};
use crate::base::text::{Line, Prose};
use crate::base::workdays;
use crate::ledger::Journal;
use crate::ledger::changes::Kind as Changed;
use crate::messages::notices::Kind as Told;

/// How many working days the sides have to state their case.
const CASES: u16 = 10;

/// What the two do not agree on, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Dispute {
    /// The number of the milestone.
    #[sqlx(rename = "number")]
    pub milestone: i64,
    /// Which side raised it.
    #[sqlx(rename = "raised_by_side")]
    pub side: Party,
    /// Who raised it.
    pub raised_by: Option<PersonId>,
    /// When it was raised.
    pub raised_at: DateTime<Utc>,
    /// What it is about.
    pub reason: Prose,
    /// Until when the sides can state their case.
    pub cases_until: DateTime<Utc>,
    /// What the buyer says.
    pub buyer_case: Option<Prose>,
    /// What the provider says.
    pub provider_case: Option<Prose>,
    /// What of the price the buyer would pay.
    pub buyer_would_pay: Option<Credits>,
    /// Who offered that for the buyer.
    pub buyer_would_pay_by: Option<PersonId>,
    /// What of the price the provider would settle for.
    pub provider_would_take: Option<Credits>,
    /// Who offered that for the provider.
    pub provider_would_take_by: Option<PersonId>,
    /// What of the price the provider gets, its brokerage included; the rest goes back to the buyer.
    pub to_provider: Option<Credits>,
    /// The reason of the decision; null where the two agreed.
    pub decision: Option<Line>,
    /// Who decided for the hub; null where the two agreed.
    pub resolved_by: Option<PersonId>,
    /// When it ended.
    pub resolved_at: Option<DateTime<Utc>>,
}

/// A dispute that has not ended, as whoever has a part in it is reminded of it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Unresolved {
    /// The commission.
    pub commission_id: CommissionId,
    /// What it is about.
    pub title: Line,
    /// The disputed milestone.
    pub milestone: Line,
    /// The school that buys.
    pub buyer_id: SchoolId,
    /// Until when the sides can state their case.
    pub cases_until: DateTime<Utc>,
    /// Whether the buyer has stated its case.
    pub buyer_heard: bool,
    /// Whether the provider has stated its case.
    pub provider_heard: bool,
    /// What of the price the buyer would pay.
    pub buyer_would_pay: Option<Credits>,
    /// What of the price the provider would settle for.
    pub provider_would_take: Option<Credits>,
}

impl Unresolved {
    /// Whether the hub can decide it.
    pub fn is_heard(&self, now: DateTime<Utc>) -> bool {
        heard(self.buyer_heard && self.provider_heard, self.cases_until, now)
    }

    /// Whether a side can still state its case and has not done so.
    pub fn lacks_case_of(&self, reach: Reach, now: DateTime<Utc>) -> bool {
        let heard = if reach == Reach::School(self.buyer_id) { self.buyer_heard } else { self.provider_heard };
        reach != Reach::Hub && !heard && now < self.cases_until
    }

    /// What the other side would settle for.
    pub fn offered_to(&self, reach: Reach) -> Option<Credits> {
        match reach {
            Reach::Hub => None,
            Reach::School(school) if school == self.buyer_id => self.provider_would_take,
            Reach::School(_) | Reach::Partner(_) => self.buyer_would_pay,
        }
    }
}

/// The disputes that have not ended, of those who buy or provide, or of the whole hub: the first whose time for cases ends
/// first.
pub async fn unresolved(tx: &mut Tx, hub: HubId, reach: Reach, limit: i64) -> Result<Vec<Unresolved>, db::Error> {
    sql::disputes::unresolved(tx, hub, reach, limit).await
}

impl Dispute {
    /// Whether the hub can decide it.
    pub fn is_heard(&self, now: DateTime<Utc>) -> bool {
        heard(self.buyer_case.is_some() && self.provider_case.is_some(), self.cases_until, now)
    }

    /// What of the price a side would settle for.
    pub fn offer_of(&self, side: Party) -> Option<Credits> {
        match side {
            Party::Buyer => self.buyer_would_pay,
            Party::Provider => self.provider_would_take,
            Party::Hub => None,
        }
    }
}

/// A dispute is heard once both sides have stated their case, or had time to.
fn heard(both: bool, cases_until: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    both || now >= cases_until
}

/// A side disputes a milestone that is to be delivered or answered.
pub async fn raise(
    journal: &mut Journal,
    reach: Reach,
    id: CommissionId,
    number: i64,
    reason: &Prose,
) -> Result<Dispute, Refusal> {
    let (hub, now) = (journal.hub(), journal.now());
    let (commission, side) = of_sides(journal, reach, id).await?;
    let mut milestone = milestone(journal, id, number).await?;
    let before = milestone.state;
    milestone.state = step_milestone(before, MilestoneStep::Dispute)?;
    Refusal::of_blank("/reason", reason)?;
    milestone.answer_until = None;
    sql::quotes::lapse_variations(journal.tx(), hub, id).await?.any();
    let dispute = Dispute {
        milestone: number,
        side,
        raised_by: journal.actor(),
        raised_at: now,
        reason: reason.clone(),
        cases_until: workdays::last_ends(now, CASES),
        buyer_case: (side == Party::Buyer).then(|| reason.clone()),
        provider_case: (side == Party::Provider).then(|| reason.clone()),
        buyer_would_pay: None,
        buyer_would_pay_by: None,
        provider_would_take: None,
        provider_would_take_by: None,
        to_provider: None,
        decision: None,
        resolved_by: None,
        resolved_at: None,
    };
    sql::milestones::update(journal.tx(), hub, id, &milestone).await?.exactly(1)?;
    sql::disputes::insert(journal.tx(), hub, id, &dispute).await?.exactly(1)?;
    let said = change(&commission, Changed::MilestoneDisputed).count(number);
    journal.changed(said.before(before.as_str()).after(milestone.state.as_str()));
    for party in [Party::Buyer, Party::Provider, Party::Hub] {
        tell(journal, &commission, party, Told::MilestoneDisputed, Some(dispute.cases_until)).await?;
    }
    Ok(dispute)
}

/// A side states its case, while there is time.
pub async fn state_case(
    journal: &mut Journal,
    reach: Reach,
    id: CommissionId,
    number: i64,
    case: &Prose,
) -> Result<Dispute, Refusal> {
    let hub = journal.hub();
    let (commission, side) = of_sides(journal, reach, id).await?;
    let mut dispute = open(journal, id, number).await?;
    if dispute.cases_until <= journal.now() {
        return Err(Refusal::CasesClosed { until: dispute.cases_until });
    }
    Refusal::of_blank("/case", case)?;
    match side {
        Party::Buyer => dispute.buyer_case = Some(case.clone()),
        Party::Provider | Party::Hub => dispute.provider_case = Some(case.clone()),
    }
    sql::disputes::update(journal.tx(), hub, id, &dispute).await?.exactly(1)?;
    journal.changed(change(&commission, Changed::MilestoneCaseStated).count(number));
    let other = if side == Party::Buyer { Party::Provider } else { Party::Buyer };
    for party in [other, Party::Hub] {
        tell(journal, &commission, party, Told::CaseStated, Some(dispute.cases_until)).await?;
    }
    Ok(dispute)
}

/// What settling for so much of a milestone's price would come to now. Pure.
pub fn settling(commission: &Commission, milestone: &Milestone, to_provider: Credits) -> Result<Acceptance, Refusal> {
    if to_provider > milestone.terms.price {
        let detail = format!("at most {} credits, the price of the milestone", milestone.terms.price);
        return Err(Refusal::field("/to_provider", "too_many", detail));
    }
    Ok(divided(commission, milestone, to_provider))
}

/// A side agrees to what the other would settle for, where that is what it was shown, and what that was shown to come to:
/// it ends the dispute.
pub async fn agree_to_settle(
    journal: &mut Journal,
    reach: Reach,
    id: CommissionId,
    number: i64,
    (to_provider, comes_to): (Credits, Acceptance),
) -> Result<Dispute, Refusal> {
    let (_, side) = of_sides(journal, reach, id).await?;
    let other = if side == Party::Buyer { Party::Provider } else { Party::Buyer };
    if open(journal, id, number).await?.offer_of(other) != Some(to_provider) {
        return Err(Refusal::NotAsShown);
    }
    would_settle(journal, reach, id, number, to_provider, Some(comes_to)).await
}

/// A side says what it would settle for, where it comes to what was shown. Where both say the same, that ends the dispute.
pub async fn would_settle(
    journal: &mut Journal,
    reach: Reach,
    id: CommissionId,
    number: i64,
    to_provider: Credits,
    shown: Option<Acceptance>,
) -> Result<Dispute, Refusal> {
    let hub = journal.hub();
    let (commission, side) = of_sides(journal, reach, id).await?;
    let mut dispute = open(journal, id, number).await?;
    let milestone = milestone(journal, id, number).await?;
    let comes_to = settling(&commission, &milestone, to_provider)?;
    if shown.is_some_and(|shown| shown != comes_to) {
        return Err(Refusal::NotAsShown);
    }
    let (by, other) = (journal.actor(), side == Party::Buyer);
    let other = if other { dispute.provider_would_take_by } else { dispute.buyer_would_pay_by };
    if by.is_some() && other == by {
        return Err(Refusal::BothSides);
    }
    match side {
        Party::Buyer => (dispute.buyer_would_pay, dispute.buyer_would_pay_by) = (Some(to_provider), by),
        Party::Provider | Party::Hub => {
            (dispute.provider_would_take, dispute.provider_would_take_by) = (Some(to_provider), by);
        }
    }
    if dispute.buyer_would_pay.is_some() && dispute.buyer_would_pay == dispute.provider_would_take {
        return end(journal, commission, milestone, dispute, to_provider).await;
    }
    sql::disputes::update(journal.tx(), hub, id, &dispute).await?.exactly(1)?;
    journal.changed(change(&commission, Changed::MilestoneSplitOffered).count(number));
    let told = if side == Party::Buyer { Party::Provider } else { Party::Buyer };
    tell(journal, &commission, told, Told::SplitOffered, None).await?;
    Ok(dispute)
}

/// How the hub divides the price of a disputed milestone.
#[derive(Clone, Debug, eserde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// What the provider gets, the hub's brokerage included where the provider bears it.
    pub to_provider: Credits,
    /// What goes back to the buyer.
    pub to_buyer: Credits,
    /// Why.
    pub reason: Line,
}

/// What a decision of the hub would come to now, where it can decide so. Pure.
pub fn deciding(
    commission: &Commission,
    milestone: &Milestone,
    dispute: &Dispute,
    split: &Split,
    now: DateTime<Utc>,
) -> Result<Acceptance, Refusal> {
    if !dispute.is_heard(now) {
        return Err(Refusal::CasesOpen { until: dispute.cases_until });
    }
    let (price, sum) = (milestone.terms.price, split.to_provider.hundredths().checked_add(split.to_buyer.hundredths()));
    if sum != Some(price.hundredths()) {
        let sum = Credits::from_hundredths(sum.unwrap_or(i64::MAX));
        return Err(Refusal::SplitDoesNotSum { price, sum });
    }
    Ok(divided(commission, milestone, split.to_provider))
}

/// The hub decides, where it comes to what was shown: once both have stated their case, or had time to.
pub async fn resolve(
    journal: &mut Journal,
    id: CommissionId,
    number: i64,
    split: &Split,
    shown: Option<Acceptance>,
) -> Result<Dispute, Refusal> {
    let (commission, _) = of(journal, Reach::Hub, id).await?;
    let mut dispute = open(journal, id, number).await?;
    let milestone = milestone(journal, id, number).await?;
    let comes_to = deciding(&commission, &milestone, &dispute, split, journal.now())?;
    if shown.is_some_and(|shown| shown != comes_to) {
        return Err(Refusal::NotAsShown);
    }
    dispute.decision = Some(split.reason.clone());
    dispute.resolved_by = journal.actor();
    end(journal, commission, milestone, dispute, split.to_provider).await
}

/// Pays the provider its part of the price, once with its brokerage, and gives the rest back to the buyer.
async fn end(
    journal: &mut Journal,
    mut commission: Commission,
    mut milestone: Milestone,
    mut dispute: Dispute,
    to_provider: Credits,
) -> Result<Dispute, Refusal> {
    let (hub, number, before) = (journal.hub(), milestone.terms.number, milestone.state);
    milestone.state = step_milestone(before, MilestoneStep::Resolve)?;
    milestone.settled = to_provider;
    (milestone.answered_by, milestone.answered_at) = (dispute.resolved_by, Some(journal.now()));
    (dispute.to_provider, dispute.resolved_at) = (Some(to_provider), Some(journal.now()));
    let why = Why {
        kind: MoveKind::Resolved,
        quote: milestone.quote_id,
        number: Some(number),
        reason: dispute.decision.clone(),
    };
    sql::milestones::update(journal.tx(), hub, commission.id, &milestone).await?.exactly(1)?;
    sql::disputes::update(journal.tx(), hub, commission.id, &dispute).await?.exactly(1)?;
    pay_out(journal, &mut commission, to_provider, why.clone()).await?;
    let committed = commission.committed - (milestone.terms.price - to_provider);
    give_back(journal, &mut commission, committed, why).await?;
    let said = change(&commission, Changed::MilestoneResolved).count(number);
    journal.changed(said.before(before.as_str()).after(milestone.state.as_str()));
    for party in [Party::Buyer, Party::Provider, Party::Hub] {
        tell(journal, &commission, party, Told::DisputeResolved, None).await?;
    }
    settle_up(journal, commission).await?;
    Ok(dispute)
}

/// The commission for one of its two sides.
async fn of_sides(journal: &mut Journal, reach: Reach, id: CommissionId) -> Result<(Commission, Party), Refusal> {
    match of(journal, reach, id).await? {
        (commission, Some(side @ (Party::Buyer | Party::Provider))) => Ok((commission, side)),
        _ => Err(Refusal::NotOneOfThem),
    }
}

async fn open(journal: &mut Journal, id: CommissionId, number: i64) -> Result<Dispute, Refusal> {
    let state = milestone(journal, id, number).await?.state;
    step_milestone(state, MilestoneStep::Resolve)?;
    let hub = journal.hub();
    sql::disputes::get(journal.tx(), hub, id, number).await?.ok_or(Refusal::Unknown)
}

/// The disputes of a commission, in the order of its milestones.
pub async fn list(tx: &mut Tx, hub: HubId, id: CommissionId) -> Result<Vec<Dispute>, db::Error> {
    sql::disputes::of(tx, hub, id).await
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_hub_decides_once_both_were_heard_or_had_time_to_be() {
        let [now, until]: [DateTime<Utc>; 2] =
            ["2026-11-02T09:00:00Z", "2026-11-16T00:00:00Z"].map(|instant| instant.parse().unwrap());
        let buyer = SchoolId(Uuid::from_u128(1));
        let mut dispute = Unresolved {
            commission_id: CommissionId(Uuid::from_u128(2)),
            title: Line::parse("Help with phonics").unwrap(),
            milestone: Line::parse("Two days").unwrap(),
            buyer_id: buyer,
            cases_until: until,
            buyer_heard: true,
            provider_heard: false,
            buyer_would_pay: None,
            provider_would_take: Some(Credits::from_hundredths(100)),
        };
        let provider = Reach::School(SchoolId(Uuid::from_u128(3)));
        assert!(dispute.lacks_case_of(provider, now) && !dispute.lacks_case_of(provider, until));
        assert!(!dispute.lacks_case_of(Reach::School(buyer), now) && !dispute.lacks_case_of(Reach::Hub, now));
        assert!(!dispute.is_heard(now) && dispute.is_heard(until));
        assert_eq!(dispute.offered_to(Reach::School(buyer)), Some(Credits::from_hundredths(100)));
        assert_eq!((dispute.offered_to(provider), dispute.offered_to(Reach::Hub)), (None, None));
        dispute.provider_heard = true;
        assert!(dispute.is_heard(now) && !dispute.lacks_case_of(provider, now));
    }
}
