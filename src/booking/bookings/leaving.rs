//! What happens to the bookings of somebody who is disabled, or goes to another school or role.

use chrono::{DateTime, Utc};

use super::{Actor, Command, Error, Reach, State, What, perform, sql};
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::{BookingId, EventId, HubId, PersonId, SchoolId};
use crate::base::text::Line;
use crate::ledger::Journal;

/// A live booking of somebody whose record is to be changed.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct OpenBooking {
    /// The booking's id.
    pub id: BookingId,
    /// The event that it is a place on.
    pub event_id: EventId,
    /// The event's title.
    pub event_title: Line,
    /// When the event starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    #[serde(skip)]
    pub ends_at: DateTime<Utc>,
    /// The school that pays, or has paid.
    pub school_id: SchoolId,
    /// Requested, waitlisted or confirmed.
    pub state: State,
    /// What the event holds for it.
    pub held: Credits,
    /// The booking's version.
    #[serde(skip)]
    pub version: i64,
}

/// Somebody's live bookings, in the order of the events.
pub async fn open_of(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Vec<OpenBooking>, db::Error> {
    sql::leaving::open_of(tx, hub, person).await
}

/// Ends the requests and waiting-list entries of somebody who is disabled or no longer at the school of these, with a
/// full refund, and moves the waiting lists up. Returns their places, which stay with their schools.
pub async fn leave(journal: &mut Journal, person: PersonId) -> Result<Vec<OpenBooking>, Error> {
    let (hub, actor) = (journal.hub(), Actor { person: journal.actor(), reach: Reach::Hub });
    let open = open_of(journal.tx(), hub, person).await?;
    let (places, ends): (Vec<_>, Vec<_>) = open.into_iter().partition(|it| it.state == State::Confirmed);
    let ends: Vec<Command> =
        ends.into_iter().map(|it| Command { actor, what: What::Leave(it.id), shown: None }).collect();
    perform(journal, &ends).await?;
    let now = journal.now();
    Ok(places.into_iter().filter(|place| now < place.ends_at).collect())
}
