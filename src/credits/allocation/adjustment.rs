//! Adjustments: an approved allocation is recomputed from corrected rolls, and only the differences are posted.
//!
//! An adjustment uses the rules of the allocation that it adjusts, and its pool unless it is given another: so a school
//! that has joined since shares in the pool and the others give way, or the hub enlarges the pool. It compares with
//! what the schools were actually given by the allocation and its earlier adjustments, less what later years have
//! deducted for those; so an adjustment takes up whatever earlier ones left over, and only the last of a chain leaves
//! anything to be deducted.
//!
//! What a wallet can't give back is a shortfall. With [`OnShortfall::NextYear`] the allocation of a later year posts
//! and issues that much less: the school has already had those credits.

use std::collections::HashMap;

use super::adjusting::{self, Owed};
use super::rules::{self, DraftLine, Plan};
use super::sql::adjustment::Standing;
use super::{Allocation, Error, Outdated, State, require_draft, sql};
use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{AllocationId, HubId, SchoolId};
use crate::base::year::AcademicYear;
use crate::ledger::Journal;
use crate::ledger::changes::Kind as Changed;
use crate::members::schools;
use crate::members::years;

words!(/** What becomes of credits that schools should give back and have spent. */ OnShortfall {
    /// The schools keep them.
    Leave = "leave",
    /// The next allocation of a later year gives them that much less.
    NextYear = "next_year",
});

/// An adjustment to be computed, by the rules of what it adjusts and the rolls as they are now.
#[derive(Clone, Copy, Debug, Default, eserde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAllocationAdjustment)]
pub struct NewAdjustment {
    /// The total to divide; the pool of the allocation where it is not sent.
    pub pool: Option<Credits>,
    /// What becomes of credits that schools should give back but have spent. It can be decided later, but is needed for
    /// approval where there are any.
    pub shortfalls: Option<OnShortfall>,
}

/// Computes the adjustment of an approved allocation, or of an adjustment of one, and keeps it as a draft: nothing
/// moves.
pub async fn adjust(journal: &mut Journal, id: AllocationId, new: NewAdjustment) -> Result<Allocation, Error> {
    let hub = journal.hub();
    let named = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    if named.state != State::Approved {
        return Err(Error::NotApproved { state: named.state });
    }
    let (draft, lines) = compute(journal, named.adjusts.unwrap_or(id), new).await?;
    sql::insert(journal.tx(), hub, &draft).await?.exactly(1)?;
    sql::insert_lines(journal.tx(), hub, draft.id, &lines).await?.exactly(lines.len())?;
    journal.changed(draft.change(Changed::AllocationDrafted));
    Ok(draft)
}

/// Recomputes a drafted adjustment; whoever does so becomes its author.
pub async fn readjust(
    journal: &mut Journal,
    id: AllocationId,
    version: i64,
    new: NewAdjustment,
) -> Result<Allocation, Error> {
    let old = require_draft(journal, id, version).await?;
    let (draft, lines) = compute(journal, old.adjusts.ok_or(Error::NotAnAdjustment)?, new).await?;
    let draft = Allocation { id, version: version + 1, drafted_at: old.drafted_at, ..draft };
    let hub = journal.hub();
    sql::delete_lines(journal.tx(), hub, id).await?.any();
    sql::update(journal.tx(), hub, &draft).await?.exactly(1)?;
    sql::insert_lines(journal.tx(), hub, id, &lines).await?.exactly(lines.len())?;
    journal.changed(draft.change(Changed::AllocationRecomputed).before(State::Draft.as_str()));
    Ok(draft)
}

/// Computes the adjustment for the chain that begins with `first`.
async fn compute(
    journal: &mut Journal,
    first: AllocationId,
    new: NewAdjustment,
) -> Result<(Allocation, Vec<DraftLine>), Error> {
    let hub = journal.hub();
    let last = require_last(journal.tx(), hub, first).await?;
    years::require_open(journal.tx(), hub, last.year).await?;
    let plan = plan(&last, new.pool)?;
    let schools = schools::on_roll(journal.tx(), hub, last.year, last.census_date).await?;
    let given = sql::adjustment::given(journal.tx(), hub, first).await?;
    let lines = adjusting::correct(rules::divide(&plan, last.year, schools)?, given);
    if lines.iter().all(|line| line.credits == line.was) {
        return Err(Error::NothingToAdjust);
    }
    let draft = Allocation::draft(journal, (last.year, last.census_date), plan, &lines);
    Ok((Allocation { adjusts: Some(first), shortfalls: new.shortfalls, ..draft }, lines))
}

/// The rules of what is adjusted, with another pool where one is given.
fn plan(last: &Allocation, pool: Option<Credits>) -> Result<Plan, Error> {
    let mut rules = last.rules.clone();
    if pool.is_some() {
        rules.funding = None;
    }
    let plan = Plan { pool: pool.unwrap_or(last.pool), step: last.step, rules };
    plan.check_pool().map(|()| plan)
}

/// The last approved allocation of a chain; the chain is broken where its first is not approved.
async fn require_last(tx: &mut Tx, hub: HubId, first: AllocationId) -> Result<Allocation, Error> {
    let first = sql::get(tx, hub, first).await?.ok_or(Error::Unknown)?;
    if first.state != State::Approved {
        return Err(Error::NotApproved { state: first.state });
    }
    match sql::adjustment::last(tx, hub, first.id).await? {
        Some((last,)) => sql::get(tx, hub, last).await?.ok_or(Error::Unknown),
        None => Ok(first),
    }
}

/// What is deducted from the lines of an allocation that adjusts no other: what schools owe from earlier years.
pub(super) async fn deductions(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    given: impl IntoIterator<Item = (SchoolId, Credits)>,
) -> Result<Vec<Owed>, db::Error> {
    let owed = sql::adjustment::owed(tx, hub, year).await?;
    Ok(adjusting::deduct(given, &owed))
}

/// Refuses to approve a draft computed from something that has changed since: for an adjustment, its place in the
/// chain.
pub(super) async fn require_current(
    journal: &mut Journal,
    draft: &Allocation,
    lines: &[Standing],
) -> Result<Option<i64>, Error> {
    let hub = journal.hub();
    let Some(first) = draft.adjusts else {
        let given = lines.iter().map(|line| (line.school_id, line.credits));
        let now = deductions(journal.tx(), hub, draft.year, given).await?;
        let then = sql::adjustment::deductions(journal.tx(), hub, draft.id).await?;
        return if in_order(now) == in_order(then) { Ok(None) } else { Err(Error::Outdated(Outdated::Deductions)) };
    };
    require_last(journal.tx(), hub, first).await?;
    let now: HashMap<SchoolId, Credits> = sql::adjustment::given(journal.tx(), hub, first)
        .await?
        .into_iter()
        .filter(|given| given.credits != Credits::ZERO)
        .map(|given| (given.school_id, given.credits))
        .collect();
    let then: HashMap<SchoolId, Credits> =
        lines.iter().filter(|line| line.was != Credits::ZERO).map(|line| (line.school_id, line.was)).collect();
    if now != then {
        return Err(Error::Outdated(Outdated::Given));
    }
    Ok(Some(sql::adjustment::places(journal.tx(), hub, first).await? + 1))
}

fn in_order(mut owed: Vec<Owed>) -> Vec<Owed> {
    owed.sort_unstable_by_key(|owed| (owed.school_id, owed.adjustment_id));
    owed
}
