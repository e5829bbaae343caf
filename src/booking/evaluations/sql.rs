//! Every statement of the evaluations.

use chrono::{DateTime, Utc};

use super::{Evaluation, ToGive};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{BookingId, EventId, HubId, PersonId};
use crate::base::text::Prose;

/// The event of the delegate's own booking, and whether it was attended.
pub(super) async fn booking(
    tx: &mut Tx,
    hub: HubId,
    booking: BookingId,
    delegate: PersonId,
) -> Result<Option<(EventId, bool)>> {
    tx.query("SELECT event_id, (state = 'attended') AS attended FROM bookings WHERE hub_id = $1 AND id = $2 AND person_id = $3")
        .bind(hub)
        .bind(booking)
        .bind(delegate)
        .optional()
        .await
}

pub(super) async fn insert(tx: &mut Tx, hub: HubId, evaluation: &Evaluation, place: String) -> Result<Changed> {
    tx.query(
        "INSERT INTO evaluations (hub_id, booking_id, event_id, rating, comment, place, given_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(hub)
    .bind(evaluation.booking_id)
    .bind(evaluation.event_id)
    .bind(evaluation.rating)
    .bind(evaluation.comment.clone())
    .bind(place)
    .bind(evaluation.given_at)
    .bind(evaluation.version)
    .run()
    .await
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, booking: BookingId, delegate: PersonId) -> Result<Option<Evaluation>> {
    tx.query(
        "SELECT v.booking_id, v.event_id, v.rating, v.comment, v.given_at, v.version
         FROM evaluations v
         JOIN bookings b ON b.hub_id = v.hub_id AND b.id = v.booking_id
         WHERE v.hub_id = $1 AND v.booking_id = $2 AND b.person_id = $3",
    )
    .bind(hub)
    .bind(booking)
    .bind(delegate)
    .optional()
    .await
}

pub(super) async fn to_give(
    tx: &mut Tx,
    hub: HubId,
    delegate: PersonId,
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<ToGive>> {
    tx.query(
        "SELECT b.id AS booking_id, e.title AS event_title, e.ends_at, e.evaluation_required AS required
         FROM bookings b
         JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
         WHERE b.hub_id = $1 AND b.person_id = $2 AND b.state = 'attended' AND (e.ends_at > $3 OR e.evaluation_required)
           AND NOT EXISTS (SELECT 1 FROM evaluations v WHERE v.hub_id = b.hub_id AND v.booking_id = b.id)
         ORDER BY e.ends_at DESC, b.id LIMIT $4",
    )
    .bind(hub)
    .bind(delegate)
    .bind(since)
    .bind(limit)
    .all()
    .await
}

/// Those who attended the event, whose certificates wait for an evaluation that they have neither given nor been asked
/// for, by `notices_evaluation_asked`.
pub(super) async fn to_ask(tx: &mut Tx, hub: HubId, event: EventId) -> Result<Vec<(BookingId, PersonId)>> {
    tx.query(
        "SELECT b.id, b.person_id
         FROM bookings b
         JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id AND e.evaluation_required
         WHERE b.hub_id = $1 AND b.event_id = $2 AND b.state = 'attended' AND b.person_id IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM evaluations v WHERE v.hub_id = b.hub_id AND v.booking_id = b.id)
           AND NOT EXISTS (SELECT 1 FROM certificates c WHERE c.hub_id = b.hub_id AND c.booking_id = b.id AND c.valid)
           AND NOT EXISTS (
               SELECT 1 FROM notices n
               WHERE n.hub_id = b.hub_id AND n.booking_id = b.id AND n.kind = 'evaluation_asked')
         ORDER BY b.line",
    )
    .bind(hub)
    .bind(event)
    .all()
    .await
}

pub(super) async fn update(tx: &mut Tx, hub: HubId, evaluation: &Evaluation) -> Result<Option<Evaluation>> {
    tx.query(
        "UPDATE evaluations SET rating = $4, comment = $5, version = version + 1
         WHERE hub_id = $1 AND booking_id = $2 AND version = $3
         RETURNING booking_id, event_id, rating, comment, given_at, version",
    )
    .bind(hub)
    .bind(evaluation.booking_id)
    .bind(evaluation.version)
    .bind(evaluation.rating)
    .bind(evaluation.comment.clone())
    .optional()
    .await
}

/// Takes the comments of a delegate away; their ratings count on, and tell nobody whose they are.
pub(super) async fn erase_comments(tx: &mut Tx, hub: HubId, delegate: PersonId) -> Result<Changed> {
    tx.query(
        "UPDATE evaluations SET comment = NULL
         WHERE hub_id = $1 AND comment IS NOT NULL
           AND booking_id IN (SELECT b.id FROM bookings b WHERE b.hub_id = $1 AND b.person_id = $2)",
    )
    .bind(hub)
    .bind(delegate)
    .run()
    .await
}

/// How many gave each rating.
pub(super) async fn counts(tx: &mut Tx, hub: HubId, event: EventId) -> Result<Vec<(i64, i64)>> {
    tx.query("SELECT rating, COUNT(*) AS given FROM evaluations WHERE hub_id = $1 AND event_id = $2 GROUP BY rating")
        .bind(hub)
        .bind(event)
        .all()
        .await
}

pub(super) async fn comments(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    after: String,
    limit: i64,
) -> Result<Vec<(String, Prose)>> {
    tx.query(
        "SELECT place, comment FROM evaluations
         WHERE hub_id = $1 AND event_id = $2 AND place > $3 AND comment IS NOT NULL
         ORDER BY place LIMIT $4",
    )
    .bind(hub)
    .bind(event)
    .bind(after)
    .bind(limit)
    .all()
    .await
}

pub(super) async fn required(tx: &mut Tx, hub: HubId, event: EventId) -> Result<bool> {
    let row: Option<(bool,)> = tx
        .query("SELECT evaluation_required FROM events WHERE hub_id = $1 AND id = $2")
        .bind(hub)
        .bind(event)
        .optional()
        .await?;
    Ok(row.is_some_and(|row| row.0))
}

pub(super) async fn require(tx: &mut Tx, hub: HubId, event: EventId, required: bool) -> Result<Changed> {
    tx.query("UPDATE events SET evaluation_required = $3 WHERE hub_id = $1 AND id = $2")
        .bind(hub)
        .bind(event)
        .bind(required)
        .run()
        .await
}
