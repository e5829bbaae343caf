//! The `Idempotency-Key` header: read, and protected from being used twice at once.
//!
//! Of two simultaneous requests with one key, the second is refused where the same process is handling the first;
//! another process waits behind the hub's lock and then repeats the first's answer.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{HttpMessage, HttpRequest};

use super::problem::{Code, Problem};
use super::reply::Reply;
use super::secret::KEPT_NOWHERE;
use crate::base::ids::{HubId, PersonId};
use crate::ledger::idempotency::{Keyed, Known};

/// The key of a form of a page, which was made with it.
#[derive(Clone)]
pub(crate) struct FormKey(pub(crate) String);

/// The key that a request came with.
pub(crate) fn key_of(request: &HttpRequest) -> Result<Option<String>, Problem> {
    if let Some(FormKey(key)) = request.extensions().get::<FormKey>() {
        return Ok(Some(key.clone()));
    }
    let Some(key) = request.headers().get("idempotency-key") else { return Ok(None) };
    parse_key(key.to_str().unwrap_or_default()).map(Some)
}

/// The key of a request with what it stands for, if one was sent and the answer may be stored.
pub(crate) fn keyed(
    request: &HttpRequest,
    hub: HubId,
    person: PersonId,
    body: &[u8],
) -> Result<Option<Keyed>, Problem> {
    let Some(key) = key_of(request)? else { return Ok(None) };
    let pattern = request.match_pattern().unwrap_or_else(|| request.path().to_owned());
    if KEPT_NOWHERE.contains(&pattern.as_str()) {
        return Ok(None);
    }
    let asked = request.uri().path_and_query().map_or("/", |asked| asked.as_str());
    let route = format!("{} {pattern}", request.method());
    Ok(Some(Keyed { hub, person, route, key, digest: Keyed::digest(asked, body) }))
}

/// The refusal of a request that moves credits without a key.
pub(crate) fn required() -> Problem {
    Problem::new(
        Code::IdempotencyKeyRequired,
        "send an Idempotency-Key, such as a new UUID, and the same one when you try again",
    )
}

/// A key as a caller may send it: 1 to 100 visible ASCII characters.
fn parse_key(text: &str) -> Result<String, Problem> {
    let good = (1..=100).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    let wrong = || Problem::field("Idempotency-Key", "invalid", "must be 1 to 100 visible ASCII characters");
    good.then(|| text.to_owned()).ok_or_else(wrong)
}

/// The answer to a request whose key is known.
pub(crate) fn replay(known: Known) -> Result<Reply, Problem> {
    match known {
        Known::Reused => Err(Problem::new(Code::IdempotencyKeyReused, "this key was used with another body or path")),
        Known::Answered(mut stored) => {
            stored.headers.push(("idempotency-replayed".to_owned(), "true".to_owned()));
            Ok(Reply::from(stored))
        }
    }
}

/// The hub, person, route and key.
type Entry = (HubId, PersonId, String, String);

/// The keys of requests that this process is handling.
#[derive(Clone, Default)]
pub(crate) struct InFlight(Arc<Mutex<HashSet<Entry>>>);

/// Marks its key as in progress until dropped.
pub(crate) struct UnderWay<'a>(&'a InFlight, Entry);

impl InFlight {
    /// Marks the key as in progress, unless it already is.
    pub(crate) fn begin(&self, keyed: &Keyed) -> Result<UnderWay<'_>, Problem> {
        let entry = (keyed.hub, keyed.person, keyed.route.clone(), keyed.key.clone());
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(entry.clone()) {
            Ok(UnderWay(self, entry))
        } else {
            Err(Problem::new(Code::IdempotencyKeyInFlight, "wait for the answer of the first request with this key"))
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}
