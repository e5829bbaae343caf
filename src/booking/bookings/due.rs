//! What happens to bookings as time passes, with nobody asking; see [`crate::rounds`].

use chrono::{DateTime, Utc};

use super::{Actor, Command, Error, Reach, What, naming, perform, reminding, sql};
use crate::base::clock::london_date;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, SchoolId};
use crate::base::workdays;
use crate::ledger::Journal;
use crate::members::people;
use crate::messages::notices::{self, Kind, Notice};

/// How many of the bookings that are due are handled in one slice.
const MOST_DUE: i64 = 200;

/// Whether anything in the hub is due that [`lapse`] would do.
pub async fn anything_due(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<bool, db::Error> {
    Ok(!due(tx, hub, now, 1).await?.is_empty()
        || !undecided_soon(tx, hub, now).await?.is_empty()
        || naming::anything_due(tx, hub, now).await?
        || reminding::anything_due(tx, hub, now).await?)
}

/// Does what is due: undecided requests expire, unanswered offers lapse, unnamed places are released, and waiting lists
/// move up, including for schools that can pay since; whoever decides, is to name somebody, or has a place is reminded.
/// Set-based; returns whether there may be more.
pub async fn lapse(journal: &mut Journal) -> Result<bool, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let due = due(journal.tx(), hub, now, MOST_DUE).await?;
    let more = i64::try_from(due.len()).is_ok_and(|due| due >= MOST_DUE);
    let actor = Actor { person: None, reach: Reach::Hub };
    let commands: Vec<Command> = due.into_iter().map(|what| Command { actor, what, shown: None }).collect();
    perform(journal, &commands).await?;
    remind(journal).await?;
    naming::remind(journal).await?;
    Ok(reminding::remind(journal).await? || more)
}

/// Moves up the waiting lists of events with a free place where somebody's school can pay since this transaction put
/// credits into a wallet: by a sale, a gift, an allocation, a correction, a refund. Where no wallet was credited,
/// nothing is read. Returns whether any list moved.
pub async fn catch_up(journal: &mut Journal) -> Result<bool, Error> {
    if !journal.credited_wallets() {
        return Ok(false);
    }
    let (hub, now) = (journal.hub(), journal.now());
    let events = sql::due::fillable(journal.tx(), hub, now, MOST_DUE).await?;
    let actor = Actor { person: journal.actor(), reach: Reach::Hub };
    let fill = |(event,)| Command { actor, what: What::Fill(event), shown: None };
    let commands: Vec<Command> = events.into_iter().map(fill).collect();
    if !commands.is_empty() {
        perform(journal, &commands).await?;
    }
    Ok(!commands.is_empty())
}

/// Reminds deciders, once, of requests that expire within a working day.
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

/// The requests that expire within a working day and of which nobody was reminded. Where a request had no longer than
/// that to begin with, its deciders were told at once.
async fn undecided_soon(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<Vec<sql::due::Soon>, db::Error> {
    let mut soon = sql::due::undecided_soon(tx, hub, now, a_working_day_after(now)).await?;
    soon.retain(|request| a_working_day_after(request.requested_at) < request.approve_by);
    Ok(soon)
}

/// The same time on the next working day.
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
