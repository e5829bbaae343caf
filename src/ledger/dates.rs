//! The two dates of a transaction: its business date, on which it takes effect, and the instant it was recorded at.
//!
//! Nothing is dated later than the day it is recorded on, and few things earlier: those entries are listed in
//! `backdated_entries`. So a balance on a business date is one look-up, the balance as recorded by the end of that day
//! in London, plus the account's own entries that were later backdated to it. The table is derived from the journal and
//! adds nothing to it: [`compare`] proves that the two agree.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::difference::Difference;
use super::read::{self, Moment};
use super::sql::{NewEntry, NewTransaction};
use crate::base::clock::{london_date, london_midnight};
use crate::base::credits::Credits;
use crate::base::db::{Result, Tx, Writes};
use crate::base::ids::{AccountId, HubId};

/// An entry whose business date is before the day on which it was recorded.
pub(super) struct Backdated {
    pub(super) account: AccountId,
    pub(super) sequence: i64,
    pub(super) effective_on: NaiveDate,
}

/// Whether a transaction is backdated.
pub(super) fn is_backdated(effective_on: NaiveDate, recorded_at: DateTime<Utc>) -> bool {
    effective_on < london_date(recorded_at)
}

/// Those of these entries that are backdated: rarely any.
pub(super) fn backdated(transactions: &[NewTransaction], entries: &[NewEntry]) -> Vec<Backdated> {
    let mut backdated = Vec::new();
    for transaction in transactions.iter().filter(|it| is_backdated(it.effective_on, it.recorded_at)) {
        let own = entries.iter().filter(|entry| entry.sequence == transaction.sequence);
        backdated.extend(own.map(|entry| Backdated {
            account: entry.account,
            sequence: entry.sequence,
            effective_on: transaction.effective_on,
        }));
    }
    backdated
}

pub(super) fn insert_backdated(tx: &Tx, writes: &mut Writes, hub: HubId, entries: &[Backdated]) {
    writes.add::<4, _>(
        tx,
        "WITH new (hub_id, account_id, sequence, effective_on) AS (VALUES $rows)
         INSERT INTO backdated_entries (hub_id, account_id, sequence, effective_on)
         SELECT hub_id, account_id, sequence, effective_on FROM new WHERE account_id IS NOT NULL",
        entries,
        |query, entry| {
            query
                .bind(hub)
                .bind(entry.map(|entry| entry.account))
                .bind(entry.map(|entry| entry.sequence))
                .bind(entry.map(|entry| entry.effective_on))
        },
    );
}

/// The last sequence recorded by the end of a day, and the last one known at a moment: of what lies between, only
/// backdated entries count.
pub(super) async fn bounds(tx: &mut Tx, hub: HubId, day: NaiveDate, known: Moment) -> Result<(i64, i64)> {
    let next_day = day.checked_add_days(Days::new(1)).map_or(DateTime::<Utc>::MAX_UTC, london_midnight);
    let by_then = read::sequence_at(tx, hub, Moment::At(next_day - TimeDelta::microseconds(1))).await?;
    let known = read::sequence_at(tx, hub, known).await?;
    Ok((by_then.min(known), known))
}

/// One look-up in the entries of the account, and a range of those of its entries that are backdated.
const BALANCE_ON: &str =
    "SELECT CAST(COALESCE((SELECT e.balance_after FROM entries e
                           WHERE e.hub_id = a.hub_id AND e.account_id = a.id AND e.sequence <= $3
                           ORDER BY e.sequence DESC LIMIT 1), 0)
                 + COALESCE((SELECT SUM(CASE WHEN e.side = a.normal_side THEN e.amount ELSE -e.amount END)
                             FROM backdated_entries b
                             JOIN entries e ON e.hub_id = b.hub_id AND e.account_id = b.account_id AND e.sequence = b.sequence
                             WHERE b.hub_id = a.hub_id AND b.account_id = a.id AND b.sequence > $3 AND b.sequence <= $4 AND b.effective_on <= $5), 0) AS BIGINT)
     FROM accounts a WHERE a.hub_id = $1 AND a.id = $2";

/// An account's balance on its normal side, counting everything effective on or before `day` that was recorded at or
/// before the moment `known`; zero before its first entry.
pub async fn account_balance_on(
    tx: &mut Tx,
    hub: HubId,
    id: AccountId,
    day: NaiveDate,
    known: Moment,
) -> Result<Credits> {
    let (by_then, known) = bounds(tx, hub, day, known).await?;
    let balance: Option<(Credits,)> =
        tx.query(BALANCE_ON).bind(hub).bind(id).bind(by_then).bind(known).bind(day).optional().await?;
    Ok(balance.map_or(Credits::ZERO, |(balance,)| balance))
}

/// How many rows are read at once.
const PAGE: i64 = 1_000;

/// A row of `backdated_entries` with what the journal says of it.
#[derive(sqlx::FromRow)]
struct Row {
    account_id: AccountId,
    sequence: i64,
    effective_on: NaiveDate,
    dated: Option<NaiveDate>,
    recorded_at: Option<DateTime<Utc>>,
    amount: Option<i64>,
}

/// Compares the list of backdated entries with the journal, which has this many of them.
pub(super) async fn compare(tx: &mut Tx, hub: HubId, entries: i64) -> Result<Option<Difference>> {
    let (mut listed, mut after) = (0, (0, AccountId(uuid::Uuid::nil())));
    loop {
        let page: Vec<Row> = tx
            .query(
                "SELECT b.account_id, b.sequence, b.effective_on, t.effective_on AS dated, t.recorded_at, e.amount
                 FROM backdated_entries b
                 LEFT JOIN transactions t ON t.hub_id = b.hub_id AND t.sequence = b.sequence
                 LEFT JOIN entries e ON e.hub_id = b.hub_id AND e.account_id = b.account_id AND e.sequence = b.sequence
                 WHERE b.hub_id = $1 AND (b.sequence, b.account_id) > ($2, $3)
                 ORDER BY b.sequence, b.account_id LIMIT $4",
            )
            .bind(hub)
            .bind(after.0)
            .bind(after.1)
            .bind(PAGE)
            .all()
            .await?;
        let Some(last) = page.last() else { break };
        after = (last.sequence, last.account_id);
        for row in &page {
            let dated =
                row.dated.zip(row.recorded_at).filter(|(day, at)| is_backdated(*day, *at) && row.amount.is_some());
            if dated.is_none_or(|(day, _)| day != row.effective_on) {
                let found = row.dated.map_or_else(|| "no such entry".to_owned(), |day| day.to_string());
                return Ok(Some(Difference::new(
                    "an entry is listed as dated back and is not",
                    Some(row.sequence),
                    Some(row.account_id.to_string()),
                    found,
                    row.effective_on,
                )));
            }
        }
        listed += i64::try_from(page.len()).unwrap_or(i64::MAX);
    }
    let missing = (listed != entries)
        .then(|| Difference::new("entries that are dated back are not listed as such", None, None, entries, listed));
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn a_balance_on_a_day_is_two_looks() {
        let plan = plan(BALANCE_ON).await;
        for range in [
            "SEARCH e USING PRIMARY KEY (hub_id=? AND account_id=? AND sequence<?)",
            "sqlite_autoindex_backdated_entries_1 (hub_id=? AND account_id=? AND sequence>? AND sequence<?)",
            "SEARCH e USING PRIMARY KEY (hub_id=? AND account_id=? AND sequence=?)",
        ] {
            assert!(plan.iter().any(|step| step.contains(range)), "{range} {plan:#?}");
        }
        assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{plan:#?}");
    }

    #[test]
    fn a_day_is_londons() {
        let day: NaiveDate = "2027-08-31".parse().unwrap();
        // The last instant of 31 August, and the first of September, in British Summer Time.
        assert!(!is_backdated(day, "2027-08-31T22:59:59.999999Z".parse().unwrap()));
        assert!(is_backdated(day, "2027-08-31T23:00:00Z".parse().unwrap()));
    }
}
