//! Reversals: the mirror of one earlier transaction, posted once and linked to it both ways.
//!
//! The ledger mirrors whatever it is asked to. That postings of bookings and events are undone by their own commands
//! instead is decided by `reversals`, which knows them. Cost: four statements to read in addition to what
//! [`super::post`] takes, however many accounts there are.

use super::difference::{Difference, first_wrong};
use super::posting::{AccountKind, Posting, Side, Source, TransactionKind};
use super::{Error, Hash, Journal, post_one, read, sql};
use crate::base::credits::Credits;
use crate::base::db::{Result, Tx};
use crate::base::ids::{AccountId, HubId, SchoolId, TransactionId};
use crate::base::year::AcademicYear;

/// An account that has too few credits left for a reversal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortfall {
    /// The account that is short of credits.
    pub account: AccountId,
    /// The account's code, unique in the hub.
    pub code: String,
    /// The kind of account.
    pub kind: AccountKind,
    /// The school whose wallet it is.
    pub school: Option<SchoolId>,
    /// How much is missing.
    pub short_by: Credits,
}

/// Posts the mirror of a transaction today, as one of `kind` with the source of the original and the reason as `memo`.
/// What decided the original stands for the mirror too. Refuses a transaction that is already reversed or is itself a
/// reversal, and names all accounts with a floor that have not enough left. The caller checks first, by
/// [`years_touched`], that their years are open.
pub async fn reverse(
    journal: &mut Journal,
    id: TransactionId,
    kind: TransactionKind,
    memo: impl Into<String>,
) -> std::result::Result<TransactionId, Error> {
    let (hub, today) = (journal.hub, journal.today());
    let original = read::transaction(&mut journal.tx, hub, id).await?.ok_or(Error::UnknownTransaction)?;
    if let Some(by) = original.reversed_by {
        return Err(Error::AlreadyReversed { by });
    }
    if original.reverses.is_some() {
        return Err(Error::ReversalOfReversal);
    }
    let legs = legs(&mut journal.tx, hub, original.sequence).await?;
    let short: Vec<Shortfall> = legs.iter().filter_map(Leg::shortfall).collect();
    if !short.is_empty() {
        return Err(Error::Spent { short });
    }
    let were = |side| legs.iter().filter(move |leg| leg.side == side).map(|leg| (leg.account, leg.amount));
    let source = Source { kind: original.source_kind, id: original.source_id };
    let mirror = Posting::new(kind, source, today, were(Side::Credit), were(Side::Debit))?;
    let grounds = sql::grounds(&mut journal.tx, hub, &[id]).await?.into_iter().next().and_then(|(_, grounds)| grounds);
    let grounds = grounds.map(Hash::try_from).transpose().map_err(|_| Error::Impossible("what decided is no hash"))?;
    let mirror = grounds.into_iter().fold(mirror, Posting::on);
    post_one(journal, mirror.reversing(id).with_memo(memo)).await
}

/// The years whose accounts a transaction moved, each once.
pub async fn years_touched(tx: &mut Tx, hub: HubId, id: TransactionId) -> Result<Vec<AcademicYear>> {
    let years: Vec<(AcademicYear,)> = tx
        .query(
            "SELECT DISTINCT a.year
             FROM transactions t
             JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence
             JOIN accounts a ON a.hub_id = e.hub_id AND a.id = e.account_id
             WHERE t.hub_id = $1 AND t.id = $2 AND a.year IS NOT NULL ORDER BY a.year",
        )
        .bind(hub)
        .bind(id)
        .all()
        .await?;
    Ok(years.into_iter().map(|(year,)| year).collect())
}

/// The schools whose wallets a transaction moved, each once.
pub async fn schools_touched(tx: &mut Tx, hub: HubId, id: TransactionId) -> Result<Vec<SchoolId>> {
    let schools: Vec<(SchoolId,)> = tx
        .query(
            "SELECT DISTINCT a.school_id
             FROM transactions t
             JOIN entries e ON e.hub_id = t.hub_id AND e.sequence = t.sequence
             JOIN accounts a ON a.hub_id = e.hub_id AND a.id = e.account_id
             WHERE t.hub_id = $1 AND t.id = $2 AND a.school_id IS NOT NULL ORDER BY a.school_id",
        )
        .bind(hub)
        .bind(id)
        .all()
        .await?;
    Ok(schools.into_iter().map(|(school,)| school).collect())
}

/// An entry of the original with its account as it stands now.
#[derive(sqlx::FromRow)]
struct Leg {
    account: AccountId,
    code: String,
    kind: AccountKind,
    school: Option<SchoolId>,
    normal_side: Side,
    floored: bool,
    balance: Credits,
    side: Side,
    amount: Credits,
}

impl Leg {
    fn shortfall(&self) -> Option<Shortfall> {
        let left = self.balance - self.amount;
        let short = self.floored && self.side == self.normal_side && left < Credits::ZERO;
        short.then(|| Shortfall {
            account: self.account,
            code: self.code.clone(),
            kind: self.kind,
            school: self.school,
            short_by: -left,
        })
    }
}

async fn legs(tx: &mut Tx, hub: HubId, sequence: i64) -> Result<Vec<Leg>> {
    tx.query(
        "SELECT a.id AS account, a.code, a.kind, a.school_id AS school, a.normal_side, a.floored, a.balance, e.side, e.amount
         FROM entries e
         JOIN accounts a ON a.hub_id = e.hub_id AND a.id = e.account_id
         WHERE e.hub_id = $1 AND e.sequence = $2 ORDER BY e.ordinal",
    )
    .bind(hub)
    .bind(sequence)
    .all()
    .await
}

/// The first reversal that is not the exact mirror of an earlier transaction, if there is one.
pub(super) async fn verify_reversals(tx: &mut Tx, hub: HubId) -> Result<Option<Difference>> {
    let checks: [(&str, &'static str); 2] = [
        (
            "a reversal names no earlier transaction that can be reversed",
            "SELECT t.sequence, CAST(1 AS BIGINT), CAST(0 AS BIGINT)
             FROM transactions t
             LEFT JOIN transactions o ON o.hub_id = t.hub_id AND o.id = t.reverses
             WHERE t.hub_id = $1 AND t.reverses IS NOT NULL
               AND (o.id IS NULL OR o.sequence >= t.sequence OR o.reverses IS NOT NULL
                    OR o.source_kind <> t.source_kind OR o.source_id <> t.source_id
                    OR (t.kind = 'year_reopened') <> (o.kind = 'year_closed'))
             ORDER BY t.sequence LIMIT 1",
        ),
        (
            "a reversal is not the mirror of what it reverses",
            "SELECT sums.sequence, CAST(SUM(sums.due) AS BIGINT), CAST(SUM(CASE WHEN sums.due = sums.found THEN sums.due ELSE 0 END) AS BIGINT)
             FROM (SELECT legs.sequence, SUM(legs.due) AS due, SUM(legs.found) AS found
                   FROM (SELECT t.sequence, e.account_id, e.amount, e.side, 0 AS due, 1 AS found
                         FROM transactions t CROSS JOIN entries e
                         WHERE t.hub_id = $1 AND t.reverses IS NOT NULL AND e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.ordinal >= 1
                         UNION ALL
                         SELECT t.sequence, e.account_id, e.amount, CASE WHEN e.side = 'debit' THEN 'credit' ELSE 'debit' END, 1, 0
                         FROM transactions t CROSS JOIN transactions o CROSS JOIN entries e
                         WHERE t.hub_id = $1 AND t.reverses IS NOT NULL AND o.hub_id = t.hub_id AND o.id = t.reverses
                           AND e.hub_id = o.hub_id AND e.sequence = o.sequence AND e.ordinal >= 1) legs
                   GROUP BY legs.sequence, legs.account_id, legs.amount, legs.side) sums
             GROUP BY sums.sequence
             HAVING SUM(CASE WHEN sums.due <> sums.found THEN 1 ELSE 0 END) > 0
             ORDER BY sums.sequence LIMIT 1",
        ),
    ];
    first_wrong(tx, hub, &checks, |what, (sequence, expected, found): (i64, i64, i64)| {
        Difference::new(what, Some(sequence), None, format!("{expected} entries mirrored"), found)
    })
    .await
}
