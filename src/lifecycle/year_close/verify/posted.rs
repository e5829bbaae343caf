//! Checks that every posting of a year close has a close that accounts for it, and the other way round.

use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::ledger::{self, Difference, SourceKind};

/// The first posting that no close accounts for, or the first close that was not posted or undone as it says.
pub(super) async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let checks: [(&str, &'static str); 4] = [
        (
            "the ledger posted a close of a year that is not there, or undid one that stands",
            "SELECT t.sequence, t.source_id, CAST(0 AS BIGINT), CAST(COALESCE(SUM(e.amount), 0) AS BIGINT)
             FROM transactions t
             LEFT JOIN year_closes c ON c.hub_id = t.hub_id AND c.id = t.source_id
             LEFT JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.side = 'debit'
             WHERE t.hub_id = $1 AND t.source_kind = 'year_close'
               AND (c.id IS NULL OR c.transaction_id IS NULL
                    OR (t.reverses IS NULL AND c.transaction_id <> t.id)
                    OR (t.reverses IS NOT NULL AND (c.transaction_id <> t.reverses OR c.reopened_at IS NULL)))
             GROUP BY t.sequence, t.source_id ORDER BY t.sequence LIMIT 1",
        ),
        (
            "a close of a year that was undone still stands in the ledger",
            "SELECT c.sequence, c.id, CAST(0 AS BIGINT), c.balance
             FROM year_closes c
             LEFT JOIN transactions r ON r.hub_id = c.hub_id AND r.reverses = c.transaction_id
             WHERE c.hub_id = $1 AND c.transaction_id IS NOT NULL AND c.reopened_at IS NOT NULL AND r.id IS NULL
             ORDER BY c.id LIMIT 1",
        ),
        (
            "a year was opened again by somebody else than its close says, or at another time",
            "SELECT t.sequence, c.id, CAST(100 AS BIGINT), CAST(0 AS BIGINT)
             FROM year_closes c
             LEFT JOIN transactions t ON t.hub_id = c.hub_id AND t.reverses = c.transaction_id
             WHERE c.hub_id = $1
               AND ((t.id IS NOT NULL AND (c.reopened_by IS DISTINCT FROM t.actor_id OR c.reopened_at IS DISTINCT FROM t.recorded_at))
                    OR (c.reopened_at IS NULL AND c.reopened_by IS NOT NULL))
             ORDER BY c.id LIMIT 1",
        ),
        (
            "something else lapsed at the close of a year than it says",
            "SELECT c.sequence, c.id, c.lapsed, CAST(COALESCE(e.amount, 0) AS BIGINT)
             FROM year_closes c
             LEFT JOIN accounts a ON a.hub_id = c.hub_id AND a.id = c.lapsed_account_id AND a.kind = 'lapsed' AND a.year = c.year
             LEFT JOIN transactions t ON t.hub_id = c.hub_id AND t.id = c.transaction_id
             LEFT JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.account_id = a.id AND e.side = 'credit'
             WHERE c.hub_id = $1 AND (a.id IS NULL OR COALESCE(e.amount, 0) <> c.lapsed)
             ORDER BY c.id LIMIT 1",
        ),
    ];
    ledger::first_wrong(tx, hub, &checks, |what, row| Difference::moved(what, SourceKind::YearClose, row)).await
}
