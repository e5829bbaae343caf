//! Every statement of the authenticator apps and their recovery codes.

use chrono::{DateTime, Utc};

use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{LoginId, LoginSessionId};

/// Keeps the secret of an app that is to be confirmed, in place of another that was not.
pub(in crate::members::logins) async fn set_up(tx: &mut Tx, login: LoginId, sealed: &[u8]) -> Result<Changed> {
    tx.query("UPDATE logins SET totp_secret = $2, totp_step = NULL WHERE id = $1 AND totp_confirmed_at IS NULL")
        .bind(login)
        .bind(sealed.to_vec())
        .run()
        .await
}

pub(in crate::members::logins) async fn confirm(tx: &mut Tx, login: LoginId, now: DateTime<Utc>) -> Result<Changed> {
    tx.query("UPDATE logins SET totp_confirmed_at = $2 WHERE id = $1 AND totp_confirmed_at IS NULL")
        .bind(login)
        .bind(now)
        .run()
        .await
}

/// Takes a step, unless it or a later one was taken.
pub(in crate::members::logins) async fn take_step(tx: &mut Tx, login: LoginId, step: i64) -> Result<Changed> {
    tx.query("UPDATE logins SET totp_step = $2 WHERE id = $1 AND (totp_step IS NULL OR totp_step < $2)")
        .bind(login)
        .bind(step)
        .run()
        .await
}

pub(in crate::members::logins) async fn remove(tx: &mut Tx, login: LoginId) -> Result<Changed> {
    tx.query(
        "UPDATE logins SET totp_secret = NULL, totp_confirmed_at = NULL, totp_step = NULL
         WHERE id = $1 AND totp_secret IS NOT NULL",
    )
    .bind(login)
    .run()
    .await
}

/// In the session a code was given.
pub(in crate::members::logins) async fn second_factor(
    tx: &mut Tx,
    session: LoginSessionId,
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.query("UPDATE login_sessions SET second_factor_at = $2 WHERE id = $1").bind(session).bind(now).run().await
}

/// No session counts as one in which a code was given.
pub(in crate::members::logins) async fn no_second_factor(tx: &mut Tx, login: LoginId) -> Result<Changed> {
    tx.query("UPDATE login_sessions SET second_factor_at = NULL WHERE login_id = $1 AND second_factor_at IS NOT NULL")
        .bind(login)
        .run()
        .await
}

pub(in crate::members::logins) async fn insert_recovery(
    tx: &mut Tx,
    login: LoginId,
    digest: &[u8],
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.query("INSERT INTO recovery_codes (login_id, digest, created_at) VALUES ($1, $2, $3)")
        .bind(login)
        .bind(digest.to_vec())
        .bind(now)
        .run()
        .await
}

pub(in crate::members::logins) async fn use_recovery(
    tx: &mut Tx,
    login: LoginId,
    digest: &[u8],
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.query("UPDATE recovery_codes SET used_at = $3 WHERE login_id = $1 AND digest = $2 AND used_at IS NULL")
        .bind(login)
        .bind(digest.to_vec())
        .bind(now)
        .run()
        .await
}

pub(in crate::members::logins) async fn recovery_left(tx: &mut Tx, login: LoginId) -> Result<i64> {
    let (left,): (i64,) = tx
        .query("SELECT COUNT(*) FROM recovery_codes WHERE login_id = $1 AND used_at IS NULL")
        .bind(login)
        .one()
        .await?;
    Ok(left)
}

/// What another key than this sealed.
pub(in crate::members::logins) async fn sealed_by_others(
    tx: &mut Tx,
    newest: &[u8],
) -> Result<Vec<(LoginId, Vec<u8>)>> {
    tx.query(
        "SELECT id, totp_secret FROM logins
         WHERE totp_secret IS NOT NULL AND SUBSTR(totp_secret, 1, 8) <> $1 ORDER BY id LIMIT 500",
    )
    .bind(newest.to_vec())
    .all()
    .await
}

pub(in crate::members::logins) async fn reseal(
    tx: &mut Tx,
    login: LoginId,
    old: &[u8],
    anew: &[u8],
) -> Result<Changed> {
    tx.query("UPDATE logins SET totp_secret = $3 WHERE id = $1 AND totp_secret = $2")
        .bind(login)
        .bind(old.to_vec())
        .bind(anew.to_vec())
        .run()
        .await
}
