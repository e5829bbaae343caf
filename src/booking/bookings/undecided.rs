//! Requests that wait for a decision of a school's lead, and what each decision would leave of its credits.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::{State, View, moves, sql};
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::{BookingId, HubId, SchoolId};
use crate::members::people;

/// A request that waits for a decision.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Undecided {
    /// The booking: requested, or waitlisted and not yet approved.
    #[sqlx(flatten)]
    pub view: View,
    /// What the school still has to spend on the event: in its wallets of the event's academic year.
    pub available: Credits,
}

impl Undecided {
    /// What the school would still have to spend in that year after this decision. What a request holds has already
    /// left the wallets; a booking on the waiting list holds nothing until a place is free.
    pub fn available_after(&self, approved: bool) -> Credits {
        let held = if self.view.booking.ticket_id.is_some() { Credits::ZERO } else { self.view.booking.held };
        if approved { self.available } else { self.available + held }
    }

    /// Its position in the queue: the next to expire first, bookings on a waiting list last.
    pub fn place(&self) -> (DateTime<Utc>, BookingId) {
        (self.view.booking.approve_by.unwrap_or_else(sql::views::last), self.view.booking.id)
    }
}

/// A page of requests that wait for a decision, of one school or of all, the next to expire first.
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

/// Those of these requests that hold a place and that only the hub's managers can decide today: at their schools there is
/// nobody else.
pub async fn left_to_hub(
    tx: &mut Tx,
    hub: HubId,
    waiting: &[Undecided],
    today: NaiveDate,
) -> Result<BTreeSet<BookingId>, db::Error> {
    let held = || waiting.iter().map(|it| &it.view.booking).filter(|booking| booking.state == State::Requested);
    let schools: BTreeSet<SchoolId> = held().map(|booking| booking.school_id).collect();
    let deciders = people::deciders(tx, hub, &schools.into_iter().collect::<Vec<_>>(), today).await?;
    let left = held().filter(|it| deciders.left_to_hub(it.school_id, &[it.person_id, it.requested_by]));
    Ok(left.map(|booking| booking.id).collect())
}
