//! Hub managers named by the operator: the way back into a hub whose own managers can't get in.

use chrono::{DateTime, Utc};

use super::{Error, NewPerson, Person, Post, create, link, sql};
use crate::base::db::Db;
use crate::base::ids::HubId;
use crate::base::text::{Email, Line};
use crate::ledger::Journal;
use crate::ledger::audit::{self, By, Entry, Origin};
use crate::ledger::changes::{Change, Kind};
use crate::members::hubs;

/// Makes whoever has the address an enabled hub manager, adding them where nobody has it, and commits. Returns the
/// person and the secret of their link. A new person is called `name`, or the part of the address before the @.
pub async fn name_manager(
    db: &Db,
    hub: HubId,
    email: Email,
    name: Option<Line>,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(Person, String), Error> {
    let mut journal = Journal::open(db.write(hub).await?, hub, None, now).await.map_err(hubs::Error::from)?;
    let found = super::by_emails(journal.tx(), hub, std::slice::from_ref(&email)).await?.pop();
    let person = match found {
        Some(person) => promote(&mut journal, &person).await?,
        None => {
            let local = email.as_str().split('@').next().unwrap_or_default();
            let name = match name {
                Some(name) => name,
                None => Line::parse(local).map_err(|_| Error::NameNeeded)?,
            };
            create(&mut journal, NewPerson { name, email, post: Post::HubManager }).await?
        }
    };
    let secret = link(&mut journal, person.id).await?;
    let named = Entry::done("manager_named", By::default(), origin.clone(), now).to_person(person.id);
    audit::note(journal.tx(), hub, &[named]).await?;
    journal.commit().await.map_err(hubs::Error::from)?;
    Ok((person, secret))
}

/// Their former role ends; their bookings stay with the schools that paid.
async fn promote(journal: &mut Journal, before: &Person) -> Result<Person, Error> {
    let hub = journal.hub();
    let promoted = sql::promote(journal.tx(), hub, before.id).await?.ok_or(Error::Unknown)?;
    if before.disabled_at.is_some() {
        journal.changed(Change::new(Kind::PersonEnabled, before.id));
    }
    journal.changed(Change::new(Kind::PersonChanged, before.id));
    Ok(promoted)
}
