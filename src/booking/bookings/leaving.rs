//! What happens to the bookings of somebody who is disabled.

use chrono::{DateTime, Utc};

use super::{Actor, Command, Error, Reach, State, What, perform, sql};
use crate::base::ids::{BookingId, EventId, PersonId, SchoolId};
use crate::ledger::Journal;

/// A place of somebody who can't come any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Place {
    /// The booking.
    pub booking_id: BookingId,
    /// The event that it is a place on.
    pub event_id: EventId,
    /// The school that has paid for it.
    pub school_id: SchoolId,
    /// The state of the booking: confirmed.
    pub state: State,
    /// When the event starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
}

/// Ends the requests and waiting-list entries of somebody who is disabled, with a full refund, and moves the waiting
/// lists up. Returns their places, which stay with their schools.
pub async fn leave(journal: &mut Journal, person: PersonId) -> Result<Vec<Place>, Error> {
    let (hub, actor) = (journal.hub(), Actor { person: journal.actor(), reach: Reach::Hub });
    let (places, ends): (Vec<Place>, Vec<Place>) =
        sql::leaving::live(journal.tx(), hub, person).await?.into_iter().partition(|it| it.state == State::Confirmed);
    let ends: Vec<Command> = ends.into_iter().map(|it| Command { actor, what: What::Leave(it.booking_id) }).collect();
    perform(journal, &ends).await?;
    let now = journal.now();
    Ok(places.into_iter().filter(|place| now < place.ends_at).collect())
}
