//! Every statement of the notices. A page is one range of the primary key.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Kind, Notice, Told};
use crate::base::db::{Changed, Result, Tx, Writes};
use crate::base::ids::{ConversationId, EventId, HubId, NoticeId, PersonId, ProgrammeId};

/// Notices as their person reads them; goes on with the conditions.
macro_rules! notices {
    ($conditions:literal) => {
        concat!(
            "SELECT n.id, n.kind, n.event_id, e.title AS event_title, e.starts_at AS event_starts_at, n.booking_id, p.name AS delegate_name, n.due_at,
                    n.allocation_id, l.year AS allocation_year, n.transfer_id, g.amount AS transfer_amount, f.name AS from_school_name, s.name AS to_school_name, n.settlement_id, w.number AS settlement_number, n.commission_id, c.title AS commission_title, n.conversation_id, v.subject AS conversation_subject, n.programme_id, o.title AS programme_title, n.about_id, a.name AS about_name, n.year, n.announcement_id, n.subject,
                    CASE
                        WHEN n.kind IN ('approval_waiting', 'approval_due') THEN CASE
                            WHEN b.state IN ('requested', 'waitlisted') AND b.approved_at IS NULL THEN NULL
                            WHEN e.state = 'cancelled' AND b.approved_at IS NULL AND b.state = 'cancelled' THEN 'called_off'
                            WHEN b.state = 'declined' THEN 'declined'
                            WHEN b.state = 'expired' THEN 'expired'
                            WHEN b.approved_at IS NOT NULL THEN 'done'
                            ELSE 'withdrawn' END
                        WHEN n.kind = 'promoted' AND n.due_at IS NOT NULL THEN CASE
                            WHEN b.state = 'requested' THEN NULL
                            WHEN b.state = 'declined' THEN 'declined'
                            WHEN b.state = 'expired' THEN 'expired'
                            WHEN b.approved_at IS NOT NULL THEN 'done'
                            ELSE 'over' END
                        WHEN n.kind = 'offered' AND b.offered_until IS NULL THEN CASE
                            WHEN b.state IN ('requested', 'confirmed', 'attended', 'no_show') THEN 'done'
                            ELSE 'over' END
                        WHEN n.kind = 'names_due'
                             AND NOT EXISTS (SELECT 1 FROM bookings x
                                             WHERE x.hub_id = n.hub_id AND x.event_id = n.event_id AND x.school_id = b.school_id
                                               AND x.person_id IS NULL AND x.live)
                            THEN CASE WHEN b.person_id IS NOT NULL THEN 'done' ELSE 'over' END
                        WHEN n.kind = 'gift_offered' THEN CASE g.state
                            WHEN 'accepted' THEN 'done'
                            WHEN 'declined' THEN 'declined'
                            WHEN 'withdrawn' THEN 'withdrawn' END
                        WHEN n.kind = 'commission_requested' AND c.state <> 'requested' AND NOT (c.is_open AND c.state = 'quoted')
                            THEN 'over'
                        WHEN c.id IS NOT NULL AND n.kind IN ('commission_quoted', 'agreement_waiting', 'variation_proposed')
                             AND NOT EXISTS (SELECT 1 FROM commission_quotes q
                                             WHERE q.hub_id = n.hub_id AND q.commission_id = n.commission_id AND q.state = 'offered')
                            THEN CASE WHEN n.kind = 'variation_proposed' OR c.state IN ('requested', 'quoted', 'withdrawn', 'declined', 'expired')
                                      THEN 'over' ELSE 'done' END
                        WHEN c.id IS NOT NULL AND n.kind IN ('milestone_delivered', 'milestone_answer_due')
                             AND NOT EXISTS (SELECT 1 FROM commission_milestones m
                                             WHERE m.hub_id = n.hub_id AND m.commission_id = n.commission_id
                                               AND m.state = 'delivered' AND m.answer_until = n.due_at) THEN 'over'
                        WHEN n.kind = 'evaluation_asked'
                             AND EXISTS (SELECT 1 FROM evaluations u
                                         WHERE u.hub_id = n.hub_id AND u.booking_id = n.booking_id) THEN 'done'
                        WHEN n.kind = 'programme_drafted' AND o.state <> 'draft' THEN 'done'
                        WHEN n.kind = 'event_drafted' AND e.state <> 'draft' THEN 'done'
                    END AS became,
                    CASE WHEN n.kind IN ('cancelled_by_hub', 'waiting_called_off', 'event_called_off') THEN e.cancelled_because
                         WHEN n.kind = 'session_called_off'
                             THEN (SELECT k.reason FROM called_off_sessions k
                                   WHERE k.hub_id = n.hub_id AND k.event_id = n.event_id AND k.called_off_at = n.told_at
                                   ORDER BY k.starts_at DESC, k.id DESC LIMIT 1) END AS called_off_because,
                    r.reason AS declined_because, n.told_at, n.read_at
             FROM notices n
             LEFT JOIN events e ON e.hub_id = n.hub_id AND e.id = n.event_id
             LEFT JOIN bookings b ON b.hub_id = n.hub_id AND b.id = n.booking_id
             LEFT JOIN people p ON p.hub_id = b.hub_id AND p.id = b.person_id
             LEFT JOIN transfers g ON g.hub_id = n.hub_id AND g.id = n.transfer_id
             LEFT JOIN allocations l ON l.hub_id = n.hub_id AND l.id = n.allocation_id
             LEFT JOIN schools f ON f.hub_id = g.hub_id AND f.id = g.from_school_id
             LEFT JOIN schools s ON s.hub_id = g.hub_id AND s.id = g.to_school_id
             LEFT JOIN settlements w ON w.hub_id = n.hub_id AND w.id = n.settlement_id
             LEFT JOIN commissions c ON c.hub_id = n.hub_id AND c.id = n.commission_id
             LEFT JOIN conversations v ON v.hub_id = n.hub_id AND v.id = n.conversation_id
             LEFT JOIN programmes o ON o.hub_id = n.hub_id AND o.id = n.programme_id
             LEFT JOIN people a ON a.hub_id = n.hub_id AND a.id = n.about_id
             LEFT JOIN decline_reasons r ON r.hub_id = n.hub_id AND r.booking_id = n.booking_id AND n.kind = 'declined'
             WHERE n.hub_id = $1 ",
            $conditions
        )
    };
}

pub(super) fn insert(tx: &Tx, writes: &mut Writes, hub: HubId, now: DateTime<Utc>, notices: &[(NoticeId, &Notice)]) {
    writes.add::<18, _>(
        tx,
        "WITH new (hub_id, person_id, id, kind, event_id, booking_id, due_at, allocation_id, transfer_id, settlement_id, commission_id, conversation_id, told_at, programme_id, about_id, year, announcement_id, subject) AS (VALUES $rows)
         INSERT INTO notices (hub_id, person_id, id, kind, event_id, booking_id, due_at, allocation_id, transfer_id, settlement_id, commission_id, conversation_id, told_at, programme_id, about_id, year, announcement_id, subject)
         SELECT hub_id, person_id, id, kind, event_id, booking_id, due_at, allocation_id, transfer_id, settlement_id, commission_id, conversation_id, told_at, programme_id, about_id, year, announcement_id, subject
         FROM new WHERE id IS NOT NULL",
        notices,
        |query, row| {
            let notice = row.map(|(_, notice)| *notice);
            query
                .bind(hub)
                .bind(notice.map(|notice| notice.person))
                .bind(row.map(|(id, _)| *id))
                .bind(notice.map(|notice| notice.kind))
                .bind(notice.and_then(|notice| notice.event))
                .bind(notice.and_then(|notice| notice.booking))
                .bind(notice.and_then(|notice| notice.due_at))
                .bind(notice.and_then(|notice| notice.allocation))
                .bind(notice.and_then(|notice| notice.transfer))
                .bind(notice.and_then(|notice| notice.settlement))
                .bind(notice.and_then(|notice| notice.commission))
                .bind(notice.and_then(|notice| notice.conversation))
                .bind(now)
                .bind(notice.and_then(|notice| notice.programme))
                .bind(notice.and_then(|notice| notice.about))
                .bind(notice.and_then(|notice| notice.year))
                .bind(notice.and_then(|notice| notice.announcement))
                .bind(notice.and_then(|notice| notice.subject.clone()))
        },
    );
}

pub(super) async fn forget(tx: &mut Tx, hub: HubId, draft: EventId) -> Result<Changed> {
    tx.query("DELETE FROM notices WHERE hub_id = $1 AND event_id = $2 AND kind = 'event_drafted'")
        .bind(hub)
        .bind(draft)
        .run()
        .await
}

pub(super) async fn hand_over(tx: &mut Tx, hub: HubId, (from, to): (PersonId, PersonId)) -> Result<Changed> {
    tx.query("UPDATE notices SET person_id = $3 WHERE hub_id = $1 AND person_id = $2")
        .bind(hub)
        .bind(from)
        .bind(to)
        .run()
        .await
}

pub(super) async fn about_another(tx: &mut Tx, hub: HubId, (from, to): (PersonId, PersonId)) -> Result<Changed> {
    tx.query("UPDATE notices SET about_id = $3 WHERE hub_id = $1 AND about_id = $2")
        .bind(hub)
        .bind(from)
        .bind(to)
        .run()
        .await
}

pub(super) async fn forget_all_of(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Changed> {
    tx.query("DELETE FROM notices WHERE hub_id = $1 AND person_id = $2").bind(hub).bind(person).run().await
}

pub(super) async fn forget_programme(tx: &mut Tx, hub: HubId, draft: ProgrammeId) -> Result<Changed> {
    tx.query("DELETE FROM notices WHERE hub_id = $1 AND programme_id = $2").bind(hub).bind(draft).run().await
}

const ALL: &str = notices!(
    "AND n.person_id = $2
       AND n.id < $3
     ORDER BY n.id DESC LIMIT $4"
);

const UNREAD: &str = notices!(
    "AND n.person_id = $2
       AND n.read_at IS NULL
       AND n.id < $3
     ORDER BY n.id DESC LIMIT $4"
);

pub(super) async fn list(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    unread: bool,
    before: Option<NoticeId>,
    limit: i64,
) -> Result<Vec<Told>> {
    let before = before.unwrap_or(NoticeId(Uuid::max()));
    tx.query(if unread { UNREAD } else { ALL }).bind(hub).bind(person).bind(before).bind(limit).all().await
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, person: PersonId, id: NoticeId) -> Result<Option<Told>> {
    tx.query(notices!("AND n.person_id = $2 AND n.id = $3")).bind(hub).bind(person).bind(id).optional().await
}

pub(super) async fn read(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    id: NoticeId,
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.query("UPDATE notices SET read_at = $4 WHERE hub_id = $1 AND person_id = $2 AND id = $3 AND read_at IS NULL")
        .bind(hub)
        .bind(person)
        .bind(id)
        .bind(now)
        .run()
        .await
}

pub(super) async fn read_all(tx: &mut Tx, hub: HubId, person: PersonId, now: DateTime<Utc>) -> Result<Changed> {
    tx.query("UPDATE notices SET read_at = $3 WHERE hub_id = $1 AND person_id = $2 AND read_at IS NULL")
        .bind(hub)
        .bind(person)
        .bind(now)
        .run()
        .await
}

/// How many notices a person was told of the same, at the same instant, before this one.
pub(super) async fn nth(tx: &mut Tx, hub: HubId, person: PersonId, told: &Told) -> Result<i64> {
    let (before,): (i64,) = tx
        .query(
            "SELECT COUNT(*) FROM notices
             WHERE hub_id = $1 AND person_id = $2 AND id < $3 AND kind = $4 AND told_at = $5
               AND (commission_id = $6 OR conversation_id = $7)",
        )
        .bind(hub)
        .bind(person)
        .bind(told.id)
        .bind(told.kind)
        .bind(told.told_at)
        .bind(told.commission_id)
        .bind(told.conversation_id)
        .one()
        .await?;
    Ok(before)
}

/// Who was told this of a conversation and has not read it.
pub(super) async fn unread_of_conversation(
    tx: &mut Tx,
    hub: HubId,
    id: ConversationId,
    kind: Kind,
) -> Result<Vec<(PersonId,)>> {
    tx.query(
        "SELECT person_id FROM notices WHERE hub_id = $1 AND conversation_id = $2 AND kind = $3 AND read_at IS NULL",
    )
    .bind(hub)
    .bind(id)
    .bind(kind)
    .all()
    .await
}

pub(super) async fn read_of_conversation(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    id: ConversationId,
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.query(
        "UPDATE notices SET read_at = $4
         WHERE hub_id = $1 AND conversation_id = $2 AND person_id = $3 AND read_at IS NULL",
    )
    .bind(hub)
    .bind(id)
    .bind(person)
    .bind(now)
    .run()
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn a_page_is_one_range_of_an_index() {
        for (statement, range) in [
            (ALL, "sqlite_autoindex_notices_1 (hub_id=? AND person_id=? AND id<?)"),
            (UNREAD, "sqlite_autoindex_notices_1 (hub_id=? AND person_id=? AND id<?)"),
        ] {
            let plan = plan(statement).await;
            assert!(plan.iter().any(|step| step.starts_with("SEARCH n ") && step.contains(range)), "{plan:#?}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE") || step.starts_with("SCAN")), "{plan:#?}");
        }
    }
}
