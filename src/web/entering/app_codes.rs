//! What setting up an authenticator app takes, whoever asks.

use crate::ledger::Journal;
use crate::members::logins::throttle::Counted;
use crate::members::logins::{self, Login};
use crate::web::call::Caller;
use crate::web::problem::Problem;

/// What the app calls the service: the host by which people reach it.
pub(crate) fn issuer(public_url: &str) -> String {
    let host = url::Url::parse(public_url).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.filter(|host| !host.contains(':')).unwrap_or_else(|| "hub-credits".to_owned())
}

/// Counts a code before it is looked at: what is refused is counted too.
pub(crate) async fn count(caller: &Caller) -> Result<Counted, Problem> {
    super::count_own(caller.app(), &caller.person.email).await
}

/// The login of the caller's address.
pub(crate) async fn login(caller: &Caller, journal: &mut Journal) -> Result<Login, Problem> {
    let now = journal.now();
    Ok(logins::of_address(journal.tx(), &caller.person.email, now).await?)
}
