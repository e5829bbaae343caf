//! Rounds: what time brings about, with nobody asking. The service goes round all hubs every minute; nothing that
//! is decided depends on when.
//!
//! A hub with nothing due is only read. What is due is found by an index and done set-based, a slice a transaction.

use chrono::{DateTime, Utc};

use crate::bookings;
use crate::db::{self, Contended, Db};
use crate::hubs;
use crate::ids::HubId;
use crate::ledger::{self, Journal, Marks};
use crate::needs;

/// Why a round did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bookings failed.
    #[error(transparent)]
    Bookings(#[from] bookings::Error),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Contended for Error {
    fn contended(&self) -> bool {
        match self {
            Error::Bookings(error) => error.contended(),
            Error::Ledger(error) => error.contended(),
            Error::Database(error) => error.contended(),
        }
    }
}

/// How many hubs are read at once.
const PAGE: i64 = 200;

/// One round over every hub, as of `now`. What fails in one hub is logged and does not keep the others waiting.
pub async fn go(db: &Db, marks: &Marks, now: DateTime<Utc>) -> Result<(), Error> {
    let mut after = None;
    loop {
        let page = hubs::list(&mut db.read().await?, after, PAGE).await?;
        for hub in &page {
            if let Err(error) = of_hub(db, marks, hub.id, now).await {
                tracing::error!(%error, hub = %hub.id, "a round failed; the next one tries again");
            }
        }
        match page.last() {
            Some(last) => after = Some(last.id),
            None => return Ok(()),
        }
    }
}

/// Does what is due in one hub.
pub async fn of_hub(db: &Db, marks: &Marks, hub: HubId, now: DateTime<Utc>) -> Result<(), Error> {
    let mut tx = db.read().await?;
    let due = bookings::anything_due(&mut tx, hub, now).await? || needs::anything_due(&mut tx, hub, now).await?;
    drop(tx);
    if !due {
        return Ok(());
    }
    while db::retrying(async || slice(db, marks, hub, now).await).await? {}
    Ok(())
}

/// One transaction; the answer says whether there may be more to do.
async fn slice(db: &Db, marks: &Marks, hub: HubId, now: DateTime<Utc>) -> Result<bool, Error> {
    let mut journal = Journal::open_marked(db.write().await?, marks, hub, None, now).await?;
    let more = bookings::lapse(&mut journal).await?;
    bookings::catch_up(&mut journal).await?;
    needs::purge(&mut journal).await?;
    journal.commit().await?;
    Ok(more)
}
