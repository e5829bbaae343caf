//! Every statement of the conversations.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Conversation, Message, Side};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{ConversationId, HubId, MessageId, OfferId, PartnerId, PersonId, SchoolId};
use crate::base::text::{Line, Prose};
use crate::programme::programmes::Provider;

/// Conversations with the names of both sides; goes on with the conditions.
macro_rules! conversations {
    ($where:literal) => {
        concat!(
            "SELECT c.id, c.offer_id, o.title AS offer_title, c.subject, c.asking_school_id, a.name AS asking_school_name,
                    CASE WHEN c.school_id IS NULL THEN 'partner' ELSE 'school' END AS provider_kind,
                    c.school_id AS provider_school_id, c.partner_id AS provider_partner_id,
                    COALESCE(s.name, p.name) AS provider_name, c.opened_at, c.last_message_at, c.complained_at,
                    c.complained_by, c.complaint, c.answer, c.answered_at
             FROM conversations c
             JOIN offers o ON o.hub_id = c.hub_id AND o.id = c.offer_id
             JOIN schools a ON a.hub_id = c.hub_id AND a.id = c.asking_school_id
             LEFT JOIN schools s ON s.hub_id = c.hub_id AND s.id = c.school_id
             LEFT JOIN partners p ON p.hub_id = c.hub_id AND p.id = c.partner_id
             WHERE c.hub_id = $1 AND ",
            $where
        )
    };
}

/// Messages with the names of who wrote them, and for whom; goes on with the conditions.
macro_rules! messages {
    ($where:literal) => {
        concat!(
            "SELECT m.id, m.side, COALESCE(s.name, q.name) AS written_for, p.name AS written_by_name, m.words, m.sent_at
             FROM conversation_messages m
             JOIN people p ON p.hub_id = m.hub_id AND p.id = m.person_id
             LEFT JOIN schools s ON s.hub_id = m.hub_id AND s.id = m.school_id
             LEFT JOIN partners q ON q.hub_id = m.hub_id AND q.id = m.partner_id
             WHERE m.hub_id = $1 AND m.conversation_id = $2 AND ",
            $where
        )
    };
}

/// A conversation to be opened.
pub(super) struct New {
    pub(super) id: ConversationId,
    pub(super) offer: OfferId,
    pub(super) asking: SchoolId,
    pub(super) provider: Provider,
    pub(super) subject: Line,
    pub(super) now: DateTime<Utc>,
}

/// A message to be written.
pub(super) struct NewMessage {
    pub(super) id: MessageId,
    pub(super) side: Side,
    pub(super) own: Provider,
    pub(super) person: PersonId,
    pub(super) text: Prose,
    pub(super) now: DateTime<Utc>,
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, id: ConversationId) -> Result<Option<Conversation>> {
    tx.query(conversations!("c.id = $2")).bind(hub).bind(id).optional().await
}

/// Those that somebody complained of.
pub(super) async fn complained(
    tx: &mut Tx,
    hub: HubId,
    before: Option<ConversationId>,
    limit: i64,
) -> Result<Vec<Conversation>> {
    tx.query(conversations!("c.complained_at IS NOT NULL AND c.id < $2 ORDER BY c.id DESC LIMIT $3"))
        .bind(hub)
        .bind(before.unwrap_or(ConversationId(Uuid::max())))
        .bind(limit)
        .all()
        .await
}

/// Those in which the school asks or is asked.
pub(super) async fn of_school(
    tx: &mut Tx,
    hub: HubId,
    school: SchoolId,
    before: Option<ConversationId>,
    limit: i64,
) -> Result<Vec<Conversation>> {
    tx.query(conversations!("(c.asking_school_id = $2 OR c.school_id = $2) AND c.id < $3 ORDER BY c.id DESC LIMIT $4"))
        .bind(hub)
        .bind(school)
        .bind(before.unwrap_or(ConversationId(Uuid::max())))
        .bind(limit)
        .all()
        .await
}

/// Those in which the partner is asked.
pub(super) async fn of_partner(
    tx: &mut Tx,
    hub: HubId,
    partner: PartnerId,
    before: Option<ConversationId>,
    limit: i64,
) -> Result<Vec<Conversation>> {
    tx.query(conversations!("c.partner_id = $2 AND c.id < $3 ORDER BY c.id DESC LIMIT $4"))
        .bind(hub)
        .bind(partner)
        .bind(before.unwrap_or(ConversationId(Uuid::max())))
        .bind(limit)
        .all()
        .await
}

/// The newest conversation of a school about an offer.
pub(super) async fn between(
    tx: &mut Tx,
    hub: HubId,
    offer: OfferId,
    asking: SchoolId,
) -> Result<Option<(ConversationId,)>> {
    tx.query(
        "SELECT id FROM conversations WHERE hub_id = $1 AND offer_id = $2 AND asking_school_id = $3
         ORDER BY id DESC LIMIT 1",
    )
    .bind(hub)
    .bind(offer)
    .bind(asking)
    .optional()
    .await
}

pub(super) async fn insert(tx: &mut Tx, hub: HubId, new: &New) -> Result<Changed> {
    let (_, school, partner) = new.provider.parts();
    tx.query(
        "INSERT INTO conversations (hub_id, id, offer_id, asking_school_id, school_id, partner_id, subject, opened_at,
                                    last_message_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
    )
    .bind(hub)
    .bind(new.id)
    .bind(new.offer)
    .bind(new.asking)
    .bind(school)
    .bind(partner)
    .bind(new.subject.clone())
    .bind(new.now)
    .run()
    .await
}

pub(super) async fn insert_message(tx: &mut Tx, hub: HubId, id: ConversationId, new: &NewMessage) -> Result<Changed> {
    let (_, school, partner) = new.own.parts();
    tx.query(
        "INSERT INTO conversation_messages (hub_id, conversation_id, id, side, school_id, partner_id, person_id, words,
                                            sent_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(hub)
    .bind(id)
    .bind(new.id)
    .bind(new.side)
    .bind(school)
    .bind(partner)
    .bind(new.person)
    .bind(new.text.clone())
    .bind(new.now)
    .run()
    .await
}

/// Records when somebody wrote last.
pub(super) async fn touch(tx: &mut Tx, hub: HubId, id: ConversationId, now: DateTime<Utc>) -> Result<Changed> {
    tx.query("UPDATE conversations SET last_message_at = $3 WHERE hub_id = $1 AND id = $2")
        .bind(hub)
        .bind(id)
        .bind(now)
        .run()
        .await
}

pub(super) async fn messages(
    tx: &mut Tx,
    hub: HubId,
    id: ConversationId,
    after: Option<MessageId>,
    limit: i64,
) -> Result<Vec<Message>> {
    tx.query(messages!("m.id > $3 ORDER BY m.id LIMIT $4"))
        .bind(hub)
        .bind(id)
        .bind(after.unwrap_or(MessageId(Uuid::nil())))
        .bind(limit)
        .all()
        .await
}

/// The messages that were sent at an instant.
pub(super) async fn messages_at(
    tx: &mut Tx,
    hub: HubId,
    id: ConversationId,
    at: DateTime<Utc>,
) -> Result<Vec<Message>> {
    tx.query(messages!("m.sent_at = $3 ORDER BY m.id")).bind(hub).bind(id).bind(at).all().await
}

pub(super) async fn message(
    tx: &mut Tx,
    hub: HubId,
    id: ConversationId,
    message: MessageId,
) -> Result<Option<Message>> {
    tx.query(messages!("m.id = $3")).bind(hub).bind(id).bind(message).optional().await
}

pub(super) async fn complain(
    tx: &mut Tx,
    hub: HubId,
    id: ConversationId,
    (side, now, reason): (Side, DateTime<Utc>, Prose),
) -> Result<Changed> {
    tx.query(
        "UPDATE conversations SET complained_at = $3, complained_by = $4, complaint = $5, answer = NULL, answered_at = NULL
         WHERE hub_id = $1 AND id = $2 AND (complained_at IS NULL OR answered_at IS NOT NULL)",
    )
    .bind(hub)
    .bind(id)
    .bind(now)
    .bind(side)
    .bind(reason)
    .run()
    .await
}

pub(super) async fn answer(
    tx: &mut Tx,
    hub: HubId,
    id: ConversationId,
    (now, answer): (DateTime<Utc>, Prose),
) -> Result<Changed> {
    tx.query(
        "UPDATE conversations SET answer = $4, answered_at = $3
         WHERE hub_id = $1 AND id = $2 AND complained_at IS NOT NULL AND answered_at IS NULL",
    )
    .bind(hub)
    .bind(id)
    .bind(now)
    .bind(answer)
    .run()
    .await
}

pub(super) async fn asking_to_successor(
    tx: &mut Tx,
    hub: HubId,
    (school, successor): (SchoolId, SchoolId),
) -> Result<Changed> {
    tx.query("UPDATE conversations SET asking_school_id = $3 WHERE hub_id = $1 AND asking_school_id = $2")
        .bind(hub)
        .bind(school)
        .bind(successor)
        .run()
        .await
}

pub(super) async fn offering_to_successor(
    tx: &mut Tx,
    hub: HubId,
    (school, successor): (SchoolId, SchoolId),
) -> Result<Changed> {
    tx.query("UPDATE conversations SET school_id = $3 WHERE hub_id = $1 AND school_id = $2")
        .bind(hub)
        .bind(school)
        .bind(successor)
        .run()
        .await
}

/// Makes the messages of one record of a person another's.
pub(super) async fn hand_over(tx: &mut Tx, hub: HubId, (from, to): (PersonId, PersonId)) -> Result<Changed> {
    tx.query("UPDATE conversation_messages SET person_id = $3 WHERE hub_id = $1 AND person_id = $2")
        .bind(hub)
        .bind(from)
        .bind(to)
        .run()
        .await
}
