//! Every statement of the schools and their rolls.

pub(super) mod identifiers;
pub(super) mod successors;

use chrono::NaiveDate;

use super::{ApprovalRules, Census, Details, Filter, OnRoll, Order, Roll, School};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, SchoolId};
use crate::base::text::{Line, Urn};
use crate::base::year::AcademicYear;

/// The columns of a school.
macro_rules! columns {
    () => {
        "hub_id, id, urn, name, phase, establishment_type, local_authority, membership,
         joined_on, left_on, successor_id, version, created_at"
    };
}

/// The columns of a roll.
macro_rules! roll_columns {
    () => {
        "r.school_id, r.census_date, r.revision, r.pupils, r.recorded_at, r.recorded_by"
    };
}

/// The columns of a school's approval rules.
macro_rules! rules_columns {
    () => {
        "own_approval, own_approval_asked_by, second_person, one_person_asked_by, approval_limit, commission_limit, version"
    };
}

pub(super) async fn insert(tx: &mut Tx, schools: &[School]) -> Result<Changed> {
    tx.rows::<13, _>(
        "INSERT INTO schools (hub_id, id, urn, name, name_key, phase, establishment_type, local_authority, membership,
                              joined_on, left_on, version, created_at)
         VALUES $rows",
        schools,
        |query, school| {
            let details = &school.details;
            query
                .bind(school.hub_id)
                .bind(school.id)
                .bind(details.urn.clone())
                .bind(details.name.clone())
                .bind(details.name.key())
                .bind(details.phase)
                .bind(details.establishment_type.clone())
                .bind(details.local_authority.clone())
                .bind(details.membership)
                .bind(details.joined_on)
                .bind(details.left_on)
                .bind(school.version)
                .bind(school.created_at)
        },
    )
    .await
}

pub(super) async fn change(
    tx: &mut Tx,
    hub: HubId,
    id: SchoolId,
    version: i64,
    details: &Details,
) -> Result<Option<School>> {
    tx.query(concat!(
        "UPDATE schools
         SET urn = $4, name = $5, phase = $6, establishment_type = $7, local_authority = $8, membership = $9,
             joined_on = $10, left_on = $11, name_key = $12, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND version = $3
         RETURNING ",
        columns!()
    ))
    .bind(hub)
    .bind(id)
    .bind(version)
    .bind(details.urn.clone())
    .bind(details.name.clone())
    .bind(details.phase)
    .bind(details.establishment_type.clone())
    .bind(details.local_authority.clone())
    .bind(details.membership)
    .bind(details.joined_on)
    .bind(details.left_on)
    .bind(details.name.key())
    .optional()
    .await
}

/// Every school of the hub.
pub(super) async fn every(tx: &mut Tx, hub: HubId) -> Result<Vec<School>> {
    tx.query(concat!("SELECT ", columns!(), " FROM schools WHERE hub_id = $1 ORDER BY id")).bind(hub).all().await
}

/// Writes schools as an import leaves them, by their ids.
pub(super) async fn update(tx: &mut Tx, schools: &[School]) -> Result<Changed> {
    tx.rows::<11, _>(
        "WITH new (hub_id, id, new_name, new_key, new_phase, new_type, new_authority, new_membership, new_joined_on,
                   new_left_on, new_version)
              AS (VALUES $rows)
         UPDATE schools
         SET name = new_name, name_key = new_key, phase = new_phase, establishment_type = new_type, local_authority = new_authority,
             membership = new_membership, joined_on = new_joined_on, left_on = new_left_on,
             version = new_version
         FROM new WHERE schools.hub_id = new.hub_id AND schools.id = new.id",
        schools,
        |query, school| {
            let details = &school.details;
            query
                .bind(school.hub_id)
                .bind(school.id)
                .bind(details.name.clone())
                .bind(details.name.key())
                .bind(details.phase)
                .bind(details.establishment_type.clone())
                .bind(details.local_authority.clone())
                .bind(details.membership)
                .bind(details.joined_on)
                .bind(details.left_on)
                .bind(school.version)
        },
    )
    .await
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, id: SchoolId) -> Result<Option<School>> {
    tx.query(concat!("SELECT ", columns!(), " FROM schools WHERE hub_id = $1 AND id = $2"))
        .bind(hub)
        .bind(id)
        .optional()
        .await
}

pub(super) async fn names(tx: &mut Tx, hub: HubId, schools: &[SchoolId]) -> Result<Vec<(SchoolId, Urn, Line)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT s.id, s.urn, s.name FROM wanted w JOIN schools s ON s.hub_id = w.hub_id AND s.id = w.id",
        schools,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

pub(super) async fn by_urn(tx: &mut Tx, hub: HubId, urn: &Urn) -> Result<Option<School>> {
    tx.query(concat!("SELECT ", columns!(), " FROM schools WHERE hub_id = $1 AND urn = $2"))
        .bind(hub)
        .bind(urn.clone())
        .optional()
        .await
}

/// A page of schools by name; a hub has so few that a filter needs no index of its own.
macro_rules! page {
    ($after:literal, $order:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            "
             FROM schools
             WHERE hub_id = $1
               AND ($2 IS NULL OR phase = $2)
               AND ($3 IS NULL OR membership = $3)
               AND ($4 IS NULL OR local_authority = $4)
               AND ($5 IS NULL OR name_key LIKE $5 ESCAPE '\\')
               AND ($6 IS NULL OR ((joined_on IS NULL OR joined_on <= $6) AND (left_on IS NULL OR left_on > $6)))
               AND ($7 IS NULL OR id IN (SELECT school_id FROM school_identifiers
                                         WHERE hub_id = $1 AND scheme = 'urn' AND value = $7))
               AND ($8 IS NULL OR successor_id = $8)
               AND ($9 IS NULL OR ",
            $after,
            ")
             ORDER BY ",
            $order,
            " LIMIT $11"
        )
    };
}

const FORWARDS: &str = page!("(name_key, id) > ($9, $10)", "name_key, id");
const BACKWARDS: &str = page!("(name_key, id) < ($9, $10)", "name_key DESC, id DESC");

pub(super) async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: &Filter,
    after: Option<(String, SchoolId)>,
    limit: i64,
) -> Result<Vec<School>> {
    let (after_key, after_id) = after.unzip();
    let statement = match filter.order.unwrap_or(Order::Name) {
        Order::Name => FORWARDS,
        Order::NameBackwards => BACKWARDS,
    };
    tx.query(statement)
        .bind(hub)
        .bind(filter.phase)
        .bind(filter.membership)
        .bind(filter.local_authority.clone())
        .bind(filter.text.as_ref().map(Line::pattern))
        .bind(filter.member_on)
        .bind(filter.urn.clone())
        .bind(filter.successor)
        .bind(after_key)
        .bind(after_id)
        .bind(limit)
        .all()
        .await
}

pub(super) async fn insert_rolls(tx: &mut Tx, hub: HubId, rolls: &[Roll]) -> Result<Changed> {
    tx.rows::<7, _>(
        "INSERT INTO rolls (hub_id, school_id, census_date, revision, pupils, recorded_at, recorded_by)
         VALUES $rows",
        rolls,
        |query, roll| {
            query
                .bind(hub)
                .bind(roll.school_id)
                .bind(roll.census_date)
                .bind(roll.revision)
                .bind(roll.pupils)
                .bind(roll.recorded_at)
                .bind(roll.recorded_by)
        },
    )
    .await
}

/// The newest existing revision of each of these rolls.
pub(super) async fn newest_rolls(tx: &mut Tx, hub: HubId, wanted: &[(SchoolId, NaiveDate)]) -> Result<Vec<Roll>> {
    tx.rows_all::<3, _, _>(
        concat!(
            "WITH wanted (hub_id, school_id, census_date) AS (VALUES $rows)
             SELECT ",
            roll_columns!(),
            "
             FROM wanted w
             JOIN rolls r ON r.hub_id = w.hub_id AND r.school_id = w.school_id AND r.census_date = w.census_date
             WHERE NOT EXISTS (SELECT 1 FROM rolls newer
                               WHERE newer.hub_id = r.hub_id AND newer.school_id = r.school_id
                                 AND newer.census_date = r.census_date AND newer.revision > r.revision)"
        ),
        wanted,
        |query, (school, census_date)| query.bind(hub).bind(*school).bind(*census_date),
    )
    .await
}

pub(super) async fn rolls(
    tx: &mut Tx,
    hub: HubId,
    school: SchoolId,
    after: Option<(NaiveDate, i64)>,
    limit: i64,
) -> Result<Vec<Roll>> {
    let (after_date, after_revision) = after.unzip();
    tx.query(concat!(
        "SELECT ",
        roll_columns!(),
        "
         FROM rolls r
         WHERE r.hub_id = $1 AND r.school_id = $2 AND ($3 IS NULL OR (r.census_date, r.revision) < ($3, $4))
         ORDER BY r.census_date DESC, r.revision DESC LIMIT $5"
    ))
    .bind(hub)
    .bind(school)
    .bind(after_date)
    .bind(after_revision)
    .bind(limit)
    .all()
    .await
}

pub(super) async fn on_roll(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    census_date: NaiveDate,
) -> Result<Vec<OnRoll>> {
    tx.query(
        "SELECT s.id, s.urn, s.name, s.phase, s.joined_on, s.left_on,
                (SELECT r.pupils FROM rolls r
                 WHERE r.hub_id = s.hub_id AND r.school_id = s.id AND r.census_date = $2
                 ORDER BY r.revision DESC LIMIT 1) AS pupils,
                (SELECT MAX(r.revision) FROM rolls r
                 WHERE r.hub_id = s.hub_id AND r.school_id = s.id AND r.census_date = $2) AS revision
         FROM schools s
         WHERE s.hub_id = $1 AND (s.joined_on IS NULL OR s.joined_on <= $4) AND (s.left_on IS NULL OR s.left_on > $3)
         ORDER BY s.urn",
    )
    .bind(hub)
    .bind(census_date)
    .bind(year.first_day())
    .bind(year.last_day())
    .all()
    .await
}

pub(super) async fn censuses(tx: &mut Tx, hub: HubId) -> Result<Vec<Census>> {
    tx.query(
        "SELECT census_date, COUNT(DISTINCT school_id) AS schools, COUNT(*) - COUNT(DISTINCT school_id) AS corrections
         FROM rolls WHERE hub_id = $1
         GROUP BY census_date ORDER BY census_date DESC",
    )
    .bind(hub)
    .all()
    .await
}

pub(super) async fn approval_rules(tx: &mut Tx, hub: HubId, id: SchoolId) -> Result<Option<ApprovalRules>> {
    tx.query(concat!("SELECT ", rules_columns!(), " FROM schools WHERE hub_id = $1 AND id = $2"))
        .bind(hub)
        .bind(id)
        .optional()
        .await
}

pub(super) async fn change_approval_rules(
    tx: &mut Tx,
    hub: HubId,
    id: SchoolId,
    rules: ApprovalRules,
) -> Result<Option<ApprovalRules>> {
    tx.query(concat!(
        "UPDATE schools SET own_approval = $4, approval_limit = $5, own_approval_asked_by = $6, second_person = $7, one_person_asked_by = $8, commission_limit = $9, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND version = $3
         RETURNING ",
        rules_columns!()
    ))
    .bind(hub)
    .bind(id)
    .bind(rules.version)
    .bind(rules.own_approval)
    .bind(rules.approval_limit)
    .bind(rules.own_approval_asked_by)
    .bind(rules.second_person)
    .bind(rules.one_person_asked_by)
    .bind(rules.commission_limit)
    .optional()
    .await
}
