//! `/v1/commissions/{id}/milestones`: delivered, accepted, disputed.

use actix_web::post;
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::credits::Credits;
use crate::base::ids::CommissionId;
use crate::base::text::Prose;
use crate::support::commissions::disputes::{self, Dispute, Split};
use crate::support::commissions::{self, Commission, Delivery, Milestone, Reach};
use crate::web::body::Body;
use crate::web::call::{Call, Caller};
use crate::web::in_sight::reach;
use crate::web::openapi::MovesCredits;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{MANAGER, SUPPORT};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(deliver).service(accept).service(not_yet);
    config.service(dispute).service(state_case).service(offer_split).service(resolve);
}

/// A milestone, and how the commission stands with it.
#[derive(Serialize, ToSchema)]
struct MilestoneAnswer {
    /// The milestone.
    milestone: Milestone,
    /// Its commission.
    commission: Commission,
}

impl MilestoneAnswer {
    fn of(reach: Reach, (commission, milestone): (Commission, Milestone)) -> Result<MilestoneAnswer, Problem> {
        let commission = commission.seen_by(reach).ok_or_else(Problem::not_found)?;
        Ok(MilestoneAnswer { milestone, commission })
    }
}

/// The commission and the number of the milestone in the path, and for whom the caller acts.
fn of(caller: &Caller) -> Result<(CommissionId, i64, Reach), Problem> {
    Ok((caller.id("id")?, caller.number("number")?, reach(caller)?))
}

/// Says that a milestone is delivered, or a part of it: the buyer has ten working days to answer
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path), ("number" = i64, Path)), request_body = Delivery, responses((status = 200, body = MilestoneAnswer)), extensions(("x-roles" = json!(SUPPORT))))]
#[post("/commissions/{id}/milestones/{number}/deliver")]
async fn deliver(call: Call, body: Body<Delivery>) -> Answer {
    let caller = call.allow()?;
    let (delivery, (id, number, reach)) = (body.parse()?, of(&caller)?);
    caller
        .write(body.bytes(), async |journal| {
            Reply::ok(&MilestoneAnswer::of(reach, commissions::deliver(journal, reach, id, number, &delivery).await?)?)
        })
        .await
}

/// Nothing needs to be said.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MilestoneAcceptance {}

/// Accepts what was delivered: the provider is paid
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path), ("number" = i64, Path), MovesCredits), request_body = MilestoneAcceptance, responses((status = 200, body = MilestoneAnswer)), extensions(("x-roles" = json!(SUPPORT))))]
#[post("/commissions/{id}/milestones/{number}/accept")]
async fn accept(call: Call, body: Body<MilestoneAcceptance>) -> Answer {
    let caller = call.allow()?;
    let (MilestoneAcceptance {}, (id, number, reach)) = (body.parse()?, of(&caller)?);
    caller
        .write_keyed(body.bytes(), async |journal| {
            Reply::ok(&MilestoneAnswer::of(reach, commissions::accept(journal, reach, id, number, None).await?)?)
        })
        .await
}

/// What is missing.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MilestoneNotYet {
    /// What is missing.
    missing: Prose,
}

/// Says what is missing of a milestone: it is to be delivered again
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path), ("number" = i64, Path)), request_body = MilestoneNotYet, responses((status = 200, body = MilestoneAnswer)), extensions(("x-roles" = json!(SUPPORT))))]
#[post("/commissions/{id}/milestones/{number}/not-yet")]
async fn not_yet(call: Call, body: Body<MilestoneNotYet>) -> Answer {
    let caller = call.allow()?;
    let (MilestoneNotYet { missing }, (id, number, reach)) = (body.parse()?, of(&caller)?);
    caller
        .write(body.bytes(), async |journal| {
            Reply::ok(&MilestoneAnswer::of(reach, commissions::not_yet(journal, reach, id, number, &missing).await?)?)
        })
        .await
}

/// What a dispute is about.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDispute {
    /// What it is about: the case of the side that raises it.
    reason: Prose,
}

/// Disputes a milestone: the others stay payable, and both sides have ten working days to state their case
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path), ("number" = i64, Path)), request_body = NewDispute, responses((status = 201, body = Dispute)), extensions(("x-roles" = json!(SUPPORT))))]
#[post("/commissions/{id}/milestones/{number}/dispute")]
async fn dispute(call: Call, body: Body<NewDispute>) -> Answer {
    let caller = call.allow()?;
    let (NewDispute { reason }, (id, number, reach)) = (body.parse()?, of(&caller)?);
    caller
        .write(body.bytes(), async |journal| {
            let raised = disputes::raise(journal, reach, id, number, &reason).await?;
            Reply::created(format!("/v1/commissions/{id}"), &raised)
        })
        .await
}

/// A side's case.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DisputeCase {
    /// What happened, as the side sees it.
    case: Prose,
}

/// States the caller's case, while there is time
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path), ("number" = i64, Path)), request_body = DisputeCase, responses((status = 200, body = Dispute)), extensions(("x-roles" = json!(SUPPORT))))]
#[post("/commissions/{id}/milestones/{number}/state-case")]
async fn state_case(call: Call, body: Body<DisputeCase>) -> Answer {
    let caller = call.allow()?;
    let (DisputeCase { case }, (id, number, reach)) = (body.parse()?, of(&caller)?);
    caller
        .write(body.bytes(), async |journal| Reply::ok(&disputes::state_case(journal, reach, id, number, &case).await?))
        .await
}

/// For what a side would settle.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SplitOffer {
    /// What of the milestone's price the provider would get; the rest goes back to the buyer.
    to_provider: Credits,
}

/// Says for what split the caller's side would settle: where both say the same, that ends the dispute
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path), ("number" = i64, Path), MovesCredits), request_body = SplitOffer, responses((status = 200, body = Dispute)), extensions(("x-roles" = json!(SUPPORT))))]
#[post("/commissions/{id}/milestones/{number}/offer-split")]
async fn offer_split(call: Call, body: Body<SplitOffer>) -> Answer {
    let caller = call.allow()?;
    let (SplitOffer { to_provider }, (id, number, reach)) = (body.parse()?, of(&caller)?);
    caller
        .write_keyed(body.bytes(), async |journal| {
            Reply::ok(&disputes::would_settle(journal, reach, id, number, to_provider, None).await?)
        })
        .await
}

/// Decides a dispute: divides the milestone's price between the two, for a reason
#[utoipa::path(tag = "commissions", params(("id" = CommissionId, Path), ("number" = i64, Path), MovesCredits), request_body = Split, responses((status = 200, body = Dispute)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/commissions/{id}/milestones/{number}/resolve")]
async fn resolve(call: Call, body: Body<Split>) -> Answer {
    let caller = call.allow()?;
    let (split, (id, number, _)) = (body.parse()?, of(&caller)?);
    caller
        .write_keyed(body.bytes(), async |journal| {
            Reply::ok(&disputes::resolve(journal, id, number, &split, None).await?)
        })
        .await
}
