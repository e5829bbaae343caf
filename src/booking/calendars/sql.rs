//! Every statement of the calendars.

use chrono::{DateTime, Utc};

use super::{Entry, Standing, bookings, programmes};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{EventId, HubId, PartnerId, PersonId, SchoolId, SessionId};
use crate::base::text::{Line, Link};
use crate::booking::bookings::joining::Joining;
use crate::programme::programmes::Provider;
use crate::programme::programmes::catalogue::View;

/// A session with its event.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: SessionId,
    event_id: EventId,
    sequence: i64,
    revised_at: Option<DateTime<Utc>>,
    /// Why it was called off, if it was.
    called_off: Option<Line>,
    created_at: DateTime<Utc>,
    published_at: Option<DateTime<Utc>>,
    cancelled_at: Option<DateTime<Utc>>,
    event_title: Line,
    event_state: programmes::events::State,
    title: Line,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    place: Option<Line>,
    online_url: Option<Link>,
    speaker: Option<Line>,
    host_id: Option<PersonId>,
    provider_school_id: Option<SchoolId>,
    provider_partner_id: Option<PartnerId>,
}

impl Row {
    fn provider(&self) -> Provider {
        Provider::of(self.provider_school_id, self.provider_partner_id)
    }

    /// Whether the catalogue shows its event to somebody with this view.
    pub(super) fn shown(&self, view: View) -> bool {
        view.shows(self.event_state, self.provider())
    }

    /// The entry for somebody with these rights to join.
    pub(super) fn entry(self, joining: &Joining) -> Entry {
        use programmes::events::State;
        let given = joining.gives(self.event_id, self.provider(), self.host_id);
        let standing = match (self.event_state, &self.called_off) {
            (State::Cancelled, _) | (_, Some(_)) => Standing::Cancelled,
            (State::Published | State::Completed, None) => Standing::Firm,
            (State::Draft, None) => Standing::Tentative("A draft."),
        };
        Entry {
            session: self.id,
            event: self.event_id,
            // Calling an event off does not change its sessions.
            sequence: self.sequence + i64::from(self.event_state == State::Cancelled),
            revised_at: [self.revised_at, self.published_at, self.cancelled_at]
                .into_iter()
                .flatten()
                .fold(self.created_at, DateTime::max),
            event_title: self.event_title,
            title: self.title,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            place: self.place,
            online: self.online_url.is_some(),
            online_url: self.online_url.filter(|_| given),
            speaker: self.speaker,
            called_off: self.called_off,
            standing,
        }
    }
}

/// A session with one of the person's bookings on its event.
#[derive(sqlx::FromRow)]
pub(super) struct Booked {
    #[sqlx(flatten)]
    pub(super) row: Row,
    #[sqlx(rename = "booking_state")]
    pub(super) state: bookings::State,
    #[sqlx(rename = "booking_version")]
    pub(super) version: i64,
    pub(super) requested_at: DateTime<Utc>,
    pub(super) booking_revised_at: Option<DateTime<Utc>>,
}

/// The columns for an entry of a session `s` that is held, with its event `e` and programme `p`.
macro_rules! held {
    () => {
        "s.id AS id, s.event_id, s.sequence, s.revised_at, NULL AS called_off, e.created_at, e.published_at, e.cancelled_at,
         e.title AS event_title, e.state AS event_state, s.title, s.starts_at AS starts_at, s.ends_at, s.place, s.online_url, s.speaker,
         s.host_id, p.provider_school_id, p.provider_partner_id"
    };
}

/// The same columns for a session `s` that was called off.
macro_rules! called_off {
    () => {
        "s.id, s.event_id, s.sequence, s.called_off_at, s.reason, e.created_at, e.published_at, e.cancelled_at,
         e.title, e.state, s.title, s.starts_at, s.ends_at, s.place, s.online_url, s.speaker,
         NULL, p.provider_school_id, p.provider_partner_id"
    };
}

pub(super) async fn of_event(tx: &mut Tx, hub: HubId, event: EventId) -> Result<Vec<Row>> {
    tx.query(OF_EVENT).bind(hub).bind(event).all().await
}

const OF_EVENT: &str = concat!(
    "SELECT ",
    held!(),
    " FROM sessions s
      JOIN events e ON e.hub_id = s.hub_id AND e.id = s.event_id
      JOIN programmes p ON p.hub_id = e.hub_id AND p.id = e.programme_id
      WHERE s.hub_id = $1 AND s.event_id = $2
      UNION ALL
      SELECT ",
    called_off!(),
    " FROM called_off_sessions s
      JOIN events e ON e.hub_id = s.hub_id AND e.id = s.event_id
      JOIN programmes p ON p.hub_id = e.hub_id AND p.id = e.programme_id
      WHERE s.hub_id = $1 AND s.event_id = $2
      ORDER BY starts_at, id",
);

pub(super) async fn programme(tx: &mut Tx, hub: HubId, since: DateTime<Utc>) -> Result<Vec<Row>> {
    tx.query(PROGRAMME).bind(hub).bind(since).all().await
}

/// One range of `events_by_end`, for the sessions that are held and for those that were called off.
const PROGRAMME: &str = concat!(
    "SELECT ",
    held!(),
    " FROM events e
      JOIN programmes p ON p.hub_id = e.hub_id AND p.id = e.programme_id
      JOIN sessions s ON s.hub_id = e.hub_id AND s.event_id = e.id
      WHERE e.hub_id = $1 AND e.ends_at >= $2
      UNION ALL
      SELECT ",
    called_off!(),
    " FROM events e
      JOIN programmes p ON p.hub_id = e.hub_id AND p.id = e.programme_id
      JOIN called_off_sessions s ON s.hub_id = e.hub_id AND s.event_id = e.id
      WHERE e.hub_id = $1 AND e.ends_at >= $2
      ORDER BY starts_at, id",
);

pub(super) async fn of_person(tx: &mut Tx, hub: HubId, person: PersonId, since: DateTime<Utc>) -> Result<Vec<Booked>> {
    tx.query(OF_PERSON).bind(hub).bind(person).bind(since).all().await
}

/// One range of `bookings_by_person`, and one of the bookings that the person had and that were handed on, which count
/// as cancelled for them; a session's bookings follow each other in the order in which they were made. SQLite keeps the
/// order of the cross joins; left to itself it would walk everything that is not over. A session that was called off
/// before they booked was never theirs.
const OF_PERSON: &str = concat!(
    "WITH theirs AS (
         SELECT b.hub_id, b.id, b.event_id, b.state, b.version, b.requested_at, b.revised_at
         FROM bookings b
         WHERE b.hub_id = $1 AND b.person_id = $2
         UNION ALL
         SELECT o.hub_id, o.id, o.event_id, 'cancelled', h.version, o.requested_at, h.handed_on_at
         FROM handed_on h
         CROSS JOIN bookings o
         WHERE h.hub_id = $1 AND h.person_id = $2 AND o.hub_id = h.hub_id AND o.id = h.booking_id
     )
     SELECT ",
    held!(),
    ", b.id AS booking, b.state AS booking_state, b.version AS booking_version, b.requested_at, b.revised_at AS booking_revised_at
      FROM theirs b
      CROSS JOIN events e
      JOIN programmes p ON p.hub_id = e.hub_id AND p.id = e.programme_id
      JOIN sessions s ON s.hub_id = b.hub_id AND s.event_id = b.event_id
      WHERE e.hub_id = b.hub_id AND e.id = b.event_id AND e.ends_at >= $3
      UNION ALL
      SELECT ",
    called_off!(),
    ", b.id, b.state, b.version, b.requested_at, b.revised_at
      FROM theirs b
      CROSS JOIN events e
      JOIN programmes p ON p.hub_id = e.hub_id AND p.id = e.programme_id
      JOIN called_off_sessions s ON s.hub_id = b.hub_id AND s.event_id = b.event_id AND s.called_off_at >= b.requested_at
      WHERE e.hub_id = b.hub_id AND e.id = b.event_id AND e.ends_at >= $3
      ORDER BY starts_at, id, booking",
);

pub(super) async fn link(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Option<DateTime<Utc>>> {
    let row: Option<(DateTime<Utc>,)> = tx
        .query("SELECT created_at FROM calendar_links WHERE hub_id = $1 AND person_id = $2")
        .bind(hub)
        .bind(person)
        .optional()
        .await?;
    Ok(row.map(|(made_at,)| made_at))
}

pub(super) async fn set_link(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    digest: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.query(
        "INSERT INTO calendar_links (hub_id, person_id, secret_digest, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (hub_id, person_id) DO UPDATE SET secret_digest = excluded.secret_digest, created_at = excluded.created_at",
    )
    .bind(hub)
    .bind(person)
    .bind(digest.to_vec())
    .bind(now)
    .run()
    .await
}

pub(super) async fn delete_link(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Changed> {
    tx.query("DELETE FROM calendar_links WHERE hub_id = $1 AND person_id = $2").bind(hub).bind(person).run().await
}

pub(super) async fn holder(tx: &mut Tx, hub: HubId, digest: &[u8; 32]) -> Result<Option<PersonId>> {
    let row: Option<(PersonId,)> = tx
        .query("SELECT person_id FROM calendar_links WHERE hub_id = $1 AND secret_digest = $2")
        .bind(hub)
        .bind(digest.to_vec())
        .optional()
        .await?;
    Ok(row.map(|(person,)| person))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn a_calendar_is_one_range_of_an_index() {
        for (statement, range) in [
            (PROGRAMME, "SEARCH e USING INDEX events_by_end (hub_id=? AND ends_at>?)"),
            (OF_PERSON, "SEARCH b USING INDEX bookings_by_person (hub_id=? AND person_id=?)"),
            (OF_PERSON, "SEARCH h USING INDEX sqlite_autoindex_handed_on_1 (hub_id=? AND person_id=?)"),
            (OF_PERSON, "SEARCH o USING INDEX sqlite_autoindex_bookings_1 (hub_id=? AND id=?)"),
            (OF_PERSON, "SEARCH e USING INDEX sqlite_autoindex_events_1 (hub_id=? AND id=?)"),
        ] {
            let plan = plan(statement).await;
            assert!(plan.iter().any(|step| step.contains(range)), "{plan:#?}");
            for sessions in
                ["SEARCH s USING INDEX sessions_by_event", "SEARCH s USING INDEX called_off_sessions_by_event"]
            {
                assert!(plan.iter().any(|step| step.contains(sessions)), "{plan:#?}");
            }
        }
    }
}
