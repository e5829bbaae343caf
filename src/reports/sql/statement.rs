//! Every statement of a school's statement.

use crate::base::credits::Credits;
use crate::base::db::{Result, Tx};
use crate::base::ids::{AccountId, HubId, SchoolId};
use crate::base::year::AcademicYear;
use crate::ledger::WalletKind;

/// A wallet's balance at the beginning and at the end of a period.
#[derive(sqlx::FromRow)]
pub(in crate::reports) struct Wallet {
    pub(in crate::reports) id: AccountId,
    pub(in crate::reports) code: String,
    pub(in crate::reports) year: AcademicYear,
    pub(in crate::reports) wallet: WalletKind,
    pub(in crate::reports) opening: Credits,
    pub(in crate::reports) closing: Credits,
    /// Whether it has any entry in between.
    pub(in crate::reports) moved: bool,
}

/// The wallets of a school, as two transactions left them: one look-up in the key for each.
pub(in crate::reports) async fn wallets(
    tx: &mut Tx,
    hub: HubId,
    school: SchoolId,
    begins: i64,
    ends: i64,
) -> Result<Vec<Wallet>> {
    tx.query(
        "SELECT a.id, a.code, a.year, a.wallet,
                COALESCE((SELECT e.balance_after FROM entries e
                          WHERE e.hub_id = a.hub_id AND e.account_id = a.id AND e.sequence <= $3
                          ORDER BY e.sequence DESC LIMIT 1), 0) AS opening,
                COALESCE((SELECT e.balance_after FROM entries e
                          WHERE e.hub_id = a.hub_id AND e.account_id = a.id AND e.sequence <= $4
                          ORDER BY e.sequence DESC LIMIT 1), 0) AS closing,
                EXISTS (SELECT 1 FROM entries e
                        WHERE e.hub_id = a.hub_id AND e.account_id = a.id AND e.sequence > $3 AND e.sequence <= $4) AS moved
         FROM accounts a
         WHERE a.hub_id = $1 AND a.school_id = $2 AND a.kind = 'wallet'
         ORDER BY a.code",
    )
    .bind(hub)
    .bind(school)
    .bind(begins)
    .bind(ends)
    .all()
    .await
}
