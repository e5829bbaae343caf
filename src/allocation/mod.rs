//! The yearly division of credits over the hub's schools.
//!
//! An allocation is drafted from a pool and the rolls of one census, looked at, recomputed or thrown
//! away, and approved once: approval posts it to the schools' wallets as one transaction. A draft moves
//! nothing. Every operation is a handful of statements, however many schools.

pub mod apportion;
mod comparison;
mod rules;
mod sql;

use chrono::{DateTime, NaiveDate, Utc};

pub use apportion::{Bound, Quota};
pub use comparison::{Against, ComparisonLine, ComparisonTotal, Presence, comparison, comparison_total, percent_more};
pub use rules::{Funding, NewAllocation, PhaseWeight, Pool, Pounds, Rules, Weight};

use crate::changes::{Change, Kind as Changed};
use crate::clock::london_date;
use crate::credits::Credits;
use crate::db::types::words;
use crate::db::{self, Contended, Tx};
use crate::hubs::{self, Hub};
use crate::ids::{AllocationId, HubId, PersonId, SchoolId, TransactionId};
use crate::ledger::{
    self, AccountName, Journal, NotAPosting, Posting, Source, SourceKind, TransactionKind, WalletKind,
};
use crate::schools::{self, Phase};
use crate::text::{Line, Urn};
use crate::year::AcademicYear;
use crate::years;

words!(/** How far an allocation has come. */ State {
    /// Computed, and nothing moved.
    Draft = "draft",
    /// Posted to the wallets.
    Approved = "approved",
    /// Posted, and taken back.
    Reversed = "reversed",
});

/// One division of a pool of credits over the hub's schools.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Allocation {
    /// The allocation.
    pub id: AllocationId,
    /// The year whose wallets it fills.
    pub year: AcademicYear,
    /// The census whose rolls it goes by.
    pub census_date: NaiveDate,
    /// How far it has come.
    pub state: State,
    /// What is divided; the lines sum to it exactly.
    pub pool: Credits,
    /// Every line is a multiple of it.
    pub step: Credits,
    /// What else it was computed by.
    #[sqlx(try_from = "String")]
    pub rules: Rules,
    /// How many schools, one line each.
    pub schools: i64,
    /// Their pupils together.
    pub pupils: i64,
    /// What posted it.
    pub transaction_id: Option<TransactionId>,
    /// Who computed it last: with four eyes, another must approve it.
    pub drafted_by: Option<PersonId>,
    /// When it was first drafted.
    pub drafted_at: DateTime<Utc>,
    /// Who approved it.
    pub approved_by: Option<PersonId>,
    /// When it was approved.
    pub approved_at: Option<DateTime<Utc>>,
    /// Rises with every change.
    pub version: i64,
}

/// What one school gets of an allocation, and why.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AllocationLine {
    /// From 1, in the order of the URNs.
    pub line: i64,
    /// The school.
    pub school_id: SchoolId,
    /// Its URN now.
    pub urn: Urn,
    /// Its name now.
    pub name: Line,
    /// Its phase now.
    pub phase: Phase,
    /// Pupils on roll at the census.
    pub pupils: i64,
    /// How much each counts.
    #[sqlx(try_from = "i64")]
    pub weight: Weight,
    /// Whole months of the year it is a member.
    pub months: i64,
    /// Its exact share in credits, before floor, cap and rounding.
    pub quota: Quota,
    /// The share in whole steps, or the floor or cap that binds.
    pub rounded_down: Credits,
    /// Its place by remainder among the schools that nothing binds, from 1.
    pub remainder_rank: Option<i64>,
    /// The floor or cap that replaced the share.
    pub bound: Option<Bound>,
    /// What it gets.
    pub credits: Credits,
}

/// Which allocations.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Of this year.
    pub year: Option<AcademicYear>,
    /// In this state.
    pub state: Option<State>,
    /// Only those that are past the draft.
    pub posted: bool,
}

/// Why credits can't be allocated so.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such allocation for the caller.
    #[error("there is no such allocation")]
    Unknown,
    /// The record was changed since it was read.
    #[error("the allocation has changed since it was read")]
    Stale,
    /// It is not a draft any more.
    #[error("the allocation is {state}; only one that is {} can be changed or approved", State::Draft)]
    NotADraft {
        /// What it is.
        state: State,
    },
    /// Whoever drafted it may not approve it too.
    #[error("another hub manager than the one who drafted it must approve it")]
    FourEyes,
    /// The pool is nothing.
    #[error("the pool must be more than zero")]
    NoPool {
        /// Whether it was to come from funding.
        funded: bool,
    },
    /// The pool has more than 12 digits.
    #[error("the pool is more than 9999999999.99 credits")]
    PoolTooLarge,
    /// The pool is no multiple of the step.
    #[error("the pool is {over} credits over a multiple of the step, {step}")]
    StepDoesNotDivide {
        /// The step.
        step: Credits,
        /// Pool less the multiple below it.
        over: Credits,
    },
    /// The floor or cap is no multiple of the step.
    #[error("must be a multiple of the step, {step}")]
    NotAMultiple {
        /// Which.
        limit: Bound,
        /// The step.
        step: Credits,
    },
    /// A phase has two weights.
    #[error("the phase has a weight already")]
    WeighedTwice {
        /// The place of the second, from 0.
        at: usize,
    },
    /// No school could be at or over the floor and at or under the cap.
    #[error("the cap is {by} credits below the floor")]
    CapBelowFloor {
        /// Floor less cap.
        by: Credits,
    },
    /// The floors together are more than the pool.
    #[error("the floors come to {by} credits more than the pool")]
    FloorsOverPool {
        /// Floors less pool.
        by: Credits,
    },
    /// All that can be given is less than the pool.
    #[error("the caps come to {by} credits less than the pool")]
    CapsUnderPool {
        /// Pool less all that can be given.
        by: Credits,
    },
    /// The hub has no school in the year.
    #[error("the hub has no school in that year")]
    NoSchools,
    /// No school has pupils, weight and months to divide the pool by.
    #[error("no school has pupils, weight and months to divide the pool by")]
    NoPupils,
    /// Schools have no roll on the census date.
    #[error("{} schools have no roll on the census date", .schools.len())]
    MissingRolls {
        /// All of them.
        schools: Vec<(Urn, Line)>,
    },
    /// A number is beyond what can be divided.
    #[error("{0}")]
    OutOfRange(String),
    /// The year is not open.
    #[error(transparent)]
    Year(#[from] years::Error),
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl From<NotAPosting> for Error {
    fn from(error: NotAPosting) -> Self {
        Error::Ledger(error.into())
    }
}

impl Contended for Error {
    fn contended(&self) -> bool {
        match self {
            Error::Year(error) => error.contended(),
            Error::Ledger(error) => error.contended(),
            Error::Database(error) => error.contended(),
            Error::Unknown
            | Error::Stale
            | Error::NotADraft { .. }
            | Error::FourEyes
            | Error::NoPool { .. }
            | Error::PoolTooLarge
            | Error::StepDoesNotDivide { .. }
            | Error::NotAMultiple { .. }
            | Error::WeighedTwice { .. }
            | Error::CapBelowFloor { .. }
            | Error::FloorsOverPool { .. }
            | Error::CapsUnderPool { .. }
            | Error::NoSchools
            | Error::NoPupils
            | Error::MissingRolls { .. }
            | Error::OutOfRange(_) => false,
        }
    }
}

/// Computes an allocation and keeps it as a draft: nothing moves.
pub async fn draft(journal: &mut Journal, new: &NewAllocation) -> Result<Allocation, Error> {
    let (id, now) = (journal.new_id(), journal.now());
    let (allocation, lines) = compute(journal, new, id, now, 1).await?;
    let hub = journal.hub();
    sql::insert(journal.tx(), hub, &allocation).await?;
    sql::insert_lines(journal.tx(), hub, id, &lines).await?;
    journal.changed(allocation.change(Changed::AllocationDrafted));
    Ok(allocation)
}

/// Computes a draft again, by wholly new rules; whoever does so is its author.
pub async fn recompute(
    journal: &mut Journal,
    id: AllocationId,
    version: i64,
    new: &NewAllocation,
) -> Result<Allocation, Error> {
    let old = require_draft(journal, id, version).await?;
    let (allocation, lines) = compute(journal, new, id, old.drafted_at, version + 1).await?;
    let hub = journal.hub();
    sql::delete_lines(journal.tx(), hub, id).await?;
    sql::update(journal.tx(), hub, &allocation).await?;
    sql::insert_lines(journal.tx(), hub, id, &lines).await?;
    journal.changed(allocation.change(Changed::AllocationRecomputed).before(State::Draft.as_str()));
    Ok(allocation)
}

/// Throws a draft away.
pub async fn discard(journal: &mut Journal, id: AllocationId, version: i64) -> Result<(), Error> {
    let draft = require_draft(journal, id, version).await?;
    let hub = journal.hub();
    sql::delete_lines(journal.tx(), hub, id).await?;
    sql::delete(journal.tx(), hub, id).await?;
    journal.changed(Change::new(Changed::AllocationDiscarded, id).year(draft.year).before(State::Draft.as_str()));
    Ok(())
}

/// Posts a draft as one transaction: the year's issuance is debited, and the wallet of every school that
/// gets something credited. Opens a wallet for every school, so that each has a balance to look at.
pub async fn approve(journal: &mut Journal, id: AllocationId, version: i64) -> Result<Allocation, Error> {
    let mut allocation = require_draft(journal, id, version).await?;
    let (hub, actor) = (journal.hub(), journal.actor());
    years::require_open(journal.tx(), hub, allocation.year).await?;
    let four_eyes = the_hub(journal).await?.four_eyes;
    if four_eyes && (actor.is_none() || actor == allocation.drafted_by) {
        return Err(Error::FourEyes);
    }

    let lines = sql::awards(journal.tx(), hub, id).await?;
    let mut names = vec![AccountName::Issuance(allocation.year)];
    names.extend(lines.iter().map(|(school, _)| AccountName::Wallet(*school, allocation.year, WalletKind::Allocated)));
    let mut accounts = ledger::open_accounts(journal, &names).await?.into_iter();
    let issuance = accounts.next().map(|issuance| (issuance, allocation.pool));
    let wallets = accounts.zip(lines).map(|(wallet, (_, credits))| (wallet, credits));
    let posting = Posting::new(
        TransactionKind::AllocationApproved,
        Source { kind: SourceKind::Allocation, id: id.0 },
        london_date(journal.now()),
        issuance,
        wallets.filter(|(_, credits)| *credits > Credits::ZERO),
    )?;
    allocation.transaction_id = ledger::post(journal, &[posting]).await?.first().copied();
    allocation.state = State::Approved;
    allocation.approved_by = actor;
    allocation.approved_at = Some(journal.now());
    allocation.version += 1;
    sql::update(journal.tx(), hub, &allocation).await?;
    let change = allocation.change(Changed::AllocationApproved).before(State::Draft.as_str());
    let moved = allocation.transaction_id.map(|transaction| (allocation.pool, transaction));
    journal.changed(moved.into_iter().fold(change, |change, (pool, transaction)| change.moved(pool, transaction)));
    Ok(allocation)
}

impl Allocation {
    fn change(&self, kind: Changed) -> Change {
        Change::new(kind, self.id).year(self.year).after(self.state.as_str())
    }
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

/// A page of an allocation's lines in the order of the URNs, after a line; of one school where it is given.
pub async fn lines(
    tx: &mut Tx,
    hub: HubId,
    id: AllocationId,
    school: Option<SchoolId>,
    after: i64,
    limit: i64,
) -> Result<Vec<AllocationLine>, db::Error> {
    sql::lines(tx, hub, id, school, after, limit).await
}

async fn compute(
    journal: &mut Journal,
    new: &NewAllocation,
    id: AllocationId,
    drafted_at: DateTime<Utc>,
    version: i64,
) -> Result<(Allocation, Vec<rules::DraftLine>), Error> {
    let plan = rules::plan(new, &the_hub(journal).await?)?;
    let hub = journal.hub();
    years::require_open(journal.tx(), hub, new.year).await?;
    let schools = schools::on_roll(journal.tx(), hub, new.year, new.census_date).await?;
    let lines = rules::divide(&plan, new.year, schools)?;
    let allocation = Allocation {
        id,
        year: new.year,
        census_date: new.census_date,
        state: State::Draft,
        pool: plan.pool,
        step: plan.step,
        rules: plan.rules,
        schools: i64::try_from(lines.len()).unwrap_or(i64::MAX),
        pupils: lines.iter().map(|line| line.pupils).sum(),
        transaction_id: None,
        drafted_by: journal.actor(),
        drafted_at,
        approved_by: None,
        approved_at: None,
        version,
    };
    Ok((allocation, lines))
}

/// The allocation, where it is still the draft that the caller read. The state is looked at first: of
/// many who approve at once, all but one hear that it is approved.
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
