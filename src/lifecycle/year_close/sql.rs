//! Every statement of year closes, except those of open holds and of the verification.

pub(super) mod reminders;

use std::collections::HashMap;

use uuid::Uuid;

use super::{CloseLine, Spent, YearClose};
use crate::base::credits::Credits;
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{AccountId, HubId, PersonId, SchoolId, YearCloseId};
use crate::base::text::{Line, Urn};
use crate::base::year::AcademicYear;
use crate::ledger::WalletKind;

/// The columns of a close, without what came later.
macro_rules! columns {
    () => {
        "c.id, c.year, c.next_year, c.carry, c.earned_carry, c.open_holds, c.wallets, c.balance, c.carried, c.lapsed, c.lapsed_account_id, c.transaction_id, c.sequence,
         c.closed_by, c.closed_at, c.reopened_by, c.reopened_at, c.reopened_because"
    };
}

/// The columns of a wallet's line in a close.
macro_rules! line_columns {
    () => {
        "l.account_id, l.school_id, s.urn, s.name, l.wallet, l.allocated, l.balance, l.cap, l.carried, l.lapsed, l.next_account_id,
         CAST(COALESCE((SELECT SUM(r.carried) FROM refunds_after_close r WHERE r.hub_id = l.hub_id AND r.close_id = l.close_id AND r.account_id = l.account_id), 0) AS BIGINT) AS carried_later,
         CAST(COALESCE((SELECT SUM(r.lapsed) FROM refunds_after_close r WHERE r.hub_id = l.hub_id AND r.close_id = l.close_id AND r.account_id = l.account_id), 0) AS BIGINT) AS lapsed_later"
    };
}

/// A wallet of a year that is to be closed.
#[derive(sqlx::FromRow)]
pub(super) struct Wallet {
    pub(super) account_id: AccountId,
    pub(super) school_id: SchoolId,
    pub(super) urn: Urn,
    pub(super) name: Line,
    pub(super) wallet: WalletKind,
    pub(super) allocated: Credits,
    pub(super) balance: Credits,
}

/// One range of `accounts_by_year`; what was allocated is looked up in the transactions of the year's allocations. The
/// year of `o` is compared as an expression, not as a column, so that it is found by its school and not among all
/// wallets of the year; SQLite keeps the order of cross joins.
const WALLETS: &str =
    "SELECT a.id AS account_id, a.school_id, s.urn, s.name, a.wallet, a.balance,
            CAST(COALESCE((
                SELECT SUM(CASE WHEN e.side = 'credit' THEN e.amount ELSE -e.amount END)
                FROM accounts o CROSS JOIN allocations l CROSS JOIN transactions t CROSS JOIN entries e
                WHERE o.hub_id = a.hub_id AND o.school_id = a.school_id AND o.kind = 'wallet' AND o.wallet = 'allocated' AND o.year || '' = a.year
                  AND l.hub_id = a.hub_id AND l.year = a.year
                  AND t.hub_id = l.hub_id AND t.source_id = l.id
                  AND e.hub_id = t.hub_id AND e.account_id = o.id AND e.sequence = t.sequence), 0) AS BIGINT) AS allocated
     FROM accounts a
     JOIN schools s ON s.hub_id = a.hub_id AND s.id = a.school_id
     WHERE a.hub_id = $1 AND a.year = $2 AND a.kind = 'wallet' AND a.id > $3
     ORDER BY a.id LIMIT $4";

pub(super) async fn wallets(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<Wallet>> {
    let after = after.unwrap_or(AccountId(Uuid::nil()));
    tx.query(WALLETS).bind(hub).bind(year).bind(after).bind(limit).all().await
}

pub(super) async fn earliest_open(tx: &mut Tx, hub: HubId) -> Result<Option<AcademicYear>> {
    let row: Option<(AcademicYear,)> = tx
        .query("SELECT year FROM academic_years WHERE hub_id = $1 AND state = 'open' ORDER BY year LIMIT 1")
        .bind(hub)
        .optional()
        .await?;
    Ok(row.map(|(year,)| year))
}

pub(super) async fn insert(tx: &mut Tx, hub: HubId, new: &YearClose) -> Result<Changed> {
    tx.query(
        "INSERT INTO year_closes (hub_id, id, year, next_year, carry, earned_carry, open_holds, wallets, balance, carried, lapsed, lapsed_account_id, transaction_id, sequence, closed_by, closed_at, standing)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, TRUE)",
    )
    .bind(hub)
    .bind(new.id)
    .bind(new.year)
    .bind(new.next_year)
    .bind(new.carry)
    .bind(new.earned_carry)
    .bind(new.open_holds)
    .bind(new.wallets)
    .bind(new.balance)
    .bind(new.carried)
    .bind(new.lapsed)
    .bind(new.lapsed_account_id)
    .bind(new.transaction_id)
    .bind(new.sequence)
    .bind(new.closed_by)
    .bind(new.closed_at)
    .run()
    .await
}

pub(super) async fn insert_lines(tx: &mut Tx, hub: HubId, close: YearCloseId, lines: &[CloseLine]) -> Result<Changed> {
    tx.rows::<11, _>(
        "INSERT INTO year_close_lines (hub_id, close_id, account_id, school_id, wallet, allocated, balance, cap, carried, lapsed, next_account_id)
         VALUES $rows",
        lines,
        |query, line| {
            query
                .bind(hub)
                .bind(close)
                .bind(line.account_id)
                .bind(line.school_id)
                .bind(line.wallet)
                .bind(line.allocated)
                .bind(line.balance)
                .bind(line.cap)
                .bind(line.carried)
                .bind(line.lapsed)
                .bind(line.next_account_id)
        },
    )
    .await
}

pub(super) async fn reopen(tx: &mut Tx, hub: HubId, close: &YearClose, sequence: i64) -> Result<Changed> {
    tx.query(
        "UPDATE year_closes SET standing = NULL, reopened_by = $3, reopened_at = $4, reopened_because = $5, reopened_sequence = $6
         WHERE hub_id = $1 AND id = $2 AND standing",
    )
    .bind(hub)
    .bind(close.id)
    .bind(close.reopened_by)
    .bind(close.reopened_at)
    .bind(close.reopened_because.clone())
    .bind(sequence)
    .run()
    .await
}

/// The close in force, or the last of those that were undone.
pub(super) async fn last(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<Option<YearClose>> {
    tx.query(concat!(
        "SELECT ",
        columns!(),
        ",
                CAST(COALESCE((SELECT SUM(r.carried) FROM refunds_after_close r WHERE r.hub_id = c.hub_id AND r.close_id = c.id), 0) AS BIGINT) AS carried_later,
                CAST(COALESCE((SELECT SUM(r.lapsed) FROM refunds_after_close r WHERE r.hub_id = c.hub_id AND r.close_id = c.id), 0) AS BIGINT) AS lapsed_later
         FROM year_closes c WHERE c.hub_id = $1 AND c.year = $2
         ORDER BY c.id DESC LIMIT 1"
    ))
    .bind(hub)
    .bind(year)
    .optional()
    .await
}

/// Every close of the hub, one after the other.
pub(super) async fn all(tx: &mut Tx, hub: HubId) -> Result<Vec<YearClose>> {
    tx.query(concat!(
        "SELECT ",
        columns!(),
        ", CAST(0 AS BIGINT) AS carried_later, CAST(0 AS BIGINT) AS lapsed_later
         FROM year_closes c WHERE c.hub_id = $1 ORDER BY c.id"
    ))
    .bind(hub)
    .all()
    .await
}

/// The codes of the accounts that these lines carry to, by the wallets that they carry from.
pub(super) async fn next_codes(
    tx: &mut Tx,
    hub: HubId,
    close: YearCloseId,
    lines: &[CloseLine],
) -> Result<HashMap<AccountId, String>> {
    let rows: Vec<(AccountId, String)> = tx
        .batch_all::<3, _, _>(
            "WITH wanted (hub_id, close_id, account_id) AS (VALUES $rows)
             SELECT l.account_id, a.code
             FROM wanted w
             JOIN year_close_lines l ON l.hub_id = w.hub_id AND l.close_id = w.close_id AND l.account_id = w.account_id
             JOIN accounts a ON a.hub_id = l.hub_id AND a.id = l.next_account_id",
            lines,
            |query, line| query.bind(hub).bind(close).bind(line.map(|line| line.account_id)),
        )
        .await?;
    Ok(rows.into_iter().collect())
}

/// One range of the primary key.
const LINES: &str = concat!(
    "SELECT ",
    line_columns!(),
    "
     FROM year_close_lines l
     JOIN schools s ON s.hub_id = l.hub_id AND s.id = l.school_id
     WHERE l.hub_id = $1 AND l.close_id = $2 AND l.account_id > $3
     ORDER BY l.account_id LIMIT $4"
);

/// Found by `year_close_lines_by_school`.
const LINES_OF_SCHOOL: &str = concat!(
    "SELECT ",
    line_columns!(),
    "
     FROM year_close_lines l
     JOIN schools s ON s.hub_id = l.hub_id AND s.id = l.school_id
     WHERE l.hub_id = $1 AND l.close_id = $2 AND l.school_id = $5 AND l.account_id > $3
     ORDER BY l.account_id LIMIT $4"
);

pub(super) async fn lines(
    tx: &mut Tx,
    hub: HubId,
    close: YearCloseId,
    school: Option<SchoolId>,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<CloseLine>> {
    let after = after.unwrap_or(AccountId(Uuid::nil()));
    match school {
        None => tx.query(LINES).bind(hub).bind(close).bind(after).bind(limit).all().await,
        Some(school) => {
            tx.query(LINES_OF_SCHOOL).bind(hub).bind(close).bind(after).bind(limit).bind(school).all().await
        }
    }
}

pub(super) async fn count_refunds(tx: &mut Tx, hub: HubId, close: YearCloseId) -> Result<i64> {
    let row: (i64,) = tx
        .query("SELECT COUNT(*) FROM refunds_after_close WHERE hub_id = $1 AND close_id = $2")
        .bind(hub)
        .bind(close)
        .one()
        .await?;
    Ok(row.0)
}

/// The wallets that have held less since the close than it carried to them: a range of the entries of each.
pub(super) async fn spent(tx: &mut Tx, hub: HubId, close: &YearClose, limit: i64) -> Result<Vec<Spent>> {
    tx.query(
        "SELECT d.next_account_id AS account_id, s.urn, s.name, d.carried - d.least AS spent
         FROM (SELECT l.hub_id, l.account_id, l.school_id, l.next_account_id, l.carried,
                      (SELECT MIN(e.balance_after) FROM entries e
                       WHERE e.hub_id = l.hub_id AND e.account_id = l.next_account_id AND e.sequence >= $3) AS least
               FROM year_close_lines l WHERE l.hub_id = $1 AND l.close_id = $2 AND l.carried > 0) d
         JOIN schools s ON s.hub_id = d.hub_id AND s.id = d.school_id
         WHERE d.least < d.carried ORDER BY d.account_id LIMIT $4",
    )
    .bind(hub)
    .bind(close.id)
    .bind(close.sequence)
    .bind(limit)
    .all()
    .await
}

/// Each school's leads are found by `people_by_role`; SQLite keeps the order of a cross join.
const LEADS: &str = "SELECT DISTINCT p.id
     FROM year_close_lines l CROSS JOIN people p
     WHERE l.hub_id = $1 AND l.close_id = $2 AND l.balance > 0
       AND p.hub_id = l.hub_id AND p.school_id = l.school_id AND p.role = 'school_lead' AND p.disabled_at IS NULL
     ORDER BY p.id";

/// The leads of the schools whose wallets were not empty.
pub(super) async fn leads(tx: &mut Tx, hub: HubId, close: YearCloseId) -> Result<Vec<(PersonId,)>> {
    tx.query(LEADS).bind(hub).bind(close).all().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn a_page_is_one_range_of_an_index() {
        for (statement, range) in [
            (WALLETS, "accounts_by_year (hub_id=? AND year=? AND id>?)"),
            (LEADS, "people_by_role (hub_id=? AND role=? AND school_id=?)"),
            (WALLETS, "SEARCH o USING INDEX accounts_by_school (hub_id=? AND school_id=?)"),
            (WALLETS, "SEARCH e USING PRIMARY KEY (hub_id=? AND account_id=? AND sequence=?)"),
            (
                LINES,
                "SEARCH l USING INDEX sqlite_autoindex_year_close_lines_1 (hub_id=? AND close_id=? AND account_id>?)",
            ),
            (LINES_OF_SCHOOL, "year_close_lines_by_school (hub_id=? AND school_id=? AND close_id=? AND account_id>?)"),
        ] {
            let plan = plan(statement).await;
            assert!(plan.iter().any(|step| step.contains(range)), "{statement} {plan:#?}");
            assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{plan:#?}");
        }
    }
}
