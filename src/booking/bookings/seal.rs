//! How the hub's changes seal bookings: each change of a booking has the digest of the booking as the change left it,
//! and the booking has the number of the change that last sealed it. Its postings state the same digest.

use super::{Booking, sql};
use crate::base::db::{Result, Tx};
use crate::base::ids::{BookingId, EventId, HubId};
use crate::base::seal::{Form, Hash};

impl Booking {
    /// The digest of everything that decides on its credits. Not its school, whose place another may take (the wallets
    /// that paid tell whose it was), nor its version.
    pub fn grounds(&self) -> Hash {
        let person = |person: Option<crate::base::ids::PersonId>| person.map(|person| person.0);
        Form::of("hub-credits/booking/1")
            .id(self.id.0)
            .id(self.event_id.0)
            .id(person(self.person_id))
            .id(self.ticket_id.map(|ticket| ticket.0))
            .words(self.state.as_str())
            .number(self.line)
            .credits(self.price)
            .credits(self.held)
            .words(self.policy.as_str().as_ref())
            .id(person(self.requested_by))
            .instant(self.requested_at)
            .id(person(self.approved_by))
            .instant(self.approved_at)
            .id(person(self.ended_by))
            .instant(self.ended_at)
            .instant(self.passed_over_at)
            .day(self.names_by)
            .instant(self.offered_until)
            .id(self.moved_to.map(|booking| booking.0))
            .instant(self.approve_by)
            .number(self.schedule)
            .hash()
    }
}

/// A booking as it is now, to be compared with what sealed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal {
    /// The booking's id.
    pub id: BookingId,
    /// The number of the change that last sealed it; none for a place in the past, for which nothing was paid.
    pub sealed_by: Option<i64>,
    /// The digest of the booking as it is now.
    pub grounds: Hash,
}

/// Those of these bookings that exist. One statement.
pub async fn sealed(tx: &mut Tx, hub: HubId, ids: &[BookingId]) -> Result<Vec<Seal>> {
    let rows = sql::sealed::sealed(tx, hub, ids).await?;
    let seal = |row: sql::sealed::SealedRow| Seal {
        id: row.booking.id,
        sealed_by: row.sealed_by,
        grounds: row.booking.grounds(),
    };
    Ok(rows.into_iter().map(seal).collect())
}

/// The digest of what decided the payment of an event's provider, from its record as it is now; none where there is no
/// such event, or it is not completed.
pub async fn settled_on(tx: &mut Tx, hub: HubId, event: EventId) -> Result<Option<Hash>> {
    sql::whole::grounds(tx, hub, event).await
}

/// How many bookings have the number of a change that sealed them.
pub async fn count_sealed(tx: &mut Tx, hub: HubId) -> Result<i64> {
    sql::sealed::count_sealed(tx, hub).await
}
