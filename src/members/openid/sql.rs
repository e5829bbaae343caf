//! Every statement of signing in by OpenID Connect. Its tables belong to the deployment.

use chrono::{DateTime, Utc};

use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, LoginId};

pub(super) async fn insert(
    tx: &mut Tx,
    state: &[u8],
    browser: &[u8],
    provider: &str,
    hub: Option<HubId>,
    (now, expires): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Changed> {
    tx.query(
        "INSERT INTO openid_flows (state_digest, browser_digest, provider, hub_id, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(state.to_vec())
    .bind(browser.to_vec())
    .bind(provider.to_owned())
    .bind(hub)
    .bind(now)
    .bind(expires)
    .run()
    .await
}

pub(super) async fn take(
    tx: &mut Tx,
    state: &[u8],
    browser: &[u8],
    provider: &str,
    now: DateTime<Utc>,
) -> Result<Option<(Option<HubId>,)>> {
    tx.query(
        "DELETE FROM openid_flows
         WHERE state_digest = $1 AND browser_digest = $2 AND provider = $3 AND expires_at > $4
         RETURNING hub_id",
    )
    .bind(state.to_vec())
    .bind(browser.to_vec())
    .bind(provider.to_owned())
    .bind(now)
    .optional()
    .await
}

pub(super) async fn forget(tx: &mut Tx, now: DateTime<Utc>) -> Result<Changed> {
    tx.query("DELETE FROM openid_flows WHERE expires_at <= $1").bind(now).run().await
}

pub(super) async fn anything_over(tx: &mut Tx, now: DateTime<Utc>) -> Result<bool> {
    let found: Option<(Vec<u8>,)> =
        tx.query("SELECT state_digest FROM openid_flows WHERE expires_at <= $1 LIMIT 1").bind(now).optional().await?;
    Ok(found.is_some())
}

pub(super) async fn known(tx: &mut Tx, issuer: &str, subject: &str) -> Result<Option<LoginId>> {
    let found: Option<(LoginId,)> = tx
        .query("SELECT login_id FROM openid_subjects WHERE issuer = $1 AND subject = $2")
        .bind(issuer.to_owned())
        .bind(subject.to_owned())
        .optional()
        .await?;
    Ok(found.map(|(login,)| login))
}

/// Of two answers at once for one subject the first is kept.
pub(super) async fn keep(
    tx: &mut Tx,
    issuer: &str,
    subject: &str,
    login: LoginId,
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.query(
        "INSERT INTO openid_subjects (issuer, subject, login_id, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (issuer, subject) DO NOTHING",
    )
    .bind(issuer.to_owned())
    .bind(subject.to_owned())
    .bind(login)
    .bind(now)
    .run()
    .await
}
