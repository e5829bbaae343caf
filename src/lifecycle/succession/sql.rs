//! Every statement of the successions.

use chrono::NaiveDate;

use super::{HeldTicket, LiveBooking, Member, Neighbour, Offered, OpenGift, Provided, Wallet};
use crate::base::db::{Result, Tx};
use crate::base::ids::{HubId, PersonId, SchoolId};

/// A school and its successor.
type Pair = (SchoolId, SchoolId);

pub(super) async fn wallets(tx: &mut Tx, hub: HubId, (school, successor): Pair) -> Result<Vec<Wallet>> {
    tx.query(
        "SELECT a.id AS account_id, a.year, a.wallet AS kind, a.balance AS credits, COALESCE(b.balance, 0) AS successor_has
         FROM accounts a
         JOIN academic_years y ON y.hub_id = a.hub_id AND y.year = a.year AND y.state = 'open'
         LEFT JOIN accounts b ON b.hub_id = a.hub_id AND b.school_id = $3 AND b.kind = 'wallet' AND b.year = a.year AND b.wallet = a.wallet
         WHERE a.hub_id = $1 AND a.school_id = $2 AND a.kind = 'wallet'
         ORDER BY a.year, a.wallet",
    )
    .bind(hub)
    .bind(school)
    .bind(successor)
    .all()
    .await
}

pub(super) async fn bookings(tx: &mut Tx, hub: HubId, school: SchoolId) -> Result<Vec<LiveBooking>> {
    tx.query(
        "SELECT b.id, b.event_id, e.title AS event_title, e.starts_at, e.admission, b.person_id, p.name AS person_name, b.state,
                (b.approved_at IS NULL) AS undecided, b.offered_until, b.held, b.version
         FROM bookings b
         JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
         LEFT JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
         WHERE b.hub_id = $1 AND b.school_id = $2 AND b.live
         ORDER BY b.id",
    )
    .bind(hub)
    .bind(school)
    .all()
    .await
}

/// The live bookings of the successor on events on which the school also has one.
pub(super) async fn neighbours(tx: &mut Tx, hub: HubId, (school, successor): Pair) -> Result<Vec<Neighbour>> {
    tx.query(
        "SELECT b.event_id, p.name AS person_name
         FROM bookings b
         LEFT JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
         WHERE b.hub_id = $1 AND b.school_id = $3 AND b.live
           AND b.event_id IN (SELECT o.event_id FROM bookings o WHERE o.hub_id = $1 AND o.school_id = $2 AND o.live)
         ORDER BY b.id",
    )
    .bind(hub)
    .bind(school)
    .bind(successor)
    .all()
    .await
}

pub(super) async fn people(tx: &mut Tx, hub: HubId, school: SchoolId) -> Result<Vec<Member>> {
    tx.query(
        "SELECT id, name, role, disabled_at, version FROM people WHERE hub_id = $1 AND school_id = $2 ORDER BY name_key, id",
    )
    .bind(hub)
    .bind(school)
    .all()
    .await
}

pub(super) async fn leads(tx: &mut Tx, hub: HubId, school: SchoolId) -> Result<Vec<(PersonId,)>> {
    tx.query(
        "SELECT id FROM people
         WHERE hub_id = $1 AND school_id = $2 AND role = 'school_lead' AND disabled_at IS NULL ORDER BY id",
    )
    .bind(hub)
    .bind(school)
    .all()
    .await
}

/// The tickets that can be used on the day, or that a live booking holds.
pub(super) async fn tickets(tx: &mut Tx, hub: HubId, school: SchoolId, day: NaiveDate) -> Result<Vec<HeldTicket>> {
    tx.query(
        "SELECT t.id, y.name AS type_name, p.name AS person_name, t.state, t.version
         FROM tickets t
         JOIN ticket_types y ON y.hub_id = t.hub_id AND y.id = t.type_id
         JOIN people p ON p.hub_id = t.hub_id AND p.id = t.person_id
         LEFT JOIN bookings b ON b.hub_id = t.hub_id AND b.id = t.booking_id
         WHERE t.hub_id = $1 AND t.school_id = $2
           AND ((t.state = 'issued' AND (t.valid_until IS NULL OR t.valid_until >= $3)) OR (t.state = 'used' AND b.live))
         ORDER BY t.id",
    )
    .bind(hub)
    .bind(school)
    .bind(day)
    .all()
    .await
}

pub(super) async fn programmes(tx: &mut Tx, hub: HubId, school: SchoolId) -> Result<Vec<Provided>> {
    tx.query(
        "SELECT id, title, version FROM programmes WHERE hub_id = $1 AND provider_school_id = $2 ORDER BY title, id",
    )
    .bind(hub)
    .bind(school)
    .all()
    .await
}

/// The offers of the school that are not closed.
pub(super) async fn offers(tx: &mut Tx, hub: HubId, school: SchoolId) -> Result<Vec<Offered>> {
    tx.query(
        "SELECT id, title, status, version FROM offers
         WHERE hub_id = $1 AND school_id = $2 AND status <> 'closed' ORDER BY title, id",
    )
    .bind(hub)
    .bind(school)
    .all()
    .await
}

/// The unanswered gifts from the school or to it.
pub(super) async fn gifts(tx: &mut Tx, hub: HubId, school: SchoolId) -> Result<Vec<OpenGift>> {
    tx.query(
        "SELECT g.id, g.from_school_id, f.name AS from_school_name, g.to_school_id, t.name AS to_school_name, g.year, g.wallet, g.amount
         FROM transfers g
         JOIN schools f ON f.hub_id = g.hub_id AND f.id = g.from_school_id
         JOIN schools t ON t.hub_id = g.hub_id AND t.id = g.to_school_id
         WHERE g.hub_id = $1 AND (g.from_school_id = $2 OR g.to_school_id = $2) AND g.state = 'offered'
         ORDER BY g.id",
    )
    .bind(hub)
    .bind(school)
    .all()
    .await
}

/// How many corrections of the school's wallets are proposed.
pub(super) async fn proposed(tx: &mut Tx, hub: HubId, school: SchoolId) -> Result<i64> {
    let (count,) = tx
        .query("SELECT COUNT(*) FROM adjustments WHERE hub_id = $1 AND school_id = $2 AND state = 'proposed'")
        .bind(hub)
        .bind(school)
        .one()
        .await?;
    Ok(count)
}
