//! What is sent: a change as its entry in the feed has it, or a test.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::base::ids::{DeliveryId, WebhookId};
use crate::ledger::changes::{Entry, Recorded};

/// The kind of a test.
pub const PING: &str = "webhook.ping";

/// A message as it is sent (Standard Webhooks).
#[derive(Serialize)]
struct Message<T> {
    r#type: &'static str,
    timestamp: DateTime<Utc>,
    data: T,
}

/// The data of a test.
#[derive(Serialize)]
struct Ping {
    webhook_id: WebhookId,
}

/// The body for a change.
pub(super) fn of_change(change: &Recorded) -> serde_json::Result<String> {
    let (r#type, timestamp) = (change.kind.as_str(), change.recorded_at);
    serde_json::to_string(&Message { r#type, timestamp, data: Entry::from(change.clone()) })
}

/// The body of a test.
pub(super) fn of_ping(webhook_id: WebhookId, timestamp: DateTime<Utc>) -> serde_json::Result<String> {
    serde_json::to_string(&Message { r#type: PING, timestamp, data: Ping { webhook_id } })
}

/// The id of the message with a change, the same however often it is sent.
pub(super) fn id_of_change(webhook: WebhookId, sequence: i64) -> String {
    format!("msg_{}_{sequence}", webhook.0.simple())
}

/// The id of a test.
pub(super) fn id_of_ping(delivery: DeliveryId) -> String {
    format!("msg_{}", delivery.0.simple())
}
