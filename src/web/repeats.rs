//! Requests that were answered before, for those handlers that look at more than their write does: at what the first one
//! has changed.

use super::call::Caller;
use super::idempotency::{keyed, replay};
use super::problem::Problem;
use super::reply::Reply;
use crate::ledger::idempotency;

/// The answer to a request that was answered before, by its key; none where it is new or has none.
pub(super) async fn answered(caller: &Caller, body: &[u8]) -> Result<Option<Reply>, Problem> {
    let Some(keyed) = keyed(caller.request(), caller.hub(), caller.person.id, body)? else { return Ok(None) };
    let known = idempotency::recall(&mut caller.read().await?, &[&keyed]).await?;
    known.into_iter().next().flatten().map(replay).transpose()
}
