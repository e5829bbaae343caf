//! The digest of what decided the credits of an allocation: the allocation with who approved it, its lines with the
//! rolls that they count, and the shortfalls that it settles.

use super::sql::grounds::{self as rows, LineRow};
use super::{Allocation, sql};
use crate::base::db::{Result, Tx};
use crate::base::ids::{AllocationId, HubId};
use crate::base::seal::{Form, Hash};

/// How many lines are read at once.
const PAGE: i64 = 1_000;

/// The digest of the records as they are now; none where there is no such allocation.
pub async fn grounds(tx: &mut Tx, hub: HubId, id: AllocationId) -> Result<Option<Hash>> {
    match sql::get(tx, hub, id).await? {
        Some(allocation) => of(tx, hub, &allocation).await.map(Some),
        None => Ok(None),
    }
}

/// The digest of the allocation, whose lines have been written.
pub(super) async fn of(tx: &mut Tx, hub: HubId, allocation: &Allocation) -> Result<Hash> {
    let mut form = begin(allocation);
    let mut after = 0;
    loop {
        let page = rows::lines(tx, hub, allocation, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.line;
        form = page.iter().fold(form, line);
    }
    for (school, adjustment, credits) in rows::deductions(tx, hub, allocation.id).await? {
        form = form.id(school).id(adjustment).number(credits);
    }
    Ok(form.hash())
}

fn begin(allocation: &Allocation) -> Form {
    Form::of("hub-credits/allocation/1")
        .id(allocation.id.0)
        .words(allocation.year.to_string().as_str())
        .day(allocation.census_date)
        .credits(allocation.pool)
        .credits(allocation.step)
        .words(sql::json(&allocation.rules).as_str())
        .number(allocation.schools)
        .number(allocation.pupils)
        .id(allocation.adjusts.map(|first| first.0))
        .number(allocation.nth)
        .credits(allocation.was)
        .credits(allocation.deducted)
        .words(allocation.shortfalls.map(|shortfalls| shortfalls.as_str()))
        .credits(allocation.short)
        .id(allocation.drafted_by.map(|person| person.0))
        .instant(allocation.drafted_at)
        .id(allocation.approved_by.map(|person| person.0))
        .instant(allocation.approved_at)
}

fn line(form: Form, line: &LineRow) -> Form {
    form.number(line.line)
        .id(line.school_id)
        .number(line.pupils)
        .number(line.weight)
        .number(line.months)
        .words(line.quota.as_str())
        .number(line.rounded_down)
        .number(line.remainder_rank)
        .words(line.bound.as_deref())
        .number(line.credits)
        .number(line.was)
        .number(line.deduction)
        .number(line.shortfall)
        .number(line.revision)
        .number(line.on_roll)
        .instant(line.recorded_at)
        .id(line.recorded_by)
}
