//! `Idempotency-Key`: the answer for a key is stored in the commit that did the work, and given again on a repeat.
//!
//! A key belongs to a person and a route. A refusal changed nothing and is not remembered.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use crate::base::db::{Changed, Result, Tx, Writes};
use crate::base::ids::{HubId, PersonId};

/// How long a key is kept.
const KEPT: TimeDelta = TimeDelta::hours(48);

/// A key, with its owner, the route it is for, and the digest of the request.
#[derive(Clone, Debug)]
pub struct Keyed {
    /// The hub.
    pub hub: HubId,
    /// The person whose key it is.
    pub person: PersonId,
    /// Method and path pattern.
    pub route: String,
    /// The key that the caller sent.
    pub key: String,
    /// The digest of path, query and body.
    pub digest: [u8; 32],
}

impl Keyed {
    /// The digest of a request: its path, query and body.
    pub fn digest(path_and_query: &str, body: &[u8]) -> [u8; 32] {
        Sha256::new().chain_update(path_and_query.as_bytes()).chain_update([0]).chain_update(body).finalize().into()
    }
}

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The HTTP status.
    pub status: u16,
    /// The headers of the stored answer.
    pub headers: Vec<(String, String)>,
    /// The body of the stored answer.
    pub body: String,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// The same request was answered so.
    Answered(Stored),
    /// The key was used with a different request.
    Reused,
}

/// A key as it is stored: person, route, key, digest, and the answer's status, headers and body.
pub type Row = (PersonId, String, String, Vec<u8>, i64, String, String);

/// What is known of each of these keys of one hub, in their order; nothing for a new one.
pub async fn recall(tx: &mut Tx, keys: &[&Keyed]) -> Result<Vec<Option<Known>>> {
    let rows = tx
        .batch_all::<4, _, _>(
            "WITH wanted (hub_id, person_id, route, key) AS (VALUES $rows)
             SELECT k.person_id, k.route, k.key, k.request_digest, k.status, k.headers, k.body
             FROM wanted w
             JOIN idempotency_keys k ON k.hub_id = w.hub_id AND k.person_id = w.person_id AND k.route = w.route AND k.key = w.key",
            keys,
            |query, keyed| {
                query
                    .bind(keyed.map(|keyed| keyed.hub))
                    .bind(keyed.map(|keyed| keyed.person))
                    .bind(keyed.map(|keyed| keyed.route.clone()))
                    .bind(keyed.map(|keyed| keyed.key.clone()))
            },
        )
        .await?;
    Ok(known(rows, keys))
}

/// What the rows found for these keys say of each, in the order of the keys.
pub fn known(rows: Vec<Row>, keys: &[&Keyed]) -> Vec<Option<Known>> {
    let stored: HashMap<(PersonId, String, String), (Vec<u8>, Stored)> = rows
        .into_iter()
        .map(|(person, route, key, digest, status, headers, body)| {
            let headers = serde_json::from_str(&headers).unwrap_or_default();
            ((person, route, key), (digest, Stored { status: u16::try_from(status).unwrap_or(200), headers, body }))
        })
        .collect();
    let known = |keyed: &&Keyed| {
        if stored.is_empty() {
            return None;
        }
        let (digest, answer) = stored.get(&(keyed.person, keyed.route.clone(), keyed.key.clone()))?;
        Some(if *digest == keyed.digest { Known::Answered(answer.clone()) } else { Known::Reused })
    };
    keys.iter().map(known).collect()
}

/// Adds the answers to the writes, to be stored together with their effects.
pub fn remember(tx: &Tx, writes: &mut Writes, answers: &[(&Keyed, &Stored)], now: DateTime<Utc>) {
    writes.add::<9, _>(
        tx,
        "WITH new (hub_id, person_id, route, key, request_digest, status, headers, body, created_at) AS (VALUES $rows)
         INSERT INTO idempotency_keys (hub_id, person_id, route, key, request_digest, status, headers, body, created_at)
         SELECT hub_id, person_id, route, key, request_digest, status, headers, body, created_at
         FROM new WHERE hub_id IS NOT NULL",
        answers,
        |query, answer| {
            query
                .bind(answer.map(|(keyed, _)| keyed.hub))
                .bind(answer.map(|(keyed, _)| keyed.person))
                .bind(answer.map(|(keyed, _)| keyed.route.clone()))
                .bind(answer.map(|(keyed, _)| keyed.key.clone()))
                .bind(answer.map(|(keyed, _)| keyed.digest.to_vec()))
                .bind(answer.map(|(_, stored)| i64::from(stored.status)))
                .bind(answer.map(|(_, stored)| serde_json::to_string(&stored.headers).unwrap_or_default()))
                .bind(answer.map(|(_, stored)| stored.body.clone()))
                .bind(answer.map(|_| now))
        },
    );
}

/// Forgets the expired keys of a hub.
pub async fn forget(tx: &mut Tx, hub: HubId, now: DateTime<Utc>) -> Result<Changed> {
    tx.query("DELETE FROM idempotency_keys WHERE hub_id = $1 AND created_at < $2")
        .bind(hub)
        .bind(now - KEPT)
        .run()
        .await
}

/// Forgets the answers that a person was given, and those given to others that say anything of them.
pub async fn forget_person(tx: &mut Tx, hub: HubId, person: PersonId) -> Result<Changed> {
    tx.query("DELETE FROM idempotency_keys WHERE hub_id = $1 AND (person_id = $2 OR body LIKE $3)")
        .bind(hub)
        .bind(person)
        .bind(format!("%{person}%"))
        .run()
        .await
}
