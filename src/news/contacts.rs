//! Whom the newsletter goes to outside the hub, such as the contacts of its steering group: a list that its managers keep.
//! Each can stop it by the link in every issue, and is not added again then.

use chrono::{DateTime, Utc};

use super::sql::contacts as sql;
use crate::base::db::{self, Tx};
use crate::base::ids::{ContactId, HubId, PersonId};
use crate::base::secret;
use crate::base::text::{Email, Line};
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};
use crate::messages::outbox::{self, Receiver};

/// The most contacts that a hub has.
pub const MOST: i64 = 200;

/// Whom the newsletter goes to outside the hub.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = NewsletterContact)]
pub struct Contact {
    /// The contact's id.
    pub id: ContactId,
    /// Their name.
    pub name: Line,
    /// Their address.
    pub email: Email,
    /// When they were added.
    pub added_at: DateTime<Utc>,
    /// Who added them.
    pub added_by: Option<PersonId>,
    /// When they stopped it themselves; null where they get it.
    pub stopped_at: Option<DateTime<Utc>>,
}

/// Why a contact can't be added or removed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such contact.
    #[error("there is no such contact")]
    Unknown,
    /// The address is a contact's already.
    #[error("the address is on the list already")]
    Known,
    /// Whose address it is has stopped the newsletter.
    #[error("whoever has this address stopped the newsletter, and is not sent it again")]
    Stopped,
    /// The hub has as many as it may have.
    #[error("the newsletter goes to at most {} contacts", MOST)]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// A page of the contacts in the order in which they were added, after one.
pub async fn list(tx: &mut Tx, hub: HubId, after: Option<ContactId>, limit: i64) -> Result<Vec<Contact>, db::Error> {
    sql::list(tx, hub, after, limit).await
}

/// One contact.
pub async fn get(tx: &mut Tx, hub: HubId, id: ContactId) -> Result<Option<Contact>, db::Error> {
    sql::get(tx, hub, id).await
}

/// Adds a contact.
pub async fn add(journal: &mut Journal, name: Line, email: Email) -> Result<Contact, Error> {
    let hub = journal.hub();
    match sql::by_key(journal.tx(), hub, email.canonical()).await? {
        Some(known) if known.stopped_at.is_some() => return Err(Error::Stopped),
        Some(_) => return Err(Error::Known),
        None => {}
    }
    if sql::is_removed(journal.tx(), hub, digest(&email)).await? {
        return Err(Error::Stopped);
    }
    if sql::count(journal.tx(), hub).await? >= MOST {
        return Err(Error::TooMany);
    }
    let (id, added_at, added_by) = (journal.new_id(), journal.now(), journal.actor());
    let contact = Contact { id, name, email, added_at, added_by, stopped_at: None };
    sql::insert(journal.tx(), hub, &contact).await?.exactly(1)?;
    journal.changed(Change::new(Kind::NewsletterContactAdded, id));
    Ok(contact)
}

/// Removes a contact, with the letters to them. Of who has stopped the newsletter a digest of the address stays, so that
/// nobody adds them again; their name and address go.
pub async fn remove(journal: &mut Journal, id: ContactId) -> Result<(), Error> {
    let hub = journal.hub();
    let contact = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    outbox::forget_contact(journal, id).await?;
    match contact.stopped_at {
        Some(_) => sql::forget(journal.tx(), hub, id, digest(&contact.email)).await?.exactly(1)?,
        None => sql::delete(journal.tx(), hub, id).await?.exactly(1)?,
    }
    journal.changed(Change::new(Kind::NewsletterContactRemoved, id));
    Ok(())
}

/// What stays of an address that is not to be added again: no address is like it.
fn digest(email: &Email) -> String {
    format!("{}{}", sql::REMOVED, hex::encode(secret::digest(&email.canonical())))
}

/// Stops the newsletter for a contact; doing it twice changes nothing.
pub async fn stop(journal: &mut Journal, id: ContactId) -> Result<(), db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    sql::stop(journal.tx(), hub, id, now).await?.any();
    Ok(())
}

/// Those whom an issue is sent to now: who is one of the hub's people gets it as such, and once; or not, where they are
/// disabled.
pub(super) async fn receivers(tx: &mut Tx, hub: HubId) -> Result<Vec<Receiver>, db::Error> {
    let found = sql::receivers(tx, hub).await?;
    Ok(found.into_iter().map(|(id, email)| Receiver::Contact(id, email)).collect())
}
