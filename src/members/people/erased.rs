//! People who were erased: a number in place of a name, and no address.

use chrono::{DateTime, Utc};

use super::{Error, Person, sql};
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId};
use crate::base::text::{Email, Line};
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};

/// What somebody is called once they are erased: `Erased person 7F3A`. The same for the same person, always.
pub fn erased_name(id: PersonId) -> Line {
    let digits = id.0.simple().to_string().to_uppercase();
    let last = digits.get(digits.len().saturating_sub(4)..).unwrap_or_default();
    Line::stored(format!("Erased person {last}"))
}

/// An address that nobody has, nor can have: unique, as addresses are.
fn no_address(id: PersonId) -> Email {
    Email::stored(format!("{}@erased.invalid", id.0.simple()))
}

/// Erases the name and address of a person who is disabled, their links and pending addresses. For
/// [`crate::lifecycle::erasure`], which erases what else there is.
pub async fn erase(journal: &mut Journal, id: PersonId) -> Result<Person, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    sql::changing::forget_links(journal.tx(), hub, id).await?.any();
    sql::changing::forget_address(journal.tx(), hub, id).await?.any();
    let erased = sql::changing::erase(journal.tx(), hub, id, (erased_name(id), no_address(id)), now).await?;
    let erased = erased.ok_or(Error::Unknown)?;
    journal.changed(Change::new(Kind::PersonErased, id));
    Ok(erased)
}

/// Some of those who were disabled before an instant and are not erased, and who have had no place on an event since.
pub async fn due_for_erasure(
    tx: &mut Tx,
    hub: HubId,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<PersonId>, db::Error> {
    Ok(sql::changing::to_erase(tx, hub, before, limit).await?.into_iter().map(|(id,)| id).collect())
}
