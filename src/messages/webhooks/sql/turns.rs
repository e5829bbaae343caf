//! Every statement of the turns: whose it is to send, and how far they have come.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, WebhookId};
use crate::base::text::Link;
use crate::messages::webhooks::{Due, Kinds, State};

/// A webhook as whoever has its turn needs it.
#[derive(Clone, sqlx::FromRow)]
pub(in crate::messages::webhooks) struct Standing {
    pub(in crate::messages::webhooks) url: Link,
    pub(in crate::messages::webhooks) kinds: Option<Kinds>,
    pub(in crate::messages::webhooks) state: State,
    pub(in crate::messages::webhooks) secret: Vec<u8>,
    pub(in crate::messages::webhooks) old_secret: Option<Vec<u8>>,
    pub(in crate::messages::webhooks) old_secret_until: Option<DateTime<Utc>>,
    pub(in crate::messages::webhooks) sent_to: i64,
    pub(in crate::messages::webhooks) failing_since: Option<DateTime<Utc>>,
    pub(in crate::messages::webhooks) due_at: DateTime<Utc>,
    pub(in crate::messages::webhooks) version: i64,
}

/// The columns of it.
macro_rules! columns {
    () => {
        "url, kinds, state, secret, old_secret, old_secret_until, sent_to, failing_since, due_at, version"
    };
}

/// The webhooks of all hubs for which there is something to send, and nobody does.
pub(in crate::messages::webhooks) async fn due(tx: &mut Tx, now: DateTime<Utc>, limit: i64) -> Result<Vec<Due>> {
    tx.query(
        "SELECT w.hub_id, w.id FROM webhooks w JOIN ledger_heads h ON h.hub_id = w.hub_id
         WHERE (w.turn_until IS NULL OR w.turn_until <= $1)
           AND ((w.state = 'active' AND w.due_at <= $1
                 AND (h.changes > w.sent_to
                      OR EXISTS (SELECT 1 FROM webhook_deliveries d
                                 WHERE d.hub_id = w.hub_id AND d.webhook_id = w.id AND d.state = 'pending')))
                OR EXISTS (SELECT 1 FROM webhook_deliveries d
                           WHERE d.hub_id = w.hub_id AND d.webhook_id = w.id AND d.asked))
         ORDER BY w.due_at, w.id LIMIT $2",
    )
    .bind(now)
    .bind(limit)
    .all()
    .await
}

/// Takes the turn of a webhook, where nobody has it and no more than `most` of its hub have theirs.
pub(in crate::messages::webhooks) async fn take(
    tx: &mut Tx,
    (hub, id): (HubId, WebhookId),
    turn: Uuid,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
    most: i64,
) -> Result<Option<Standing>> {
    tx.query(concat!(
        "UPDATE webhooks SET turn = $3, turn_until = $5
         WHERE hub_id = $1 AND id = $2 AND (turn_until IS NULL OR turn_until <= $4)
           AND (SELECT COUNT(*) FROM webhooks o WHERE o.hub_id = $1 AND o.turn_until > $4) < $6
         RETURNING ",
        columns!()
    ))
    .bind(hub)
    .bind(id)
    .bind(turn)
    .bind(now)
    .bind(until)
    .bind(most)
    .optional()
    .await
}

/// Writes down how far it was sent, and keeps the turn; none where it is somebody else's by now.
pub(in crate::messages::webhooks) async fn keep(
    tx: &mut Tx,
    (hub, id): (HubId, WebhookId),
    (turn, until): (Uuid, DateTime<Utc>),
    standing: &Standing,
) -> Result<Option<Standing>> {
    tx.query(concat!(
        "UPDATE webhooks SET turn_until = $4, sent_to = $5, failing_since = $6, due_at = $7
         WHERE hub_id = $1 AND id = $2 AND turn = $3 RETURNING ",
        columns!()
    ))
    .bind(hub)
    .bind(id)
    .bind(turn)
    .bind(until)
    .bind(standing.sent_to)
    .bind(standing.failing_since)
    .bind(standing.due_at)
    .optional()
    .await
}

/// Gives the turn back, with how far the feed was looked through.
pub(in crate::messages::webhooks) async fn give_back(
    tx: &mut Tx,
    (hub, id): (HubId, WebhookId),
    turn: Uuid,
    sent_to: i64,
) -> Result<Changed> {
    tx.query(
        "UPDATE webhooks SET turn = NULL, turn_until = NULL, sent_to = $4 WHERE hub_id = $1 AND id = $2 AND turn = $3",
    )
    .bind(hub)
    .bind(id)
    .bind(turn)
    .bind(sent_to)
    .run()
    .await
}
