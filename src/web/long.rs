//! Long work: reading a whole journal, and importing a whole file.
//!
//! It has a small pool of the database to itself, so that it never takes a connection from those who book, and only a
//! few pieces of it run at once: in a hub, and in all. Requests beyond that are refused with 429.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::header;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::problem::{Code, Problem};
use crate::base::db::Db;
use crate::base::ids::HubId;

/// How many pieces of long work run at once in a hub.
const IN_A_HUB: usize = 2;

/// How many pieces of long work run at once in all: as many as their pool has connections.
const IN_ALL: usize = 4;

/// How many files are imported at once: each is in memory while it is read.
const FILES: usize = 1;

/// How long a file waits for the one before it.
const FILE_WAITS: Duration = Duration::from_secs(15);

/// The long work in progress.
pub(crate) struct LongWork {
    db: Db,
    under_way: Arc<Mutex<HashMap<HubId, usize>>>,
    files: Arc<Semaphore>,
}

/// A piece of long work in progress, until it is dropped.
pub(crate) struct Turn {
    /// The database, with the pool for long work.
    pub(crate) db: Db,
    hub: HubId,
    under_way: Arc<Mutex<HashMap<HubId, usize>>>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = under_way.get_mut(&self.hub) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.hub);
            }
        }
    }
}

impl LongWork {
    /// No long work in progress yet.
    pub(crate) fn of(db: &Db) -> LongWork {
        LongWork { db: db.for_long_work(), under_way: Arc::default(), files: Arc::new(Semaphore::new(FILES)) }
    }

    /// Begins a piece of long work, if there is room.
    pub(crate) fn begin(&self, hub: HubId) -> Result<Turn, Problem> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let in_all: usize = under_way.values().sum();
        let in_hub = under_way.entry(hub).or_default();
        if *in_hub >= IN_A_HUB || in_all >= IN_ALL {
            return Err(busy("as many exports and verifications as run at once are under way"));
        }
        *in_hub += 1;
        drop(under_way);
        Ok(Turn { db: self.db.clone(), hub, under_way: self.under_way.clone() })
    }

    /// Waits for a turn to import a file.
    pub(crate) async fn file(&self) -> Result<OwnedSemaphorePermit, Problem> {
        match timeout(FILE_WAITS, self.files.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(busy("other files are being taken in")),
        }
    }
}

fn busy(why: &str) -> Problem {
    Problem::new(Code::TooManyRequests, format!("{why}: try again in a few seconds"))
        .with_header(header::RETRY_AFTER, "5")
}
