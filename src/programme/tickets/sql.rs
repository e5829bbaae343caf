//! Every statement of the tickets and their types. A page costs one range of an index: each main filter has a statement
//! of its own, since an optional filter keeps both engines from the index.

use chrono::NaiveDate;
use uuid::Uuid;

use super::{Coverage, Filter, Order, Ticket, TicketType};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, PersonId, SchoolId, TicketId, TicketTypeId};
use crate::base::text::Line;

/// The columns of a type of ticket.
macro_rules! type_columns {
    () => {
        "id, name, covers, valid_months, returns, needs_approval, version, created_at"
    };
}

/// The columns of a ticket, with its type and its person.
macro_rules! columns {
    () => {
        "t.id, t.type_id, y.name AS type_name, y.covers, y.needs_approval, t.person_id, p.name AS person_name, t.school_id, t.state, t.returns,
         t.valid_until, t.booking_id, t.issued_by, t.issued_at, t.returned_at, t.revoked_by, t.revoked_at, t.revoked_because, t.version"
    };
}

/// Tickets; goes on with the conditions.
macro_rules! tickets {
    ($($conditions:literal),+) => {
        concat!(
            "SELECT ",
            columns!(),
            "
             FROM tickets t
             JOIN ticket_types y ON y.hub_id = t.hub_id AND y.id = t.type_id
             JOIN people p ON p.hub_id = t.hub_id AND p.id = t.person_id
             WHERE t.hub_id = $1 ",
            $($conditions),+
        )
    };
}

pub(super) async fn insert_type(tx: &mut Tx, hub: HubId, added: &TicketType) -> Result<Changed> {
    tx.query(
        "INSERT INTO ticket_types (hub_id, id, name, covers, valid_months, returns, needs_approval, version, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(hub)
    .bind(added.id)
    .bind(added.terms.name.clone())
    .bind(added.terms.covers.clone())
    .bind(added.terms.valid_months)
    .bind(added.terms.returns)
    .bind(added.terms.needs_approval)
    .bind(added.version)
    .bind(added.created_at)
    .run()
    .await
}

pub(super) async fn update_type(tx: &mut Tx, hub: HubId, changed: &TicketType) -> Result<Changed> {
    tx.query(
        "UPDATE ticket_types SET name = $3, covers = $4, valid_months = $5, returns = $6, needs_approval = $7, version = $8
         WHERE hub_id = $1 AND id = $2",
    )
    .bind(hub)
    .bind(changed.id)
    .bind(changed.terms.name.clone())
    .bind(changed.terms.covers.clone())
    .bind(changed.terms.valid_months)
    .bind(changed.terms.returns)
    .bind(changed.terms.needs_approval)
    .bind(changed.version)
    .run()
    .await
}

pub(super) async fn get_type(tx: &mut Tx, hub: HubId, id: TicketTypeId) -> Result<Option<TicketType>> {
    tx.query(concat!("SELECT ", type_columns!(), " FROM ticket_types WHERE hub_id = $1 AND id = $2"))
        .bind(hub)
        .bind(id)
        .optional()
        .await
}

pub(super) async fn types_by_names(tx: &mut Tx, hub: HubId, names: &[Line]) -> Result<Vec<TicketType>> {
    tx.rows_all::<2, _, _>(
        "WITH wanted (hub_id, name) AS (VALUES $rows)
         SELECT y.id, y.name, y.covers, y.valid_months, y.returns, y.needs_approval, y.version, y.created_at
         FROM wanted w JOIN ticket_types y ON y.hub_id = w.hub_id AND y.name = w.name",
        names,
        |query, name| query.bind(hub).bind(name.clone()),
    )
    .await
}

pub(super) async fn list_types(
    tx: &mut Tx,
    hub: HubId,
    after: Option<TicketTypeId>,
    limit: i64,
) -> Result<Vec<TicketType>> {
    tx.query(concat!(
        "SELECT ",
        type_columns!(),
        " FROM ticket_types WHERE hub_id = $1 AND id > $2 ORDER BY id LIMIT $3"
    ))
    .bind(hub)
    .bind(after.unwrap_or(TicketTypeId(Uuid::nil())))
    .bind(limit)
    .all()
    .await
}

pub(super) async fn insert(tx: &mut Tx, hub: HubId, tickets: &[Ticket]) -> Result<Changed> {
    tx.rows::<11, _>(
        "INSERT INTO tickets (hub_id, id, type_id, person_id, school_id, state, returns, valid_until, issued_by, issued_at, version)
         VALUES $rows",
        tickets,
        |query, ticket| {
            query
                .bind(hub)
                .bind(ticket.id)
                .bind(ticket.type_id)
                .bind(ticket.person_id)
                .bind(ticket.school_id)
                .bind(ticket.state)
                .bind(ticket.returns)
                .bind(ticket.valid_until)
                .bind(ticket.issued_by)
                .bind(ticket.issued_at)
                .bind(ticket.version)
        },
    )
    .await
}

/// Writes what may change of tickets.
pub(super) async fn update(tx: &mut Tx, hub: HubId, tickets: &[&Ticket]) -> Result<Changed> {
    tx.batch::<9, _>(
        "WITH new (hub_id, id, state, booking_id, returned_at, revoked_by, revoked_at, revoked_because, version) AS (VALUES $rows)
         UPDATE tickets SET state = new.state, booking_id = new.booking_id, returned_at = new.returned_at, revoked_by = new.revoked_by,
                            revoked_at = new.revoked_at, revoked_because = new.revoked_because, version = new.version
         FROM new WHERE tickets.hub_id = new.hub_id AND tickets.id = new.id",
        tickets,
        |query, ticket| {
            query
                .bind(hub)
                .bind(ticket.map(|ticket| ticket.id))
                .bind(ticket.map(|ticket| ticket.state))
                .bind(ticket.and_then(|ticket| ticket.booking_id))
                .bind(ticket.and_then(|ticket| ticket.returned_at))
                .bind(ticket.and_then(|ticket| ticket.revoked_by))
                .bind(ticket.and_then(|ticket| ticket.revoked_at))
                .bind(ticket.and_then(|ticket| ticket.revoked_because.clone()))
                .bind(ticket.map(|ticket| ticket.version))
        },
    )
    .await
}

pub(super) async fn of_ids(tx: &mut Tx, hub: HubId, ids: &[TicketId]) -> Result<Vec<Ticket>> {
    tx.batch_all::<2, _, _>(
        concat!(
            "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT ",
            columns!(),
            "
         FROM wanted w
         JOIN tickets t ON t.hub_id = w.hub_id AND t.id = w.id
         JOIN ticket_types y ON y.hub_id = t.hub_id AND y.id = t.type_id
         JOIN people p ON p.hub_id = t.hub_id AND p.id = t.person_id"
        ),
        ids,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

/// Which of these people have, or had, a ticket of the type that was used or can still be.
pub(super) async fn holders(
    tx: &mut Tx,
    hub: HubId,
    day: NaiveDate,
    wanted: &[(TicketTypeId, PersonId)],
) -> Result<Vec<(TicketTypeId, PersonId)>> {
    tx.rows_all::<4, _, _>(
        "WITH wanted (hub_id, person_id, type_id, day) AS (VALUES $rows)
         SELECT DISTINCT t.type_id, t.person_id
         FROM wanted w JOIN tickets t ON t.hub_id = w.hub_id AND t.person_id = w.person_id AND t.type_id = w.type_id
         WHERE t.state = 'used' OR (t.state = 'issued' AND (t.valid_until IS NULL OR t.valid_until >= w.day))",
        wanted,
        |query, (of, person)| query.bind(hub).bind(*person).bind(*of).bind(day),
    )
    .await
}

/// What the tickets cover that these people can book by on this day.
pub(super) async fn usable_of(
    tx: &mut Tx,
    hub: HubId,
    day: NaiveDate,
    people: &[PersonId],
) -> Result<Vec<(PersonId, Coverage)>> {
    tx.batch_all::<3, _, _>(
        "WITH wanted (hub_id, person_id, day) AS (VALUES $rows)
         SELECT t.person_id, y.covers
         FROM wanted w
         JOIN tickets t ON t.hub_id = w.hub_id AND t.person_id = w.person_id
         JOIN ticket_types y ON y.hub_id = t.hub_id AND y.id = t.type_id
         WHERE t.state = 'issued' AND (t.valid_until IS NULL OR t.valid_until >= w.day)",
        people,
        |query, person| query.bind(hub).bind(person.copied()).bind(day),
    )
    .await
}

/// A range of tickets by a filter: from the first that was given on, or from the last back.
macro_rules! page {
    ($filter:literal, $comes:literal, $order:literal, $limit:literal) => {
        tickets!($filter, $comes, " ORDER BY t.id", $order, $limit)
    };
}

macro_rules! of_person {
    ($comes:literal, $order:literal) => {
        page!(
            "AND t.person_id = $2
               AND ($3 IS NULL OR t.type_id = $3)
               AND ($4 IS NULL OR t.school_id = $4)
               AND ($5 IS NULL OR (CASE WHEN t.state = 'issued' AND t.valid_until < $6 THEN 'expired' ELSE t.state END) = $5)
               AND t.id ",
            $comes,
            $order,
            " LIMIT $8"
        )
    };
}

macro_rules! of_school {
    ($comes:literal, $order:literal) => {
        page!(
            "AND t.school_id = $2
               AND ($3 IS NULL OR t.type_id = $3)
               AND ($4 IS NULL OR (CASE WHEN t.state = 'issued' AND t.valid_until < $5 THEN 'expired' ELSE t.state END) = $4)
               AND t.id ",
            $comes,
            $order,
            " LIMIT $7"
        )
    };
}

macro_rules! of_type {
    ($comes:literal, $order:literal) => {
        page!(
            "AND t.type_id = $2
               AND ($3 IS NULL OR (CASE WHEN t.state = 'issued' AND t.valid_until < $4 THEN 'expired' ELSE t.state END) = $3)
               AND t.id ",
            $comes,
            $order,
            " LIMIT $6"
        )
    };
}

macro_rules! of_hub {
    ($comes:literal, $order:literal) => {
        page!(
            "AND ($2 IS NULL OR (CASE WHEN t.state = 'issued' AND t.valid_until < $3 THEN 'expired' ELSE t.state END) = $2)
               AND t.id ",
            $comes,
            $order,
            " LIMIT $5"
        )
    };
}

/// One range of `tickets_by_person`.
const OF_PERSON: &str = of_person!("> $7", "");
const OF_PERSON_BACKWARDS: &str = of_person!("< $7", " DESC");

/// One range of `tickets_by_school`.
const OF_SCHOOL: &str = of_school!("> $6", "");
const OF_SCHOOL_BACKWARDS: &str = of_school!("< $6", " DESC");

/// One range of `tickets_by_type`.
const OF_TYPE: &str = of_type!("> $5", "");
const OF_TYPE_BACKWARDS: &str = of_type!("< $5", " DESC");

/// One range of the primary key.
const OF_HUB: &str = of_hub!("> $4", "");
const OF_HUB_BACKWARDS: &str = of_hub!("< $4", " DESC");

pub(super) async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: Filter,
    day: NaiveDate,
    after: Option<TicketId>,
    limit: i64,
) -> Result<Vec<Ticket>> {
    let Filter { type_id, person, school, state, order } = filter;
    let ([of_person, of_school, of_type, of_hub], beginning) = match order.unwrap_or(Order::Oldest) {
        Order::Oldest => ([OF_PERSON, OF_SCHOOL, OF_TYPE, OF_HUB], Uuid::nil()),
        Order::Newest => ([OF_PERSON_BACKWARDS, OF_SCHOOL_BACKWARDS, OF_TYPE_BACKWARDS, OF_HUB_BACKWARDS], Uuid::max()),
    };
    // The statement for the narrowest filter.
    let query = match (person, school, type_id) {
        (Some(person), _, _) => tx.query(of_person).bind(hub).bind(person).bind(type_id).bind(school),
        (None, Some(school), _) => tx.query(of_school).bind(hub).bind(school).bind(type_id),
        (None, None, Some(type_id)) => tx.query(of_type).bind(hub).bind(type_id),
        (None, None, None) => tx.query(of_hub).bind(hub),
    };
    query.bind(state).bind(day).bind(after.unwrap_or(TicketId(beginning))).bind(limit).all().await
}

/// Makes the tickets of one record of a person another's.
pub(super) async fn hand_over(tx: &mut Tx, hub: HubId, (from, to): (PersonId, PersonId)) -> Result<Changed> {
    tx.query("UPDATE tickets SET person_id = $3, version = version + 1 WHERE hub_id = $1 AND person_id = $2")
        .bind(hub)
        .bind(from)
        .bind(to)
        .run()
        .await
}

/// Makes the tickets that a person can still use those of somebody of another school.
pub(super) async fn go_along(tx: &mut Tx, hub: HubId, person: PersonId, school: SchoolId) -> Result<Changed> {
    tx.query(
        "UPDATE tickets SET school_id = $3, version = version + 1
         WHERE hub_id = $1 AND person_id = $2 AND state = 'issued' AND school_id <> $3",
    )
    .bind(hub)
    .bind(person)
    .bind(school)
    .run()
    .await
}

/// Makes tickets those of people of the successor.
pub(super) async fn pass_to_successor(
    tx: &mut Tx,
    hub: HubId,
    successor: SchoolId,
    tickets: &[TicketId],
) -> Result<Changed> {
    tx.batch::<3, _>(
        "WITH new (hub_id, id, school_id) AS (VALUES $rows)
         UPDATE tickets SET school_id = new.school_id, version = version + 1
         FROM new WHERE tickets.hub_id = new.hub_id AND tickets.id = new.id",
        tickets,
        |query, ticket| query.bind(hub).bind(ticket.copied()).bind(ticket.map(|_| successor)),
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn a_page_is_one_range_of_an_index() {
        for (statement, range) in [
            (OF_PERSON, "tickets_by_person (hub_id=? AND person_id=? AND id>?)"),
            (OF_SCHOOL, "tickets_by_school (hub_id=? AND school_id=? AND id>?)"),
            (OF_TYPE, "tickets_by_type (hub_id=? AND type_id=? AND id>?)"),
            (OF_HUB, "(hub_id=? AND id>?)"),
            (OF_PERSON_BACKWARDS, "tickets_by_person (hub_id=? AND person_id=? AND id<?)"),
            (OF_SCHOOL_BACKWARDS, "tickets_by_school (hub_id=? AND school_id=? AND id<?)"),
            (OF_TYPE_BACKWARDS, "tickets_by_type (hub_id=? AND type_id=? AND id<?)"),
            (OF_HUB_BACKWARDS, "(hub_id=? AND id<?)"),
        ] {
            let plan = plan(statement).await;
            assert!(plan.iter().any(|step| step.starts_with("SEARCH t ") && step.contains(range)), "{plan:#?}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE") || step.starts_with("SCAN")), "{plan:#?}");
        }
    }
}
