//! Every statement of the figures of a hub's year.

use chrono::NaiveDate;

use super::wallet::Moved;
use crate::base::credits::Credits;
use crate::base::db::{Result, Tx};
use crate::base::ids::{HubId, SchoolId};
use crate::base::year::AcademicYear;
use crate::ledger::{AccountKind, Side};

/// The events that can or could be booked, and their places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Booked {
    /// How many events.
    pub events: i64,
    /// How many places they have.
    pub places: i64,
    /// How many of those are taken.
    pub taken: i64,
    /// How many bookings wait for a place.
    pub waiting: i64,
}

/// The balance of the accounts of one kind and year together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct YearBalance {
    /// The academic year.
    pub year: AcademicYear,
    /// The kind of account.
    pub kind: AccountKind,
    /// Their balances together.
    pub balance: Credits,
}

/// A school that has booked nothing.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Unbooked {
    /// The school.
    pub id: SchoolId,
    /// Its name.
    pub name: String,
    /// What it has to spend.
    pub available: Credits,
}

/// What moved in the wallets of a year on one day.
#[derive(sqlx::FromRow)]
pub(in crate::reports) struct OnDay {
    pub(in crate::reports) effective_on: NaiveDate,
    #[sqlx(flatten)]
    pub(in crate::reports) of: Moved,
}

/// What moved in the wallets of a year, by day and source. Where SQLite would rather begin with the journal, CROSS JOIN
/// keeps the order.
pub(in crate::reports) async fn by_day(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<Vec<OnDay>> {
    tx.query(
        "SELECT t.effective_on, t.source_kind, e.side, (t.reverses IS NOT NULL) AS reversal,
                (t.kind = 'milestone_paid') AS milestone, CAST(SUM(e.amount) AS BIGINT) AS amount
         FROM accounts a
         CROSS JOIN entries e
         CROSS JOIN transactions t
         WHERE a.hub_id = $1 AND a.year = $2 AND a.kind = 'wallet'
           AND e.hub_id = a.hub_id AND e.account_id = a.id
           AND t.hub_id = e.hub_id AND t.sequence = e.sequence
         GROUP BY t.effective_on, t.source_kind, e.side, (t.reverses IS NOT NULL), (t.kind = 'milestone_paid')
         ORDER BY t.effective_on",
    )
    .bind(hub)
    .bind(year)
    .all()
    .await
}

/// The balances of a hub's accounts by year and kind.
pub(in crate::reports) async fn balances(tx: &mut Tx, hub: HubId) -> Result<Vec<YearBalance>> {
    tx.query(
        "SELECT year, kind, CAST(SUM(balance) AS BIGINT) AS balance
         FROM accounts WHERE hub_id = $1 AND year IS NOT NULL
         GROUP BY year, kind ORDER BY year, kind",
    )
    .bind(hub)
    .all()
    .await
}

/// What moved in the account of what lapsed of a year, on one day.
#[derive(sqlx::FromRow)]
pub(in crate::reports) struct Lapsed {
    pub(in crate::reports) effective_on: NaiveDate,
    pub(in crate::reports) side: Side,
    pub(in crate::reports) amount: Credits,
}

/// What lapsed of a year, and what of that was taken back, by day.
pub(in crate::reports) async fn lapsed_by_day(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<Vec<Lapsed>> {
    tx.query(
        "SELECT t.effective_on, e.side, CAST(SUM(e.amount) AS BIGINT) AS amount
         FROM accounts a
         CROSS JOIN entries e
         CROSS JOIN transactions t
         WHERE a.hub_id = $1 AND a.year = $2 AND a.kind = 'lapsed'
           AND e.hub_id = a.hub_id AND e.account_id = a.id
           AND t.hub_id = e.hub_id AND t.sequence = e.sequence
         GROUP BY t.effective_on, e.side",
    )
    .bind(hub)
    .bind(year)
    .all()
    .await
}

/// How many events a year has that are or were to be booked, with their places.
pub(in crate::reports) async fn booked(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<Option<Booked>> {
    tx.query(
        "SELECT COUNT(*) AS events, CAST(COALESCE(SUM(capacity), 0) AS BIGINT) AS places,
                CAST(COALESCE(SUM(held), 0) AS BIGINT) AS taken, CAST(COALESCE(SUM(waiting), 0) AS BIGINT) AS waiting
         FROM events
         WHERE hub_id = $1 AND year = $2 AND state IN ('published', 'completed')",
    )
    .bind(hub)
    .bind(year)
    .optional()
    .await
}

/// Members on a day that have booked nothing of a year, by name, with what they have to spend in it.
pub(in crate::reports) async fn without_bookings(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    day: NaiveDate,
    limit: i64,
) -> Result<Vec<Unbooked>> {
    tx.query(
        "SELECT s.id, s.name,
                (SELECT CAST(COALESCE(SUM(a.balance), 0) AS BIGINT) FROM accounts a
                 WHERE a.hub_id = s.hub_id AND a.school_id = s.id AND a.kind = 'wallet' AND a.year || '' = $2) AS available
         FROM schools s
         WHERE s.hub_id = $1 AND s.successor_id IS NULL
           AND (s.joined_on IS NULL OR s.joined_on <= $3) AND (s.left_on IS NULL OR s.left_on > $3)
           AND NOT EXISTS (SELECT 1 FROM bookings b
                           JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
                           WHERE b.hub_id = s.hub_id AND b.school_id = s.id AND e.year = $2
                             AND b.state IN ('requested', 'waitlisted', 'confirmed', 'attended', 'no_show'))
         ORDER BY s.name_key, s.id LIMIT $4",
    )
    .bind(hub)
    .bind(year)
    .bind(day)
    .bind(limit)
    .all()
    .await
}
