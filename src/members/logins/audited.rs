//! What the audit is told of signing in: in every hub that the login opens.

use chrono::{DateTime, Utc};

use super::Membership;
use crate::base::db::{self, Tx};
use crate::base::ids::{LoginId, LoginSessionId};
use crate::ledger::audit::{self, By, Entry, Origin, Outcome};

/// Somebody's act with a login.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    /// Its word: `sign_in`, `sign_out`, `refresh`, `reset_link_made`.
    pub word: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// More of it, in a word: by which means, or why not.
    pub detail: Option<&'a str>,
}

/// Records an act in every hub that the login opens, on the caller's transaction.
pub async fn note(
    tx: &mut Tx,
    act: Act<'_>,
    hubs: &[Membership],
    (login, session): (LoginId, Option<LoginSessionId>),
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(), db::Error> {
    for hub in hubs {
        let by = By {
            person: Some(hub.person_id),
            login: Some(login.0),
            session: session.map(|session| session.0),
            key: None,
        };
        let entry = Entry::done(act.word, by, origin.clone(), now);
        let entry = Entry { outcome: act.outcome, detail: act.detail.map(str::to_owned), ..entry };
        audit::note(tx, hub.hub_id, &[entry]).await?;
    }
    Ok(())
}
