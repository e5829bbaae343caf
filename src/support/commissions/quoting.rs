//! Quotes and variations: what a provider would do, for how much and by when, and on what terms.

use std::collections::HashSet;

use chrono::NaiveDate;

use super::asking::{name_of, of};
use super::money::brokerage;
use super::shares::{Brokerage, cost_of_days};
use super::told::{change, tell, tell_broker, tell_provider};
use super::transitions::{State, Step, step};
use super::{Commission, Party, Provider, Quote, QuoteState, Reach, Refusal, Terms, sql};
use crate::base::credits::{Amount, Credits};
use crate::base::days::Days;
use crate::base::db::Tx;
use crate::base::ids::{CommissionId, HubId, PartnerId, SchoolId};
use crate::base::text::{Day, Line, Prose};
use crate::ledger::Journal;
use crate::ledger::changes::Kind as Changed;
use crate::messages::notices::Kind as Told;
use crate::support::{offers, rate_card};

/// The most milestones of a quote.
const MOST_MILESTONES: usize = 50;
/// The most working days of notice.
const MOST_NOTICE: i64 = 60;

/// A milestone that is quoted: of days at a rate, or at a fixed price.
#[derive(Clone, Debug, eserde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMilestone {
    /// What is delivered.
    pub title: Line,
    /// What counts as done.
    #[serde(default)]
    #[eserde(compat)]
    pub done_when: Prose,
    /// When it is due: today or later.
    pub due_on: Day,
    /// How many days of support it is, whole or half.
    pub days: Option<Days>,
    /// The price of a whole day: that of the offer or of the rate card, where it is not sent.
    pub day_rate: Option<Amount>,
    /// The price of a half day: half of that of a whole one, where it is not sent.
    pub half_day_rate: Option<Amount>,
    /// A fixed price, in place of days and rates.
    pub price: Option<Amount>,
    /// The provider's own reference.
    pub reference: Option<Line>,
}

/// The milestones and terms that are proposed.
#[derive(Clone, Debug, eserde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCommissionQuote)]
pub struct NewQuote {
    /// For which school the hub quotes; a school or partner quotes for itself.
    pub provider_school_id: Option<SchoolId>,
    /// For which partner the hub quotes.
    pub provider_partner_id: Option<PartnerId>,
    /// Who would come.
    pub specialist: Option<Line>,
    /// The kind of specialist on the hub's rate card, whose rates milestones of days have that say no others. Of a
    /// commission of an offer, its own rates come first.
    pub specialist_kind: Option<Line>,
    /// What else is to be said.
    #[serde(default)]
    #[eserde(compat)]
    pub note: Prose,
    /// The last day on which it can be agreed: today or later.
    pub valid_until: Day,
    /// How many working days before it is due a milestone can be cancelled without cost: 0 to 60.
    #[serde(default)]
    #[eserde(compat)]
    pub notice_days: i64,
    /// What is kept, in per cent of a milestone's price, where the buyer cancels it later than that: 0 to 100.
    #[serde(default)]
    #[eserde(compat)]
    pub kept_percent: i64,
    /// What is delivered, in at most 50 parts. In a variation: all that is still to be delivered, in place of what is.
    pub milestones: Vec<NewMilestone>,
}

/// A quote with its milestones.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = CommissionQuoteWithMilestones)]
pub struct Milestones {
    /// The quote.
    #[serde(flatten)]
    pub quote: Quote,
    /// Its milestones.
    pub milestones: Vec<Terms>,
}

/// Quotes for a request, or proposes a variation of what was agreed, in place of the milestones that are open now: it
/// lapses once one of them is delivered or disputed, or another is open again. A provider who quotes agrees to it; so does a
/// buyer who proposes a variation. What the hub proposes, both have to agree to.
pub async fn quote(
    journal: &mut Journal,
    reach: Reach,
    id: CommissionId,
    new: &NewQuote,
) -> Result<Milestones, Refusal> {
    let hub = journal.hub();
    let (mut commission, party) = of(journal, reach, id).await?;
    let varies = commission.state == State::Agreed;
    let provider = provider(&commission, party, reach, new, varies)?;
    let provider_name = name_of(journal, provider).await?;
    let provider_name = provider_name
        .ok_or_else(|| Refusal::field("/provider_school_id", "unknown", "there is no such member of the hub now"))?;
    let before = commission.state;
    if !varies {
        commission.state = step(before, Step::Quote)?;
    }
    let first = if varies { sql::milestones::last(journal.tx(), hub, id).await? + 1 } else { 1 };
    let rates = rates(journal.tx(), hub, &commission, new).await?;
    let terms = checked(new, journal.today(), first, rates)?;
    let brokerage = if varies { commission.brokerage() } else { brokerage(journal.tx(), hub).await? };
    let (by, now) = (journal.actor(), journal.now());
    let for_buyer = party == Some(Party::Buyer);
    let for_provider = !for_buyer && party != Some(Party::Hub);
    let quote = Quote {
        id: journal.new_id(),
        commission_id: id,
        number: sql::quotes::last(journal.tx(), hub, id).await? + 1,
        varies,
        provider_school_id: provider.school(),
        provider_partner_id: provider.partner(),
        provider_name,
        specialist: new.specialist.clone(),
        note: new.note.clone(),
        valid_until: new.valid_until.0,
        notice_days: new.notice_days,
        kept_percent: new.kept_percent,
        brokerage_share: brokerage.share,
        brokerage_of: brokerage.of,
        borne_by: brokerage.borne_by,
        price: terms.iter().map(|terms| terms.price).sum(),
        state: QuoteState::Offered,
        quoted_by: by,
        quoted_at: now,
        buyer_agreed_by: by.filter(|_| for_buyer),
        buyer_agreed_at: for_buyer.then_some(now),
        second_agreed_by: None,
        second_agreed_at: None,
        provider_agreed_by: by.filter(|_| for_provider),
        provider_agreed_at: for_provider.then_some(now),
    };
    supersede(journal, &commission, &quote).await?;
    sql::quotes::insert(journal.tx(), hub, &quote).await?.exactly(1)?;
    sql::quotes::insert_terms(journal.tx(), hub, quote.id, &terms).await?.exactly(terms.len())?;
    sql::update(journal.tx(), hub, &mut commission).await?;
    let kind = if varies { Changed::CommissionVariationProposed } else { Changed::CommissionQuoted };
    journal.changed(change(&commission, kind).before(before.as_str()));
    announce(journal, &commission, &quote, provider).await?;
    Ok(Milestones { quote, milestones: terms })
}

/// Ends the earlier quotes that this one replaces; the hub is told where it had made one for a provider who now says
/// itself what it would do.
async fn supersede(journal: &mut Journal, commission: &Commission, quote: &Quote) -> Result<(), Refusal> {
    let hub = journal.hub();
    for earlier in sql::quotes::offered(journal.tx(), hub, commission.id).await? {
        if earlier.provider() == quote.provider() && !quote.is_brokered() {
            tell_broker(journal, commission, &earlier, told_of(quote.varies)).await?;
        }
    }
    sql::quotes::supersede(journal.tx(), hub, quote).await?.any();
    Ok(())
}

/// Tells each side that has yet to agree.
async fn announce(
    journal: &mut Journal,
    commission: &Commission,
    quote: &Quote,
    provider: Provider,
) -> Result<(), Refusal> {
    let told = told_of(quote.varies);
    if quote.buyer_agreed_at.is_none() {
        tell(journal, commission, Party::Buyer, told, None).await?;
    }
    if quote.provider_agreed_at.is_none() {
        tell_provider(journal, commission, provider, told).await?;
    }
    Ok(())
}

/// What of a quote, or of a variation, people are told.
fn told_of(varies: bool) -> Told {
    if varies { Told::VariationProposed } else { Told::CommissionQuoted }
}

/// Who would provide, by who quotes: the hub says for whom.
fn provider(
    commission: &Commission,
    party: Option<Party>,
    reach: Reach,
    new: &NewQuote,
    varies: bool,
) -> Result<Provider, Refusal> {
    if new.provider_school_id.is_some() && new.provider_partner_id.is_some() {
        let detail = "a school or a partner provides, not both";
        return Err(Refusal::field("/provider_partner_id", "superfluous", detail));
    }
    let named = Provider::of(new.provider_school_id, new.provider_partner_id);
    let asked = commission.provider();
    let own = match reach {
        Reach::Hub => None,
        Reach::School(school) => Some(Provider::School(school)),
        Reach::Partner(partner) => Some(Provider::Partner(partner)),
    };
    let provider = match (party, asked) {
        (Some(Party::Buyer), Some(asked)) if varies => Some(asked),
        (Some(Party::Buyer), _) => return Err(Refusal::OwnRequest),
        (Some(Party::Hub), asked) => named.or(asked),
        (Some(Party::Provider) | None, _) => own,
    };
    let provider = provider.ok_or_else(|| {
        Refusal::field("/provider_school_id", "missing", "the hub says for which school or partner it quotes")
    })?;
    if provider == Provider::School(commission.buyer_id) {
        return Err(Refusal::OwnRequest);
    }
    if named.is_some_and(|named| named != provider) || asked.is_some_and(|asked| asked != provider) {
        let pointer = if new.provider_partner_id.is_some() { "/provider_partner_id" } else { "/provider_school_id" };
        return Err(Refusal::field(pointer, "not_asked", "must be the one that was asked, or that quotes"));
    }
    Ok(provider)
}

/// The prices of a whole and of a half day.
pub type Rates = (Credits, Credits);

/// The rates of milestones that say none: those of the offer, or of the kind of specialist on the rate card.
async fn rates(tx: &mut Tx, hub: HubId, commission: &Commission, new: &NewQuote) -> Result<Option<Rates>, Refusal> {
    if let Some(rates) = rates_of_offer(tx, hub, commission).await? {
        return Ok(Some(rates));
    }
    let Some(kind) = &new.specialist_kind else { return Ok(None) };
    let card = rate_card::current(tx, hub).await?;
    let rate = card.rate(kind).map(|rate| (rate.full_day, rate.half_day));
    let unknown = || Refusal::field("/specialist_kind", "unknown", "is not on the hub's rate card");
    rate.map(Some).ok_or_else(unknown)
}

/// The rates of a whole and of a half day that the offer names by which support was asked for.
pub async fn rates_of_offer(tx: &mut Tx, hub: HubId, commission: &Commission) -> Result<Option<Rates>, Refusal> {
    let Some(offer) = commission.offer_id else { return Ok(None) };
    let offer = offers::get(tx, hub, offer).await?;
    Ok(offer.and_then(|offer| offer.effective.full_day.zip(offer.effective.half_day)))
}

/// What a quote would say, before it is made.
#[derive(Clone, Debug)]
pub struct Foreseen {
    /// Its milestones, numbered from 1.
    pub milestones: Vec<Terms>,
    /// What they come to.
    pub price: Credits,
    /// What the buyer would pay in all.
    pub cost: Credits,
    /// The hub's brokerage.
    pub brokerage: Brokerage,
    /// What of the commission is settled already, before any of it.
    pub settled: Credits,
}

/// What a quote, or a variation, would come to; nothing is written, and nobody is told.
pub async fn foresee(
    tx: &mut Tx,
    hub: HubId,
    today: NaiveDate,
    commission: &Commission,
    new: &NewQuote,
) -> Result<Foreseen, Refusal> {
    let rates = rates(tx, hub, commission, new).await?;
    let milestones = checked(new, today, 1, rates)?;
    let price = milestones.iter().map(|terms| terms.price).sum();
    let agreed = commission.state == State::Agreed;
    let brokerage = if agreed { commission.brokerage() } else { brokerage(tx, hub).await? };
    Ok(Foreseen { milestones, price, cost: brokerage.cost(price), brokerage, settled: commission.settled })
}

/// The terms, where they hold.
fn checked(new: &NewQuote, today: NaiveDate, first: i64, rates: Option<Rates>) -> Result<Vec<Terms>, Refusal> {
    if new.valid_until.0 < today {
        return Err(Refusal::field("/valid_until", "in_the_past", format!("must be today, {today}, or later")));
    }
    if !(0..=MOST_NOTICE).contains(&new.notice_days) {
        return Err(Refusal::field("/notice_days", "out_of_range", format!("must be from 0 to {MOST_NOTICE}")));
    }
    if !(0..=100).contains(&new.kept_percent) {
        return Err(Refusal::field("/kept_percent", "out_of_range", "must be from 0 to 100"));
    }
    if new.milestones.is_empty() || new.milestones.len() > MOST_MILESTONES {
        let detail = format!("must have 1 to {MOST_MILESTONES} milestones, has {}", new.milestones.len());
        return Err(Refusal::field("/milestones", "count", detail));
    }
    let mut references = HashSet::new();
    let mut all = Vec::new();
    let mut sum = 0_i64;
    for ((at, milestone), number) in new.milestones.iter().enumerate().zip(first..) {
        let terms = one(milestone, today, number, rates)
            .map_err(|(field, code, detail)| Refusal::field(format!("/milestones/{at}/{field}"), code, detail))?;
        let reference = terms.reference.as_ref().map(|reference| reference.key());
        if reference.is_some_and(|reference| !references.insert(reference)) {
            let detail = "another milestone has this reference";
            return Err(Refusal::field(format!("/milestones/{at}/reference"), "duplicate", detail));
        }
        sum = sum.saturating_add(terms.price.hundredths());
        all.push(terms);
    }
    if sum > Credits::LARGEST.hundredths() {
        return Err(Refusal::field("/milestones", "too_large", "come to more credits than can be counted"));
    }
    Ok(all)
}

type Flaw = (&'static str, &'static str, String);

fn one(new: &NewMilestone, today: NaiveDate, number: i64, rates: Option<Rates>) -> Result<Terms, Flaw> {
    if new.due_on.0 < today {
        return Err(("due_on", "in_the_past", format!("must be today, {today}, or later")));
    }
    if new.days == Some(Days::ZERO) {
        return Err(("days", "out_of_range", "must be half a day or more".to_owned()));
    }
    let by_default = rates.filter(|_| new.days.is_some() && new.price.is_none() && new.day_rate.is_none());
    let (day_rate, half_day_rate) = match by_default {
        Some((day, half_day)) => (Some(day), new.half_day_rate.map(|half| half.credits()).or(Some(half_day))),
        None => (new.day_rate.map(|rate| rate.credits()), new.half_day_rate.map(|half| half.credits())),
    };
    let (half_days, day_rate, half_day_rate, price) = match (new.days, day_rate, half_day_rate, new.price) {
        (Some(days), Some(rate), half, None) => {
            let half = half.or_else(|| half_of(rate, days));
            let half = half.ok_or_else(|| {
                ("half_day_rate", "missing", format!("half of {rate} is no whole hundredth: say what a half day costs"))
            })?;
            if half > rate {
                return Err(("half_day_rate", "too_large", format!("must be no more than a whole day: {rate}")));
            }
            let price = cost_of_days(days, rate, half);
            let price =
                price.ok_or_else(|| ("days", "too_large", "cost more credits than can be counted".to_owned()))?;
            (Some(days), Some(rate), Some(half), price)
        }
        (None, None, None, Some(price)) => (None, None, None, price.credits()),
        (Some(_), None, ..) => {
            return Err((
                "day_rate",
                "missing",
                "days need the price of a day: neither the offer nor the rate card names one".to_owned(),
            ));
        }
        (None, Some(_), ..) => return Err(("days", "missing", "a day's price needs days".to_owned())),
        (None, None, Some(_), _) => return Err(("days", "missing", "a half day's price needs days".to_owned())),
        (None, None, None, None) => {
            return Err(("price", "missing", "a milestone has days and a day's price, or a fixed price".to_owned()));
        }
        (Some(_), .., Some(_)) => {
            return Err(("price", "superfluous", "follows from the days and their price".to_owned()));
        }
    };
    Ok(Terms {
        number,
        title: new.title.clone(),
        done_when: new.done_when.clone(),
        due_on: new.due_on.0,
        half_days,
        day_rate,
        half_day_rate,
        price,
        reference: new.reference.clone(),
    })
}

/// Half of a day's price, where it is exact, or rounded down where no half day is sold.
fn half_of(rate: Credits, days: Days) -> Option<Credits> {
    let hundredths = rate.hundredths();
    let exact = hundredths % 2 == 0 || days.half_days() % 2 == 0;
    exact.then_some(Credits::from_hundredths((hundredths / 2).max(1)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn milestone(json: &str) -> Result<Terms, Flaw> {
        let mut new: serde_json::Value = serde_json::from_str(json).unwrap();
        new["title"] = "A day".into();
        if new["due_on"].is_null() {
            new["due_on"] = "2027-03-01".into();
        }
        let new: NewMilestone = eserde::json::from_str(&new.to_string()).unwrap();
        one(&new, "2027-01-01".parse().unwrap(), 1, None)
    }

    #[test]
    fn a_milestone_has_days_and_rates_or_a_price() {
        let price =
            |json| milestone(json).map(|terms| terms.price.to_string()).map_err(|(field, code, _)| (field, code));
        assert_eq!(price(r#"{"days":"3.5","day_rate":"350"}"#), Ok("1225.00".to_owned()));
        assert_eq!(price(r#"{"days":"3.5","day_rate":"350","half_day_rate":"200"}"#), Ok("1250.00".to_owned()));
        assert_eq!(price(r#"{"days":2,"day_rate":"0.01"}"#), Ok("0.02".to_owned()));
        assert_eq!(price(r#"{"days":"0.5","day_rate":"0.01"}"#), Err(("half_day_rate", "missing")));
        assert_eq!(price(r#"{"price":"33.33"}"#), Ok("33.33".to_owned()));
        assert_eq!(price("{}"), Err(("price", "missing")));
        assert_eq!(price(r#"{"days":1}"#), Err(("day_rate", "missing")));
        assert_eq!(price(r#"{"day_rate":1}"#), Err(("days", "missing")));
        assert_eq!(price(r#"{"half_day_rate":1,"price":1}"#), Err(("days", "missing")));
        assert_eq!(price(r#"{"days":1,"day_rate":1,"price":1}"#), Err(("price", "superfluous")));
        assert_eq!(price(r#"{"price":1,"due_on":"2026-12-31"}"#), Err(("due_on", "in_the_past")));
        assert_eq!(price(r#"{"days":366,"day_rate":"9999999999"}"#), Err(("days", "too_large")));
    }
}
