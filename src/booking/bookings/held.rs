//! Who holds the places of an event: whoever has one, whose school has not decided yet, and whoever was offered one.

use super::{View, moves, sql};
use crate::base::db::{self, Tx};
use crate::base::ids::{BookingId, EventId, HubId, SchoolId};

/// What the held places of an event are, besides those that are booked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// For how many a school has still to decide.
    pub requested: i64,
    /// How many are offered to somebody of the waiting list.
    pub offered: i64,
}

/// A page of the bookings that hold a place of an event, in the order in which they were asked for.
pub async fn holders(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    school: Option<SchoolId>,
    after: Option<BookingId>,
    limit: i64,
) -> Result<Vec<View>, db::Error> {
    let page = sql::views::holders(tx, hub, event, school, after, limit).await?;
    moves::seen(tx, hub, page).await
}

/// How many of the held places of an event are not booked yet.
pub async fn pending(tx: &mut Tx, hub: HubId, event: EventId) -> Result<Pending, db::Error> {
    let (requested, offered) = sql::views::held_pending(tx, hub, event).await?;
    Ok(Pending { requested, offered })
}
