//! Every statement of the saved filters.

use chrono::NaiveDate;

use super::SavedFilter;
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{EventId, HubId, PersonId, SavedFilterId};
use crate::base::month::Month;
use crate::base::text::Line;
use crate::members::people::Role;
use crate::members::schools::{Membership, Phase};

/// The columns of a saved filter.
macro_rules! columns {
    () => {
        "id, name, text, kind, phase, priority_id, from_month, to_month, places_left, free, alert, saved_at, version"
    };
}

pub(super) async fn insert(tx: &mut Tx, hub: HubId, person: PersonId, filter: &SavedFilter) -> Result<Changed> {
    let sought = &filter.sought;
    tx.query(
        "INSERT INTO saved_filters (hub_id, person_id, id, name, name_key, text, pattern, kind, phase, priority_id, from_month, to_month, places_left, free, alert, saved_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(hub)
    .bind(person)
    .bind(filter.id)
    .bind(filter.name.clone())
    .bind(filter.name.key())
    .bind(sought.text.clone())
    .bind(sought.text.as_ref().map(Line::pattern))
    .bind(sought.kind)
    .bind(sought.phase)
    .bind(sought.priority_id)
    .bind(sought.from_month)
    .bind(sought.to_month)
    .bind(sought.places_left)
    .bind(sought.free)
    .bind(filter.alert)
    .bind(filter.saved_at)
    .bind(filter.version)
    .run()
    .await
}

/// One range of the unique key of names.
const OF_PERSON: &str =
    concat!("SELECT ", columns!(), " FROM saved_filters WHERE hub_id = $1 AND person_id = $2 ORDER BY name_key");

pub(super) async fn list(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Vec<SavedFilter>> {
    tx.query(OF_PERSON).bind(hub).bind(person).all().await
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, person: PersonId, id: SavedFilterId) -> Result<Option<SavedFilter>> {
    tx.query(concat!("SELECT ", columns!(), " FROM saved_filters WHERE hub_id = $1 AND person_id = $2 AND id = $3"))
        .bind(hub)
        .bind(person)
        .bind(id)
        .optional()
        .await
}

pub(super) async fn change(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    (id, version): (SavedFilterId, i64),
    name: &Line,
    alert: bool,
) -> Result<Option<SavedFilter>> {
    tx.query(concat!(
        "UPDATE saved_filters SET name = $5, name_key = $6, alert = $7, version = version + 1
         WHERE hub_id = $1 AND person_id = $2 AND id = $3 AND version = $4
         RETURNING ",
        columns!()
    ))
    .bind(hub)
    .bind(person)
    .bind(id)
    .bind(version)
    .bind(name.clone())
    .bind(name.key())
    .bind(alert)
    .optional()
    .await
}

pub(super) async fn delete(tx: &mut Tx, hub: HubId, person: PersonId, id: SavedFilterId) -> Result<Changed> {
    tx.query("DELETE FROM saved_filters WHERE hub_id = $1 AND person_id = $2 AND id = $3")
        .bind(hub)
        .bind(person)
        .bind(id)
        .run()
        .await
}

pub(super) async fn delete_all_of(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Changed> {
    tx.query("DELETE FROM saved_filters WHERE hub_id = $1 AND person_id = $2").bind(hub).bind(person).run().await
}

pub(super) async fn hand_over(tx: &mut Tx, hub: HubId, (from, to): (PersonId, PersonId), room: i64) -> Result<Changed> {
    tx.query(
        "UPDATE saved_filters SET person_id = $3, version = version + 1
         WHERE hub_id = $1 AND id IN (
             SELECT f.id FROM saved_filters f
             WHERE f.hub_id = $1 AND f.person_id = $2
               AND f.name_key NOT IN (SELECT o.name_key FROM saved_filters o WHERE o.hub_id = $1 AND o.person_id = $3)
             ORDER BY f.id LIMIT $4)",
    )
    .bind(hub)
    .bind(from)
    .bind(to)
    .bind(room)
    .run()
    .await
}

/// A filter with an alert that an event fits, but for its price, with what decides whether its person could book it.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub(super) struct Fitting {
    pub(super) person_id: PersonId,
    pub(super) role: Role,
    pub(super) phase: Option<Phase>,
    pub(super) membership: Option<Membership>,
    pub(super) left_on: Option<NaiveDate>,
    /// Whether only what costs their school nothing is looked for.
    pub(super) free: bool,
}

/// One range of `saved_filters_alerts`, each held against the event by what the catalogue finds it by.
const FITTING: &str = "SELECT f.person_id, p.role, s.phase, s.membership, s.left_on, f.free
     FROM events e
     JOIN programmes g ON g.hub_id = e.hub_id AND g.id = e.programme_id
     JOIN saved_filters f ON f.hub_id = e.hub_id AND f.alert
     JOIN people p ON p.hub_id = f.hub_id AND p.id = f.person_id
     LEFT JOIN schools s ON s.hub_id = p.hub_id AND s.id = p.school_id
     WHERE e.hub_id = $1 AND e.id = $2
       AND p.disabled_at IS NULL
       AND ($3 IS NULL OR f.person_id <> $3)
       AND (f.text IS NULL OR e.search LIKE f.pattern ESCAPE '\\')
       AND (f.kind IS NULL OR f.kind = g.kind)
       AND (f.phase IS NULL OR f.phase = g.phase)
       AND (f.priority_id IS NULL OR f.priority_id = g.priority_id)
       AND (f.from_month IS NULL OR f.from_month <= $4)
       AND (f.to_month IS NULL OR f.to_month >= $4)
       AND (f.places_left IS NULL OR (f.places_left = 'yes') = (e.held < e.capacity))";

pub(super) async fn fitting(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    by: Option<PersonId>,
    month: Month,
) -> Result<Vec<Fitting>> {
    tx.query(FITTING).bind(hub).bind(event).bind(by).bind(month).all().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn a_person_has_their_range_and_an_event_asks_the_alerts_alone() {
        let own = plan(OF_PERSON).await;
        assert!(own.iter().all(|step| step.contains("(hub_id=? AND person_id=?)")), "{own:#?}");
        let fitting = plan(FITTING).await;
        assert!(fitting.iter().any(|step| step.contains("saved_filters_alerts (hub_id=?")), "{fitting:#?}");
        assert!(!fitting.iter().any(|step| step.starts_with("SCAN")), "{fitting:#?}");
    }
}
