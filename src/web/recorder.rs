//! Records refusals in the audit, off the way of the requests, in batches.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::base::db::{self, Db};
use crate::base::ids::HubId;
use crate::ledger::audit::{self, Entry};

/// How many refusals may wait to be recorded.
const WAITING: usize = 1_000;

/// How many are written at once.
const AT_ONCE: usize = 500;

/// How long the writing rests after each time: who makes refusals as fast as they can slows down nobody else.
const REST: Duration = Duration::from_millis(250);

/// Records refusals in batches. Where more come than can be written, the rest is counted, and told in the log.
pub struct Recorder {
    sender: mpsc::Sender<Message>,
    receiver: Mutex<Option<mpsc::Receiver<Message>>>,
    dropped: AtomicU64,
}

enum Message {
    Record(HubId, Box<Entry>),
    /// To be answered when all before it is written.
    Drain(oneshot::Sender<()>),
}

impl Default for Recorder {
    fn default() -> Recorder {
        let (sender, receiver) = mpsc::channel(WAITING);
        Recorder { sender, receiver: Mutex::new(Some(receiver)), dropped: AtomicU64::new(0) }
    }
}

impl Recorder {
    /// Takes something to be recorded soon.
    pub(super) fn offer(&self, hub: HubId, entry: Entry) {
        if self.sender.try_send(Message::Record(hub, Box::new(entry))).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until all that was offered is written.
    pub async fn drained(&self) {
        let (done, drained) = oneshot::channel();
        if self.sender.send(Message::Drain(done)).await.is_ok() {
            let _ = drained.await;
        }
    }

    /// Writes what is offered, as long as the service runs.
    pub(super) async fn write_out(&self, db: &Db) {
        let receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut receiver) = receiver else { return };
        let mut batch = Vec::new();
        while receiver.recv_many(&mut batch, AT_ONCE).await > 0 {
            let (mut of_hubs, mut waiting) = (HashMap::<HubId, Vec<Entry>>::new(), Vec::new());
            for message in batch.drain(..) {
                match message {
                    Message::Record(hub, entry) => of_hubs.entry(hub).or_default().push(*entry),
                    Message::Drain(done) => waiting.push(done),
                }
            }
            for (hub, entries) in of_hubs {
                if let Err(error) = written(db, hub, &entries).await {
                    tracing::error!(%error, %hub, count = entries.len(), "refusals could not be recorded in the audit");
                }
            }
            let dropped = self.dropped.swap(0, Ordering::Relaxed);
            if dropped > 0 {
                tracing::warn!(dropped, "more was refused than the audit takes; the rest is in the log");
            }
            let all = waiting.is_empty();
            for done in waiting {
                let _ = done.send(());
            }
            if all {
                tokio::time::sleep(REST).await;
            }
        }
    }
}

/// Records something in a transaction of its own.
pub(super) async fn written(db: &Db, hub: HubId, entries: &[Entry]) -> db::Result<()> {
    db::retrying(async || {
        let mut tx = db.write(hub).await?;
        audit::note(&mut tx, hub, entries).await?;
        tx.commit().await
    })
    .await
}
