//! Rounds: what happens as time passes, with nobody asking. The service goes round all hubs every minute; no decision
//! depends on exactly when.
//!
//! A hub with nothing due is only read. What is due is found by an index and done set-based, one slice a transaction.

use chrono::{DateTime, Utc};

use crate::base::clock::london_date;
use crate::base::db::{self, Db, Tx};
use crate::base::ids::HubId;
use crate::base::vault::Vault;
use crate::booking::bookings;
use crate::booking::needs;
use crate::booking::scheduling;
use crate::ledger::{self, Journal, Marks, audit};
use crate::lifecycle::erasure;
use crate::lifecycle::year_close::reminding;
use crate::members::{hubs, logins, openid, people};
use crate::messages::{outbox, webhooks};
use crate::news;
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
    /// The newsletter could not be drafted or sent.
    #[error(transparent)]
    News(#[from] news::Error),
    /// Somebody could not be erased.
    #[error(transparent)]
    Erasure(#[from] erasure::Error),
    /// The needs could not be sealed.
    #[error(transparent)]
    Needs(#[from] needs::Error),
    /// The secrets of webhooks could not be sealed.
    #[error(transparent)]
    Webhooks(#[from] webhooks::Error),
    /// The secrets of apps could not be sealed.
    #[error(transparent)]
    Apps(#[from] logins::totp::Error),
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
        let page = hubs::list(&mut db.read_everywhere().await?, after, PAGE).await?;
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
    let mut tx = db.read(hub).await?;
    let kept_days = audit_days(&mut tx, hub).await?;
    let due = bookings::anything_due(&mut tx, hub, now).await?
        || commissions::due::anything_due(&mut tx, hub, now).await?
        || needs::anything_due(&mut tx, hub, now).await?
        || offers::anything_due(&mut tx, hub, london_date(now)).await?
        || people::addresses::any_outlived(&mut tx, hub, now).await?
        || erasure::anything_due(&mut tx, hub, now).await?
        || reminding::anything_due(&mut tx, hub, now).await?
        || scheduling::anything_due(&mut tx, hub, now).await?
        || outbox::anything_due(&mut tx, hub, now).await?
        || news::anything_due(&mut tx, hub, now).await?
        || webhooks::to_purge(&mut tx, hub, now).await?
        || audit::anything_due(&mut tx, hub, kept_days, now).await?;
    drop(tx);
    if due {
        while db::retrying(async || slice(db, marks, hub, now).await).await? {}
    }
    invite(db, hub, now).await
}

/// Writes the letters that tell calendar programs what has become of places, some people at a time. The hub is locked only
/// where there is something to tell; where there was, the next round looks once more.
async fn invite(db: &Db, hub: HubId, now: DateTime<Utc>) -> Result<(), Error> {
    let Some(writes) = scheduling::to_be_looked_at(&mut db.read(hub).await?, hub).await? else { return Ok(()) };
    let mut after = None;
    loop {
        let looked = scheduling::look(&mut db.read(hub).await?, hub, after, now).await?;
        if !looked.differ.is_empty() {
            db::retrying(async || {
                let mut journal = Journal::open(db.write(hub).await?, hub, None, now).await?;
                scheduling::tell(&mut journal, &looked.differ).await?;
                Ok::<_, Error>(journal.commit().await?)
            })
            .await?;
        }
        after = looked.more_after;
        if after.is_none() {
            break;
        }
    }
    db::retrying(async || {
        let mut tx = db.write(hub).await?;
        scheduling::has_looked(&mut tx, hub, writes).await?;
        Ok::<_, Error>(tx.commit().await?)
    })
    .await
}

/// One transaction; returns whether there may be more to do.
async fn slice(db: &Db, marks: &Marks, hub: HubId, now: DateTime<Utc>) -> Result<bool, Error> {
    let mut journal = Journal::open_marked(db.write(hub).await?, marks, hub, None, now).await?;
    let more = commissions::due::lapse(&mut journal).await? | bookings::lapse(&mut journal).await?;
    bookings::catch_up(&mut journal).await?;
    needs::purge(&mut journal).await?;
    people::addresses::purge(&mut journal).await?;
    let more = erasure::purge(&mut journal).await? | outbox::purge(&mut journal).await? | more;
    offers::close_of_left_schools(&mut journal).await?;
    let more = news::go(&mut journal).await? | more;
    reminding::remind(&mut journal).await?;
    scheduling::purge(&mut journal).await?;
    webhooks::purge(&mut journal).await?;
    let kept_days = audit_days(journal.tx(), hub).await?;
    audit::purge(&mut journal, kept_days).await?;
    journal.commit().await?;
    Ok(more)
}

/// Seals with the newest key of the service what it does not seal yet: the secrets of apps, and in every hub people's
/// needs and the secrets of webhooks.
pub async fn seal_anew(db: &Db, vault: &Vault, now: DateTime<Utc>) -> Result<(), Error> {
    logins::totp::seal_anew(db, vault).await?;
    let hubs = hubs::ids(&mut db.read_everywhere().await?).await?;
    for hub in hubs {
        let mut tx = db.read(hub).await?;
        let unsealed =
            needs::any_unsealed(&mut tx, vault, hub).await? || webhooks::any_unsealed(&mut tx, vault, hub).await?;
        drop(tx);
        if unsealed {
            reseal(db, vault, hub, now).await?;
        }
    }
    Ok(())
}

/// How many records were sealed anew, and how many can't be opened because the key file lacks their key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// People's needs.
    pub needs: (usize, usize),
    /// The secrets of webhooks.
    pub webhooks: (usize, usize),
}

/// Seals everything of a hub with the newest key.
pub async fn reseal(db: &Db, vault: &Vault, hub: HubId, now: DateTime<Utc>) -> Result<Resealed, Error> {
    let mut journal = Journal::open(db.write(hub).await?, hub, None, now).await?;
    let needs = needs::reseal(&mut journal, vault).await?;
    let webhooks = webhooks::reseal(&mut journal, vault).await?;
    journal.commit().await?;
    if needs.0 + webhooks.0 > 0 {
        db.fold().await?;
    }
    Ok(Resealed { needs, webhooks })
}

/// How many days a hub keeps its audit; always, where the hub is not there.
async fn audit_days(tx: &mut Tx, hub: HubId) -> Result<i64, db::Error> {
    Ok(hubs::get(tx, hub).await?.map_or(i64::from(u16::MAX), |hub| hub.audit_days))
}
