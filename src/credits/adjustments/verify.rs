//! What the adjustments promise, recomputed: each posted one has exactly its transaction, on the account and side that
//! it names, and corrects something that exists; the others have none.

use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::ledger::{self, Difference};

/// The first difference, if there is any.
pub async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let checks: [(&str, &'static str); 4] = [
        (
            "an adjustment differs from what the ledger posted for it",
            "SELECT d.sequence, d.reason, d.due, d.posted
             FROM (SELECT j.id, j.reason, t.sequence,
                          CAST(CASE WHEN j.state = 'posted' THEN 2 ELSE 0 END AS BIGINT) AS due,
                          (SELECT COUNT(*)
                           FROM entries e
                           JOIN accounts a ON a.hub_id = e.hub_id AND a.id = e.account_id
                           WHERE e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.amount = j.amount
                             AND ((a.kind = 'adjustment' AND a.year = j.year AND e.side <> j.side)
                                  OR (a.kind = j.account AND e.side = j.side
                                      AND (a.school_id = j.school_id OR (a.school_id IS NULL AND j.school_id IS NULL))
                                      AND (a.wallet = j.wallet OR (a.wallet IS NULL AND j.wallet IS NULL))
                                      AND (a.partner_id = j.partner_id OR (a.partner_id IS NULL AND j.partner_id IS NULL))
                                      AND (a.year = j.year OR a.year IS NULL)))) AS posted
                   FROM adjustments j
                   LEFT JOIN transactions t ON t.hub_id = j.hub_id AND t.id = j.transaction_id
                                           AND t.kind = 'adjustment_posted' AND t.source_kind = 'adjustment' AND t.source_id = j.id
                                           AND (t.effective_on = j.effective_on OR j.effective_on IS NULL)
                   WHERE j.hub_id = $1) d
             WHERE d.due <> d.posted ORDER BY d.id LIMIT 1",
        ),
        (
            "the reason of an adjustment is not the one that was posted",
            "SELECT t.sequence, m.memo, CAST(0 AS BIGINT), CAST(1 AS BIGINT)
             FROM adjustments j
             JOIN transactions t ON t.hub_id = j.hub_id AND t.id = j.transaction_id
             JOIN transaction_memos m ON m.hub_id = t.hub_id AND m.transaction_id = t.id
             WHERE j.hub_id = $1 AND m.memo <> j.reason ORDER BY t.sequence LIMIT 1",
        ),
        (
            "the ledger posted an adjustment that is not there",
            "SELECT t.sequence, j.reason, CAST(0 AS BIGINT), CAST(1 AS BIGINT)
             FROM transactions t
             LEFT JOIN adjustments j ON j.hub_id = t.hub_id AND j.id = t.source_id AND j.state = 'posted'
             WHERE t.hub_id = $1 AND (t.source_kind = 'adjustment' OR t.kind = 'adjustment_posted')
               AND (j.id IS NULL OR (j.transaction_id <> t.id AND (t.reverses IS NULL OR t.reverses <> j.transaction_id)))
             ORDER BY t.sequence LIMIT 1",
        ),
        (
            "an adjustment corrects a transaction that is not there",
            "SELECT CAST(NULL AS BIGINT), j.reason, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
             FROM adjustments j
             LEFT JOIN transactions c ON c.hub_id = j.hub_id AND c.id = j.corrects
             WHERE j.hub_id = $1 AND j.corrects IS NOT NULL AND c.id IS NULL ORDER BY j.id LIMIT 1",
        ),
    ];
    ledger::first_wrong(tx, hub, &checks, Difference::at).await
}
