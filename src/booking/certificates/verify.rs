//! What the certificates promise, recomputed: they belong to delegates who attended, and say what the register says.

use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::ledger::{self, Difference};

/// The first difference, if there is any.
pub async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let checks: [(&str, &'static str); 4] = [
        (
            "a certificate holds of a booking that was not attended",
            "SELECT 'certificate', c.number, CAST(0 AS BIGINT), CAST(1 AS BIGINT)
             FROM certificates c
             LEFT JOIN bookings b ON b.hub_id = c.hub_id AND b.id = c.booking_id AND b.event_id = c.event_id AND b.person_id = c.person_id
             WHERE c.hub_id = $1 AND c.valid AND (b.id IS NULL OR b.state <> 'attended') ORDER BY c.number LIMIT 1",
        ),
        (
            "a certificate is due, and was not issued",
            "SELECT 'booking of', p.name, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
             FROM bookings b
             JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
             JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
             LEFT JOIN evaluations v ON v.hub_id = b.hub_id AND v.booking_id = b.id
             LEFT JOIN certificates c ON c.hub_id = b.hub_id AND c.booking_id = b.id AND c.valid
             WHERE b.hub_id = $1 AND b.state = 'attended' AND c.number IS NULL AND (v.booking_id IS NOT NULL OR NOT e.evaluation_required)
             ORDER BY b.id LIMIT 1",
        ),
        (
            "a certificate says that more or fewer sessions were attended than the register",
            "SELECT 'certificate', c.number, CAST(COALESCE(r.sessions, 0) AS BIGINT), c.sessions_attended
             FROM certificates c
             LEFT JOIN (SELECT m.booking_id, COUNT(*) AS sessions
                        FROM register_marks m
                        WHERE m.hub_id = $1 AND m.mark IN ('present', 'late', 'partial')
                          AND NOT EXISTS (SELECT 1 FROM register_marks n
                                          WHERE n.hub_id = m.hub_id AND n.event_id = m.event_id AND n.booking_id = m.booking_id
                                            AND n.session_id = m.session_id AND n.revision > m.revision)
                        GROUP BY m.booking_id) r ON r.booking_id = c.booking_id
             WHERE c.hub_id = $1 AND c.valid AND c.sessions_attended <> COALESCE(r.sessions, 0) ORDER BY c.number LIMIT 1",
        ),
        (
            "an event was evaluated by somebody whose register was not settled",
            "SELECT 'booking of', COALESCE(p.name, ''), CAST(0 AS BIGINT), CAST(1 AS BIGINT)
             FROM evaluations v
             LEFT JOIN bookings b ON b.hub_id = v.hub_id AND b.id = v.booking_id AND b.event_id = v.event_id
             LEFT JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
             WHERE v.hub_id = $1 AND (b.id IS NULL OR b.state NOT IN ('attended', 'no_show')) ORDER BY v.booking_id LIMIT 1",
        ),
    ];
    ledger::first_wrong(tx, hub, &checks, Difference::of).await
}
