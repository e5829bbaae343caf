//! `/v1/webhooks/{id}/deliveries`: what a webhook was sent, and what came of it.

use std::convert::identity;

use actix_web::{get, post};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::webhooks::known;
use crate::base::ids::{DeliveryId, WebhookId};
use crate::messages::webhooks::{self, Attempt, Delivery, DeliveryState};
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::{HUB, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(get_one).service(redeliver).service(ping);
}

impl Table for Delivery {
    const COLUMNS: &'static [&'static str] =
        &["id", "message_id", "sequence", "kind", "state", "asked", "attempts", "begun_at", "next_at", "ended_at"];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Those of which this became.
    state: Option<DeliveryState>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// What was sent to a webhook in the last thirty days, the newest first
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path), Query), responses((status = 200, body = Page<Delivery>)), extensions(("x-roles" = json!(HUB))))]
#[get("/webhooks/{id}/deliveries")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { state, limit, after } = caller.query()?;
    let (before, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let mut tx = caller.read().await?;
    let of = (caller.hub(), known(&caller, &mut tx).await?.id);
    let rows = webhooks::deliveries(&mut tx, of, state, before, limit.and_one()).await?;
    caller.list(rows, limit, |delivery| delivery.id, identity)
}

/// A delivery, with each time that it was sent.
#[derive(Serialize, ToSchema)]
#[schema(as = DeliveryWithAttempts)]
struct Whole {
    /// The delivery.
    delivery: Delivery,
    /// Each time that it was sent, the first first.
    attempts: Vec<Attempt>,
}

/// One delivery, with what was answered each time
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path), ("delivery_id" = DeliveryId, Path)), responses((status = 200, body = Whole)), extensions(("x-roles" = json!(HUB))))]
#[get("/webhooks/{id}/deliveries/{delivery_id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let (of, id) = ((caller.hub(), caller.id("id")?), caller.id("delivery_id")?);
    let delivery = webhooks::delivery(&mut tx, of, id).await?.ok_or_else(Problem::not_found)?;
    let attempts = webhooks::attempts(&mut tx, of.0, id).await?;
    Ok(Reply::ok(&Whole { delivery, attempts })?.into_response())
}

/// Sends something once more, at once, with the same id
///
/// Whether it arrived, or is still tried, stays as it was where it does not arrive now.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path), ("delivery_id" = DeliveryId, Path)), responses((status = 200, body = Delivery)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/webhooks/{id}/deliveries/{delivery_id}/redeliver")]
async fn redeliver(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            let delivery = webhooks::redeliver(journal, caller.id("id")?, caller.id("delivery_id")?).await?;
            Reply::ok(&delivery)
        })
        .await
}

/// Sends a test, `webhook.ping`: once, at once, whatever the state of the webhook
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), responses((status = 201, body = Delivery)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/webhooks/{id}/ping")]
async fn ping(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            let id: WebhookId = caller.id("id")?;
            let delivery = webhooks::ping(journal, id).await?;
            Reply::created(format!("/v1/webhooks/{id}/deliveries/{}", delivery.id), &delivery)
        })
        .await
}
