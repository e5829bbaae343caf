//! Every statement of the audit. A page is one range of an index, whatever is looked for first: a record, a person, an
//! address, an outcome or a time each have a statement of their own.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Entry, Filter, Record};
use crate::base::db::{Changed, Result, Tx, Writes};
use crate::base::ids::HubId;

pub(super) fn insert(tx: &Tx, writes: &mut Writes, hub: HubId, entries: &[(Uuid, &Entry)]) {
    writes.add::<14, _>(
        tx,
        "WITH new (hub_id, id, at, act, outcome, person_id, login_id, session_id, key_id, address, agent, request_id, target, detail) AS (VALUES $rows)
         INSERT INTO audit (hub_id, id, at, act, outcome, person_id, login_id, session_id, key_id, address, agent, request_id, target, detail)
         SELECT hub_id, id, at, act, outcome, person_id, login_id, session_id, key_id, address, agent, request_id, target, detail
         FROM new WHERE id IS NOT NULL",
        entries,
        |query, row| {
            let entry = row.map(|(_, entry)| *entry);
            query
                .bind(hub)
                .bind(row.map(|(id, _)| *id))
                .bind(entry.map(|entry| entry.at))
                .bind(entry.map(|entry| entry.act.clone()))
                .bind(entry.map(|entry| entry.outcome))
                .bind(entry.and_then(|entry| entry.by.person))
                .bind(entry.and_then(|entry| entry.by.login))
                .bind(entry.and_then(|entry| entry.by.session))
                .bind(entry.and_then(|entry| entry.by.key))
                .bind(entry.and_then(|entry| entry.origin.address).map(|address| address.to_string()))
                .bind(entry.and_then(|entry| entry.origin.agent.clone()))
                .bind(entry.and_then(|entry| entry.origin.request_id.clone()))
                .bind(entry.and_then(|entry| entry.target.clone()))
                .bind(entry.and_then(|entry| entry.detail.clone()))
        },
    );
}

/// Records before an instant and id, from an instant on, of an act and an outcome if such are given; goes on with more
/// conditions.
macro_rules! records {
    ($conditions:literal) => {
        concat!(
            "SELECT id, at, act, outcome, person_id, login_id, session_id, key_id, address, agent, request_id, target, detail
             FROM audit
             WHERE hub_id = $1 AND (at, id) < ($2, $3) AND at >= $4 AND act = COALESCE($5, act)
               AND outcome = COALESCE($6, outcome) ",
            $conditions,
            " ORDER BY at DESC, id DESC LIMIT $7"
        )
    };
}

pub(super) async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: &Filter,
    (before, id): (DateTime<Utc>, Uuid),
    limit: i64,
) -> Result<Vec<Record>> {
    let address = filter.address.map(|address| address.to_string());
    let query = match (filter.target, filter.person, &address, filter.outcome) {
        (Some(_), Some(_), Some(_), _) => {
            tx.query(records!("AND target_record = $8 AND person_id = $9 AND address = $10"))
        }
        (Some(_), Some(_), None, _) => tx.query(records!("AND target_record = $8 AND person_id = $9")),
        (Some(_), None, Some(_), _) => tx.query(records!("AND target_record = $8 AND address = $9")),
        (Some(_), None, None, _) => tx.query(records!("AND target_record = $8")),
        (None, Some(_), Some(_), _) => tx.query(records!("AND person_id = $8 AND address = $9")),
        (None, Some(_), None, _) => tx.query(records!("AND person_id = $8")),
        (None, None, Some(_), _) => tx.query(records!("AND address = $8")),
        // Also asked for above, with everything else; here it leads to its index.
        (None, None, None, Some(_)) => tx.query(records!("AND outcome = $6")),
        (None, None, None, None) => tx.query(records!("")),
    };
    let query = query.bind(hub).bind(before).bind(id).bind(filter.from);
    let mut query = query.bind(filter.act.clone()).bind(filter.outcome).bind(limit);
    if let Some(target) = filter.target {
        query = query.bind(target.to_string());
    }
    if let Some(person) = filter.person {
        query = query.bind(person);
    }
    if let Some(address) = address {
        query = query.bind(address);
    }
    query.all().await
}

/// Whether there are records from before an instant.
pub(super) async fn outlived(tx: &mut Tx, hub: HubId, before: DateTime<Utc>) -> Result<bool> {
    let found: Option<(i64,)> = tx
        .query("SELECT CAST(1 AS BIGINT) FROM audit WHERE hub_id = $1 AND at < $2 LIMIT 1")
        .bind(hub)
        .bind(before)
        .optional()
        .await?;
    Ok(found.is_some())
}

/// Removes those from before an instant.
pub(super) async fn purge(tx: &mut Tx, hub: HubId, before: DateTime<Utc>) -> Result<Changed> {
    tx.query("DELETE FROM audit WHERE hub_id = $1 AND at < $2").bind(hub).bind(before).run().await
}

#[cfg(test)]
mod tests {
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn a_page_is_one_range_of_an_index() {
        for (statement, index) in [
            (records!(""), "audit_by_time (hub_id=? AND at"),
            (records!("AND target_record = $8"), "audit_by_target (hub_id=? AND target_record=? AND at"),
            (records!("AND person_id = $8"), "audit_by_person (hub_id=? AND person_id=? AND at"),
            (records!("AND address = $8"), "audit_by_address (hub_id=? AND address=? AND at"),
            (records!("AND outcome = $6"), "audit_by_outcome (hub_id=? AND outcome=? AND at"),
        ] {
            let plan = plan(statement).await;
            assert!(plan.iter().any(|step| step.contains(index)), "{index}: {plan:#?}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:#?}");
        }
    }
}
