//! What time brings about of bookings, with nobody asking; see [`crate::rounds`].

use chrono::{DateTime, Utc};

use super::{Actor, Command, Error, Reach, What, perform, sql};
use crate::clock::london_date;
use crate::db::{self, Tx};
use crate::ids::{HubId, SchoolId};
use crate::ledger::Journal;
use crate::notices::{self, Kind, Notice};
use crate::people;
use crate::workdays;

/// How many of what is due are done in one slice.
const MOST_DUE: i64 = 200;

/// Whether time has brought anything about in the hub that [`lapse`] would do.
pub async fn anything_due(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<bool, db::Error> {
    Ok(!due(tx, hub, now, 1).await?.is_empty() || !undecided_soon(tx, hub, now).await?.is_empty())
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
    remind(journal).await?;
    Ok(more)
}

/// Moves up the lines of events with a free place in which somebody waits whose school can pay since this transaction put
/// credits into a wallet: by a sale, a gift, an allocation, a correction, a refund. Where nothing was, nothing is read.
/// Says whether there was any.
pub async fn catch_up(journal: &mut Journal) -> Result<bool, Error> {
    if !journal.credited_wallets() {
        return Ok(false);
    }
    let (hub, now) = (journal.hub(), journal.now());
    let events = sql::due::fillable(journal.tx(), hub, now, MOST_DUE).await?;
    let actor = Actor { person: journal.actor(), reach: Reach::Hub };
    let fill = |(event,)| Command { actor, what: What::Fill(event) };
    let commands: Vec<Command> = events.into_iter().map(fill).collect();
    if !commands.is_empty() {
        perform(journal, &commands).await?;
    }
    Ok(!commands.is_empty())
}

/// Reminds whoever decides, once, of requests that lapse when a working day has gone by.
async fn remind(journal: &mut Journal) -> Result<(), Error> {
    let (hub, now, today) = (journal.hub(), journal.now(), journal.today());
    let soon = undecided_soon(journal.tx(), hub, now).await?;
    let mut schools: Vec<SchoolId> = soon.iter().map(|request| request.school_id).collect();
    schools.sort_unstable();
    schools.dedup();
    let deciders = people::deciders(journal.tx(), hub, &schools, today).await?;
    let mut told = Vec::new();
    for request in soon {
        for decider in deciders.beside(request.school_id, &[request.person_id, request.requested_by]) {
            told.push(Notice {
                event: Some(request.event_id),
                booking: Some(request.id),
                due_at: Some(request.approve_by),
                ..Notice::new(decider, Kind::ApprovalDue)
            });
        }
    }
    notices::tell(journal, &told).await?;
    Ok(())
}

/// The requests that lapse when a working day has gone by, of which nobody was reminded. One that had no longer from its
/// beginning was told of then.
async fn undecided_soon(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<Vec<sql::due::Soon>, db::Error> {
    let mut soon = sql::due::undecided_soon(tx, hub, now, a_working_day_after(now)).await?;
    soon.retain(|request| a_working_day_after(request.requested_at) < request.approve_by);
    Ok(soon)
}

/// The same time of the next working day.
fn a_working_day_after(now: DateTime<Utc>) -> DateTime<Utc> {
    let today = london_date(now);
    now + (workdays::after(today, 1) - today)
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
