//! Every statement that finds who decides.

use chrono::NaiveDate;

use crate::base::db::{Result, Tx};
use crate::base::ids::{HubId, PersonId, SchoolId};

/// The leads of schools, and their deputies on a day, in the order of their ids, without those who are disabled.
pub(in crate::members::people) async fn of_schools(
    tx: &mut Tx,
    hub: HubId,
    schools: &[SchoolId],
    today: NaiveDate,
) -> Result<Vec<(SchoolId, PersonId)>> {
    tx.batch_all::<3, _, _>(
        "WITH wanted (hub_id, school_id, today) AS (VALUES $rows)
         SELECT w.school_id, p.id
         FROM wanted w
         JOIN people p ON p.hub_id = w.hub_id AND p.role = 'school_lead' AND p.school_id = w.school_id AND p.disabled_at IS NULL
         UNION
         SELECT w.school_id, p.id
         FROM wanted w
         JOIN deputies d ON d.hub_id = w.hub_id AND d.school_id = w.school_id AND d.starts_on <= w.today AND d.ends_on >= w.today
         JOIN people p ON p.hub_id = d.hub_id AND p.id = d.person_id AND p.school_id = d.school_id AND p.disabled_at IS NULL
         ORDER BY 1, 2",
        schools,
        |query, school| query.bind(hub).bind(school.copied()).bind(today),
    )
    .await
}

/// The hub managers in the order of their ids, without those who are disabled.
pub(in crate::members::people) async fn managers(tx: &mut Tx, hub: HubId) -> Result<Vec<(PersonId,)>> {
    tx.query("SELECT id FROM people WHERE hub_id = $1 AND role = 'hub_manager' AND disabled_at IS NULL ORDER BY id")
        .bind(hub)
        .all()
        .await
}

/// Those of these schools that have a lead who is not disabled.
pub(in crate::members::people) async fn led(tx: &mut Tx, hub: HubId, schools: &[SchoolId]) -> Result<Vec<(SchoolId,)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, school_id) AS (VALUES $rows)
         SELECT DISTINCT w.school_id
         FROM wanted w
         JOIN people p ON p.hub_id = w.hub_id AND p.role = 'school_lead' AND p.school_id = w.school_id AND p.disabled_at IS NULL",
        schools,
        |query, school| query.bind(hub).bind(school.copied()),
    )
    .await
}

/// The leads of the other schools that are members on a day, and the people of partners.
pub(in crate::members::people) async fn who_may_provide(
    tx: &mut Tx,
    hub: HubId,
    buyer: SchoolId,
    today: NaiveDate,
) -> Result<Vec<(PersonId,)>> {
    tx.query(
        "SELECT p.id
         FROM people p JOIN schools s ON s.hub_id = p.hub_id AND s.id = p.school_id
         WHERE p.hub_id = $1 AND p.role = 'school_lead' AND p.school_id <> $2 AND p.disabled_at IS NULL
           AND s.successor_id IS NULL AND (s.left_on IS NULL OR s.left_on > $3)
         UNION ALL
         SELECT id FROM people WHERE hub_id = $1 AND role = 'partner' AND disabled_at IS NULL
         ORDER BY 1",
    )
    .bind(hub)
    .bind(buyer)
    .bind(today)
    .all()
    .await
}
