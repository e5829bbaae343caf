//! What year closes promise, recomputed: that a closed year stays untouched except for what the close allows, and that
//! every line and every later refund follows the rule that was recorded.

mod posted;

use super::{CloseLine, PAGE, Rule, YearClose, sql};
use crate::base::credits::Credits;
use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::ledger::{self, AccountName, Difference};
use crate::members::years::carry::divide;

/// The first difference, if there is any.
pub async fn verify(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let wrong = posted::verify(tx, hub).await?;
    if wrong.is_some() {
        return Ok(wrong);
    }
    let wrong = ledger::first_wrong(tx, hub, CHECKS, Difference::at).await?;
    if wrong.is_some() {
        return Ok(wrong);
    }
    for close in sql::all(tx, hub).await? {
        let found = by_its_rule(tx, hub, &close).await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The first line of a close that does not follow from the close's rule.
async fn by_its_rule(tx: &mut Tx, hub: HubId, close: &YearClose) -> Result<Option<Difference>> {
    let rule = Rule { carry: close.carry, earned_carry: close.earned_carry, open_holds: close.open_holds };
    let mut after = None;
    loop {
        let page = super::lines(tx, hub, close.id, None, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(None) };
        after = Some(last.account_id);
        let codes = sql::next_codes(tx, hub, close.id, &page).await?;
        for line in &page {
            let cap = rule.cap(line.wallet, line.allocated);
            let (carried, lapsed) = divide(line.balance, cap);
            let next = AccountName::Wallet(line.school_id, close.next_year, line.wallet).code();
            let at_most = |cap: Option<Credits>| cap.map_or("all".to_owned(), |cap| format!("at most {cap}"));
            let due = format!("{carried} ({}) to {next}, {lapsed} lapsed", at_most(cap));
            let code = codes.get(&line.account_id).cloned().unwrap_or_default();
            let found = format!("{} ({}) to {code}, {} lapsed", line.carried, at_most(line.cap), line.lapsed);
            if due != found {
                let what = "a line of a year's close does not follow its rule";
                return Ok(Some(Difference::new(what, None, Some(subject(close, line)), due, found)));
            }
        }
    }
}

fn subject(close: &YearClose, line: &CloseLine) -> String {
    AccountName::Wallet(line.school_id, close.year, line.wallet).code()
}

/// Checks whose rows have the sequence, the subject, and in hundredths what is expected and what was found.
const CHECKS: &[(&str, &str)] = &[
    (
        "a year is closed without a close, or open with one",
        "SELECT CAST(NULL AS BIGINT), 'year ' || y.year, CAST(COALESCE(c.n, 0) AS BIGINT), CAST(CASE WHEN y.state = 'closed' THEN 1 ELSE 0 END AS BIGINT)
         FROM academic_years y
         LEFT JOIN (SELECT year, COUNT(*) AS n FROM year_closes WHERE hub_id = $1 AND standing GROUP BY year) c ON c.year = y.year
         WHERE y.hub_id = $1 AND COALESCE(c.n, 0) <> CASE WHEN y.state = 'closed' THEN 1 ELSE 0 END
         ORDER BY y.year LIMIT 1",
    ),
    (
        "the close of a year differs from its lines",
        "SELECT CAST(NULL AS BIGINT), 'year ' || c.year,
                CAST(CASE WHEN COALESCE(l.carried, 0) <> c.carried THEN COALESCE(l.carried, 0) ELSE COALESCE(l.wallets, 0) END AS BIGINT),
                CASE WHEN COALESCE(l.carried, 0) <> c.carried THEN c.carried ELSE c.wallets END
         FROM year_closes c
         LEFT JOIN (SELECT close_id, COUNT(*) AS wallets, SUM(balance) AS balance, SUM(carried) AS carried, SUM(lapsed) AS lapsed
                    FROM year_close_lines WHERE hub_id = $1 GROUP BY close_id) l ON l.close_id = c.id
         WHERE c.hub_id = $1
           AND (COALESCE(l.wallets, 0) <> c.wallets OR COALESCE(l.balance, 0) <> c.balance
                OR COALESCE(l.carried, 0) <> c.carried OR COALESCE(l.lapsed, 0) <> c.lapsed)
         ORDER BY c.id LIMIT 1",
    ),
    (
        "what a year's close posted differs from its lines",
        "SELECT t.sequence, 'year ' || c.year, c.balance, CAST(COALESCE(SUM(e.amount), 0) AS BIGINT)
         FROM year_closes c
         LEFT JOIN transactions t ON t.hub_id = c.hub_id AND t.id = c.transaction_id AND t.kind = 'year_closed' AND t.source_id = c.id AND t.sequence = c.sequence
         LEFT JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.side = 'debit'
         WHERE c.hub_id = $1
         GROUP BY c.id, c.year, c.balance, t.sequence
         HAVING COALESCE(SUM(e.amount), 0) <> c.balance
         ORDER BY c.id LIMIT 1",
    ),
    (
        "a wallet was not closed with what was in it",
        "SELECT c.sequence, a.code, l.balance, COALESCE(e.amount, 0)
         FROM year_close_lines l
         JOIN year_closes c ON c.hub_id = l.hub_id AND c.id = l.close_id
         JOIN accounts a ON a.hub_id = l.hub_id AND a.id = l.account_id
         LEFT JOIN entries e ON e.hub_id = l.hub_id AND e.account_id = l.account_id AND e.sequence = c.sequence AND e.side = 'debit' AND c.transaction_id IS NOT NULL
         WHERE l.hub_id = $1 AND (COALESCE(e.amount, 0) <> l.balance OR a.year IS NULL OR a.year <> c.year OR COALESCE(e.balance_after, 0) <> 0)
         ORDER BY l.close_id, l.account_id LIMIT 1",
    ),
    (
        "a wallet did not get what was carried to it",
        "SELECT c.sequence, a.code, l.carried, COALESCE(e.amount, 0)
         FROM year_close_lines l
         JOIN year_closes c ON c.hub_id = l.hub_id AND c.id = l.close_id
         JOIN accounts a ON a.hub_id = l.hub_id AND a.id = l.next_account_id
         LEFT JOIN entries e ON e.hub_id = l.hub_id AND e.account_id = l.next_account_id AND e.sequence = c.sequence AND e.side = 'credit' AND c.transaction_id IS NOT NULL
         WHERE l.hub_id = $1 AND COALESCE(e.amount, 0) <> l.carried
         ORDER BY l.close_id, l.account_id LIMIT 1",
    ),
    (
        "a wallet of a closed year is not in its close",
        "SELECT CAST(NULL AS BIGINT), a.code, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
         FROM year_closes c
         JOIN accounts a ON a.hub_id = c.hub_id AND a.year = c.year AND a.kind = 'wallet'
         LEFT JOIN year_close_lines l ON l.hub_id = c.hub_id AND l.close_id = c.id AND l.account_id = a.id
         WHERE c.hub_id = $1 AND c.standing AND l.account_id IS NULL
         ORDER BY a.id LIMIT 1",
    ),
    (
        "a closed year was posted to",
        "SELECT e.sequence, a.code, CAST(0 AS BIGINT), e.amount
         FROM year_closes c
         JOIN accounts a ON a.hub_id = c.hub_id AND a.year = c.year
         JOIN entries e ON e.hub_id = a.hub_id AND e.account_id = a.id AND e.sequence > c.sequence
         WHERE c.hub_id = $1 AND (c.reopened_sequence IS NULL OR e.sequence <= c.reopened_sequence)
           AND NOT (a.id = c.lapsed_account_id AND e.side = 'credit'
                    AND e.amount = (SELECT SUM(r.lapsed) FROM refunds_after_close r
                                    JOIN transactions t ON t.hub_id = r.hub_id AND t.id = r.transaction_id
                                    WHERE r.hub_id = c.hub_id AND r.close_id = c.id AND t.sequence = e.sequence
                                      AND t.kind IN ('booking_refunded', 'booking_waived')))
         ORDER BY e.sequence LIMIT 1",
    ),
    (
        "what was carried or lapsed of a refund did not arrive",
        "SELECT t.sequence, a.code, r.carried + r.lapsed, CAST(0 AS BIGINT)
         FROM refunds_after_close r
         JOIN year_closes c ON c.hub_id = r.hub_id AND c.id = r.close_id
         JOIN year_close_lines l ON l.hub_id = r.hub_id AND l.close_id = r.close_id AND l.account_id = r.account_id
         JOIN accounts a ON a.hub_id = l.hub_id AND a.id = l.account_id
         LEFT JOIN transactions t ON t.hub_id = r.hub_id AND t.id = r.transaction_id AND t.sequence > c.sequence
         WHERE r.hub_id = $1
           AND (t.id IS NULL
                OR (r.lapsed > 0 AND NOT EXISTS (
                    SELECT 1 FROM entries e WHERE e.hub_id = t.hub_id AND e.account_id = c.lapsed_account_id AND e.sequence = t.sequence AND e.side = 'credit' AND e.amount >= r.lapsed))
                OR (r.carried > 0
                    AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.hub_id = t.hub_id AND e.account_id = l.next_account_id AND e.sequence = t.sequence AND e.side = 'credit' AND e.amount >= r.carried)
                    AND NOT EXISTS (SELECT 1 FROM refunds_after_close n
                                    WHERE n.hub_id = r.hub_id AND n.account_id = l.next_account_id AND n.transaction_id = r.transaction_id AND n.carried + n.lapsed >= r.carried)))
         ORDER BY r.transaction_id LIMIT 1",
    ),
    (
        "more or less than the cap was carried",
        "SELECT CAST(NULL AS BIGINT), a.code, l.cap, CAST(l.carried + COALESCE(r.carried, 0) AS BIGINT)
         FROM year_close_lines l
         JOIN accounts a ON a.hub_id = l.hub_id AND a.id = l.account_id
         LEFT JOIN (SELECT close_id, account_id, SUM(carried) AS carried, SUM(lapsed) AS lapsed
                    FROM refunds_after_close WHERE hub_id = $1 GROUP BY close_id, account_id) r ON r.close_id = l.close_id AND r.account_id = l.account_id
         WHERE l.hub_id = $1 AND l.cap IS NOT NULL
           AND (l.carried + COALESCE(r.carried, 0) > l.cap
                OR (l.lapsed + COALESCE(r.lapsed, 0) > 0 AND l.carried + COALESCE(r.carried, 0) <> l.cap))
         ORDER BY l.close_id, l.account_id LIMIT 1",
    ),
    (
        "a refund lapsed although there is no cap",
        "SELECT CAST(NULL AS BIGINT), a.code, CAST(0 AS BIGINT), r.lapsed
         FROM refunds_after_close r
         JOIN year_close_lines l ON l.hub_id = r.hub_id AND l.close_id = r.close_id AND l.account_id = r.account_id
         JOIN accounts a ON a.hub_id = l.hub_id AND a.id = l.account_id
         WHERE r.hub_id = $1 AND l.cap IS NULL AND r.lapsed > 0
         ORDER BY r.close_id, r.account_id LIMIT 1",
    ),
];
