//! Offers: what a school or partner can do for others, in a directory that the whole hub reads.
//!
//! An offer is expertise, a facility or an activity. It is open, paused, or closed for good. It may have a number of
//! days an academic year, of which [`agree_days`] takes and [`return_days`] gives back. Everything that it is found by
//! stands as [`terms`] in one index, so that a page of the [`directory`] costs the same however many offers there are.

mod days;
pub mod directory;
mod phases;
mod sense;
mod sql;
pub mod terms;

use chrono::{DateTime, Months, NaiveDate, Utc};

pub use days::{DaysRefusal, NewDays, OfferDays, agree_days, return_days, set_days};
pub use phases::Phases;

use crate::base::credits::Credits;
use crate::base::days::Days;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, OfferId, PriorityId, SchoolId};
use crate::base::text::{Change, Line, Prose};
use crate::base::year::AcademicYear;
use crate::ledger::Journal;
use crate::ledger::changes;
use crate::members::people::{Person, Role};
use crate::programme::programmes::{Flaw, NamedProvider, Provider};

words!(/** The kinds of offer. */ Kind {
    /// What somebody knows: a specialist's days.
    Expertise = "expertise",
    /// A hall, a minibus, a pool.
    Facility = "facility",
    /// An activity or a project that others may join.
    Activity = "activity",
});

words!(/** Where an offer stands. */ Status {
    /// It is in the directory.
    Open = "open",
    /// It is out of the directory for a time.
    Paused = "paused",
    /// It is out of the directory for good.
    Closed = "closed",
});

/// Something that a school or partner can do for others.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Offer {
    /// The offer's id.
    pub id: OfferId,
    /// The kind of offer.
    pub kind: Kind,
    /// Where the offer stands.
    pub status: Status,
    /// Whose it is.
    #[sqlx(flatten)]
    pub provider: NamedProvider,
    /// What is offered.
    #[sqlx(flatten)]
    #[serde(flatten)]
    #[schema(inline)]
    pub details: Details,
    /// The rates that hold: its own, and the rate card's where it has none.
    #[sqlx(flatten)]
    pub effective: Rates,
    /// The lines of the Hub Action Plan that it serves.
    #[sqlx(skip)]
    pub priority_ids: Vec<PriorityId>,
    /// Its days, year by year.
    #[sqlx(skip)]
    pub days: Vec<OfferDays>,
    /// Rises with every change.
    #[serde(skip)]
    pub version: i64,
    /// When the offer was made.
    pub created_at: DateTime<Utc>,
    /// When the offer was last changed.
    pub changed_at: DateTime<Utc>,
}

/// What is offered.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Details {
    /// The offer's title.
    pub title: Line,
    /// What the offer is about.
    pub description: Prose,
    /// The phases of school that it is for; none for all.
    #[schema(value_type = Vec<crate::members::schools::Phase>)]
    pub phases: Phases,
    /// The subject.
    pub subject: Option<Line>,
    /// Where it is.
    pub place: Option<Line>,
    /// The first day on which it is available.
    pub available_from: NaiveDate,
    /// The last day on which it is available.
    pub available_to: NaiveDate,
    /// Of expertise, the kind of specialist, as the rate card names it.
    pub specialist_kind: Option<Line>,
    /// Of expertise, its own rate of a full day, in credits; null where the rate card's holds.
    pub full_day: Option<Credits>,
    /// Of expertise, its own rate of half a day, in credits; null where the rate card's holds.
    pub half_day: Option<Credits>,
    /// Of a facility, the times at which it can be used.
    pub available_when: Option<Line>,
    /// Of a facility, for whom it is.
    pub for_whom: Option<Line>,
    /// Of a facility, what it can be used for.
    pub what_for: Option<Line>,
    /// Of an activity, what it aims at.
    pub aims: Option<Prose>,
    /// Of an activity, who may join.
    pub who_may_join: Option<Line>,
    /// Of an activity, how often it takes place.
    pub how_often: Option<Line>,
    /// Of an activity, what has come of it so far.
    pub impact: Option<Prose>,
}

/// The rates of an offer, in credits.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = OfferRates)]
pub struct Rates {
    /// The credits for a full day; null where neither the offer nor the rate card says.
    #[sqlx(rename = "effective_full_day")]
    pub full_day: Option<Credits>,
    /// The credits for half a day; null where neither the offer nor the rate card says.
    #[sqlx(rename = "effective_half_day")]
    pub half_day: Option<Credits>,
}

/// An offer to be made.
#[derive(Clone, Debug)]
pub struct NewOffer {
    /// The kind of offer.
    pub kind: Kind,
    /// Whose it is: a school's or a partner's.
    pub provider: Provider,
    /// What is offered.
    pub details: Details,
    /// The lines of the Hub Action Plan that it serves.
    pub priority_ids: Vec<PriorityId>,
    /// Its days, year by year.
    pub days: Vec<NewDays>,
}

/// What may be changed of an offer; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct OfferChange {
    /// The new title.
    pub title: Option<Line>,
    /// What the offer is about.
    pub description: Option<Prose>,
    /// The phases of school.
    pub phases: Option<Phases>,
    /// The subject.
    pub subject: Change<Line>,
    /// Where it is.
    pub place: Change<Line>,
    /// The first day.
    pub available_from: Option<NaiveDate>,
    /// The last day.
    pub available_to: Option<NaiveDate>,
    /// The kind of specialist.
    pub specialist_kind: Change<Line>,
    /// Its own rate of a full day.
    pub full_day: Change<Credits>,
    /// Its own rate of half a day.
    pub half_day: Change<Credits>,
    /// When a facility can be used.
    pub available_when: Change<Line>,
    /// For whom a facility is.
    pub for_whom: Change<Line>,
    /// What a facility can be used for.
    pub what_for: Change<Line>,
    /// What an activity aims at.
    pub aims: Change<Prose>,
    /// Who may join an activity.
    pub who_may_join: Change<Line>,
    /// How often an activity takes place.
    pub how_often: Change<Line>,
    /// What has come of an activity.
    pub impact: Change<Prose>,
    /// The lines of the Hub Action Plan, replaced as a whole.
    pub priority_ids: Option<Vec<PriorityId>>,
}

/// Why an offer can't be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such offer for the caller.
    #[error("there is no such offer")]
    Unknown,
    /// The offer was changed since it was read.
    #[error("the offer has changed since it was read")]
    Stale,
    /// Invalid fields: all of them.
    #[error("{} fields can't be taken", .0.len())]
    Invalid(Vec<Flaw>),
    /// It is closed, and so it stays.
    #[error("the offer is closed for good: make a new one")]
    Closed,
    /// More days are agreed than it would have.
    #[error("{} of {year} {} agreed", .agreed.in_words(), .agreed.are())]
    DaysAgreed {
        /// How many are agreed.
        agreed: Days,
        /// The academic year.
        year: AcademicYear,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// What a caller may see of offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Every offer of the hub.
    All,
    /// What is open, and everything of this provider.
    OpenAndOf(Provider),
    /// What is open.
    Open,
}

impl Sight {
    /// What a person may see: the hub's people everything; those who act for a provider what is open and their own; all
    /// others what is open.
    pub fn of(person: &Person) -> Sight {
        match (person.role, person.school_id, person.partner_id) {
            (Role::HubManager | Role::HubViewer, ..) => Sight::All,
            (Role::SchoolLead, Some(school), _) => Sight::OpenAndOf(Provider::School(school)),
            (Role::Partner, _, Some(partner)) => Sight::OpenAndOf(Provider::Partner(partner)),
            (Role::SchoolLead | Role::Partner | Role::Teacher, ..) => Sight::Open,
        }
    }

    /// Whether the offer is visible.
    pub fn shows(self, offer: &Offer) -> bool {
        offer.status == Status::Open || self.owns(offer)
    }

    fn owns(self, offer: &Offer) -> bool {
        match self {
            Sight::All => true,
            Sight::OpenAndOf(provider) => offer.provider.who() == provider,
            Sight::Open => false,
        }
    }
}

/// The last day of an offer of which only the first is said: that of the academic year after.
pub fn usual_last_day(first: NaiveDate) -> NaiveDate {
    let next = AcademicYear::of(first).and_then(AcademicYear::after);
    next.map_or(first, AcademicYear::last_day)
}

/// For how many months an offer is available at most: five years.
pub const MOST_MONTHS: Months = Months::new(60);

/// Makes an offer; it is open at once.
pub async fn create(journal: &mut Journal, new: NewOffer) -> Result<Offer, Error> {
    let (hub, id, now, today) = (journal.hub(), journal.new_id(), journal.now(), journal.today());
    let mut flaws = sense::of_details(new.kind, &new.details);
    flaws.extend(sense::of_days(&new.days, today, new.details.available_to));
    flaws.extend(sense::of_provider(journal.tx(), hub, new.provider, today).await?);
    flaws.extend(sense::of_priorities(journal.tx(), hub, &new.priority_ids).await?);
    flaws.extend(sense::of_specialist(journal.tx(), hub, new.details.specialist_kind.as_ref()).await?);
    if !flaws.is_empty() {
        return Err(Error::Invalid(flaws));
    }
    sql::insert(journal.tx(), hub, id, &new, now).await?.exactly(1)?;
    sql::insert_priorities(journal.tx(), hub, id, &new.priority_ids).await?.any();
    sql::insert_days(journal.tx(), hub, id, &new.days).await?.exactly(new.days.len())?;
    let (_, school, partner) = new.provider.parts();
    journal.changed(changes::Change::new(changes::Kind::OfferCreated, id).school(school).partner(partner));
    index(journal, id).await
}

/// One offer of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: OfferId) -> Result<Option<Offer>, db::Error> {
    let found = sql::get(tx, hub, id).await?.into_iter().collect();
    Ok(completed(tx, hub, found).await?.pop())
}

/// Adds to offers what stands in tables of its own.
async fn completed(tx: &mut Tx, hub: HubId, mut offers: Vec<Offer>) -> Result<Vec<Offer>, db::Error> {
    let ids: Vec<OfferId> = offers.iter().map(|offer| offer.id).collect();
    let priorities = sql::priorities(tx, hub, &ids).await?;
    let days = sql::days(tx, hub, &ids).await?;
    for offer in &mut offers {
        offer.priority_ids = priorities.iter().filter(|(of, _)| *of == offer.id).map(|(_, id)| *id).collect();
        offer.days = days.iter().filter(|days| days.offer_id == offer.id).cloned().collect();
    }
    Ok(offers)
}

/// Changes an offer whose version the caller read; its kind and its provider stay.
pub async fn change(journal: &mut Journal, id: OfferId, version: i64, change: OfferChange) -> Result<Offer, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let old = get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    if old.version != version {
        return Err(Error::Stale);
    }
    if old.status == Status::Closed {
        return Err(Error::Closed);
    }
    let priorities = change.priority_ids.clone();
    let named_before = old.details.specialist_kind.as_ref().map(Line::key);
    let offer = Offer { details: change.over(old.details), version: version + 1, changed_at: now, ..old };
    let mut flaws = sense::of_details(offer.kind, &offer.details);
    if let Some(ids) = &priorities {
        flaws.extend(sense::of_priorities(journal.tx(), hub, ids).await?);
    }
    let named = offer.details.specialist_kind.as_ref();
    if named.map(Line::key) != named_before {
        flaws.extend(sense::of_specialist(journal.tx(), hub, named).await?);
    }
    if !flaws.is_empty() {
        return Err(Error::Invalid(flaws));
    }
    if sql::update(journal.tx(), hub, &offer).await?.none() {
        return Err(Error::Stale);
    }
    if let Some(ids) = &priorities {
        sql::clear_priorities(journal.tx(), hub, id).await?.any();
        sql::insert_priorities(journal.tx(), hub, id, ids).await?.any();
    }
    journal.changed(changes::Change::new(changes::Kind::OfferChanged, id));
    index(journal, id).await
}

impl OfferChange {
    fn over(self, old: Details) -> Details {
        Details {
            title: self.title.unwrap_or(old.title),
            description: self.description.unwrap_or(old.description),
            phases: self.phases.unwrap_or(old.phases),
            subject: self.subject.over(old.subject),
            place: self.place.over(old.place),
            available_from: self.available_from.unwrap_or(old.available_from),
            available_to: self.available_to.unwrap_or(old.available_to),
            specialist_kind: self.specialist_kind.over(old.specialist_kind),
            full_day: self.full_day.over(old.full_day),
            half_day: self.half_day.over(old.half_day),
            available_when: self.available_when.over(old.available_when),
            for_whom: self.for_whom.over(old.for_whom),
            what_for: self.what_for.over(old.what_for),
            aims: self.aims.over(old.aims),
            who_may_join: self.who_may_join.over(old.who_may_join),
            how_often: self.how_often.over(old.how_often),
            impact: self.impact.over(old.impact),
        }
    }
}

/// Writes anew what an offer is found by.
async fn index(journal: &mut Journal, id: OfferId) -> Result<Offer, Error> {
    let hub = journal.hub();
    let offer = get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    let terms = terms::of(&offer);
    sql::clear_terms(journal.tx(), hub, id).await?.any();
    sql::insert_terms(journal.tx(), hub, id, offer.status, &terms).await?.exactly(terms.len())?;
    Ok(offer)
}

/// Opens, pauses or closes an offer; doing it twice changes nothing. One that is closed stays closed.
pub async fn set_status(journal: &mut Journal, id: OfferId, status: Status) -> Result<Offer, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let old = get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    if old.status == status {
        return Ok(old);
    }
    if old.status == Status::Closed {
        return Err(Error::Closed);
    }
    sql::set_status(journal.tx(), hub, id, status, now).await?.exactly(1)?;
    sql::set_status_of_terms(journal.tx(), hub, id, status).await?.any();
    let kind = match status {
        Status::Open => changes::Kind::OfferOpened,
        Status::Paused => changes::Kind::OfferPaused,
        Status::Closed => changes::Kind::OfferClosed,
    };
    journal.changed(changes::Change::new(kind, id).before(old.status.as_str()).after(status.as_str()));
    get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)
}

/// Whether a school that has left by a day has an offer that is not closed.
pub async fn anything_due(tx: &mut Tx, hub: HubId, today: NaiveDate) -> Result<bool, db::Error> {
    Ok(!sql::of_left_schools(tx, hub, today, 1).await?.is_empty())
}

/// How many offers are closed in one transaction.
const AT_ONCE: i64 = 500;

/// Closes the offers of schools that have left.
pub async fn close_of_left_schools(journal: &mut Journal) -> Result<(), Error> {
    let (hub, today) = (journal.hub(), journal.today());
    for (id,) in sql::of_left_schools(journal.tx(), hub, today, AT_ONCE).await? {
        set_status(journal, id, Status::Closed).await?;
    }
    Ok(())
}

/// Makes the offers of a school that are not closed its successor's.
pub async fn pass_to_successor(tx: &mut Tx, hub: HubId, pair: (SchoolId, SchoolId)) -> Result<(), db::Error> {
    sql::pass_to_successor(tx, hub, pair).await?.any();
    let [from, to] = [pair.0, pair.1].map(|school| terms::provider(Provider::School(school)));
    sql::rename_term(tx, hub, from, to).await?.any();
    Ok(())
}
