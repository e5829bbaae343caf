//! What a school lets happen without its lead's decision.

use super::{Error, sql};
use crate::changes::{Change, Kind};
use crate::credits::Credits;
use crate::db::{self, Tx};
use crate::ids::{HubId, SchoolId};
use crate::ledger::Journal;

/// A school's rules of approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ApprovalRules {
    /// Whether people who may approve may approve what they asked for themselves.
    pub own_approval: bool,
    /// What each person may book in an academic year without being asked about; nothing where there is none.
    pub approval_limit: Option<Credits>,
    /// The school's version.
    pub version: i64,
}

/// The rules of a school.
pub async fn approval_rules(tx: &mut Tx, hub: HubId, school: SchoolId) -> Result<Option<ApprovalRules>, db::Error> {
    sql::approval_rules(tx, hub, school).await
}

/// Changes the rules of a school whose version the caller read.
pub async fn change_approval_rules(
    journal: &mut Journal,
    school: SchoolId,
    rules: ApprovalRules,
) -> Result<ApprovalRules, Error> {
    let hub = journal.hub();
    let changed = sql::change_approval_rules(journal.tx(), hub, school, rules).await?.ok_or(Error::Stale)?;
    journal.changed(Change::new(Kind::SchoolApprovalChanged, school));
    Ok(changed)
}
