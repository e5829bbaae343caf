//! What becomes of the bookings of somebody who is disabled.

use chrono::{DateTime, Utc};

use super::{Actor, Command, Error, Reach, State, What, perform, sql};
use crate::ids::{BookingId, EventId, PersonId, SchoolId};
use crate::ledger::Journal;

/// A place that somebody has who can't come any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Place {
    /// The booking.
    pub booking_id: BookingId,
    /// Its event.
    pub event_id: EventId,
    /// The school that has paid for it.
    pub school_id: SchoolId,
    /// What it is: confirmed, or it would not be one.
    pub state: State,
    /// When the event starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
}

/// Ends the requests of somebody who is disabled and their entries in waiting lists, all of it back, and the lines move
/// up. The answer is the places that they have, which stay with their schools.
pub async fn leave(journal: &mut Journal, person: PersonId) -> Result<Vec<Place>, Error> {
    let (hub, actor) = (journal.hub(), Actor { person: journal.actor(), reach: Reach::Hub });
    let (places, ends): (Vec<Place>, Vec<Place>) =
        sql::leaving::live(journal.tx(), hub, person).await?.into_iter().partition(|it| it.state == State::Confirmed);
    let ends: Vec<Command> = ends.into_iter().map(|it| Command { actor, what: What::Leave(it.booking_id) }).collect();
    perform(journal, &ends).await?;
    let now = journal.now();
    Ok(places.into_iter().filter(|place| now < place.ends_at).collect())
}
