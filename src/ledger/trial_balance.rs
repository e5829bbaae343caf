//! The trial balance: the accounts of each kind and year together, at any past moment and on any business date.

use chrono::NaiveDate;

use super::dates::bounds;
use super::posting::AccountKind;
use super::read::{Moment, sequence_at};
use crate::base::credits::Credits;
use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::base::year::AcademicYear;

/// The columns of a line of the trial balance, of what each account has on its debit side.
macro_rules! columns {
    () => {
        "kind, year, COUNT(*) AS accounts,
         CAST(COALESCE(SUM(CASE WHEN debit > 0 THEN debit ELSE 0 END), 0) AS BIGINT) AS debit,
         CAST(COALESCE(SUM(CASE WHEN debit < 0 THEN -debit ELSE 0 END), 0) AS BIGINT) AS credit"
    };
}

/// The accounts of one kind and year together.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct TrialBalanceLine {
    /// The kind of account.
    pub kind: AccountKind,
    /// The year, where the kind has one.
    pub year: Option<AcademicYear>,
    /// How many accounts the line sums up.
    pub accounts: i64,
    /// The sum of the balances on the debit side.
    pub debit: Credits,
    /// The sum of the balances on the credit side.
    pub credit: Credits,
}

/// The trial balance at a moment, with a line for each kind of account and year. Debits equal credits.
pub async fn trial_balance(tx: &mut Tx, hub: HubId, moment: Moment) -> Result<Vec<TrialBalanceLine>> {
    let sequence = sequence_at(tx, hub, moment).await?;
    tx.query(concat!(
        "WITH balances AS (
             SELECT a.kind, a.year, a.normal_side, COALESCE((
                 SELECT e.balance_after FROM entries e
                 WHERE e.hub_id = a.hub_id AND e.account_id = a.id AND e.sequence <= $2
                 ORDER BY e.sequence DESC LIMIT 1), 0) AS balance
             FROM accounts a WHERE a.hub_id = $1
         ), sides AS (
             SELECT kind, year, CASE WHEN normal_side = 'debit' THEN balance ELSE -balance END AS debit FROM balances
         )
         SELECT ",
        columns!(),
        "
         FROM sides GROUP BY kind, year ORDER BY kind, year"
    ))
    .bind(hub)
    .bind(sequence)
    .all()
    .await
}

/// The trial balance, counting everything effective on or before `day` that was recorded at or before the moment
/// `known`. Debits equal credits.
pub async fn trial_balance_on(tx: &mut Tx, hub: HubId, day: NaiveDate, known: Moment) -> Result<Vec<TrialBalanceLine>> {
    let (by_then, known) = bounds(tx, hub, day, known).await?;
    tx.query(concat!(
        "WITH balances AS (
             SELECT a.kind, a.year, a.normal_side,
                    COALESCE((SELECT e.balance_after FROM entries e
                              WHERE e.hub_id = a.hub_id AND e.account_id = a.id AND e.sequence <= $2
                              ORDER BY e.sequence DESC LIMIT 1), 0)
                    + COALESCE((SELECT SUM(CASE WHEN e.side = a.normal_side THEN e.amount ELSE -e.amount END)
                                FROM backdated_entries b
                                JOIN entries e ON e.hub_id = b.hub_id AND e.account_id = b.account_id AND e.sequence = b.sequence
                                WHERE b.hub_id = a.hub_id AND b.account_id = a.id AND b.sequence > $2 AND b.sequence <= $3 AND b.effective_on <= $4), 0) AS balance
             FROM accounts a WHERE a.hub_id = $1
         ), sides AS (
             SELECT kind, year, CASE WHEN normal_side = 'debit' THEN balance ELSE -balance END AS debit FROM balances
         )
         SELECT ",
        columns!(),
        "
         FROM sides GROUP BY kind, year ORDER BY kind, year"
    ))
    .bind(hub)
    .bind(by_then)
    .bind(known)
    .bind(day)
    .all()
    .await
}
