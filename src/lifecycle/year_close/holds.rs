//! The open holds of a year: what keeps its credits from being carried over or lapsing.

use uuid::Uuid;

use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{EventId, HubId, SchoolId, SourceId};
use crate::base::text::Line;
use crate::base::year::AcademicYear;

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
});

/// Something that holds credits of a year.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = YearHold)]
pub struct Hold {
    /// The kind of hold.
    pub kind: HoldKind,
    /// The id of the event, the booking or the gift.
    #[schema(value_type = SourceId)]
    pub id: Uuid,
    /// The event; null for a gift.
    pub event_id: Option<EventId>,
    /// The event's title, or the name of the school that is to receive the gift.
    pub title: Line,
    /// The school that booked or gives; null for an event.
    pub school_id: Option<SchoolId>,
    /// The credits held.
    pub credits: Credits,
}

const HOLDS: &str =
    "SELECT h.kind, h.id, h.event_id, h.title, h.school_id, h.credits
     FROM (SELECT 'event' AS kind, e.id, e.id AS event_id, e.title, CAST(NULL AS UUID) AS school_id, a.balance AS credits
           FROM events e
           JOIN accounts a ON a.hub_id = e.hub_id AND a.event_id = e.id AND a.kind = 'escrow' AND a.balance > 0
           WHERE e.hub_id = $1 AND e.year = $2 AND e.state NOT IN ('completed', 'cancelled')
           UNION ALL
           SELECT 'booking', b.id, e.id, e.title, b.school_id, b.held
           FROM events e
           JOIN bookings b ON b.hub_id = e.hub_id AND b.event_id = e.id AND b.live AND b.held > 0
           WHERE e.hub_id = $1 AND e.year <> $2 AND e.state = 'published'
             AND EXISTS (SELECT 1 FROM transactions t
                         JOIN entries n ON n.hub_id = t.hub_id AND n.sequence = t.sequence AND n.side = 'debit'
                         JOIN accounts w ON w.hub_id = n.hub_id AND w.id = n.account_id AND w.kind = 'wallet' AND w.year = $2
                         WHERE t.hub_id = b.hub_id AND t.source_id = b.id)
           UNION ALL
           SELECT 'offer', b.id, e.id, e.title, b.school_id, b.held
           FROM bookings b
           JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id AND e.year = $2
           WHERE b.hub_id = $1 AND b.offered_until IS NOT NULL
           UNION ALL
           SELECT 'gift', g.id, CAST(NULL AS UUID), s.name, g.from_school_id, CAST(0 AS BIGINT)
           FROM transfers g
           JOIN schools s ON s.hub_id = g.hub_id AND s.id = g.to_school_id
           WHERE g.hub_id = $1 AND g.year = $2 AND g.state = 'offered') h
     WHERE $3 IS NULL OR h.kind > $3 OR (h.kind = $3 AND h.id > $4)
     ORDER BY h.kind, h.id LIMIT $5";

/// A page of the open holds of a year, after one of them.
pub async fn holds(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    after: Option<(HoldKind, Uuid)>,
    limit: i64,
) -> Result<Vec<Hold>, db::Error> {
    let (kind, id) = after.unzip();
    tx.query(HOLDS).bind(hub).bind(year).bind(kind).bind(id).bind(limit).all().await
}

/// How many holds there are, and the credits that they hold.
pub async fn held(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<(i64, Credits), db::Error> {
    let all = holds(tx, hub, year, None, i64::MAX).await?;
    Ok((i64::try_from(all.len()).unwrap_or(i64::MAX), all.iter().map(|hold| hold.credits).sum()))
}
