//! What happens to commissions as time passes, with nobody asking; see [`crate::rounds`]. Quotes and requests run out,
//! the buyer is told two working days before silence accepts, and silence accepts. The provider is told once of visits
//! that are not recorded in time.

use chrono::{DateTime, Utc};

use super::agreeing::over;
use super::asking::end;
use super::delivering::{accepted, milestone};
use super::money::current_year;
use super::talk::VISIT_DAYS;
use super::told::tell;
use super::transitions::{State, Step};
use super::{Party, QuoteState, Refusal, sql};
use crate::base::clock::london_date;
use crate::base::db::{self, Tx};
use crate::base::ids::{CommissionId, HubId};
use crate::base::workdays;
use crate::ledger::Journal;
use crate::ledger::changes::Kind as Changed;
use crate::members::years;
use crate::messages::notices::Kind as Told;

/// How much of a kind is done in one slice.
const MOST: i64 = 100;
/// How many working days before silence accepts the buyer is told.
const WARNING: u16 = 2;

/// Whether anything is due that [`lapse`] would do.
pub async fn anything_due(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<bool, db::Error> {
    let today = london_date(now);
    Ok(!sql::due::silent(tx, hub, now, 1).await?.is_empty()
        || !sql::due::soon(tx, hub, workdays::last_ends(now, WARNING), 1).await?.is_empty()
        || !sql::due::visits(tx, hub, workdays::before(today, VISIT_DAYS), 1).await?.is_empty()
        || !sql::due::quotes(tx, hub, today, 1).await?.is_empty()
        || !sql::due::requests(tx, hub, today, 1).await?.is_empty())
}

/// Does what is due; returns whether there may be more. What waits for a year to be opened waits on.
pub async fn lapse(journal: &mut Journal) -> Result<bool, Refusal> {
    let (hub, now, today) = (journal.hub(), journal.now(), journal.today());
    let mut more = false;
    for (id, quote) in sql::due::quotes(journal.tx(), hub, today, MOST).await? {
        let commission = sql::get(journal.tx(), hub, id).await?.ok_or(Refusal::Unknown)?;
        let quote = sql::quotes::get(journal.tx(), hub, id, quote).await?.ok_or(Refusal::Unknown)?;
        more = true;
        over(journal, commission, quote, QuoteState::Expired).await?;
    }
    for (id,) in sql::due::requests(journal.tx(), hub, today, MOST).await? {
        let commission = sql::get(journal.tx(), hub, id).await?.ok_or(Refusal::Unknown)?;
        if commission.state == State::Requested {
            more = true;
            end(journal, commission, Step::Expire, None, Changed::CommissionExpired, Told::CommissionExpired).await?;
        }
    }
    for (id, number, missing) in sql::due::visits(journal.tx(), hub, workdays::before(today, VISIT_DAYS), MOST).await? {
        more = true;
        sql::due::visits_asked_after(journal.tx(), hub, id, number).await?.exactly(1)?;
        if missing {
            let commission = sql::get(journal.tx(), hub, id).await?.ok_or(Refusal::Unknown)?;
            tell(journal, &commission, Party::Provider, Told::VisitDue, None).await?;
        }
    }
    for (id, number) in sql::due::silent(journal.tx(), hub, now, MOST).await? {
        match silence(journal, id, number).await {
            Ok(()) => more = true,
            // The year of today takes no postings now: nothing was written, and the next round tries again.
            Err(Refusal::Year(years::Error::NotOpen { .. } | years::Error::Closed { .. })) => return Ok(false),
            Err(refusal) => return Err(refusal),
        }
    }
    for (id, number) in sql::due::soon(journal.tx(), hub, workdays::last_ends(now, WARNING), MOST).await? {
        let commission = sql::get(journal.tx(), hub, id).await?.ok_or(Refusal::Unknown)?;
        let until = milestone(journal, id, number).await?.answer_until;
        sql::due::reminded(journal.tx(), hub, id, number, now).await?.exactly(1)?;
        tell(journal, &commission, Party::Buyer, Told::MilestoneAnswerDue, until).await?;
    }
    Ok(more)
}

async fn silence(journal: &mut Journal, id: CommissionId, number: i64) -> Result<(), Refusal> {
    current_year(journal).await?;
    let hub = journal.hub();
    let commission = sql::get(journal.tx(), hub, id).await?.ok_or(Refusal::Unknown)?;
    let milestone = milestone(journal, id, number).await?;
    accepted(journal, commission, milestone).await?;
    Ok(())
}
