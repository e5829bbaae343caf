//! Every statement of the numbers that schools are known by.

use chrono::NaiveDate;

use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, SchoolId};
use crate::base::text::{Line, Urn};
use crate::members::schools::{Identifier, Scheme, School, Spell};

/// The columns of a number.
macro_rules! columns {
    () => {
        "i.school_id, i.scheme, i.number, i.value, i.valid_from, i.valid_until, i.recorded_at, i.recorded_by"
    };
}

pub(in crate::members::schools) async fn insert(
    tx: &mut Tx,
    hub: HubId,
    identifiers: &[Identifier],
) -> Result<Changed> {
    tx.rows::<9, _>(
        "INSERT INTO school_identifiers (hub_id, school_id, scheme, number, value, valid_from, valid_until, recorded_at, recorded_by)
         VALUES $rows",
        identifiers,
        |query, identifier| {
            query
                .bind(hub)
                .bind(identifier.school_id)
                .bind(identifier.scheme)
                .bind(identifier.number)
                .bind(identifier.value.clone())
                .bind(identifier.spell.valid_from)
                .bind(identifier.spell.valid_until)
                .bind(identifier.recorded_at)
                .bind(identifier.recorded_by)
        },
    )
    .await
}

/// Ends a school's current numbers: of one scheme, or of all.
pub(in crate::members::schools) async fn end(
    tx: &mut Tx,
    hub: HubId,
    school: SchoolId,
    scheme: Option<Scheme>,
    on: Option<NaiveDate>,
) -> Result<Changed> {
    tx.query(
        "UPDATE school_identifiers SET valid_until = $4
         WHERE hub_id = $1 AND school_id = $2 AND ($3 IS NULL OR scheme = $3) AND valid_until IS NULL
           AND (valid_from IS NULL OR valid_from < $4)",
    )
    .bind(hub)
    .bind(school)
    .bind(scheme)
    .bind(on)
    .run()
    .await
}

pub(in crate::members::schools) async fn correct(
    tx: &mut Tx,
    hub: HubId,
    last: &Identifier,
    value: &Line,
) -> Result<Changed> {
    tx.query(
        "UPDATE school_identifiers SET value = $5
         WHERE hub_id = $1 AND school_id = $2 AND scheme = $3 AND number = $4",
    )
    .bind(hub)
    .bind(last.school_id)
    .bind(last.scheme)
    .bind(last.number)
    .bind(value.clone())
    .run()
    .await
}

pub(in crate::members::schools) async fn set_urn(
    tx: &mut Tx,
    hub: HubId,
    school: SchoolId,
    urn: &Line,
) -> Result<Changed> {
    tx.query("UPDATE schools SET urn = $3, version = version + 1 WHERE hub_id = $1 AND id = $2")
        .bind(hub)
        .bind(school)
        .bind(urn.clone())
        .run()
        .await
}

/// The school's newest number of the scheme.
pub(in crate::members::schools) async fn last(
    tx: &mut Tx,
    hub: HubId,
    school: SchoolId,
    scheme: Scheme,
) -> Result<Option<Identifier>> {
    tx.query(concat!(
        "SELECT ",
        columns!(),
        "
         FROM school_identifiers i WHERE i.hub_id = $1 AND i.school_id = $2 AND i.scheme = $3
         ORDER BY i.number DESC LIMIT 1"
    ))
    .bind(hub)
    .bind(school)
    .bind(scheme)
    .optional()
    .await
}

pub(in crate::members::schools) async fn list(
    tx: &mut Tx,
    hub: HubId,
    school: SchoolId,
    after: Option<(Scheme, i64)>,
    limit: i64,
) -> Result<Vec<Identifier>> {
    let (after_scheme, after_number) = after.unzip();
    tx.query(concat!(
        "SELECT ",
        columns!(),
        "
         FROM school_identifiers i
         WHERE i.hub_id = $1 AND i.school_id = $2 AND ($3 IS NULL OR (i.scheme, i.number) > ($3, $4))
         ORDER BY i.scheme, i.number LIMIT $5"
    ))
    .bind(hub)
    .bind(school)
    .bind(after_scheme)
    .bind(after_number)
    .bind(limit)
    .all()
    .await
}

/// The schools that have or had one of these numbers.
pub(in crate::members::schools) async fn of_values(
    tx: &mut Tx,
    hub: HubId,
    scheme: Scheme,
    values: &[Line],
) -> Result<Vec<Identifier>> {
    tx.rows_all::<3, _, _>(
        concat!(
            "WITH wanted (hub_id, scheme, value) AS (VALUES $rows)
             SELECT ",
            columns!(),
            "
             FROM wanted w JOIN school_identifiers i ON i.hub_id = w.hub_id AND i.scheme = w.scheme AND i.value = w.value"
        ),
        values,
        |query, value| query.bind(hub).bind(scheme).bind(value.clone()),
    )
    .await
}

/// A school that has or had a URN, and when.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(in crate::members::schools) struct Holder {
    pub(in crate::members::schools) known_as: Urn,
    #[sqlx(flatten)]
    pub(in crate::members::schools) spell: Spell,
    #[sqlx(flatten)]
    pub(in crate::members::schools) school: School,
}

/// The schools that have or had one of these URNs.
pub(in crate::members::schools) async fn holders(tx: &mut Tx, hub: HubId, urns: &[Urn]) -> Result<Vec<Holder>> {
    tx.rows_all::<3, _, _>(
        "WITH wanted (hub_id, scheme, value) AS (VALUES $rows)
         SELECT i.value AS known_as, i.valid_from, i.valid_until,
                s.hub_id, s.id, s.urn, s.name, s.phase, s.establishment_type, s.local_authority, s.membership,
                s.joined_on, s.left_on, s.successor_id, s.version, s.created_at
         FROM wanted w
         JOIN school_identifiers i ON i.hub_id = w.hub_id AND i.scheme = w.scheme AND i.value = w.value
         JOIN schools s ON s.hub_id = i.hub_id AND s.id = i.school_id",
        urns,
        |query, urn| query.bind(hub).bind(Scheme::Urn).bind(urn.clone()),
    )
    .await
}
