//! Letters that tell a secret: what somebody asked for, or was asked, at their address. The secret is sealed for the
//! letter's row and wiped once it was sent or given up.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Kind, Letter, sql};
use crate::base::clock::new_id;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, LetterId, PersonId};
use crate::base::text::Email;
use crate::base::vault::{self, Vault};

/// What a letter tells that nobody else may know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The page that the secret opens.
    pub link: String,
    /// Six digits, where it signs in.
    pub code: Option<String>,
    /// Until when both work.
    pub expires_at: DateTime<Utc>,
}

/// Why a secret was not written or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The keys of the service don't seal, or did not seal it.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// What was sealed is no such secret.
    #[error("what was sealed is not what a letter tells")]
    Form(#[from] serde_json::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Where letters with secrets are put; where the service has no mail server, it takes none.
#[derive(Clone)]
pub struct Postbox(Option<Vault>);

impl Postbox {
    /// One that takes letters where `sends` says that the service sends any.
    pub fn new(vault: &Vault, sends: bool) -> Postbox {
        Postbox(sends.then(|| vault.clone()))
    }

    /// Whether it takes letters.
    pub fn takes(&self) -> bool {
        self.0.is_some()
    }

    /// Puts letters in, each for a person of the hub, at an address or at their own.
    pub async fn put(
        &self,
        tx: &mut Tx,
        hub: HubId,
        kind: Kind,
        letters: &[(PersonId, Option<Email>, Told)],
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let Some(vault) = &self.0 else { return Ok(()) };
        for (person, address, told) in letters {
            let id = LetterId(new_id(now));
            let sealed = vault.seal(&context(id), &serde_json::to_vec(told)?)?;
            let new = sql::NewSecret { id, person: *person, address: address.as_ref(), kind, sealed };
            sql::insert_secret(tx, hub, new, (now, told.expires_at)).await?.exactly(1)?;
        }
        Ok(())
    }
}

impl Letter {
    /// The secret that it tells, where it tells one.
    pub fn told(&self, vault: &Vault) -> Result<Option<Told>, Error> {
        let Some(sealed) = &self.sealed else { return Ok(None) };
        Ok(Some(serde_json::from_slice(&vault.open(&context(self.id), sealed)?)?))
    }
}

/// What the secret of a letter is sealed for.
fn context(id: LetterId) -> String {
    format!("letter {id}")
}
