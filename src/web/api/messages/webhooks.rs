//! `/v1/webhooks`: other systems that are sent the hub's changes.

use std::convert::identity;

use actix_web::{delete, get, patch, post};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::db::Tx;
use crate::base::ids::WebhookId;
use crate::base::text::{Change, Line, Link};
use crate::ledger::Journal;
use crate::messages::webhooks::{self, Kinds, Wanted, Webhook};
use crate::web::body::Body;
use crate::web::call::{Call, Caller};
use crate::web::openapi::Changes;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Page, PageQuery, Reply, Table};
use crate::web::roles::{HUB, MANAGER};
use crate::web::secret::Secret;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(create).service(get_one).service(change).service(remove);
    config.service(rotate).service(pause).service(resume);
}

impl Table for Webhook {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "name",
        "url",
        "state",
        "disabled_because",
        "sent_to",
        "failing_since",
        "old_secret_until",
        "created_at",
        "created_by",
    ];
}

/// The webhooks of the hub, the oldest first
#[utoipa::path(tag = "webhooks", params(PageQuery), responses((status = 200, body = Page<Webhook>)), extensions(("x-roles" = json!(HUB))))]
#[get("/webhooks")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let (after, limit) = caller.query::<PageQuery>()?.read()?;
    let rows = webhooks::list(&mut caller.read().await?, caller.hub(), after, limit.and_one()).await?;
    caller.list(rows, limit, |webhook| webhook.id, identity)
}

/// A webhook to be made.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWebhook)]
struct NewWebhook {
    /// What it is called: which system receives it.
    name: Line,
    /// Where changes are sent: an https address on the public internet.
    url: Link,
    /// The kinds that are sent: kinds of change such as `booking.confirmed`, or the word before the dot for all of one
    /// thing; all kinds where it is not given.
    #[schema(value_type = Option<Vec<String>>)]
    kinds: Option<Kinds>,
}

/// A webhook with a secret that was made for it.
#[derive(Serialize, ToSchema)]
#[schema(as = MadeWebhook)]
struct Made {
    /// The webhook.
    webhook: Webhook,
    /// The secret by which the receiver checks signatures, shown this once.
    secret: Secret,
}

/// Makes a webhook, which is sent what happens from now on
///
/// Each change is sent as a message of Standard Webhooks, signed by the secret, in the order of `/v1/changes`; what fails is
/// tried again for three days. The secret is in this answer and nowhere else.
#[utoipa::path(tag = "webhooks", request_body = NewWebhook, responses((status = 201, body = Made)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/webhooks")]
async fn create(call: Call, body: Body<NewWebhook>) -> Answer {
    let caller = call.allow()?;
    let NewWebhook { name, url, kinds } = body.parse()?;
    caller
        .write(body.bytes(), async |journal| {
            let wanted = Wanted { name: name.clone(), url: url.clone(), kinds: kinds.clone() };
            let (webhook, secret) =
                webhooks::create(journal, caller.vault(), &caller.app().settings.reach(), wanted).await?;
            let (location, version) = (format!("/v1/webhooks/{}", webhook.id), webhook.version);
            let made = Made { webhook, secret: Secret(secret.text()) };
            Ok(Reply::created(location, &made)?.with_version(version))
        })
        .await
}

/// One webhook
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), responses((status = 200, body = Webhook)), extensions(("x-roles" = json!(HUB))))]
#[get("/webhooks/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let webhook = known(&caller, &mut caller.read().await?).await?;
    Ok(Reply::ok(&webhook)?.with_version(webhook.version).into_response())
}

/// A webhook's record to be changed. What is not sent stays.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookChange)]
struct WebhookChange {
    /// The new name.
    name: Option<Line>,
    /// Where changes are sent from now on: also those that are tried again.
    url: Option<Link>,
    /// The kinds that are sent from now on; null for all.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    kinds: Change<Kinds>,
}

/// Gives a webhook another name, address or choice of kinds
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path), Changes), request_body = WebhookChange, responses((status = 200, body = Webhook)), extensions(("x-roles" = json!(MANAGER))))]
#[patch("/webhooks/{id}")]
async fn change(call: Call, body: Body<WebhookChange>) -> Answer {
    let caller = call.allow()?;
    let (sent, version) = (body.parse()?, caller.if_match()?);
    caller
        .write(body.bytes(), async |journal| {
            let old = known(&caller, journal.tx()).await?;
            let wanted = Wanted {
                name: sent.name.clone().unwrap_or(old.name),
                url: sent.url.clone().unwrap_or(old.url),
                kinds: Change(sent.kinds.0.clone()).over(old.kinds),
            };
            let webhook = webhooks::change(journal, &caller.app().settings.reach(), (old.id, version), wanted).await?;
            Ok(Reply::ok(&webhook)?.with_version(webhook.version))
        })
        .await
}

/// Deletes a webhook, with all that is kept of what it was sent
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), responses((status = 204)), extensions(("x-roles" = json!(MANAGER))))]
#[delete("/webhooks/{id}")]
async fn remove(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            webhooks::delete(journal, caller.id("id")?).await?;
            Ok(Reply::nothing())
        })
        .await
}

/// How a secret is replaced.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWebhookSecret)]
struct NewSecret {
    /// For how many hours the secret before signs too; 24 where it is not given, 0 ends it now.
    #[schema(minimum = 0, maximum = 168)]
    overlap_hours: Option<i64>,
}

/// Gives a webhook a new secret
///
/// Until the overlap is over, each message has a signature by either; of two old ones the older ends now. The secret is in
/// this answer and nowhere else.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), request_body = NewSecret, responses((status = 200, body = Made)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/webhooks/{id}/secret")]
async fn rotate(call: Call, body: Body<NewSecret>) -> Answer {
    let caller = call.allow()?;
    let hours = body.parse()?.overlap_hours.unwrap_or(24);
    caller
        .write(body.bytes(), async |journal| {
            let (webhook, secret) = webhooks::rotate(journal, caller.vault(), caller.id("id")?, hours).await?;
            Reply::ok(&Made { webhook, secret: Secret(secret.text()) })
        })
        .await
}

/// Pauses a webhook: nothing is sent until it is resumed
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), responses((status = 200, body = Webhook)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/webhooks/{id}/pause")]
async fn pause(call: Call) -> Answer {
    act(call, async |journal, id| webhooks::pause(journal, id).await).await
}

/// Lets a webhook that was paused or switched off go on where it stopped
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), responses((status = 200, body = Webhook)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/webhooks/{id}/resume")]
async fn resume(call: Call) -> Answer {
    act(call, async |journal, id| webhooks::resume(journal, id).await).await
}

async fn act(
    call: Call,
    operation: impl AsyncFn(&mut Journal, WebhookId) -> Result<Webhook, webhooks::Error>,
) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            let webhook = operation(journal, caller.id("id")?).await?;
            Ok(Reply::ok(&webhook)?.with_version(webhook.version))
        })
        .await
}

/// The webhook of the path.
pub(super) async fn known(caller: &Caller, tx: &mut Tx) -> Result<Webhook, Problem> {
    webhooks::get(tx, caller.hub(), caller.id("id")?).await?.ok_or_else(Problem::not_found)
}
