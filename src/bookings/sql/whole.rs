//! Every statement about the bookings of a whole event: completing it, correcting its register, calling it
//! off.

use chrono::{DateTime, Utc};

use crate::bookings::Booking;
use crate::credits::Credits;
use crate::db::{Changed, Result, Tx};
use crate::ids::{AccountId, BookingId, EventId, HubId, PartnerId, PersonId, SchoolId};
use crate::ledger::{AccountKind, AccountName, WalletKind};
use crate::programmes::Provider;
use crate::programmes::attendance::{Attendance, Mark};
use crate::schools::Successors;
use crate::text::Line;
use crate::year::AcademicYear;

#[derive(sqlx::FromRow)]
pub(in crate::bookings) struct SettlingRow {
    pub(in crate::bookings) id: EventId,
    pub(in crate::bookings) ends_at: DateTime<Utc>,
    #[sqlx(flatten)]
    pub(in crate::bookings) attendance: Attendance,
    provider_school_id: Option<SchoolId>,
    provider_partner_id: Option<PartnerId>,
    pub(in crate::bookings) payee_id: Option<AccountId>,
    pub(in crate::bookings) payee_balance: Option<Credits>,
    pub(in crate::bookings) payee_is_closed: bool,
    pub(in crate::bookings) payee_is_succeeded: bool,
    pub(in crate::bookings) payee_year: Option<AcademicYear>,
    payee_kind: Option<AccountKind>,
    payee_school_id: Option<SchoolId>,
}

impl SettlingRow {
    /// The provider: the table's checks allow one of the two at most.
    pub(in crate::bookings) fn provider(&self) -> Provider {
        match (self.provider_school_id, self.provider_partner_id) {
            (Some(school), _) => Provider::School(school),
            (None, Some(partner)) => Provider::Partner(partner),
            (None, None) => Provider::Hub,
        }
    }

    /// The account of that year of whoever was paid, or stands in its place; none where it was no account of a year.
    pub(in crate::bookings) fn payee_of(
        &self,
        year: Option<AcademicYear>,
        successors: &Successors,
    ) -> Option<AccountName> {
        match (self.payee_kind?, self.payee_school_id) {
            (AccountKind::Income, _) => Some(AccountName::Income(year?)),
            (AccountKind::Wallet, Some(school)) => {
                Some(AccountName::Wallet(successors.of(school), year?, WalletKind::Earned))
            }
            _ => None,
        }
    }
}

pub(in crate::bookings) async fn settling(tx: &mut Tx, hub: HubId, events: &[EventId]) -> Result<Vec<SettlingRow>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT e.id, e.ends_at, e.threshold_percent, e.excused, e.late_after_minutes, p.provider_school_id, p.provider_partner_id,
                e.payee_id, a.balance AS payee_balance, (y.state IS NOT NULL AND y.state = 'closed') AS payee_is_closed,
                a.kind AS payee_kind, a.school_id AS payee_school_id, a.year AS payee_year, (s.successor_id IS NOT NULL) AS payee_is_succeeded
         FROM wanted w
         JOIN events e ON e.hub_id = w.hub_id AND e.id = w.id
         JOIN programmes p ON p.hub_id = e.hub_id AND p.id = e.programme_id
         LEFT JOIN accounts a ON a.hub_id = e.hub_id AND a.id = e.payee_id
         LEFT JOIN schools s ON s.hub_id = a.hub_id AND s.id = a.school_id
         LEFT JOIN academic_years y ON y.hub_id = a.hub_id AND y.year = a.year",
        events,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

/// Those that are live, hold credits, or were settled.
pub(in crate::bookings) async fn bookings(tx: &mut Tx, hub: HubId, events: &[EventId]) -> Result<Vec<Booking>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, event_id) AS (VALUES $rows)
         SELECT b.id, b.event_id, b.person_id, b.school_id, b.state, b.line, b.price, b.held, b.policy, b.requested_by, b.requested_at,
                b.approved_by, b.approved_at, b.ended_by, b.ended_at, b.passed_over_at, b.names_by, b.offered_until, b.moved_to, b.approve_by, b.schedule, b.ticket_id, b.version
         FROM wanted w JOIN bookings b ON b.hub_id = w.hub_id AND b.event_id = w.event_id
         WHERE b.live OR b.held > 0 OR b.state IN ('attended', 'no_show')
         ORDER BY b.event_id, b.line",
        events,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

/// How often each mark stands in the registers of the events, for each booking: the newest of each session.
pub(in crate::bookings) async fn tallies(
    tx: &mut Tx,
    hub: HubId,
    events: &[EventId],
) -> Result<Vec<(BookingId, Mark, i64)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, event_id) AS (VALUES $rows)
         SELECT m.booking_id, m.mark, COUNT(*)
         FROM wanted w JOIN register_marks m ON m.hub_id = w.hub_id AND m.event_id = w.event_id
         WHERE NOT EXISTS (
             SELECT 1 FROM register_marks n
             WHERE n.hub_id = m.hub_id AND n.event_id = m.event_id AND n.booking_id = m.booking_id
               AND n.session_id = m.session_id AND n.revision > m.revision)
         GROUP BY m.booking_id, m.mark",
        events,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

pub(in crate::bookings) async fn complete(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    by: Option<PersonId>,
    payee: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.query(
        "UPDATE events SET state = 'completed', completed_at = $3, completed_by = $4, payee_id = $5, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND state = 'published'",
    )
    .bind(hub)
    .bind(event)
    .bind(now)
    .bind(by)
    .bind(payee)
    .run()
    .await
}

pub(in crate::bookings) async fn call_off(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    by: Option<PersonId>,
    reason: &Line,
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.query(
        "UPDATE events SET state = 'cancelled', cancelled_at = $3, cancelled_by = $4, cancelled_because = $5, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND state = 'published'",
    )
    .bind(hub)
    .bind(event)
    .bind(now)
    .bind(by)
    .bind(reason.clone())
    .run()
    .await
}
