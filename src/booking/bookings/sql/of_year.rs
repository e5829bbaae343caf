//! What of the events and their bookings holds credits of a year.

use crate::base::db::{Result, Tx};
use crate::members::years::{Held, HeldOf};

pub(in crate::booking::bookings) async fn events(tx: &mut Tx, of: HeldOf) -> Result<Vec<Held>> {
    page(
        tx,
        of,
        "SELECT e.id, e.id AS event_id, e.title, CAST(NULL AS UUID) AS school_id, a.balance AS credits
         FROM events e
         JOIN accounts a ON a.hub_id = e.hub_id AND a.event_id = e.id AND a.kind = 'escrow' AND a.balance > 0
         WHERE e.hub_id = $1 AND e.year = $2 AND e.state NOT IN ('completed', 'cancelled') AND ($3 IS NULL OR e.id > $3)
         ORDER BY e.id LIMIT $4",
    )
    .await
}

pub(in crate::booking::bookings) async fn paid_for_other_years(tx: &mut Tx, of: HeldOf) -> Result<Vec<Held>> {
    page(
        tx,
        of,
        "SELECT b.id, e.id AS event_id, e.title, b.school_id, b.held AS credits
         FROM events e
         JOIN bookings b ON b.hub_id = e.hub_id AND b.event_id = e.id AND b.live AND b.held > 0
         WHERE e.hub_id = $1 AND e.year <> $2 AND e.state = 'published' AND ($3 IS NULL OR b.id > $3)
           AND EXISTS (SELECT 1 FROM transactions t
                       JOIN entries n ON n.hub_id = t.hub_id AND n.sequence = t.sequence AND n.side = 'debit'
                       JOIN accounts w ON w.hub_id = n.hub_id AND w.id = n.account_id AND w.kind = 'wallet' AND w.year = $2
                       WHERE t.hub_id = b.hub_id AND t.source_id = b.id)
         ORDER BY b.id LIMIT $4",
    )
    .await
}

pub(in crate::booking::bookings) async fn offers(tx: &mut Tx, of: HeldOf) -> Result<Vec<Held>> {
    page(
        tx,
        of,
        "SELECT b.id, e.id AS event_id, e.title, b.school_id, b.held AS credits
         FROM bookings b
         JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id AND e.year = $2
         WHERE b.hub_id = $1 AND b.offered_until IS NOT NULL AND ($3 IS NULL OR b.id > $3)
         ORDER BY b.id LIMIT $4",
    )
    .await
}

async fn page(tx: &mut Tx, HeldOf { hub, year, after, limit }: HeldOf, statement: &'static str) -> Result<Vec<Held>> {
    tx.query(statement).bind(hub).bind(year).bind(after).bind(limit).all().await
}
