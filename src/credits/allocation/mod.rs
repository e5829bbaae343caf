//! Allocations: the yearly division of credits over the hub's schools.
//!
//! An allocation is drafted from a pool and the rolls of one census, reviewed, recomputed or discarded, and approved
//! once: approval posts it to the schools' wallets as one transaction. A draft moves nothing. What is approved can be
//! [adjusted](adjust) to corrected rolls and [reversed](reverse) as a whole. Every operation is a handful of
//! statements, however many schools.

mod adjusting;
mod adjustment;
pub mod apportion;
mod approval;
mod comparison;
mod error;
mod grounds;
mod reversal;
mod rules;
mod sql;
mod verify;

use chrono::{DateTime, NaiveDate, Utc};

pub use adjustment::{NewAdjustment, OnShortfall, adjust, readjust};
pub use apportion::{Bound, Quota};
pub use approval::approve;
pub use comparison::{Against, ComparisonLine, ComparisonTotal, Presence, comparison, comparison_total, percent_more};
pub use error::{Error, Outdated, Short};
pub use grounds::grounds;
pub use reversal::{reverse, reverse_posted};
pub use rules::{Funding, NewAllocation, PhaseWeight, Pool, Pounds, Rules, Weight};
pub use verify::verify;

use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{AllocationId, HubId, PersonId, SchoolId, TransactionId};
use crate::base::text::{Line, Urn};
use crate::base::year::AcademicYear;
use crate::ledger::changes::{Change, Kind as Changed};
use crate::ledger::{self, Journal};
use crate::members::hubs::{self, Hub};
use crate::members::schools::{self, Phase};
use crate::members::years;
use crate::messages::notices::{self, Kind, Notice};
use adjusting::Owed;
use rules::{DraftLine, Plan};

words!(/** How far an allocation has come. */ State {
    /// Computed; nothing has moved.
    Draft = "draft",
    /// Posted to the wallets.
    Approved = "approved",
    /// Posted, and then reversed.
    Reversed = "reversed",
});

/// One division of a pool of credits over the hub's schools.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Allocation {
    /// The allocation's id.
    pub id: AllocationId,
    /// The year whose wallets it fills.
    pub year: AcademicYear,
    /// The census whose rolls it uses.
    pub census_date: NaiveDate,
    /// The state of the allocation.
    pub state: State,
    /// The pool that is divided; the lines sum to it exactly.
    pub pool: Credits,
    /// The step: every line is a multiple of it.
    pub step: Credits,
    /// The other rules it was computed by.
    #[sqlx(try_from = "String")]
    pub rules: Rules,
    /// How many schools it has, with one line each.
    pub schools: i64,
    /// Pupils on roll at all schools together.
    pub pupils: i64,
    /// The allocation that it adjusts: the first of its chain.
    pub adjusts: Option<AllocationId>,
    /// Its number among the adjustments of that allocation, from 1, once it is approved.
    pub nth: Option<i64>,
    /// What the schools had been given in all when it was computed: nothing, unless it adjusts another.
    pub was: Credits,
    /// What is deducted in all for shortfalls of earlier years.
    pub deducted: Credits,
    /// What becomes of its shortfalls, where that is decided.
    pub shortfalls: Option<OnShortfall>,
    /// What wallets could not give back in all, once it is approved.
    pub short: Credits,
    /// The transaction that posted it; none where nothing had to move.
    pub transaction_id: Option<TransactionId>,
    /// Who computed it last: with four eyes, somebody else must approve it.
    pub drafted_by: Option<PersonId>,
    /// When it was first drafted.
    pub drafted_at: DateTime<Utc>,
    /// Who approved it.
    pub approved_by: Option<PersonId>,
    /// When it was approved.
    pub approved_at: Option<DateTime<Utc>>,
    /// The transaction that reversed it.
    pub reversal_id: Option<TransactionId>,
    /// Who reversed it.
    pub reversed_by: Option<PersonId>,
    /// When it was reversed.
    pub reversed_at: Option<DateTime<Utc>>,
    /// Why it was reversed.
    pub reversed_because: Option<Line>,
    /// Rises with every change.
    pub version: i64,
}

/// What one school gets of an allocation, and why.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AllocationLine {
    /// The number of the line, from 1 in the order of the URNs.
    pub line: i64,
    /// The school that gets it.
    pub school_id: SchoolId,
    /// The school's current URN.
    pub urn: Urn,
    /// The school's current name.
    pub name: Line,
    /// The school's current phase.
    pub phase: Phase,
    /// Pupils on roll at the census.
    pub pupils: i64,
    /// How much each pupil counts.
    #[sqlx(try_from = "i64")]
    pub weight: Weight,
    /// For how many whole months of the year the school is a member.
    pub months: i64,
    /// The school's exact share in credits, before floor, cap and rounding.
    pub quota: Quota,
    /// The share in whole steps, or the floor or cap that binds.
    pub rounded_down: Credits,
    /// The school's rank by remainder among the schools at neither floor nor cap, from 1.
    pub remainder_rank: Option<i64>,
    /// The floor or cap that replaced the share.
    pub bound: Option<Bound>,
    /// The credits that the school gets.
    pub credits: Credits,
    /// What the school was given before: nothing, unless the allocation adjusts another.
    pub was: Credits,
    /// What is deducted for shortfalls of earlier years.
    pub deduction: Credits,
    /// What the wallet could not give back; for a draft, could not give back now.
    pub shortfall: Credits,
    /// How much of the shortfall later years have deducted.
    pub recovered: Credits,
    /// What the wallet holds now.
    balance: Credits,
}

impl AllocationLine {
    /// What the line moves: to the wallet, or from it where negative.
    pub fn posted(&self) -> Credits {
        self.credits - self.was - self.deduction + self.shortfall
    }

    /// What the wallet lacks of what a reversal of the line would take from it now.
    pub fn lacking_to_reverse(&self) -> Credits {
        Ord::max(self.posted() - self.balance, Credits::ZERO)
    }

    /// Fills in what the wallet could not give back now.
    fn foreseen(self) -> AllocationLine {
        let short = self.was + self.deduction - self.credits - self.balance;
        AllocationLine { shortfall: Ord::max(short, Credits::ZERO), ..self }
    }
}

/// A roll that was corrected after an allocation had counted it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct CorrectedRoll {
    /// The school.
    pub school_id: SchoolId,
    /// The school's current URN.
    pub urn: Urn,
    /// The school's current name.
    pub name: Line,
    /// The pupils that the allocation counts.
    pub counted: i64,
    /// The pupils by the newest revision.
    pub pupils: i64,
}

/// Filters a list of allocations.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Of this year.
    pub year: Option<AcademicYear>,
    /// In this state.
    pub state: Option<State>,
    /// Only those that have been posted.
    pub posted: bool,
}

/// Computes an allocation and keeps it as a draft: nothing moves.
pub async fn draft(journal: &mut Journal, new: &NewAllocation) -> Result<Allocation, Error> {
    let (draft, lines, taken) = compute(journal, new).await?;
    let hub = journal.hub();
    sql::insert(journal.tx(), hub, &draft).await?.exactly(1)?;
    sql::insert_lines(journal.tx(), hub, draft.id, &lines).await?.exactly(lines.len())?;
    sql::adjustment::insert_deductions(journal.tx(), hub, draft.id, &taken).await?.exactly(taken.len())?;
    journal.changed(draft.change(Changed::AllocationDrafted));
    Ok(draft)
}

/// Recomputes a draft by wholly new rules; whoever does so becomes its author.
pub async fn recompute(
    journal: &mut Journal,
    id: AllocationId,
    version: i64,
    new: &NewAllocation,
) -> Result<Allocation, Error> {
    let old = require_draft(journal, id, version).await?;
    if old.adjusts.is_some() {
        return Err(Error::AnAdjustment);
    }
    let (draft, lines, taken) = compute(journal, new).await?;
    let draft = Allocation { id, drafted_at: old.drafted_at, version: version + 1, ..draft };
    let hub = journal.hub();
    sql::adjustment::delete_deductions(journal.tx(), hub, id).await?.any();
    sql::delete_lines(journal.tx(), hub, id).await?.any();
    sql::update(journal.tx(), hub, &draft).await?.exactly(1)?;
    sql::insert_lines(journal.tx(), hub, id, &lines).await?.exactly(lines.len())?;
    sql::adjustment::insert_deductions(journal.tx(), hub, id, &taken).await?.exactly(taken.len())?;
    journal.changed(draft.change(Changed::AllocationRecomputed).before(State::Draft.as_str()));
    Ok(draft)
}

/// Discards a draft.
pub async fn discard(journal: &mut Journal, id: AllocationId, version: i64) -> Result<(), Error> {
    let draft = require_draft(journal, id, version).await?;
    let hub = journal.hub();
    sql::adjustment::delete_deductions(journal.tx(), hub, id).await?.any();
    sql::delete_lines(journal.tx(), hub, id).await?.any();
    sql::delete(journal.tx(), hub, id).await?.exactly(1)?;
    journal.changed(Change::new(Changed::AllocationDiscarded, id).year(draft.year).before(State::Draft.as_str()));
    Ok(())
}

/// One allocation of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: AllocationId) -> Result<Option<Allocation>, db::Error> {
    sql::get(tx, hub, id).await
}

/// A page of allocations, the oldest first.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: Filter,
    after: Option<AllocationId>,
    limit: i64,
) -> Result<Vec<Allocation>, db::Error> {
    sql::list(tx, hub, filter, after, limit).await
}

/// A page of an allocation's lines in the order of the URNs, after a line; of one school where it is given. For a
/// draft, shortfalls are computed from the wallets as they are now.
pub async fn lines(
    tx: &mut Tx,
    hub: HubId,
    allocation: &Allocation,
    school: Option<SchoolId>,
    after: i64,
    limit: i64,
) -> Result<Vec<AllocationLine>, db::Error> {
    let lines = sql::lines(tx, hub, allocation.id, school, after, limit).await?;
    Ok(match allocation.state {
        State::Draft => lines.into_iter().map(AllocationLine::foreseen).collect(),
        State::Approved | State::Reversed => lines,
    })
}

/// The schools of an allocation whose rolls have been corrected since it was computed, by URN.
pub async fn corrected_since(
    tx: &mut Tx,
    hub: HubId,
    id: AllocationId,
    limit: i64,
) -> Result<Vec<CorrectedRoll>, db::Error> {
    sql::corrected_since(tx, hub, id, limit).await
}

async fn compute(journal: &mut Journal, new: &NewAllocation) -> Result<(Allocation, Vec<DraftLine>, Vec<Owed>), Error> {
    let plan = rules::plan(new, &the_hub(journal).await?)?;
    let hub = journal.hub();
    years::require_open(journal.tx(), hub, new.year).await?;
    let schools = schools::on_roll(journal.tx(), hub, new.year, new.census_date).await?;
    let mut lines = rules::divide(&plan, new.year, schools)?;
    let given = lines.iter().map(|line| (line.school, line.credits));
    let taken = adjustment::deductions(journal.tx(), hub, new.year, given).await?;
    adjusting::show(&mut lines, &taken);
    Ok((Allocation::draft(journal, (new.year, new.census_date), plan, &lines), lines, taken))
}

impl Allocation {
    /// A new draft with these lines, by whoever acts.
    fn draft(
        journal: &Journal,
        (year, census_date): (AcademicYear, NaiveDate),
        plan: Plan,
        lines: &[DraftLine],
    ) -> Self {
        let sum = |of: fn(&DraftLine) -> Credits| lines.iter().map(of).sum();
        Allocation {
            id: journal.new_id(),
            year,
            census_date,
            state: State::Draft,
            pool: plan.pool,
            step: plan.step,
            rules: plan.rules,
            schools: i64::try_from(lines.len()).unwrap_or(i64::MAX),
            pupils: lines.iter().map(|line| line.pupils).sum(),
            adjusts: None,
            nth: None,
            was: sum(|line| line.was),
            deducted: sum(|line| line.deduction),
            shortfalls: None,
            short: Credits::ZERO,
            transaction_id: None,
            drafted_by: journal.actor(),
            drafted_at: journal.now(),
            approved_by: None,
            approved_at: None,
            reversal_id: None,
            reversed_by: None,
            reversed_at: None,
            reversed_because: None,
            version: 1,
        }
    }

    fn change(&self, kind: Changed) -> Change {
        Change::new(kind, self.id).year(self.year).after(self.state.as_str())
    }

    /// What it has put into circulation, less what it took back: nothing before it is approved.
    pub fn issued(&self) -> Credits {
        match self.state {
            State::Draft => Credits::ZERO,
            State::Approved | State::Reversed => self.pool - self.was - self.deducted + self.short,
        }
    }
}

/// The allocation, if it still is the draft that the caller read. The state is checked first: of many who approve at
/// once, all but one are told that it is already approved.
async fn require_draft(journal: &mut Journal, id: AllocationId, version: i64) -> Result<Allocation, Error> {
    let hub = journal.hub();
    match sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)? {
        Allocation { state: state @ (State::Approved | State::Reversed), .. } => Err(Error::NotADraft { state }),
        draft if draft.version != version => Err(Error::Stale),
        draft => Ok(draft),
    }
}

async fn the_hub(journal: &mut Journal) -> Result<Hub, Error> {
    let hub = journal.hub();
    Ok(hubs::get(journal.tx(), hub).await?.ok_or(ledger::Error::UnknownHub)?)
}

/// Tells the leads of the schools whose wallets it moved credits to or from.
async fn tell(journal: &mut Journal, allocation: &Allocation, kind: Kind) -> Result<(), db::Error> {
    let (hub, about) = (journal.hub(), Some(allocation.id));
    let leads = sql::adjustment::leads(journal.tx(), hub, allocation.id).await?;
    let notices: Vec<Notice> =
        leads.into_iter().map(|(lead,)| Notice { allocation: about, ..Notice::new(lead, kind) }).collect();
    notices::tell(journal, &notices).await
}
