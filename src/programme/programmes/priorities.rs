//! Priorities: the lines of the Hub Action Plan that programmes are tagged with.

use chrono::{DateTime, Utc};

use super::{Error, sql};
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PriorityId};
use crate::base::text::Line;
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};

/// A line of the Hub Action Plan.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Priority {
    /// The priority's id.
    pub id: PriorityId,
    /// The text of the line; unique in the hub.
    pub name: Line,
    /// When the priority was added.
    pub created_at: DateTime<Utc>,
}

/// Adds a priority to the hub.
pub async fn create(journal: &mut Journal, name: Line) -> Result<Priority, Error> {
    let priority = Priority { id: journal.new_id(), name, created_at: journal.now() };
    let hub = journal.hub();
    match sql::insert_priority(journal.tx(), hub, &priority).await {
        Err(db::Error::Unique(_)) => Err(Error::PriorityTaken),
        outcome => {
            outcome?.exactly(1)?;
            journal.changed(Change::new(Kind::PriorityCreated, priority.id));
            Ok(priority)
        }
    }
}

/// One priority of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: PriorityId) -> Result<Option<Priority>, db::Error> {
    sql::priority(tx, hub, id).await
}

/// A page of priorities in the order of the keys of their names, after a key: those with `text` in their name.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    text: Option<&Line>,
    after: Option<(String, PriorityId)>,
    limit: i64,
) -> Result<Vec<Priority>, db::Error> {
    sql::priorities(tx, hub, text, after, limit).await
}
