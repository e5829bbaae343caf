//! Every statement of a school's wallet view.

use crate::base::credits::Credits;
use crate::base::db::{Result, Tx};
use crate::base::ids::{AccountId, HubId, SchoolId};
use crate::base::year::AcademicYear;
use crate::ledger::{Side, SourceKind, WalletKind};

#[derive(sqlx::FromRow)]
pub(in crate::reports) struct Account {
    pub(in crate::reports) id: AccountId,
    pub(in crate::reports) year: AcademicYear,
    pub(in crate::reports) wallet: WalletKind,
    pub(in crate::reports) balance: Credits,
    pub(in crate::reports) open: bool,
}

/// The wallets of a school, by academic year, and within a year in the order in which they are drawn on.
pub(in crate::reports) async fn accounts(tx: &mut Tx, hub: HubId, school: SchoolId) -> Result<Vec<Account>> {
    tx.query(
        "SELECT a.id, a.year, a.wallet, a.balance, (y.state IS NULL OR y.state = 'open') AS open
         FROM accounts a
         LEFT JOIN academic_years y ON y.hub_id = a.hub_id AND y.year = a.year
         WHERE a.hub_id = $1 AND a.school_id = $2 AND a.kind = 'wallet'
         ORDER BY a.year, a.wallet",
    )
    .bind(hub)
    .bind(school)
    .all()
    .await
}

/// What came into or left a wallet, by source.
#[derive(sqlx::FromRow)]
pub(in crate::reports) struct Flow {
    pub(in crate::reports) account_id: AccountId,
    #[sqlx(flatten)]
    pub(in crate::reports) of: Moved,
}

/// What moved in wallets for one kind of source.
#[derive(sqlx::FromRow)]
pub(in crate::reports) struct Moved {
    pub(in crate::reports) source_kind: SourceKind,
    pub(in crate::reports) side: Side,
    pub(in crate::reports) reversal: bool,
    pub(in crate::reports) milestone: bool,
    pub(in crate::reports) amount: Credits,
}

pub(in crate::reports) async fn flows(tx: &mut Tx, hub: HubId, school: SchoolId) -> Result<Vec<Flow>> {
    tx.query(
        "SELECT e.account_id, t.source_kind, e.side, (t.reverses IS NOT NULL) AS reversal,
                (t.kind = 'milestone_paid') AS milestone, CAST(SUM(e.amount) AS BIGINT) AS amount
         FROM accounts a
         JOIN entries e ON e.hub_id = a.hub_id AND e.account_id = a.id
         JOIN transactions t ON t.hub_id = e.hub_id AND t.sequence = e.sequence
         WHERE a.hub_id = $1 AND a.school_id = $2 AND a.kind = 'wallet'
         GROUP BY e.account_id, t.source_kind, e.side, (t.reverses IS NOT NULL), (t.kind = 'milestone_paid')",
    )
    .bind(hub)
    .bind(school)
    .all()
    .await
}

/// What became of a wallet at the close of its year, and of later refunds to it.
#[derive(sqlx::FromRow)]
pub(in crate::reports) struct Close {
    pub(in crate::reports) account_id: AccountId,
    pub(in crate::reports) next_account_id: AccountId,
    pub(in crate::reports) carried: Credits,
    pub(in crate::reports) lapsed: Credits,
    pub(in crate::reports) refunds_carried: Credits,
    pub(in crate::reports) refunds_lapsed: Credits,
}

pub(in crate::reports) async fn closes(tx: &mut Tx, hub: HubId, school: SchoolId) -> Result<Vec<Close>> {
    tx.query(
        "SELECT l.account_id, l.next_account_id, l.carried, l.lapsed,
                CAST(COALESCE(SUM(r.carried), 0) AS BIGINT) AS refunds_carried, CAST(COALESCE(SUM(r.lapsed), 0) AS BIGINT) AS refunds_lapsed
         FROM year_close_lines l
         JOIN year_closes c ON c.hub_id = l.hub_id AND c.id = l.close_id AND c.standing
         LEFT JOIN refunds_after_close r ON r.hub_id = l.hub_id AND r.close_id = l.close_id AND r.account_id = l.account_id
         WHERE l.hub_id = $1 AND l.school_id = $2
         GROUP BY l.account_id, l.next_account_id, l.carried, l.lapsed",
    )
    .bind(hub)
    .bind(school)
    .all()
    .await
}
