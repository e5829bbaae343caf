//! What the top-ups promise, recomputed: each has exactly its transaction, and the amounts match.

use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::ledger::{self, Difference};

/// The transaction, the invoice, what is expected and what was found.
type Row = (Option<i64>, Option<String>, i64, i64);

/// The first difference, if there is any.
pub async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let checks: [(&str, &'static str); 2] = [
        (
            "a top-up differs from what the ledger posted for it",
            "SELECT t.sequence, u.invoice_reference, u.amount, CAST(COALESCE(e.amount, 0) AS BIGINT)
             FROM top_ups u
             LEFT JOIN transactions t ON t.hub_id = u.hub_id AND t.id = u.transaction_id
                                     AND t.kind = 'top_up_sold' AND t.source_kind = 'top_up' AND t.source_id = u.id
             LEFT JOIN accounts w ON w.hub_id = u.hub_id AND w.kind = 'wallet' AND w.school_id = u.school_id
                                 AND w.year = u.year AND w.wallet = 'allocated'
             LEFT JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.account_id = w.id AND e.side = 'credit'
             WHERE u.hub_id = $1 AND COALESCE(e.amount, 0) <> u.amount ORDER BY u.id LIMIT 1",
        ),
        (
            "the ledger posted a top-up that is not there",
            "SELECT t.sequence, u.invoice_reference, CAST(0 AS BIGINT), CAST(1 AS BIGINT)
             FROM transactions t
             LEFT JOIN top_ups u ON u.hub_id = t.hub_id AND u.id = t.source_id
             WHERE t.hub_id = $1 AND (t.source_kind = 'top_up' OR t.kind = 'top_up_sold')
               AND (u.id IS NULL OR (u.transaction_id <> t.id AND (t.reverses IS NULL OR t.reverses <> u.transaction_id)))
             ORDER BY t.sequence LIMIT 1",
        ),
    ];
    ledger::first_wrong(tx, hub, &checks, |what, (transaction, invoice, expected, found): Row| {
        Difference::new(what, transaction, invoice.map(|invoice| format!("invoice {invoice}")), expected, found)
    })
    .await
}
