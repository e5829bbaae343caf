//! What the commissions promise, recomputed: what an escrow holds follows from its milestones and its brokerage, every
//! posting has its record and every record its posting, and what was agreed is what was quoted.

use super::money::{Move, MoveKind};
use super::shares::{Brokerage, Standing};
use super::{Commission, sql};
use crate::base::credits::Credits;
use crate::base::db::{Result, Tx};
use crate::base::ids::{CommissionId, HubId};
use crate::ledger::{self, Difference};

/// How many commissions are walked at once.
const PAGE: i64 = 200;

/// The transaction, the commission, what is expected and what was found.
type Row = (Option<i64>, Option<CommissionId>, i64, i64);

/// The first difference, if there is any.
pub async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let found = ledger::first_wrong(tx, hub, &CHECKS, |what, (transaction, id, expected, found): Row| {
        Difference::new(what, transaction, id.map(|id| format!("commission {id}")), expected, found)
    });
    match found.await? {
        Some(difference) => Ok(Some(difference)),
        None => walk(tx, hub).await,
    }
}

const CHECKS: [(&str, &str); 16] = [
    (
        "what moved for a commission differs from what the ledger posted",
        "SELECT t.sequence, m.commission_id, m.credits, CAST(COALESCE(SUM(e.amount), 0) AS BIGINT)
         FROM commission_moves m
         LEFT JOIN transactions t ON t.hub_id = m.hub_id AND t.id = m.transaction_id AND t.source_kind = 'commission'
              AND t.source_id = m.commission_id AND t.recorded_at = m.decided_at
              AND t.kind = CASE WHEN m.kind IN ('accepted', 'kept') THEN 'milestone_paid'
                                WHEN m.kind = 'agreed' THEN 'commission_agreed'
                                WHEN m.kind = 'returned' THEN 'commission_returned'
                                WHEN m.kind = 'varied' AND t.kind <> 'milestone_paid' THEN t.kind
                                WHEN m.kind = 'resolved' AND t.kind <> 'commission_agreed' THEN t.kind END
         LEFT JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.side = 'debit'
         WHERE m.hub_id = $1 GROUP BY t.sequence, m.commission_id, m.ordinal, m.credits
         HAVING COALESCE(SUM(e.amount), 0) <> m.credits ORDER BY m.commission_id, m.ordinal LIMIT 1",
    ),
    (
        "the ledger posted for a commission what is not recorded",
        "SELECT t.sequence, CAST(NULL AS UUID), CAST(0 AS BIGINT), CAST(1 AS BIGINT)
         FROM transactions t
         LEFT JOIN commission_moves m ON m.hub_id = t.hub_id AND m.transaction_id = t.id AND m.commission_id = t.source_id
         WHERE t.hub_id = $1 AND m.transaction_id IS NULL
           AND (t.source_kind = 'commission' OR t.kind IN ('commission_agreed', 'milestone_paid', 'commission_returned'))
         ORDER BY t.sequence LIMIT 1",
    ),
    (
        "the hub's part of a payment differs from what the ledger posted",
        "SELECT t.sequence, m.commission_id, m.to_hub, CAST(COALESCE(SUM(e.amount), 0) AS BIGINT)
         FROM commission_moves m
         JOIN transactions t ON t.hub_id = m.hub_id AND t.id = m.transaction_id
         LEFT JOIN accounts a ON a.hub_id = m.hub_id AND a.kind = 'income'
         LEFT JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.account_id = a.id AND e.side = 'credit'
         WHERE m.hub_id = $1 GROUP BY t.sequence, m.commission_id, m.to_hub
         HAVING COALESCE(SUM(e.amount), 0) <> m.to_hub ORDER BY t.sequence LIMIT 1",
    ),
    (
        "a commission's escrow is not what is held for it",
        "SELECT CAST(NULL AS BIGINT), c.id, c.held, COALESCE(a.balance, 0)
         FROM commissions c
         LEFT JOIN accounts a ON a.hub_id = c.hub_id AND a.kind = 'escrow' AND a.commission_id = c.id
         WHERE c.hub_id = $1 AND c.held <> COALESCE(a.balance, 0) ORDER BY c.id LIMIT 1",
    ),
    (
        "there is an escrow without its commission",
        "SELECT CAST(NULL AS BIGINT), a.commission_id, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
         FROM accounts a
         LEFT JOIN commissions c ON c.hub_id = a.hub_id AND c.id = a.commission_id
         WHERE a.hub_id = $1 AND a.commission_id IS NOT NULL AND c.id IS NULL ORDER BY a.id LIMIT 1",
    ),
    (
        "what a commission has settled is not what its milestones have",
        "SELECT CAST(NULL AS BIGINT), c.id, c.settled, CAST(COALESCE(SUM(m.settled), 0) AS BIGINT)
         FROM commissions c
         LEFT JOIN commission_milestones m ON m.hub_id = c.hub_id AND m.commission_id = c.id
         WHERE c.hub_id = $1 GROUP BY c.id, c.settled HAVING COALESCE(SUM(m.settled), 0) <> c.settled ORDER BY c.id LIMIT 1",
    ),
    (
        "what a commission has committed is not what its milestones cost",
        "SELECT CAST(NULL AS BIGINT), w.id, w.committed, w.cost
         FROM (SELECT c.id, c.committed,
                      CAST(COALESCE(SUM(CASE WHEN m.state IN ('open', 'delivered', 'disputed') THEN m.price
                                             ELSE m.settled END), 0) AS BIGINT) AS cost
               FROM commissions c
               LEFT JOIN commission_milestones m ON m.hub_id = c.hub_id AND m.commission_id = c.id
               WHERE c.hub_id = $1 GROUP BY c.id, c.committed) w
         WHERE w.committed <> w.cost ORDER BY w.id LIMIT 1",
    ),
    (
        "a milestone is not as it was agreed",
        "SELECT CAST(NULL AS BIGINT), m.commission_id, COALESCE(q.price, 0), m.price
         FROM commission_milestones m
         LEFT JOIN commission_quotes o ON o.hub_id = m.hub_id AND o.id = m.quote_id AND o.commission_id = m.commission_id
                                      AND o.state = 'agreed'
         LEFT JOIN commission_quote_milestones q ON q.hub_id = o.hub_id AND q.quote_id = o.id AND q.number = m.number
              AND q.title = m.title AND q.done_when = m.done_when AND q.due_on = m.due_on
              AND COALESCE(q.half_days, 0) = COALESCE(m.half_days, 0) AND COALESCE(q.day_rate, 0) = COALESCE(m.day_rate, 0)
              AND COALESCE(q.half_day_rate, 0) = COALESCE(m.half_day_rate, 0) AND q.price = m.price
              AND q.reference IS NOT DISTINCT FROM m.reference
         WHERE m.hub_id = $1 AND q.number IS NULL ORDER BY m.commission_id, m.number LIMIT 1",
    ),
    (
        "a quote that was agreed is not carried out",
        "SELECT CAST(NULL AS BIGINT), o.commission_id, q.price, CAST(0 AS BIGINT)
         FROM commission_quotes o
         JOIN commission_quote_milestones q ON q.hub_id = o.hub_id AND q.quote_id = o.id
         LEFT JOIN commission_milestones m ON m.hub_id = o.hub_id AND m.commission_id = o.commission_id AND m.number = q.number
                                          AND m.quote_id = o.id
         WHERE o.hub_id = $1 AND o.state = 'agreed' AND m.number IS NULL ORDER BY o.commission_id, q.number LIMIT 1",
    ),
    (
        "a commission does not have the terms of the quote that was agreed",
        "SELECT CAST(NULL AS BIGINT), c.id, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
         FROM commissions c
         LEFT JOIN commission_quotes o ON o.hub_id = c.hub_id AND o.commission_id = c.id AND o.state = 'agreed'
              AND o.brokerage_share = c.brokerage_share AND o.brokerage_of = c.brokerage_of AND o.borne_by = c.borne_by
              AND (o.provider_school_id = c.provider_school_id OR o.provider_partner_id = c.provider_partner_id)
              AND o.number = (SELECT MAX(l.number) FROM commission_quotes l
                              WHERE l.hub_id = c.hub_id AND l.commission_id = c.id AND l.state = 'agreed')
              AND o.notice_days = c.notice_days AND o.kept_percent = c.kept_percent
         WHERE c.hub_id = $1 AND c.state IN ('agreed', 'completed', 'cancelled') AND o.id IS NULL ORDER BY c.id LIMIT 1",
    ),
    (
        "a quote that was agreed is not of the commission's provider",
        "SELECT CAST(NULL AS BIGINT), c.id, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
         FROM commission_quotes o
         JOIN commissions c ON c.hub_id = o.hub_id AND c.id = o.commission_id
         WHERE o.hub_id = $1 AND o.state = 'agreed'
           AND (o.provider_school_id IS DISTINCT FROM c.provider_school_id
                OR o.provider_partner_id IS DISTINCT FROM c.provider_partner_id) ORDER BY c.id LIMIT 1",
    ),
    (
        "a commission's state is not that of its milestones",
        "SELECT CAST(NULL AS BIGINT), w.id, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
         FROM (SELECT c.id, c.state, c.ended_at, c.ended_because,
                      COUNT(CASE WHEN m.state IN ('open', 'delivered', 'disputed') THEN 1 END) AS pending,
                      COUNT(CASE WHEN m.state = 'open' THEN 1 END) AS still_open
               FROM commissions c
               LEFT JOIN commission_milestones m ON m.hub_id = c.hub_id AND m.commission_id = c.id
               WHERE c.hub_id = $1 AND c.agreed_at IS NOT NULL GROUP BY c.id, c.state, c.ended_at, c.ended_because) w
         WHERE w.state NOT IN ('agreed', 'completed', 'cancelled') OR (w.state = 'agreed') <> (w.ended_at IS NULL)
            OR (w.state = 'agreed') <> (w.pending > 0 AND w.state <> 'cancelled')
            OR (w.state = 'cancelled') <> (w.ended_because IS NOT NULL) OR (w.state = 'cancelled' AND w.still_open > 0)
         ORDER BY w.id LIMIT 1",
    ),
    (
        "what was paid for a milestone is not what was delivered or decided",
        "SELECT CAST(NULL AS BIGINT), m.commission_id, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
         FROM commission_milestones m
         LEFT JOIN commission_disputes d ON d.hub_id = m.hub_id AND d.commission_id = m.commission_id AND d.number = m.number
         WHERE m.hub_id = $1
           AND (CASE m.state WHEN 'accepted' THEN COALESCE(m.claimed, -1) WHEN 'resolved' THEN COALESCE(d.to_provider, -1)
                             WHEN 'ended' THEN m.settled ELSE 0 END <> m.settled
                OR (m.state = 'disputed') <> (d.number IS NOT NULL AND d.resolved_at IS NULL))
         ORDER BY m.commission_id, m.number LIMIT 1",
    ),
    (
        "what a wallet paid for a commission is not what the ledger posted",
        "SELECT CAST(NULL AS BIGINT), f.commission_id, f.paid, CAST(COALESCE(SUM(e.amount), 0) AS BIGINT)
         FROM commission_funds f
         LEFT JOIN commission_moves m ON m.hub_id = f.hub_id AND m.commission_id = f.commission_id
         LEFT JOIN transactions t ON t.hub_id = m.hub_id AND t.id = m.transaction_id AND t.kind = 'commission_agreed'
         LEFT JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.account_id = f.account_id AND e.side = 'debit'
         WHERE f.hub_id = $1 GROUP BY f.commission_id, f.account_id, f.paid
         HAVING COALESCE(SUM(e.amount), 0) <> f.paid ORDER BY f.commission_id LIMIT 1",
    ),
    (
        "the days that are agreed of an offer are not those of its commissions",
        "SELECT CAST(NULL AS BIGINT), CAST(NULL AS UUID), w.agreed, w.taken
         FROM (SELECT d.offer_id, d.year, d.agreed,
                      CAST(COALESCE(SUM(CASE WHEN m.state IN ('open', 'delivered', 'disputed', 'resolved') THEN m.half_days
                                             WHEN m.state = 'accepted' THEN m.delivered_half_days END), 0) AS BIGINT) AS taken
               FROM offer_days d
               JOIN offers o ON o.hub_id = d.hub_id AND o.id = d.offer_id AND o.kind = 'expertise'
               LEFT JOIN commissions c ON c.hub_id = d.hub_id AND c.offer_id = d.offer_id AND c.year = d.year
               LEFT JOIN commission_milestones m ON m.hub_id = c.hub_id AND m.commission_id = c.id
               WHERE d.hub_id = $1 GROUP BY d.offer_id, d.year, d.agreed) w
         WHERE w.agreed <> w.taken ORDER BY w.offer_id, w.year LIMIT 1",
    ),
    (
        "a wallet of another school paid for a commission",
        "SELECT CAST(NULL AS BIGINT), f.commission_id, CAST(0 AS BIGINT), f.paid
         FROM commission_funds f
         JOIN commissions c ON c.hub_id = f.hub_id AND c.id = f.commission_id
         JOIN accounts a ON a.hub_id = f.hub_id AND a.id = f.account_id
         LEFT JOIN schools s ON s.hub_id = a.hub_id AND s.id = a.school_id
         WHERE f.hub_id = $1 AND (s.id IS NULL OR (s.id <> c.buyer_id AND s.successor_id IS NULL)) ORDER BY f.commission_id LIMIT 1",
    ),
];

/// Walks each commission's moves: each is the difference that it makes to what is committed and settled.
async fn walk(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let mut after = None;
    loop {
        let page = sql::agreed(tx, hub, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(None) };
        after = Some(last.id);
        for commission in &page {
            let moves = sql::money::of(tx, hub, commission.id).await?;
            let funds = sql::money::funds(tx, hub, commission.id).await?;
            let returned: Credits = funds.iter().map(|fund| fund.returned).sum();
            if let Some((fund, place)) = funds.iter().zip(1..).find(|(fund, place)| fund.position != *place) {
                let what = "the wallets that paid for a commission are not in their order";
                let subject = Some(format!("commission {}", commission.id));
                return Ok(Some(Difference::new(what, None, subject, place, fund.position)));
            }
            if let Some(difference) = wrong(commission, &moves, returned) {
                return Ok(Some(difference));
            }
        }
    }
}

/// The first of a commission's moves that does not follow from those before it.
fn wrong(commission: &Commission, moves: &[Move], returned: Credits) -> Option<Difference> {
    let of: Brokerage = commission.brokerage();
    let difference = |what, expected: String, found: String| {
        Some(Difference::new(what, None, Some(format!("commission {}", commission.id)), expected, found))
    };
    let mut at = Standing { committed: Credits::ZERO, settled: Credits::ZERO };
    let mut back = Credits::ZERO;
    for (moved, ordinal) in moves.iter().zip(1..) {
        let paid = of.paid(at.settled, moved.settled - at.settled);
        let raised = of.cost(moved.committed) - of.cost(at.committed);
        let (expected, hub) = match moved.kind {
            _ if moved.settled > at.settled => (paid.provider + paid.hub, paid.hub),
            MoveKind::Agreed | MoveKind::Varied if raised > Credits::ZERO => (raised, Credits::ZERO),
            _ => (-raised, Credits::ZERO),
        };
        let paid_out = matches!(moved.kind, MoveKind::Accepted | MoveKind::Kept);
        let as_paid =
            (moved.settled > at.settled) == (paid_out || (moved.kind == MoveKind::Resolved && raised.is_zero()));
        if moved.ordinal != ordinal || expected != moved.credits || hub != moved.to_hub || !as_paid {
            let said =
                |ordinal: i64, credits, hub| format!("move {ordinal} of {credits} credits, {hub} of them the hub's");
            return difference(
                "a move of a commission does not follow from it",
                said(ordinal, expected, hub),
                said(moved.ordinal, moved.credits, moved.to_hub) + if as_paid { "" } else { ", of another kind" },
            );
        }
        if moved.settled == at.settled && raised < Credits::ZERO {
            back = back - raised;
        }
        at = Standing { committed: moved.committed, settled: moved.settled };
    }
    if at != (Standing { committed: commission.committed, settled: commission.settled }) {
        let said = |committed, settled| format!("{committed} committed, {settled} settled");
        let (expected, found) = (said(at.committed, at.settled), said(commission.committed, commission.settled));
        return difference("a commission does not stand as its last move left it", expected, found);
    }
    if of.held(at) != commission.held {
        return difference(
            "a commission holds what does not follow from it",
            of.held(at).to_string(),
            commission.held.to_string(),
        );
    }
    if back != returned {
        return difference(
            "what went back to a commission's wallets is not what was returned",
            back.to_string(),
            returned.to_string(),
        );
    }
    None
}
