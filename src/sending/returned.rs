//! Letters that come back after the mail server has taken them, and those of which somebody complained.

use chrono::{DateTime, Utc};

use super::Error;
use crate::base::db::{self, Db};
use crate::base::ids::{HubId, LetterId};
use crate::base::mail::Returned;
use crate::ledger::Journal;
use crate::members::hubs;
use crate::messages::choices::{self, Topic, Way};
use crate::messages::outbox;
use crate::news::contacts;

/// Records that a letter came back, or was complained of, in whichever hub it is of; returns whether it was one that had
/// been sent. Whoever complains is sent no newsletter any more.
pub async fn take_back(db: &Db, returned: &Returned, now: DateTime<Utc>) -> Result<bool, Error> {
    let letter = LetterId(returned.id);
    let hubs = hubs::ids(&mut db.read_everywhere().await?).await?;
    for hub in hubs {
        if outbox::get(&mut db.read(hub).await?, hub, letter).await?.is_none() {
            continue;
        }
        if returned.complained {
            return db::retrying(async || complained_of(db, hub, (letter, &returned.why), now).await).await;
        }
        return db::retrying(async || {
            let mut tx = db.write(hub).await?;
            let done = outbox::came_back(&mut tx, hub, letter, &returned.why).await?;
            tx.commit().await?;
            Ok(done)
        })
        .await;
    }
    Ok(false)
}

/// Records that somebody complained of a letter, and stops the newsletter for them.
async fn complained_of(
    db: &Db,
    hub: HubId,
    (letter, why): (LetterId, &str),
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let mut journal = Journal::open(db.write(hub).await?, hub, None, now).await?;
    let done = outbox::was_complained_of(journal.tx(), hub, letter, why).await?;
    let (person, contact) = outbox::receiver_of(journal.tx(), hub, letter).await?;
    if let Some(person) = person {
        choices::choose(&mut journal, person, &[(Topic::Newsletter, Way::None)]).await?;
    }
    if let Some(contact) = contact {
        contacts::stop(&mut journal, contact).await?;
    }
    journal.commit().await?;
    Ok(done)
}
