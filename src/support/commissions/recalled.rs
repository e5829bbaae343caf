//! What a notice of a commission tells of, found again: the quote, part, dispute, question or visit that was written at the
//! instant of the notice. Where several are of one instant, each notice of it has one of them, in their order. What left no
//! instant, a part that was sent back or a split that was offered, is found where there is only one that it can be.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::transitions::MilestoneState;
use super::{
    Acceptance, Commission, Dispute, Milestone, Party, Provider, Question, Quote, QuoteState, Reach, Terms, Visit,
    came_to, disputes, divided, sql,
};
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::days::Days;
use crate::base::db::{self, Tx};
use crate::base::ids::HubId;
use crate::base::text::Line;
use crate::members::people::{Person, Role};
use crate::members::{partners, schools};
use crate::messages::notices::{self, Kind, Told};

/// The most visits that are looked through for a day without one.
const VISITS: i64 = 500;

/// What a notice tells of, as it is now.
#[derive(Clone, Debug)]
pub struct Recalled {
    /// The commission.
    pub commission: Commission,
    /// Who the reader is in it: of an open request, those who could quote are providers.
    pub party: Party,
    /// The quote or variation that it is about.
    pub quote: Option<(Quote, Vec<Terms>)>,
    /// The part that it is about.
    pub part: Option<Milestone>,
    /// The dispute that it is about.
    pub dispute: Option<Dispute>,
    /// The question or answer that it is about.
    pub question: Option<Question>,
    /// The name of the school or partner with which the buyer talks in it.
    pub asker: Option<Line>,
    /// The visit that it is about.
    pub visit: Option<Visit>,
    /// What the part has come to, or would by the split that is offered; of a commission that has ended, all of it.
    pub comes_to: Acceptance,
}

impl Reach {
    /// For whom a person acts in commissions; none for teachers.
    pub fn of(person: &Person) -> Option<Reach> {
        match (person.role, person.school_id, person.partner_id) {
            (Role::HubManager | Role::HubViewer, ..) => Some(Reach::Hub),
            (Role::SchoolLead, Some(school), _) => Some(Reach::School(school)),
            (Role::Partner, _, Some(partner)) => Some(Reach::Partner(partner)),
            (Role::SchoolLead | Role::Partner | Role::Teacher, ..) => None,
        }
    }
}

impl Recalled {
    /// What the side that is not the reader's would settle for, or has.
    pub fn offer(&self) -> Option<Credits> {
        let other = if self.party == Party::Buyer { Party::Provider } else { Party::Buyer };
        self.dispute.as_ref()?.offer_of(other)
    }

    /// The quote, where it still waits for agreement.
    pub fn live_quote(&self) -> Option<&Quote> {
        self.quote.as_ref().map(|(quote, _)| quote).filter(|quote| quote.state == QuoteState::Offered)
    }
}

/// What a notice tells of, as far as the person may see it; none of one that tells of no commission.
pub async fn recall(tx: &mut Tx, person: &Person, told: &Told) -> Result<Option<Recalled>, db::Error> {
    let (Some(id), Some(reach)) = (told.commission_id, Reach::of(person)) else { return Ok(None) };
    let hub = person.hub_id;
    let Some(commission) = sql::get(tx, hub, id).await? else { return Ok(None) };
    if !super::sees_quotes(tx, hub, &commission, reach).await? {
        return Ok(None);
    }
    let party = commission.party(reach).unwrap_or(Party::Provider);
    let mut recalled = Recalled {
        party,
        quote: None,
        part: None,
        dispute: None,
        question: None,
        asker: None,
        visit: None,
        comes_to: Acceptance::default(),
        commission,
    };
    quote(tx, (person, reach), told, &mut recalled).await?;
    part(tx, person, told, &mut recalled).await?;
    dispute(tx, person, told, &mut recalled).await?;
    written(tx, person, told, &mut recalled).await?;
    come_to(tx, hub, told.kind, &mut recalled).await?;
    Ok(Some(recalled))
}

/// The one of those written at the instant of a notice that it tells of.
async fn of_instant<T>(tx: &mut Tx, person: &Person, told: &Told, mut found: Vec<T>) -> Result<Option<T>, db::Error> {
    let nth = if found.len() > 1 { notices::nth(tx, person.hub_id, person.id, told).await? } else { 0 };
    Ok(if nth < found.len() { Some(found.swap_remove(nth)) } else { None })
}

/// The only one, where there is one alone.
fn only<T>(mut found: Vec<T>) -> Option<T> {
    if found.len() == 1 { found.pop() } else { None }
}

async fn quote(
    tx: &mut Tx,
    (person, reach): (&Person, Reach),
    told: &Told,
    of: &mut Recalled,
) -> Result<(), db::Error> {
    let at = Some(told.told_at);
    let agreed =
        |quote: &Quote| [quote.buyer_agreed_at, quote.second_agreed_at, quote.provider_agreed_at].contains(&at);
    let over = match told.kind {
        Kind::QuoteDeclined => Some(QuoteState::Declined),
        Kind::QuoteWithdrawn => Some(QuoteState::Withdrawn),
        Kind::QuoteExpired => Some(QuoteState::Expired),
        Kind::CommissionQuoted
        | Kind::VariationProposed
        | Kind::AgreementWaiting
        | Kind::CommissionAgreed
        | Kind::VariationAgreed => None,
        _ => return Ok(()),
    };
    let mut found = super::quotes(tx, person.hub_id, &of.commission, reach).await?;
    found.retain(|quote| match told.kind {
        Kind::CommissionQuoted | Kind::VariationProposed => Some(quote.quoted_at) == at,
        Kind::AgreementWaiting => agreed(quote),
        Kind::CommissionAgreed => !quote.varies && quote.state == QuoteState::Agreed,
        Kind::VariationAgreed => quote.varies && quote.state == QuoteState::Agreed && agreed(quote),
        _ => Some(quote.state) == over && quote.quoted_at <= told.told_at,
    });
    let found = match over {
        // A provider has one quote at a time, so that which ended last is their last.
        Some(_) if of.party == Party::Provider => found.pop(),
        Some(_) => only(found),
        None => of_instant(tx, person, told, found).await?,
    };
    if let Some(quote) = found {
        let terms = sql::quotes::terms(tx, person.hub_id, quote.id).await?;
        of.quote = Some((quote, terms));
    }
    Ok(())
}

async fn part(tx: &mut Tx, person: &Person, told: &Told, of: &mut Recalled) -> Result<(), db::Error> {
    let is_it = |part: &Milestone| match told.kind {
        Kind::MilestoneDelivered => part.delivered_at == Some(told.told_at),
        Kind::MilestoneAnswerDue => told.due_at.is_some() && part.answer_until == told.due_at,
        Kind::MilestoneAccepted => part.state == MilestoneState::Accepted && part.answered_at == Some(told.told_at),
        Kind::MilestoneNotYet => part.state == MilestoneState::Open && part.missing.is_some(),
        Kind::VisitDue => part.terms.half_days.is_some(),
        _ => false,
    };
    let left_an_instant =
        matches!(told.kind, Kind::MilestoneDelivered | Kind::MilestoneAnswerDue | Kind::MilestoneAccepted);
    if !left_an_instant && !matches!(told.kind, Kind::MilestoneNotYet | Kind::VisitDue) {
        return Ok(());
    }
    let mut found = sql::milestones::of(tx, person.hub_id, of.commission.id).await?;
    found.retain(is_it);
    if told.kind == Kind::VisitDue {
        let visits = sql::talk::visits(tx, person.hub_id, of.commission.id, None, VISITS).await?;
        found.retain(|part| lacks_visits(part, &visits, told.told_at));
    }
    of.part = if left_an_instant { of_instant(tx, person, told, found).await? } else { only(found) };
    Ok(())
}

/// Whether a part of days that was delivered or due then has fewer days with a visit than days.
fn lacks_visits(part: &Milestone, visits: &[Visit], then: DateTime<Utc>) -> bool {
    let was_due = part.terms.due_on < london_date(then) || part.delivered_at.is_some_and(|at| at < then);
    let of_part = visits.iter().filter(|visit| visit.milestone == part.terms.number);
    let days: BTreeSet<NaiveDate> = of_part.map(|visit| visit.visited_on).collect();
    let halves = part.delivered_half_days.or(part.terms.half_days).map_or(0, Days::half_days);
    was_due && i64::try_from(2 * days.len()).is_ok_and(|visited| visited < halves)
}

async fn dispute(tx: &mut Tx, person: &Person, told: &Told, of: &mut Recalled) -> Result<(), db::Error> {
    let at = told.told_at;
    let other = if of.party == Party::Buyer { Party::Provider } else { Party::Buyer };
    let is_it = |dispute: &Dispute| match told.kind {
        Kind::MilestoneDisputed => dispute.raised_at == at,
        Kind::DisputeResolved => dispute.resolved_at == Some(at),
        Kind::CaseStated => dispute.raised_at <= at && Some(dispute.cases_until) == told.due_at,
        Kind::SplitOffered => {
            let open = dispute.raised_at <= at && dispute.resolved_at.is_none_or(|resolved| resolved >= at);
            open && dispute.offer_of(other).is_some()
        }
        _ => false,
    };
    let left_an_instant = matches!(told.kind, Kind::MilestoneDisputed | Kind::DisputeResolved);
    if !left_an_instant && !matches!(told.kind, Kind::CaseStated | Kind::SplitOffered) {
        return Ok(());
    }
    let mut found = disputes::list(tx, person.hub_id, of.commission.id).await?;
    found.retain(is_it);
    let found = if left_an_instant { of_instant(tx, person, told, found).await? } else { only(found) };
    if let Some(dispute) = found {
        of.part = sql::milestones::get(tx, person.hub_id, of.commission.id, dispute.milestone).await?;
        of.dispute = Some(dispute);
    }
    Ok(())
}

/// The question or visit that was written then.
async fn written(tx: &mut Tx, person: &Person, told: &Told, of: &mut Recalled) -> Result<(), db::Error> {
    let (hub, id) = (person.hub_id, of.commission.id);
    match told.kind {
        Kind::CommissionAsked => {
            let found = sql::talk::questions_at(tx, hub, id, told.told_at).await?;
            of.question = of_instant(tx, person, told, found).await?;
            let with = of.question.as_ref().map(|it| Provider::of(it.provider_school_id, it.provider_partner_id));
            of.asker = match with.flatten() {
                Some(Provider::School(school)) => schools::get(tx, hub, school).await?.map(|one| one.details.name),
                Some(Provider::Partner(partner)) => partners::get(tx, hub, partner).await?.map(|one| one.name),
                None => None,
            };
        }
        Kind::VisitRecorded => {
            let found = sql::talk::visits_at(tx, hub, id, told.told_at).await?;
            of.visit = of_instant(tx, person, told, found).await?;
            if let Some(visit) = &of.visit {
                of.part = sql::milestones::get(tx, hub, id, visit.milestone).await?;
            }
        }
        _ => {}
    }
    Ok(())
}

async fn come_to(tx: &mut Tx, hub: HubId, kind: Kind, of: &mut Recalled) -> Result<(), db::Error> {
    of.comes_to = match (kind, &of.part) {
        (Kind::MilestoneAccepted | Kind::DisputeResolved, Some(part)) => {
            let moves = sql::money::of(tx, hub, of.commission.id).await?;
            came_to(&moves, part.terms.number)
        }
        (Kind::MilestoneDelivered | Kind::MilestoneAnswerDue, Some(part)) => {
            divided(&of.commission, part, part.claimed.unwrap_or(part.terms.price))
        }
        (Kind::SplitOffered, Some(part)) => match of.offer() {
            Some(offer) => divided(&of.commission, part, offer),
            None => Acceptance::default(),
        },
        (Kind::CommissionCompleted | Kind::CommissionCancelled, _) => {
            let paid = of.commission.brokerage().paid(Credits::ZERO, of.commission.settled);
            Acceptance { provider: paid.provider, hub: paid.hub, back: Credits::ZERO }
        }
        _ => Acceptance::default(),
    };
    Ok(())
}
