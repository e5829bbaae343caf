//! `/v1/offers`: the directory of what schools and partners can do for others.

use std::convert::identity;

use actix_web::{get, patch, post, put};
use utoipa::{IntoParams, ToSchema};

use crate::base::credits::Amount;
use crate::base::days::Days;
use crate::base::ids::{OfferId, PartnerId, PriorityId, SchoolId};
use crate::base::text::{Change, Day, Line, Prose};
use crate::base::year::AcademicYear;
use crate::members::people::Role;
use crate::members::schools::Phase;
use crate::programme::programmes::Provider;
use crate::support::offers::directory::{self, Filter, Order};
use crate::support::offers::{
    self, Details, Kind, NewDays, NewOffer, Offer, OfferChange, OfferDays, Phases, Sight, Status,
};
use crate::web::body::Body;
use crate::web::call::{Call, Caller};
use crate::web::in_sight::{self, own_provider, their_offer};
use crate::web::openapi::{Changes, Keeps};
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Code, Problem};
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::EVERYONE;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(create).service(get_one).service(change);
    config.service(open).service(pause).service(close).service(set_days);
}

/// Who makes offers: leads their school's, partners their own, hub managers anybody's.
const MAKERS: &[Role] = &[Role::HubManager, Role::SchoolLead, Role::Partner];

impl Table for Offer {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "kind",
        "status",
        "title",
        "provider.kind",
        "provider.name",
        "provider.school_id",
        "provider.partner_id",
        "subject",
        "place",
        "available_from",
        "available_to",
        "specialist_kind",
        "effective.full_day",
        "effective.half_day",
        "available_when",
        "for_whom",
        "what_for",
        "aims",
        "who_may_join",
        "how_often",
        "impact",
        "description",
        "created_at",
        "changed_at",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// With all of these words, 8 at most: each is a word of the offer, or begins one of its title, its subject or its
    /// place with three letters or more. Capitals, accents, apostrophes and full stops make no difference.
    text: Option<Line>,
    /// Of this kind.
    kind: Option<Kind>,
    /// For this phase of school.
    phase: Option<Phase>,
    /// With all of these words in the subject, or their beginnings.
    subject: Option<Line>,
    /// Serving this priority.
    priority_id: Option<PriorityId>,
    /// Of this school.
    provider_school_id: Option<SchoolId>,
    /// Of this partner.
    provider_partner_id: Option<PartnerId>,
    /// With all of these words in the place, or their beginnings.
    place: Option<Line>,
    /// In this status: open where it is not sent. Those who make offers see their own of every status, the hub all.
    status: Option<Status>,
    /// Available on this day.
    available_on: Option<Day>,
    /// With days left in this academic year.
    year: Option<AcademicYear>,
    /// With so many days left, or more, in that year, or in the current one where no year is sent.
    days_left_at_least: Option<Days>,
    /// In this order: the newest first where it is not sent.
    sort: Option<Order>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before, in the same order.
    after: Option<String>,
}

impl Query {
    fn filter(&self, caller: &Caller) -> Result<Filter, Problem> {
        let provider = match (self.provider_school_id, self.provider_partner_id) {
            (Some(_), Some(_)) => {
                return Err(Problem::field("provider_partner_id", "invalid", "goes only without provider_school_id"));
            }
            (Some(school), None) => Some(Provider::School(school)),
            (None, Some(partner)) => Some(Provider::Partner(partner)),
            (None, None) => None,
        };
        let current = || AcademicYear::of(crate::base::clock::london_date(caller.now()));
        let days_left = match (self.year, self.days_left_at_least) {
            (None, None) => None,
            (year, days) => year.or_else(current).map(|year| (year, days.unwrap_or(Days::from_half_days(1)))),
        };
        Ok(Filter {
            text: self.text.clone(),
            kind: self.kind,
            phase: self.phase,
            subject: self.subject.clone(),
            priority: self.priority_id,
            provider,
            place: self.place.clone(),
            status: self.status,
            available_on: self.available_on.map(|day| day.0),
            days_left: days_left.filter(|(_, days)| *days > Days::ZERO),
            order: self.sort,
        })
    }
}

/// The directory of offers
#[utoipa::path(tag = "offers", params(Query, Keeps), responses((status = 200, body = Page<Offer>)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/offers")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let query: Query = caller.query()?;
    let (after, limit) = (read_cursor(query.after.as_deref())?, query.limit.unwrap_or_default());
    let filter = query.filter(&caller)?;
    caller
        .read_unless_known(async |tx| {
            let sight = Sight::of(&caller.person);
            let rows = directory::list(tx, caller.hub(), sight, &filter, after, limit.and_one()).await?;
            caller.list(rows, limit, |offer| offer.id, identity)
        })
        .await
}

/// An offer to be made.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOffer)]
struct NewOfferBody {
    /// The kind of offer.
    kind: Kind,
    /// Whose it is; the caller's school or partner where it is not sent.
    provider: Option<OfferProvider>,
    /// The offer's title.
    title: Line,
    /// What the offer is about; empty where it is not sent.
    description: Option<Prose>,
    /// The phases of school that it is for; all where none is sent.
    phases: Option<Vec<Phase>>,
    /// The subject.
    subject: Option<Line>,
    /// Where it is.
    place: Option<Line>,
    /// The first day on which it is available; today where it is not sent.
    available_from: Option<Day>,
    /// The last day, at most five years later; where it is not sent, that of the academic year after the first day's.
    available_to: Option<Day>,
    /// Of expertise, the kind of specialist: one of the rate card.
    specialist_kind: Option<Line>,
    /// Of expertise, its own rate of a full day; the rate card's holds where it is not sent.
    full_day: Option<Amount>,
    /// Of expertise, its own rate of half a day; the rate card's holds where it is not sent.
    half_day: Option<Amount>,
    /// Of a facility, the times at which it can be used.
    available_when: Option<Line>,
    /// Of a facility, for whom it is.
    for_whom: Option<Line>,
    /// Of a facility, what it can be used for.
    what_for: Option<Line>,
    /// Of an activity, what it aims at.
    aims: Option<Prose>,
    /// Of an activity, who may join.
    who_may_join: Option<Line>,
    /// Of an activity, how often it takes place.
    how_often: Option<Line>,
    /// Of an activity, what has come of it so far.
    impact: Option<Prose>,
    /// The lines of the Hub Action Plan that it serves: 20 at most.
    priority_ids: Option<Vec<PriorityId>>,
    /// How many days are offered, year by year.
    days: Option<Vec<NewDays>>,
}

/// Whose an offer is: a school's or a partner's.
#[derive(Clone, Copy, eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OfferProvider {
    /// The school, where it is one's.
    school_id: Option<SchoolId>,
    /// The partner, where it is one's.
    partner_id: Option<PartnerId>,
}

impl OfferProvider {
    fn read(self) -> Result<Provider, Problem> {
        match (self.school_id, self.partner_id) {
            (Some(school), None) => Ok(Provider::School(school)),
            (None, Some(partner)) => Ok(Provider::Partner(partner)),
            (None, None) => Err(Problem::field("/provider", "invalid", "must name a school or a partner")),
            (Some(_), Some(_)) => {
                Err(Problem::field("/provider", "invalid", "must name a school or a partner, not both"))
            }
        }
    }
}

impl NewOfferBody {
    fn read(self, caller: &Caller) -> Result<NewOffer, Problem> {
        let own = own_provider(caller);
        let provider = match (self.provider.map(OfferProvider::read).transpose()?, own) {
            (Some(named), Some(own)) if named != own => {
                return Err(Problem::new(Code::Forbidden, "a school or a partner makes offers of its own"));
            }
            (Some(provider), _) | (None, Some(provider)) => provider,
            (None, None) => return Err(Problem::field("/provider", "missing", "is needed")),
        };
        let from = self.available_from.map_or_else(|| crate::base::clock::london_date(caller.now()), |day| day.0);
        let details = Details {
            title: self.title,
            description: self.description.unwrap_or_default(),
            phases: Phases::new(self.phases.unwrap_or_default()),
            subject: self.subject,
            place: self.place,
            available_from: from,
            available_to: self.available_to.map_or_else(|| offers::usual_last_day(from), |day| day.0),
            specialist_kind: self.specialist_kind,
            full_day: self.full_day.map(Amount::credits),
            half_day: self.half_day.map(Amount::credits),
            available_when: self.available_when,
            for_whom: self.for_whom,
            what_for: self.what_for,
            aims: self.aims,
            who_may_join: self.who_may_join,
            how_often: self.how_often,
            impact: self.impact,
        };
        let (priority_ids, days) = (self.priority_ids.unwrap_or_default(), self.days.unwrap_or_default());
        Ok(NewOffer { kind: self.kind, provider, details, priority_ids, days })
    }
}

/// Makes an offer: a lead for their school, a partner its own, a hub manager for anybody
#[utoipa::path(tag = "offers", request_body = NewOfferBody, responses((status = 201, body = Offer)), extensions(("x-roles" = json!(MAKERS))))]
#[post("/offers")]
async fn create(call: Call, body: Body<NewOfferBody>) -> Answer {
    let caller = call.allow()?;
    let new = body.parse()?.read(&caller)?;
    caller
        .write(body.bytes(), async |journal| {
            let offer = offers::create(journal, new.clone()).await?;
            Ok(Reply::created(format!("/v1/offers/{}", offer.id), &offer)?.with_version(offer.version))
        })
        .await
}

/// One offer
///
/// One that is paused or closed is seen by its provider and by the hub.
#[utoipa::path(tag = "offers", params(("id" = OfferId, Path)), responses((status = 200, body = Offer)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/offers/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let offer = in_sight::offer(&caller, &mut caller.read().await?).await?;
    Ok(Reply::ok(&offer)?.with_version(offer.version).into_response())
}

/// What may be changed of an offer; what is not sent stays.
#[derive(Clone, eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OfferChange)]
struct OfferChangeBody {
    /// The new title.
    title: Option<Line>,
    /// What the offer is about.
    description: Option<Prose>,
    /// The phases of school that it is for, replaced as a whole.
    phases: Option<Vec<Phase>>,
    /// The subject.
    #[serde(default)]
    #[schema(value_type = Option<Line>)]
    subject: Change<Line>,
    /// Where it is.
    #[serde(default)]
    #[schema(value_type = Option<Line>)]
    place: Change<Line>,
    /// The first day on which it is available.
    available_from: Option<Day>,
    /// The last day on which it is available.
    available_to: Option<Day>,
    /// Of expertise, the kind of specialist.
    #[serde(default)]
    #[schema(value_type = Option<Line>)]
    specialist_kind: Change<Line>,
    /// Of expertise, its own rate of a full day; null where the rate card's holds.
    #[serde(default)]
    #[schema(value_type = Option<Amount>)]
    full_day: Change<Amount>,
    /// Of expertise, its own rate of half a day; null where the rate card's holds.
    #[serde(default)]
    #[schema(value_type = Option<Amount>)]
    half_day: Change<Amount>,
    /// Of a facility, the times at which it can be used.
    #[serde(default)]
    #[schema(value_type = Option<Line>)]
    available_when: Change<Line>,
    /// Of a facility, for whom it is.
    #[serde(default)]
    #[schema(value_type = Option<Line>)]
    for_whom: Change<Line>,
    /// Of a facility, what it can be used for.
    #[serde(default)]
    #[schema(value_type = Option<Line>)]
    what_for: Change<Line>,
    /// Of an activity, what it aims at.
    #[serde(default)]
    #[schema(value_type = Option<Prose>)]
    aims: Change<Prose>,
    /// Of an activity, who may join.
    #[serde(default)]
    #[schema(value_type = Option<Line>)]
    who_may_join: Change<Line>,
    /// Of an activity, how often it takes place.
    #[serde(default)]
    #[schema(value_type = Option<Line>)]
    how_often: Change<Line>,
    /// Of an activity, what has come of it so far.
    #[serde(default)]
    #[schema(value_type = Option<Prose>)]
    impact: Change<Prose>,
    /// The lines of the Hub Action Plan that it serves, replaced as a whole.
    priority_ids: Option<Vec<PriorityId>>,
}

impl From<OfferChangeBody> for OfferChange {
    fn from(sent: OfferChangeBody) -> Self {
        let credits = |rate: Change<Amount>| Change(rate.0.map(|rate| rate.map(Amount::credits)));
        OfferChange {
            title: sent.title,
            description: sent.description,
            phases: sent.phases.map(Phases::new),
            subject: sent.subject,
            place: sent.place,
            available_from: sent.available_from.map(|day| day.0),
            available_to: sent.available_to.map(|day| day.0),
            specialist_kind: sent.specialist_kind,
            full_day: credits(sent.full_day),
            half_day: credits(sent.half_day),
            available_when: sent.available_when,
            for_whom: sent.for_whom,
            what_for: sent.what_for,
            aims: sent.aims,
            who_may_join: sent.who_may_join,
            how_often: sent.how_often,
            impact: sent.impact,
            priority_ids: sent.priority_ids,
        }
    }
}

/// Changes an offer; its kind and its provider stay
#[utoipa::path(tag = "offers", params(("id" = OfferId, Path), Changes), request_body = OfferChangeBody, responses((status = 200, body = Offer)), extensions(("x-roles" = json!(MAKERS))))]
#[patch("/offers/{id}")]
async fn change(call: Call, body: Body<OfferChangeBody>) -> Answer {
    let caller = call.allow()?;
    let (change, version): (OfferChange, _) = (body.parse()?.into(), caller.if_match()?);
    caller
        .write(body.bytes(), async |journal| {
            let id = their_offer(&caller, journal.tx()).await?.id;
            let offer = offers::change(journal, id, version, change.clone()).await?;
            Ok(Reply::ok(&offer)?.with_version(offer.version))
        })
        .await
}

/// Puts a paused offer into the directory again
#[utoipa::path(tag = "offers", params(("id" = OfferId, Path)), responses((status = 200, body = Offer)), extensions(("x-roles" = json!(MAKERS))))]
#[post("/offers/{id}/open")]
async fn open(call: Call) -> Answer {
    set_status(call, Status::Open).await
}

/// Takes an offer out of the directory for a time
#[utoipa::path(tag = "offers", params(("id" = OfferId, Path)), responses((status = 200, body = Offer)), extensions(("x-roles" = json!(MAKERS))))]
#[post("/offers/{id}/pause")]
async fn pause(call: Call) -> Answer {
    set_status(call, Status::Paused).await
}

/// Takes an offer out of the directory for good
#[utoipa::path(tag = "offers", params(("id" = OfferId, Path)), responses((status = 200, body = Offer)), extensions(("x-roles" = json!(MAKERS))))]
#[post("/offers/{id}/close")]
async fn close(call: Call) -> Answer {
    set_status(call, Status::Closed).await
}

async fn set_status(call: Call, status: Status) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            let id = their_offer(&caller, journal.tx()).await?.id;
            let offer = offers::set_status(journal, id, status).await?;
            Ok(Reply::ok(&offer)?.with_version(offer.version))
        })
        .await
}

/// How many days an offer has in an academic year.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DaysOffered {
    /// Whole or half days: no fewer than are agreed.
    offered: Days,
}

/// Says how many days an offer has in an academic year
#[utoipa::path(tag = "offers", params(("id" = OfferId, Path), ("year" = AcademicYear, Path)), request_body = DaysOffered, responses((status = 200, body = OfferDays)), extensions(("x-roles" = json!(MAKERS))))]
#[put("/offers/{id}/days/{year}")]
async fn set_days(call: Call, body: Body<DaysOffered>) -> Answer {
    let caller = call.allow()?;
    let (year, DaysOffered { offered }) = (caller.year("year")?, body.parse()?);
    caller
        .write(body.bytes(), async |journal| {
            let id = their_offer(&caller, journal.tx()).await?.id;
            Reply::ok(&offers::set_days(journal, id, NewDays { year, offered }).await?)
        })
        .await
}
