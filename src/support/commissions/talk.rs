//! What the sides tell each other: questions and answers, a record of each visit, and what came of it.

use chrono::{DateTime, NaiveDate, Utc};

use super::asking::{of, of_side};
use super::told::{change, tell, tell_provider};
use super::transitions::{NotAllowed, State};
use super::{Commission, Party, Provider, Reach, Refusal, sql};
use crate::base::db::{self, Tx};
use crate::base::ids::{CommissionId, HubId, PartnerId, PersonId, QuestionId, SchoolId, VisitId};
use crate::base::text::{Day, Line, Link, Prose};
use crate::base::workdays;
use crate::ledger::Journal;
use crate::ledger::changes::Kind as Changed;
use crate::messages::notices::Kind as Told;

/// In how many working days a visit is to be recorded.
pub(super) const VISIT_DAYS: u16 = 5;

/// A question or an answer, between the buyer and one provider.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = CommissionQuestion)]
pub struct Question {
    /// Its id.
    pub id: QuestionId,
    /// The school with which the buyer talks.
    pub provider_school_id: Option<SchoolId>,
    /// The partner with which the buyer talks.
    pub provider_partner_id: Option<PartnerId>,
    /// Which side wrote it.
    pub side: Party,
    /// What was written.
    pub text: Prose,
    /// Who wrote it.
    pub written_by: Option<PersonId>,
    /// When it was written.
    pub written_at: DateTime<Utc>,
}

/// What was done on a day of support.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = CommissionVisit)]
pub struct Visit {
    /// The record's id.
    pub id: VisitId,
    /// The milestone that it belongs to.
    #[sqlx(rename = "number")]
    pub milestone: i64,
    /// The day.
    pub visited_on: NaiveDate,
    /// How long it was, in minutes.
    pub minutes: i64,
    /// Who came.
    pub who: Line,
    /// What was done.
    pub done: Prose,
    /// What comes next.
    pub next_step: Prose,
    /// Where a report or file is.
    pub link: Option<Link>,
    /// Whether it was recorded later than five working days after the visit.
    pub late: bool,
    /// Who recorded it.
    pub recorded_by: Option<PersonId>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// A visit to be recorded, within five working days.
#[derive(Clone, Debug, eserde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCommissionVisit)]
pub struct NewVisit {
    /// The milestone that it belongs to.
    pub milestone: i64,
    /// The day: today or before.
    pub visited_on: Day,
    /// How long it was, in minutes: 1 to 1440.
    pub minutes: i64,
    /// Who came.
    pub who: Line,
    /// What was done.
    pub done: Prose,
    /// What comes next.
    #[serde(default)]
    #[eserde(compat)]
    pub next_step: Prose,
    /// Where a report or file is: it is not uploaded here.
    pub link: Option<Link>,
}

/// What came of a commission, as one side sees it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = CommissionReview)]
pub struct Review {
    /// Which side wrote it.
    pub side: Party,
    /// What came of it.
    pub impact: Prose,
    /// From 1, poor, to 5, very good.
    pub rating: i64,
    /// Who wrote it.
    pub written_by: Option<PersonId>,
    /// When it was written.
    pub written_at: DateTime<Utc>,
}

/// Asks or answers: a provider the buyer, the buyer the provider that is named or that was asked.
pub async fn ask(
    journal: &mut Journal,
    reach: Reach,
    id: CommissionId,
    to: Option<Provider>,
    text: &Prose,
) -> Result<Question, Refusal> {
    let hub = journal.hub();
    let (commission, party) = of(journal, reach, id).await?;
    let (side, with) = match (party, reach) {
        (Some(Party::Hub), _) => return Err(Refusal::NotOneOfThem),
        (Some(Party::Buyer), _) => (Party::Buyer, to.or(commission.provider())),
        (_, Reach::School(school)) => (Party::Provider, Some(Provider::School(school))),
        (_, Reach::Partner(partner)) => (Party::Provider, Some(Provider::Partner(partner))),
        (_, Reach::Hub) => return Err(Refusal::Unknown),
    };
    let missing = || Refusal::field("/provider_school_id", "missing", "say which provider is answered");
    let with = with.ok_or_else(missing)?;
    if side == Party::Buyer && !sql::talk::is_known(journal.tx(), hub, &commission, with).await? {
        return Err(Refusal::field("/provider_school_id", "unknown", "has not asked or quoted"));
    }
    Refusal::of_blank("/text", text)?;
    let question = Question {
        id: journal.new_id(),
        provider_school_id: with.school(),
        provider_partner_id: with.partner(),
        side,
        text: text.clone(),
        written_by: journal.actor(),
        written_at: journal.now(),
    };
    sql::talk::insert_question(journal.tx(), hub, id, &question).await?.exactly(1)?;
    journal.changed(change(&commission, Changed::CommissionAsked));
    if side == Party::Buyer {
        tell_provider(journal, &commission, with, Told::CommissionAsked).await?;
    } else {
        tell(journal, &commission, Party::Buyer, Told::CommissionAsked, None).await?;
    }
    Ok(question)
}

/// The provider records a visit. A specialist, whose name is sent, records their own: where it is they who come, by the
/// last that was agreed.
pub async fn record_visit(
    journal: &mut Journal,
    reach: Reach,
    specialist: Option<&Line>,
    id: CommissionId,
    new: &NewVisit,
) -> Result<Visit, Refusal> {
    let (hub, today) = (journal.hub(), journal.today());
    let commission = match specialist {
        None => of_side(journal, reach, id, Party::Provider).await?,
        Some(name) => of_specialist(journal, reach, id, name).await?,
    };
    if specialist.is_some_and(|name| name.key() != new.who.key()) {
        return Err(Refusal::field("/who", "not_yours", "must be your own name: your lead records other visits"));
    }
    let agreed = commission.agreed_at.map(crate::base::clock::london_date);
    let agreed = agreed.ok_or(NotAllowed { what: "the commission", state: commission.state.as_str() })?;
    if !(agreed..=today).contains(&new.visited_on.0) {
        let detail = format!("must be from {agreed}, when it was agreed, to {today}, today");
        return Err(Refusal::field("/visited_on", "out_of_range", detail));
    }
    Refusal::of_blank("/done", &new.done)?;
    if !(1..=1_440).contains(&new.minutes) {
        return Err(Refusal::field("/minutes", "out_of_range", "must be from 1 to 1440"));
    }
    if sql::milestones::get(journal.tx(), hub, id, new.milestone).await?.is_none() {
        return Err(Refusal::field("/milestone", "unknown", "there is no such milestone"));
    }
    let visit = Visit {
        id: journal.new_id(),
        milestone: new.milestone,
        visited_on: new.visited_on.0,
        minutes: new.minutes,
        who: new.who.clone(),
        done: new.done.clone(),
        next_step: new.next_step.clone(),
        link: new.link.clone(),
        late: workdays::after(new.visited_on.0, VISIT_DAYS) < today,
        recorded_by: journal.actor(),
        recorded_at: journal.now(),
    };
    sql::talk::insert_visit(journal.tx(), hub, id, &visit).await?.exactly(1)?;
    journal.changed(change(&commission, Changed::CommissionVisited).count(new.milestone));
    tell(journal, &commission, Party::Buyer, Told::VisitRecorded, None).await?;
    Ok(visit)
}

/// The commission for somebody who comes, of the school that provides.
async fn of_specialist(
    journal: &mut Journal,
    reach: Reach,
    id: CommissionId,
    name: &Line,
) -> Result<Commission, Refusal> {
    let hub = journal.hub();
    let commission = sql::get(journal.tx(), hub, id).await?.ok_or(Refusal::Unknown)?;
    let comes = sql::quotes::specialist(journal.tx(), hub, id).await?.is_some_and(|comes| comes.key() == name.key());
    let provides = commission.party(reach) == Some(Party::Provider);
    if comes && provides { Ok(commission) } else { Err(Refusal::Unknown) }
}

/// A side says what came of it, once it is completed or cancelled; again, to say it better.
pub async fn review(
    journal: &mut Journal,
    reach: Reach,
    id: CommissionId,
    impact: &Prose,
    rating: i64,
) -> Result<Review, Refusal> {
    let hub = journal.hub();
    let (commission, party) = of(journal, reach, id).await?;
    let side = party.filter(|party| *party != Party::Hub).ok_or(Refusal::NotOneOfThem)?;
    if !matches!(commission.state, State::Completed | State::Cancelled) {
        return Err(NotAllowed { what: "the commission", state: commission.state.as_str() }.into());
    }
    if !(1..=5).contains(&rating) {
        return Err(Refusal::field("/rating", "out_of_range", "must be from 1 to 5"));
    }
    Refusal::of_blank("/impact", impact)?;
    let review =
        Review { side, impact: impact.clone(), rating, written_by: journal.actor(), written_at: journal.now() };
    sql::talk::save_review(journal.tx(), hub, id, &review).await?.exactly(1)?;
    journal.changed(change(&commission, Changed::CommissionReviewed));
    Ok(review)
}

/// A page of the questions and answers, the oldest first: all for the buyer and the hub, a provider's own for others.
pub async fn questions(
    tx: &mut Tx,
    hub: HubId,
    commission: &Commission,
    reach: Reach,
    after: Option<QuestionId>,
    limit: i64,
) -> Result<Vec<Question>, db::Error> {
    let all = matches!(commission.party(reach), Some(Party::Buyer | Party::Hub));
    let (school, partner) = match reach {
        Reach::School(school) if !all => (Some(school), None),
        Reach::Partner(partner) if !all => (None, Some(partner)),
        _ => (None, None),
    };
    sql::talk::questions(tx, hub, commission.id, (all, school, partner), after, limit).await
}

/// A page of the visits, the oldest record first.
pub async fn visits(
    tx: &mut Tx,
    hub: HubId,
    id: CommissionId,
    after: Option<VisitId>,
    limit: i64,
) -> Result<Vec<Visit>, db::Error> {
    sql::talk::visits(tx, hub, id, after, limit).await
}

/// What came of it, as each side sees it.
pub async fn reviews(tx: &mut Tx, hub: HubId, id: CommissionId) -> Result<Vec<Review>, db::Error> {
    sql::talk::reviews(tx, hub, id).await
}
