//! Letters that come back after the mail server has taken them.

use crate::base::db::{self, Db};
use crate::base::ids::LetterId;
use crate::base::mail::Returned;
use crate::members::hubs;
use crate::messages::outbox;

/// Records that a letter came back, in whichever hub it is of; returns whether it was one that had been sent.
pub async fn take_back(db: &Db, returned: &Returned) -> Result<bool, db::Error> {
    let letter = LetterId(returned.id);
    let hubs = hubs::ids(&mut db.read_everywhere().await?).await?;
    for hub in hubs {
        if outbox::get(&mut db.read(hub).await?, hub, letter).await?.is_none() {
            continue;
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
