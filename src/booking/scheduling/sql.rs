//! Every statement of the invitations.

use chrono::{DateTime, Utc};

use super::Invitation;
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, LetterId, PersonId, SessionId};

/// What was told; goes on with the conditions.
macro_rules! told {
    ($conditions:literal) => {
        concat!(
            "SELECT i.session_id, i.event_id, i.invited, i.sequence, i.starts_at, i.ends_at, i.title, i.place, i.url, i.words, i.told_at
             FROM calendar_invitations i
             WHERE i.hub_id = $1 ",
            $conditions
        )
    };
}

const SENT: &str = told!("AND i.person_id = $2 ORDER BY i.session_id");

pub(super) async fn sent(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Vec<Invitation>> {
    tx.query(SENT).bind(hub).bind(person).all().await
}

const TOLD_BY: &str = told!("AND i.letter_id = $3 AND i.person_id = $2");

pub(super) async fn told_by(tx: &mut Tx, hub: HubId, person: PersonId, letter: LetterId) -> Result<Option<Invitation>> {
    tx.query(TOLD_BY).bind(hub).bind(person).bind(letter).optional().await
}

/// What was told of a session before is what was told last no more.
pub(super) async fn keep(tx: &mut Tx, hub: HubId, told: &[(LetterId, PersonId, Invitation)]) -> Result<Changed> {
    tx.batch::<14, _>(
        "WITH new (hub_id, person_id, session_id, event_id, letter_id, invited, sequence, starts_at, ends_at, title, place, url, words, told_at) AS (VALUES $rows)
         INSERT INTO calendar_invitations (hub_id, person_id, session_id, event_id, letter_id, invited, sequence, starts_at, ends_at, title, place, url, words, told_at)
         SELECT hub_id, person_id, session_id, event_id, letter_id, invited, sequence, starts_at, ends_at, title, place, url, words, told_at
         FROM new WHERE session_id IS NOT NULL
         ON CONFLICT (hub_id, person_id, session_id) DO UPDATE
         SET letter_id = excluded.letter_id, invited = excluded.invited, sequence = excluded.sequence,
             starts_at = excluded.starts_at, ends_at = excluded.ends_at, title = excluded.title, place = excluded.place,
             url = excluded.url, words = excluded.words, told_at = excluded.told_at",
        told,
        |values, row| {
            let it = row.map(|(_, _, invitation)| invitation);
            let session: Option<SessionId> = it.map(|it| it.session_id);
            values
                .bind(hub)
                .bind(row.map(|(_, person, _)| *person))
                .bind(session)
                .bind(it.map(|it| it.event_id))
                .bind(row.map(|(letter, _, _)| *letter))
                .bind(it.map(|it| it.invited))
                .bind(it.map(|it| it.sequence))
                .bind(it.map(|it| it.starts_at))
                .bind(it.map(|it| it.ends_at))
                .bind(it.map(|it| it.wording.title.clone()))
                .bind(it.and_then(|it| it.wording.place.clone()))
                .bind(it.and_then(|it| it.wording.url.clone()))
                .bind(it.and_then(|it| it.wording.words.clone()))
                .bind(it.map(|it| it.told_at))
        },
    )
    .await
}

pub(super) async fn forget(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Changed> {
    tx.query("DELETE FROM calendar_invitations WHERE hub_id = $1 AND person_id = $2").bind(hub).bind(person).run().await
}

pub(super) async fn outlived(tx: &mut Tx, hub: HubId, before: DateTime<Utc>) -> Result<Option<(SessionId,)>> {
    tx.query("SELECT session_id FROM calendar_invitations WHERE hub_id = $1 AND ends_at < $2 LIMIT 1")
        .bind(hub)
        .bind(before)
        .optional()
        .await
}

pub(super) async fn purge(tx: &mut Tx, hub: HubId, before: DateTime<Utc>) -> Result<Changed> {
    tx.query("DELETE FROM calendar_invitations WHERE hub_id = $1 AND ends_at < $2").bind(hub).bind(before).run().await
}

pub(super) async fn looked(tx: &mut Tx, hub: HubId) -> Result<Option<i64>> {
    let row: Option<(i64,)> =
        tx.query("SELECT writes FROM calendar_looks WHERE hub_id = $1").bind(hub).optional().await?;
    Ok(row.map(|(writes,)| writes))
}

pub(super) async fn set_looked(tx: &mut Tx, hub: HubId, writes: i64) -> Result<Changed> {
    tx.query(
        "INSERT INTO calendar_looks (hub_id, writes) VALUES ($1, $2)
         ON CONFLICT (hub_id) DO UPDATE SET writes = excluded.writes",
    )
    .bind(hub)
    .bind(writes)
    .run()
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn what_was_told_is_one_range_of_an_index() {
        for (statement, range) in [
            (SENT, "sqlite_autoindex_calendar_invitations_1 (hub_id=? AND person_id=?)"),
            (TOLD_BY, "calendar_invitations_by_letter (hub_id=? AND letter_id=?)"),
        ] {
            let plan = plan(statement).await;
            assert!(plan.iter().any(|step| step.starts_with("SEARCH i ") && step.contains(range)), "{plan:#?}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE") || step.starts_with("SCAN")), "{plan:#?}");
        }
    }
}
