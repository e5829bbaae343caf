//! Long work: what reads a whole journal, and what takes in a whole file.
//!
//! It has a small pool of the database to itself, so that it never takes a connection from those who book, and only so
//! much of it is under way at once: in a hub, and in all. Who comes beyond that is told to come again (429).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::header;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::problem::{Code, Problem};
use crate::db::Db;
use crate::ids::HubId;

/// How much is under way at once in a hub.
const IN_A_HUB: usize = 2;

/// How much is under way at once in all: as much as its pool has connections.
const IN_ALL: usize = 4;

/// How many files are taken in at once: each is in memory while it is read.
const FILES: usize = 1;

/// How long a file waits for those before it.
const FILE_WAITS: Duration = Duration::from_secs(15);

/// The long work that is under way.
pub(crate) struct LongWork {
    db: Db,
    under_way: Arc<Mutex<HashMap<HubId, usize>>>,
    files: Arc<Semaphore>,
}

/// A piece of long work under way, until it is dropped.
pub(crate) struct Turn {
    /// The database with its own pool.
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
    /// None under way yet.
    pub(crate) fn of(db: &Db) -> LongWork {
        LongWork { db: db.for_long_work(), under_way: Arc::default(), files: Arc::new(Semaphore::new(FILES)) }
    }

    /// Begins a piece of it, where there is room.
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

    /// Waits until a file can be taken in.
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
