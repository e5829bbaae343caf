//! What time brings about of bookings, with nobody asking; see [`crate::rounds`].

use chrono::{DateTime, Utc};

use super::{Actor, Command, Error, Reach, What, perform, sql};
use crate::clock::london_date;
use crate::db::{self, Tx};
use crate::ids::HubId;
use crate::ledger::Journal;

/// How many of what is due are done in one slice.
const MOST_DUE: i64 = 200;

/// Whether time has brought anything about in the hub that [`lapse`] would do.
pub async fn anything_due(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<bool, db::Error> {
    Ok(!due(tx, hub, now, 1).await?.is_empty())
}

/// Does what time has brought about: requests that nobody decided on expire, offers that nobody took up lapse, places
/// that nobody named are released, and the lines move up, with those too who can pay since. Set-based; the answer says
/// whether there may be more.
pub async fn lapse(journal: &mut Journal) -> Result<bool, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let due = due(journal.tx(), hub, now, MOST_DUE).await?;
    let more = i64::try_from(due.len()).is_ok_and(|due| due >= MOST_DUE);
    let actor = Actor { person: None, reach: Reach::Hub };
    let commands: Vec<Command> = due.into_iter().map(|what| Command { actor, what }).collect();
    perform(journal, &commands).await?;
    Ok(more)
}

async fn due(tx: &mut Tx, hub: HubId, now: DateTime<Utc>, limit: i64) -> Result<Vec<What>, db::Error> {
    let mut due: Vec<What> =
        sql::due::overdue(tx, hub, now, limit).await?.into_iter().map(|(booking,)| What::Expire(booking)).collect();
    due.extend(
        sql::due::unanswered(tx, hub, now, limit).await?.into_iter().map(|(booking,)| What::LapseOffer(booking)),
    );
    due.extend(sql::leaving::left_over(tx, hub, now, limit).await?.into_iter().map(|(booking,)| What::Leave(booking)));
    let today = london_date(now);
    due.extend(sql::due::unnamed(tx, hub, today, limit).await?.into_iter().map(|(booking,)| What::Release(booking)));
    due.extend(sql::due::fillable(tx, hub, now, limit).await?.into_iter().map(|(event,)| What::Fill(event)));
    Ok(due)
}
