//! Bookings as people look for theirs: what is to come first, what is over after that, and places that lack a name.

use chrono::{DateTime, Utc};

use super::{View, moves, sql};
use crate::base::db::{self, Tx};
use crate::base::ids::{BookingId, HubId, PersonId, SchoolId};

/// The live bookings of a person, the next to start first.
pub async fn live_of(tx: &mut Tx, hub: HubId, person: PersonId, limit: i64) -> Result<Vec<View>, db::Error> {
    let found = sql::views::live_of(tx, hub, person, limit).await?;
    moves::seen(tx, hub, found).await
}

/// A page of a person's bookings that have ended, the last to start first.
pub async fn ended_of(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    before: Option<(DateTime<Utc>, BookingId)>,
    limit: i64,
) -> Result<Vec<View>, db::Error> {
    sql::views::ended_of(tx, hub, person, before, limit).await
}

/// The places that a school reserved and has not named anybody for, those that need a name soonest first.
pub async fn unnamed(tx: &mut Tx, hub: HubId, school: SchoolId, limit: i64) -> Result<Vec<View>, db::Error> {
    let found = sql::views::unnamed(tx, hub, school, limit).await?;
    moves::seen(tx, hub, found).await
}
