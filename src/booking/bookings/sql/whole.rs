//! Every statement about the bookings of a whole event: completing it, correcting its register, calling it off.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::base::credits::Credits;
use crate::base::db::{Changed, Result, Tx, Writes};
use crate::base::ids::{AccountId, BookingId, EventId, HubId, PartnerId, PersonId, SchoolId};
use crate::base::seal::{Form, Hash};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::booking::bookings::Booking;
use crate::ledger::{AccountKind, AccountName, WalletKind};
use crate::members::schools::Successors;
use crate::programme::programmes::Provider;
use crate::programme::programmes::attendance::{Attendance, Mark};

#[derive(sqlx::FromRow)]
pub(in crate::booking::bookings) struct SettlingRow {
    pub(in crate::booking::bookings) id: EventId,
    pub(in crate::booking::bookings) ends_at: DateTime<Utc>,
    #[sqlx(flatten)]
    pub(in crate::booking::bookings) attendance: Attendance,
    provider_school_id: Option<SchoolId>,
    provider_partner_id: Option<PartnerId>,
    pub(in crate::booking::bookings) payee_id: Option<AccountId>,
    pub(in crate::booking::bookings) payee_balance: Option<Credits>,
    pub(in crate::booking::bookings) payee_is_closed: bool,
    pub(in crate::booking::bookings) payee_is_succeeded: bool,
    pub(in crate::booking::bookings) payee_year: Option<AcademicYear>,
    payee_kind: Option<AccountKind>,
    payee_school_id: Option<SchoolId>,
}

impl SettlingRow {
    /// The provider: the table's checks allow at most one of the two.
    pub(in crate::booking::bookings) fn provider(&self) -> Provider {
        match (self.provider_school_id, self.provider_partner_id) {
            (Some(school), _) => Provider::School(school),
            (None, Some(partner)) => Provider::Partner(partner),
            (None, None) => Provider::Hub,
        }
    }

    /// The account of that year that belongs to whoever was paid, or to their successor; none where it was not an
    /// account of a year.
    pub(in crate::booking::bookings) fn payee_of(
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

pub(in crate::booking::bookings) async fn settling(
    tx: &mut Tx,
    hub: HubId,
    events: &[EventId],
) -> Result<Vec<SettlingRow>> {
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

/// The bookings that are live, hold credits, or were settled.
pub(in crate::booking::bookings) async fn bookings(
    tx: &mut Tx,
    hub: HubId,
    events: &[EventId],
) -> Result<Vec<Booking>> {
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

/// How often each mark appears in the registers of the events, for each booking: the newest of each session.
pub(in crate::booking::bookings) async fn tallies(
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

pub(in crate::booking::bookings) async fn complete(
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

/// What decided the payment of an event's provider. None of it changes once the event is completed.
#[derive(sqlx::FromRow)]
struct SettledRow {
    programme_id: Uuid,
    year: String,
    capacity: i64,
    price: i64,
    policy: String,
    admission: String,
    minimum: Option<i64>,
    decide_by: Option<NaiveDate>,
    opens_at: Option<DateTime<Utc>>,
    closes_at: Option<DateTime<Utc>>,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    schedule: i64,
    threshold_percent: i64,
    excused: String,
    late_after_minutes: i64,
    published_at: Option<DateTime<Utc>>,
    completed_by: Option<Uuid>,
    completed_at: Option<DateTime<Utc>>,
    payee_id: Option<Uuid>,
}

/// The digest of what decided the payment; none where there is no such event, or it is not completed.
pub(in crate::booking::bookings) async fn grounds(tx: &mut Tx, hub: HubId, event: EventId) -> Result<Option<Hash>> {
    let row: Option<SettledRow> = tx
        .query(
            "SELECT programme_id, year, capacity, price, policy, admission, minimum, decide_by, opens_at, closes_at, starts_at, ends_at, schedule,
                    threshold_percent, excused, late_after_minutes, published_at, completed_by, completed_at, payee_id
             FROM events WHERE hub_id = $1 AND id = $2 AND state = 'completed'",
        )
        .bind(hub)
        .bind(event)
        .optional()
        .await?;
    let digest = |row: SettledRow| {
        Form::of("hub-credits/event/1")
            .id(event.0)
            .id(row.programme_id)
            .words(row.year.as_str())
            .number(row.capacity)
            .number(row.price)
            .words(row.policy.as_str())
            .words(row.admission.as_str())
            .number(row.minimum)
            .day(row.decide_by)
            .instant(row.opens_at)
            .instant(row.closes_at)
            .instant(row.starts_at)
            .instant(row.ends_at)
            .number(row.schedule)
            .number(row.threshold_percent)
            .words(row.excused.as_str())
            .number(row.late_after_minutes)
            .instant(row.published_at)
            .id(row.completed_by)
            .instant(row.completed_at)
            .id(row.payee_id)
            .hash()
    };
    Ok(row.map(digest))
}

pub(in crate::booking::bookings) async fn call_off(
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

pub(in crate::booking::bookings) fn update_events(
    tx: &Tx,
    writes: &mut Writes,
    hub: HubId,
    counters: &[super::Counters],
) {
    writes.add::<5, _>(
        tx,
        "WITH new (hub_id, id, held, waiting, line) AS (VALUES $rows)
         UPDATE events SET held = new.held, waiting = new.waiting, line = new.line
         FROM new WHERE events.hub_id = new.hub_id AND events.id = new.id",
        counters,
        |query, event| {
            query
                .bind(hub)
                .bind(event.map(|event| event.id))
                .bind(event.map(|event| event.held))
                .bind(event.map(|event| event.waiting))
                .bind(event.map(|event| event.line))
        },
    );
}
