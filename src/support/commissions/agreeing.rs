//! Agreeing to a quote or a variation, by both sides, and the buyer's second person over the school's limit. With the
//! last of them the credits move, or nothing is agreed.

use super::asking::of;
use super::money::{MoveKind, Why, current_year, give_back, pay_in};
use super::offered::{take, taken};
use super::told::{change, tell, tell_broker, tell_provider};
use super::transitions::{MilestoneState, MilestoneStep, Step, step, step_milestone};
use super::{Commission, Milestone, Party, Provider, Quote, QuoteState, Reach, Refusal, sql};
use crate::base::credits::Credits;
use crate::base::days::Days;
use crate::base::db::{self, Tx};
use crate::base::ids::{CommissionId, HubId, PersonId, QuoteId};
use crate::ledger::Journal;
use crate::ledger::changes::Kind as Changed;
use crate::members::{people, schools};
use crate::messages::notices::Kind as Told;

/// Agrees to a quote or variation for one's side. Returns the commission: agreed, once all who must have agreed.
pub async fn agree(
    journal: &mut Journal,
    reach: Reach,
    id: CommissionId,
    quote: QuoteId,
) -> Result<Commission, Refusal> {
    let hub = journal.hub();
    let (commission, party) = of(journal, reach, id).await?;
    let mut quote = live(journal, &commission, quote).await?;
    let party = side(&quote, party, reach)?;
    step(commission.state, if quote.varies { Step::Vary } else { Step::Agree })?;
    let rules = schools::approval_rules(journal.tx(), hub, commission.buyer_id).await?;
    let limit = rules.and_then(|rules| rules.commission_limit);
    let limit = match limit {
        Some(limit) if costs_more_than(journal.tx(), hub, &commission, &quote, limit).await? => Some(limit),
        _ => None,
    };
    sign(journal, &mut quote, party, limit).await?;
    sql::quotes::sign(journal.tx(), hub, &quote).await?.exactly(1)?;
    let complete = quote.buyer_agreed_at.is_some()
        && quote.provider_agreed_at.is_some()
        && (limit.is_none() || quote.second_agreed_at.is_some());
    if complete {
        let varies = quote.varies;
        let done =
            if varies { vary(journal, commission, quote).await } else { conclude(journal, commission, quote).await };
        // What the buyer has is no business of the provider's.
        return match done {
            Err(Refusal::InsufficientCredits { .. }) if party == Party::Provider => Err(Refusal::BuyerShort),
            done => done,
        };
    }
    journal.changed(change(&commission, Changed::CommissionSigned));
    if quote.provider_agreed_at.is_none()
        && let Some(provider) = quote.provider()
    {
        tell_provider(journal, &commission, provider, Told::AgreementWaiting).await?;
    }
    if party == Party::Provider || (limit.is_some() && quote.second_agreed_at.is_none()) {
        tell(journal, &commission, Party::Buyer, Told::AgreementWaiting, None).await?;
    }
    Ok(commission)
}

/// Whether the buyer would have agreed to more than the limit: with a variation, to more in all than it costs now.
pub(super) async fn costs_more_than(
    tx: &mut Tx,
    hub: HubId,
    commission: &Commission,
    quote: &Quote,
    limit: Credits,
) -> Result<bool, db::Error> {
    if !quote.varies {
        return Ok(quote.brokerage().cost(quote.price) > limit);
    }
    let milestones = sql::milestones::of(tx, hub, commission.id).await?;
    let committed = committed_with(commission, quote, &milestones);
    Ok(commission.brokerage().cost(committed) > limit && committed > commission.committed)
}

/// What is committed with a variation: its milestones are in the place of those that are open.
pub(super) fn committed_with(commission: &Commission, variation: &Quote, milestones: &[Milestone]) -> Credits {
    let open = milestones.iter().filter(|milestone| milestone.state == MilestoneState::Open);
    commission.committed + variation.price - open.map(|milestone| milestone.terms.price).sum()
}

/// The quote, where it can be agreed or ended.
async fn live(journal: &mut Journal, commission: &Commission, id: QuoteId) -> Result<Quote, Refusal> {
    let (hub, today) = (journal.hub(), journal.today());
    let quote = sql::quotes::get(journal.tx(), hub, commission.id, id).await?.ok_or(Refusal::Unknown)?;
    match quote.state {
        QuoteState::Offered if quote.valid_until < today => Err(Refusal::QuoteExpired { until: quote.valid_until }),
        QuoteState::Expired => Err(Refusal::QuoteExpired { until: quote.valid_until }),
        QuoteState::Offered => Ok(quote),
        state => Err(Refusal::QuoteOver { state }),
    }
}

/// For which side of the quote they act: the provider of an open request is whoever quoted.
fn side(quote: &Quote, party: Option<Party>, reach: Reach) -> Result<Party, Refusal> {
    if quote.provider().map(Provider::reach) == Some(reach) {
        return Ok(Party::Provider);
    }
    match party {
        Some(Party::Buyer) => Ok(Party::Buyer),
        Some(Party::Hub) => Err(Refusal::NotTheirs { by: Party::Buyer }),
        // Another provider's quote is nothing that they can see.
        Some(Party::Provider) | None => Err(Refusal::Unknown),
    }
}

/// Adds who agrees. Nobody agrees on both sides, nor twice as two.
async fn sign(journal: &mut Journal, quote: &mut Quote, party: Party, limit: Option<Credits>) -> Result<(), Refusal> {
    let (by, now) = (journal.actor(), journal.now());
    let is = |other: Option<PersonId>| by.is_some() && other == by;
    if party == Party::Provider {
        if quote.provider_agreed_at.is_some() {
            return Err(Refusal::AlreadyAgreed);
        }
        if is(quote.buyer_agreed_by) || is(quote.second_agreed_by) {
            return Err(Refusal::BothSides);
        }
        (quote.provider_agreed_by, quote.provider_agreed_at) = (by, Some(now));
        return Ok(());
    }
    if is(quote.provider_agreed_by) || (is(quote.quoted_by) && quote.buyer_agreed_at.is_none()) {
        return Err(Refusal::BothSides);
    }
    if quote.buyer_agreed_at.is_none() {
        (quote.buyer_agreed_by, quote.buyer_agreed_at) = (by, Some(now));
        return Ok(());
    }
    match limit {
        Some(_) if quote.second_agreed_at.is_some() => Err(Refusal::AlreadyAgreed),
        // The limit was raised since: one person is enough.
        None if quote.provider_agreed_at.is_some() => Ok(()),
        None => Err(Refusal::AlreadyAgreed),
        Some(limit) if !people::is_second(journal, quote.buyer_agreed_by, by).await? => {
            Err(Refusal::NotASecond { limit })
        }
        Some(_) => {
            (quote.second_agreed_by, quote.second_agreed_at) = (by, Some(now));
            Ok(())
        }
    }
}

/// The quote is agreed: its terms become the commission's, and its price goes to the escrow.
async fn conclude(journal: &mut Journal, mut commission: Commission, quote: Quote) -> Result<Commission, Refusal> {
    let hub = journal.hub();
    let before = commission.state;
    commission.state = step(before, Step::Agree)?;
    commission.year = Some(current_year(journal).await?);
    (commission.provider_school_id, commission.provider_partner_id) =
        (quote.provider_school_id, quote.provider_partner_id);
    commission.provider_name = Some(quote.provider_name.clone());
    let of = quote.brokerage();
    (commission.brokerage_share, commission.brokerage_of, commission.borne_by) = (of.share, of.of, of.borne_by);
    (commission.notice_days, commission.kept_percent) = (quote.notice_days, quote.kept_percent);
    commission.agreed_at = Some(journal.now());
    let why = Why { kind: MoveKind::Agreed, quote: quote.id, number: None, reason: None };
    pay_in(journal, &mut commission, quote.price, why).await?;
    let terms = sql::quotes::terms(journal.tx(), hub, quote.id).await?;
    let days: i64 = terms.iter().filter_map(|terms| terms.half_days).map(Days::half_days).sum();
    take(journal, &commission, days).await?;
    sql::quotes::end(journal.tx(), hub, quote.id, QuoteState::Agreed).await?.exactly(1)?;
    let others = sql::quotes::offered(journal.tx(), hub, commission.id).await?;
    for other in others.iter().filter(|other| other.id != quote.id) {
        sql::quotes::end(journal.tx(), hub, other.id, QuoteState::Declined).await?.exactly(1)?;
        if let Some(provider) = other.provider() {
            tell_provider(journal, &commission, provider, Told::QuoteDeclined).await?;
        }
        tell_broker(journal, &commission, other, Told::QuoteDeclined).await?;
    }
    sql::milestones::insert(journal.tx(), hub, commission.id, quote.id, &terms).await?.exactly(terms.len())?;
    sql::update(journal.tx(), hub, &mut commission).await?;
    journal.changed(change(&commission, Changed::CommissionAgreed).before(before.as_str()));
    tell(journal, &commission, Party::Buyer, Told::CommissionAgreed, None).await?;
    tell(journal, &commission, Party::Provider, Told::CommissionAgreed, None).await?;
    tell_broker(journal, &commission, &quote, Told::CommissionAgreed).await?;
    Ok(commission)
}

/// The variation is agreed: its milestones take the place of those still to be delivered, and the difference is posted.
async fn vary(journal: &mut Journal, mut commission: Commission, quote: Quote) -> Result<Commission, Refusal> {
    let hub = journal.hub();
    let old = sql::milestones::of(journal.tx(), hub, commission.id).await?;
    let committed = committed_with(&commission, &quote, &old);
    let why = Why { kind: MoveKind::Varied, quote: quote.id, number: None, reason: None };
    if committed >= commission.committed {
        pay_in(journal, &mut commission, committed, why).await?;
    } else {
        give_back(journal, &mut commission, committed, why).await?;
    }
    for mut milestone in old.iter().filter(|milestone| milestone.state == MilestoneState::Open).cloned() {
        milestone.state = step_milestone(milestone.state, MilestoneStep::Vary)?;
        sql::milestones::update(journal.tx(), hub, commission.id, &milestone).await?.exactly(1)?;
    }
    let terms = sql::quotes::terms(journal.tx(), hub, quote.id).await?;
    sql::milestones::insert(journal.tx(), hub, commission.id, quote.id, &terms).await?.exactly(terms.len())?;
    let now = sql::milestones::of(journal.tx(), hub, commission.id).await?;
    take(journal, &commission, taken(&now) - taken(&old)).await?;
    (commission.notice_days, commission.kept_percent) = (quote.notice_days, quote.kept_percent);
    sql::quotes::end(journal.tx(), hub, quote.id, QuoteState::Agreed).await?.exactly(1)?;
    sql::update(journal.tx(), hub, &mut commission).await?;
    journal.changed(change(&commission, Changed::CommissionVaried));
    tell(journal, &commission, Party::Buyer, Told::VariationAgreed, None).await?;
    tell(journal, &commission, Party::Provider, Told::VariationAgreed, None).await?;
    tell_broker(journal, &commission, &quote, Told::VariationAgreed).await?;
    Ok(commission)
}

/// The buyer declines a quote, or either side a variation of the other's.
pub async fn decline_quote(
    journal: &mut Journal,
    reach: Reach,
    id: CommissionId,
    quote: QuoteId,
) -> Result<Commission, Refusal> {
    let (commission, party) = of(journal, reach, id).await?;
    let quote = live(journal, &commission, quote).await?;
    if side(&quote, party, reach)? == Party::Provider && quote.provider_agreed_at.is_some() {
        return Err(Refusal::AlreadyAgreed);
    }
    over(journal, commission, quote, QuoteState::Declined).await
}

/// The side that made a quote or variation withdraws it.
pub async fn withdraw_quote(
    journal: &mut Journal,
    reach: Reach,
    id: CommissionId,
    quote: QuoteId,
) -> Result<Commission, Refusal> {
    let (commission, party) = of(journal, reach, id).await?;
    let quote = live(journal, &commission, quote).await?;
    let theirs = match party {
        Some(Party::Hub) => quote.provider_agreed_at.is_none() && quote.buyer_agreed_at.is_none(),
        _ => {
            side(&quote, party, reach)?
                == if quote.provider_agreed_at.is_some() { Party::Provider } else { Party::Buyer }
        }
    };
    if !theirs {
        return Err(Refusal::NotTheirs { by: Party::Provider });
    }
    over(journal, commission, quote, QuoteState::Withdrawn).await
}

/// Ends a quote; a request without another waits for quotes again, where there is time.
pub(super) async fn over(
    journal: &mut Journal,
    mut commission: Commission,
    quote: Quote,
    state: QuoteState,
) -> Result<Commission, Refusal> {
    let (hub, before) = (journal.hub(), commission.state);
    sql::quotes::end(journal.tx(), hub, quote.id, state).await?.exactly(1)?;
    let (kind, told) = match state {
        QuoteState::Declined => (Changed::CommissionQuoteDeclined, Told::QuoteDeclined),
        QuoteState::Expired => (Changed::CommissionQuoteExpired, Told::QuoteExpired),
        _ => (Changed::CommissionQuoteWithdrawn, Told::QuoteWithdrawn),
    };
    let alone = sql::quotes::offered(journal.tx(), hub, commission.id).await?.is_empty();
    if alone && !quote.varies {
        commission.state = step(before, Step::Reopen)?;
        sql::update(journal.tx(), hub, &mut commission).await?;
    }
    journal.changed(change(&commission, kind).before(before.as_str()));
    tell(journal, &commission, Party::Buyer, told, None).await?;
    if let Some(provider) = quote.provider() {
        tell_provider(journal, &commission, provider, told).await?;
    }
    tell_broker(journal, &commission, &quote, told).await?;
    Ok(commission)
}
