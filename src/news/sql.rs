//! Every statement of the newsletter itself.

pub(super) mod contacts;
pub(super) mod fresh;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Because, Newsletter, Settings, Sight, State, Weekday};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, NewsletterId, PersonId};
use crate::base::text::{Line, Markdown};
use crate::messages::choices::TimeOfDay;

/// The columns of an issue.
macro_rules! columns {
    () => {
        "id, state, subject, markdown, since, gathered_at, send_at, edited_at, edited_by, skipped_because, sent_at, reached, version"
    };
}

pub(super) async fn settings(tx: &mut Tx, hub: HubId) -> Result<Option<Settings>> {
    let found: Option<(bool, Weekday, i64, i64)> = tx
        .query("SELECT is_on, weekday, minute, draft_days FROM newsletter_settings WHERE hub_id = $1")
        .bind(hub)
        .optional()
        .await?;
    Ok(found.map(|(enabled, weekday, minute, draft_days)| {
        let at = TimeOfDay::of_minutes(minute);
        Settings { enabled, weekday, at, draft_days }
    }))
}

pub(super) async fn set(tx: &mut Tx, hub: HubId, new: Settings) -> Result<Changed> {
    tx.query(
        "INSERT INTO newsletter_settings (hub_id, is_on, weekday, minute, draft_days) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (hub_id) DO UPDATE SET is_on = excluded.is_on, weekday = excluded.weekday, minute = excluded.minute,
             draft_days = excluded.draft_days",
    )
    .bind(hub)
    .bind(new.enabled)
    .bind(new.weekday)
    .bind(new.at.minutes())
    .bind(new.draft_days)
    .run()
    .await
}

pub(super) async fn insert(
    tx: &mut Tx,
    hub: HubId,
    id: NewsletterId,
    (subject, markdown): (Line, Markdown),
    (since, now, send_at): (DateTime<Utc>, DateTime<Utc>, DateTime<Utc>),
) -> Result<Changed> {
    tx.query(
        "INSERT INTO newsletters (hub_id, id, state, subject, markdown, since, gathered_at, send_at, version)
         VALUES ($1, $2, 'draft', $3, $4, $5, $6, $7, 1)",
    )
    .bind(hub)
    .bind(id)
    .bind(subject)
    .bind(markdown)
    .bind(since)
    .bind(now)
    .bind(send_at)
    .run()
    .await
}

const ALL: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM newsletters WHERE hub_id = $1 AND id < $2 AND ($4 IS NULL OR state = $4) ORDER BY id DESC LIMIT $3"
);

const SENT: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM newsletters WHERE hub_id = $1 AND state = 'sent' AND id < $2 AND ($4 IS NULL OR state = $4)
     ORDER BY id DESC LIMIT $3"
);

pub(super) async fn list(
    tx: &mut Tx,
    hub: HubId,
    (sight, state): (Sight, Option<State>),
    before: Option<NewsletterId>,
    limit: i64,
) -> Result<Vec<Newsletter>> {
    let statement = match sight {
        Sight::All => ALL,
        Sight::Sent => SENT,
    };
    let before = before.unwrap_or(NewsletterId(Uuid::max()));
    tx.query(statement).bind(hub).bind(before).bind(limit).bind(state).all().await
}

pub(super) async fn get(tx: &mut Tx, hub: HubId, id: NewsletterId) -> Result<Option<Newsletter>> {
    tx.query(concat!("SELECT ", columns!(), " FROM newsletters WHERE hub_id = $1 AND id = $2"))
        .bind(hub)
        .bind(id)
        .optional()
        .await
}

pub(super) async fn open(tx: &mut Tx, hub: HubId) -> Result<Option<Newsletter>> {
    tx.query(concat!("SELECT ", columns!(), " FROM newsletters WHERE hub_id = $1 AND state IN ('draft', 'sending')"))
        .bind(hub)
        .optional()
        .await
}

/// Whether there is an issue for this time or a later one, whatever has become of it.
pub(super) async fn any_from(tx: &mut Tx, hub: HubId, send_at: DateTime<Utc>) -> Result<Option<(NewsletterId,)>> {
    tx.query("SELECT id FROM newsletters WHERE hub_id = $1 AND send_at >= $2 LIMIT 1")
        .bind(hub)
        .bind(send_at)
        .optional()
        .await
}

/// Up to when the last issue that was sent tells what is new.
pub(super) async fn last_sent(tx: &mut Tx, hub: HubId) -> Result<Option<(DateTime<Utc>,)>> {
    tx.query("SELECT gathered_at FROM newsletters WHERE hub_id = $1 AND state = 'sent' ORDER BY id DESC LIMIT 1")
        .bind(hub)
        .optional()
        .await
}

pub(super) async fn edit(
    tx: &mut Tx,
    hub: HubId,
    (id, version): (NewsletterId, i64),
    (subject, markdown): (Line, Markdown),
    (now, by): (DateTime<Utc>, Option<PersonId>),
) -> Result<Option<Newsletter>> {
    tx.query(concat!(
        "UPDATE newsletters SET subject = $4, markdown = $5, edited_at = $6, edited_by = $7, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND version = $3 AND state = 'draft' RETURNING ",
        columns!()
    ))
    .bind(hub)
    .bind(id)
    .bind(version)
    .bind(subject)
    .bind(markdown)
    .bind(now)
    .bind(by)
    .optional()
    .await
}

pub(super) async fn gather(
    tx: &mut Tx,
    hub: HubId,
    id: NewsletterId,
    markdown: Markdown,
    now: DateTime<Utc>,
) -> Result<Option<Newsletter>> {
    tx.query(concat!(
        "UPDATE newsletters
         SET markdown = $3, gathered_at = $4, edited_at = NULL, edited_by = NULL, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND state = 'draft' RETURNING ",
        columns!()
    ))
    .bind(hub)
    .bind(id)
    .bind(markdown)
    .bind(now)
    .optional()
    .await
}

pub(super) async fn postpone(
    tx: &mut Tx,
    hub: HubId,
    id: NewsletterId,
    (subject, send_at): (Line, DateTime<Utc>),
) -> Result<Changed> {
    tx.query(
        "UPDATE newsletters SET subject = $3, send_at = $4, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND state = 'draft'",
    )
    .bind(hub)
    .bind(id)
    .bind(subject)
    .bind(send_at)
    .run()
    .await
}

pub(super) async fn skip(tx: &mut Tx, hub: HubId, id: NewsletterId, because: Because) -> Result<Changed> {
    tx.query(
        "UPDATE newsletters SET state = 'skipped', skipped_because = $3, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND state = 'draft'",
    )
    .bind(hub)
    .bind(id)
    .bind(because)
    .run()
    .await
}

pub(super) async fn begin_sending(
    tx: &mut Tx,
    hub: HubId,
    id: NewsletterId,
    (subject, markdown): (Line, Markdown),
) -> Result<Changed> {
    tx.query(
        "UPDATE newsletters SET state = 'sending', subject = $3, markdown = $4, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND state = 'draft'",
    )
    .bind(hub)
    .bind(id)
    .bind(subject)
    .bind(markdown)
    .run()
    .await
}

pub(super) async fn reach(tx: &mut Tx, hub: HubId, id: NewsletterId, last: PersonId) -> Result<Changed> {
    tx.query("UPDATE newsletters SET reached = $3 WHERE hub_id = $1 AND id = $2 AND state = 'sending'")
        .bind(hub)
        .bind(id)
        .bind(last)
        .run()
        .await
}

pub(super) async fn end_sending(tx: &mut Tx, hub: HubId, id: NewsletterId, now: DateTime<Utc>) -> Result<Changed> {
    tx.query(
        "UPDATE newsletters SET state = 'sent', sent_at = $3, reached = NULL, version = version + 1
         WHERE hub_id = $1 AND id = $2 AND state = 'sending'",
    )
    .bind(hub)
    .bind(id)
    .bind(now)
    .run()
    .await
}

const PEOPLE: &str = "SELECT id FROM people
     WHERE hub_id = $1 AND id > $2 AND disabled_at IS NULL AND erased_at IS NULL
     ORDER BY id LIMIT $3";

/// The next of the hub's people, in the order of their ids.
pub(super) async fn people_after(
    tx: &mut Tx,
    hub: HubId,
    after: Option<PersonId>,
    limit: i64,
) -> Result<Vec<(PersonId,)>> {
    let after = after.unwrap_or(PersonId(Uuid::nil()));
    tx.query(PEOPLE).bind(hub).bind(after).bind(limit).all().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::db::tests::plan;

    #[tokio::test]
    async fn a_page_is_one_range_of_an_index() {
        for (statement, range) in [
            (ALL, "sqlite_autoindex_newsletters_1 (hub_id=? AND id<?)"),
            (SENT, "newsletters_by_state (hub_id=? AND state=? AND id<?)"),
            (PEOPLE, "sqlite_autoindex_people_1 (hub_id=? AND id>?)"),
        ] {
            let plan = plan(statement).await;
            assert!(plan.iter().any(|step| step.contains(range)), "{plan:#?}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE") || step.starts_with("SCAN")), "{plan:#?}");
        }
    }
}
