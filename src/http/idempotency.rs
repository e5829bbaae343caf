//! `Idempotency-Key`: what was done for a key is stored in the commit that did it, and given again.
//!
//! A key belongs to a person and a route (method and path pattern). A refusal changed nothing and is not
//! remembered. Of two requests with one key at once, the second is told so where the same process has
//! the first under way; another process waits behind the hub's lock and then gives the first's answer.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::problem::{Code, Problem};
use super::reply::Reply;
use crate::db::{self, Tx};
use crate::ids::{HubId, PersonId};

/// How long a key is kept.
const KEPT: TimeDelta = TimeDelta::hours(48);

/// A key with whose it is, on what, and the digest of what was asked.
#[derive(Clone, Debug)]
pub(crate) struct Keyed {
    pub(crate) hub: HubId,
    pub(crate) person: PersonId,
    pub(crate) route: String,
    pub(crate) key: String,
    pub(crate) digest: [u8; 32],
}

impl Keyed {
    /// The digest of a request: its path, query and body.
    pub(crate) fn digest(path_and_query: &str, body: &[u8]) -> [u8; 32] {
        Sha256::new().chain_update(path_and_query.as_bytes()).chain_update([0]).chain_update(body).finalize().into()
    }
}

/// A key as a caller may send it: 1 to 100 visible ASCII characters.
pub(crate) fn parse_key(text: &str) -> Result<String, Problem> {
    let good = (1..=100).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    good.then(|| text.to_owned())
        .ok_or_else(|| Problem::field("Idempotency-Key", "invalid", "must be 1 to 100 visible ASCII characters"))
}

/// Hub, person, route, key.
type Entry = (HubId, PersonId, String, String);

/// The keys that this process has under way.
#[derive(Clone, Default)]
pub(crate) struct InFlight(Arc<Mutex<HashSet<Entry>>>);

/// While it lives, its key is under way.
pub(crate) struct UnderWay<'a>(&'a InFlight, Entry);

impl InFlight {
    /// Marks the key as under way, unless it is.
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

/// The answer that was given for the key, if there was one.
pub(crate) async fn recall(tx: &mut Tx, keyed: &Keyed) -> Result<Option<Reply>, Problem> {
    let stored: Option<(Vec<u8>, i64, String, String)> = tx
        .query(
            "SELECT request_digest, status, headers, body FROM idempotency_keys
             WHERE hub_id = $1 AND person_id = $2 AND route = $3 AND key = $4",
        )
        .bind(keyed.hub)
        .bind(keyed.person)
        .bind(keyed.route.clone())
        .bind(keyed.key.clone())
        .optional()
        .await?;
    let Some((digest, status, headers, body)) = stored else { return Ok(None) };
    if digest != keyed.digest {
        return Err(Problem::new(Code::IdempotencyKeyReused, "this key was used with another body or path"));
    }
    let status =
        u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    let mut headers: Vec<(String, String)> = serde_json::from_str(&headers).unwrap_or_default();
    headers.push(("idempotency-replayed".to_owned(), "true".to_owned()));
    Ok(Some(Reply { status, headers, body }))
}

/// Stores the answer with its effects, and forgets the hub's keys that are old enough.
pub(crate) async fn remember(tx: &mut Tx, keyed: &Keyed, reply: &Reply, now: DateTime<Utc>) -> Result<(), db::Error> {
    tx.query("DELETE FROM idempotency_keys WHERE hub_id = $1 AND created_at < $2")
        .bind(keyed.hub)
        .bind(now - KEPT)
        .run()
        .await?;
    tx.query(
        "INSERT INTO idempotency_keys (hub_id, person_id, route, key, request_digest, status, headers, body, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(keyed.hub)
    .bind(keyed.person)
    .bind(keyed.route.clone())
    .bind(keyed.key.clone())
    .bind(keyed.digest.to_vec())
    .bind(i64::from(reply.status.as_u16()))
    .bind(serde_json::to_string(&reply.headers).unwrap_or_default())
    .bind(reply.body.clone())
    .bind(now)
    .run()
    .await?;
    Ok(())
}
