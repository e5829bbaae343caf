//! What the settlements promise, recomputed: a statement is the sum of its lines, each line a posting to what its
//! partner is owed, and each payment a transaction.

use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::ledger::{self, Difference};

/// The transaction, the number of the statement, what is expected and what was found.
type Row = (Option<i64>, Option<i64>, i64, i64);

/// What must hold, each with the statement that finds a violation.
const CHECKS: &[(&str, &str)] = &[
    (
        "a payment to a partner differs from what the ledger posted for it",
        "SELECT t.sequence, s.number, y.credits, CAST(COALESCE(e.amount, 0) AS BIGINT)
         FROM settlement_payments y
         JOIN settlements s ON s.hub_id = y.hub_id AND s.id = y.settlement_id
         LEFT JOIN transactions t ON t.hub_id = y.hub_id AND t.id = y.transaction_id AND t.kind = 'partner_settled'
                                 AND t.source_kind = 'settlement' AND t.source_id = y.id AND t.effective_on = y.paid_on
         LEFT JOIN accounts a ON a.hub_id = y.hub_id AND a.kind = 'payable' AND a.partner_id = s.partner_id
         LEFT JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.account_id = a.id AND e.side = 'debit'
         WHERE y.hub_id = $1 AND COALESCE(e.amount, 0) <> y.credits ORDER BY y.id LIMIT 1",
    ),
    (
        "the ledger posted a payment to a partner that is not there",
        "SELECT t.sequence, CAST(NULL AS BIGINT), CAST(0 AS BIGINT), CAST(1 AS BIGINT)
         FROM transactions t
         LEFT JOIN settlement_payments y ON y.hub_id = t.hub_id AND y.id = t.source_id
         WHERE t.hub_id = $1 AND (t.source_kind = 'settlement' OR t.kind = 'partner_settled')
           AND (y.id IS NULL OR (y.transaction_id <> t.id AND (t.reverses IS NULL OR t.reverses <> y.transaction_id)))
         ORDER BY t.sequence LIMIT 1",
    ),
    (
        "the bank's reference of a payment is not the one that was posted",
        "SELECT t.sequence, s.number, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
         FROM settlement_payments y
         JOIN settlements s ON s.hub_id = y.hub_id AND s.id = y.settlement_id
         JOIN transactions t ON t.hub_id = y.hub_id AND t.id = y.transaction_id
         LEFT JOIN transaction_memos m ON m.hub_id = t.hub_id AND m.transaction_id = t.id
         WHERE y.hub_id = $1 AND (m.memo IS NULL OR m.memo <> y.bank_reference) ORDER BY t.sequence LIMIT 1",
    ),
    (
        "of a statement more is paid than is on it, or some though it was cancelled",
        "SELECT CAST(NULL AS BIGINT), s.number, CASE WHEN s.cancelled_at IS NULL THEN s.credits ELSE 0 END,
                CAST(SUM(y.credits) AS BIGINT)
         FROM settlement_payments y
         JOIN settlements s ON s.hub_id = y.hub_id AND s.id = y.settlement_id
         WHERE y.hub_id = $1
           AND NOT EXISTS (SELECT 1 FROM transactions r WHERE r.hub_id = y.hub_id AND r.reverses = y.transaction_id)
         GROUP BY s.number, s.credits, s.cancelled_at
         HAVING SUM(y.credits) > CASE WHEN s.cancelled_at IS NULL THEN s.credits ELSE 0 END
         ORDER BY s.number LIMIT 1",
    ),
    (
        "the credits of a statement are not the sum of its lines",
        "SELECT CAST(NULL AS BIGINT), s.number, s.credits, CAST(COALESCE(SUM(l.credits), 0) AS BIGINT)
         FROM settlements s
         LEFT JOIN settlement_lines l ON l.hub_id = s.hub_id AND l.settlement_id = s.id
         WHERE s.hub_id = $1 GROUP BY s.number, s.credits
         HAVING COALESCE(SUM(l.credits), 0) <> s.credits ORDER BY s.number LIMIT 1",
    ),
    (
        "the pounds of a statement are not the sum of its lines",
        "SELECT CAST(NULL AS BIGINT), s.number, s.pence, CAST(COALESCE(SUM(l.pence), 0) AS BIGINT)
         FROM settlements s
         LEFT JOIN settlement_lines l ON l.hub_id = s.hub_id AND l.settlement_id = s.id
         WHERE s.hub_id = $1 GROUP BY s.number, s.pence
         HAVING COALESCE(SUM(l.pence), 0) <> s.pence ORDER BY s.number LIMIT 1",
    ),
    (
        "a line of a statement is not what its partner earned",
        "SELECT l.sequence, s.number, CAST(COALESCE(CASE e.side WHEN 'credit' THEN e.amount ELSE -e.amount END, 0) AS BIGINT),
                l.credits
         FROM settlement_lines l
         JOIN settlements s ON s.hub_id = l.hub_id AND s.id = l.settlement_id
         LEFT JOIN accounts a ON a.hub_id = l.hub_id AND a.kind = 'payable' AND a.partner_id = s.partner_id
         LEFT JOIN transactions t ON t.hub_id = l.hub_id AND t.sequence = l.sequence AND t.source_kind <> 'settlement'
                                 AND t.effective_on <= s.up_to
         LEFT JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.account_id = a.id
         WHERE l.hub_id = $1
           AND (e.amount IS NULL OR l.credits <> CASE e.side WHEN 'credit' THEN e.amount ELSE -e.amount END)
         ORDER BY s.number, l.sequence LIMIT 1",
    ),
    (
        "the pounds of a line of a statement do not follow from its credits",
        "SELECT l.sequence, s.number,
                (l.credits * l.credit_value_pence + CASE WHEN l.credits < 0 THEN -50 ELSE 50 END) / 100, l.pence
         FROM settlement_lines l
         JOIN settlements s ON s.hub_id = l.hub_id AND s.id = l.settlement_id
         WHERE l.hub_id = $1
           AND l.pence <> (l.credits * l.credit_value_pence + CASE WHEN l.credits < 0 THEN -50 ELSE 50 END) / 100
         ORDER BY s.number, l.sequence LIMIT 1",
    ),
    (
        "a line is live though its statement was cancelled, or not live though it was not",
        "SELECT l.sequence, s.number, CAST(CASE WHEN s.cancelled_at IS NULL THEN 1 ELSE 0 END AS BIGINT),
                CAST(CASE WHEN l.live THEN 1 ELSE 0 END AS BIGINT)
         FROM settlement_lines l
         JOIN settlements s ON s.hub_id = l.hub_id AND s.id = l.settlement_id
         WHERE l.hub_id = $1 AND l.live <> (s.cancelled_at IS NULL)
         ORDER BY s.number, l.sequence LIMIT 1",
    ),
    (
        "the numbers of the statements have a gap",
        "SELECT CAST(NULL AS BIGINT), d.number, d.place, d.number
         FROM (SELECT s.number, ROW_NUMBER() OVER (ORDER BY s.number) AS place FROM settlements s WHERE s.hub_id = $1) d
         WHERE d.number <> d.place ORDER BY d.number LIMIT 1",
    ),
];

/// The first difference, if there is any.
pub async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    ledger::first_wrong(tx, hub, CHECKS, |what, (transaction, number, expected, found): Row| {
        Difference::new(what, transaction, number.map(|number| format!("statement {number}")), expected, found)
    })
    .await
}
