//! Every statement that changes who somebody is: their post, their address, their record.

use chrono::{DateTime, NaiveDate, Utc};

use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{DeputyId, HubId, PartnerId, PersonId, SchoolId};
use crate::base::text::{Email, Line};
use crate::members::people::addresses::Pending;
use crate::members::people::{Person, Role};

/// The columns of a person.
macro_rules! columns {
    () => {
        "hub_id, id, name, email, role, school_id, partner_id, disabled_at, erased_at, version, created_at"
    };
}

type Post = (Role, Option<SchoolId>, Option<PartnerId>);

pub(in crate::members::people) async fn appoint(
    tx: &mut Tx,
    hub: HubId,
    id: PersonId,
    (role, school, partner): Post,
) -> Result<Option<Person>> {
    tx.query(concat!(
        "UPDATE people SET role = $3, school_id = $4, partner_id = $5, version = version + 1
         WHERE hub_id = $1 AND id = $2
         RETURNING ",
        columns!()
    ))
    .bind(hub)
    .bind(id)
    .bind(role)
    .bind(school)
    .bind(partner)
    .optional()
    .await
}

/// Ends deputations of a person from the day on; those that are over stay.
pub(in crate::members::people) async fn dismiss(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    today: NaiveDate,
) -> Result<Vec<(DeputyId, SchoolId)>> {
    tx.query("DELETE FROM deputies WHERE hub_id = $1 AND person_id = $2 AND ends_on >= $3 RETURNING id, school_id")
        .bind(hub)
        .bind(person)
        .bind(today)
        .all()
        .await
}

pub(in crate::members::people) async fn readdress(
    tx: &mut Tx,
    hub: HubId,
    id: PersonId,
    email: &Email,
) -> Result<Option<Person>> {
    tx.query(concat!(
        "UPDATE people SET email = $3, email_key = $4, version = version + 1
         WHERE hub_id = $1 AND id = $2
         RETURNING ",
        columns!()
    ))
    .bind(hub)
    .bind(id)
    .bind(email.clone())
    .bind(email.canonical())
    .optional()
    .await
}

pub(in crate::members::people) async fn ask(
    tx: &mut Tx,
    hub: HubId,
    id: PersonId,
    (email, digest): (&Email, &[u8; 32]),
    (now, expires): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Changed> {
    tx.query(
        "INSERT INTO address_changes (hub_id, person_id, email, secret_digest, asked_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (hub_id, person_id) DO UPDATE
         SET email = excluded.email, secret_digest = excluded.secret_digest, asked_at = excluded.asked_at, expires_at = excluded.expires_at",
    )
    .bind(hub)
    .bind(id)
    .bind(email.clone())
    .bind(digest.to_vec())
    .bind(now)
    .bind(expires)
    .run()
    .await
}

pub(in crate::members::people) async fn pending(tx: &mut Tx, hub: HubId, id: PersonId) -> Result<Option<Pending>> {
    tx.query("SELECT email, asked_at, expires_at FROM address_changes WHERE hub_id = $1 AND person_id = $2")
        .bind(hub)
        .bind(id)
        .optional()
        .await
}

/// The link does not name its hub: the secret is looked up over all.
pub(in crate::members::people) async fn confirmed_by(
    tx: &mut Tx,
    digest: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<(HubId, PersonId, Email)>> {
    tx.query(
        "SELECT hub_id, person_id, email FROM address_changes
         WHERE secret_digest = $1 AND expires_at > $2
           AND EXISTS (SELECT 1 FROM people p
                       WHERE p.hub_id = address_changes.hub_id AND p.id = address_changes.person_id AND p.disabled_at IS NULL)",
    )
    .bind(digest.to_vec())
    .bind(now)
    .optional()
    .await
}

pub(in crate::members::people) async fn forget_address(tx: &mut Tx, hub: HubId, id: PersonId) -> Result<Changed> {
    tx.query("DELETE FROM address_changes WHERE hub_id = $1 AND person_id = $2").bind(hub).bind(id).run().await
}

pub(in crate::members::people) async fn outlived(
    tx: &mut Tx,
    hub: HubId,
    now: DateTime<Utc>,
) -> Result<Option<(PersonId,)>> {
    tx.query("SELECT person_id FROM address_changes WHERE hub_id = $1 AND expires_at <= $2 LIMIT 1")
        .bind(hub)
        .bind(now)
        .optional()
        .await
}

pub(in crate::members::people) async fn purge(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<Changed> {
    tx.query("DELETE FROM address_changes WHERE hub_id = $1 AND expires_at <= $2").bind(hub).bind(now).run().await
}

pub(in crate::members::people) async fn forget_links(tx: &mut Tx, hub: HubId, id: PersonId) -> Result<Changed> {
    tx.query("DELETE FROM invitations WHERE hub_id = $1 AND person_id = $2").bind(hub).bind(id).run().await
}

/// Hands deputations of a record to another of the same school; the others go with the record.
pub(in crate::members::people) async fn hand_over_deputies(
    tx: &mut Tx,
    hub: HubId,
    (from, to): (PersonId, PersonId),
) -> Result<Changed> {
    tx.query(
        "UPDATE deputies SET person_id = $3
         WHERE hub_id = $1 AND person_id = $2
           AND school_id IN (SELECT p.school_id FROM people p WHERE p.hub_id = $1 AND p.id = $3)",
    )
    .bind(hub)
    .bind(from)
    .bind(to)
    .run()
    .await
}

pub(in crate::members::people) async fn forget_deputies(
    tx: &mut Tx,
    hub: HubId,
    (from, to): (PersonId, PersonId),
) -> Result<Changed> {
    hand_over_deputies(tx, hub, (from, to)).await?.any();
    tx.query("DELETE FROM deputies WHERE hub_id = $1 AND person_id = $2").bind(hub).bind(from).run().await
}

pub(in crate::members::people) async fn merged_into(
    tx: &mut Tx,
    hub: HubId,
    id: PersonId,
) -> Result<Option<(PersonId,)>> {
    tx.query("SELECT person_id FROM merged_people WHERE hub_id = $1 AND old_id = $2")
        .bind(hub)
        .bind(id)
        .optional()
        .await
}

pub(in crate::members::people) async fn absorbed(tx: &mut Tx, hub: HubId, id: PersonId) -> Result<Vec<(PersonId,)>> {
    tx.query("SELECT old_id FROM merged_people WHERE hub_id = $1 AND person_id = $2 ORDER BY old_id")
        .bind(hub)
        .bind(id)
        .all()
        .await
}

/// What was merged into a record is from now on merged into another.
pub(in crate::members::people) async fn follow_on(
    tx: &mut Tx,
    hub: HubId,
    (from, to): (PersonId, PersonId),
) -> Result<Changed> {
    tx.query("UPDATE merged_people SET person_id = $3 WHERE hub_id = $1 AND person_id = $2")
        .bind(hub)
        .bind(from)
        .bind(to)
        .run()
        .await
}

pub(in crate::members::people) async fn insert_merged(
    tx: &mut Tx,
    hub: HubId,
    (from, to): (PersonId, PersonId),
    (by, now): (Option<PersonId>, DateTime<Utc>),
) -> Result<Changed> {
    tx.query("INSERT INTO merged_people (hub_id, old_id, person_id, merged_by, merged_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(hub)
        .bind(from)
        .bind(to)
        .bind(by)
        .bind(now)
        .run()
        .await
}

pub(in crate::members::people) async fn delete(tx: &mut Tx, hub: HubId, id: PersonId) -> Result<Changed> {
    tx.query("DELETE FROM people WHERE hub_id = $1 AND id = $2").bind(hub).bind(id).run().await
}

pub(in crate::members::people) async fn erase(
    tx: &mut Tx,
    hub: HubId,
    id: PersonId,
    (name, email): (Line, Email),
    now: DateTime<Utc>,
) -> Result<Option<Person>> {
    tx.query(concat!(
        "UPDATE people SET name = $3, name_key = $4, email = $5, email_key = $6, erased_at = $7, disabled_at = COALESCE(disabled_at, $7),
                           version = version + 1
         WHERE hub_id = $1 AND id = $2
         RETURNING ",
        columns!()
    ))
    .bind(hub)
    .bind(id)
    .bind(name.clone())
    .bind(name.key())
    .bind(email.clone())
    .bind(email.canonical())
    .bind(now)
    .optional()
    .await
}

/// Those disabled before an instant, with no place on an event that ended after it. Joined in the order of the text,
/// which SQLite keeps for CROSS JOIN.
const TO_ERASE: &str = "SELECT id FROM people
     WHERE hub_id = $1 AND disabled_at <= $2 AND erased_at IS NULL
       AND NOT EXISTS (
           SELECT 1 FROM bookings b CROSS JOIN events e
           WHERE b.hub_id = people.hub_id AND b.person_id = people.id
             AND e.hub_id = b.hub_id AND e.id = b.event_id AND e.ends_at > $2)
     ORDER BY disabled_at, id LIMIT $3";

pub(in crate::members::people) async fn to_erase(
    tx: &mut Tx,
    hub: HubId,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(PersonId,)>> {
    tx.query(TO_ERASE).bind(hub).bind(before).bind(limit).all().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn whom_to_erase_is_found_by_index() {
        let plan = plan(TO_ERASE).await;
        for step in [
            "people USING INDEX people_to_erase",
            "b USING COVERING INDEX bookings_by_person (hub_id=? AND person_id=?)",
        ] {
            assert!(plan.iter().any(|found| found.contains(step)), "{plan:#?}");
        }
    }
}
