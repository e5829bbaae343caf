//! Checks that every posting of a succession has its succession, and moves credits from the school to its successor.

use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::ledger::{self, Difference, SourceKind};

/// The first posting that no succession accounts for. Besides the balances of the school's wallets on the day, whatever
/// reached them later is passed on in full to whoever is its heir then.
pub(super) async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let checks: [(&str, &'static str); 2] = [
        (
            "the ledger posted a succession that is not there",
            "SELECT t.sequence, t.source_id, CAST(0 AS BIGINT), CAST(COALESCE(SUM(e.amount), 0) AS BIGINT)
             FROM transactions t
             LEFT JOIN successions d ON d.hub_id = t.hub_id AND d.id = t.source_id AND d.done_at <= t.recorded_at
             LEFT JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.side = 'debit'
             WHERE t.hub_id = $1 AND t.source_kind = 'succession' AND d.id IS NULL
             GROUP BY t.sequence, t.source_id ORDER BY t.sequence LIMIT 1",
        ),
        (
            "a succession moved credits that were not the school's, or not all, or not to its successor",
            "WITH RECURSIVE heirs (school_id, heir_id) AS (
                 SELECT id, successor_id FROM schools WHERE hub_id = $1 AND successor_id IS NOT NULL
                 UNION
                 SELECT h.school_id, s.successor_id FROM heirs h JOIN schools s ON s.hub_id = $1 AND s.id = h.heir_id
                 WHERE s.successor_id IS NOT NULL)
             SELECT t.sequence, t.source_id, CAST(0 AS BIGINT), e.amount
             FROM transactions t
             JOIN successions d ON d.hub_id = t.hub_id AND d.id = t.source_id
             JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence
             JOIN accounts a ON a.hub_id = e.hub_id AND a.id = e.account_id
             WHERE t.hub_id = $1 AND t.source_kind = 'succession'
               AND ((e.side = 'debit' AND (a.school_id <> d.school_id OR e.balance_after <> 0))
                    OR (e.side = 'credit' AND a.school_id <> d.successor_id
                        AND (t.id = d.transaction_id
                             OR NOT EXISTS (SELECT 1 FROM heirs h WHERE h.school_id = d.school_id AND h.heir_id = a.school_id))))
             ORDER BY t.sequence, e.ordinal LIMIT 1",
        ),
    ];
    ledger::first_wrong(tx, hub, &checks, |what, row| Difference::moved(what, SourceKind::Succession, row)).await
}
