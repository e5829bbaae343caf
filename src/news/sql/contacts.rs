//! Every statement of whom the newsletter goes to outside the hub.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{ContactId, HubId};
use crate::base::text::Email;
use crate::news::Contact;

/// The columns of a contact.
macro_rules! columns {
    () => {
        "id, name, email, added_at, added_by, stopped_at"
    };
}

pub(in crate::news) async fn list(
    tx: &mut Tx,
    hub: HubId,
    after: Option<ContactId>,
    limit: i64,
) -> Result<Vec<Contact>> {
    tx.query(concat!(
        "SELECT ",
        columns!(),
        " FROM newsletter_contacts WHERE hub_id = $1 AND id > $2 AND email_key NOT LIKE 'removed:%' ORDER BY id LIMIT $3"
    ))
    .bind(hub)
    .bind(after.unwrap_or(ContactId(Uuid::nil())))
    .bind(limit)
    .all()
    .await
}

pub(in crate::news) async fn get(tx: &mut Tx, hub: HubId, id: ContactId) -> Result<Option<Contact>> {
    tx.query(concat!(
        "SELECT ",
        columns!(),
        " FROM newsletter_contacts WHERE hub_id = $1 AND id = $2 AND email_key NOT LIKE 'removed:%'"
    ))
    .bind(hub)
    .bind(id)
    .optional()
    .await
}

/// What stands in the place of an address that was removed begins with it.
pub(in crate::news) const REMOVED: &str = "removed:";

pub(in crate::news) async fn by_key(tx: &mut Tx, hub: HubId, key: String) -> Result<Option<Contact>> {
    tx.query(concat!("SELECT ", columns!(), " FROM newsletter_contacts WHERE hub_id = $1 AND email_key = $2"))
        .bind(hub)
        .bind(key)
        .optional()
        .await
}

pub(in crate::news) async fn count(tx: &mut Tx, hub: HubId) -> Result<i64> {
    let (count,): (i64,) = tx
        .query("SELECT COUNT(*) FROM newsletter_contacts WHERE hub_id = $1 AND email_key NOT LIKE 'removed:%'")
        .bind(hub)
        .one()
        .await?;
    Ok(count)
}

pub(in crate::news) async fn insert(tx: &mut Tx, hub: HubId, new: &Contact) -> Result<Changed> {
    tx.query(
        "INSERT INTO newsletter_contacts (hub_id, id, name, email, email_key, added_at, added_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(hub)
    .bind(new.id)
    .bind(new.name.clone())
    .bind(new.email.clone())
    .bind(new.email.canonical())
    .bind(new.added_at)
    .bind(new.added_by)
    .run()
    .await
}

pub(in crate::news) async fn delete(tx: &mut Tx, hub: HubId, id: ContactId) -> Result<Changed> {
    tx.query("DELETE FROM newsletter_contacts WHERE hub_id = $1 AND id = $2").bind(hub).bind(id).run().await
}

/// Takes the name and the address of a contact away; what stays in its place keeps it from being added again.
pub(in crate::news) async fn forget(tx: &mut Tx, hub: HubId, id: ContactId, digest: String) -> Result<Changed> {
    tx.query(
        "UPDATE newsletter_contacts SET name = 'Removed', email = 'removed@address.invalid', email_key = $3
         WHERE hub_id = $1 AND id = $2",
    )
    .bind(hub)
    .bind(id)
    .bind(digest)
    .run()
    .await
}

pub(in crate::news) async fn is_removed(tx: &mut Tx, hub: HubId, digest: String) -> Result<bool> {
    let found: Option<(ContactId,)> = tx
        .query("SELECT id FROM newsletter_contacts WHERE hub_id = $1 AND email_key = $2")
        .bind(hub)
        .bind(digest)
        .optional()
        .await?;
    Ok(found.is_some())
}

pub(in crate::news) async fn stop(tx: &mut Tx, hub: HubId, id: ContactId, now: DateTime<Utc>) -> Result<Changed> {
    tx.query("UPDATE newsletter_contacts SET stopped_at = $3 WHERE hub_id = $1 AND id = $2 AND stopped_at IS NULL")
        .bind(hub)
        .bind(id)
        .bind(now)
        .run()
        .await
}

/// Those who have not stopped it and have no address of one of the hub's people, also of one who is disabled.
pub(in crate::news) async fn receivers(tx: &mut Tx, hub: HubId) -> Result<Vec<(ContactId, Email)>> {
    tx.query(
        "SELECT c.id, c.email FROM newsletter_contacts c
         WHERE c.hub_id = $1 AND c.stopped_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM people p WHERE p.hub_id = c.hub_id AND p.email_key = c.email_key)
         ORDER BY c.id",
    )
    .bind(hub)
    .all()
    .await
}
