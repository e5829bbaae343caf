//! What a school allows to happen without its lead's decision.

use super::{Error, sql};
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId, SchoolId};
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};

/// A school's rules of approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ApprovalRules {
    /// Whether deputies may approve what they asked for themselves.
    pub own_approval: bool,
    /// Who asked for `own_approval`, until another lead or the hub agrees.
    pub own_approval_asked_by: Option<PersonId>,
    /// Whether a second person decides where a lead books for themselves; then nobody approves their own requests.
    pub second_person: bool,
    /// Who asked that one person be enough, until another lead or the hub agrees.
    pub one_person_asked_by: Option<PersonId>,
    /// How much each person may book in an academic year without approval; none where everything needs it.
    pub approval_limit: Option<Credits>,
    /// The school's version.
    pub version: i64,
}

/// The rules of a school.
pub async fn approval_rules(tx: &mut Tx, hub: HubId, school: SchoolId) -> Result<Option<ApprovalRules>, db::Error> {
    sql::approval_rules(tx, hub, school).await
}

/// Writes the rules of a school whose version the caller read. [`crate::members::people`] decides who may relax which.
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
