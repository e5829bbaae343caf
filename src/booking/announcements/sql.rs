//! Every statement of the announcements.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Announcement, Filter, NewAnnouncement, Receiver, To, Which};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{AnnouncementId, EventId, HubId, PersonId};

pub(super) async fn insert(
    tx: &mut Tx,
    hub: HubId,
    id: AnnouncementId,
    new: &NewAnnouncement,
    receivers: usize,
    (by, now): (Option<PersonId>, DateTime<Utc>),
) -> Result<Changed> {
    let count = |many: usize| i64::try_from(many).unwrap_or(i64::MAX);
    let (event, delegates, schools) = match &new.to {
        To::Delegates(event, which) => (Some(*event), Some(*which), None),
        To::Leads(chosen) => (None, None, chosen.as_ref().map(|chosen| count(chosen.len()))),
    };
    tx.query(
        "INSERT INTO announcements (hub_id, id, audience, event_id, delegates, schools, subject, words, receivers, sent_by, sent_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(hub)
    .bind(id)
    .bind(new.to.audience())
    .bind(event)
    .bind(delegates)
    .bind(schools)
    .bind(new.subject.clone())
    .bind(new.words.clone())
    .bind(count(receivers))
    .bind(by)
    .bind(now)
    .run()
    .await
}

/// Announcements as they are looked at; goes on with the conditions. Who sent one is known by the record that they have now.
macro_rules! announcements {
    ($conditions:literal) => {
        concat!(
            "SELECT a.id, a.audience, a.event_id, e.title AS event_title, a.delegates, a.schools, a.subject, a.words,
                    a.receivers, a.sent_by, p.name AS sent_by_name, a.sent_at
             FROM announcements a
             LEFT JOIN events e ON e.hub_id = a.hub_id AND e.id = a.event_id
             LEFT JOIN merged_people m ON m.hub_id = a.hub_id AND m.old_id = a.sent_by
             LEFT JOIN people p ON p.hub_id = a.hub_id AND p.id = COALESCE(m.person_id, a.sent_by)
             WHERE a.hub_id = $1 ",
            $conditions
        )
    };
}

const ALL: &str = announcements!("AND ($4 IS NULL OR a.audience = $4) AND a.id < $2 ORDER BY a.id DESC LIMIT $3");

const OF_EVENT: &str =
    announcements!("AND ($4 IS NULL OR a.audience = $4) AND a.event_id = $5 AND a.id < $2 ORDER BY a.id DESC LIMIT $3");

pub(super) async fn list(
    tx: &mut Tx,
    hub: HubId,
    Filter { event, audience }: Filter,
    before: AnnouncementId,
    limit: i64,
) -> Result<Vec<Announcement>> {
    match event {
        Some(event) => tx.query(OF_EVENT).bind(hub).bind(before).bind(limit).bind(audience).bind(event).all().await,
        None => tx.query(ALL).bind(hub).bind(before).bind(limit).bind(audience).all().await,
    }
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, id: AnnouncementId) -> Result<Option<Announcement>> {
    tx.query(announcements!("AND a.id = $2")).bind(hub).bind(id).optional().await
}

/// The named delegates of an event who are not disabled.
const DELEGATES: &str = "SELECT b.person_id, p.name, b.id AS booking_id, b.school_id, s.name AS school_name
     FROM bookings b
     JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
     LEFT JOIN schools s ON s.hub_id = b.hub_id AND s.id = b.school_id
     WHERE b.hub_id = $1 AND b.event_id = $2 AND p.disabled_at IS NULL
       AND ((b.state IN ('confirmed', 'attended', 'no_show') AND $3 <> 'waiting')
            OR (b.state = 'waitlisted' AND $3 <> 'with_place')
            OR (b.state = 'requested' AND $3 = 'all'))
     ORDER BY p.name_key, p.id, b.line";

pub(super) async fn delegates(tx: &mut Tx, hub: HubId, event: EventId, which: Which) -> Result<Vec<Receiver>> {
    tx.query(DELEGATES).bind(hub).bind(event).bind(which).all().await
}

/// The leads of the schools that are members on a day, without those who are disabled.
pub(super) async fn leads(tx: &mut Tx, hub: HubId, today: NaiveDate) -> Result<Vec<Receiver>> {
    tx.query(
        "SELECT p.id AS person_id, p.name, CAST(NULL AS UUID) AS booking_id, p.school_id, s.name AS school_name
         FROM people p JOIN schools s ON s.hub_id = p.hub_id AND s.id = p.school_id
         WHERE p.hub_id = $1 AND p.role = 'school_lead' AND p.disabled_at IS NULL
           AND s.successor_id IS NULL AND (s.left_on IS NULL OR s.left_on > $2)
         ORDER BY p.name_key, p.id",
    )
    .bind(hub)
    .bind(today)
    .all()
    .await
}

/// Somebody who got an announcement, as they are now.
const RECEIVER: &str =
    "SELECT n.person_id, p.name, n.booking_id, COALESCE(b.school_id, p.school_id) AS school_id, s.name AS school_name
     FROM notices n
     JOIN people p ON p.hub_id = n.hub_id AND p.id = n.person_id
     LEFT JOIN bookings b ON b.hub_id = n.hub_id AND b.id = n.booking_id
     LEFT JOIN schools s ON s.hub_id = n.hub_id AND s.id = COALESCE(b.school_id, p.school_id)
     WHERE n.hub_id = $1 AND n.announcement_id = $3 AND n.person_id = $2
     LIMIT 1";

pub(super) async fn receiver(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    id: AnnouncementId,
) -> Result<Option<Receiver>> {
    tx.query(RECEIVER).bind(hub).bind(person).bind(id).optional().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn a_page_is_one_range_of_an_index() {
        for (statement, range) in [
            (ALL, "sqlite_autoindex_announcements_1 (hub_id=? AND id<?)"),
            (OF_EVENT, "announcements_of_event (hub_id=? AND event_id=? AND id<?)"),
        ] {
            let plan = plan(statement).await;
            assert!(plan.iter().any(|step| step.starts_with("SEARCH a ") && step.contains(range)), "{plan:#?}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE") || step.starts_with("SCAN")), "{plan:#?}");
        }
    }

    #[tokio::test]
    async fn receivers_are_found_by_their_event_or_their_announcement() {
        for (statement, range) in [
            (DELEGATES, "sqlite_autoindex_bookings_2 (hub_id=? AND event_id=?)"),
            (RECEIVER, "notices_announcement (hub_id=? AND announcement_id=? AND person_id=?)"),
        ] {
            let plan = plan(statement).await;
            assert!(plan.iter().any(|step| step.contains(range)), "{plan:#?}");
            assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{plan:#?}");
        }
    }
}
