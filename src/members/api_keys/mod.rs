//! API keys: how programs call, each with the rights of a person of the hub as far as its scope goes.
//!
//! The text of a key is shown once; its digest is kept, in a table of the deployment that says which key of which hub it
//! opens. Whether the key still opens anything is read on every request.

mod sql;
mod text;

use chrono::{DateTime, Months, TimeDelta, Utc};

pub use text::KeyText;

use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{ApiKeyId, HubId, PersonId};
use crate::base::text::Line;
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};
use crate::members::people::{self, Role};

/// All that is kept of the text of a key.
pub type Digest = [u8; 32];

words!(/** What an API key may be used for, never beyond what its person may. */ Scope {
    /// To read.
    Read = "read",
    /// To read, and to book, approve and cancel.
    Book = "book",
    /// To read, and to post: sales of credits, gifts, corrections, statements of partners and their payments.
    Finance = "finance",
    /// For everything but keys and ways of signing in.
    All = "all",
});

/// The longest life of a key, in months.
const LONGEST: Months = Months::new(24);

/// How often the last use of a key is written.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A key, without its text.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct ApiKey {
    /// The key's id, by which the logs name it.
    pub id: ApiKeyId,
    /// What the key is called.
    pub name: Line,
    /// The person whose rights it has.
    pub person_id: PersonId,
    /// What it may be used for.
    pub scope: Scope,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: PersonId,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to the minute; null where it never was.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked; null where it was not.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Who revoked it.
    pub revoked_by: Option<PersonId>,
}

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// What it is called.
    pub name: Line,
    /// What it may be used for.
    pub scope: Scope,
    /// Whose rights it has.
    pub person: PersonId,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Why a key can't be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such person for the caller.
    #[error("there is no such person in the hub, or they are disabled")]
    UnknownPerson,
    /// Managers make their own keys.
    #[error("a hub manager makes their own keys: nobody else has a key with a manager's rights")]
    OfAnotherManager,
    /// The key would never be good, or for too long.
    #[error("must be after now, and at most two years away")]
    Lifetime,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Whom a good key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The hub.
    pub hub: HubId,
    /// The key.
    pub key: ApiKeyId,
    /// The person whose rights it has.
    pub person: PersonId,
    /// What it may be used for.
    pub scope: Scope,
    /// Whether its use is to be written down.
    pub to_note: bool,
}

/// Why a key is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no such key.
    #[error("the API key is not valid")]
    Unknown,
    /// It was revoked.
    #[error("the API key was revoked")]
    Revoked,
    /// It has ended.
    #[error("the API key has expired")]
    Expired,
    /// Its person is disabled.
    #[error("the person of the API key is disabled")]
    Disabled,
}

/// A key as it stands, with what its person is.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Standing {
    person_id: PersonId,
    scope: Scope,
    created_by: PersonId,
    expires_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    role: Role,
    disabled_at: Option<DateTime<Utc>>,
}

/// Makes a key: the key, and its text, which nobody can be told again.
pub async fn create(journal: &mut Journal, new: NewApiKey) -> Result<(ApiKey, KeyText), Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let Some(created_by) = journal.actor() else { return Err(Error::UnknownPerson) };
    let latest = now.checked_add_months(LONGEST);
    if new.expires_at <= now || latest.is_none_or(|latest| new.expires_at > latest) {
        return Err(Error::Lifetime);
    }
    let person = people::get(journal.tx(), hub, new.person).await?;
    let person = person.filter(|person| person.disabled_at.is_none()).ok_or(Error::UnknownPerson)?;
    if person.role == Role::HubManager && person.id != created_by {
        return Err(Error::OfAnotherManager);
    }
    let key = ApiKey {
        id: journal.new_id(),
        name: new.name,
        person_id: person.id,
        scope: new.scope,
        created_at: now,
        created_by,
        expires_at: new.expires_at,
        last_used_at: None,
        revoked_at: None,
        revoked_by: None,
    };
    let text = KeyText::new();
    sql::insert(journal.tx(), hub, &key).await?.exactly(1)?;
    sql::insert_digest(journal.tx(), hub, key.id, &text.digest()).await?.exactly(1)?;
    journal.changed(Change::new(Kind::ApiKeyCreated, key.id).person(Some(key.person_id)));
    Ok((key, text))
}

/// One key of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: ApiKeyId) -> Result<Option<ApiKey>, db::Error> {
    sql::get(tx, hub, id).await
}

/// A page of keys in the order in which they were made, after a key; of one person, where one is given.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    person: Option<PersonId>,
    after: Option<ApiKeyId>,
    limit: i64,
) -> Result<Vec<ApiKey>, db::Error> {
    sql::list(tx, hub, person, after, limit).await
}

/// Revokes a key: it opens nothing from the next request on. Doing it twice changes nothing.
pub async fn revoke(journal: &mut Journal, key: &ApiKey) -> Result<(), db::Error> {
    let (hub, now, by) = (journal.hub(), journal.now(), journal.actor());
    if !sql::revoke(journal.tx(), hub, key.id, now, by).await?.none() {
        journal.changed(Change::new(Kind::ApiKeyRevoked, key.id).person(Some(key.person_id)));
    }
    Ok(())
}

/// Revokes every key of a person, for good: who they were is another's record now, or nobody's.
pub async fn revoke_all_of(journal: &mut Journal, person: PersonId) -> Result<(), db::Error> {
    let hub = journal.hub();
    for key in sql::of_person(journal.tx(), hub, person).await? {
        revoke(journal, &key).await?;
    }
    Ok(())
}

/// Hands the keys of one record of a person, which are revoked, to another record of theirs.
pub async fn hand_over(journal: &mut Journal, from: PersonId, to: PersonId) -> Result<(), db::Error> {
    revoke_all_of(journal, from).await?;
    let hub = journal.hub();
    sql::hand_over(journal.tx(), hub, (from, to)).await?.any();
    Ok(())
}

/// Which key of which hub a text opens. That never changes, so it may be remembered.
pub async fn opened_by(tx: &mut Tx, digest: &Digest) -> Result<Option<(HubId, ApiKeyId)>, db::Error> {
    sql::opened_by(tx, digest).await
}

/// Whom a key stands for at `now`.
pub async fn holder(
    tx: &mut Tx,
    hub: HubId,
    key: ApiKeyId,
    now: DateTime<Utc>,
) -> Result<Result<Holder, Refused>, db::Error> {
    let standing = sql::standing(tx, hub, key).await?;
    Ok(standing.ok_or(Refused::Unknown).and_then(|standing| standing.holder(hub, key, now)))
}

/// Writes down that a key is used now, unless that was done within the last minute.
pub async fn note_use(tx: &mut Tx, hub: HubId, key: ApiKeyId, now: DateTime<Utc>) -> Result<(), db::Error> {
    sql::note_use(tx, hub, key, now, now - NOTED_EVERY).await?.any();
    Ok(())
}

/// Whether a use that was written down at that time does for one now.
pub fn is_noted(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    at <= now && now < at + NOTED_EVERY
}

impl Standing {
    fn holder(&self, hub: HubId, key: ApiKeyId, now: DateTime<Utc>) -> Result<Holder, Refused> {
        // Whoever became a manager since would lend a manager's rights to whoever was given the key.
        let lends = self.role == Role::HubManager && self.created_by != self.person_id;
        if self.revoked_at.is_some() || lends {
            return Err(Refused::Revoked);
        }
        if now >= self.expires_at {
            return Err(Refused::Expired);
        }
        if self.disabled_at.is_some() {
            return Err(Refused::Disabled);
        }
        let to_note = !self.last_used_at.is_some_and(|used| is_noted(used, now));
        Ok(Holder { hub, key, person: self.person_id, scope: self.scope, to_note })
    }
}
