//! Access and dietary needs: what somebody needs to take part, in a store of its own. Nothing else reads it: no list,
//! no export, no log and no error contains a word of it.
//!
//! Who reads it:
//! - the person, who alone writes and removes it;
//! - the organiser of an event (a hub manager, and the people of the school or partner that gives it), of
//!   those who hold a place on it, from the booking until [`KEPT`] after the end of its last session. Whoever
//!   gives the place up is not read from that moment on. Nothing is copied: what is written anew is
//!   what the organiser reads.
//!
//! In the database it is [sealed](Vault) for the one person: who has the database alone, or a copy of it, reads nothing.
//! Where the key file has lost the key, the person writes it anew.
//!
//! When it is purged: once [`KEPT`] has passed since it was written, and since the end of every event that the person
//! holds or held a place on or waits for ([`purge`], which a round runs). The needs of somebody who books one event and
//! no other are purged 30 days after that event; with another event to come they are kept until 30 days after that one,
//! while the organiser of the first can no longer read them.

mod sql;

use std::fmt;

use chrono::{DateTime, Days, Utc};

use crate::base::db::{self, Tx};
use crate::base::ids::{EventId, HubId, PersonId};
use crate::base::text::{Line, Prose};
use crate::base::vault::{self, Vault};
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};

/// How long after the end of an event needs are kept, and an organiser may read them.
pub const KEPT: Days = Days::new(30);

/// A person's access and dietary needs.
#[derive(Clone, PartialEq)]
pub struct Needs {
    /// Access needs: to get there, to get in, to see, hear and follow.
    pub access: Option<Prose>,
    /// Dietary needs.
    pub dietary: Option<Prose>,
    /// When the needs were written.
    pub written_at: DateTime<Utc>,
}

/// The needs of a delegate of an event.
#[derive(Clone)]
pub struct OfDelegate {
    /// The delegate.
    pub person_id: PersonId,
    /// The delegate's name.
    pub person_name: Line,
    /// Their school's name.
    pub school_name: Line,
    /// Access and dietary needs; none where they can't be opened.
    pub needs: Option<Needs>,
}

/// Why needs can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// They can't be opened, or sealed.
    #[error("the needs can't be read: {0}; put back the key file that belongs to the database, or write them anew")]
    Sealed(#[from] vault::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Shows nothing of the content, so that no log can.
impl fmt::Debug for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Needs").finish_non_exhaustive()
    }
}

/// What is sealed of a person's needs.
#[derive(serde::Serialize, serde::Deserialize)]
struct Words {
    access: Option<String>,
    dietary: Option<String>,
}

/// In whose name needs are sealed: those of one person never open as another's.
fn context(hub: HubId, person: PersonId) -> String {
    format!("needs of {person} in {hub}")
}

impl sql::Stored {
    fn open(self, vault: &Vault, hub: HubId) -> Result<Needs, vault::Error> {
        let sql::Stored { person_id, access, dietary, sealed, written_at } = self;
        let Some(sealed) = sealed else { return Ok(Needs { access, dietary, written_at }) };
        let plain = vault.open(&context(hub, person_id), &sealed)?;
        let words: Words = serde_json::from_slice(&plain).map_err(|_| vault::Error::NotOurs)?;
        let read = |words: Option<String>| words.map(|words| Prose::parse(&words)).transpose();
        let altered = |_| vault::Error::NotOurs;
        Ok(Needs {
            access: read(words.access).map_err(altered)?,
            dietary: read(words.dietary).map_err(altered)?,
            written_at,
        })
    }
}

/// A person's needs, if they have written any.
pub async fn get(tx: &mut Tx, vault: &Vault, hub: HubId, person: PersonId) -> Result<Option<Needs>, Error> {
    let stored = sql::get(tx, hub, person).await?;
    Ok(stored.map(|stored| stored.open(vault, hub)).transpose()?)
}

/// Whether a person has written any needs, without reading them.
pub async fn any(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<bool, db::Error> {
    Ok(sql::get(tx, hub, person).await?.is_some())
}

/// Replaces a person's needs; empty needs remove them.
pub async fn write(
    journal: &mut Journal,
    vault: &Vault,
    person: PersonId,
    access: Option<Prose>,
    dietary: Option<Prose>,
) -> Result<(), Error> {
    let said = |words: Option<Prose>| words.filter(|words| !words.as_str().trim().is_empty());
    let needs = Needs { access: said(access), dietary: said(dietary), written_at: journal.now() };
    if needs.access.is_none() && needs.dietary.is_none() {
        return Ok(remove(journal, person).await?);
    }
    let hub = journal.hub();
    put(journal.tx(), vault, hub, person, needs).await?;
    journal.changed(Change::new(Kind::PersonNeedsChanged, person));
    Ok(())
}

async fn put(tx: &mut Tx, vault: &Vault, hub: HubId, person: PersonId, needs: Needs) -> Result<(), Error> {
    let text = |words: Option<Prose>| words.map(|words| words.as_str().to_owned());
    let words = Words { access: text(needs.access), dietary: text(needs.dietary) };
    let plain = serde_json::to_vec(&words).map_err(|_| vault::Error::NoKey)?;
    let sealed = vault.seal(&context(hub, person), &plain)?;
    // What the newest key sealed begins with its id, also where the file has been written meanwhile.
    let key = vault.newest().filter(|key| sealed.starts_with(key));
    sql::put(tx, hub, person, (sealed, key), needs.written_at).await?.exactly(1)?;
    Ok(())
}

/// Hands the needs of one record of a person to another, sealed for that; where that has some, or these can't be
/// opened, they are removed.
pub async fn hand_over(journal: &mut Journal, vault: &Vault, from: PersonId, to: PersonId) -> Result<(), Error> {
    let hub = journal.hub();
    let Some(stored) = sql::get(journal.tx(), hub, from).await? else { return Ok(()) };
    let has_some = sql::get(journal.tx(), hub, to).await?.is_some();
    if let Ok(needs) = stored.open(vault, hub)
        && !has_some
    {
        put(journal.tx(), vault, hub, to, needs).await?;
        journal.changed(Change::new(Kind::PersonNeedsChanged, to));
    }
    Ok(remove(journal, from).await?)
}

/// How many needs are sealed anew at a time.
const AT_ONCE: i64 = 200;

/// Whether there are needs in the hub that the newest key does not seal.
pub async fn any_unsealed(tx: &mut Tx, vault: &Vault, hub: HubId) -> Result<bool, db::Error> {
    let Some(key) = vault.newest() else { return Ok(false) };
    Ok(!sql::unsealed_by(tx, hub, key, None, 1).await?.is_empty())
}

/// Seals with the newest key what it does not seal yet: what was written before needs were sealed, and what an older
/// key sealed. What can't be opened stays as it is. Returns how many were sealed, and how many can't be opened.
pub async fn reseal(journal: &mut Journal, vault: &Vault) -> Result<(usize, usize), Error> {
    let (hub, tx) = (journal.hub(), journal.tx());
    let (mut done, mut lost, mut after) = (0, 0, None);
    let Some(key) = vault.newest() else { return Ok((0, 0)) };
    loop {
        let page = sql::unsealed_by(tx, hub, key.clone(), after, AT_ONCE).await?;
        let Some(last) = page.last() else { return Ok((done, lost)) };
        after = Some(last.person_id);
        for stored in page {
            let person = stored.person_id;
            match stored.open(vault, hub) {
                Ok(needs) => {
                    put(tx, vault, hub, person, needs).await?;
                    done += 1;
                }
                Err(_) => lost += 1,
            }
        }
    }
}

/// Removes a person's needs.
pub async fn remove(journal: &mut Journal, person: PersonId) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::delete(journal.tx(), hub, person).await?.any();
    journal.changed(Change::new(Kind::PersonNeedsChanged, person));
    Ok(())
}

/// A page of the needs of delegates who hold a place on an event, in the order of their ids; nothing once the event has
/// been over for [`KEPT`].
pub async fn of_event(
    tx: &mut Tx,
    vault: &Vault,
    (hub, event): (HubId, EventId),
    now: DateTime<Utc>,
    after: Option<PersonId>,
    limit: i64,
) -> Result<Vec<OfDelegate>, db::Error> {
    let rows = sql::of_event(tx, hub, event, now - KEPT, after, limit).await?;
    let of = |row: sql::StoredOfDelegate| {
        let (person_id, needs) = (row.stored.person_id, row.stored.open(vault, hub));
        let needs =
            needs.inspect_err(|error| tracing::error!(%error, %person_id, "somebody's needs can't be opened")).ok();
        OfDelegate { person_id, person_name: row.person_name, school_name: row.school_name, needs }
    };
    Ok(rows.into_iter().map(of).collect())
}

/// Whether there is anything to purge.
pub async fn anything_due(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<bool, db::Error> {
    sql::outlived(tx, hub, now - KEPT).await
}

/// Purges needs that are no longer required (see the head of the module).
pub async fn purge(journal: &mut Journal) -> Result<(), db::Error> {
    let (hub, now) = (journal.hub(), journal.now());
    sql::purge(journal.tx(), hub, now - KEPT).await?.any();
    Ok(())
}
