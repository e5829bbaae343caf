//! Reminders of places: seven days and one day before an event begins, all of its delegates at once.
//!
//! That an event's delegates were reminded is recorded with the beginning that they were reminded of. So whoever gets a
//! place after that is not told what they have just read, and an event that is moved calls for reminders of its own.

use chrono::{DateTime, TimeDelta, Utc};

use super::sql;
use crate::base::db::{self, Tx};
use crate::base::ids::{EventId, HubId};
use crate::ledger::Journal;
use crate::messages::notices::{self, Kind, Notice};

/// How many days before, and up to how many they would be said too late: then they are left out.
const BEFORE: [(i64, i64); 2] = [(7, 6), (1, 0)];

/// How many events are done in one slice.
const AT_ONCE: i64 = 20;

/// Whether [`remind`] would remind anybody.
pub(super) async fn anything_due(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<bool, db::Error> {
    for before in BEFORE {
        if !due(tx, hub, before, now, 1).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reminds the delegates of events that begin soon; returns whether there may be more.
pub(super) async fn remind(journal: &mut Journal) -> Result<bool, db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let (mut told, mut more) = (Vec::new(), false);
    for before in BEFORE {
        let events = due(journal.tx(), hub, before, now, AT_ONCE).await?;
        more |= i64::try_from(events.len()).is_ok_and(|events| events == AT_ONCE);
        sql::reminding::insert(journal.tx(), hub, before.0, &events, now).await?.exactly(events.len())?;
        let starts_at = |event| events.iter().find(|(id, _)| *id == event).map(|(_, starts_at)| *starts_at);
        for (event, booking, delegate) in sql::reminding::delegates(journal.tx(), hub, &events).await? {
            told.push(Notice {
                event: Some(event),
                booking: Some(booking),
                due_at: starts_at(event),
                ..Notice::new(delegate, Kind::EventSoon)
            });
        }
    }
    notices::tell(journal, &told).await?;
    Ok(more)
}

async fn due(
    tx: &mut Tx,
    hub: HubId,
    (days, late): (i64, i64),
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(EventId, DateTime<Utc>)>, db::Error> {
    let between = (now + TimeDelta::days(late), now + TimeDelta::days(days));
    sql::reminding::due(tx, hub, days, between, limit).await
}
