//! What the ledger posted for allocations has an allocation that says so.

use crate::db::{Result, Tx};
use crate::ids::HubId;
use crate::ledger::{self, Difference, SourceKind};

/// The first posting that no allocation accounts for.
pub(super) async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let checks: [(&str, &'static str); 1] = [(
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
    )];
    ledger::first_wrong(tx, hub, &checks, |what, row| Difference::moved(what, SourceKind::Allocation, row)).await
}
