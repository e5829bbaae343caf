//! Checks that every posting of an allocation has an allocation that accounts for it.

use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::ledger::{self, Difference, SourceKind};

/// The first posting that no allocation accounts for.
pub(super) async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let checks: [(&str, &'static str); 3] = [(
        "the ledger posted an allocation that is not there, or that does not say so",
        "SELECT t.sequence, t.source_id, CAST(0 AS BIGINT), CAST(COALESCE(SUM(e.amount), 0) AS BIGINT)
         FROM transactions t
         LEFT JOIN allocations a ON a.hub_id = t.hub_id AND a.id = t.source_id
         LEFT JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.side = 'debit'
         WHERE t.hub_id = $1 AND t.source_kind = 'allocation'
           AND (a.id IS NULL OR a.transaction_id IS NULL
                OR (t.reverses IS NULL AND (a.state = 'draft' OR a.transaction_id <> t.id))
                OR (t.reverses IS NOT NULL
                    AND (a.state <> 'reversed' OR a.transaction_id <> t.reverses OR a.reversal_id IS NULL OR a.reversal_id <> t.id)))
         GROUP BY t.sequence, t.source_id ORDER BY t.sequence LIMIT 1",
    ),
    (
        "an allocation was taken back by somebody else than it says, or at another time",
        "SELECT t.sequence, a.id, CAST(100 AS BIGINT), CAST(0 AS BIGINT)
         FROM allocations a
         LEFT JOIN transactions t ON t.hub_id = a.hub_id AND t.id = a.reversal_id
         WHERE a.hub_id = $1
           AND ((t.id IS NOT NULL AND (a.reversed_by IS DISTINCT FROM t.actor_id OR a.reversed_at IS DISTINCT FROM t.recorded_at))
                OR (a.state <> 'reversed' AND (a.reversed_by IS NOT NULL OR a.reversed_because IS NOT NULL)))
         ORDER BY a.id LIMIT 1",
    ),
    (
        "a line of an allocation counts other pupils than the roll of its school",
        "SELECT CAST(NULL AS BIGINT), a.id, CAST(100 * l.pupils AS BIGINT), CAST(100 * COALESCE(r.pupils, l.pupils + 1) AS BIGINT)
         FROM allocations a
         JOIN allocation_lines l ON l.hub_id = a.hub_id AND l.allocation_id = a.id
         LEFT JOIN rolls r ON r.hub_id = l.hub_id AND r.school_id = l.school_id AND r.census_date = a.census_date AND r.revision = l.revision
         WHERE a.hub_id = $1 AND a.state <> 'draft'
           AND ((l.revision IS NOT NULL AND (r.pupils IS NULL OR r.pupils <> l.pupils))
                OR (l.revision IS NULL AND l.pupils > 0
                    AND NOT EXISTS (SELECT 1 FROM rolls o
                                    WHERE o.hub_id = l.hub_id AND o.school_id = l.school_id AND o.census_date = a.census_date AND o.pupils = l.pupils)))
         ORDER BY a.id, l.line LIMIT 1",
    )];
    ledger::first_wrong(tx, hub, &checks, |what, row| Difference::moved(what, SourceKind::Allocation, row)).await
}
