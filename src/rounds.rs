//! Rounds: what happens as time passes, with nobody asking. The service goes round all hubs every minute; no decision
//! depends on exactly when.
//!
//! A hub with nothing due is only read. What is due is found by an index and done set-based, one slice a transaction.

use chrono::{DateTime, Utc};

use crate::base::clock::london_date;
use crate::base::db::{self, Db};
use crate::base::ids::HubId;
use crate::base::vault::Vault;
use crate::booking::bookings;
use crate::booking::needs;
use crate::ledger::{self, Journal, Marks};
use crate::members::{hubs, logins, openid};
use crate::support::{commissions, offers};

/// Why a round was not completed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bookings failed.
    #[error(transparent)]
    Bookings(#[from] bookings::Error),
    /// The commissions failed.
    #[error(transparent)]
    Commissions(#[from] commissions::Refusal),
    /// The offers failed.
    #[error(transparent)]
    Offers(#[from] offers::Error),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// How many hubs are read at once.
const PAGE: i64 = 200;

/// One round over every hub, as of `now`. A failure in one hub is logged and does not hold up the others.
pub async fn go(db: &Db, marks: &Marks, now: DateTime<Utc>) -> Result<(), Error> {
    let over = async || logins::purge(db, now).await.and(openid::purge(db, now).await);
    if let Err(error) = over().await {
        tracing::error!(%error, "what has ended of the sign-ins was not removed; the next round tries again");
    }
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

/// Seals anew what an older key of the service sealed.
pub async fn seal_anew(db: &Db, vault: &Vault) -> Result<(), logins::totp::Error> {
    logins::totp::seal_anew(db, vault).await
}

/// Does what is due in one hub.
pub async fn of_hub(db: &Db, marks: &Marks, hub: HubId, now: DateTime<Utc>) -> Result<(), Error> {
    let mut tx = db.read().await?;
    let due = bookings::anything_due(&mut tx, hub, now).await?
        || commissions::due::anything_due(&mut tx, hub, now).await?
        || needs::anything_due(&mut tx, hub, now).await?
        || offers::anything_due(&mut tx, hub, london_date(now)).await?;
    drop(tx);
    if !due {
        return Ok(());
    }
    while db::retrying(async || slice(db, marks, hub, now).await).await? {}
    Ok(())
}

/// One transaction; returns whether there may be more to do.
async fn slice(db: &Db, marks: &Marks, hub: HubId, now: DateTime<Utc>) -> Result<bool, Error> {
    let mut journal = Journal::open_marked(db.write().await?, marks, hub, None, now).await?;
    let more = commissions::due::lapse(&mut journal).await? | bookings::lapse(&mut journal).await?;
    bookings::catch_up(&mut journal).await?;
    needs::purge(&mut journal).await?;
    offers::close_of_left_schools(&mut journal).await?;
    journal.commit().await?;
    Ok(more)
}
