//! Every statement of the offers; those of the directory are in [`directory`].

pub(super) mod directory;

use chrono::{DateTime, NaiveDate, Utc};

use super::{NewDays, NewOffer, Offer, OfferDays, Status};
use crate::base::days::Days;
use crate::base::db::{Changed, Query, Result, Tx};
use crate::base::ids::{HubId, OfferId, PriorityId, SchoolId};
use crate::base::text::Line;
use crate::base::year::AcademicYear;

/// The columns of an offer, with its provider's name and the rates that hold.
macro_rules! columns {
    () => {
        "o.id, o.kind, o.status, CASE WHEN o.school_id IS NULL THEN 'partner' ELSE 'school' END AS provider_kind,
         o.school_id AS provider_school_id, o.partner_id AS provider_partner_id, COALESCE(s.name, p.name) AS provider_name,
         o.title, o.description, o.phases, o.subject, o.place, o.available_from, o.available_to, o.specialist_kind,
         o.full_day, o.half_day, COALESCE(o.full_day, r.full_day) AS effective_full_day,
         CASE WHEN o.half_day IS NOT NULL THEN o.half_day WHEN o.full_day IS NOT NULL THEN (o.full_day + 1) / 2
              ELSE r.half_day END AS effective_half_day, o.available_when, o.for_whom, o.what_for, o.aims,
         o.who_may_join, o.how_often, o.impact, o.version, o.created_at, o.changed_at"
    };
}

/// What those columns need beside the offer.
macro_rules! beside {
    () => {
        " LEFT JOIN schools s ON s.hub_id = o.hub_id AND s.id = o.school_id
          LEFT JOIN partners p ON p.hub_id = o.hub_id AND p.id = o.partner_id
          LEFT JOIN rate_card_lines r ON r.hub_id = o.hub_id AND r.kind_key = o.specialist_key"
    };
}

/// The columns of the days of an offer in a year.
macro_rules! days {
    () => {
        "d.offer_id, d.year, d.offered, d.agreed, d.offered - d.agreed AS days_left"
    };
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, id: OfferId) -> Result<Option<Offer>> {
    tx.query(concat!("SELECT ", columns!(), " FROM offers o", beside!(), " WHERE o.hub_id = $1 AND o.id = $2"))
        .bind(hub)
        .bind(id)
        .optional()
        .await
}

/// The offers with these ids, in any order.
pub(super) async fn of_ids(tx: &mut Tx, hub: HubId, ids: &[OfferId]) -> Result<Vec<Offer>> {
    tx.batch_all::<2, _, _>(
        concat!(
            "WITH wanted (hub_id, id) AS (VALUES $rows)
             SELECT ",
            columns!(),
            " FROM wanted w JOIN offers o ON o.hub_id = w.hub_id AND o.id = w.id",
            beside!()
        ),
        ids,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

pub(super) async fn insert(
    tx: &mut Tx,
    hub: HubId,
    id: OfferId,
    new: &NewOffer,
    now: DateTime<Utc>,
) -> Result<Changed> {
    let (_, school, partner) = new.provider.parts();
    let query = tx.query(
        "INSERT INTO offers (hub_id, id, title, description, phases, subject, place, available_from, available_to,
                             specialist_kind, specialist_key, full_day, half_day, available_when, for_whom, what_for,
                             aims, who_may_join, how_often, impact, school_id, partner_id, kind, status, version,
                             created_at, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                 $23, 'open', 1, $24, $24)",
    );
    detailed(query.bind(hub).bind(id), &new.details).bind(school).bind(partner).bind(new.kind).bind(now).run().await
}

/// Binds the eighteen values of what is offered.
fn detailed<'q>(query: Query<'q>, details: &super::Details) -> Query<'q> {
    query
        .bind(details.title.clone())
        .bind(details.description.clone())
        .bind(details.phases.clone())
        .bind(details.subject.clone())
        .bind(details.place.clone())
        .bind(details.available_from)
        .bind(details.available_to)
        .bind(details.specialist_kind.clone())
        .bind(details.specialist_kind.as_ref().map(Line::key))
        .bind(details.full_day)
        .bind(details.half_day)
        .bind(details.available_when.clone())
        .bind(details.for_whom.clone())
        .bind(details.what_for.clone())
        .bind(details.aims.clone())
        .bind(details.who_may_join.clone())
        .bind(details.how_often.clone())
        .bind(details.impact.clone())
}

pub(super) async fn update(tx: &mut Tx, hub: HubId, offer: &Offer) -> Result<Changed> {
    let query = tx.query(
        "UPDATE offers
         SET title = $3, description = $4, phases = $5, subject = $6, place = $7, available_from = $8, available_to = $9,
             specialist_kind = $10, specialist_key = $11, full_day = $12, half_day = $13, available_when = $14,
             for_whom = $15, what_for = $16, aims = $17, who_may_join = $18, how_often = $19, impact = $20,
             version = $21, changed_at = $22
         WHERE hub_id = $1 AND id = $2 AND version = $21 - 1",
    );
    detailed(query.bind(hub).bind(offer.id), &offer.details).bind(offer.version).bind(offer.changed_at).run().await
}

pub(super) async fn set_status(
    tx: &mut Tx,
    hub: HubId,
    id: OfferId,
    status: Status,
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.query(
        "UPDATE offers SET status = $3, version = version + 1, changed_at = $4
         WHERE hub_id = $1 AND id = $2 AND status <> 'closed'",
    )
    .bind(hub)
    .bind(id)
    .bind(status)
    .bind(now)
    .run()
    .await
}

/// Offers that are not closed, of schools that have left by a day.
pub(super) async fn of_left_schools(tx: &mut Tx, hub: HubId, day: NaiveDate, limit: i64) -> Result<Vec<(OfferId,)>> {
    tx.query(
        "SELECT o.id
         FROM schools s JOIN offers o ON o.hub_id = s.hub_id AND o.school_id = s.id AND o.status <> 'closed'
         WHERE s.hub_id = $1 AND s.left_on <= $2 LIMIT $3",
    )
    .bind(hub)
    .bind(day)
    .bind(limit)
    .all()
    .await
}

/// Makes the school's offers that are not closed its successor's.
pub(super) async fn pass_to_successor(
    tx: &mut Tx,
    hub: HubId,
    (school, successor): (SchoolId, SchoolId),
) -> Result<Changed> {
    tx.query(
        "UPDATE offers SET school_id = $3, version = version + 1
         WHERE hub_id = $1 AND school_id = $2 AND status <> 'closed'",
    )
    .bind(hub)
    .bind(school)
    .bind(successor)
    .run()
    .await
}

pub(super) async fn priorities(tx: &mut Tx, hub: HubId, ids: &[OfferId]) -> Result<Vec<(OfferId, PriorityId)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, offer_id) AS (VALUES $rows)
         SELECT p.offer_id, p.priority_id
         FROM wanted w JOIN offer_priorities p ON p.hub_id = w.hub_id AND p.offer_id = w.offer_id
         ORDER BY p.offer_id, p.priority_id",
        ids,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

pub(super) async fn insert_priorities(tx: &mut Tx, hub: HubId, id: OfferId, ids: &[PriorityId]) -> Result<Changed> {
    tx.rows::<3, _>(
        "INSERT INTO offer_priorities (hub_id, offer_id, priority_id) VALUES $rows ON CONFLICT DO NOTHING",
        ids,
        |query, priority| query.bind(hub).bind(id).bind(*priority),
    )
    .await
}

pub(super) async fn clear_priorities(tx: &mut Tx, hub: HubId, id: OfferId) -> Result<Changed> {
    tx.query("DELETE FROM offer_priorities WHERE hub_id = $1 AND offer_id = $2").bind(hub).bind(id).run().await
}

pub(super) async fn days(tx: &mut Tx, hub: HubId, ids: &[OfferId]) -> Result<Vec<OfferDays>> {
    tx.batch_all::<2, _, _>(
        concat!(
            "WITH wanted (hub_id, offer_id) AS (VALUES $rows)
             SELECT ",
            days!(),
            " FROM wanted w JOIN offer_days d ON d.hub_id = w.hub_id AND d.offer_id = w.offer_id
              ORDER BY d.offer_id, d.year"
        ),
        ids,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

pub(super) async fn days_of(tx: &mut Tx, hub: HubId, id: OfferId, year: AcademicYear) -> Result<Option<OfferDays>> {
    tx.query(concat!("SELECT ", days!(), " FROM offer_days d WHERE d.hub_id = $1 AND d.offer_id = $2 AND d.year = $3"))
        .bind(hub)
        .bind(id)
        .bind(year)
        .optional()
        .await
}

pub(super) async fn insert_days(tx: &mut Tx, hub: HubId, id: OfferId, days: &[NewDays]) -> Result<Changed> {
    tx.rows::<5, _>(
        "INSERT INTO offer_days (hub_id, offer_id, year, offered, agreed) VALUES $rows",
        days,
        |query, new| query.bind(hub).bind(id).bind(new.year).bind(new.offered).bind(Days::ZERO),
    )
    .await
}

pub(super) async fn set_days(tx: &mut Tx, hub: HubId, id: OfferId, new: NewDays) -> Result<Changed> {
    tx.query(
        "INSERT INTO offer_days (hub_id, offer_id, year, offered, agreed) VALUES ($1, $2, $3, $4, 0)
         ON CONFLICT (hub_id, offer_id, year) DO UPDATE SET offered = excluded.offered",
    )
    .bind(hub)
    .bind(id)
    .bind(new.year)
    .bind(new.offered)
    .run()
    .await
}

/// Takes days, if as many are left.
pub(super) async fn agree(tx: &mut Tx, hub: HubId, id: OfferId, year: AcademicYear, days: Days) -> Result<Changed> {
    tx.query(
        "UPDATE offer_days SET agreed = agreed + $4
         WHERE hub_id = $1 AND offer_id = $2 AND year = $3 AND agreed + $4 <= offered",
    )
    .bind(hub)
    .bind(id)
    .bind(year)
    .bind(days)
    .run()
    .await
}

/// Gives days back, if as many are agreed.
pub(super) async fn give_back(tx: &mut Tx, hub: HubId, id: OfferId, year: AcademicYear, days: Days) -> Result<Changed> {
    tx.query(
        "UPDATE offer_days SET agreed = agreed - $4
         WHERE hub_id = $1 AND offer_id = $2 AND year = $3 AND agreed >= $4",
    )
    .bind(hub)
    .bind(id)
    .bind(year)
    .bind(days)
    .run()
    .await
}

pub(super) async fn insert_terms(
    tx: &mut Tx,
    hub: HubId,
    id: OfferId,
    status: Status,
    terms: &[String],
) -> Result<Changed> {
    tx.batch::<4, _>(
        "WITH new (hub_id, offer_id, term, status) AS (VALUES $rows)
         INSERT INTO offer_terms (hub_id, offer_id, term, status)
         SELECT hub_id, offer_id, term, status FROM new WHERE term IS NOT NULL",
        terms,
        |query, term| query.bind(hub).bind(id).bind(term.cloned()).bind(status),
    )
    .await
}

pub(super) async fn clear_terms(tx: &mut Tx, hub: HubId, id: OfferId) -> Result<Changed> {
    tx.query("DELETE FROM offer_terms WHERE hub_id = $1 AND offer_id = $2").bind(hub).bind(id).run().await
}

pub(super) async fn clear_days_terms(tx: &mut Tx, hub: HubId, id: OfferId, terms: &[String; 10]) -> Result<Changed> {
    let query = tx.query(
        "DELETE FROM offer_terms
         WHERE hub_id = $1 AND offer_id = $2 AND term IN ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    );
    terms.iter().fold(query.bind(hub).bind(id), |query, term| query.bind(term.clone())).run().await
}

pub(super) async fn set_status_of_terms(tx: &mut Tx, hub: HubId, id: OfferId, status: Status) -> Result<Changed> {
    tx.query("UPDATE offer_terms SET status = $3 WHERE hub_id = $1 AND offer_id = $2")
        .bind(hub)
        .bind(id)
        .bind(status)
        .run()
        .await
}

/// Gives whatever is not closed and is found by a term another in its place.
pub(super) async fn rename_term(tx: &mut Tx, hub: HubId, from: String, to: String) -> Result<Changed> {
    tx.query("UPDATE offer_terms SET term = $3 WHERE hub_id = $1 AND status IN ('open', 'paused') AND term = $2")
        .bind(hub)
        .bind(from)
        .bind(to)
        .run()
        .await
}
