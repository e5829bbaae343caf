//! What is told to somebody at their address, by a letter. Where the service has no mail server, a manager of the hub or
//! the operator passes such links on.

use chrono::{DateTime, Utc};

use super::Login;
use super::links::Made;
use crate::base::db::{self, Tx};
use crate::base::text::Line;
use crate::members::people::{self, Person};
use crate::messages::notices::{self, Kind as Notices, Notice};
use crate::messages::outbox::{Kind, Postbox, SecretError, Told};

/// What they asked for to get in: a code with its link, or a link to set a password. A login is of no hub, and a letter of
/// one: that in which somebody has had the address longest.
pub async fn tell(
    tx: &mut Tx,
    postbox: &Postbox,
    to: &Login,
    kind: Kind,
    (made, link): (&Made, String),
    now: DateTime<Utc>,
) -> Result<(), SecretError> {
    if !postbox.takes() {
        tracing::debug!(login = %to.id, kind = kind.as_str(), "asked for, but the service has no mail server");
        return Ok(());
    }
    let Some(person) = longest_here(tx, to).await? else { return Ok(()) };
    let told = Told { link, code: made.code.clone(), expires_at: made.expires_at };
    postbox.put(tx, person.hub_id, kind, &[(person.id, Some(to.email.clone()), told)], now).await
}

/// Tells whoever signs in by a login that their way in has changed, and how.
pub(super) async fn changed(tx: &mut Tx, login: &Login, how: &str, now: DateTime<Utc>) -> Result<(), db::Error> {
    let Some(person) = longest_here(tx, login).await? else { return Ok(()) };
    let notice = Notice { subject: Line::beginning(how), ..Notice::new(person.id, Notices::SignInChanged) };
    notices::tell_of_sign_in(tx, person.hub_id, &notice, now).await
}

/// Who has had the address longest, of those who are enabled.
async fn longest_here(tx: &mut Tx, login: &Login) -> Result<Option<Person>, db::Error> {
    let enabled = people::by_email(tx, &login.email).await?.into_iter().filter(|person| person.disabled_at.is_none());
    Ok(enabled.min_by_key(|person| person.id))
}
