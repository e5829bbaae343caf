//! `/v1/allocations/{id}/adjustment` and `/reverse`: an approved allocation is corrected, or reversed.

use actix_web::{patch, post};
use utoipa::ToSchema;

use super::{AllocationBody, reply};
use crate::base::ids::AllocationId;
use crate::base::text::Line;
use crate::credits::allocation::{self, NewAdjustment};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::openapi::{Changes, MovesCredits};
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::MANAGER;

/// Recomputes an approved allocation from corrected rolls, and keeps that as a draft; nothing moves
///
/// Only the differences from what the schools were actually given will be posted, in one transaction. The pool stays
/// the same unless another is sent: a school that has joined since shares in it and the others give way, or the hub
/// enlarges it. An allocation that was adjusted before is adjusted from what it has become. The draft is reviewed,
/// discarded and approved like any allocation; its lines show what was given, what is due, the difference, how much of
/// it can be taken back now, and what is short. With `shortfalls` of `next_year` the next allocation of a later year
/// gives a school that much less, and issues that much less.
#[utoipa::path(tag = "allocations", params(("id" = AllocationId, Path)), request_body = NewAdjustment, responses((status = 201, body = AllocationBody)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/allocations/{id}/adjustment")]
pub(super) async fn adjust(call: Call, body: Body<NewAdjustment>) -> Answer {
    let caller = call.allow()?;
    let (new, id) = (body.parse()?, caller.id("id")?);
    caller
        .write(body.bytes(), async |journal| {
            let drafted = allocation::adjust(journal, id, new).await?;
            let (at, version) = (format!("/v1/allocations/{}", drafted.id), drafted.version);
            Ok(Reply::created(at, &AllocationBody::from(drafted))?.with_version(version))
        })
        .await
}

/// Recomputes a drafted adjustment
#[utoipa::path(tag = "allocations", params(("id" = AllocationId, Path), Changes), request_body = NewAdjustment, responses((status = 200, body = AllocationBody)), extensions(("x-roles" = json!(MANAGER))))]
#[patch("/allocations/{id}/adjustment")]
pub(super) async fn readjust(call: Call, body: Body<NewAdjustment>) -> Answer {
    let caller = call.allow()?;
    let (new, id, version) = (body.parse()?, caller.id("id")?, caller.if_match()?);
    caller.write(body.bytes(), async |journal| reply(allocation::readjust(journal, id, version, new).await?)).await
}

/// A reversal to be posted.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAllocationReversal)]
struct NewReversal {
    /// Why; it is kept with the allocation and the transaction.
    reason: Line,
}

/// Reverses an approved allocation, or an adjustment, as a whole: posts the mirror of what it posted
///
/// Refused where schools have spent what they were given, naming each with what it is short of, and where other
/// allocations were computed from it: its adjustments, and those that deducted its shortfalls. Those must be reversed
/// first, the last one first.
#[utoipa::path(tag = "allocations", params(("id" = AllocationId, Path), MovesCredits, Changes), request_body = NewReversal, responses((status = 200, body = AllocationBody)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/allocations/{id}/reverse")]
pub(super) async fn reverse(call: Call, body: Body<NewReversal>) -> Answer {
    let caller = call.allow()?;
    let (reason, id, version) = (body.parse()?.reason, caller.id("id")?, caller.if_match()?);
    caller
        .write_keyed(body.bytes(), async |journal| reply(allocation::reverse(journal, id, version, &reason).await?))
        .await
}
