//! What is asked for a group.

use chrono::NaiveDate;

use crate::ids::{EventId, PersonId, SchoolId};

/// Places on an event for several delegates, asked for as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The event.
    pub event: EventId,
    /// The delegates, whose schools pay.
    pub delegates: Vec<PersonId>,
    /// Places without a name, beside theirs.
    pub unnamed: Option<Unnamed>,
    /// Whether each is booked by itself: a place, the line, or a refusal. Otherwise all get a place at once, or none.
    pub best_effort: bool,
    /// Whether it may be at the same time as other bookings of theirs.
    pub allow_clash: bool,
}

/// Places that a school reserves before it knows for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unnamed {
    /// How many.
    pub places: usize,
    /// The school; the lead's own where nothing is said.
    pub school: Option<SchoolId>,
    /// The last day, in London, on which they may be named.
    pub names_by: NaiveDate,
}
