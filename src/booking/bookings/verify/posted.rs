//! What the ledger posted for bookings and events, against what they say: every posting has its booking or event, moves
//! what that says, and between the right accounts; every booking that has a place was paid for.

use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::ledger::{self, Difference, SourceKind};

/// The first posting that its booking does not account for, or the first booking that was not posted as it says.
pub async fn of_bookings(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let checks: [(&str, &'static str); 3] = [
        (
            "the ledger posted a booking that is not there",
            "SELECT t.sequence, t.source_id, CAST(0 AS BIGINT), CAST(COALESCE(SUM(e.amount), 0) AS BIGINT)
             FROM transactions t
             LEFT JOIN bookings b ON b.hub_id = t.hub_id AND b.id = t.source_id
             LEFT JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.side = 'debit'
             WHERE t.hub_id = $1 AND t.source_kind = 'booking' AND b.id IS NULL
             GROUP BY t.sequence, t.source_id ORDER BY t.sequence LIMIT 1",
        ),
        (
            "a booking was paid another price than it says, or has a place that was not paid for",
            "SELECT CAST(NULL AS BIGINT), sums.id, sums.price, sums.paid
             FROM (SELECT id, CAST(SUM(price) AS BIGINT) AS price, CAST(SUM(due) AS BIGINT) AS due, CAST(SUM(paid) AS BIGINT) AS paid
                   FROM (SELECT id, price, CASE WHEN state IN ('requested', 'confirmed', 'attended', 'no_show') THEN price ELSE 0 END AS due, 0 AS paid
                         FROM bookings WHERE hub_id = $1
                         UNION ALL
                         SELECT t.source_id, 0, 0, e.amount
                         FROM transactions t CROSS JOIN entries e
                         WHERE t.hub_id = $1 AND t.source_kind = 'booking' AND t.kind = 'booking_paid'
                           AND e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.ordinal >= 1 AND e.side = 'credit') both_sides
                   GROUP BY id) sums
             WHERE sums.paid <> sums.price AND (sums.paid <> 0 OR sums.due <> 0) ORDER BY sums.id LIMIT 1",
        ),
        (
            "a booking was paid from, or to, an account that is not its school's or its event's",
            "WITH RECURSIVE heirs (school_id, heir_id) AS (
                 SELECT id, successor_id FROM schools WHERE hub_id = $1 AND successor_id IS NOT NULL
                 UNION
                 SELECT h.school_id, s.successor_id FROM heirs h JOIN schools s ON s.hub_id = $1 AND s.id = h.heir_id
                 WHERE s.successor_id IS NOT NULL)
             SELECT t.sequence, t.source_id, CAST(0 AS BIGINT), e.amount
             FROM transactions t
             JOIN bookings b ON b.hub_id = t.hub_id AND b.id = t.source_id
             JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence
             JOIN accounts a ON a.hub_id = e.hub_id AND a.id = e.account_id
             WHERE t.hub_id = $1 AND t.source_kind = 'booking'
               AND ((a.kind = 'escrow' AND a.event_id <> b.event_id)
                    OR (a.kind = 'wallet' AND a.school_id <> b.school_id
                        AND NOT EXISTS (SELECT 1 FROM heirs h
                                        WHERE (h.school_id = a.school_id AND h.heir_id = b.school_id)
                                           OR (h.school_id = b.school_id AND h.heir_id = a.school_id))))
             ORDER BY t.sequence, e.ordinal LIMIT 1",
        ),
    ];
    ledger::first_wrong(tx, hub, &checks, |what, row| Difference::moved(what, SourceKind::Booking, row)).await
}

/// The first payment of a provider that its event does not account for, or the first event that says it paid but did
/// not.
pub async fn of_events(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let checks: [(&str, &'static str); 3] = [
        (
            "the ledger paid for an event that is not there, or not completed",
            "SELECT t.sequence, t.source_id, CAST(0 AS BIGINT), CAST(COALESCE(SUM(e.amount), 0) AS BIGINT)
             FROM transactions t
             LEFT JOIN events v ON v.hub_id = t.hub_id AND v.id = t.source_id AND v.state = 'completed'
             LEFT JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.side = 'debit'
             WHERE t.hub_id = $1 AND t.source_kind = 'event' AND v.id IS NULL
             GROUP BY t.sequence, t.source_id ORDER BY t.sequence LIMIT 1",
        ),
        (
            "an event was paid from, or to, an account that is not its own or its provider's",
            "WITH RECURSIVE heirs (school_id, heir_id) AS (
                 SELECT id, successor_id FROM schools WHERE hub_id = $1 AND successor_id IS NOT NULL
                 UNION
                 SELECT h.school_id, s.successor_id FROM heirs h JOIN schools s ON s.hub_id = $1 AND s.id = h.heir_id
                 WHERE s.successor_id IS NOT NULL)
             SELECT t.sequence, t.source_id, CAST(0 AS BIGINT), e.amount
             FROM transactions t
             JOIN events v ON v.hub_id = t.hub_id AND v.id = t.source_id
             JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence
             JOIN accounts a ON a.hub_id = e.hub_id AND a.id = e.account_id
             LEFT JOIN accounts p ON p.hub_id = v.hub_id AND p.id = v.payee_id
             WHERE t.hub_id = $1 AND t.source_kind = 'event'
               AND ((a.kind = 'escrow' AND a.event_id <> v.id)
                    OR (a.kind <> 'escrow' AND t.kind = 'event_settled' AND (p.id IS NULL OR a.id <> p.id))
                    OR (a.kind <> 'escrow' AND t.kind = 'settlement_returned'
                        AND (p.id IS NULL OR a.kind <> p.kind OR a.partner_id <> p.partner_id
                             OR (a.school_id <> p.school_id
                                 AND NOT EXISTS (SELECT 1 FROM heirs h WHERE h.school_id = p.school_id AND h.heir_id = a.school_id)))))
             ORDER BY t.sequence, e.ordinal LIMIT 1",
        ),
        (
            "an event was paid for twice, or names an account that was not paid",
            "SELECT CAST(NULL AS BIGINT), v.id, CAST(CASE WHEN v.payee_id IS NULL THEN 0 ELSE 100 END AS BIGINT), CAST(100 * COUNT(t.id) AS BIGINT)
             FROM events v
             LEFT JOIN transactions t ON t.hub_id = v.hub_id AND t.source_id = v.id AND t.kind = 'event_settled'
             WHERE v.hub_id = $1 AND (v.payee_id IS NOT NULL OR v.state = 'completed')
             GROUP BY v.id, v.payee_id
             HAVING COUNT(t.id) <> CASE WHEN v.payee_id IS NULL THEN 0 ELSE 1 END
             ORDER BY v.id LIMIT 1",
        ),
    ];
    ledger::first_wrong(tx, hub, &checks, |what, row| Difference::moved(what, SourceKind::Event, row)).await
}
