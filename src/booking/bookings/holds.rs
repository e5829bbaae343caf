//! What a school's open bookings hold of its wallets, and what cancelling them would refund.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::cancellation::{Share, Terms, Timing, give_back};
use super::{Booking, moves, sql};
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::{AccountId, BookingId, HubId, SchoolId};
use crate::base::text::Line;

/// A live booking that holds credits of its school.
#[derive(Clone, Debug, PartialEq)]
pub struct Hold {
    /// The open booking.
    pub booking: Booking,
    /// The event's title.
    pub event_title: Line,
    /// The event's timing.
    pub timing: Timing,
    /// What it holds of each wallet, in the order of the draw.
    pub shares: Vec<Share<AccountId>>,
}

impl Hold {
    /// What each wallet would get back if the booking were cancelled at `at`, by the policy that it was agreed on.
    pub fn coming_back(&self, at: DateTime<Utc>) -> Vec<Share<AccountId>> {
        give_back(&self.shares, Terms::of(&self.booking, &self.timing, at).refund)
    }
}

/// Everything that the school's live bookings hold of its wallets, in the order of the events. Reads as many rows as
/// there are such bookings, and no others.
pub async fn holds(tx: &mut Tx, hub: HubId, school: SchoolId) -> Result<Vec<Hold>, db::Error> {
    let open = sql::views::holding(tx, hub, school).await?;
    let ids: Vec<BookingId> = open.iter().map(|row| row.booking.id).collect();
    let mut drawn: HashMap<BookingId, Vec<Share<AccountId>>> = HashMap::new();
    for (booking, wallet, amount, _) in sql::paid(tx, hub, &ids).await? {
        drawn.entry(booking).or_default().push(Share { wallet, amount });
    }
    let moved = |row: &&sql::views::Holding| row.rescheduled_at.is_some();
    let moved: Vec<_> = open.iter().filter(moved).map(|row| (row.booking.id, row.booking.event_id)).collect();
    let mut rights = moves::rights(tx, hub, &moved).await?;
    let hold = |row: sql::views::Holding| {
        // Refunds always took the last of the draw: what is held is the first of it.
        let mut left = row.booking.held;
        let mut shares = drawn.remove(&row.booking.id).unwrap_or_default();
        for share in &mut shares {
            share.amount = share.amount.min(left);
            left = left - share.amount;
        }
        shares.retain(|share| share.amount > Credits::ZERO);
        let timing = Timing { starts_at: row.starts_at, moved: rights.remove(&row.booking.id) };
        Hold { booking: row.booking, event_title: row.event_title, timing, shares }
    };
    Ok(open.into_iter().map(hold).collect())
}
