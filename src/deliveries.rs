//! What is sent to other systems with nobody asking: the hubs' changes, to their webhooks. Several instances of the
//! service may do it at once.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::sync::Semaphore;
use tokio::time::MissedTickBehavior;

use crate::base::db;
use crate::base::ids::{HubId, WebhookId};
use crate::base::text::Line;
use crate::ledger::{self, Journal};
use crate::members::people;
use crate::messages::notices::{self, Kind, Notice};
use crate::messages::webhooks::{self, Because, Due, Sender};

/// How often it is looked for what is due.
const EVERY: Duration = Duration::from_secs(2);

/// How many webhooks are taken in one pass, and sent to at once by one instance.
const PAGE: i64 = 200;
const AT_ONCE: usize = 32;

/// How many passes are under way at once: a receiver that answers slowly holds up its own alone.
const PASSES: usize = 8;

/// Why nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Sends everything that is due now. A failure at one webhook is logged and does not hold up the others.
pub async fn pass(sender: &Sender, at_once: &Semaphore) -> Result<(), Error> {
    let due = webhooks::due(&mut sender.db.read_everywhere().await?, sender.clock.now(), PAGE).await?;
    stream::iter(due)
        .for_each_concurrent(AT_ONCE, |due| async move {
            let Ok(_permit) = at_once.acquire().await else { return };
            if let Err(error) = turn(sender, due).await {
                tracing::error!(%error, hub = %due.hub_id, webhook = %due.id, "a webhook's turn failed; the next one goes on");
            }
        })
        .await;
    Ok(())
}

async fn turn(sender: &Sender, due: Due) -> Result<(), Error> {
    match sender.turn(due).await? {
        Some(because) => db::retrying(async || switched_off(sender, due.hub_id, due.id, because).await).await,
        None => Ok(()),
    }
}

/// Switches a webhook off, and tells the hub's managers.
async fn switched_off(sender: &Sender, hub: HubId, id: WebhookId, because: Because) -> Result<(), Error> {
    let mut journal = Journal::open(sender.db.write(hub).await?, hub, None, sender.clock.now()).await?;
    if webhooks::disable(&mut journal, id, because).await? {
        let managers = people::managers(journal.tx(), hub).await?;
        let subject =
            webhooks::get(journal.tx(), hub, id).await?.and_then(|webhook| Line::beginning(webhook.url.as_str()));
        let notice = |manager| Notice { subject: subject.clone(), ..Notice::new(manager, Kind::WebhookDisabled) };
        let told: Vec<Notice> = managers.into_iter().map(notice).collect();
        notices::tell(&mut journal, &told).await?;
        journal.commit().await?;
    }
    Ok(())
}

/// Sends what is due, again and again, until it is stopped.
pub async fn go(sender: Sender) {
    let (mut tick, mut passes) = (tokio::time::interval(EVERY), Vec::new());
    let at_once = Arc::new(Semaphore::new(AT_ONCE));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        passes.retain(|pass: &tokio::task::JoinHandle<()>| !pass.is_finished());
        if passes.len() >= PASSES {
            continue;
        }
        let (sender, at_once) = (sender.clone(), Arc::clone(&at_once));
        passes.push(tokio::task::spawn_local(async move {
            if let Err(error) = pass(&sender, &at_once).await {
                tracing::error!(%error, "webhooks were not looked through; the next pass tries again");
            }
        }));
    }
}
