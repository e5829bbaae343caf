//! A turn: somebody sends to a webhook what there is to send, and nobody else does meanwhile.
//!
//! What is asked for comes first, then the change that is tried again, then the feed. Each delivery is written down in a
//! transaction of its own, which does not take the hub's lock; no transaction is open while an answer is awaited. Whoever
//! fails half way loses the turn after [`LASTS`], and what was sent and not written down is sent again with the same id.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;
use uuid::Uuid;

use super::deliveries::{Attempt, Delivery, DeliveryState, body};
use super::secret::Secret;
use super::sql::deliveries as sql;
use super::sql::turns::{self, Standing};
use super::{Because, State, message, schedule, signing};
use crate::base::clock::{Clock, new_id};
use crate::base::db::{self, Db, Tx};
use crate::base::ids::{DeliveryId, HubId, WebhookId};
use crate::base::outbound::{Outbound, Outcome};
use crate::base::vault::Vault;
use crate::ledger::changes::{self, Recorded};

/// How many webhooks of one hub are sent to at once.
pub const PER_HUB: i64 = 4;

/// How long a turn lasts without a sign of whoever has it: longer than any answer is awaited.
const LASTS: TimeDelta = TimeDelta::seconds(60);

/// How much is sent in one turn.
const MOST: usize = 200;

/// How long a turn goes on with something new.
const GOES_ON: Duration = Duration::from_secs(30);

/// How many changes are read at once, and how often in one turn.
const READ: i64 = 200;
const READS: usize = 20;

/// A webhook to which there is something to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Due {
    /// Its hub.
    pub hub_id: HubId,
    /// Its id.
    pub id: WebhookId,
}

/// The webhooks of all hubs for which there is something to send, the longest due first.
pub async fn due(tx: &mut Tx, now: DateTime<Utc>, limit: i64) -> Result<Vec<Due>, db::Error> {
    turns::due(tx, now, limit).await
}

/// What a turn is taken with.
#[derive(Clone)]
pub struct Sender {
    /// The database.
    pub db: Db,
    /// What opens the secrets.
    pub vault: Vault,
    /// What sends.
    pub outbound: Outbound,
    /// The time.
    pub clock: Clock,
}

/// What there is to send.
struct Next {
    delivery: Delivery,
    /// Whether it is read from the feed and not written down yet.
    new: bool,
    body: String,
}

/// How a turn goes on after something was sent.
#[derive(PartialEq, Eq)]
enum Then {
    /// With the next.
    GoesOn,
    /// It ends: something is to be tried again, or the webhook was changed.
    Ends,
    /// It ends: the receiver is gone.
    Gone,
    /// It is somebody else's by now.
    Lost,
}

struct Turn {
    due: Due,
    token: Uuid,
    standing: Standing,
    /// What was read of the feed and is to be sent.
    ahead: VecDeque<Recorded>,
    looked_to: i64,
}

impl Sender {
    /// Sends a webhook what there is to send, where nobody else does. Returns why it is to be switched off, where it is.
    pub async fn turn(&self, due: Due) -> Result<Option<Because>, db::Error> {
        let Some(mut turn) = self.taken(due).await? else { return Ok(None) };
        let (began, mut then) = (Instant::now(), Then::GoesOn);
        for _ in 0..MOST {
            if then != Then::GoesOn || began.elapsed() > GOES_ON {
                break;
            }
            let Some(next) = turn.next(self).await? else { break };
            then = turn.send(self, next).await?;
        }
        if then == Then::Lost {
            return Ok(None);
        }
        turn.give_back(&self.db).await?;
        let active = turn.standing.state == State::Active;
        let failing = schedule::is_over(turn.standing.failing_since, self.clock.now());
        Ok(match then {
            _ if !active => None,
            Then::Gone => Some(Because::Gone),
            _ => failing.then_some(Because::Failing),
        })
    }

    async fn taken(&self, due: Due) -> Result<Option<Turn>, db::Error> {
        let (now, of) = (self.clock.now(), (due.hub_id, due.id));
        let token = new_id(now);
        let standing = db::retrying(async || {
            let mut tx = self.db.write(due.hub_id).await?;
            let standing = turns::take(&mut tx, of, token, (now, now + LASTS), PER_HUB).await?;
            tx.commit().await?;
            Ok::<_, db::Error>(standing)
        })
        .await?;
        Ok(standing.map(|standing| {
            let looked_to = standing.sent_to;
            Turn { due, token, standing, ahead: VecDeque::new(), looked_to }
        }))
    }
}

impl Turn {
    fn of(&self) -> (HubId, WebhookId) {
        (self.due.hub_id, self.due.id)
    }

    /// What is to be sent next.
    async fn next(&mut self, sender: &Sender) -> Result<Option<Next>, db::Error> {
        let (of, now) = (self.of(), sender.clock.now());
        let mut tx = sender.db.read(of.0).await?;
        let mut known = sql::asked(&mut tx, of.0, of.1).await?;
        let in_turn = self.standing.state == State::Active && self.standing.due_at <= now;
        if known.is_none() && in_turn {
            known = sql::waiting(&mut tx, of.0, of.1).await?;
        }
        if let Some(delivery) = known {
            let Some(body) = body(&mut tx, of, &delivery).await? else { return Ok(None) };
            return Ok(Some(Next { delivery, new: false, body }));
        }
        if !in_turn {
            return Ok(None);
        }
        let Some(change) = self.next_of_feed(&mut tx).await? else { return Ok(None) };
        let Ok(body) = message::of_change(&change) else { return Ok(None) };
        let delivery = Delivery {
            id: DeliveryId(new_id(now)),
            message_id: message::id_of_change(of.1, change.sequence),
            sequence: Some(change.sequence),
            kind: change.kind.as_str().to_owned(),
            state: DeliveryState::Pending,
            asked: false,
            attempts: 0,
            begun_at: now,
            next_at: None,
            ended_at: None,
        };
        Ok(Some(Next { delivery, new: true, body }))
    }

    /// The next change of the feed that is of the chosen kinds.
    async fn next_of_feed(&mut self, tx: &mut Tx) -> Result<Option<Recorded>, db::Error> {
        for _ in 0..READS {
            if let Some(change) = self.ahead.pop_front() {
                return Ok(Some(change));
            }
            let page = changes::after(tx, self.due.hub_id, self.looked_to, None, READ).await?;
            let kinds = self.standing.kinds.as_ref();
            self.looked_to = page.looked_to;
            self.ahead.extend(page.changes.into_iter().filter(|change| kinds.is_none_or(|it| it.take(change.kind))));
            if self.ahead.is_empty() && page.looked_to >= page.last {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// Sends it, and writes down what came of it.
    async fn send(&mut self, sender: &Sender, next: Next) -> Result<Then, db::Error> {
        let at = sender.clock.now();
        let (Some(secrets), Ok(url)) = (self.secrets(sender, at), Url::parse(self.standing.url.as_str())) else {
            tracing::error!(hub = %self.due.hub_id, webhook = %self.due.id, "a webhook's secret can't be opened");
            return Ok(Then::Ends);
        };
        let headers = signing::headers(&next.delivery.message_id, at, &next.body, &secrets);
        let outcome = sender.outbound.post(&url, headers, next.body.clone()).await;
        let Next { delivery, new, .. } = next;
        let (delivery, then) = self.after(delivery, &outcome, sender.clock.now());
        let attempt = Attempt {
            number: delivery.attempts,
            at,
            took_ms: i64::try_from(outcome.took.as_millis()).unwrap_or(i64::MAX),
            status: outcome.status.map(i64::from),
            failure: outcome.failure,
            answer: outcome.answer,
        };
        let until = sender.clock.now() + LASTS;
        let kept = db::retrying(async || self.written(&sender.db, until, (&delivery, new), &attempt).await).await?;
        let Some(standing) = kept else { return Ok(Then::Lost) };
        let changed = standing.version != self.standing.version;
        self.standing = standing;
        Ok(if changed && then == Then::GoesOn { Then::Ends } else { then })
    }

    /// The secrets that sign at `now`, the newest first.
    fn secrets(&self, sender: &Sender, now: DateTime<Utc>) -> Option<Vec<Secret>> {
        let Standing { secret, old_secret, old_secret_until, .. } = &self.standing;
        let old = old_secret.as_ref().filter(|_| old_secret_until.is_some_and(|until| until > now));
        let sealed = std::iter::once(secret).chain(old);
        sealed.map(|sealed| Secret::open(&sender.vault, self.due.hub_id, self.due.id, sealed).ok()).collect()
    }

    /// What becomes of a delivery and of its webhook.
    fn after(&mut self, before: Delivery, outcome: &Outcome, now: DateTime<Utc>) -> (Delivery, Then) {
        let by_hand = before.asked;
        let mut delivery = Delivery { attempts: before.attempts + 1, asked: false, ..before };
        if let Some(sequence) = delivery.sequence {
            self.standing.sent_to = self.standing.sent_to.max(sequence);
        }
        if outcome.failure.is_none() {
            if delivery.state == DeliveryState::Pending && delivery.sequence.is_some() {
                self.standing.due_at = now;
            }
            self.standing.failing_since = None;
            let ended = Delivery { state: DeliveryState::Delivered, next_at: None, ended_at: Some(now), ..delivery };
            return (ended, Then::GoesOn);
        }
        let gone = outcome.status == Some(410);
        if by_hand {
            if delivery.sequence.is_none() {
                (delivery.state, delivery.ended_at) = (DeliveryState::Failed, Some(now));
            }
            return (delivery, if gone { Then::Gone } else { Then::GoesOn });
        }
        self.standing.failing_since.get_or_insert(delivery.begun_at);
        delivery.next_at = schedule::again(delivery.begun_at, now);
        let Some(next) = delivery.next_at else {
            (delivery.state, delivery.ended_at) = (DeliveryState::Failed, Some(now));
            return (delivery, if gone { Then::Gone } else { Then::GoesOn });
        };
        self.standing.due_at = next;
        (delivery, if gone { Then::Gone } else { Then::Ends })
    }

    async fn written(
        &self,
        db: &Db,
        until: DateTime<Utc>,
        (delivery, new): (&Delivery, bool),
        attempt: &Attempt,
    ) -> Result<Option<Standing>, db::Error> {
        let hub = self.due.hub_id;
        let mut tx = db.write(hub).await?;
        let kept = turns::keep(&mut tx, self.of(), (self.token, until), &self.standing).await?;
        if kept.is_none() {
            return Ok(None);
        }
        match new {
            true => sql::insert(&mut tx, hub, self.due.id, delivery).await?.exactly(1)?,
            false => sql::update(&mut tx, hub, delivery).await?.exactly(1)?,
        }
        sql::insert_attempt(&mut tx, hub, delivery.id, attempt).await?.exactly(1)?;
        tx.commit().await?;
        Ok(kept)
    }

    async fn give_back(&self, db: &Db) -> Result<(), db::Error> {
        // What was read and not sent is read again.
        let sent_to =
            if self.ahead.is_empty() { self.looked_to.max(self.standing.sent_to) } else { self.standing.sent_to };
        db::retrying(async || {
            let mut tx = db.write(self.due.hub_id).await?;
            turns::give_back(&mut tx, self.of(), self.token, sent_to).await?.any();
            tx.commit().await
        })
        .await
    }
}
