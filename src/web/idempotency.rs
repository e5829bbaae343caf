//! The `Idempotency-Key` header: read, and protected from being used twice at once.
//!
//! Of two simultaneous requests with one key, the second is refused where the same process is handling the first; the
//! form of a page waits for it. Another process waits behind the hub's lock and then repeats the first's answer.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::{HttpMessage, HttpRequest};
use tokio::sync::Notify;
use tokio::time::timeout;

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
pub(crate) fn replay(known: Known, request: &HttpRequest) -> Result<Reply, Problem> {
    match known {
        Known::Reused if is_form(request) => Err(Problem::new(Code::IdempotencyKeyReused, CHANGED_SINCE)),
        Known::Reused => Err(Problem::new(Code::IdempotencyKeyReused, "this key was used with another body or path")),
        Known::Answered(mut stored) => {
            stored.headers.push(("idempotency-replayed".to_owned(), "true".to_owned()));
            Ok(Reply::from(stored))
        }
    }
}

/// What is said to whoever went back to a form that was done, changed it, and sent it again. It comes back as it was typed,
/// with a key of its own, so that the next sending does it.
const CHANGED_SINCE: &str = "This form was sent before, and what it said then is done. You have changed it since: to have \
                             this done as well, send it again; otherwise leave this page";

/// Whether it is the form of a page.
fn is_form(request: &HttpRequest) -> bool {
    request.extensions().get::<FormKey>().is_some()
}

/// How long the form of a page waits for the same form that was sent before it.
const PATIENCE: Duration = Duration::from_secs(15);

/// The hub, person, route and key.
type Entry = (HubId, PersonId, String, String);

/// The keys of requests that this process is handling.
#[derive(Clone, Default)]
pub(crate) struct InFlight {
    keys: Arc<Mutex<HashSet<Entry>>>,
    ended: Arc<Notify>,
}

/// Marks its key as in progress until dropped.
pub(crate) struct UnderWay<'a>(&'a InFlight, Entry);

impl InFlight {
    /// Marks the key as in progress, if there is one and it is not already. The form of a page waits until it is not.
    pub(crate) async fn turn(
        &self,
        keyed: Option<&Keyed>,
        request: &HttpRequest,
    ) -> Result<Option<UnderWay<'_>>, Problem> {
        let Some(keyed) = keyed else { return Ok(None) };
        if !is_form(request) {
            return self.begin(keyed).map(Some);
        }
        let turn = async {
            loop {
                let ended = self.ended.notified();
                match self.begin(keyed) {
                    Ok(turn) => return Some(turn),
                    Err(_) => ended.await,
                }
            }
        };
        let late = "the same form was sent before, and is not done yet: wait a little, and look whether it is";
        timeout(PATIENCE, turn).await.map_err(|_| Problem::new(Code::IdempotencyKeyInFlight, late))
    }

    /// Marks the key as in progress, unless it already is.
    fn begin(&self, keyed: &Keyed) -> Result<UnderWay<'_>, Problem> {
        let entry = (keyed.hub, keyed.person, keyed.route.clone(), keyed.key.clone());
        if self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(entry.clone()) {
            Ok(UnderWay(self, entry))
        } else {
            Err(Problem::new(Code::IdempotencyKeyInFlight, "wait for the answer of the first request with this key"))
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.keys.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
        self.0.ended.notify_waiters();
    }
}
