//! Every statement of the reports.

pub(super) mod action_plan;
pub(super) mod first_steps;
pub(super) mod held_by_month;
pub(super) mod statement;
pub(super) mod wallet;
pub(super) mod year_figures;

use uuid::Uuid;

use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::base::year::AcademicYear;

pub(super) async fn schools(tx: &mut Tx, hub: HubId) -> Result<Vec<(Uuid, String, String)>> {
    tx.query("SELECT id, urn, name FROM schools WHERE hub_id = $1").bind(hub).all().await
}

pub(super) async fn partners(tx: &mut Tx, hub: HubId) -> Result<Vec<(Uuid, String)>> {
    tx.query("SELECT id, name FROM partners WHERE hub_id = $1").bind(hub).all().await
}

pub(super) async fn events(tx: &mut Tx, hub: HubId) -> Result<Vec<(Uuid, String)>> {
    tx.query("SELECT id, title FROM events WHERE hub_id = $1").bind(hub).all().await
}

pub(super) async fn bookings_in_words(
    tx: &mut Tx,
    hub: HubId,
    bookings: &[Uuid],
) -> Result<Vec<(Uuid, String, String)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT b.id, e.title, COALESCE(p.name, 'a place without a name')
         FROM wanted w
         JOIN bookings b ON b.hub_id = w.hub_id AND b.id = w.id
         JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
         LEFT JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id",
        bookings,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

pub(super) async fn years_of_allocations(
    tx: &mut Tx,
    hub: HubId,
    allocations: &[Uuid],
) -> Result<Vec<(Uuid, AcademicYear, bool)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT a.id, a.year, a.adjusts IS NOT NULL FROM wanted w JOIN allocations a ON a.hub_id = w.hub_id AND a.id = w.id",
        allocations,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

pub(super) async fn titles_of_events(tx: &mut Tx, hub: HubId, events: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT e.id, e.title FROM wanted w JOIN events e ON e.hub_id = w.hub_id AND e.id = w.id",
        events,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

pub(super) async fn invoices_of_top_ups(tx: &mut Tx, hub: HubId, top_ups: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT u.id, u.invoice_reference FROM wanted w JOIN top_ups u ON u.hub_id = w.hub_id AND u.id = w.id",
        top_ups,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

pub(super) async fn schools_of_transfers(
    tx: &mut Tx,
    hub: HubId,
    transfers: &[Uuid],
) -> Result<Vec<(Uuid, String, String)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT g.id, f.name, s.name
         FROM wanted w
         JOIN transfers g ON g.hub_id = w.hub_id AND g.id = w.id
         JOIN schools f ON f.hub_id = g.hub_id AND f.id = g.from_school_id
         JOIN schools s ON s.hub_id = g.hub_id AND s.id = g.to_school_id",
        transfers,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

pub(super) async fn reasons_of_adjustments(
    tx: &mut Tx,
    hub: HubId,
    adjustments: &[Uuid],
) -> Result<Vec<(Uuid, String)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT j.id, j.reason FROM wanted w JOIN adjustments j ON j.hub_id = w.hub_id AND j.id = w.id",
        adjustments,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

pub(super) async fn years_of_closes(tx: &mut Tx, hub: HubId, closes: &[Uuid]) -> Result<Vec<(Uuid, AcademicYear)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT c.id, c.year FROM wanted w JOIN year_closes c ON c.hub_id = w.hub_id AND c.id = w.id",
        closes,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

/// The names of schools and of their successors.
pub(super) async fn successions_in_words(
    tx: &mut Tx,
    hub: HubId,
    successions: &[Uuid],
) -> Result<Vec<(Uuid, String, String)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT d.id, a.name, b.name
         FROM wanted w
         JOIN successions d ON d.hub_id = w.hub_id AND d.id = w.id
         JOIN schools a ON a.hub_id = d.hub_id AND a.id = d.school_id
         JOIN schools b ON b.hub_id = d.hub_id AND b.id = d.successor_id",
        successions,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}
