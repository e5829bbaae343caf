//! Helping somebody in: what a manager of their hub does for them where no e-mail reaches them, and what only the
//! operator does.

use super::{Login, find, memberships};
use crate::base::db;
use crate::base::ids::PersonId;
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};
use crate::members::people::{self, Role};

/// Why a manager can't help.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such person in the hub.
    #[error("there is no such person")]
    Unknown,
    /// They are disabled, or have never signed in.
    #[error("{0}")]
    NotSignedIn(&'static str),
    /// Another manager, or somebody who is in other hubs too.
    #[error("{0}")]
    Operator(&'static str),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// The login of somebody whom a manager of the hub may help in: nobody who manages a hub themselves, and nobody whose
/// login opens another hub too. It is told that they were helped.
pub async fn by_manager(journal: &mut Journal, person: PersonId) -> Result<Login, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let found = people::get(journal.tx(), hub, person).await?.ok_or(Error::Unknown)?;
    if found.disabled_at.is_some() {
        return Err(Error::NotSignedIn("this person is disabled: enable them first"));
    }
    if found.role == Role::HubManager {
        return Err(Error::Operator(
            "a hub manager is helped in by the operator of the service, not by another manager",
        ));
    }
    let login = super::of_address(journal.tx(), &found.email, now).await?;
    let hubs = memberships(journal.tx(), &login).await?;
    if hubs.iter().any(|of| of.hub_id != hub) {
        return Err(Error::Operator("this person is in other hubs too: the operator of the service helps them in"));
    }
    if hubs.is_empty() {
        return Err(Error::NotSignedIn("this person has not signed in yet: invite them"));
    }
    journal.changed(Change::new(Kind::PersonHelpedIn, person));
    Ok(login)
}

/// The login by which a person signs in, where there is one.
pub async fn login_of(journal: &mut Journal, person: PersonId) -> Result<Option<Login>, Error> {
    let hub = journal.hub();
    let found = people::get(journal.tx(), hub, person).await?.ok_or(Error::Unknown)?;
    Ok(find(journal.tx(), &found.email).await?)
}
