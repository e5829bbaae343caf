//! What was sent, each time that it was, and what is asked to be sent: a test, or something once more.

use chrono::{DateTime, TimeDelta, Utc};

use super::sql::deliveries as sql;
use super::{Error, known, message};
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{DeliveryId, HubId, WebhookId};
use crate::base::outbound::Failure;
use crate::ledger::Journal;
use crate::ledger::changes;

/// How long it is kept what was sent, in days.
const KEPT_DAYS: i64 = 30;

/// How many may be asked for at once.
const MOST_ASKED: i64 = 100;

words!(/** What became of a delivery. */ DeliveryState {
    /// It is still tried.
    Pending = "pending",
    /// The receiver answered with a status of 2xx.
    Delivered = "delivered",
    /// It was given up.
    Failed = "failed",
});

/// Something that was or is to be sent.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Delivery {
    /// The delivery's id.
    pub id: DeliveryId,
    /// What is sent as `webhook-id`: the same however often it is sent.
    pub message_id: String,
    /// The number of the change; null for a test.
    pub sequence: Option<i64>,
    /// The kind of change, or `webhook.ping` for a test.
    pub kind: String,
    /// What became of it.
    pub state: DeliveryState,
    /// Whether somebody asked for it to be sent, and that is still to be done.
    pub asked: bool,
    /// How often it was sent.
    pub attempts: i64,
    /// When it was first sent, or asked for.
    pub begun_at: DateTime<Utc>,
    /// When it is tried again; null where it is not.
    pub next_at: Option<DateTime<Utc>>,
    /// When it arrived or was given up.
    pub ended_at: Option<DateTime<Utc>>,
}

/// One time that something was sent.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Attempt {
    /// The how manieth time it was, from 1.
    pub number: i64,
    /// When it was sent.
    pub at: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
    /// The status of the answer; null where none came.
    pub status: Option<i64>,
    /// Why it did not arrive; null where it did.
    pub failure: Option<Failure>,
    /// The first kilobyte of the answer; null where none came.
    pub answer: Option<String>,
}

/// A page of what was sent to a webhook, the newest first, before one.
pub async fn deliveries(
    tx: &mut Tx,
    (hub, webhook): (HubId, WebhookId),
    state: Option<DeliveryState>,
    before: Option<DeliveryId>,
    limit: i64,
) -> Result<Vec<Delivery>, db::Error> {
    sql::list(tx, hub, webhook, state, before, limit).await
}

/// One delivery of a webhook.
pub async fn delivery(
    tx: &mut Tx,
    (hub, webhook): (HubId, WebhookId),
    id: DeliveryId,
) -> Result<Option<Delivery>, db::Error> {
    sql::get(tx, hub, webhook, id).await
}

/// Each time that something was sent, in order.
pub async fn attempts(tx: &mut Tx, hub: HubId, id: DeliveryId) -> Result<Vec<Attempt>, db::Error> {
    sql::attempts(tx, hub, id).await
}

/// Asks for a test, which is sent once, at once, whatever the state of the webhook.
pub async fn ping(journal: &mut Journal, webhook: WebhookId) -> Result<Delivery, Error> {
    known(journal, webhook).await?;
    room(journal, webhook).await?;
    let (hub, id) = (journal.hub(), DeliveryId(journal.new_id()));
    let ping = Delivery {
        id,
        message_id: message::id_of_ping(id),
        sequence: None,
        kind: message::PING.to_owned(),
        state: DeliveryState::Pending,
        asked: true,
        attempts: 0,
        begun_at: journal.now(),
        next_at: None,
        ended_at: None,
    };
    sql::insert(journal.tx(), hub, webhook, &ping).await?.exactly(1)?;
    Ok(ping)
}

/// Asks for something to be sent once more, at once, with the same id.
pub async fn redeliver(journal: &mut Journal, webhook: WebhookId, id: DeliveryId) -> Result<Delivery, Error> {
    let hub = journal.hub();
    let found = sql::get(journal.tx(), hub, webhook, id).await?.ok_or(Error::Unknown)?;
    room(journal, webhook).await?;
    sql::ask(journal.tx(), hub, id).await?.exactly(1)?;
    Ok(Delivery { asked: true, ..found })
}

async fn room(journal: &mut Journal, webhook: WebhookId) -> Result<(), Error> {
    let hub = journal.hub();
    if sql::count_asked(journal.tx(), hub, webhook).await? >= MOST_ASKED {
        return Err(Error::TooManyAsked);
    }
    Ok(())
}

/// Whether there is something that is kept no longer.
pub async fn to_purge(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<bool, db::Error> {
    sql::outlived(tx, hub, first_kept(now)).await
}

/// Removes what was sent more than thirty days ago.
pub async fn purge(journal: &mut Journal) -> Result<(), db::Error> {
    let (hub, first) = (journal.hub(), first_kept(journal.now()));
    sql::purge_attempts(journal.tx(), hub, first).await?.any();
    sql::purge(journal.tx(), hub, first).await?.any();
    Ok(())
}

/// What ended before this is kept no longer at `now`.
fn first_kept(now: DateTime<Utc>) -> DateTime<Utc> {
    now - TimeDelta::days(KEPT_DAYS)
}

/// The body that is sent for a delivery. Its change is in the feed, from which nothing is ever removed.
pub(super) async fn body(
    tx: &mut Tx,
    (hub, webhook): (HubId, WebhookId),
    delivery: &Delivery,
) -> Result<String, db::Error> {
    let Some(sequence) = delivery.sequence else { return message::of_ping(webhook, delivery.begun_at) };
    let change = changes::numbered(tx, hub, sequence).await?;
    message::of_change(&change.ok_or_else(db::Error::vanished)?)
}
