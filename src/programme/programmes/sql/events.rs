//! Every statement of the events except those of the catalogue.

use chrono::{DateTime, Utc};

use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{EventId, HubId, ProgrammeId};
use crate::base::text::Line;
use crate::programme::programmes::event::Event;

/// The columns of an event.
macro_rules! columns {
    () => {
        "id, programme_id, title, state, year, capacity, held, waiting, line, price, opens_at, closes_at, policy, admission, minimum, decide_by,
         threshold_percent, excused, late_after_minutes, starts_at, ends_at, version, created_at, published_at, rescheduled_at, schedule, completed_at, cancelled_at, cancelled_because"
    };
}

pub(in crate::programme::programmes) async fn insert(
    tx: &mut Tx,
    hub: HubId,
    event: &Event,
    search: String,
) -> Result<Changed> {
    tx.query(
        "INSERT INTO events (hub_id, id, programme_id, title, search, state, year, capacity, held, waiting, line, price, opens_at, closes_at, policy, starts_at, ends_at, version, created_at, published_at, threshold_percent, excused, late_after_minutes, admission, minimum, decide_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, $9, $10, $11, $12, $13, $14, $15, $16, NULL, $17, $18, $19, $20, $21, $22)",
    )
    .bind(hub)
    .bind(event.id)
    .bind(event.programme_id)
    .bind(event.title.clone())
    .bind(search)
    .bind(event.state)
    .bind(event.year)
    .bind(event.capacity)
    .bind(event.price)
    .bind(event.opens_at)
    .bind(event.closes_at)
    .bind(event.policy.clone())
    .bind(event.starts_at)
    .bind(event.ends_at)
    .bind(event.version)
    .bind(event.created_at)
    .bind(event.attendance.threshold_percent)
    .bind(event.attendance.excused)
    .bind(event.attendance.late_after_minutes)
    .bind(event.admission.clone())
    .bind(event.minimum)
    .bind(event.decide_by)
    .run()
    .await
}

pub(in crate::programme::programmes) async fn get(tx: &mut Tx, hub: HubId, id: EventId) -> Result<Option<Event>> {
    tx.query(concat!("SELECT ", columns!(), " FROM events WHERE hub_id = $1 AND id = $2"))
        .bind(hub)
        .bind(id)
        .optional()
        .await
}

/// Writes what may change of an event, if it still has the version that was read.
pub(in crate::programme::programmes) async fn update(
    tx: &mut Tx,
    hub: HubId,
    event: &Event,
    search: String,
) -> Result<Option<Event>> {
    tx.query(
        concat!(
            "UPDATE events SET title = $4, search = $5, year = $6, capacity = $7, price = $8, opens_at = $9,
                           closes_at = $10, policy = $11, starts_at = $12, ends_at = $13, threshold_percent = $14,
                           excused = $15, late_after_minutes = $16,
                           admission = $17, minimum = $18, decide_by = $19, rescheduled_at = $20, schedule = $21, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND version = $3
         RETURNING ",
            columns!()
        ),
    )
    .bind(hub)
    .bind(event.id)
    .bind(event.version)
    .bind(event.title.clone())
    .bind(search)
    .bind(event.year)
    .bind(event.capacity)
    .bind(event.price)
    .bind(event.opens_at)
    .bind(event.closes_at)
    .bind(event.policy.clone())
    .bind(event.starts_at)
    .bind(event.ends_at)
    .bind(event.attendance.threshold_percent)
    .bind(event.attendance.excused)
    .bind(event.attendance.late_after_minutes)
    .bind(event.admission.clone())
    .bind(event.minimum)
    .bind(event.decide_by)
    .bind(event.rescheduled_at)
    .bind(event.schedule)
    .optional()
    .await
}

pub(in crate::programme::programmes) async fn publish(
    tx: &mut Tx,
    hub: HubId,
    id: EventId,
    now: DateTime<Utc>,
) -> Result<Option<Event>> {
    tx.query(concat!(
        "UPDATE events SET state = 'published', published_at = $3, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND state = 'draft'
         RETURNING ",
        columns!()
    ))
    .bind(hub)
    .bind(id)
    .bind(now)
    .optional()
    .await
}

pub(in crate::programme::programmes) async fn delete(tx: &mut Tx, hub: HubId, id: EventId) -> Result<Changed> {
    tx.query("DELETE FROM events WHERE hub_id = $1 AND id = $2 AND state = 'draft'").bind(hub).bind(id).run().await
}

pub(in crate::programme::programmes) async fn titles(
    tx: &mut Tx,
    hub: HubId,
    programme: ProgrammeId,
) -> Result<Vec<(EventId, Line)>> {
    tx.query("SELECT id, title FROM events WHERE hub_id = $1 AND programme_id = $2")
        .bind(hub)
        .bind(programme)
        .all()
        .await
}

pub(in crate::programme::programmes) async fn update_search(
    tx: &mut Tx,
    hub: HubId,
    texts: &[(EventId, String)],
) -> Result<Changed> {
    tx.rows::<3, _>(
        "WITH new (hub_id, id, search) AS (VALUES $rows)
         UPDATE events SET search = new.search FROM new WHERE events.hub_id = new.hub_id AND events.id = new.id",
        texts,
        |query, (id, search)| query.bind(hub).bind(*id).bind(search.clone()),
    )
    .await
}
