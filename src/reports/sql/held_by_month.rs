//! Every statement of what was held at the end of each month of a year.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::base::credits::Credits;
use crate::base::db::{Result, Tx};
use crate::base::ids::{AccountId, HubId};
use crate::base::year::AcademicYear;
use crate::ledger::{AccountKind, Side, TransactionKind};

/// The end of a month.
pub(in crate::reports) struct End {
    pub(in crate::reports) number: i64,
    /// The first day that does not count any more, in London.
    pub(in crate::reports) next: NaiveDate,
    /// When that day begins.
    pub(in crate::reports) at: DateTime<Utc>,
}

/// What wallets paid, or got back, for the places that were held at the end of a month.
#[derive(sqlx::FromRow)]
pub(in crate::reports) struct OfPlaces {
    pub(in crate::reports) number: i64,
    pub(in crate::reports) side: Side,
    pub(in crate::reports) amount: Credits,
}

/// For each of these ends, what moved in the wallets of the year by then for bookings that were live then: neither ended
/// nor of a completed event. CROSS JOIN keeps SQLite from beginning with the journal.
pub(in crate::reports) async fn for_places(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    ends: &[End],
) -> Result<Vec<OfPlaces>> {
    tx.rows_all::<5, _, _>(
        "WITH month_ends (hub_id, year, number, next, ends_at) AS (VALUES $rows)
         SELECT m.number, e.side, CAST(SUM(e.amount) AS BIGINT) AS amount
         FROM month_ends m
         CROSS JOIN accounts a
         CROSS JOIN entries e
         CROSS JOIN transactions t
         CROSS JOIN bookings b
         CROSS JOIN events v
         WHERE a.hub_id = m.hub_id AND a.year = m.year AND a.kind = 'wallet'
           AND e.hub_id = a.hub_id AND e.account_id = a.id
           AND t.hub_id = e.hub_id AND t.sequence = e.sequence
           AND t.source_kind = 'booking' AND t.effective_on < m.next
           AND b.hub_id = t.hub_id AND b.id = t.source_id AND (b.ended_at IS NULL OR b.ended_at >= m.ends_at)
           AND v.hub_id = b.hub_id AND v.id = b.event_id AND (v.completed_at IS NULL OR v.completed_at >= m.ends_at)
         GROUP BY m.number, e.side",
        ends,
        |query, end| query.bind(hub).bind(year).bind(end.number).bind(end.next).bind(end.at),
    )
    .await
}

/// An entry of a commission.
#[derive(sqlx::FromRow)]
pub(in crate::reports) struct OfSupport {
    pub(in crate::reports) commission_id: Uuid,
    pub(in crate::reports) posting: TransactionKind,
    pub(in crate::reports) effective_on: NaiveDate,
    pub(in crate::reports) account_id: AccountId,
    pub(in crate::reports) kind: AccountKind,
    pub(in crate::reports) year: Option<AcademicYear>,
    pub(in crate::reports) side: Side,
    pub(in crate::reports) amount: Credits,
}

/// What moved between wallets and escrow for the commissions that wallets of the year paid for, in the order of posting.
pub(in crate::reports) async fn for_support(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<Vec<OfSupport>> {
    tx.query(
        "WITH paid AS (SELECT DISTINCT f.commission_id
                       FROM accounts w JOIN commission_funds f ON f.hub_id = w.hub_id AND f.account_id = w.id
                       WHERE w.hub_id = $1 AND w.year = $2 AND w.kind = 'wallet')
         SELECT p.commission_id, t.kind AS posting, t.effective_on, e.account_id, a.kind, a.year, e.side, e.amount
         FROM paid p
         CROSS JOIN transactions t
         CROSS JOIN entries e
         CROSS JOIN accounts a
         WHERE t.hub_id = $1 AND t.source_id = p.commission_id AND t.source_kind = 'commission'
           AND e.hub_id = t.hub_id AND e.sequence = t.sequence
           AND a.hub_id = e.hub_id AND a.id = e.account_id AND a.kind IN ('wallet', 'escrow')
         ORDER BY t.sequence, e.ordinal",
    )
    .bind(hub)
    .bind(year)
    .all()
    .await
}
