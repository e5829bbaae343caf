//! Every statement of the academic years.

use super::onward::ClosedWallet;
use super::{State, Year};
use crate::base::credits::Credits;
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{AccountId, HubId, SchoolId, TransactionId, YearCloseId};
use crate::base::year::AcademicYear;

/// The columns of a year.
macro_rules! columns {
    () => {
        "year, state, version, created_at"
    };
}

pub(super) async fn insert(tx: &mut Tx, hub: HubId, year: &Year) -> Result<Changed> {
    tx.query(
        "INSERT INTO academic_years (hub_id, year, state, version, created_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (hub_id, year) DO NOTHING",
    )
    .bind(hub)
    .bind(year.year)
    .bind(year.state)
    .bind(year.version)
    .bind(year.created_at)
    .run()
    .await
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<Option<Year>> {
    tx.query(concat!("SELECT ", columns!(), " FROM academic_years WHERE hub_id = $1 AND year = $2"))
        .bind(hub)
        .bind(year)
        .optional()
        .await
}

pub(super) async fn set_state(tx: &mut Tx, hub: HubId, year: AcademicYear, state: State) -> Result<Changed> {
    tx.query("UPDATE academic_years SET state = $3, version = version + 1 WHERE hub_id = $1 AND year = $2")
        .bind(hub)
        .bind(year)
        .bind(state)
        .run()
        .await
}

pub(super) async fn list(tx: &mut Tx, hub: HubId, after: Option<AcademicYear>, limit: i64) -> Result<Vec<Year>> {
    tx.query(concat!(
        "SELECT ",
        columns!(),
        " FROM academic_years
         WHERE hub_id = $1 AND ($2 IS NULL OR year > $2)
         ORDER BY year LIMIT $3"
    ))
    .bind(hub)
    .bind(after)
    .bind(limit)
    .all()
    .await
}

/// A wallet's line in its year's close in force, with all that has been carried from it so far.
#[derive(sqlx::FromRow)]
pub(super) struct ClosedRow {
    pub(super) account_id: AccountId,
    close_id: YearCloseId,
    pub(super) next_account_id: AccountId,
    lapsed_account_id: AccountId,
    cap: Option<Credits>,
    carried: Credits,
}

impl From<ClosedRow> for ClosedWallet {
    fn from(row: ClosedRow) -> Self {
        let room = row.cap.map(|cap| cap - row.carried);
        ClosedWallet { close: row.close_id, next: row.next_account_id, lapsed: row.lapsed_account_id, room }
    }
}

pub(super) async fn closed_wallets(tx: &mut Tx, hub: HubId, wallets: &[AccountId]) -> Result<Vec<ClosedRow>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, account_id) AS (VALUES $rows)
         SELECT l.account_id, l.close_id, l.next_account_id, c.lapsed_account_id, l.cap,
                CAST(l.carried + COALESCE((
                    SELECT SUM(r.carried) FROM refunds_after_close r
                    WHERE r.hub_id = l.hub_id AND r.account_id = l.account_id AND r.close_id = l.close_id), 0) AS BIGINT) AS carried
         FROM wanted w
         JOIN year_close_lines l ON l.hub_id = w.hub_id AND l.account_id = w.account_id
         JOIN year_closes c ON c.hub_id = l.hub_id AND c.id = l.close_id AND c.standing",
        wallets,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

/// A wallet of a closed year, its close and the transaction, with what was carried and what lapsed.
pub(super) type Refund = ((AccountId, YearCloseId, TransactionId), (Credits, Credits));

pub(super) async fn insert_refunds(tx: &mut Tx, hub: HubId, refunds: &[Refund]) -> Result<Changed> {
    tx.batch::<6, _>(
        "WITH new (hub_id, account_id, close_id, transaction_id, carried, lapsed) AS (VALUES $rows)
         INSERT INTO refunds_after_close (hub_id, account_id, close_id, transaction_id, carried, lapsed)
         SELECT hub_id, account_id, close_id, transaction_id, carried, lapsed FROM new WHERE account_id IS NOT NULL",
        refunds,
        |query, refund| {
            query
                .bind(hub)
                .bind(refund.map(|((account, _, _), _)| *account))
                .bind(refund.map(|((_, close, _), _)| *close))
                .bind(refund.map(|((_, _, transaction), _)| *transaction))
                .bind(refund.map(|(_, (carried, _))| *carried))
                .bind(refund.map(|(_, (_, lapsed))| *lapsed))
        },
    )
    .await
}

/// Those of these wallets whose school was succeeded: the successor, and its wallet of the same year and kind.
pub(super) async fn heirs(
    tx: &mut Tx,
    hub: HubId,
    wallets: &[AccountId],
) -> Result<Vec<(AccountId, SchoolId, AccountId)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, account_id) AS (VALUES $rows)
         SELECT a.id, d.successor_id, h.id
         FROM wanted w
         JOIN accounts a ON a.hub_id = w.hub_id AND a.id = w.account_id AND a.kind = 'wallet'
         JOIN successions d ON d.hub_id = a.hub_id AND d.school_id = a.school_id
         JOIN accounts h ON h.hub_id = a.hub_id AND h.school_id = d.successor_id AND h.kind = 'wallet' AND h.year = a.year AND h.wallet = a.wallet",
        wallets,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}
