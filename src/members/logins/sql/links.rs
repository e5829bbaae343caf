//! Every statement of the links and codes.

use chrono::{DateTime, Utc};

use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::LoginId;
use crate::members::logins::links::{Link, MadeBy, Purpose};

/// A link to be kept.
pub(in crate::members::logins) struct New {
    pub(in crate::members::logins) digest: Vec<u8>,
    pub(in crate::members::logins) login: LoginId,
    pub(in crate::members::logins) purpose: Purpose,
    pub(in crate::members::logins) made_by: MadeBy,
    pub(in crate::members::logins) code_digest: Option<Vec<u8>>,
    pub(in crate::members::logins) request_digest: Option<Vec<u8>>,
    pub(in crate::members::logins) expires_at: DateTime<Utc>,
}

pub(in crate::members::logins) async fn insert(tx: &mut Tx, new: New, now: DateTime<Utc>) -> Result<Changed> {
    tx.query(
        "INSERT INTO login_links (digest, login_id, purpose, made_by, code_digest, request_digest, tries, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)",
    )
    .bind(new.digest)
    .bind(new.login)
    .bind(new.purpose)
    .bind(new.made_by)
    .bind(new.code_digest)
    .bind(new.request_digest)
    .bind(now)
    .bind(new.expires_at)
    .run()
    .await
}

/// How many somebody has asked for since then.
pub(in crate::members::logins) async fn count_since(
    tx: &mut Tx,
    login: LoginId,
    purpose: Purpose,
    since: DateTime<Utc>,
) -> Result<i64> {
    let (count,): (i64,) = tx
        .query(
            "SELECT COUNT(*) FROM login_links
             WHERE login_id = $1 AND purpose = $2 AND created_at > $3 AND made_by = 'self'",
        )
        .bind(login)
        .bind(purpose)
        .bind(since)
        .one()
        .await?;
    Ok(count)
}

/// Ends those that were passed on and not used.
pub(in crate::members::logins) async fn end_passed_on(
    tx: &mut Tx,
    login: LoginId,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.query(
        "UPDATE login_links SET expires_at = $3
         WHERE login_id = $1 AND purpose = $2 AND made_by <> 'self' AND used_at IS NULL AND expires_at > $3",
    )
    .bind(login)
    .bind(purpose)
    .bind(now)
    .run()
    .await
}

pub(in crate::members::logins) async fn find(
    tx: &mut Tx,
    purpose: Purpose,
    digest: &[u8],
    tries: i64,
    now: DateTime<Utc>,
) -> Result<Option<Link>> {
    tx.query(
        "SELECT digest, login_id, made_by, code_digest FROM login_links
         WHERE digest = $1 AND purpose = $2 AND used_at IS NULL AND tries < $3 AND expires_at > $4",
    )
    .bind(digest.to_vec())
    .bind(purpose)
    .bind(tries)
    .bind(now)
    .optional()
    .await
}

/// Those of a login whose code may be tried with a request, or without one.
pub(in crate::members::logins) async fn with_code(
    tx: &mut Tx,
    login: LoginId,
    request: Option<&[u8]>,
    tries: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Link>> {
    tx.query(
        "SELECT digest, login_id, made_by, code_digest FROM login_links
         WHERE login_id = $1 AND purpose = 'sign_in' AND request_digest IS NOT DISTINCT FROM $2
           AND used_at IS NULL AND tries < $3 AND expires_at > $4
         ORDER BY created_at DESC",
    )
    .bind(login)
    .bind(request.map(<[u8]>::to_vec))
    .bind(tries)
    .bind(now)
    .all()
    .await
}

pub(in crate::members::logins) async fn tried(tx: &mut Tx, digest: &[u8]) -> Result<Changed> {
    tx.query("UPDATE login_links SET tries = tries + 1 WHERE digest = $1").bind(digest.to_vec()).run().await
}

pub(in crate::members::logins) async fn use_up(tx: &mut Tx, digest: &[u8], now: DateTime<Utc>) -> Result<Changed> {
    tx.query("UPDATE login_links SET used_at = $2 WHERE digest = $1 AND used_at IS NULL AND expires_at > $2")
        .bind(digest.to_vec())
        .bind(now)
        .run()
        .await
}
