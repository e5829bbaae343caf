//! `/v1/commissions`: support that a school asks for, its quotes, and what is agreed.

use std::convert::identity;

use actix_web::{get, post};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::clock::london_date;
use crate::base::ids::{CommissionId, PartnerId, PriorityId, QuoteId, SchoolId};
use crate::base::text::Line;
use crate::support::commissions::disputes::{self, Dispute};
use crate::support::commissions::{
    self, Commission, Ending, Filter, Milestone, Milestones, NewCommission, NewQuote, Party, Reach, State,
};
use crate::web::body::{Body, Flag};
use crate::web::call::Call;
use crate::web::in_sight::{self, reach};
use crate::web::openapi::MovesCredits;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::{ACCOUNT_HOLDERS, LEADS, SUPPORT};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(request).service(get_one).service(list_quotes).service(make_quote).service(agree);
    config.service(decline).service(withdraw).service(preview).service(cancel);
}

impl Table for Commission {
    const COLUMNS: &'static [&'static str] = &[
        "title",
        "state",
        "buyer_name",
        "provider_name",
        "open",
        "budget",
        "answer_by",
        "year",
        "committed",
        "settled",
        "held",
        "notice_days",
        "kept_percent",
        "brokerage_share",
        "brokerage_of",
        "borne_by",
        "requested_at",
        "agreed_at",
        "ended_at",
        "ended_because",
        "brief",
        "id",
        "buyer_id",
        "provider_school_id",
        "provider_partner_id",
        "offer_id",
        "priority_id",
        "requested_by",
        "ended_by",
        "version",
    ];
}

/// A commission with its milestones and disputes.
#[derive(Serialize, ToSchema)]
struct CommissionWithMilestones {
    #[serde(flatten)]
    commission: Commission,
    /// What was agreed, in the order of its numbers, with what a variation replaced. None of it is shown to those who may
    /// only quote.
    milestones: Vec<Milestone>,
    /// The disputes, in the same order.
    disputes: Vec<Dispute>,
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// In this state.
    state: Option<State>,
    /// Where the caller's school or partner is this: buyer or provider. For the hub, where the school or partner that is
    /// named is.
    party: Option<Party>,
    /// With this school, as buyer or provider.
    school_id: Option<SchoolId>,
    /// With this partner.
    partner_id: Option<PartnerId>,
    /// `true` for those that are open to all, `false` for the others.
    #[param(value_type = Option<bool>)]
    open: Option<Flag>,
    /// Serving this priority.
    priority_id: Option<PriorityId>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The commissions that the caller may see, the oldest first: of their school or partner, and those open to all
#[utoipa::path(tag = "commissions", params(Query), responses((status = 200, body = Page<Commission>)), extensions(("x-roles" = json!(ACCOUNT_HOLDERS))))]
#[get("/commissions")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { state, party, school_id, partner_id, open, priority_id, limit, after } = caller.query()?;
    let (after, limit, reach) = (read_cursor(after.as_deref())?, limit.unwrap_or_default(), reach(&caller)?);
    let of_the_hub = reach == Reach::Hub && school_id.is_none() && partner_id.is_none();
    if party == Some(Party::Hub) || (party.is_some() && of_the_hub) {
        let detail = "must be buyer or provider; the hub says of which school or partner";
        return Err(Problem::field("party", "invalid", detail));
    }
    let open = open.map(Flag::is_true);
    let filter = Filter { state, party, school: school_id, partner: partner_id, open, priority: priority_id };
    let mut tx = caller.read().await?;
    let rows = commissions::list(&mut tx, caller.hub(), reach, filter, after, limit.and_one()).await?;
    caller.list(rows, limit, |commission| commission.id, identity)
}

/// Asks another school or a partner for support, or all of them
#[utoipa::path(tag = "commissions", request_body = NewCommission, responses((status = 201, body = Commission)), extensions(("x-roles" = json!(LEADS))))]
#[post("/commissions")]
async fn request(call: Call, body: Body<NewCommission>) -> Answer {
    let caller = call.allow()?;
    let (new, buyer) = (body.parse()?, caller.own_school().ok_or_else(Problem::not_found)?);
    caller
        .write(body.bytes(), async |journal| {
            let made = commissions::request(journal, buyer, &new).await?;
            Reply::created(format!("/v1/commissions/{}", made.id), &made)
        })
        .await
}

/// One commission, with its milestones and disputes
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path)), responses((status = 200, body = CommissionWithMilestones)), extensions(("x-roles" = json!(ACCOUNT_HOLDERS))))]
#[get("/commissions/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let commission = in_sight::commission(&caller, &mut tx).await?;
    let (hub, id) = (caller.hub(), commission.id);
    let milestones = commissions::milestones(&mut tx, hub, id).await?;
    let disputes = disputes::list(&mut tx, hub, id).await?;
    Ok(Reply::ok(&CommissionWithMilestones { commission, milestones, disputes })?.into_response())
}

/// Quotes of a commission.
#[derive(Serialize, ToSchema)]
struct Quotes {
    /// The quotes and variations, the oldest first.
    items: Vec<Milestones>,
}

/// The quotes and variations of a commission with their milestones: all for the buyer and the hub, a provider's own for
/// others
///
/// A provider whose quote was not agreed reads it still, and what became of it.
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path)), responses((status = 200, body = Quotes)), extensions(("x-roles" = json!(ACCOUNT_HOLDERS))))]
#[get("/commissions/{id}/quotes")]
async fn list_quotes(call: Call) -> Answer {
    let caller = call.allow()?;
    let (mut tx, reach) = (caller.read().await?, reach(&caller)?);
    let commission = commissions::get(&mut tx, caller.hub(), caller.id("id")?).await?.ok_or_else(Problem::not_found)?;
    if !commissions::sees_quotes(&mut tx, caller.hub(), &commission, reach).await? {
        return Err(Problem::not_found());
    }
    let mut items = Vec::new();
    for quote in commissions::quotes(&mut tx, caller.hub(), &commission, reach).await? {
        let milestones = commissions::terms(&mut tx, caller.hub(), quote.id).await?;
        items.push(Milestones { quote, milestones });
    }
    Ok(Reply::ok(&Quotes { items })?.into_response())
}

/// Quotes for a request, or proposes a variation of what was agreed
///
/// A provider quotes, and agrees by it; the hub quotes for a provider that it brokers. Of an agreed commission, either
/// side proposes other milestones in the place of those that are still to be delivered. A newer quote of the same
/// provider supersedes the one before.
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path)), request_body = NewQuote, responses((status = 201, body = Milestones)), extensions(("x-roles" = json!(SUPPORT))))]
#[post("/commissions/{id}/quote")]
async fn make_quote(call: Call, body: Body<NewQuote>) -> Answer {
    let caller = call.allow()?;
    let (id, new, reach) = (caller.id("id")?, body.parse()?, reach(&caller)?);
    caller
        .write(body.bytes(), async |journal| {
            let quoted = commissions::quote(journal, reach, id, &new).await?;
            Reply::created(format!("/v1/commissions/{id}/quotes"), &quoted)
        })
        .await
}

/// Which quote is agreed.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CommissionAgreement {
    /// The quote or variation.
    quote_id: QuoteId,
}

/// Agrees to a quote or variation for the caller's side
///
/// Once both sides have agreed, and over the buyer's limit a second person of it, the credits go from the buyer's wallets
/// of the current year to escrow; or nothing is agreed.
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path), MovesCredits), request_body = CommissionAgreement, responses((status = 200, body = Commission)), extensions(("x-roles" = json!(SUPPORT))))]
#[post("/commissions/{id}/agree")]
async fn agree(call: Call, body: Body<CommissionAgreement>) -> Answer {
    let caller = call.allow()?;
    let (id, CommissionAgreement { quote_id }, reach) = (caller.id("id")?, body.parse()?, reach(&caller)?);
    caller
        .write_keyed(body.bytes(), async |journal| {
            let commission = commissions::agree(journal, reach, id, quote_id).await?;
            Reply::ok(&commission.seen_by(reach).ok_or_else(Problem::not_found)?)
        })
        .await
}

/// What is declined or withdrawn, and why.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CommissionRefusal {
    /// The quote or variation; without it, the whole request.
    quote_id: Option<QuoteId>,
    /// The reason.
    reason: Option<Line>,
}

/// Declines a quote or variation of the other side, or, as the provider that was asked, the request
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path)), request_body = CommissionRefusal, responses((status = 200, body = Commission)), extensions(("x-roles" = json!(SUPPORT))))]
#[post("/commissions/{id}/decline")]
async fn decline(call: Call, body: Body<CommissionRefusal>) -> Answer {
    let caller = call.allow()?;
    let (id, CommissionRefusal { quote_id, reason }, reach) = (caller.id("id")?, body.parse()?, reach(&caller)?);
    caller
        .write(body.bytes(), async |journal| {
            let declined = match quote_id {
                Some(quote) => commissions::decline_quote(journal, reach, id, quote).await?,
                None => commissions::decline(journal, reach, id, reason.clone()).await?,
            };
            Reply::ok(&declined.seen_by(reach).ok_or_else(Problem::not_found)?)
        })
        .await
}

/// Withdraws a quote or variation that the caller's side made, or, as the buyer, the request
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path)), request_body = CommissionRefusal, responses((status = 200, body = Commission)), extensions(("x-roles" = json!(SUPPORT))))]
#[post("/commissions/{id}/withdraw")]
async fn withdraw(call: Call, body: Body<CommissionRefusal>) -> Answer {
    let caller = call.allow()?;
    let (id, CommissionRefusal { quote_id, reason }, reach) = (caller.id("id")?, body.parse()?, reach(&caller)?);
    caller
        .write(body.bytes(), async |journal| {
            let withdrawn = match quote_id {
                Some(quote) => commissions::withdraw_quote(journal, reach, id, quote).await?,
                None => commissions::withdraw(journal, reach, id, reason.clone()).await?,
            };
            Reply::ok(&withdrawn.seen_by(reach).ok_or_else(Problem::not_found)?)
        })
        .await
}

/// What cancelling an agreed commission would do now: what is kept, what goes back, what stays set aside
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path)), responses((status = 200, body = Ending), (status = 409, description = "It can't be cancelled as it stands")), extensions(("x-roles" = json!(ACCOUNT_HOLDERS))))]
#[get("/commissions/{id}/cancellation")]
async fn preview(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let commission = in_sight::commission(&caller, &mut tx).await?;
    let today = london_date(caller.now());
    let ending = commissions::preview(&mut tx, caller.hub(), reach(&caller)?, &commission, today).await?;
    Ok(Reply::ok(&ending)?.into_response())
}

/// Why a commission is cancelled.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CommissionCancellation {
    /// The reason.
    reason: Line,
}

/// Cancels an agreed commission: what is still to be delivered ends, and its credits go back but for what was agreed to
/// be kept
///
/// What is delivered or disputed is still to be answered. Where the provider cancels, or the hub, nothing is kept.
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path), MovesCredits), request_body = CommissionCancellation, responses((status = 200, body = Commission)), extensions(("x-roles" = json!(SUPPORT))))]
#[post("/commissions/{id}/cancel")]
async fn cancel(call: Call, body: Body<CommissionCancellation>) -> Answer {
    let caller = call.allow()?;
    let (id, CommissionCancellation { reason }, reach) = (caller.id("id")?, body.parse()?, reach(&caller)?);
    caller
        .write_keyed(body.bytes(), async |journal| {
            let cancelled = commissions::cancel(journal, reach, id, &reason).await?;
            Reply::ok(&cancelled.seen_by(reach).ok_or_else(Problem::not_found)?)
        })
        .await
}
