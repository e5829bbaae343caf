//! What the transfers promise, recomputed: each accepted one has exactly its transaction, between the wallets that it
//! names, and the others have none.

use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::ledger::{self, Difference};

/// The first difference, if there is any.
pub async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let checks: [(&str, &'static str); 3] = [
        (
            "a transfer differs from what the ledger posted for it",
            "SELECT d.sequence, d.subject, d.due, d.posted
             FROM (SELECT g.id, t.sequence, f.name || ' to ' || s.name AS subject,
                          CAST(CASE WHEN g.state = 'accepted' THEN 2 ELSE 0 END AS BIGINT) AS due,
                          (SELECT COUNT(*)
                           FROM entries e
                           JOIN accounts a ON a.hub_id = e.hub_id AND a.id = e.account_id AND a.kind = 'wallet'
                                          AND a.year = g.year AND a.wallet = g.wallet
                           WHERE e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.amount = g.amount
                             AND a.school_id = CASE WHEN e.side = 'debit' THEN g.from_school_id ELSE g.to_school_id END) AS posted
                   FROM transfers g
                   JOIN schools f ON f.hub_id = g.hub_id AND f.id = g.from_school_id
                   JOIN schools s ON s.hub_id = g.hub_id AND s.id = g.to_school_id
                   LEFT JOIN transactions t ON t.hub_id = g.hub_id AND t.id = g.transaction_id
                                           AND t.kind = 'credits_given' AND t.source_kind = 'transfer' AND t.source_id = g.id
                   WHERE g.hub_id = $1) d
             WHERE d.due <> d.posted ORDER BY d.id LIMIT 1",
        ),
        (
            "the words of a transfer are not those that were posted",
            "SELECT t.sequence, m.memo, CAST(0 AS BIGINT), CAST(1 AS BIGINT)
             FROM transfers g
             JOIN transactions t ON t.hub_id = g.hub_id AND t.id = g.transaction_id
             LEFT JOIN transaction_memos m ON m.hub_id = t.hub_id AND m.transaction_id = t.id
             WHERE g.hub_id = $1
               AND ((m.memo IS NOT NULL AND (g.message IS NULL OR m.memo <> g.message)) OR (t.memo_digest IS NULL AND g.message IS NOT NULL))
             ORDER BY t.sequence LIMIT 1",
        ),
        (
            "the ledger posted a transfer that was not accepted",
            "SELECT t.sequence, g.state, CAST(0 AS BIGINT), CAST(1 AS BIGINT)
             FROM transactions t
             LEFT JOIN transfers g ON g.hub_id = t.hub_id AND g.id = t.source_id AND g.state = 'accepted'
             WHERE t.hub_id = $1 AND (t.source_kind = 'transfer' OR t.kind = 'credits_given')
               AND (g.id IS NULL OR (g.transaction_id <> t.id AND (t.reverses IS NULL OR t.reverses <> g.transaction_id)))
             ORDER BY t.sequence LIMIT 1",
        ),
    ];
    ledger::first_wrong(tx, hub, &checks, Difference::at).await
}
