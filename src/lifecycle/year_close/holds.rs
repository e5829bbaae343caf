//! The open holds of a year: what keeps its credits from being carried over or lapsing. Each module counts its own; a new
//! kind of hold is a word of [`HoldKind`].

use uuid::Uuid;

use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{EventId, HubId, SchoolId, SourceId};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::booking::bookings;
use crate::credits::transfers;
use crate::members::years::{Held, HeldOf};
use crate::support::commissions;

words!(/** What holds credits of a year. */ HoldKind {
    /// A live booking on an event of another year, paid from wallets of this year.
    Booking = "booking",
    /// An event of the year with credits in its escrow, neither completed nor cancelled.
    Event = "event",
    /// A gift from a wallet of the year that the receiver has not answered. It holds nothing, and can't be accepted any
    /// more once the year is closed.
    Gift = "gift",
    /// A place on an event of the year that is offered to somebody on its waiting list.
    Offer = "offer",
    /// A commission for which credits of the year are set aside.
    Commission = "commission",
});

/// Something that holds credits of a year.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = YearHold)]
pub struct Hold {
    /// The kind of hold.
    pub kind: HoldKind,
    /// The id of the event, the booking, the gift or the commission.
    #[schema(value_type = SourceId)]
    pub id: Uuid,
    /// The event; null for a gift or a commission.
    pub event_id: Option<EventId>,
    /// The title of the event or commission, or the name of the school that is to receive the gift.
    pub title: Line,
    /// The school that booked, gives or buys; null for an event.
    pub school_id: Option<SchoolId>,
    /// The credits held.
    pub credits: Credits,
}

/// A page of the open holds of a year, after one of them.
pub async fn holds(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    after: Option<(HoldKind, Uuid)>,
    limit: i64,
) -> Result<Vec<Hold>, db::Error> {
    let mut found: Vec<Hold> = Vec::new();
    for kind in HoldKind::ALL.iter().copied().filter(|kind| after.is_none_or(|(last, _)| *kind >= last)) {
        let limit = limit.saturating_sub(i64::try_from(found.len()).unwrap_or(i64::MAX));
        let after = after.filter(|(last, _)| *last == kind).map(|(_, id)| id);
        let of = HeldOf { hub, year, after, limit };
        let held = match kind {
            HoldKind::Booking => bookings::paid_for_other_years(tx, of).await?,
            HoldKind::Event => bookings::events_open(tx, of).await?,
            HoldKind::Gift => transfers::unanswered(tx, of).await?,
            HoldKind::Offer => bookings::offers_open(tx, of).await?,
            HoldKind::Commission => commissions::paid_in_year(tx, of).await?,
        };
        found.extend(held.into_iter().map(|Held { id, event_id, title, school_id, credits }| Hold {
            kind,
            id,
            event_id,
            title,
            school_id,
            credits,
        }));
    }
    Ok(found)
}

/// How many holds there are, and the credits that they hold.
pub async fn held(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<(i64, Credits), db::Error> {
    let all = holds(tx, hub, year, None, i64::MAX).await?;
    Ok((i64::try_from(all.len()).unwrap_or(i64::MAX), all.iter().map(|hold| hold.credits).sum()))
}
