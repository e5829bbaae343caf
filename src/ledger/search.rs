//! Looking through the journal: a stretch of it, from its end back or from its beginning on.

use super::read::{Transaction, transaction_columns};
use crate::base::credits::Credits;
use crate::base::db::{Result, Tx};
use crate::base::ids::{AccountId, HubId};

/// A stretch of the journal.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// Only what was posted to this account.
    pub account: Option<AccountId>,
    /// After the transaction of this sequence.
    pub after: i64,
    /// Before the transaction of this sequence.
    pub before: i64,
    /// From its beginning on, and not from its end back.
    pub oldest_first: bool,
}

/// One range of the primary key.
macro_rules! of_all {
    ($order:literal) => {
        concat!(
            "SELECT ",
            transaction_columns!(),
            "
             FROM transactions t
             LEFT JOIN transaction_memos m ON m.hub_id = t.hub_id AND m.transaction_id = t.id
             LEFT JOIN transactions r ON r.hub_id = t.hub_id AND r.reverses = t.id
             WHERE t.hub_id = $1 AND t.sequence > $2 AND t.sequence < $3
             ORDER BY t.sequence",
            $order,
            " LIMIT $4"
        )
    };
}

/// One range of the primary key of the entries.
macro_rules! of_account {
    ($order:literal) => {
        concat!(
            "SELECT ",
            transaction_columns!(),
            "
             FROM entries e
             JOIN transactions t ON t.hub_id = e.hub_id AND t.sequence = e.sequence
             LEFT JOIN transaction_memos m ON m.hub_id = t.hub_id AND m.transaction_id = t.id
             LEFT JOIN transactions r ON r.hub_id = t.hub_id AND r.reverses = t.id
             WHERE e.hub_id = $1 AND e.account_id = $5 AND e.sequence > $2 AND e.sequence < $3
             ORDER BY e.sequence",
            $order,
            " LIMIT $4"
        )
    };
}

const BACK: &str = of_all!(" DESC");
const FORTH: &str = of_all!("");
const BACK_OF_ACCOUNT: &str = of_account!(" DESC");
const FORTH_OF_ACCOUNT: &str = of_account!("");

/// The transactions of a stretch of the journal from its end back, or from its beginning on: at most so many.
pub async fn stretch(tx: &mut Tx, hub: HubId, of: Stretch, limit: i64) -> Result<Vec<Transaction>> {
    let query = tx.query(match (of.account, of.oldest_first) {
        (Some(_), true) => FORTH_OF_ACCOUNT,
        (Some(_), false) => BACK_OF_ACCOUNT,
        (None, true) => FORTH,
        (None, false) => BACK,
    });
    let query = query.bind(hub).bind(of.after).bind(of.before).bind(limit);
    match of.account {
        Some(account) => query.bind(account).all().await,
        None => query.all().await,
    }
}

/// How much each of these transactions moves: the sum of its debits, by its sequence.
pub async fn amounts(tx: &mut Tx, hub: HubId, sequences: &[i64]) -> Result<Vec<(i64, Credits)>> {
    tx.rows_all::<2, _, _>(
        "WITH wanted (hub_id, sequence) AS (VALUES $rows)
         SELECT w.sequence, CAST(SUM(e.amount) AS BIGINT)
         FROM wanted w JOIN entries e ON e.hub_id = w.hub_id AND e.sequence = w.sequence
         WHERE e.side = 'debit'
         GROUP BY w.sequence",
        sequences,
        |query, sequence| query.bind(hub).bind(*sequence),
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn a_stretch_is_one_range_of_an_index() {
        for (statement, range) in [
            (BACK, "SEARCH t USING PRIMARY KEY (hub_id=? AND sequence>? AND sequence<?)"),
            (FORTH, "SEARCH t USING PRIMARY KEY (hub_id=? AND sequence>? AND sequence<?)"),
            (FORTH_OF_ACCOUNT, "SEARCH e USING PRIMARY KEY (hub_id=? AND account_id=? AND sequence>? AND sequence<?)"),
            (BACK_OF_ACCOUNT, "SEARCH e USING PRIMARY KEY (hub_id=? AND account_id=? AND sequence>? AND sequence<?)"),
        ] {
            let plan = plan(statement).await;
            assert!(plan.iter().any(|step| step == range), "{plan:#?}");
            assert!(!plan.iter().any(|step| step.starts_with("SCAN") || step.contains("TEMP B-TREE")), "{plan:#?}");
        }
    }
}
