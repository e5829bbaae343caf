//! Why credits can't be allocated, adjusted or reversed.

use super::State;
use super::apportion::Bound;
use crate::base::credits::Credits;
use crate::base::db;
use crate::base::ids::AllocationId;
use crate::base::text::{Line, Urn, counted};
use crate::ledger;
use crate::members::years;

/// A school that can't give back what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short {
    /// The school's URN.
    pub urn: Urn,
    /// The school's name.
    pub name: Line,
    /// How many credits it is short of.
    pub short_by: Credits,
}

/// What has changed since a draft was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Outdated {
    /// Another adjustment was approved or reversed, or a later year took a shortfall.
    #[error("what the schools were given has changed")]
    Given,
    /// Shortfalls of earlier years were left or settled.
    #[error("what is to be deducted for earlier years has changed")]
    Deductions,
}

/// Why credits can't be allocated, adjusted or reversed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such allocation for the caller.
    #[error("there is no such allocation")]
    Unknown,
    /// The record was changed since it was read.
    #[error("the allocation has changed since it was read")]
    Stale,
    /// The allocation is not a draft any more.
    #[error("the allocation is {state}; only one that is {} can be changed or approved", State::Draft)]
    NotADraft {
        /// The state that it is in.
        state: State,
    },
    /// The allocation is not approved, or no longer is.
    #[error("the allocation is {state}; only one that is {} can be adjusted or reversed", State::Approved)]
    NotApproved {
        /// The state that it is in.
        state: State,
    },
    /// The allocation is an adjustment, which is recomputed only with another pool.
    #[error("it adjusts another allocation, whose rules are its own: compute it again as an adjustment")]
    AnAdjustment,
    /// The allocation is not an adjustment.
    #[error("it adjusts no other allocation")]
    NotAnAdjustment,
    /// Something that it was computed from has changed since.
    #[error("{0} since the draft was computed: compute it again")]
    Outdated(Outdated),
    /// Every school already has what it should have.
    #[error("by these rolls and this pool every school has what it should have")]
    NothingToAdjust,
    /// Schools have spent what they should give back, and nobody has decided what becomes of it.
    #[error("what {} should give back is spent: say what is to become of it", counted(.schools.len(), "school"))]
    ShortfallsUndecided {
        /// All those schools.
        schools: Vec<Short>,
    },
    /// Schools have spent what a reversal would take back.
    #[error("what {} had been given is spent", counted(.schools.len(), "school"))]
    Spent {
        /// All those schools.
        schools: Vec<Short>,
    },
    /// Later allocations are computed from it.
    #[error("reverse what depends on it first: {}", counted(.on.len(), "allocation"))]
    InUse {
        /// All those allocations, the last first.
        on: Vec<AllocationId>,
    },
    /// Whoever drafted it may not also approve it.
    #[error(
        "another hub manager than the one who drafted it must approve it, whose account was not made in the last week, \
         unless the operator made it: whoever runs the service can name one with hub-credits manager"
    )]
    FourEyes,
    /// The pool is zero.
    #[error("the pool must be more than zero")]
    NoPool {
        /// Whether the pool was to come from funding.
        funded: bool,
    },
    /// The pool exceeds the largest amount.
    #[error("the pool is more than {} credits", Credits::LARGEST)]
    PoolTooLarge,
    /// The pool is not a multiple of the step.
    #[error("the pool is {over} credits over a multiple of the step, {step}")]
    StepDoesNotDivide {
        /// The hub's step.
        step: Credits,
        /// What the pool has beyond a multiple of the step.
        over: Credits,
    },
    /// The floor or cap is not a multiple of the step.
    #[error("must be a multiple of the step, {step}")]
    NotAMultiple {
        /// The bound that is not a multiple.
        limit: Bound,
        /// The hub's step.
        step: Credits,
    },
    /// A phase has two weights.
    #[error("the phase has a weight already")]
    WeighedTwice {
        /// The index of the second, from 0.
        at: usize,
    },
    /// The cap is below the floor.
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
    /// No school is a member of the hub in the year.
    #[error("the hub has no school in that year")]
    NoSchools,
    /// No school has pupils, weight and months to divide the pool by.
    #[error("no school has pupils, weight and months to divide the pool by")]
    NoPupils,
    /// Schools have no roll on the census date.
    #[error("{} without a roll on the census date", counted(.schools.len(), "school"))]
    MissingRolls {
        /// All those schools.
        schools: Vec<(Urn, Line)>,
    },
    /// A number is too large for the division.
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
