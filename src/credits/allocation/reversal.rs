//! Reversals: an approved allocation is taken back as a whole, by the mirror of what it posted.

use std::collections::HashMap;

use super::sql::adjustment::Standing;
use super::{Allocation, Error, Short, State, sql, tell};
use crate::base::credits::Credits;
use crate::base::ids::{AllocationId, SchoolId, TransactionId};
use crate::base::text::Line;
use crate::ledger::changes::Kind as Changed;
use crate::ledger::{self, Journal, TransactionKind};
use crate::members::years;
use crate::messages::notices::Kind;

/// Reverses an approved allocation or adjustment, for a reason. Refused, naming them all, where schools have spent what
/// they were given, and where later allocations were computed from it: those must be reversed first.
pub async fn reverse(
    journal: &mut Journal,
    id: AllocationId,
    version: i64,
    because: &Line,
) -> Result<Allocation, Error> {
    let approved = require_approved(journal, id).await?;
    if approved.version != version {
        return Err(Error::Stale);
    }
    take_back(journal, approved, because).await
}

/// Reverses the allocation that this transaction posted.
pub async fn reverse_posted(
    journal: &mut Journal,
    transaction: TransactionId,
    because: &Line,
) -> Result<Allocation, Error> {
    let hub = journal.hub();
    let (id,) = sql::adjustment::posted_by(journal.tx(), hub, transaction).await?.ok_or(Error::Unknown)?;
    let approved = require_approved(journal, id).await?;
    take_back(journal, approved, because).await
}

async fn require_approved(journal: &mut Journal, id: AllocationId) -> Result<Allocation, Error> {
    let hub = journal.hub();
    match sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)? {
        approved @ Allocation { state: State::Approved, .. } => Ok(approved),
        Allocation { state: state @ (State::Draft | State::Reversed), .. } => Err(Error::NotApproved { state }),
    }
}

async fn take_back(journal: &mut Journal, approved: Allocation, because: &Line) -> Result<Allocation, Error> {
    let hub = journal.hub();
    years::require_open(journal.tx(), hub, approved.year).await?;
    let on = sql::adjustment::dependents(journal.tx(), hub, approved.id).await?;
    if !on.is_empty() {
        return Err(Error::InUse { on: on.into_iter().map(|(id,)| id).collect() });
    }
    let reversal_id = match approved.transaction_id {
        Some(transaction) => Some(mirror(journal, (approved.id, transaction), because).await?),
        None => None,
    };
    let reversed = Allocation {
        state: State::Reversed,
        reversal_id,
        reversed_by: journal.actor(),
        reversed_at: Some(journal.now()),
        reversed_because: Some(because.clone()),
        version: approved.version + 1,
        ..approved
    };
    sql::update(journal.tx(), hub, &reversed).await?.exactly(1)?;
    tell(journal, &reversed, Kind::AllocationReversed).await?;
    let moved = sql::adjustment::moved(journal.tx(), hub, reversed.id).await?;
    let change = reversed.change(Changed::AllocationReversed).before(State::Approved.as_str());
    journal.changed(change.moved(moved, reversal_id));
    Ok(reversed)
}

async fn mirror(
    journal: &mut Journal,
    (id, transaction): (AllocationId, TransactionId),
    because: &Line,
) -> Result<TransactionId, Error> {
    match ledger::reverse(journal, transaction, TransactionKind::Reversed, because.as_str()).await {
        Err(ledger::Error::Spent { short }) => {
            let short: HashMap<SchoolId, Credits> =
                short.into_iter().filter_map(|short| Some((short.school?, short.short_by))).collect();
            let hub = journal.hub();
            let lines = sql::adjustment::standings(journal.tx(), hub, id).await?.into_iter();
            let named = |line: Standing| {
                short.get(&line.school_id).map(|by| Short { urn: line.urn, name: line.name, short_by: *by })
            };
            Err(Error::Spent { schools: lines.filter_map(named).collect() })
        }
        outcome => Ok(outcome?),
    }
}
