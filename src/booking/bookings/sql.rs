//! Every statement of the bookings.

pub(super) mod approval;
pub(super) mod came_back;
pub(super) mod due;
pub(super) mod handed_on;
pub(super) mod heirs;
pub(super) mod leaving;
pub(super) mod merging;
pub(super) mod of_year;
pub(super) mod reasons;
pub(super) mod reminding;
pub(super) mod sealed;
pub(super) mod views;
pub(super) mod whole;

use chrono::{DateTime, NaiveDate, Utc};

use super::Booking;
use super::decide::{Event, Known, School};
use crate::base::credits::Credits;
use crate::base::db::{Changed, Result, Tx, Writes};
use crate::base::ids::{AccountId, BookingId, EventId, HubId, PersonId, PriorityId, ProgrammeId, SchoolId};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::ledger::idempotency::{self, Keyed};
use crate::members::people::Role;
use crate::members::schools::{Membership, Phase};
use crate::programme::programmes::Kind;
use crate::programme::tickets::Covered;

#[derive(sqlx::FromRow)]
pub(super) struct EventRow {
    pub(super) id: EventId,
    #[sqlx(flatten)]
    pub(super) event: Event,
}

pub(super) struct Counters {
    pub(super) id: EventId,
    pub(super) held: i64,
    pub(super) waiting: i64,
    pub(super) line: i64,
}

/// A person, and their school.
type Stranger = (PersonId, Known, Option<(SchoolId, School)>);

/// A row with a person, or without one.
#[derive(sqlx::FromRow)]
struct PersonRow {
    id: Option<PersonId>,
    name: Option<Line>,
    role: Option<Role>,
    school_id: Option<SchoolId>,
    school_name: Option<Line>,
    phase: Option<Phase>,
    membership: Option<Membership>,
    own_approval: Option<bool>,
    second_person: Option<bool>,
    approval_limit: Option<Credits>,
    left_on: Option<NaiveDate>,
    disabled_at: Option<DateTime<Utc>>,
}

impl PersonRow {
    fn person(self) -> Option<Stranger> {
        let school = self.school();
        let of = self.school_id.zip(self.school_name);
        let known = Known { name: self.name?, role: self.role?, school: of, disabled: self.disabled_at.is_some() };
        Some((self.id?, known, school))
    }

    fn school(&self) -> Option<(SchoolId, School)> {
        let (id, name) = (self.school_id?, self.school_name.clone()?);
        let (phase, membership, own_approval) = (self.phase?, self.membership?, self.own_approval?);
        let (second_person, approval_limit, left_on) = (self.second_person?, self.approval_limit, self.left_on);
        Some((id, School { name, phase, membership, own_approval, second_person, approval_limit, left_on }))
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct SchoolRow {
    pub(super) id: SchoolId,
    #[sqlx(flatten)]
    pub(super) school: School,
}

/// A booking that a command names, with the names for the answer.
#[derive(sqlx::FromRow)]
pub(super) struct Named {
    #[sqlx(flatten)]
    pub(super) booking: Booking,
    pub(super) person_name: Option<Line>,
    pub(super) school_name: Line,
    pub(super) delegate_gone: bool,
}

/// A booking on a waiting list.
#[derive(sqlx::FromRow)]
pub(super) struct Waiting {
    #[sqlx(flatten)]
    pub(super) booking: Booking,
    pub(super) delegate_gone: bool,
}

pub(super) async fn bookings(tx: &mut Tx, hub: HubId, ids: &[BookingId]) -> Result<Vec<Named>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT b.id, b.event_id, b.person_id, b.school_id, b.ticket_id, b.state, b.line, b.price, b.held, b.policy, b.requested_by, b.requested_at,
                b.approved_by, b.approved_at, b.ended_by, b.ended_at, b.passed_over_at, b.names_by, b.offered_until, b.moved_to, b.approve_by, b.schedule, b.version, p.name AS person_name, s.name AS school_name, (p.disabled_at IS NOT NULL OR (p.id IS NOT NULL AND (p.school_id IS NULL OR p.school_id <> b.school_id))) AS delegate_gone
         FROM wanted w
         JOIN bookings b ON b.hub_id = w.hub_id AND b.id = w.id
         LEFT JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
         JOIN schools s ON s.hub_id = b.hub_id AND s.id = b.school_id",
        ids,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

/// One of three: a key that was used before; a person's live booking on an event, with its time; or a person.
#[derive(sqlx::FromRow)]
struct Before {
    caller_id: Option<PersonId>,
    route: Option<String>,
    key: Option<String>,
    request_digest: Option<Vec<u8>>,
    status: Option<i64>,
    headers: Option<String>,
    body: Option<String>,
    event_id: Option<EventId>,
    person_id: Option<PersonId>,
    starts_at: Option<DateTime<Utc>>,
    ends_at: Option<DateTime<Utc>>,
    #[sqlx(flatten)]
    stranger: PersonRow,
}

/// A person's live booking on an event, with its time.
#[derive(Clone, Copy)]
pub(super) struct Live {
    pub(super) event: EventId,
    pub(super) person: PersonId,
    pub(super) starts_at: DateTime<Utc>,
    pub(super) ends_at: DateTime<Utc>,
}

/// What [`before`] found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) used: Vec<idempotency::Row>,
    pub(super) live: Vec<Live>,
    pub(super) people: Vec<Stranger>,
}

/// Which of these keys were used before, on which events these people have live bookings (read from an index alone),
/// and who these strangers are: three lists that are looked up side by side, in one round trip.
pub(super) async fn before(
    tx: &mut Tx,
    hub: HubId,
    keys: &[&Keyed],
    people: &[PersonId],
    strangers: &[PersonId],
) -> Result<Found> {
    type Wanted<'k> = (Option<&'k Keyed>, Option<PersonId>, Option<PersonId>);
    let wanted: Vec<Wanted<'_>> = (0..keys.len().max(people.len()).max(strangers.len()))
        .map(|n| (keys.get(n).copied(), people.get(n).copied(), strangers.get(n).copied()))
        .collect();
    let rows: Vec<Before> = tx
        .batch_all::<7, _, _>(
            "WITH wanted (hub_id, caller_id, route, key, person_id, live, stranger_id) AS (VALUES $rows)
             SELECT k.person_id AS caller_id, k.route, k.key, k.request_digest, k.status, k.headers, k.body,
                    b.event_id, b.person_id, e.starts_at, e.ends_at,
                    p.id, p.name, p.role, p.school_id, s.name AS school_name, s.phase, s.membership, s.own_approval, s.second_person, s.approval_limit, s.left_on, p.disabled_at
             FROM wanted w
             LEFT JOIN idempotency_keys k ON k.hub_id = w.hub_id AND k.person_id = w.caller_id AND k.route = w.route AND k.key = w.key
             LEFT JOIN bookings b ON b.hub_id = w.hub_id AND b.person_id = w.person_id AND b.live = w.live
             LEFT JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
             LEFT JOIN people p ON p.hub_id = w.hub_id AND p.id = w.stranger_id
             LEFT JOIN schools s ON s.hub_id = p.hub_id AND s.id = p.school_id
             WHERE k.key IS NOT NULL OR b.event_id IS NOT NULL OR p.id IS NOT NULL",
            &wanted,
            |query, wanted| {
                let (keyed, person, stranger) = wanted.copied().unwrap_or_default();
                query
                    .bind(hub)
                    .bind(keyed.map(|keyed| keyed.person))
                    .bind(keyed.map(|keyed| keyed.route.clone()))
                    .bind(keyed.map(|keyed| keyed.key.clone()))
                    .bind(person)
                    .bind(true)
                    .bind(stranger)
            },
        )
        .await?;
    let mut found = Found::default();
    for row in rows {
        if let (Some(event), Some(person), Some(starts_at), Some(ends_at)) =
            (row.event_id, row.person_id, row.starts_at, row.ends_at)
        {
            found.live.push(Live { event, person, starts_at, ends_at });
        }
        if let (Some(caller), Some(route), Some(key), Some(digest), Some(status), Some(headers), Some(body)) =
            (row.caller_id, row.route, row.key, row.request_digest, row.status, row.headers, row.body)
        {
            found.used.push((caller, route, key, digest, status, headers, body));
        }
        found.people.extend(row.stranger.person());
    }
    Ok(found)
}

/// The live bookings of people on events.
pub(super) async fn live(
    tx: &mut Tx,
    hub: HubId,
    places: &[(EventId, PersonId)],
) -> Result<Vec<(EventId, PersonId, BookingId)>> {
    tx.batch_all::<4, _, _>(
        "WITH wanted (hub_id, person_id, live, event_id) AS (VALUES $rows)
         SELECT b.event_id, b.person_id, b.id
         FROM wanted w
         JOIN bookings b ON b.hub_id = w.hub_id AND b.person_id = w.person_id AND b.live = w.live AND b.event_id = w.event_id",
        places,
        |query, place| {
            query.bind(hub).bind(place.map(|(_, person)| *person)).bind(true).bind(place.map(|(event, _)| *event))
        },
    )
    .await
}

pub(super) async fn schools(tx: &mut Tx, hub: HubId, ids: &[SchoolId]) -> Result<Vec<SchoolRow>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT s.id, s.name, s.phase, s.membership, s.own_approval, s.second_person, s.approval_limit, s.left_on
         FROM wanted w JOIN schools s ON s.hub_id = w.hub_id AND s.id = w.id",
        ids,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

/// When the sessions of these events are.
pub(super) async fn sessions(
    tx: &mut Tx,
    hub: HubId,
    events: &[EventId],
) -> Result<Vec<(EventId, DateTime<Utc>, DateTime<Utc>)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, event_id) AS (VALUES $rows)
         SELECT s.event_id, s.starts_at, s.ends_at
         FROM wanted w JOIN sessions s ON s.hub_id = w.hub_id AND s.event_id = w.event_id",
        events,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

/// How these bookings' events differ from what was agreed: when each such session was moved, added or called off, and
/// when it starts, or would have started. Times are compared with times: a session that returned to its own time, or
/// another that took it, is no difference. A place differs where it was moved and is not what it was.
pub(super) async fn moves(
    tx: &mut Tx,
    hub: HubId,
    bookings: &[BookingId],
) -> Result<Vec<(BookingId, DateTime<Utc>, DateTime<Utc>)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT b.id, s.moved_at, s.starts_at
         FROM wanted w
         JOIN bookings b ON b.hub_id = w.hub_id AND b.id = w.id
         JOIN sessions s ON s.hub_id = b.hub_id AND s.event_id = b.event_id
         WHERE s.moved_at IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM event_schedules a
             WHERE a.hub_id = b.hub_id AND a.event_id = b.event_id AND a.schedule = b.schedule
               AND a.starts_at = s.starts_at AND a.ends_at = s.ends_at
               AND (a.session_id <> s.id OR a.places = s.places
                    OR (a.place IS NOT DISTINCT FROM s.place AND a.online_url IS NOT DISTINCT FROM s.online_url)))
         UNION ALL
         SELECT b.id, c.called_off_at, c.starts_at
         FROM wanted w
         JOIN bookings b ON b.hub_id = w.hub_id AND b.id = w.id
         JOIN called_off_sessions c ON c.hub_id = b.hub_id AND c.event_id = b.event_id
         WHERE EXISTS (
             SELECT 1 FROM event_schedules a
             WHERE a.hub_id = b.hub_id AND a.event_id = b.event_id AND a.schedule = b.schedule
               AND (a.session_id = c.id OR (a.starts_at = c.starts_at AND a.ends_at = c.ends_at))
               AND NOT EXISTS (
                   SELECT 1 FROM sessions s
                   WHERE s.hub_id = a.hub_id AND s.event_id = a.event_id AND s.starts_at = a.starts_at AND s.ends_at = a.ends_at))",
        bookings,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

/// How many live bookings schools have on these events.
pub(super) async fn counts(tx: &mut Tx, hub: HubId, events: &[EventId]) -> Result<Vec<(EventId, SchoolId, i64)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, event_id) AS (VALUES $rows)
         SELECT b.event_id, b.school_id, COUNT(*)
         FROM wanted w JOIN bookings b ON b.hub_id = w.hub_id AND b.event_id = w.event_id
         WHERE b.live GROUP BY b.event_id, b.school_id",
        events,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

pub(super) async fn events(tx: &mut Tx, hub: HubId, ids: &[EventId]) -> Result<Vec<EventRow>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT e.id, e.state, e.capacity, e.held, e.waiting, e.line, e.price, e.opens_at, e.closes_at, e.starts_at, e.ends_at, e.rescheduled_at, e.schedule, e.policy, e.admission, e.programme_id, e.title, e.year, h.approval_days,
                (SELECT MIN(y.year) FROM academic_years y WHERE y.hub_id = e.hub_id AND y.year >= e.year AND y.state = 'open') AS open_year
         FROM wanted w
         JOIN events e ON e.hub_id = w.hub_id AND e.id = w.id
         JOIN hubs h ON h.id = w.hub_id",
        ids,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

/// The programmes that these events are runs of, with what coverage goes by.
pub(super) async fn subjects(tx: &mut Tx, hub: HubId, events: &[EventId]) -> Result<Vec<(EventId, Covered)>> {
    let rows: Vec<(EventId, ProgrammeId, Kind, Option<PriorityId>)> = tx
        .batch_all::<2, _, _>(
            "WITH wanted (hub_id, id) AS (VALUES $rows)
             SELECT e.id, p.id, p.kind, p.priority_id
             FROM wanted w
             JOIN events e ON e.hub_id = w.hub_id AND e.id = w.id
             JOIN programmes p ON p.hub_id = e.hub_id AND p.id = e.programme_id",
            events,
            |query, id| query.bind(hub).bind(id.copied()),
        )
        .await?;
    let covered = |(event, programme, kind, priority)| (event, Covered { programme, kind, priority });
    Ok(rows.into_iter().map(covered).collect())
}

/// The waiting lists of these events, each in order.
pub(super) async fn waiting(tx: &mut Tx, hub: HubId, events: &[EventId]) -> Result<Vec<Waiting>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, event_id) AS (VALUES $rows)
         SELECT b.id, b.event_id, b.person_id, b.school_id, b.ticket_id, b.state, b.line, b.price, b.held, b.policy, b.requested_by, b.requested_at,
                b.approved_by, b.approved_at, b.ended_by, b.ended_at, b.passed_over_at, b.names_by, b.offered_until, b.moved_to, b.approve_by, b.schedule, b.version,
                (p.disabled_at IS NOT NULL OR (p.id IS NOT NULL AND (p.school_id IS NULL OR p.school_id <> b.school_id))) AS delegate_gone
         FROM wanted w
         JOIN bookings b ON b.hub_id = w.hub_id AND b.event_id = w.event_id
         LEFT JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
         WHERE b.state = 'waitlisted'
         ORDER BY b.event_id, b.line",
        events,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

/// The schools' wallets of open years, by year, and within a year in the order in which they are drawn on: allocated
/// before earned.
pub(super) async fn wallets(
    tx: &mut Tx,
    hub: HubId,
    schools: &[SchoolId],
) -> Result<Vec<(SchoolId, AcademicYear, AccountId, Credits)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, school_id) AS (VALUES $rows)
         SELECT a.school_id, a.year, a.id, a.balance
         FROM wanted w
         JOIN accounts a ON a.hub_id = w.hub_id AND a.school_id = w.school_id AND a.kind = 'wallet'
         JOIN academic_years y ON y.hub_id = a.hub_id AND y.year = a.year AND y.state = 'open'
         ORDER BY a.school_id, a.year, a.wallet",
        schools,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

/// What these bookings, or the hub for them, paid from each wallet, in the order of the draw, and whether the wallet
/// takes no more: its year is closed, or another school took the place of its own. SQLite keeps the order of cross
/// joins; left to itself it would walk all the hub's entries.
pub(super) async fn paid(
    tx: &mut Tx,
    hub: HubId,
    bookings: &[BookingId],
) -> Result<Vec<(BookingId, AccountId, Credits, bool)>> {
    tx.batch_all::<2, _, _>(
        "WITH wanted (hub_id, source_id) AS (VALUES $rows)
         SELECT t.source_id, a.id, CAST(SUM(e.amount) AS BIGINT), ((y.state IS NOT NULL AND y.state = 'closed') OR s.successor_id IS NOT NULL)
         FROM wanted w CROSS JOIN transactions t CROSS JOIN entries e CROSS JOIN accounts a
         LEFT JOIN academic_years y ON y.hub_id = a.hub_id AND y.year = a.year
         LEFT JOIN schools s ON s.hub_id = a.hub_id AND s.id = a.school_id
         WHERE t.hub_id = w.hub_id AND t.source_id = w.source_id
           AND e.hub_id = t.hub_id AND e.sequence = t.sequence AND e.side = 'debit'
           AND a.hub_id = e.hub_id AND a.id = e.account_id AND a.kind IN ('wallet', 'subsidy')
         GROUP BY t.source_id, a.id, a.year, a.wallet, y.state, s.successor_id
         ORDER BY t.source_id, a.year, a.wallet",
        bookings,
        |query, id| query.bind(hub).bind(id.copied()),
    )
    .await
}

pub(super) fn insert_bookings(tx: &Tx, writes: &mut Writes, hub: HubId, bookings: &[(&Booking, Option<i64>)]) {
    writes.add::<25, _>(
        tx,
        "WITH new (hub_id, id, event_id, person_id, school_id, ticket_id, state, live, line, price, held, policy, requested_by, requested_at,
                   approved_by, approved_at, ended_by, ended_at, passed_over_at, names_by, offered_until, approve_by, schedule, sealed_by, version) AS (VALUES $rows)
         INSERT INTO bookings (hub_id, id, event_id, person_id, school_id, ticket_id, state, live, line, price, held, policy, requested_by, requested_at,
               approved_by, approved_at, ended_by, ended_at, passed_over_at, names_by, offered_until, approve_by, schedule, sealed_by, version)
         SELECT hub_id, id, event_id, person_id, school_id, ticket_id, state, live, line, price, held, policy, requested_by, requested_at,
               approved_by, approved_at, ended_by, ended_at, passed_over_at, names_by, offered_until, approve_by, schedule, sealed_by, version
         FROM new WHERE id IS NOT NULL",
        bookings,
        |query, sealed| {
            let booking = sealed.map(|(booking, _)| *booking);
            query
                .bind(hub)
                .bind(booking.map(|booking| booking.id))
                .bind(booking.map(|booking| booking.event_id))
                .bind(booking.and_then(|booking| booking.person_id))
                .bind(booking.map(|booking| booking.school_id))
                .bind(booking.and_then(|booking| booking.ticket_id))
                .bind(booking.map(|booking| booking.state))
                .bind(booking.and_then(|booking| booking.state.live().then_some(true)))
                .bind(booking.map(|booking| booking.line))
                .bind(booking.map(|booking| booking.price))
                .bind(booking.map(|booking| booking.held))
                .bind(booking.map(|booking| booking.policy.clone()))
                .bind(booking.and_then(|booking| booking.requested_by))
                .bind(booking.map(|booking| booking.requested_at))
                .bind(booking.and_then(|booking| booking.approved_by))
                .bind(booking.and_then(|booking| booking.approved_at))
                .bind(booking.and_then(|booking| booking.ended_by))
                .bind(booking.and_then(|booking| booking.ended_at))
                .bind(booking.and_then(|booking| booking.passed_over_at))
                .bind(booking.and_then(|booking| booking.names_by))
                .bind(booking.and_then(|booking| booking.offered_until))
                .bind(booking.and_then(|booking| booking.approve_by))
                .bind(booking.map(|booking| booking.schedule))
                .bind(sealed.and_then(|(_, sealed_by)| *sealed_by))
                .bind(booking.map(|booking| booking.version))
        },
    );
}

/// Makes room for bookings that swap their people: that nobody has two live bookings on an event is checked row by row.
pub(super) async fn let_go(tx: &mut Tx, hub: HubId, bookings: &[(&Booking, i64)]) -> Result<Changed> {
    tx.batch::<2, _>(
        "WITH going (hub_id, id) AS (VALUES $rows)
         UPDATE bookings SET person_id = NULL
         FROM going WHERE bookings.hub_id = going.hub_id AND bookings.id = going.id",
        bookings,
        |query, booking| query.bind(hub).bind(booking.map(|(booking, _)| booking.id)),
    )
    .await
}

pub(super) async fn update_bookings(
    tx: &mut Tx,
    hub: HubId,
    bookings: &[(&Booking, i64)],
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.batch::<17, _>(
        "WITH new (hub_id, id, person_id, state, live, held, approved_by, approved_at, ended_by, ended_at, passed_over_at, offered_until, moved_to, approve_by, revised_at, sealed_by, version) AS (VALUES $rows)
         UPDATE bookings SET person_id = new.person_id, state = new.state, live = new.live, held = new.held, approved_by = new.approved_by, approved_at = new.approved_at,
                             ended_by = new.ended_by, ended_at = new.ended_at, passed_over_at = new.passed_over_at,
                             offered_until = new.offered_until, moved_to = new.moved_to, approve_by = new.approve_by, revised_at = new.revised_at, sealed_by = new.sealed_by, version = new.version
         FROM new WHERE bookings.hub_id = new.hub_id AND bookings.id = new.id",
        bookings,
        |query, sealed| {
            let booking = sealed.map(|(booking, _)| *booking);
            query
                .bind(hub)
                .bind(booking.map(|booking| booking.id))
                .bind(booking.and_then(|booking| booking.person_id))
                .bind(booking.map(|booking| booking.state))
                .bind(booking.and_then(|booking| booking.state.live().then_some(true)))
                .bind(booking.map(|booking| booking.held))
                .bind(booking.and_then(|booking| booking.approved_by))
                .bind(booking.and_then(|booking| booking.approved_at))
                .bind(booking.and_then(|booking| booking.ended_by))
                .bind(booking.and_then(|booking| booking.ended_at))
                .bind(booking.and_then(|booking| booking.passed_over_at))
                .bind(booking.and_then(|booking| booking.offered_until))
                .bind(booking.and_then(|booking| booking.moved_to))
                .bind(booking.and_then(|booking| booking.approve_by))
                .bind(booking.map(|_| now))
                .bind(sealed.map(|(_, sealed_by)| *sealed_by))
                .bind(booking.map(|booking| booking.version))
        },
    )
    .await
}
