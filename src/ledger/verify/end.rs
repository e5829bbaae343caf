//! Checks, after the last transaction: the head, the accounts, the memos and the reversals against the journal.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Check;
use crate::base::credits::Credits;
use crate::base::db::{Result, Tx};
use crate::base::ids::{AccountId, HubId};
use crate::ledger::difference::Difference;
use crate::ledger::reversal::verify_reversals;

/// How many accounts are read at once.
const PAGE: i64 = 1_000;

/// The first difference; `compared` counts the accounts.
pub(in crate::ledger) async fn compare(tx: &mut Tx, check: &Check, compared: &mut i64) -> Result<Option<Difference>> {
    if let Some(found) = head(tx, check).await? {
        return Ok(Some(found));
    }
    if let Some(found) = accounts(tx, check, compared).await? {
        return Ok(Some(found));
    }
    if let Some(found) = stray_memo(tx, check.hub).await? {
        return Ok(Some(found));
    }
    verify_reversals(tx, check.hub).await
}

/// The sequence and hash of the head, when it was recorded, when the hub was founded, and the time of its last change.
type HeadRow = (i64, Vec<u8>, DateTime<Utc>, DateTime<Utc>, Option<DateTime<Utc>>);

async fn head(tx: &mut Tx, check: &Check) -> Result<Option<Difference>> {
    let head: Option<HeadRow> = tx
        .query(
            "SELECT l.sequence, l.hash, l.recorded_at, h.created_at, c.recorded_at
             FROM ledger_heads l
             JOIN hubs h ON h.id = l.hub_id
             LEFT JOIN changes c ON c.hub_id = l.hub_id AND c.sequence = l.changes
             WHERE l.hub_id = $1",
        )
        .bind(check.hub)
        .optional()
        .await?;
    let Some((sequence, hash, recorded_at, founded_at, changed_at)) = head else {
        return Ok(Some(Difference::new("the hub has no head", None, None, "a head", "none")));
    };
    let at = Some(check.sequence);
    let (expected, found) = ((check.sequence, check.previous.as_slice()), (sequence, hash.as_slice()));
    if expected != found {
        let said = |(sequence, hash): (i64, &[u8])| format!("{sequence} {}", hex::encode(hash));
        return Ok(Some(Difference::new(
            "the head is not the last transaction",
            at,
            None,
            said(expected),
            said(found),
        )));
    }
    let expected = [check.recorded_at, changed_at].into_iter().flatten().max().unwrap_or(founded_at);
    Ok((recorded_at != expected).then(|| {
        Difference::new(
            "the head is of another time than the last of the hub's changes",
            at,
            None,
            expected,
            recorded_at,
        )
    }))
}

async fn accounts(tx: &mut Tx, check: &Check, compared: &mut i64) -> Result<Option<Difference>> {
    let mut after = AccountId(Uuid::nil());
    loop {
        let page: Vec<(AccountId, String, i64, i64)> = tx
            .query(
                "SELECT id, code, balance, position FROM accounts WHERE hub_id = $1 AND id > $2 ORDER BY id LIMIT $3",
            )
            .bind(check.hub)
            .bind(after)
            .bind(PAGE)
            .all()
            .await?;
        let Some((last, ..)) = page.last() else { return Ok(None) };
        after = *last;
        for (id, code, balance, position) in &page {
            let is = check.accounts.get(id).copied().unwrap_or_default();
            if (*balance, *position) != (is.balance, is.position) {
                let said = |balance, position| format!("{} after {position}", Credits::from_hundredths(balance));
                return Ok(Some(Difference::new(
                    "an account's balance differs from its entries",
                    None,
                    Some(code.clone()),
                    said(is.balance, is.position),
                    said(*balance, *position),
                )));
            }
        }
        *compared += i64::try_from(page.len()).unwrap_or(i64::MAX);
    }
}

async fn stray_memo(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let stray: Option<(Uuid,)> = tx
        .query(
            "SELECT m.transaction_id
             FROM transaction_memos m
             LEFT JOIN transactions t ON t.hub_id = m.hub_id AND t.id = m.transaction_id
             WHERE m.hub_id = $1 AND t.id IS NULL ORDER BY m.transaction_id LIMIT 1",
        )
        .bind(hub)
        .optional()
        .await?;
    Ok(stray
        .map(|(id,)| Difference::new("a memo has no transaction", None, Some(id.to_string()), "a transaction", "none")))
}
