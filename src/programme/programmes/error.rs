//! Why something of the programme can't be written.

use chrono::{DateTime, Utc};

use super::events::State;
use crate::base::db;
use crate::base::text::counted;
use crate::ledger;
use crate::members::years;

/// One fault in what a caller wants to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Where it is, as a JSON pointer: `/sessions/0/ends_at`.
    pub pointer: String,
    /// A stable code for it.
    pub code: &'static str,
    /// What is wrong, in words.
    pub detail: String,
}

impl Flaw {
    /// An invalid value.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Flaw {
        Flaw { pointer: pointer.into(), code: "invalid", detail: detail.into() }
    }

    /// A reference to something that is not in the hub.
    pub fn unknown(pointer: impl Into<String>, detail: impl Into<String>) -> Flaw {
        Flaw { pointer: pointer.into(), code: "unknown", detail: detail.into() }
    }
}

/// Why something of the programme can't be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such programme or event in the hub.
    #[error("there is nothing with this id")]
    Unknown,
    /// The record was changed since it was read.
    #[error("the record has changed since it was read")]
    Stale,
    /// A priority of that name exists.
    #[error("there is a priority with this name")]
    PriorityTaken,
    /// Invalid fields: all of them.
    #[error("{} fields can't be taken", .0.len())]
    Invalid(Vec<Flaw>),
    /// The programme is no draft.
    #[error("the programme is published already")]
    Published,
    /// The draft has events.
    #[error("the draft has {}: delete what it has first", counted(*.events, "event"))]
    HasEvents {
        /// How many.
        events: usize,
    },
    /// The event can't go from its state to the one asked for.
    #[error("the event is {from}; it can't become {to}")]
    InvalidTransition {
        /// The state it is in.
        from: State,
        /// The state asked for.
        to: State,
    },
    /// These fields can't be changed any more.
    #[error("{} can't be changed: the event is {state}", .fields.join(", "))]
    Settled {
        /// The state of the event.
        state: State,
        /// The settled fields.
        fields: Vec<&'static str>,
    },
    /// More places are held than the capacity asked for.
    #[error("{}", super::sense::below_held(*.held))]
    CapacityBelowHeld {
        /// How many places are held.
        held: i64,
    },
    /// The first session has begun.
    #[error("the first session began at {0}")]
    Started(DateTime<Utc>),
    /// The event would have no session left.
    #[error("it is the last session of the event: call the event off")]
    LastSession,
    /// The session's register has marks.
    #[error("the register of the session has been begun: it can't be moved or called off")]
    RegisterBegun,
    /// The academic year of the first session is closed or not opened.
    #[error(transparent)]
    Year(#[from] years::Error),
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}
