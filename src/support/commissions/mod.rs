//! Commissions: support that a school buys from another school of the hub, or from a partner, for credits.
//!
//! A school asks one provider, or all. A provider quotes milestones, of days or at fixed prices, and both sides agree:
//! at once the credits go from the buyer's wallets of the current year to the commission's escrow, or nothing is
//! agreed. Each milestone is delivered, and accepted by the buyer or by silence, which pays the provider and the hub's
//! brokerage ([`shares`]). What the two can't agree on is a [dispute](disputes) of one milestone. A change of what was
//! agreed is a variation, agreed like a quote, that posts only the difference. What is not delivered goes back to the
//! wallets that paid. The states are in [`transitions`], the postings in [`money`].
//!
//! Operations are on the caller's journal; none commits.

mod agreeing;
mod asking;
mod delivering;
pub mod disputes;
pub mod due;
mod ending;
mod grounds;
mod heirs;
mod holds;
mod money;
mod offered;
mod outlook;
mod quoting;
mod recalled;
mod refusal;
pub mod shares;
mod sql;
mod talk;
mod told;
pub mod transitions;
mod verify;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

pub use agreeing::{agree, decline_quote, withdraw_quote};
pub use asking::{NewCommission, decline, request, withdraw};
pub use delivering::{Delivery, accept, deliver, not_yet};
pub use disputes::Dispute;
pub use ending::{Ending, cancel, preview};
pub use grounds::grounds;
pub use heirs::{GoingOver, going_over, pass_to_successor};
pub use holds::{Hold, holds, paid_in_year};
pub use money::{Move, MoveKind};
pub use outlook::{Acceptance, Outlook, acceptance, came_to, divided, outlook};
pub use quoting::{Foreseen, Milestones, NewMilestone, NewQuote, Rates, foresee, quote, rates_of_offer};
pub use recalled::{Recalled, recall};
pub use refusal::Refusal;
pub use talk::{NewVisit, Question, Review, Visit, ask, questions, record_visit, review, reviews, visits};
pub use transitions::{MilestoneState, State};
pub use verify::verify;

use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::days::Days;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{CommissionId, HubId, OfferId, PartnerId, PersonId, PriorityId, QuoteId, SchoolId};
use crate::base::text::{Line, Prose};
use crate::base::year::AcademicYear;
use crate::support::rate_card::BorneBy;
use shares::{Brokerage, Standing};

words!(/** Who somebody is in a commission. */ Party {
    /// The school that buys.
    Buyer = "buyer",
    /// The school or partner that provides.
    Provider = "provider",
    /// The hub.
    Hub = "hub",
});

words!(/** Where a quote stands. */ QuoteState {
    /// It waits for agreement.
    Offered = "offered",
    /// Both sides agreed to it.
    Agreed = "agreed",
    /// The provider quoted again.
    Superseded = "superseded",
    /// The side that made it withdrew it.
    Withdrawn = "withdrawn",
    /// The other side declined it, or agreed to another.
    Declined = "declined",
    /// It was not agreed while it was valid.
    Expired = "expired",
});

/// For whom somebody acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The hub.
    Hub,
    /// This school.
    School(SchoolId),
    /// This partner.
    Partner(PartnerId),
}

/// Who provides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// A school of the hub.
    School(SchoolId),
    /// A partner organisation.
    Partner(PartnerId),
}

/// Support that a school asked for, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Commission {
    /// The commission's id.
    pub id: CommissionId,
    /// What it is about.
    pub title: Line,
    /// What is asked for.
    pub brief: Prose,
    /// Where it stands.
    pub state: State,
    /// The school that buys.
    pub buyer_id: SchoolId,
    /// That school's name.
    pub buyer_name: Line,
    /// The school that provides; while it is open to all, the one whose quote was agreed.
    pub provider_school_id: Option<SchoolId>,
    /// The partner that provides.
    pub provider_partner_id: Option<PartnerId>,
    /// The name of the school or partner that provides.
    pub provider_name: Option<Line>,
    /// Whether every school and partner could quote.
    #[serde(rename = "open")]
    pub is_open: bool,
    /// The offer of the directory that it is about.
    pub offer_id: Option<OfferId>,
    /// The line of the Hub Action Plan that it serves.
    pub priority_id: Option<PriorityId>,
    /// What the buyer means to spend; only the buyer and the hub see it.
    pub budget: Option<Credits>,
    /// The last day for quotes.
    pub answer_by: NaiveDate,
    /// The academic year in which it was agreed, whose wallets paid.
    pub year: Option<AcademicYear>,
    /// The hub's brokerage: this much of every `brokerage_of`.
    pub brokerage_share: Credits,
    /// See `brokerage_share`.
    pub brokerage_of: Credits,
    /// Who bears the brokerage.
    pub borne_by: BorneBy,
    /// How many working days before it is due a milestone can be cancelled without cost.
    pub notice_days: i64,
    /// What is kept, in per cent of a milestone's price, where the buyer cancels it later than that.
    pub kept_percent: i64,
    /// The price of its milestones, as far as they are not given up.
    pub committed: Credits,
    /// What of that is paid for.
    pub settled: Credits,
    /// What is set aside for the rest.
    pub held: Credits,
    /// Who asked for it.
    pub requested_by: Option<PersonId>,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// When it was agreed.
    pub agreed_at: Option<DateTime<Utc>>,
    /// Who ended it; null where time did, or where all of it was settled.
    pub ended_by: Option<PersonId>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it was ended.
    pub ended_because: Option<Line>,
    /// Rises with every change.
    pub version: i64,
}

/// What a provider would do for how much, or a variation of what was agreed.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = CommissionQuote)]
pub struct Quote {
    /// The quote's id.
    pub id: QuoteId,
    /// The commission.
    pub commission_id: CommissionId,
    /// Its number in the commission.
    pub number: i64,
    /// Whether it changes what was agreed.
    pub varies: bool,
    /// The school that would provide.
    pub provider_school_id: Option<SchoolId>,
    /// The partner that would provide.
    pub provider_partner_id: Option<PartnerId>,
    /// The name of the school or partner.
    pub provider_name: Line,
    /// Who would come.
    pub specialist: Option<Line>,
    /// What else is to be said.
    pub note: Prose,
    /// The last day on which it can be agreed.
    pub valid_until: NaiveDate,
    /// How many working days before it is due a milestone can be cancelled without cost.
    pub notice_days: i64,
    /// What is kept, in per cent of a milestone's price, where the buyer cancels it later than that.
    pub kept_percent: i64,
    /// The hub's brokerage: this much of every `brokerage_of`.
    pub brokerage_share: Credits,
    /// See `brokerage_share`.
    pub brokerage_of: Credits,
    /// Who bears the brokerage.
    pub borne_by: BorneBy,
    /// The price of its milestones in all.
    pub price: Credits,
    /// Where it stands.
    pub state: QuoteState,
    /// Who made it.
    pub quoted_by: Option<PersonId>,
    /// When it was made.
    pub quoted_at: DateTime<Utc>,
    /// Who agreed for the buyer.
    pub buyer_agreed_by: Option<PersonId>,
    /// When the buyer agreed.
    pub buyer_agreed_at: Option<DateTime<Utc>>,
    /// Who agreed as the buyer's second person, where its price is over the school's limit.
    pub second_agreed_by: Option<PersonId>,
    /// When the second person agreed.
    pub second_agreed_at: Option<DateTime<Utc>>,
    /// Who agreed for the provider.
    pub provider_agreed_by: Option<PersonId>,
    /// When the provider agreed.
    pub provider_agreed_at: Option<DateTime<Utc>>,
}

/// A milestone as it was quoted.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = CommissionTerms)]
pub struct Terms {
    /// Its number: in a variation, the one that it gets when it is agreed.
    pub number: i64,
    /// What is delivered.
    pub title: Line,
    /// What counts as done.
    pub done_when: Prose,
    /// When it is due.
    pub due_on: NaiveDate,
    /// How many days of support it is; null at a fixed price.
    #[serde(rename = "days")]
    pub half_days: Option<Days>,
    /// The price of a whole day.
    pub day_rate: Option<Credits>,
    /// The price of a half day.
    pub half_day_rate: Option<Credits>,
    /// Its price.
    pub price: Credits,
    /// The provider's own reference.
    pub reference: Option<Line>,
}

/// A part of what was agreed, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = CommissionMilestone)]
pub struct Milestone {
    /// What was agreed.
    #[sqlx(flatten)]
    #[serde(flatten)]
    pub terms: Terms,
    /// The quote or variation with which it was agreed.
    pub quote_id: QuoteId,
    /// Where it stands.
    pub state: MilestoneState,
    /// How many days were delivered.
    #[serde(rename = "delivered_days")]
    pub delivered_half_days: Option<Days>,
    /// What was delivered is worth.
    pub claimed: Option<Credits>,
    /// What the provider says about it.
    pub delivery_note: Option<Prose>,
    /// Who delivered it.
    pub delivered_by: Option<PersonId>,
    /// When it was delivered.
    pub delivered_at: Option<DateTime<Utc>>,
    /// When silence accepts it.
    pub answer_until: Option<DateTime<Utc>>,
    /// What the buyer missed.
    pub missing: Option<Prose>,
    /// What of its price was paid.
    pub settled: Credits,
    /// Who accepted it; null where it was accepted by silence, or by a split of the two.
    pub answered_by: Option<PersonId>,
    /// When it was accepted, resolved or ended.
    pub answered_at: Option<DateTime<Utc>>,
}

/// Filters a list of commissions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// In this state.
    pub state: Option<State>,
    /// Where the caller's school or partner is this; for the hub, where the school or partner that is named is.
    pub party: Option<Party>,
    /// Of this school, as buyer or provider.
    pub school: Option<SchoolId>,
    /// Of this partner.
    pub partner: Option<PartnerId>,
    /// Only those that are open to all, or only the others.
    pub open: Option<bool>,
    /// Serving this priority.
    pub priority: Option<PriorityId>,
}

impl Commission {
    /// Who provides, where that is known.
    pub fn provider(&self) -> Option<Provider> {
        Provider::of(self.provider_school_id, self.provider_partner_id)
    }

    /// The hub's brokerage.
    pub fn brokerage(&self) -> Brokerage {
        Brokerage { share: self.brokerage_share, of: self.brokerage_of, borne_by: self.borne_by }
    }

    /// Commits and settles other amounts than before; what is held follows from them.
    fn stand(&mut self, at: Standing) {
        (self.committed, self.settled) = (at.committed, at.settled);
        self.held = self.brokerage().held(at);
    }

    /// Who they are in it; none for others.
    pub fn party(&self, reach: Reach) -> Option<Party> {
        match reach {
            Reach::Hub => Some(Party::Hub),
            Reach::School(school) if school == self.buyer_id => Some(Party::Buyer),
            Reach::School(school) => (self.provider_school_id == Some(school)).then_some(Party::Provider),
            Reach::Partner(partner) => (self.provider_partner_id == Some(partner)).then_some(Party::Provider),
        }
    }

    /// The commission as it is shown to them, where they may see it: an open one is shown to all until it is agreed,
    /// and only the buyer and the hub see the budget.
    pub fn seen_by(mut self, reach: Reach) -> Option<Commission> {
        let party = self.party(reach);
        if party.is_none() && !(self.is_open && self.state.is_sought()) {
            return None;
        }
        if !matches!(party, Some(Party::Buyer | Party::Hub)) {
            self.budget = None;
        }
        Some(self)
    }
}

impl Provider {
    /// From its parts: not both.
    pub fn of(school: Option<SchoolId>, partner: Option<PartnerId>) -> Option<Provider> {
        school.map(Provider::School).or(partner.map(Provider::Partner))
    }

    fn school(self) -> Option<SchoolId> {
        match self {
            Provider::School(school) => Some(school),
            Provider::Partner(_) => None,
        }
    }

    fn partner(self) -> Option<PartnerId> {
        match self {
            Provider::School(_) => None,
            Provider::Partner(partner) => Some(partner),
        }
    }

    fn reach(self) -> Reach {
        match self {
            Provider::School(school) => Reach::School(school),
            Provider::Partner(partner) => Reach::Partner(partner),
        }
    }
}

impl Quote {
    /// Who would provide.
    pub fn provider(&self) -> Option<Provider> {
        Provider::of(self.provider_school_id, self.provider_partner_id)
    }

    /// The hub's brokerage.
    pub fn brokerage(&self) -> Brokerage {
        Brokerage { share: self.brokerage_share, of: self.brokerage_of, borne_by: self.borne_by }
    }

    /// Whether the hub made it: a side that makes one agrees by it.
    fn is_brokered(&self) -> bool {
        self.quoted_by.is_some() && ![self.buyer_agreed_by, self.provider_agreed_by].contains(&self.quoted_by)
    }
}

impl Terms {
    /// What so many days of it cost; none at a fixed price, or where it is not exact.
    fn for_days(&self, days: Days) -> Option<Credits> {
        shares::cost_of_days(days, self.day_rate?, self.half_day_rate?)
    }
}

/// One commission.
pub async fn get(tx: &mut Tx, hub: HubId, id: CommissionId) -> Result<Option<Commission>, db::Error> {
    sql::get(tx, hub, id).await
}

/// A page of the commissions that they may see, the oldest first.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    reach: Reach,
    filter: Filter,
    after: Option<CommissionId>,
    limit: i64,
) -> Result<Vec<Commission>, db::Error> {
    let found = sql::list(tx, hub, reach, filter, after, limit).await?;
    Ok(found.into_iter().filter_map(|commission| commission.seen_by(reach)).collect())
}

/// The quotes and variations of a commission, the oldest first: all for the buyer and the hub, a provider's own
/// for others, also once it was agreed with another.
pub async fn quotes(tx: &mut Tx, hub: HubId, commission: &Commission, reach: Reach) -> Result<Vec<Quote>, db::Error> {
    let mut quotes = sql::quotes::of(tx, hub, commission.id).await?;
    if !matches!(commission.party(reach), Some(Party::Buyer | Party::Hub)) {
        quotes.retain(|quote| quote.provider().map(Provider::reach) == Some(reach));
    }
    Ok(quotes)
}

/// Whether they may read quotes of a commission: those who see it, and whoever quoted for it once.
pub async fn sees_quotes(tx: &mut Tx, hub: HubId, commission: &Commission, reach: Reach) -> Result<bool, db::Error> {
    Ok(commission.clone().seen_by(reach).is_some() || !quotes(tx, hub, commission, reach).await?.is_empty())
}

/// The milestones of a quote.
pub async fn terms(tx: &mut Tx, hub: HubId, quote: QuoteId) -> Result<Vec<Terms>, db::Error> {
    sql::quotes::terms(tx, hub, quote).await
}

/// The milestones of a commission, with those that a variation replaced.
pub async fn milestones(tx: &mut Tx, hub: HubId, id: CommissionId) -> Result<Vec<Milestone>, db::Error> {
    sql::milestones::of(tx, hub, id).await
}

/// A milestone that was delivered to a school, and waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ToAnswer {
    /// The commission.
    pub commission_id: CommissionId,
    /// What it is about.
    pub title: Line,
    /// What was delivered.
    pub milestone: Line,
    /// When silence accepts it.
    pub answer_until: Option<DateTime<Utc>>,
}

/// The milestones that were delivered to a school and wait for its answer, the first that silence accepts first.
pub async fn to_answer(tx: &mut Tx, hub: HubId, buyer: SchoolId, limit: i64) -> Result<Vec<ToAnswer>, db::Error> {
    sql::milestones::to_answer(tx, hub, buyer, limit).await
}

/// What moved the credits of a commission, in order.
pub async fn moves(tx: &mut Tx, hub: HubId, id: CommissionId) -> Result<Vec<Move>, db::Error> {
    sql::money::of(tx, hub, id).await
}

/// After how many days without an agreement a request counts as stuck.
const STUCK_AFTER: TimeDelta = TimeDelta::days(14);

/// A page of the commissions in which nothing goes on, the oldest first: those that were asked for two weeks ago and not
/// agreed, and those with a milestone that is overdue or disputed.
pub async fn stuck(
    tx: &mut Tx,
    hub: HubId,
    now: DateTime<Utc>,
    after: Option<CommissionId>,
    limit: i64,
) -> Result<Vec<Commission>, db::Error> {
    sql::stuck(tx, hub, (now - STUCK_AFTER, london_date(now)), after, limit).await
}

/// What these commissions are called in statements.
pub async fn in_words(tx: &mut Tx, hub: HubId, ids: &[uuid::Uuid]) -> Result<Vec<(uuid::Uuid, String)>, db::Error> {
    sql::in_words(tx, hub, ids).await
}
