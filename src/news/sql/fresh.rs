//! Every statement that reads what is new.

use chrono::{DateTime, Utc};

use crate::base::clock::first_id;
use crate::base::credits::Credits;
use crate::base::db::{Result, Tx};
use crate::base::ids::HubId;
use crate::base::year::AcademicYear;
use crate::news::{Achieved, Added, Coming};

/// Events to come, after the second parameter; goes on with the conditions.
macro_rules! coming {
    ($conditions:literal) => {
        concat!(
            "SELECT e.id, e.title, COALESCE(s.name, q.name, h.name) AS provider_name
             FROM events e
             JOIN programmes p ON p.hub_id = e.hub_id AND p.id = e.programme_id
             JOIN hubs h ON h.id = e.hub_id
             LEFT JOIN schools s ON s.hub_id = p.hub_id AND s.id = p.provider_school_id
             LEFT JOIN partners q ON q.hub_id = p.hub_id AND q.id = p.provider_partner_id
             WHERE e.hub_id = $1 AND e.starts_at > $2 AND e.state = 'published' AND ",
            $conditions
        )
    };
}

/// Those that were published after an instant, the next first.
pub(in crate::news) async fn published(
    tx: &mut Tx,
    hub: HubId,
    (since, now): (DateTime<Utc>, DateTime<Utc>),
    limit: i64,
) -> Result<Vec<Coming>> {
    tx.query(coming!("e.published_at > $3 ORDER BY e.starts_at, e.id LIMIT $4"))
        .bind(hub)
        .bind(now)
        .bind(since)
        .bind(limit)
        .all()
        .await
}

/// Those that were published by an instant and of which booking closes by the last, with places left; the next to close
/// first.
pub(in crate::news) async fn closing(
    tx: &mut Tx,
    hub: HubId,
    (since, now, by): (DateTime<Utc>, DateTime<Utc>, DateTime<Utc>),
    limit: i64,
) -> Result<Vec<Coming>> {
    tx.query(coming!(
        "e.published_at <= $3 AND e.held < e.capacity
           AND COALESCE(e.closes_at, e.starts_at) > $2 AND COALESCE(e.closes_at, e.starts_at) <= $4
         ORDER BY COALESCE(e.closes_at, e.starts_at), e.id LIMIT $5"
    ))
    .bind(hub)
    .bind(now)
    .bind(since)
    .bind(by)
    .bind(limit)
    .all()
    .await
}

/// The programmes that were added after an instant and of which no event was announced.
pub(in crate::news) async fn programmes(
    tx: &mut Tx,
    hub: HubId,
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Added>> {
    tx.query(
        "SELECT p.title, COALESCE(s.name, q.name, h.name) AS provider_name
         FROM programmes p
         JOIN hubs h ON h.id = p.hub_id
         LEFT JOIN schools s ON s.hub_id = p.hub_id AND s.id = p.provider_school_id
         LEFT JOIN partners q ON q.hub_id = p.hub_id AND q.id = p.provider_partner_id
         WHERE p.hub_id = $1 AND p.id >= $2 AND p.created_at > $3 AND p.state = 'published'
           AND NOT EXISTS (
               SELECT 1 FROM events e
               WHERE e.hub_id = p.hub_id AND e.programme_id = p.id AND e.state IN ('published', 'completed'))
         ORDER BY p.id LIMIT $4",
    )
    .bind(hub)
    .bind(first_id(since))
    .bind(since)
    .bind(limit)
    .all()
    .await
}

/// The places that were taken, and the certificates that were issued, since an instant.
pub(in crate::news) async fn achieved(tx: &mut Tx, hub: HubId, since: DateTime<Utc>) -> Result<Achieved> {
    tx.query(
        "SELECT (SELECT COUNT(*) FROM bookings b
                 WHERE b.hub_id = $1 AND b.id >= $2 AND b.requested_at > $3 AND b.state IN ('confirmed', 'attended')) AS places,
                (SELECT COUNT(*) FROM certificates c
                 WHERE c.hub_id = $1 AND c.valid AND c.issued_at > $3) AS certificates,
                (SELECT COUNT(DISTINCT c.person_id) FROM certificates c
                 WHERE c.hub_id = $1 AND c.valid AND c.issued_at > $3) AS people,
                CAST((SELECT COALESCE(SUM(c.minutes), 0) FROM certificates c
                      WHERE c.hub_id = $1 AND c.valid AND c.issued_at > $3) AS BIGINT) AS minutes
         FROM hubs h WHERE h.id = $1",
    )
    .bind(hub)
    .bind(first_id(since))
    .bind(since)
    .one()
    .await
}

/// The years that are open, each with what is left in the wallets of it, where anything is.
pub(in crate::news) async fn left_of_open_years(tx: &mut Tx, hub: HubId) -> Result<Vec<(AcademicYear, Credits)>> {
    tx.query(
        "SELECT y.year, CAST(SUM(a.balance) AS BIGINT) AS left_over
         FROM academic_years y
         JOIN accounts a ON a.hub_id = y.hub_id AND a.year = y.year
         WHERE y.hub_id = $1 AND y.state = 'open' AND a.kind = 'wallet' AND a.balance > 0
         GROUP BY y.year ORDER BY y.year",
    )
    .bind(hub)
    .all()
    .await
}
