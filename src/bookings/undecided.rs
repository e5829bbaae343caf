//! What waits for a decision of a school's lead, and what each decision would leave.

use chrono::{DateTime, Utc};

use super::{View, moves, sql};
use crate::credits::Credits;
use crate::db::{self, Tx};
use crate::ids::{BookingId, HubId, SchoolId};

/// A request that waits for a decision.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Undecided {
    /// The booking: requested, or waitlisted and not approved.
    #[sqlx(flatten)]
    pub view: View,
    /// What the school has left to spend on the event now: in its wallets of the event's academic year.
    pub available: Credits,
}

impl Undecided {
    /// What the school would have left of that year to spend after this decision. What a request holds has left the wallets
    /// already; who waits in the line holds nothing until a place is free.
    pub fn available_after(&self, approved: bool) -> Credits {
        let held = if self.view.booking.ticket_id.is_some() { Credits::ZERO } else { self.view.booking.held };
        if approved { self.available } else { self.available + held }
    }

    /// Where it stands in the queue: the next to expire first, those who wait in the line last.
    pub fn place(&self) -> (DateTime<Utc>, BookingId) {
        (self.view.booking.approve_by.unwrap_or_else(sql::views::last), self.view.booking.id)
    }
}

/// A page of what waits for a decision, of one school or of all, the next to expire first.
pub async fn undecided(
    tx: &mut Tx,
    hub: HubId,
    school: Option<SchoolId>,
    after: Option<(DateTime<Utc>, BookingId)>,
    limit: i64,
) -> Result<Vec<Undecided>, db::Error> {
    let page = sql::views::undecided(tx, hub, school, after, limit).await?;
    let available: Vec<Credits> = page.iter().map(|undecided| undecided.available).collect();
    let views = moves::seen(tx, hub, page.into_iter().map(|undecided| undecided.view).collect()).await?;
    Ok(views.into_iter().zip(available).map(|(view, available)| Undecided { view, available }).collect())
}
