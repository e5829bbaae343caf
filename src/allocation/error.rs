//! Why credits can't be allocated, adjusted or taken back so.

use super::State;
use super::apportion::Bound;
use crate::credits::Credits;
use crate::db::{self, Contended};
use crate::ids::AllocationId;
use crate::ledger;
use crate::text::{Line, Urn};
use crate::years;

/// A school that can't give back what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short {
    /// Its URN.
    pub urn: Urn,
    /// Its name.
    pub name: Line,
    /// How much it has too little.
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
    /// It is not approved, or not any more.
    #[error("the allocation is {state}; only one that is {} can be adjusted or reversed", State::Approved)]
    NotApproved {
        /// What it is.
        state: State,
    },
    /// It adjusts another one, and is computed again by a pool alone.
    #[error("it adjusts another allocation, whose rules are its own: compute it again as an adjustment")]
    AnAdjustment,
    /// It adjusts nothing.
    #[error("it adjusts no other allocation")]
    NotAnAdjustment,
    /// What it was computed from has changed since.
    #[error("{0} since the draft was computed: compute it again")]
    Outdated(Outdated),
    /// Every school has what it should have.
    #[error("by these rolls and this pool every school has what it should have")]
    NothingToAdjust,
    /// Schools have spent what they should give back, and nobody has said what is to become of it.
    #[error("{} schools have spent what they should give back: say what is to become of it", .schools.len())]
    ShortfallsUndecided {
        /// All of them.
        schools: Vec<Short>,
    },
    /// Schools have spent what a reversal would take back.
    #[error("{} schools have spent what they were given", .schools.len())]
    Spent {
        /// All of them.
        schools: Vec<Short>,
    },
    /// Allocations that came later are computed from it.
    #[error("{} allocations depend on it: reverse those first", .on.len())]
    InUse {
        /// All of them, the last first.
        on: Vec<AllocationId>,
    },
    /// Whoever drafted it may not approve it too.
    #[error(
        "another hub manager than the one who drafted it must approve it, whose account was not made in the last week"
    )]
    FourEyes,
    /// The pool is nothing.
    #[error("the pool must be more than zero")]
    NoPool {
        /// Whether it was to come from funding.
        funded: bool,
    },
    /// The pool is over the bound of amounts.
    #[error("the pool is more than {} credits", Credits::LARGEST)]
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

impl Contended for Error {
    fn contended(&self) -> bool {
        match self {
            Error::Year(error) => error.contended(),
            Error::Ledger(error) => error.contended(),
            Error::Database(error) => error.contended(),
            Error::Unknown
            | Error::Stale
            | Error::NotADraft { .. }
            | Error::NotApproved { .. }
            | Error::AnAdjustment
            | Error::NotAnAdjustment
            | Error::Outdated(_)
            | Error::NothingToAdjust
            | Error::ShortfallsUndecided { .. }
            | Error::Spent { .. }
            | Error::InUse { .. }
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
