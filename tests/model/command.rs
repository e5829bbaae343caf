//! What people, the hub and time may do, in the model's own numbers.

use chrono::NaiveDate;

use crate::deals::Dealing;
use crate::settling::Settling;
use crate::state::{Hundredths, Instant, Mark, Place};
use crate::year::Act;

/// One thing that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A place on an event.
    Book { by: usize, event: usize, delegate: usize, allow_clash: bool, ticket: Option<usize> },
    /// Places for several.
    Group {
        by: usize,
        event: usize,
        delegates: Vec<usize>,
        unnamed: Option<Unnamed>,
        best_effort: bool,
        allow_clash: bool,
    },
    /// The lead agrees.
    Approve { by: usize, place: Place },
    /// The lead refuses.
    Decline { by: usize, place: Place },
    /// The place is given up, at the terms that were told where there is a quote.
    Cancel { by: usize, place: Place, quote: Option<String> },
    /// The hub gives back of what the event kept.
    Waive { by: usize, place: Place, amount: Option<Hundredths> },
    /// A place without a name gets one.
    Name { by: usize, place: Place, delegate: usize, allow_clash: bool },
    /// Somebody else takes it over.
    Substitute { by: usize, place: Place, delegate: usize, allow_clash: bool },
    /// The delegate goes to another event.
    Transfer { by: usize, place: Place, event: usize, allow_clash: bool },
    /// The place on offer is taken.
    AcceptOffer { by: usize, place: Place },
    /// The place on offer is not wanted.
    DeclineOffer { by: usize, place: Place },

    /// Somebody asks what cancelling would give back.
    Quote { by: usize, place: Place },
    /// The event has another number of places.
    Capacity { by: usize, event: usize, to: i64 },
    /// A place costs something else from now on.
    Price { event: usize, to: Hundredths },
    /// A session is somewhere else.
    Reschedule { event: usize, session: usize },
    /// The hub calls it off.
    CallOff { by: usize, event: usize },
    /// The register of a session says this.
    Mark { event: usize, session: usize, marks: Vec<(Place, Mark)> },
    /// The event is over.
    Complete { by: usize, event: usize, unmarked: Option<Mark> },
    /// What a school lets pass.
    Rules { school: usize, own_approval: bool, second_person: bool, limit: Option<Hundredths> },
    /// A ticket for somebody.
    Issue { person: usize, kind: usize, valid_until: Option<NaiveDate> },
    /// A ticket is taken back.
    Revoke { ticket: usize },
    /// Something is done with credits outside bookings.
    Year(Act),
    /// Something is done about support.
    Deal(Dealing),
    /// Something is done about what the partner is paid.
    Settle(Settling),
    /// Time passes.
    Pass { to: Instant },
    /// The service does what time has brought about.
    Round,
}

/// Places that are reserved without a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unnamed {
    pub places: usize,
    pub school: usize,
    pub names_by: NaiveDate,
}

impl Command {
    /// The booking that it is about.
    pub fn place(&self) -> Option<Place> {
        match self {
            Command::Approve { place, .. }
            | Command::Decline { place, .. }
            | Command::Cancel { place, .. }
            | Command::Waive { place, .. }
            | Command::Name { place, .. }
            | Command::Substitute { place, .. }
            | Command::Transfer { place, .. }
            | Command::AcceptOffer { place, .. }
            | Command::DeclineOffer { place, .. }
            | Command::Quote { place, .. } => Some(*place),
            _ => None,
        }
    }
}

/// A step of a run: commands that wait together at a desk, or one that does not go there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// At the desk, in this order.
    Desk(Vec<Command>),
    /// By itself.
    Alone(Command),
}
