//! Every statement of the people.

pub(super) mod changing;
pub(super) mod deciders;
pub(super) mod importing;
pub(super) mod invited;
pub(super) mod second;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{Deputy, Filter, Order, Person, Place};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{DeputyId, HubId, PartnerId, PersonId, SchoolId};
use crate::base::text::{Email, Line};

/// The columns of a person.
macro_rules! columns {
    () => {
        "hub_id, id, name, email, role, school_id, partner_id, disabled_at, erased_at, version, created_at"
    };
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, id: PersonId) -> Result<Option<Person>> {
    tx.query(concat!("SELECT ", columns!(), " FROM people WHERE hub_id = $1 AND id = $2"))
        .bind(hub)
        .bind(id)
        .optional()
        .await
}

/// A page of people: those of a range of an index, in its order. The filters stand in a CASE, because PostgreSQL
/// expects each of them to let next to nothing pass: it would read and sort everybody, for each page.
macro_rules! page {
    ($range:literal, $after:literal, $order:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            "
             FROM people
             WHERE hub_id = $1",
            $range,
            $after,
            "
               AND CASE WHEN ($5 IS NULL OR name_key LIKE $5 ESCAPE '\\')
                         AND ($6 IS NULL OR email_key = $6)
                         AND ($7 IS NULL OR role = $7)
                         AND ($8 IS NULL
                              OR $8 = CASE WHEN disabled_at IS NOT NULL THEN 'disabled'
                                           WHEN signed_in_at IS NULL THEN 'not_signed_in' ELSE 'signs_in' END)
                        THEN TRUE ELSE FALSE END
             ORDER BY ",
            $order,
            " LIMIT $4"
        )
    };
}

/// The same by name, from the first to the last.
macro_rules! by_name {
    ($range:literal) => {
        page!($range, " AND (name_key, id) > ($2, $3)", "name_key, id")
    };
}

/// The same from the last to the first.
macro_rules! by_name_backwards {
    ($range:literal) => {
        page!($range, " AND (name_key, id) < ($2, $3)", "name_key DESC, id DESC")
    };
}

/// One range of `people_by_name`.
const OF_HUB: &str = by_name!("");
const OF_HUB_BACKWARDS: &str = by_name_backwards!("");

/// One range of `people_of_role`.
const OF_ROLE: &str = by_name!(" AND role = $9");
const OF_ROLE_BACKWARDS: &str = by_name_backwards!(" AND role = $9");

/// One range of `people_by_school`.
const OF_SCHOOL: &str = by_name!(" AND school_id = $9");
const OF_SCHOOL_BACKWARDS: &str = by_name_backwards!(" AND school_id = $9");

/// One range of `people_of_role`, through all roles.
const BY_ROLE: &str = page!("", " AND (role, name_key, id) > ($9, $2, $3)", "role, name_key, id");
const BY_ROLE_BACKWARDS: &str =
    page!("", " AND (role, name_key, id) < ($9, $2, $3)", "role DESC, name_key DESC, id DESC");

pub(super) async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: &Filter,
    after: Option<(String, PersonId)>,
    limit: i64,
) -> Result<Vec<Person>> {
    let (key, id) = after.unwrap_or((String::new(), PersonId(Uuid::nil())));
    ordered(tx, hub, filter, Order::Name, (String::new(), key, id), limit).await
}

/// A page of people in an order: those behind a place in it, of which the role counts only where they go by role.
pub(super) async fn ordered(
    tx: &mut Tx,
    hub: HubId,
    filter: &Filter,
    order: Order,
    (role, key, id): Place,
    limit: i64,
) -> Result<Vec<Person>> {
    let (text, email) = (filter.text.as_ref().map(Line::pattern), filter.email.as_ref().map(Email::canonical));
    let backwards = matches!(order, Order::NameBackwards | Order::RoleBackwards);
    let by_role = matches!(order, Order::Role | Order::RoleBackwards);
    let statement = match (filter.school, filter.role) {
        (Some(_), _) if backwards => OF_SCHOOL_BACKWARDS,
        (Some(_), _) => OF_SCHOOL,
        (None, Some(_)) if backwards => OF_ROLE_BACKWARDS,
        (None, Some(_)) => OF_ROLE,
        (None, None) if by_role && backwards => BY_ROLE_BACKWARDS,
        (None, None) if by_role => BY_ROLE,
        (None, None) if backwards => OF_HUB_BACKWARDS,
        (None, None) => OF_HUB,
    };
    let query = tx.query(statement).bind(hub).bind(key).bind(id).bind(limit).bind(text).bind(email).bind(filter.role);
    let query = query.bind(filter.standing);
    let query = match (filter.school, filter.role) {
        (Some(school), _) => query.bind(school),
        (None, Some(role)) => query.bind(role),
        (None, None) if by_role => query.bind(role),
        (None, None) => query,
    };
    query.all().await
}

/// Those who decide for these schools and can be told: without the disabled.
pub(super) async fn leads(tx: &mut Tx, hub: HubId, schools: &[SchoolId]) -> Result<Vec<(PersonId,)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, school_id) AS (VALUES $rows)
         SELECT p.id
         FROM wanted w JOIN people p ON p.hub_id = w.hub_id AND p.school_id = w.school_id
         WHERE p.role = 'school_lead' AND p.disabled_at IS NULL ORDER BY p.id",
        schools,
        |query, school| query.bind(hub).bind(school.copied()),
    )
    .await
}

pub(super) async fn of_partner(tx: &mut Tx, hub: HubId, partner: PartnerId) -> Result<Vec<(PersonId,)>> {
    tx.query("SELECT id FROM people WHERE hub_id = $1 AND partner_id = $2 AND disabled_at IS NULL ORDER BY id")
        .bind(hub)
        .bind(partner)
        .all()
        .await
}

/// For the operator: over all hubs.
pub(super) async fn by_email(tx: &mut Tx, email: &Email) -> Result<Vec<Person>> {
    tx.query(concat!("SELECT ", columns!(), " FROM people WHERE email_key = $1 ORDER BY hub_id"))
        .bind(email.canonical())
        .all()
        .await
}

pub(super) async fn by_emails(tx: &mut Tx, hub: HubId, emails: &[Email]) -> Result<Vec<Person>> {
    tx.rows_all::<2, _, _>(
        "WITH wanted (hub_id, email_key) AS (VALUES $rows)
         SELECT p.hub_id, p.id, p.name, p.email, p.role, p.school_id, p.partner_id, p.disabled_at, p.erased_at, p.version, p.created_at
         FROM wanted w JOIN people p ON p.hub_id = w.hub_id AND p.email_key = w.email_key",
        emails,
        |query, email| query.bind(hub).bind(email.canonical()),
    )
    .await
}

pub(super) async fn rename(tx: &mut Tx, hub: HubId, id: PersonId, version: i64, name: Line) -> Result<Option<Person>> {
    tx.query(concat!(
        "UPDATE people SET name = $4, name_key = $5, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND version = $3
         RETURNING ",
        columns!()
    ))
    .bind(hub)
    .bind(id)
    .bind(version)
    .bind(name.clone())
    .bind(name.key())
    .optional()
    .await
}

pub(super) async fn disable(tx: &mut Tx, hub: HubId, id: PersonId, now: DateTime<Utc>) -> Result<Option<Person>> {
    tx.query(concat!(
        "UPDATE people SET disabled_at = COALESCE(disabled_at, $3), version = version + 1
         WHERE hub_id = $1 AND id = $2
         RETURNING ",
        columns!()
    ))
    .bind(hub)
    .bind(id)
    .bind(now)
    .optional()
    .await
}

/// Makes somebody a hub manager, of no school and no partner, enabled, and vouched for by the operator.
pub(super) async fn promote(tx: &mut Tx, hub: HubId, id: PersonId) -> Result<Option<Person>> {
    tx.query(concat!(
        "UPDATE people SET role = 'hub_manager', school_id = NULL, partner_id = NULL, disabled_at = NULL,
                           created_by = NULL, version = version + 1
         WHERE hub_id = $1 AND id = $2
         RETURNING ",
        columns!()
    ))
    .bind(hub)
    .bind(id)
    .optional()
    .await
}

pub(super) async fn enable(tx: &mut Tx, hub: HubId, id: PersonId) -> Result<Option<Person>> {
    tx.query(concat!(
        "UPDATE people SET disabled_at = NULL, version = version + 1
         WHERE hub_id = $1 AND id = $2
         RETURNING ",
        columns!()
    ))
    .bind(hub)
    .bind(id)
    .optional()
    .await
}

pub(super) async fn insert_invitation(
    tx: &mut Tx,
    hub: HubId,
    id: Uuid,
    person: PersonId,
    digest: &[u8; 32],
    (by, now): (Option<PersonId>, DateTime<Utc>),
    expires: DateTime<Utc>,
) -> Result<Changed> {
    tx.query(
        "INSERT INTO invitations (hub_id, id, person_id, secret_digest, created_at, expires_at, used_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, NULL, $7)",
    )
    .bind(hub)
    .bind(id)
    .bind(person)
    .bind(digest.to_vec())
    .bind(now)
    .bind(expires)
    .bind(by)
    .run()
    .await
}

/// Ends a person's invitations that were not accepted.
pub(super) async fn end_invitations(tx: &mut Tx, hub: HubId, person: PersonId, now: DateTime<Utc>) -> Result<Changed> {
    tx.query(
        "UPDATE invitations SET expires_at = $3
         WHERE hub_id = $1 AND person_id = $2 AND used_at IS NULL AND expires_at > $3",
    )
    .bind(hub)
    .bind(person)
    .bind(now)
    .run()
    .await
}

/// Uses a link, and says who made it. It does not name its hub: the secret is looked up over all. A colleague's link is
/// void once its person signs in.
pub(super) async fn use_invitation(
    tx: &mut Tx,
    digest: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<(HubId, PersonId, Option<PersonId>)>> {
    tx.query(
        "UPDATE invitations SET used_at = $2
         WHERE secret_digest = $1 AND used_at IS NULL AND expires_at > $2
           AND (created_by IS NULL OR NOT EXISTS (
               SELECT 1 FROM people p
               WHERE p.hub_id = invitations.hub_id AND p.id = invitations.person_id AND p.signed_in_at IS NOT NULL))
         RETURNING hub_id, person_id, created_by",
    )
    .bind(digest.to_vec())
    .bind(now)
    .optional()
    .await
}

/// The link does not name its hub: the secret is looked up over all.
pub(super) async fn invitation(
    tx: &mut Tx,
    digest: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<(HubId, PersonId, DateTime<Utc>)>> {
    tx.query(
        "SELECT hub_id, person_id, expires_at FROM invitations
         WHERE secret_digest = $1 AND used_at IS NULL AND expires_at > $2
           AND (created_by IS NULL OR NOT EXISTS (
               SELECT 1 FROM people p
               WHERE p.hub_id = invitations.hub_id AND p.id = invitations.person_id AND p.signed_in_at IS NOT NULL))",
    )
    .bind(digest.to_vec())
    .bind(now)
    .optional()
    .await
}

pub(super) async fn insert_deputy(tx: &mut Tx, hub: HubId, deputy: &Deputy) -> Result<Changed> {
    tx.query(
        "INSERT INTO deputies (hub_id, id, school_id, person_id, starts_on, ends_on, named_by, named_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(hub)
    .bind(deputy.id)
    .bind(deputy.school_id)
    .bind(deputy.person_id)
    .bind(deputy.starts_on)
    .bind(deputy.ends_on)
    .bind(deputy.named_by)
    .bind(deputy.named_at)
    .run()
    .await
}

pub(super) async fn delete_deputy(tx: &mut Tx, hub: HubId, school: SchoolId, id: DeputyId) -> Result<Changed> {
    tx.query("DELETE FROM deputies WHERE hub_id = $1 AND school_id = $2 AND id = $3")
        .bind(hub)
        .bind(school)
        .bind(id)
        .run()
        .await
}

pub(super) async fn deputies(
    tx: &mut Tx,
    hub: HubId,
    school: SchoolId,
    after: Option<DeputyId>,
    limit: i64,
) -> Result<Vec<Deputy>> {
    tx.query(
        "SELECT d.id, d.school_id, d.person_id, p.name AS person_name, d.starts_on, d.ends_on, d.named_by, d.named_at
         FROM deputies d JOIN people p ON p.hub_id = d.hub_id AND p.id = d.person_id
         WHERE d.hub_id = $1 AND d.school_id = $2 AND ($3 IS NULL OR d.id > $3)
         ORDER BY d.id LIMIT $4",
    )
    .bind(hub)
    .bind(school)
    .bind(after)
    .bind(limit)
    .all()
    .await
}

pub(super) async fn is_deputy(
    tx: &mut Tx,
    hub: HubId,
    school: SchoolId,
    person: PersonId,
    day: NaiveDate,
) -> Result<bool> {
    let found: Option<(DeputyId,)> = tx
        .query(
            "SELECT id FROM deputies
             WHERE hub_id = $1 AND person_id = $2 AND ends_on >= $3 AND starts_on <= $3 AND school_id = $4 LIMIT 1",
        )
        .bind(hub)
        .bind(person)
        .bind(day)
        .bind(school)
        .optional()
        .await?;
    Ok(found.is_some())
}

/// Makes everybody of the school people of its successor.
pub(super) async fn pass_to_successor(
    tx: &mut Tx,
    hub: HubId,
    (school, successor): (SchoolId, SchoolId),
) -> Result<Changed> {
    tx.query("UPDATE people SET school_id = $3, version = version + 1 WHERE hub_id = $1 AND school_id = $2")
        .bind(hub)
        .bind(school)
        .bind(successor)
        .run()
        .await
}

/// Makes current and future deputies of the school's lead deputies of the successor's.
pub(super) async fn deputies_to_successor(
    tx: &mut Tx,
    hub: HubId,
    (school, successor): (SchoolId, SchoolId),
    today: NaiveDate,
) -> Result<Changed> {
    tx.query("UPDATE deputies SET school_id = $3 WHERE hub_id = $1 AND school_id = $2 AND ends_on >= $4")
        .bind(hub)
        .bind(school)
        .bind(successor)
        .bind(today)
        .run()
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn a_page_of_people_is_a_range_of_an_index() {
        for (statement, index) in [
            (OF_HUB, "INDEX people_by_name (hub_id=? AND (name_key,id)>(?,?))"),
            (OF_ROLE, "INDEX people_of_role (hub_id=? AND role=? AND (name_key,id)>(?,?))"),
            (OF_SCHOOL, "INDEX people_by_school (hub_id=? AND school_id=? AND (name_key,id)>(?,?))"),
            (OF_HUB_BACKWARDS, "INDEX people_by_name (hub_id=? AND (name_key,id)<(?,?))"),
            (OF_ROLE_BACKWARDS, "INDEX people_of_role (hub_id=? AND role=? AND (name_key,id)<(?,?))"),
            (OF_SCHOOL_BACKWARDS, "INDEX people_by_school (hub_id=? AND school_id=? AND (name_key,id)<(?,?))"),
            (BY_ROLE, "INDEX people_of_role (hub_id=? AND (role,name_key,id)>(?,?,?))"),
            (BY_ROLE_BACKWARDS, "INDEX people_of_role (hub_id=? AND (role,name_key,id)<(?,?,?))"),
        ] {
            let plan = plan(statement).await;
            assert!(plan.len() == 1 && plan[0].ends_with(index), "{plan:?}");
        }
    }
}
