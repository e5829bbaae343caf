//! Every statement of the outbox.

pub(super) mod unreached;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Became, Due, Kind, Letter, Receiver, State, Those, View};
use crate::base::db::{Changed, Result, Tx, Writes};
use crate::base::ids::{ContactId, HubId, LetterId, NewsletterId, PersonId};
use crate::base::text::Email;

/// Letters of a kind without a secret, written at the first instant and given up at the second.
pub(super) fn insert(
    tx: &Tx,
    writes: &mut Writes,
    hub: HubId,
    (kind, letters): (Kind, &[(LetterId, PersonId)]),
    (now, until): (DateTime<Utc>, DateTime<Utc>),
) {
    writes.add::<6, _>(
        tx,
        "WITH new (hub_id, id, person_id, kind, written_at, until) AS (VALUES $rows)
         INSERT INTO letters (hub_id, id, person_id, kind, written_at, due_at, until, tries, state)
         SELECT hub_id, id, person_id, kind, written_at, written_at, until, 0, 'waiting'
         FROM new WHERE id IS NOT NULL",
        letters,
        |values, row| {
            values
                .bind(hub)
                .bind(row.map(|(id, _)| *id))
                .bind(row.map(|(_, person)| *person))
                .bind(kind)
                .bind(now)
                .bind(until)
        },
    );
}

/// The letter of a notice that goes to an address of its own.
pub(super) async fn insert_to(
    tx: &mut Tx,
    hub: HubId,
    (id, person): (LetterId, PersonId),
    address: &Email,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Changed> {
    tx.query(
        "INSERT INTO letters (hub_id, id, person_id, address, kind, written_at, due_at, until, tries, state)
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7, 0, 'waiting')",
    )
    .bind(hub)
    .bind(id)
    .bind(person)
    .bind(address.clone())
    .bind(Kind::Notice)
    .bind(now)
    .bind(until)
    .run()
    .await
}

pub(super) async fn insert_newsletter(
    tx: &mut Tx,
    hub: HubId,
    newsletter: NewsletterId,
    letters: &[(LetterId, &Receiver)],
    (now, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Changed> {
    tx.batch::<9, _>(
        "WITH new (hub_id, id, person_id, contact_id, address, newsletter_id, kind, written_at, until) AS (VALUES $rows)
         INSERT INTO letters (hub_id, id, person_id, contact_id, address, newsletter_id, kind, written_at, due_at, until, tries, state)
         SELECT hub_id, id, person_id, contact_id, address, newsletter_id, kind, written_at, written_at, until, 0, 'waiting'
         FROM new WHERE id IS NOT NULL",
        letters,
        |values, row| {
            let (person, contact, address) = match row.map(|(_, receiver)| *receiver) {
                Some(Receiver::Person(person)) => (Some(*person), None, None),
                Some(Receiver::Contact(contact, address)) => (None, Some(*contact), Some(address.clone())),
                None => (None, None, None),
            };
            let values = values.bind(hub).bind(row.map(|(id, _)| *id)).bind(person).bind(contact).bind(address);
            values.bind(newsletter).bind(Kind::Newsletter).bind(now).bind(until)
        },
    )
    .await
}

/// A letter that tells a secret.
pub(super) struct NewSecret<'a> {
    pub(super) id: LetterId,
    pub(super) person: PersonId,
    pub(super) address: Option<&'a Email>,
    pub(super) kind: Kind,
    pub(super) sealed: Vec<u8>,
}

pub(super) async fn insert_secret(
    tx: &mut Tx,
    hub: HubId,
    new: NewSecret<'_>,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Changed> {
    tx.query(
        "INSERT INTO letters (hub_id, id, person_id, address, kind, sealed, written_at, due_at, until, tries, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, 0, 'waiting')",
    )
    .bind(hub)
    .bind(new.id)
    .bind(new.person)
    .bind(new.address.cloned())
    .bind(new.kind)
    .bind(new.sealed)
    .bind(now)
    .bind(until)
    .run()
    .await
}

pub(super) async fn hubs_with_due(tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<(HubId,)>> {
    tx.query(
        "SELECT h.id FROM hubs h WHERE EXISTS (
             SELECT 1 FROM letters l WHERE l.hub_id = h.id AND l.state = 'waiting' AND l.due_at <= $1)
            OR EXISTS (
             SELECT 1 FROM letters l WHERE l.hub_id = h.id AND l.state = 'gathered' AND l.due_at <= $1)
         ORDER BY h.id",
    )
    .bind(now)
    .all()
    .await
}

pub(super) async fn hubs_with_untried(tx: &mut Tx, before: DateTime<Utc>) -> Result<Vec<(HubId,)>> {
    tx.query(
        "SELECT h.id FROM hubs h WHERE EXISTS (
             SELECT 1 FROM letters l
             WHERE l.hub_id = h.id AND l.state = 'waiting' AND l.due_at <= $1 AND l.tries = 0)
         ORDER BY h.id",
    )
    .bind(before)
    .all()
    .await
}

/// Of two who take the same letters at once, one has them: the other finds them due later when it comes to them.
/// What is due is found once, and each then by its key: left to itself, PostgreSQL without statistics of the table looks for
/// it anew for every letter that waits.
const TAKE: &str = "WITH due (letter_id) AS MATERIALIZED (
         SELECT l.id FROM letters l
         WHERE l.hub_id = $1 AND l.state = 'waiting' AND l.due_at <= $3
           AND (l.kind <> 'notice' OR NOT EXISTS (
                SELECT 1 FROM letters e
                WHERE e.hub_id = l.hub_id AND e.person_id = l.person_id AND e.id < l.id
                  AND e.state = 'waiting' AND e.tries > 0 AND e.kind = 'notice' AND e.due_at > l.due_at))
         ORDER BY l.due_at, l.id LIMIT $5)
     UPDATE letters SET lease_id = $2, due_at = $4, tries = tries + 1
     FROM due
     WHERE letters.hub_id = $1 AND letters.id = due.letter_id AND COALESCE(letters.state, '') = 'waiting' AND letters.due_at <= $3
     RETURNING id, person_id, address, kind, sealed, newsletter_id, contact_id, written_at, until, tries";

const TAKE_GATHERED: &str = "WITH due (receiver_id) AS MATERIALIZED (
         SELECT l.person_id FROM letters l
         WHERE l.hub_id = $1 AND l.state = 'gathered' AND l.due_at <= $3
         GROUP BY l.person_id ORDER BY MIN(l.due_at), l.person_id LIMIT $5)
     UPDATE letters SET lease_id = $2, due_at = $4, tries = tries + 1
     FROM due
     WHERE letters.hub_id = $1 AND letters.person_id = due.receiver_id AND letters.state = 'gathered'
       AND letters.state <> 'waiting'
       AND letters.due_at <= $3
     RETURNING id, person_id, address, kind, sealed, newsletter_id, contact_id, written_at, until, tries";

pub(super) async fn take(
    tx: &mut Tx,
    hub: HubId,
    by: Uuid,
    due: Due,
    (now, lease): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Letter>> {
    let (statement, limit) = match due {
        Due::Single(limit) => (TAKE, limit),
        Due::Gathered(limit) => (TAKE_GATHERED, limit),
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.query(statement).bind(hub).bind(by).bind(now).bind(lease).bind(limit).all().await
}

pub(super) async fn mark(
    tx: &mut Tx,
    hub: HubId,
    by: Uuid,
    became: &[(LetterId, Became)],
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.batch::<7, _>(
        "WITH done (hub_id, id, lease_id, state, due_at, reason, ended_at) AS (VALUES $rows)
         UPDATE letters
         SET state = COALESCE(done.state, letters.state), due_at = COALESCE(done.due_at, letters.due_at),
             reason = done.reason, ended_at = done.ended_at, lease_id = NULL,
             tries = CASE WHEN done.state = 'gathered' THEN 0 ELSE letters.tries END,
             sealed = CASE WHEN done.ended_at IS NULL THEN letters.sealed END
         FROM done
         WHERE letters.hub_id = done.hub_id AND letters.id = done.id AND letters.lease_id = done.lease_id
           AND letters.state IN ('waiting', 'gathered')",
        became,
        |values, row| {
            let became = row.map(|(_, became)| became);
            let (state, due_at, reason) = match became {
                Some(Became::Sent) => (Some(State::Sent), None, None),
                Some(Became::Unwanted(reason)) => (Some(State::Unwanted), None, Some(reason.clone())),
                Some(Became::Gathered(due_at)) => (Some(State::Gathered), Some(*due_at), None),
                // It stays among those that it is of.
                Some(Became::Later(due_at, reason)) => (None, Some(*due_at), Some(reason.clone())),
                Some(Became::Dead(reason)) => (Some(State::Dead), None, Some(reason.clone())),
                None => (None, None, None),
            };
            let ended_at = state.filter(|state| *state != State::Gathered).map(|_| now);
            let id = row.map(|(id, _)| *id);
            values.bind(hub).bind(id).bind(by).bind(state).bind(due_at).bind(reason).bind(ended_at)
        },
    )
    .await
}

pub(super) async fn came_back(tx: &mut Tx, hub: HubId, id: LetterId, why: &str) -> Result<Changed> {
    tx.query("UPDATE letters SET state = 'dead', reason = $3 WHERE hub_id = $1 AND id = $2 AND state = 'sent'")
        .bind(hub)
        .bind(id)
        .bind(why.to_owned())
        .run()
        .await
}

pub(super) async fn was_complained_of(tx: &mut Tx, hub: HubId, id: LetterId, why: &str) -> Result<Changed> {
    tx.query("UPDATE letters SET reason = $3 WHERE hub_id = $1 AND id = $2 AND state = 'sent'")
        .bind(hub)
        .bind(id)
        .bind(why.to_owned())
        .run()
        .await
}

pub(super) async fn receiver_of(
    tx: &mut Tx,
    hub: HubId,
    id: LetterId,
) -> Result<Option<(Option<PersonId>, Option<ContactId>)>> {
    tx.query("SELECT person_id, contact_id FROM letters WHERE hub_id = $1 AND id = $2")
        .bind(hub)
        .bind(id)
        .optional()
        .await
}

/// The last letter to a person's own address that was sent, or could not be, by `letters_of_person`.
pub(super) async fn last_ended(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Option<(State, Option<String>)>> {
    tx.query(
        "SELECT state, reason FROM letters
         WHERE hub_id = $1 AND person_id = $2 AND address IS NULL AND state IN ('sent', 'dead')
           AND state <> 'waiting' ORDER BY id DESC LIMIT 1",
    )
    .bind(hub)
    .bind(person)
    .optional()
    .await
}

/// The same of a contact, by `letters_to_contact`.
pub(super) async fn last_ended_to_contact(
    tx: &mut Tx,
    hub: HubId,
    contact: ContactId,
) -> Result<Option<(State, Option<String>)>> {
    tx.query(
        "SELECT state, reason FROM letters
         WHERE hub_id = $1 AND contact_id = $2 AND state IN ('sent', 'dead') ORDER BY id DESC LIMIT 1",
    )
    .bind(hub)
    .bind(contact)
    .optional()
    .await
}

pub(super) async fn remove_untried(tx: &mut Tx, hub: HubId, before: DateTime<Utc>) -> Result<Changed> {
    tx.query("DELETE FROM letters WHERE hub_id = $1 AND state = 'waiting' AND due_at <= $2 AND tries = 0")
        .bind(hub)
        .bind(before)
        .run()
        .await
}

/// Those of the person `$2`: what somebody has tried to send by its index, the others among all that wait.
macro_rules! all_of {
    () => {
        "id IN (SELECT l.id FROM letters l WHERE l.hub_id = $1 AND l.person_id = $2 AND (l.state <> 'waiting' OR l.tries > 0)
                UNION ALL
                SELECT l.id FROM letters l WHERE l.hub_id = $1 AND l.state = 'waiting' AND l.person_id = $2 AND l.tries = 0)"
    };
}

/// Letters as they are looked at; goes on with the conditions.
macro_rules! letters {
    ($conditions:literal) => {
        concat!(
            "SELECT l.id, l.kind, n.kind AS notice_kind, l.newsletter_id, l.person_id, COALESCE(p.name, c.name) AS person_name,
                    COALESCE(l.address, p.email) AS address, l.state, l.reason, l.tries, l.written_at,
                    CASE WHEN l.state IN ('waiting', 'gathered') THEN l.due_at END AS due_at, l.ended_at
             FROM letters l
             LEFT JOIN people p ON p.hub_id = l.hub_id AND p.id = l.person_id
             LEFT JOIN newsletter_contacts c ON c.hub_id = l.hub_id AND c.id = l.contact_id
             LEFT JOIN notices n ON n.hub_id = l.hub_id AND n.person_id = l.person_id AND n.id = l.id
             WHERE l.hub_id = $1 ",
            $conditions
        )
    };
}

pub(super) use letters;

const ALL: &str = letters!("AND l.id < $2 ORDER BY l.id DESC LIMIT $3");

const IN_STATE: &str = letters!("AND l.id < $2 AND l.state = $4 ORDER BY l.id DESC LIMIT $3");

const OF_PERSON: &str = letters!(
    "AND l.id < $2 AND l.person_id = $4 AND l.state = $5 AND (l.state <> 'waiting' OR l.tries > 0)
     ORDER BY l.id DESC LIMIT $3"
);

/// Of those that nobody has tried to send yet: they are found among all that wait.
const OF_PERSON_UNTRIED: &str =
    letters!("AND l.id < $2 AND l.person_id = $4 AND l.state = 'waiting' AND l.tries = 0 ORDER BY l.id DESC LIMIT $3");

pub(super) async fn list(
    tx: &mut Tx,
    hub: HubId,
    Those { state, person }: Those,
    before: LetterId,
    limit: i64,
) -> Result<Vec<View>> {
    match (person, state) {
        (Some(person), Some(state)) => of_person(tx, hub, (person, state), before, limit).await,
        (Some(person), None) => {
            // Each state of theirs is a range of an index; all of them together are none.
            let mut all = Vec::new();
            for state in State::ALL {
                all.extend(of_person(tx, hub, (person, *state), before, limit).await?);
            }
            Ok(newest(all, limit))
        }
        (None, Some(state)) => tx.query(IN_STATE).bind(hub).bind(before).bind(limit).bind(state).all().await,
        (None, None) => tx.query(ALL).bind(hub).bind(before).bind(limit).all().await,
    }
}

async fn of_person(
    tx: &mut Tx,
    hub: HubId,
    (person, state): (PersonId, State),
    before: LetterId,
    limit: i64,
) -> Result<Vec<View>> {
    let mut all = tx.query(OF_PERSON).bind(hub).bind(before).bind(limit).bind(person).bind(state).all().await?;
    if state == State::Waiting {
        let untried = tx.query(OF_PERSON_UNTRIED).bind(hub).bind(before).bind(limit).bind(person);
        all.extend(untried.all().await?);
    }
    Ok(newest(all, limit))
}

/// So many of them, the newest first.
fn newest(mut all: Vec<View>, limit: i64) -> Vec<View> {
    all.sort_by_key(|letter| std::cmp::Reverse(letter.id));
    all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    all
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, id: LetterId) -> Result<Option<View>> {
    tx.query(letters!("AND l.id = $2")).bind(hub).bind(id).optional().await
}

pub(super) async fn send_again(
    tx: &mut Tx,
    hub: HubId,
    id: LetterId,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Changed> {
    tx.query(
        "UPDATE letters SET state = 'waiting', due_at = $3, until = $4, tries = 0, ended_at = NULL, lease_id = NULL
         WHERE hub_id = $1 AND id = $2 AND state = 'dead'",
    )
    .bind(hub)
    .bind(id)
    .bind(now)
    .bind(until)
    .run()
    .await
}

pub(super) async fn hand_over(tx: &mut Tx, hub: HubId, (from, to): (PersonId, PersonId)) -> Result<Changed> {
    tx.query(concat!("UPDATE letters SET person_id = $3 WHERE hub_id = $1 AND ", all_of!()))
        .bind(hub)
        .bind(from)
        .bind(to)
        .run()
        .await
}

/// Letters of newsletters that another record of the person has a letter of too.
pub(super) async fn forget_doubles(tx: &mut Tx, hub: HubId, (from, to): (PersonId, PersonId)) -> Result<Changed> {
    tx.query(
        "DELETE FROM letters WHERE hub_id = $1 AND person_id = $2 AND newsletter_id IN (
             SELECT n.id FROM newsletters n WHERE n.hub_id = $1 AND EXISTS (
                 SELECT 1 FROM letters k
                 WHERE k.hub_id = n.hub_id AND k.newsletter_id = n.id AND k.person_id = $3))",
    )
    .bind(hub)
    .bind(from)
    .bind(to)
    .run()
    .await
}

pub(super) async fn forget_contact(tx: &mut Tx, hub: HubId, contact: ContactId) -> Result<Changed> {
    tx.query("DELETE FROM letters WHERE hub_id = $1 AND contact_id = $2").bind(hub).bind(contact).run().await
}

pub(super) async fn forget_all_of(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Changed> {
    tx.query(concat!("DELETE FROM letters WHERE hub_id = $1 AND ", all_of!())).bind(hub).bind(person).run().await
}

pub(super) async fn outlived(tx: &mut Tx, hub: HubId, before: DateTime<Utc>) -> Result<Option<(LetterId,)>> {
    tx.query("SELECT id FROM letters WHERE hub_id = $1 AND ended_at < $2 LIMIT 1")
        .bind(hub)
        .bind(before)
        .optional()
        .await
}

pub(super) async fn purge(tx: &mut Tx, hub: HubId, before: DateTime<Utc>, limit: i64) -> Result<Changed> {
    tx.query(
        "DELETE FROM letters WHERE hub_id = $1 AND id IN (
             SELECT id FROM letters WHERE hub_id = $1 AND ended_at < $2 ORDER BY ended_at LIMIT $3)",
    )
    .bind(hub)
    .bind(before)
    .bind(limit)
    .run()
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn what_is_due_is_one_range_of_an_index() {
        let plan = plan(TAKE).await;
        for range in [
            "l USING INDEX letters_due (hub_id=? AND state=? AND due_at<?)",
            "letters_of_person (hub_id=? AND person_id=? AND state=? AND id<?)",
        ] {
            assert!(plan.iter().any(|step| step.contains(range)), "{range}: {plan:#?}");
        }
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE") || step.starts_with("SCAN l")), "{plan:#?}");
    }

    #[tokio::test]
    async fn a_page_is_one_range_of_an_index() {
        for (statement, range) in [
            (ALL, "sqlite_autoindex_letters_1 (hub_id=? AND id<?)"),
            (IN_STATE, "letters_by_state (hub_id=? AND state=? AND id<?)"),
            (OF_PERSON, "letters_of_person (hub_id=? AND person_id=? AND state=? AND id<?)"),
        ] {
            let plan = plan(statement).await;
            assert!(plan.iter().any(|step| step.starts_with("SEARCH l ") && step.contains(range)), "{plan:#?}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE") || step.starts_with("SCAN")), "{plan:#?}");
        }
    }
}
