//! What the bookings promise, recomputed: places, waiting lists and escrows against the bookings, and the relations
//! that the database does not check itself (see the head of the migration).

mod posted;

pub use posted::{of_bookings, of_events};

use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::ledger::{self, Difference};

/// What must hold, each with the statement that finds a violation.
const CHECKS: &[(&str, &str)] = &[
        (
            "the places held on an event differ from its bookings",
            "SELECT 'event', e.title, CAST(COALESCE(b.n, 0) AS BIGINT), e.held
             FROM events e
             LEFT JOIN (SELECT event_id, COUNT(*) AS n FROM bookings
                        WHERE hub_id = $1 AND (state IN ('requested', 'confirmed', 'attended', 'no_show') OR offered_until IS NOT NULL)
                        GROUP BY event_id) b ON b.event_id = e.id
             WHERE e.hub_id = $1 AND e.held <> COALESCE(b.n, 0) ORDER BY e.id LIMIT 1",
        ),
        (
            "more places are held than the event has",
            "SELECT 'event', e.title, e.capacity, e.held FROM events e WHERE e.hub_id = $1 AND e.held > e.capacity ORDER BY e.id LIMIT 1",
        ),
        (
            "the waiting list of an event differs from its bookings",
            "SELECT 'event', e.title, CAST(COALESCE(b.n, 0) AS BIGINT), e.waiting
             FROM events e
             LEFT JOIN (SELECT event_id, COUNT(*) AS n FROM bookings
                        WHERE hub_id = $1 AND state = 'waitlisted' GROUP BY event_id) b ON b.event_id = e.id
             WHERE e.hub_id = $1 AND e.waiting <> COALESCE(b.n, 0) ORDER BY e.id LIMIT 1",
        ),
        (
            "the escrow of an event differs from what its bookings hold",
            "SELECT 'event', e.title, CAST(COALESCE(b.held, 0) AS BIGINT), COALESCE(a.balance, 0)
             FROM events e
             LEFT JOIN accounts a ON a.hub_id = e.hub_id AND a.event_id = e.id AND a.kind = 'escrow'
             LEFT JOIN (SELECT event_id, SUM(held) AS held FROM bookings WHERE hub_id = $1 GROUP BY event_id) b ON b.event_id = e.id
             WHERE e.hub_id = $1 AND e.state <> 'completed' AND COALESCE(a.balance, 0) <> COALESCE(b.held, 0) ORDER BY e.id LIMIT 1",
        ),
        (
            "an event that is over still has credits in its escrow",
            "SELECT 'event', e.title, CAST(0 AS BIGINT), a.balance
             FROM events e
             JOIN accounts a ON a.hub_id = e.hub_id AND a.event_id = e.id AND a.kind = 'escrow'
             WHERE e.hub_id = $1 AND e.state IN ('completed', 'cancelled') AND a.balance <> 0 ORDER BY e.id LIMIT 1",
        ),
        (
            "the provider of a completed event was paid something else than its bookings hold",
            "SELECT 'event', e.title, CAST(COALESCE(b.held, 0) AS BIGINT), CAST(COALESCE(l.paid, 0) AS BIGINT)
             FROM events e
             LEFT JOIN (SELECT event_id, SUM(held) AS held FROM bookings WHERE hub_id = $1 GROUP BY event_id) b ON b.event_id = e.id
             LEFT JOIN (SELECT t.source_id, SUM(CASE WHEN n.side = 'debit' THEN n.amount ELSE -n.amount END) AS paid
                        FROM transactions t
                        JOIN entries n ON n.hub_id = t.hub_id AND n.sequence = t.sequence
                        JOIN accounts a ON a.hub_id = n.hub_id AND a.id = n.account_id AND a.kind = 'escrow'
                        WHERE t.hub_id = $1 AND t.source_kind = 'event' GROUP BY t.source_id) l ON l.source_id = e.id
             WHERE e.hub_id = $1 AND COALESCE(l.paid, 0) <> CASE WHEN e.state = 'completed' THEN COALESCE(b.held, 0) ELSE 0 END
             ORDER BY e.id LIMIT 1",
        ),
        (
            "a booking is not over with its event",
            "SELECT 'booking of', COALESCE(p.name, ''), CAST(0 AS BIGINT), CAST(1 AS BIGINT)
             FROM bookings b
             JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
             LEFT JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
             WHERE b.hub_id = $1
               AND ((e.state IN ('completed', 'cancelled') AND b.live)
                    OR (e.state <> 'completed' AND b.state IN ('attended', 'no_show'))
                    OR (e.state = 'cancelled' AND b.held <> 0))
             ORDER BY b.id LIMIT 1",
        ),
        (
            "who attended differs from the register",
            "SELECT 'booking of', COALESCE(p.name, ''), CAST(d.points AS BIGINT), CAST(d.counted AS BIGINT)
             FROM (SELECT b.id, b.hub_id, b.person_id, b.state, e.threshold_percent,
                          COALESCE(t.points, 0) + CASE WHEN e.excused = 'attended' THEN 2 * COALESCE(t.excused, 0) ELSE 0 END AS points,
                          COALESCE(t.counted, 0) + CASE WHEN e.excused = 'left_out' THEN 0 ELSE COALESCE(t.excused, 0) END AS counted
                   FROM bookings b
                   JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
                   LEFT JOIN (SELECT m.booking_id,
                                     SUM(CASE WHEN m.mark IN ('present', 'late') THEN 2 WHEN m.mark = 'partial' THEN 1 ELSE 0 END) AS points,
                                     SUM(CASE WHEN m.mark = 'excused' THEN 0 ELSE 1 END) AS counted,
                                     SUM(CASE WHEN m.mark = 'excused' THEN 1 ELSE 0 END) AS excused
                              FROM register_marks m
                              WHERE m.hub_id = $1 AND NOT EXISTS (
                                  SELECT 1 FROM register_marks n
                                  WHERE n.hub_id = m.hub_id AND n.event_id = m.event_id AND n.booking_id = m.booking_id
                                    AND n.session_id = m.session_id AND n.revision > m.revision)
                              GROUP BY m.booking_id) t ON t.booking_id = b.id
                   WHERE b.hub_id = $1 AND b.state IN ('attended', 'no_show')) d
             LEFT JOIN people p ON p.hub_id = d.hub_id AND p.id = d.person_id
             WHERE (d.state = 'attended') <> (d.counted > 0 AND d.points * 50 >= d.threshold_percent * d.counted)
             ORDER BY d.id LIMIT 1",
        ),
        (
            "a mark is in the register of another event",
            "SELECT 'booking', b.state, CAST(0 AS BIGINT), CAST(1 AS BIGINT)
             FROM register_marks m
             JOIN bookings b ON b.hub_id = m.hub_id AND b.id = m.booking_id
             JOIN sessions s ON s.hub_id = m.hub_id AND s.id = m.session_id
             WHERE m.hub_id = $1 AND (b.event_id <> m.event_id OR s.event_id <> m.event_id) ORDER BY b.id LIMIT 1",
        ),
        (
            "the history of a mark has a gap",
            "SELECT 'booking', b.state, CAST(m.n AS BIGINT), m.last
             FROM (SELECT booking_id, session_id, COUNT(*) AS n, MAX(revision) AS last
                   FROM register_marks WHERE hub_id = $1 GROUP BY booking_id, session_id) m
             JOIN bookings b ON b.hub_id = $1 AND b.id = m.booking_id
             WHERE m.n <> m.last ORDER BY b.id LIMIT 1",
        ),
        (
            "what a booking holds differs from what the ledger moved for it",
            "SELECT 'booking of',
                    COALESCE((SELECT p.name FROM bookings b JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
                              WHERE b.hub_id = $1 AND b.id = sums.id), ''),
                    sums.moved, sums.held
             FROM (SELECT id, CAST(SUM(moved) AS BIGINT) AS moved, CAST(SUM(held) AS BIGINT) AS held
                   FROM (SELECT id, 0 AS moved, held FROM bookings WHERE hub_id = $1
                         UNION ALL
                         SELECT t.source_id, CASE WHEN e.side = 'credit' THEN e.amount ELSE -e.amount END, 0
                         FROM transactions t
                         JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence
                         JOIN accounts a ON a.hub_id = e.hub_id AND a.id = e.account_id AND a.kind = 'escrow'
                         WHERE t.hub_id = $1 AND t.source_kind = 'booking') both_sides
                   GROUP BY id) sums
             WHERE sums.moved <> sums.held ORDER BY sums.id LIMIT 1",
        ),
        (
            "a booking names an event, person or school that is not there",
            "SELECT 'booking', b.state, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
             FROM bookings b
             LEFT JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
             LEFT JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
             LEFT JOIN schools s ON s.hub_id = b.hub_id AND s.id = b.school_id
             WHERE b.hub_id = $1 AND (e.id IS NULL OR (p.id IS NULL AND b.person_id IS NOT NULL) OR s.id IS NULL) ORDER BY b.id LIMIT 1",
        ),
        (
            "a booking that needs no decision has a time for one",
            "SELECT 'booking', b.state, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
             FROM bookings b
             WHERE b.hub_id = $1 AND b.approve_by IS NOT NULL AND (b.state IN ('waitlisted', 'confirmed') OR b.approved_at IS NOT NULL) ORDER BY b.id LIMIT 1",
        ),
        (
            "a place is kept for one who does not wait",
            "SELECT 'booking', b.state, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
             FROM bookings b
             WHERE b.hub_id = $1 AND b.offered_until IS NOT NULL AND b.state <> 'waitlisted' ORDER BY b.id LIMIT 1",
        ),
        (
            "a booking without a name has no day by which it needs one, or is settled",
            "SELECT 'booking', b.state, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
             FROM bookings b
             WHERE b.hub_id = $1 AND b.person_id IS NULL AND (b.names_by IS NULL OR b.state = 'attended') ORDER BY b.id LIMIT 1",
        ),
        (
            "a booking was agreed on a schedule that its event has not had",
            "SELECT 'booking', b.state, e.schedule, b.schedule
             FROM bookings b
             JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
             WHERE b.hub_id = $1 AND (b.schedule < 0 OR b.schedule > e.schedule) ORDER BY b.id LIMIT 1",
        ),
        (
            "the sessions of an event are not at the times of its schedule",
            "SELECT 'event', e.title, CAST(COUNT(a.session_id) AS BIGINT), CAST(COUNT(*) AS BIGINT)
             FROM events e
             JOIN sessions s ON s.hub_id = e.hub_id AND s.event_id = e.id
             LEFT JOIN event_schedules a ON a.hub_id = s.hub_id AND a.event_id = s.event_id AND a.schedule = e.schedule
                 AND a.session_id = s.id AND a.starts_at = s.starts_at AND a.ends_at = s.ends_at
             WHERE e.hub_id = $1 AND e.state <> 'draft'
             GROUP BY e.id, e.title HAVING COUNT(a.session_id) <> COUNT(*) ORDER BY e.id LIMIT 1",
        ),
        (
            "a notice names a booking that is not there",
            "SELECT 'notice', n.kind, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
             FROM notices n
             LEFT JOIN bookings b ON b.hub_id = n.hub_id AND b.id = n.booking_id
             WHERE n.hub_id = $1 AND n.booking_id IS NOT NULL AND b.id IS NULL ORDER BY n.id LIMIT 1",
        ),
        (
            "a used ticket has no booking of its person that keeps it",
            "SELECT 'ticket of', p.name, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
             FROM tickets t
             JOIN people p ON p.hub_id = t.hub_id AND p.id = t.person_id
             LEFT JOIN bookings b ON b.hub_id = t.hub_id AND b.id = t.booking_id AND b.ticket_id = t.id AND b.person_id = t.person_id
             WHERE t.hub_id = $1 AND t.state = 'used'
               AND (b.id IS NULL OR b.state IN ('declined', 'expired') OR (b.state = 'cancelled' AND b.held = 0)) ORDER BY t.id LIMIT 1",
        ),
        (
            "a booking keeps a ticket that is not used by it",
            "SELECT 'booking of', COALESCE(p.name, ''), CAST(1 AS BIGINT), CAST(0 AS BIGINT)
             FROM bookings b
             LEFT JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
             LEFT JOIN tickets t ON t.hub_id = b.hub_id AND t.id = b.ticket_id AND t.booking_id = b.id
             WHERE b.hub_id = $1 AND b.ticket_id IS NOT NULL AND t.id IS NULL
               AND (b.live OR b.held > 0) ORDER BY b.id LIMIT 1",
        ),
        (
            "the hub paid for a booking without a ticket, or a school for one with a ticket",
            "SELECT 'booking of', COALESCE(p.name, ''), CAST(0 AS BIGINT), e.amount
             FROM transactions t
             JOIN bookings b ON b.hub_id = t.hub_id AND b.id = t.source_id
             JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence
             JOIN accounts a ON a.hub_id = e.hub_id AND a.id = e.account_id AND a.kind IN ('wallet', 'subsidy')
             LEFT JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
             WHERE t.hub_id = $1 AND t.source_kind = 'booking' AND (a.kind = 'subsidy') <> (b.ticket_id IS NOT NULL)
             ORDER BY t.sequence LIMIT 1",
        ),
];

/// The first difference, if there is any.
pub async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    ledger::first_wrong(tx, hub, CHECKS, Difference::of).await
}
