//! Every statement of what was sent.

use uuid::Uuid;

use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{DeliveryId, HubId, WebhookId};
use crate::messages::webhooks::{Attempt, Delivery, DeliveryState};

/// The columns of a delivery.
macro_rules! columns {
    () => {
        "id, message_id, sequence, kind, state, asked, attempts, begun_at, next_at, ended_at"
    };
}

pub(in crate::messages::webhooks) async fn insert(
    tx: &mut Tx,
    hub: HubId,
    webhook: WebhookId,
    delivery: &Delivery,
) -> Result<Changed> {
    tx.query(
        "INSERT INTO webhook_deliveries (hub_id, webhook_id, id, message_id, sequence, kind, state, asked, attempts, begun_at, next_at, ended_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(hub)
    .bind(webhook)
    .bind(delivery.id)
    .bind(delivery.message_id.clone())
    .bind(delivery.sequence)
    .bind(delivery.kind.clone())
    .bind(delivery.state)
    .bind(delivery.asked)
    .bind(delivery.attempts)
    .bind(delivery.begun_at)
    .bind(delivery.next_at)
    .bind(delivery.ended_at)
    .run()
    .await
}

pub(in crate::messages::webhooks) async fn update(tx: &mut Tx, hub: HubId, delivery: &Delivery) -> Result<Changed> {
    tx.query(
        "UPDATE webhook_deliveries SET state = $3, asked = $4, attempts = $5, next_at = $6, ended_at = $7
         WHERE hub_id = $1 AND id = $2",
    )
    .bind(hub)
    .bind(delivery.id)
    .bind(delivery.state)
    .bind(delivery.asked)
    .bind(delivery.attempts)
    .bind(delivery.next_at)
    .bind(delivery.ended_at)
    .run()
    .await
}

pub(in crate::messages::webhooks) async fn insert_attempt(
    tx: &mut Tx,
    hub: HubId,
    delivery: DeliveryId,
    attempt: &Attempt,
) -> Result<Changed> {
    tx.query(
        "INSERT INTO webhook_attempts (hub_id, delivery_id, number, at, took_ms, status, failure, answer)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(hub)
    .bind(delivery)
    .bind(attempt.number)
    .bind(attempt.at)
    .bind(attempt.took_ms)
    .bind(attempt.status)
    .bind(attempt.failure)
    .bind(attempt.answer.clone())
    .run()
    .await
}

pub(in crate::messages::webhooks) async fn get(
    tx: &mut Tx,
    hub: HubId,
    webhook: WebhookId,
    id: DeliveryId,
) -> Result<Option<Delivery>> {
    tx.query(concat!(
        "SELECT ",
        columns!(),
        " FROM webhook_deliveries WHERE hub_id = $1 AND webhook_id = $2 AND id = $3"
    ))
    .bind(hub)
    .bind(webhook)
    .bind(id)
    .optional()
    .await
}

/// Those of a webhook, the newest first.
pub(in crate::messages::webhooks) async fn list(
    tx: &mut Tx,
    hub: HubId,
    webhook: WebhookId,
    state: Option<DeliveryState>,
    before: Option<DeliveryId>,
    limit: i64,
) -> Result<Vec<Delivery>> {
    tx.query(concat!(
        "SELECT ",
        columns!(),
        " FROM webhook_deliveries
         WHERE hub_id = $1 AND webhook_id = $2 AND id < $3 AND ($4 IS NULL OR state = $4)
         ORDER BY id DESC LIMIT $5"
    ))
    .bind(hub)
    .bind(webhook)
    .bind(before.unwrap_or(DeliveryId(Uuid::max())))
    .bind(state)
    .bind(limit)
    .all()
    .await
}

pub(in crate::messages::webhooks) async fn attempts(tx: &mut Tx, hub: HubId, id: DeliveryId) -> Result<Vec<Attempt>> {
    tx.query(
        "SELECT number, at, took_ms, status, failure, answer FROM webhook_attempts
         WHERE hub_id = $1 AND delivery_id = $2 ORDER BY number",
    )
    .bind(hub)
    .bind(id)
    .all()
    .await
}

/// The one that was asked for first, of those that are to be sent at once.
pub(in crate::messages::webhooks) async fn asked(
    tx: &mut Tx,
    hub: HubId,
    webhook: WebhookId,
) -> Result<Option<Delivery>> {
    tx.query(concat!(
        "SELECT ",
        columns!(),
        " FROM webhook_deliveries WHERE hub_id = $1 AND webhook_id = $2 AND asked ORDER BY id LIMIT 1"
    ))
    .bind(hub)
    .bind(webhook)
    .optional()
    .await
}

/// The change that is tried again before those after it.
pub(in crate::messages::webhooks) async fn waiting(
    tx: &mut Tx,
    hub: HubId,
    webhook: WebhookId,
) -> Result<Option<Delivery>> {
    tx.query(concat!(
        "SELECT ",
        columns!(),
        " FROM webhook_deliveries
         WHERE hub_id = $1 AND webhook_id = $2 AND state = 'pending' AND sequence IS NOT NULL ORDER BY id LIMIT 1"
    ))
    .bind(hub)
    .bind(webhook)
    .optional()
    .await
}

pub(in crate::messages::webhooks) async fn ask(tx: &mut Tx, hub: HubId, id: DeliveryId) -> Result<Changed> {
    tx.query("UPDATE webhook_deliveries SET asked = TRUE WHERE hub_id = $1 AND id = $2").bind(hub).bind(id).run().await
}

pub(in crate::messages::webhooks) async fn outlived(tx: &mut Tx, hub: HubId, before: DeliveryId) -> Result<bool> {
    let found: Option<(DeliveryId,)> = tx
        .query(
            "SELECT id FROM webhook_deliveries
             WHERE hub_id = $1 AND id < $2 AND state <> 'pending' AND NOT asked LIMIT 1",
        )
        .bind(hub)
        .bind(before)
        .optional()
        .await?;
    Ok(found.is_some())
}

pub(in crate::messages::webhooks) async fn purge_attempts(
    tx: &mut Tx,
    hub: HubId,
    before: DeliveryId,
) -> Result<Changed> {
    tx.query(
        "DELETE FROM webhook_attempts WHERE hub_id = $1
           AND delivery_id IN (SELECT id FROM webhook_deliveries
                               WHERE hub_id = $1 AND id < $2 AND state <> 'pending' AND NOT asked)",
    )
    .bind(hub)
    .bind(before)
    .run()
    .await
}

pub(in crate::messages::webhooks) async fn purge(tx: &mut Tx, hub: HubId, before: DeliveryId) -> Result<Changed> {
    tx.query("DELETE FROM webhook_deliveries WHERE hub_id = $1 AND id < $2 AND state <> 'pending' AND NOT asked")
        .bind(hub)
        .bind(before)
        .run()
        .await
}

/// How many were asked for and are still to be sent.
pub(in crate::messages::webhooks) async fn count_asked(tx: &mut Tx, hub: HubId, webhook: WebhookId) -> Result<i64> {
    let (count,): (i64,) = tx
        .query("SELECT COUNT(*) FROM webhook_deliveries WHERE hub_id = $1 AND webhook_id = $2 AND asked")
        .bind(hub)
        .bind(webhook)
        .one()
        .await?;
    Ok(count)
}
