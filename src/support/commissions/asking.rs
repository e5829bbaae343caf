//! Asking for support, and taking the request back before anything is agreed.

use chrono::{Days, NaiveDate};

use super::told::{change, tell, tell_all, tell_broker, tell_provider};
use super::transitions::{Step, step};
use super::{Commission, Party, Provider, QuoteState, Reach, Refusal, State, sql};
use crate::base::credits::{Amount, Credits};
use crate::base::ids::{CommissionId, OfferId, PartnerId, PriorityId, SchoolId};
use crate::base::text::{Day, Line, Prose};
use crate::ledger::Journal;
use crate::ledger::changes::Kind as Changed;
use crate::members::{partners, schools};
use crate::messages::notices::Kind as Told;
use crate::programme::programmes::priorities;
use crate::support::offers;
use crate::support::rate_card::BorneBy;

/// For how many days quotes are awaited where the buyer names no day.
const ANSWER_DAYS: u64 = 30;

/// What a school asks for.
#[derive(Clone, Debug, eserde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCommission {
    /// What it is about.
    pub title: Line,
    /// What is asked for.
    #[serde(default)]
    #[eserde(compat)]
    pub brief: Prose,
    /// The school that is asked; without one, a partner or an offer, every school and partner can quote.
    pub provider_school_id: Option<SchoolId>,
    /// The partner that is asked.
    pub provider_partner_id: Option<PartnerId>,
    /// The offer of the directory that it is about.
    pub offer_id: Option<OfferId>,
    /// The line of the Hub Action Plan that it serves.
    pub priority_id: Option<PriorityId>,
    /// What the school means to spend; providers don't see it.
    pub budget: Option<Amount>,
    /// The last day for quotes: in 30 days, where it is not sent.
    pub answer_by: Option<Day>,
}

/// Asks a provider, or all, for support.
pub async fn request(journal: &mut Journal, buyer: SchoolId, new: &NewCommission) -> Result<Commission, Refusal> {
    let (hub, today) = (journal.hub(), journal.today());
    let default = today.checked_add_days(Days::new(ANSWER_DAYS)).unwrap_or(NaiveDate::MAX);
    let answer_by = new.answer_by.map_or(default, |day| day.0);
    if answer_by < today {
        return Err(Refusal::field("/answer_by", "in_the_past", format!("must be today, {today}, or later")));
    }
    let school = schools::get(journal.tx(), hub, buyer).await?;
    let school = school.filter(|school| !school.has_left(today));
    let school = school.ok_or_else(|| Refusal::field("/buyer_id", "left", "the school is no member of the hub"))?;
    let offer = offer(journal, new).await?;
    let provider = provider(journal, new, offer, buyer).await?;
    if let Some(priority) = new.priority_id
        && priorities::get(journal.tx(), hub, priority).await?.is_none()
    {
        return Err(Refusal::field("/priority_id", "unknown", "there is no such priority"));
    }
    let commission = Commission {
        id: journal.new_id(),
        title: new.title.clone(),
        brief: new.brief.clone(),
        state: State::Requested,
        buyer_id: buyer,
        buyer_name: school.details.name,
        provider_school_id: provider.as_ref().and_then(|(provider, _)| provider.school()),
        provider_partner_id: provider.as_ref().and_then(|(provider, _)| provider.partner()),
        provider_name: provider.as_ref().map(|(_, name)| name.clone()),
        is_open: provider.is_none(),
        offer_id: new.offer_id,
        priority_id: new.priority_id,
        budget: new.budget.map(|budget| budget.credits()),
        answer_by,
        year: None,
        brokerage_share: Credits::ZERO,
        brokerage_of: Credits::from_hundredths(100),
        borne_by: BorneBy::Provider,
        notice_days: 0,
        kept_percent: 0,
        committed: Credits::ZERO,
        settled: Credits::ZERO,
        held: Credits::ZERO,
        requested_by: journal.actor(),
        requested_at: journal.now(),
        agreed_at: None,
        ended_by: None,
        ended_at: None,
        ended_because: None,
        version: 1,
    };
    sql::insert(journal.tx(), hub, &commission).await?.exactly(1)?;
    journal.changed(change(&commission, Changed::CommissionRequested));
    if commission.is_open {
        tell_all(journal, &commission, Told::CommissionRequested).await?;
    } else {
        tell(journal, &commission, Party::Provider, Told::CommissionRequested, None).await?;
    }
    Ok(commission)
}

/// Who is asked, with their name: a member of the hub other than the buyer.
async fn provider(
    journal: &mut Journal,
    new: &NewCommission,
    offer: Option<Provider>,
    buyer: SchoolId,
) -> Result<Option<(Provider, Line)>, Refusal> {
    if new.provider_school_id.is_some() && new.provider_partner_id.is_some() {
        let detail = "a school or a partner is asked, not both";
        return Err(Refusal::field("/provider_partner_id", "superfluous", detail));
    }
    let asked = Provider::of(new.provider_school_id, new.provider_partner_id);
    if offer.is_some() && asked.is_some() && asked != offer {
        return Err(Refusal::field("/offer_id", "not_theirs", "is an offer of another provider than is asked"));
    }
    let Some(provider) = asked.or(offer) else { return Ok(None) };
    if provider == Provider::School(buyer) {
        let pointer = if asked.is_some() { "/provider_school_id" } else { "/offer_id" };
        return Err(Refusal::field(pointer, "own_school", "must be of another school"));
    }
    let name = name_of(journal, provider).await?;
    let pointer = match provider {
        Provider::School(_) => "/provider_school_id",
        Provider::Partner(_) => "/provider_partner_id",
    };
    let unknown = || Refusal::field(pointer, "unknown", "there is no such member of the hub now");
    Ok(Some((provider, name.ok_or_else(unknown)?)))
}

/// Who offers what the commission is about: of an offer that is open.
async fn offer(journal: &mut Journal, new: &NewCommission) -> Result<Option<Provider>, Refusal> {
    let (hub, Some(offer)) = (journal.hub(), new.offer_id) else { return Ok(None) };
    let offer = offers::get(journal.tx(), hub, offer).await?.filter(|offer| offer.status == offers::Status::Open);
    let unknown = || Refusal::field("/offer_id", "unknown", "there is no such offer that is open");
    let offer = offer.ok_or_else(unknown)?;
    Ok(Provider::of(offer.provider.school_id, offer.provider.partner_id))
}

/// The name of a provider, where it belongs to the hub now.
pub(super) async fn name_of(journal: &mut Journal, provider: Provider) -> Result<Option<Line>, Refusal> {
    let (hub, today) = (journal.hub(), journal.today());
    Ok(match provider {
        Provider::School(school) => {
            let school = schools::get(journal.tx(), hub, school).await?;
            school.filter(|school| !school.has_left(today)).map(|school| school.details.name)
        }
        Provider::Partner(partner) => partners::get(journal.tx(), hub, partner).await?.map(|partner| partner.name),
    })
}

/// The commission, where they may see it, and who they are in it.
pub(super) async fn of(
    journal: &mut Journal,
    reach: Reach,
    id: CommissionId,
) -> Result<(Commission, Option<Party>), Refusal> {
    let hub = journal.hub();
    let commission = sql::get(journal.tx(), hub, id).await?.ok_or(Refusal::Unknown)?;
    let party = commission.party(reach);
    if commission.clone().seen_by(reach).is_none() { Err(Refusal::Unknown) } else { Ok((commission, party)) }
}

/// The commission for one of its sides.
pub(super) async fn of_side(
    journal: &mut Journal,
    reach: Reach,
    id: CommissionId,
    side: Party,
) -> Result<Commission, Refusal> {
    let (commission, party) = of(journal, reach, id).await?;
    if party == Some(side) { Ok(commission) } else { Err(Refusal::NotTheirs { by: side }) }
}

/// The buyer takes the request back before anything is agreed.
pub async fn withdraw(
    journal: &mut Journal,
    reach: Reach,
    id: CommissionId,
    because: Option<Line>,
) -> Result<Commission, Refusal> {
    let commission = of_side(journal, reach, id, Party::Buyer).await?;
    end(journal, commission, Step::Withdraw, because, Changed::CommissionWithdrawn, Told::CommissionWithdrawn).await
}

/// The provider that was asked declines; of an open request, the hub does.
pub async fn decline(
    journal: &mut Journal,
    reach: Reach,
    id: CommissionId,
    because: Option<Line>,
) -> Result<Commission, Refusal> {
    let (commission, party) = of(journal, reach, id).await?;
    if !matches!(party, Some(Party::Provider | Party::Hub)) {
        return Err(Refusal::NotTheirs { by: Party::Provider });
    }
    end(journal, commission, Step::Decline, because, Changed::CommissionDeclined, Told::CommissionDeclined).await
}

/// Ends a commission that was not agreed, with its quotes, and tells everybody in it.
pub(super) async fn end(
    journal: &mut Journal,
    mut commission: Commission,
    by: Step,
    because: Option<Line>,
    kind: Changed,
    told: Told,
) -> Result<Commission, Refusal> {
    let (hub, before) = (journal.hub(), commission.state);
    commission.state = step(before, by)?;
    (commission.ended_by, commission.ended_at) = (journal.actor(), Some(journal.now()));
    commission.ended_because = because;
    sql::update(journal.tx(), hub, &mut commission).await?;
    let over = if by == Step::Expire { QuoteState::Expired } else { QuoteState::Declined };
    for quote in sql::quotes::offered(journal.tx(), hub, commission.id).await? {
        sql::quotes::end(journal.tx(), hub, quote.id, over).await?.exactly(1)?;
        if let Some(provider) = quote.provider().filter(|provider| commission.provider() != Some(*provider)) {
            tell_provider(journal, &commission, provider, told).await?;
        }
        tell_broker(journal, &commission, &quote, told).await?;
    }
    journal.changed(change(&commission, kind).before(before.as_str()));
    tell(journal, &commission, Party::Provider, told, None).await?;
    tell(journal, &commission, Party::Buyer, told, None).await?;
    Ok(commission)
}
