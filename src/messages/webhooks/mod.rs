//! Webhooks: other systems that are sent the hub's changes, each with the entry of the feed `/v1/changes`, signed as
//! [Standard Webhooks](https://www.standardwebhooks.com) says.
//!
//! Nobody who changes something pays for it: what is sent is read from the feed, behind what was sent before, by whoever
//! has [the turn](turn) of the webhook. Each gets the changes in their order, one at a time; one that can't be
//! delivered holds up those after it until it is given up ([`schedule`]). Secrets are shown once and kept sealed.

mod deliveries;
mod kinds;
mod message;
mod schedule;
mod secret;
mod signing;
mod sql;
mod turn;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

pub use deliveries::{
    Attempt, Delivery, DeliveryState, attempts, deliveries, delivery, ping, purge, redeliver, to_purge,
};
pub use kinds::{Kinds, Topic};
pub use message::PING;
pub use secret::Secret;
pub use turn::{Due, PER_HUB, Sender, due};

use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId, WebhookId};
use crate::base::outbound::Reach;
use crate::base::text::{Line, Link};
use crate::base::vault::{self, Vault};
use crate::ledger::Journal;
use crate::ledger::changes::{self, Change, Kind};

/// The most webhooks that a hub has.
pub const MOST: i64 = 20;

/// The longest that an old secret signs beside the new one, in hours.
pub const LONGEST_OVERLAP: i64 = 7 * 24;

words!(/** Whether a webhook is sent anything. */ State {
    /// It is sent what happens.
    Active = "active",
    /// A manager paused it: it goes on where it stopped.
    Paused = "paused",
    /// It was switched off because its receiver is gone or has failed; resumed, it goes on where it stopped.
    Disabled = "disabled",
});

words!(/** Why a webhook was switched off. */ Because {
    /// Its receiver answered 410.
    Gone = "gone",
    /// Nothing has arrived for three days.
    Failing = "failing",
});

/// A webhook.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Webhook {
    /// The webhook's id.
    pub id: WebhookId,
    /// What it is called.
    pub name: Line,
    /// Where changes are sent.
    pub url: Link,
    /// The kinds that are sent, or the words before their dots for all of one thing; null for all.
    #[schema(value_type = Option<Vec<String>>)]
    pub kinds: Option<Kinds>,
    /// Whether it is sent anything.
    pub state: State,
    /// Why it was switched off; null where it was not.
    pub disabled_because: Option<Because>,
    /// Until when the secret before signs too; null where only one does.
    pub old_secret_until: Option<DateTime<Utc>>,
    /// The number of the last change that was sent, given up, or passed over as none of its kinds.
    pub sent_to: i64,
    /// Since when nothing has arrived; null where the last that was sent did.
    pub failing_since: Option<DateTime<Utc>>,
    /// Rises with every change of the record.
    #[serde(skip)]
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<PersonId>,
}

/// What a manager says of a webhook.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What it is called.
    pub name: Line,
    /// Where changes are sent.
    pub url: Link,
    /// The kinds that are sent; all where none are named.
    pub kinds: Option<Kinds>,
}

/// Why something can't be done with a webhook.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such webhook, or delivery of it, in the hub.
    #[error("there is no such webhook")]
    Unknown,
    /// The record was changed since it was read.
    #[error("the webhook has changed since it was read")]
    Stale,
    /// Nothing is sent to such an address.
    #[error("{0}")]
    Address(&'static str),
    /// The hub has as many as it may have.
    #[error("a hub has at most {} webhooks", MOST)]
    TooMany,
    /// As much is asked for as may wait.
    #[error("a hundred wait to be sent already: try again in a minute")]
    TooManyAsked,
    /// Its state does not allow it.
    #[error("the webhook is {0}")]
    State(State),
    /// The old secret would sign for too long.
    #[error("must be 0 to {}", LONGEST_OVERLAP)]
    Overlap,
    /// Its secret can't be sealed or opened.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Wanted {
    fn checked(&self, reach: &Reach) -> Result<(), Error> {
        let url = Url::parse(self.url.as_str()).map_err(|_| Error::Address("must be an address"))?;
        reach.of_text(&url).map_err(Error::Address)
    }
}

/// Makes a webhook that is sent what happens from now on: it, and its secret, which nobody can be told again.
pub async fn create(
    journal: &mut Journal,
    vault: &Vault,
    reach: &Reach,
    wanted: Wanted,
) -> Result<(Webhook, Secret), Error> {
    wanted.checked(reach)?;
    let (hub, now) = (journal.hub(), journal.now());
    if sql::count(journal.tx(), hub).await? >= MOST {
        return Err(Error::TooMany);
    }
    let (secret, id) = (Secret::new(), journal.new_id());
    let webhook = Webhook {
        id,
        name: wanted.name,
        url: wanted.url,
        kinds: wanted.kinds,
        state: State::Active,
        disabled_because: None,
        old_secret_until: None,
        sent_to: changes::last(journal.tx(), hub).await?,
        failing_since: None,
        version: 1,
        created_at: now,
        created_by: journal.actor(),
    };
    let sealed = secret.sealed(vault, hub, id)?;
    sql::insert(journal.tx(), hub, &webhook, sealed).await?.exactly(1)?;
    journal.changed(Change::new(Kind::WebhookCreated, id));
    Ok((webhook, secret))
}

/// One webhook of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: WebhookId) -> Result<Option<Webhook>, db::Error> {
    sql::get(tx, hub, id).await
}

/// A page of the hub's webhooks in the order in which they were made, after one.
pub async fn list(tx: &mut Tx, hub: HubId, after: Option<WebhookId>, limit: i64) -> Result<Vec<Webhook>, db::Error> {
    sql::list(tx, hub, after, limit).await
}

/// Gives a webhook whose version the caller read another name, address or choice of kinds.
pub async fn change(
    journal: &mut Journal,
    reach: &Reach,
    (id, version): (WebhookId, i64),
    wanted: Wanted,
) -> Result<Webhook, Error> {
    wanted.checked(reach)?;
    let hub = journal.hub();
    let changed = sql::change(journal.tx(), hub, (id, version), wanted).await?.ok_or(Error::Stale)?;
    journal.changed(Change::new(Kind::WebhookChanged, id));
    Ok(changed)
}

/// Pauses a webhook; doing it twice changes nothing.
pub async fn pause(journal: &mut Journal, id: WebhookId) -> Result<Webhook, Error> {
    let webhook = known(journal, id).await?;
    match webhook.state {
        State::Paused => Ok(webhook),
        State::Disabled => Err(Error::State(webhook.state)),
        State::Active => {
            let hub = journal.hub();
            sql::pause(journal.tx(), hub, id).await?.exactly(1)?;
            journal.changed(Change::new(Kind::WebhookPaused, id));
            known(journal, id).await
        }
    }
}

/// Lets a webhook go on where it stopped, with three days for what failed; doing it twice changes nothing.
pub async fn resume(journal: &mut Journal, id: WebhookId) -> Result<Webhook, Error> {
    let webhook = known(journal, id).await?;
    if webhook.state == State::Active {
        return Ok(webhook);
    }
    let (hub, now) = (journal.hub(), journal.now());
    sql::resume(journal.tx(), hub, id, now).await?.exactly(1)?;
    sql::begin_anew(journal.tx(), hub, id, now).await?.any();
    journal.changed(Change::new(Kind::WebhookResumed, id));
    known(journal, id).await
}

/// Switches an active webhook off. Returns whether that was still to be done.
pub async fn disable(journal: &mut Journal, id: WebhookId, because: Because) -> Result<bool, db::Error> {
    let hub = journal.hub();
    let done = !sql::disable(journal.tx(), hub, id, because).await?.none();
    if done {
        journal.changed(Change::new(Kind::WebhookDisabled, id).after(because.as_str()));
    }
    Ok(done)
}

/// Gives a webhook a new secret, which nobody can be told again. The one before signs too for so many hours; one before
/// that ends now.
pub async fn rotate(
    journal: &mut Journal,
    vault: &Vault,
    id: WebhookId,
    overlap_hours: i64,
) -> Result<(Webhook, Secret), Error> {
    if !(0..=LONGEST_OVERLAP).contains(&overlap_hours) {
        return Err(Error::Overlap);
    }
    known(journal, id).await?;
    let (hub, secret) = (journal.hub(), Secret::new());
    let sealed = secret.sealed(vault, hub, id)?;
    let until = (overlap_hours > 0).then(|| journal.now() + TimeDelta::hours(overlap_hours));
    sql::rotate(journal.tx(), hub, id, sealed, until).await?.exactly(1)?;
    journal.changed(Change::new(Kind::WebhookSecretChanged, id));
    Ok((known(journal, id).await?, secret))
}

/// Deletes a webhook with all that is kept of what it was sent.
pub async fn delete(journal: &mut Journal, id: WebhookId) -> Result<(), Error> {
    known(journal, id).await?;
    let hub = journal.hub();
    sql::delete_attempts(journal.tx(), hub, id).await?.any();
    sql::delete_deliveries(journal.tx(), hub, id).await?.any();
    sql::delete(journal.tx(), hub, id).await?.exactly(1)?;
    journal.changed(Change::new(Kind::WebhookDeleted, id));
    Ok(())
}

async fn known(journal: &mut Journal, id: WebhookId) -> Result<Webhook, Error> {
    let hub = journal.hub();
    sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)
}

/// Whether there are secrets in the hub that the newest key does not seal.
pub async fn any_unsealed(tx: &mut Tx, vault: &Vault, hub: HubId) -> Result<bool, db::Error> {
    let Some(key) = vault.newest() else { return Ok(false) };
    Ok(sql::sealed(tx, hub).await?.iter().any(|row| !row.is_sealed_by(&key)))
}

/// Seals secrets with the newest key that it does not seal yet. What can't be opened stays as it is. Returns how many
/// webhooks were sealed, and how many can't be opened.
pub async fn reseal(journal: &mut Journal, vault: &Vault) -> Result<(usize, usize), Error> {
    let (hub, mut done, mut lost) = (journal.hub(), 0, 0);
    let Some(key) = vault.newest() else { return Ok((0, 0)) };
    for row in sql::sealed(journal.tx(), hub).await?.into_iter().filter(|row| !row.is_sealed_by(&key)) {
        let anew = |sealed: &[u8]| Secret::open(vault, hub, row.id, sealed)?.sealed(vault, hub, row.id);
        match (anew(&row.secret), row.old_secret.as_deref().map(anew).transpose()) {
            (Ok(secret), Ok(old)) => {
                sql::put_sealed(journal.tx(), hub, row.id, secret, old).await?.exactly(1)?;
                done += 1;
            }
            _ => lost += 1,
        }
    }
    Ok((done, lost))
}
