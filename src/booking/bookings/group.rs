//! What is asked for a group: several places on one event.

use chrono::NaiveDate;

use crate::base::ids::{EventId, PersonId, SchoolId};

/// Places on an event for several delegates, requested together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The event to book places on.
    pub event: EventId,
    /// The delegates, whose schools pay.
    pub delegates: Vec<PersonId>,
    /// Places without a name, in addition to the delegates'.
    pub unnamed: Option<Unnamed>,
    /// Whether each is booked separately: a place, the waiting list, or a refusal. Otherwise all get a place, or none
    /// does.
    pub best_effort: bool,
    /// Whether the event may overlap with other bookings of theirs.
    pub allow_clash: bool,
}

/// The most places in a group.
const MOST: usize = 50;

impl Group {
    /// Refuses a group of nobody, and one that is too large.
    ///
    /// # Errors
    /// What was expected.
    pub fn check(&self) -> Result<(), String> {
        let places = self.delegates.len() + self.unnamed.map_or(0, |unnamed| unnamed.places);
        if (1..=MOST).contains(&places) { Ok(()) } else { Err(format!("must be 1 to {MOST}, with the places unnamed")) }
    }
}

/// Places that a school reserves before it knows who will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unnamed {
    /// How many places are reserved.
    pub places: usize,
    /// The school; none for the lead's own.
    pub school: Option<SchoolId>,
    /// The last day, in London, for naming the delegates.
    pub names_by: NaiveDate,
}
