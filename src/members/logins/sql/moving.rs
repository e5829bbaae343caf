//! Every statement about logins whose address changes, or that end.

use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, LoginId};
use crate::base::text::Email;

/// Whether anybody has the address, enabled or not, over all hubs: each is asked by its index.
pub(in crate::members::logins) async fn is_anybodys(tx: &mut Tx, email: &Email) -> Result<bool> {
    tx.goes_everywhere().await?;
    let row: Option<(HubId,)> = tx
        .query("SELECT h.id FROM hubs h JOIN people p ON p.hub_id = h.id AND p.email_key = $1 LIMIT 1")
        .bind(email.canonical())
        .optional()
        .await?;
    Ok(row.is_some())
}

/// Whether somebody of another hub was let in by the address, enabled or not.
pub(in crate::members::logins) async fn lets_in_elsewhere(tx: &mut Tx, email: &Email, hub: HubId) -> Result<bool> {
    tx.goes_everywhere().await?;
    let row: Option<(HubId,)> = tx
        .query(
            "SELECT h.id FROM hubs h JOIN people p ON p.hub_id = h.id AND p.email_key = $1
             WHERE h.id <> $2 AND p.signed_in_at IS NOT NULL LIMIT 1",
        )
        .bind(email.canonical())
        .bind(hub)
        .optional()
        .await?;
    Ok(row.is_some())
}

/// Gives a login another address, which is not shown to be theirs yet.
pub(in crate::members::logins) async fn rename(tx: &mut Tx, login: LoginId, email: &Email) -> Result<Changed> {
    tx.query("UPDATE logins SET email = $2, email_key = $3, proved_at = NULL WHERE id = $1")
        .bind(login)
        .bind(email.clone())
        .bind(email.canonical())
        .run()
        .await
}

/// Gives the login of another address the password of a login.
pub(in crate::members::logins) async fn copy_password(tx: &mut Tx, from: LoginId, to: &Email) -> Result<Changed> {
    tx.query(
        "UPDATE logins SET password = (SELECT l.password FROM logins l WHERE l.id = $1),
                           password_set_at = (SELECT l.password_set_at FROM logins l WHERE l.id = $1)
         WHERE email_key = $2",
    )
    .bind(from)
    .bind(to.canonical())
    .run()
    .await
}

pub(in crate::members::logins) async fn forget_tokens(tx: &mut Tx, login: LoginId) -> Result<Changed> {
    tx.query("DELETE FROM refresh_tokens WHERE session_id IN (SELECT s.id FROM login_sessions s WHERE s.login_id = $1)")
        .bind(login)
        .run()
        .await
}

pub(in crate::members::logins) async fn forget_subjects(tx: &mut Tx, login: LoginId) -> Result<Changed> {
    tx.query("DELETE FROM openid_subjects WHERE login_id = $1").bind(login).run().await
}

pub(in crate::members::logins) async fn forget_sessions(tx: &mut Tx, login: LoginId) -> Result<Changed> {
    tx.query("DELETE FROM login_sessions WHERE login_id = $1").bind(login).run().await
}

pub(in crate::members::logins) async fn delete(tx: &mut Tx, login: LoginId) -> Result<Changed> {
    tx.query("DELETE FROM logins WHERE id = $1").bind(login).run().await
}
