//! Every statement about the bookings of those who are disabled, or no longer at a school.

use chrono::{DateTime, Utc};

use crate::base::db::{Result, Tx};
use crate::base::ids::{BookingId, HubId, PersonId};
use crate::booking::bookings::OpenBooking;

/// Somebody's live bookings with what they are on, in the order of the events.
pub(in crate::booking::bookings) async fn open_of(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
) -> Result<Vec<OpenBooking>> {
    tx.query(
        "SELECT b.id, b.event_id, e.title AS event_title, e.starts_at, e.ends_at, b.school_id, b.state, b.held, b.version
         FROM bookings b
         JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
         WHERE b.hub_id = $1 AND b.person_id = $2 AND b.live = TRUE
         ORDER BY e.starts_at, b.id",
    )
    .bind(hub)
    .bind(person)
    .all()
    .await
}

/// The remaining requests and waiting-list entries of those who were disabled before disabling ended them, or who were
/// made hub manager and are at no school any more.
pub(in crate::booking::bookings) async fn left_over(
    tx: &mut Tx,
    hub: HubId,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(BookingId,)>> {
    tx.query(LEFT_OVER).bind(hub).bind(now).bind(limit).all().await
}

/// SQLite keeps the order of cross joins; left to itself it would walk all the hub's bookings.
const LEFT_OVER: &str = "SELECT b.id AS id
     FROM people p CROSS JOIN bookings b
     WHERE p.hub_id = $1 AND p.disabled_at <= $2
       AND b.hub_id = p.hub_id AND b.person_id = p.id AND b.live = TRUE AND b.state IN ('requested', 'waitlisted')
     UNION
     SELECT b.id
     FROM people p CROSS JOIN bookings b
     WHERE p.hub_id = $1 AND p.role = 'hub_manager'
       AND b.hub_id = p.hub_id AND b.person_id = p.id AND b.live = TRUE AND b.state IN ('requested', 'waitlisted')
     ORDER BY id LIMIT $3";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn only_those_who_have_left_are_looked_at() {
        let plan = plan(LEFT_OVER).await;
        for index in ["people_disabled", "people_of_role"] {
            assert!(plan.iter().any(|step| step.starts_with("SEARCH p ") && step.contains(index)), "{plan:#?}");
        }
        assert!(!plan.iter().any(|step| step.starts_with("SCAN b")), "{plan:#?}");
    }
}
