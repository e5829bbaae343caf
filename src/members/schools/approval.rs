//! What a school allows to happen without its lead's decision.

use super::{Error, sql};
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId, SchoolId};
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};

/// What a school allows without a decision of its lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct ApprovalRules {
    /// Whether those who may approve may approve their own requests; a lead's own booking is then confirmed at once.
    pub own_approval: bool,
    /// The lead who asked for own approval: it is allowed when another lead or the hub sends the same change.
    pub own_approval_asked_by: Option<PersonId>,
    /// Whether a second person decides where a lead books for themselves; then nobody approves their own requests.
    pub second_person: bool,
    /// The lead who asked that one person be enough: it is when another lead or the hub sends the same change.
    pub one_person_asked_by: Option<PersonId>,
    /// Up to how many credits in an academic year each person's requests need no approval; null for none.
    #[serde(rename = "yearly_limit")]
    pub approval_limit: Option<Credits>,
    /// Above how many credits two people of the school must agree to a commission; null for never.
    pub commission_limit: Option<Credits>,
    /// The school's version.
    #[serde(skip)]
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
