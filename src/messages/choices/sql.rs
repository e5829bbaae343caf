//! Every statement of what people want to be sent.

use chrono::{DateTime, Utc};

use super::{TimeOfDay, Topic, Way};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, PersonId};

pub(super) async fn ways(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Vec<(Topic, Way)>> {
    tx.query("SELECT topic, way FROM letter_choices WHERE hub_id = $1 AND person_id = $2")
        .bind(hub)
        .bind(person)
        .all()
        .await
}

/// The words stand in the text, so that the index of these alone is found.
const WHO_WANT_INVITATIONS: &str = "SELECT person_id FROM letter_choices
     WHERE hub_id = $1 AND topic = 'calendar' AND way = 'at_once' AND person_id > $2 ORDER BY person_id LIMIT $3";

pub(super) async fn who_want_invitations(
    tx: &mut Tx,
    hub: HubId,
    after: PersonId,
    limit: i64,
) -> Result<Vec<(PersonId,)>> {
    tx.query(WHO_WANT_INVITATIONS).bind(hub).bind(after).bind(limit).all().await
}

pub(super) async fn hours(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Option<(TimeOfDay, TimeOfDay)>> {
    let found: Option<(i64, i64)> = tx
        .query("SELECT begins, ends FROM letter_quiet_hours WHERE hub_id = $1 AND person_id = $2")
        .bind(hub)
        .bind(person)
        .optional()
        .await?;
    Ok(found.map(|(begins, ends)| (TimeOfDay::of_minutes(begins), TimeOfDay::of_minutes(ends))))
}

pub(super) async fn choose(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    (topic, way): (Topic, Way),
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.query(
        "INSERT INTO letter_choices (hub_id, person_id, topic, way, chosen_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (hub_id, person_id, topic) DO UPDATE SET way = excluded.way, chosen_at = excluded.chosen_at",
    )
    .bind(hub)
    .bind(person)
    .bind(topic)
    .bind(way)
    .bind(now)
    .run()
    .await
}

pub(super) async fn set_hours(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    (from, until): (TimeOfDay, TimeOfDay),
) -> Result<Changed> {
    tx.query(
        "INSERT INTO letter_quiet_hours (hub_id, person_id, begins, ends) VALUES ($1, $2, $3, $4)
         ON CONFLICT (hub_id, person_id) DO UPDATE SET begins = excluded.begins, ends = excluded.ends",
    )
    .bind(hub)
    .bind(person)
    .bind(from.minutes())
    .bind(until.minutes())
    .run()
    .await
}

pub(super) async fn remove_hours(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Changed> {
    tx.query("DELETE FROM letter_quiet_hours WHERE hub_id = $1 AND person_id = $2").bind(hub).bind(person).run().await
}

pub(super) async fn forget(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Changed> {
    tx.query("DELETE FROM letter_choices WHERE hub_id = $1 AND person_id = $2").bind(hub).bind(person).run().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn who_wants_invitations_is_one_range_of_an_index() {
        let plan = plan(WHO_WANT_INVITATIONS).await;
        let range = "letter_choices_of_calendar (hub_id=? AND person_id>?)";
        assert!(
            plan.iter().any(|step| step.starts_with("SEARCH letter_choices ") && step.contains(range)),
            "{plan:#?}"
        );
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:#?}");
    }
}
