//! Every statement of the webhooks themselves.

pub(super) mod deliveries;
pub(super) mod turns;

use chrono::{DateTime, Utc};

use super::{Because, Wanted, Webhook};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, WebhookId};

/// The columns of a webhook.
macro_rules! columns {
    () => {
        "id, name, url, kinds, state, disabled_because, old_secret_until, sent_to, failing_since, version, created_at, created_by"
    };
}

pub(super) async fn insert(tx: &mut Tx, hub: HubId, webhook: &Webhook, secret: Vec<u8>) -> Result<Changed> {
    tx.query(
        "INSERT INTO webhooks (hub_id, id, name, url, kinds, state, secret, sent_to, due_at, version, created_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9, $11)",
    )
    .bind(hub)
    .bind(webhook.id)
    .bind(webhook.name.clone())
    .bind(webhook.url.clone())
    .bind(webhook.kinds.clone())
    .bind(webhook.state)
    .bind(secret)
    .bind(webhook.sent_to)
    .bind(webhook.created_at)
    .bind(webhook.version)
    .bind(webhook.created_by)
    .run()
    .await
}

pub(super) async fn count(tx: &mut Tx, hub: HubId) -> Result<i64> {
    let (count,): (i64,) = tx.query("SELECT COUNT(*) FROM webhooks WHERE hub_id = $1").bind(hub).one().await?;
    Ok(count)
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, id: WebhookId) -> Result<Option<Webhook>> {
    tx.query(concat!("SELECT ", columns!(), " FROM webhooks WHERE hub_id = $1 AND id = $2"))
        .bind(hub)
        .bind(id)
        .optional()
        .await
}

pub(super) async fn list(tx: &mut Tx, hub: HubId, after: Option<WebhookId>, limit: i64) -> Result<Vec<Webhook>> {
    tx.query(concat!(
        "SELECT ",
        columns!(),
        " FROM webhooks WHERE hub_id = $1 AND ($2 IS NULL OR id > $2) ORDER BY id LIMIT $3"
    ))
    .bind(hub)
    .bind(after)
    .bind(limit)
    .all()
    .await
}

pub(super) async fn change(
    tx: &mut Tx,
    hub: HubId,
    (id, version): (WebhookId, i64),
    wanted: Wanted,
) -> Result<Option<Webhook>> {
    tx.query(concat!(
        "UPDATE webhooks SET name = $4, url = $5, kinds = $6, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND version = $3 RETURNING ",
        columns!()
    ))
    .bind(hub)
    .bind(id)
    .bind(version)
    .bind(wanted.name)
    .bind(wanted.url)
    .bind(wanted.kinds)
    .optional()
    .await
}

pub(super) async fn pause(tx: &mut Tx, hub: HubId, id: WebhookId) -> Result<Changed> {
    tx.query("UPDATE webhooks SET state = 'paused', version = version + 1 WHERE hub_id = $1 AND id = $2 AND state = 'active'")
        .bind(hub)
        .bind(id)
        .run()
        .await
}

pub(super) async fn resume(tx: &mut Tx, hub: HubId, id: WebhookId, now: DateTime<Utc>) -> Result<Changed> {
    tx.query(
        "UPDATE webhooks
         SET state = 'active', disabled_because = NULL, failing_since = NULL, due_at = $3, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND state <> 'active'",
    )
    .bind(hub)
    .bind(id)
    .bind(now)
    .run()
    .await
}

/// Gives what is to be tried again its whole time.
pub(super) async fn begin_anew(tx: &mut Tx, hub: HubId, id: WebhookId, now: DateTime<Utc>) -> Result<Changed> {
    tx.query(
        "UPDATE webhook_deliveries SET begun_at = $3, next_at = $3
         WHERE hub_id = $1 AND webhook_id = $2 AND state = 'pending' AND sequence IS NOT NULL",
    )
    .bind(hub)
    .bind(id)
    .bind(now)
    .run()
    .await
}

pub(super) async fn disable(tx: &mut Tx, hub: HubId, id: WebhookId, because: Because) -> Result<Changed> {
    tx.query(
        "UPDATE webhooks SET state = 'disabled', disabled_because = $3, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND state = 'active'",
    )
    .bind(hub)
    .bind(id)
    .bind(because)
    .run()
    .await
}

pub(super) async fn rotate(
    tx: &mut Tx,
    hub: HubId,
    id: WebhookId,
    secret: Vec<u8>,
    old_until: Option<DateTime<Utc>>,
) -> Result<Changed> {
    tx.query(
        "UPDATE webhooks
         SET old_secret = CASE WHEN $4 IS NULL THEN NULL ELSE secret END, old_secret_until = $4, secret = $3,
             version = version + 1
         WHERE hub_id = $1 AND id = $2",
    )
    .bind(hub)
    .bind(id)
    .bind(secret)
    .bind(old_until)
    .run()
    .await
}

pub(super) async fn delete_attempts(tx: &mut Tx, hub: HubId, id: WebhookId) -> Result<Changed> {
    tx.query(
        "DELETE FROM webhook_attempts WHERE hub_id = $1
           AND delivery_id IN (SELECT id FROM webhook_deliveries WHERE hub_id = $1 AND webhook_id = $2)",
    )
    .bind(hub)
    .bind(id)
    .run()
    .await
}

pub(super) async fn delete_deliveries(tx: &mut Tx, hub: HubId, id: WebhookId) -> Result<Changed> {
    tx.query("DELETE FROM webhook_deliveries WHERE hub_id = $1 AND webhook_id = $2").bind(hub).bind(id).run().await
}

pub(super) async fn delete(tx: &mut Tx, hub: HubId, id: WebhookId) -> Result<Changed> {
    tx.query("DELETE FROM webhooks WHERE hub_id = $1 AND id = $2").bind(hub).bind(id).run().await
}

/// The secrets of a webhook, as they are sealed.
#[derive(sqlx::FromRow)]
pub(super) struct Sealed {
    pub(super) id: WebhookId,
    pub(super) secret: Vec<u8>,
    pub(super) old_secret: Option<Vec<u8>>,
}

impl Sealed {
    pub(super) fn is_sealed_by(&self, key: &[u8]) -> bool {
        self.secret.starts_with(key) && self.old_secret.as_ref().is_none_or(|old| old.starts_with(key))
    }
}

/// The secrets of every webhook of the hub.
pub(super) async fn sealed(tx: &mut Tx, hub: HubId) -> Result<Vec<Sealed>> {
    tx.query("SELECT id, secret, old_secret FROM webhooks WHERE hub_id = $1 ORDER BY id").bind(hub).all().await
}

pub(super) async fn put_sealed(
    tx: &mut Tx,
    hub: HubId,
    id: WebhookId,
    secret: Vec<u8>,
    old: Option<Vec<u8>>,
) -> Result<Changed> {
    tx.query("UPDATE webhooks SET secret = $3, old_secret = $4 WHERE hub_id = $1 AND id = $2")
        .bind(hub)
        .bind(id)
        .bind(secret)
        .bind(old)
        .run()
        .await
}
