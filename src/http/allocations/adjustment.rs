//! `/v1/allocations/{id}/adjustment` and `/reverse`: what was approved is corrected, or taken back.

use actix_web::{patch, post};
use utoipa::ToSchema;

use super::super::body::Body;
use super::super::call::{Call, MANAGER};
use super::super::openapi::{Changes, MovesCredits};
use super::super::problem::Answer;
use super::super::reply::Reply;
use super::{AllocationBody, reply};
use crate::allocation::{self, NewAdjustment, OnShortfall};
use crate::credits::Credits;
use crate::ids::AllocationId;
use crate::text::Line;

/// An adjustment to be computed, by the rules of what it adjusts and the rolls as they are now.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAllocationAdjustment)]
struct NewAdjustmentBody {
    /// How many credits there are to divide altogether; the pool as it was, where none is sent.
    pool: Option<Credits>,
    /// What becomes of credits that schools should give back and have spent. It can be said later, but is needed
    /// for approval where there are any.
    shortfalls: Option<OnShortfall>,
}

impl NewAdjustmentBody {
    fn asked(&self) -> NewAdjustment {
        NewAdjustment { pool: self.pool, shortfalls: self.shortfalls }
    }
}

/// Computes an approved allocation again by corrected rolls, and keeps that as a draft; nothing moves
///
/// Only the differences to what the schools were really given will be posted, in one transaction. The pool stays
/// as it was unless another is sent: a school that joined since shares in it and the others give way, or the hub
/// makes it larger. An allocation that was adjusted before is adjusted from what it has become. The draft is
/// looked at, discarded and approved as every allocation; its lines show what was, what is, the difference, how much of it can be
/// taken back now, and what is short. With `shortfalls` of `next_year` the next allocation of a later year gives a
/// school so much less, and issues so much less.
#[utoipa::path(tag = "allocations", params(("id" = AllocationId, Path)), request_body = NewAdjustmentBody, responses((status = 201, body = AllocationBody)))]
#[post("/allocations/{id}/adjustment")]
pub(super) async fn adjust(call: Call, body: Body<NewAdjustmentBody>) -> Answer {
    let caller = call.allow(MANAGER)?;
    let (new, id) = (body.parse()?.asked(), caller.id("id")?);
    caller
        .write(body.bytes(), async |journal| {
            let drafted = allocation::adjust(journal, id, new).await?;
            let (at, version) = (format!("/v1/allocations/{}", drafted.id), drafted.version);
            Ok(Reply::created(at, &AllocationBody::from(drafted))?.with_version(version))
        })
        .await
}

/// Computes a drafted adjustment again
#[utoipa::path(tag = "allocations", params(("id" = AllocationId, Path), Changes), request_body = NewAdjustmentBody, responses((status = 200, body = AllocationBody)))]
#[patch("/allocations/{id}/adjustment")]
pub(super) async fn readjust(call: Call, body: Body<NewAdjustmentBody>) -> Answer {
    let caller = call.allow(MANAGER)?;
    let (new, id, version) = (body.parse()?.asked(), caller.id("id")?, caller.if_match()?);
    caller.write(body.bytes(), async |journal| reply(allocation::readjust(journal, id, version, new).await?)).await
}

/// A reversal to be posted.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAllocationReversal)]
struct NewReversal {
    /// Why: it is kept with the allocation and the transaction.
    reason: Line,
}

/// Takes an approved allocation, or an adjustment, back as a whole: the mirror of what it posted
///
/// Refused where schools have spent what they were given, naming each with what it is short of, and where other
/// allocations were computed from it: its adjustments, and those that deducted its shortfalls. Those are reversed
/// first, the last one first.
#[utoipa::path(tag = "allocations", params(("id" = AllocationId, Path), MovesCredits, Changes), request_body = NewReversal, responses((status = 200, body = AllocationBody)))]
#[post("/allocations/{id}/reverse")]
pub(super) async fn reverse(call: Call, body: Body<NewReversal>) -> Answer {
    let caller = call.allow(MANAGER)?;
    let (reason, id, version) = (body.parse()?.reason, caller.id("id")?, caller.if_match()?);
    caller
        .write_keyed(body.bytes(), async |journal| reply(allocation::reverse(journal, id, version, &reason).await?))
        .await
}
