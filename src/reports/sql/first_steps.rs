//! The statement of how far a hub has been set up.

use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;

/// How many there are of what a hub needs before anybody can book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct FirstSteps {
    /// Schools that have not left, nor are to leave.
    pub schools: i64,
    /// Schools whose CPD lead is there: somebody who decides for them.
    pub led: i64,
    /// Schools with a roll.
    pub counted: i64,
    /// Academic years.
    pub years: i64,
    /// Drafted allocations.
    pub drafts: i64,
    /// Approved allocations.
    pub allocations: i64,
    /// Leads and teachers.
    pub people: i64,
    /// Events that are published, or were.
    pub events: i64,
}

pub(in crate::reports) async fn first_steps(tx: &mut Tx, hub: HubId) -> Result<Option<FirstSteps>> {
    tx.query(
        "SELECT (SELECT COUNT(*) FROM schools WHERE hub_id = $1 AND left_on IS NULL) AS schools,
                (SELECT COUNT(*) FROM schools s WHERE s.hub_id = $1 AND s.left_on IS NULL
                 AND EXISTS (SELECT 1 FROM rolls r WHERE r.hub_id = s.hub_id AND r.school_id = s.id)) AS counted,
                (SELECT COUNT(*) FROM schools s WHERE s.hub_id = $1 AND s.left_on IS NULL
                 AND EXISTS (SELECT 1 FROM people p WHERE p.hub_id = s.hub_id AND p.school_id = s.id
                             AND p.role = 'school_lead' AND p.disabled_at IS NULL)) AS led,
                (SELECT COUNT(*) FROM academic_years WHERE hub_id = $1) AS years,
                (SELECT COUNT(*) FROM allocations WHERE hub_id = $1 AND state = 'draft') AS drafts,
                (SELECT COUNT(*) FROM allocations WHERE hub_id = $1 AND state = 'approved') AS allocations,
                (SELECT COUNT(*) FROM people WHERE hub_id = $1 AND role IN ('school_lead', 'teacher')) AS people,
                (SELECT COUNT(*) FROM events WHERE hub_id = $1 AND state <> 'draft') AS events",
    )
    .bind(hub)
    .optional()
    .await
}
