//! Every statement of logins and their sessions. They belong to the deployment; what they say of people is of the hubs
//! that an address opens.

pub(super) mod links;
pub(super) mod moving;
pub(super) mod secrets;
pub(super) mod throttle;

use chrono::{DateTime, TimeDelta, Utc};

use super::sessions::{Session, Standing};
use super::{Login, Means, Membership};
use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, LoginId, LoginSessionId, PersonId};
use crate::base::text::{Email, Line};
use crate::ledger::audit::Origin;

/// The columns of a login.
macro_rules! columns {
    () => {
        "id, email, password, proved_at, totp_secret, totp_confirmed_at, totp_step"
    };
}

pub(super) async fn make(tx: &mut Tx, id: LoginId, email: &Email, now: DateTime<Utc>) -> Result<Changed> {
    tx.query(
        "INSERT INTO logins (id, email, email_key, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (email_key) DO NOTHING",
    )
    .bind(id)
    .bind(email.clone())
    .bind(email.canonical())
    .bind(now)
    .run()
    .await
}

pub(super) async fn by_address(tx: &mut Tx, email: &Email) -> Result<Option<Login>> {
    tx.query(concat!("SELECT ", columns!(), " FROM logins WHERE email_key = $1"))
        .bind(email.canonical())
        .optional()
        .await
}

pub(super) async fn by_id(tx: &mut Tx, id: LoginId) -> Result<Option<Login>> {
    tx.query(concat!("SELECT ", columns!(), " FROM logins WHERE id = $1")).bind(id).optional().await
}

/// The enabled people with an address who were let in, over all hubs: each hub is asked by its index.
pub(super) async fn memberships(tx: &mut Tx, email: &Email) -> Result<Vec<Membership>> {
    tx.goes_everywhere().await?;
    tx.query(
        "SELECT p.hub_id, h.name, p.id AS person_id, p.role
         FROM hubs h JOIN people p ON p.hub_id = h.id AND p.email_key = $1
         WHERE p.disabled_at IS NULL AND p.signed_in_at IS NOT NULL
         ORDER BY h.name, p.hub_id",
    )
    .bind(email.canonical())
    .all()
    .await
}

/// The enabled people with an address who were not let in yet, over all hubs.
pub(super) async fn not_let_in(tx: &mut Tx, email: &Email) -> Result<Vec<(HubId, PersonId)>> {
    tx.goes_everywhere().await?;
    tx.query(
        "SELECT p.hub_id, p.id
         FROM hubs h JOIN people p ON p.hub_id = h.id AND p.email_key = $1
         WHERE p.disabled_at IS NULL AND p.signed_in_at IS NULL
         ORDER BY p.hub_id",
    )
    .bind(email.canonical())
    .all()
    .await
}

/// What the people are called who have an address.
pub(super) async fn names(tx: &mut Tx, email: &Email) -> Result<Vec<(Line,)>> {
    tx.goes_everywhere().await?;
    tx.query("SELECT p.name FROM hubs h JOIN people p ON p.hub_id = h.id AND p.email_key = $1")
        .bind(email.canonical())
        .all()
        .await
}

pub(super) async fn set_password(tx: &mut Tx, login: LoginId, hash: &str, now: DateTime<Utc>) -> Result<Changed> {
    tx.query("UPDATE logins SET password = $2, password_set_at = $3 WHERE id = $1")
        .bind(login)
        .bind(hash.to_owned())
        .bind(now)
        .run()
        .await
}

/// Another hash of the same password.
pub(super) async fn renew_password(tx: &mut Tx, login: LoginId, old: &str, hash: &str) -> Result<Changed> {
    tx.query("UPDATE logins SET password = $3 WHERE id = $1 AND password = $2")
        .bind(login)
        .bind(old.to_owned())
        .bind(hash.to_owned())
        .run()
        .await
}

/// Records that the address is shown to be theirs, the first time that it is.
pub(super) async fn prove(tx: &mut Tx, login: LoginId, now: DateTime<Utc>) -> Result<Changed> {
    tx.query("UPDATE logins SET proved_at = $2 WHERE id = $1 AND proved_at IS NULL").bind(login).bind(now).run().await
}

/// Takes away the password and the app.
pub(super) async fn forget_secrets(tx: &mut Tx, login: LoginId) -> Result<Changed> {
    tx.query(
        "UPDATE logins SET password = NULL, password_set_at = NULL, totp_secret = NULL, totp_confirmed_at = NULL,
                           totp_step = NULL
         WHERE id = $1",
    )
    .bind(login)
    .run()
    .await
}

pub(super) async fn forget_browsers(tx: &mut Tx, login: LoginId) -> Result<Changed> {
    tx.query("DELETE FROM known_browsers WHERE login_id = $1").bind(login).run().await
}

pub(super) async fn forget_recovery_codes(tx: &mut Tx, login: LoginId) -> Result<Changed> {
    tx.query("DELETE FROM recovery_codes WHERE login_id = $1").bind(login).run().await
}

pub(super) async fn forget_links(tx: &mut Tx, login: LoginId) -> Result<Changed> {
    tx.query("DELETE FROM login_links WHERE login_id = $1").bind(login).run().await
}

pub(super) async fn begin(
    tx: &mut Tx,
    id: LoginSessionId,
    login: LoginId,
    means: Means,
    origin: &Origin,
    (now, expires_at): (DateTime<Utc>, DateTime<Utc>),
    second_factor_at: Option<DateTime<Utc>>,
) -> Result<Changed> {
    tx.query(
        "INSERT INTO login_sessions (id, login_id, means, address, agent, created_at, last_used_at, expires_at, second_factor_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)",
    )
    .bind(id)
    .bind(login)
    .bind(means)
    .bind(origin.address.map(|address| address.to_string()))
    .bind(origin.agent.clone())
    .bind(now)
    .bind(expires_at)
    .bind(second_factor_at)
    .run()
    .await
}

pub(super) async fn insert_token(
    tx: &mut Tx,
    digest: &[u8],
    session: LoginSessionId,
    hub: Option<HubId>,
    (now, expires_at): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Changed> {
    tx.query(
        "INSERT INTO refresh_tokens (digest, session_id, hub_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(digest.to_vec())
    .bind(session)
    .bind(hub)
    .bind(now)
    .bind(expires_at)
    .run()
    .await
}

/// Uses a token: of several who try at once, one.
pub(super) async fn use_token(
    tx: &mut Tx,
    digest: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<(LoginSessionId, Option<HubId>)>> {
    tx.query(
        "UPDATE refresh_tokens SET used_at = $2 WHERE digest = $1 AND used_at IS NULL AND expires_at > $2
         RETURNING session_id, hub_id",
    )
    .bind(digest.to_vec())
    .bind(now)
    .optional()
    .await
}

pub(super) async fn session_of_used(tx: &mut Tx, digest: &[u8]) -> Result<Option<LoginSessionId>> {
    let row: Option<(LoginSessionId,)> = tx
        .query("SELECT session_id FROM refresh_tokens WHERE digest = $1 AND used_at IS NOT NULL")
        .bind(digest.to_vec())
        .optional()
        .await?;
    Ok(row.map(|(session,)| session))
}

/// The session of a token that could be used now.
pub(super) async fn of_token(
    tx: &mut Tx,
    digest: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<(LoginSessionId, LoginId)>> {
    tx.query(
        "SELECT s.id, s.login_id FROM refresh_tokens t JOIN login_sessions s ON s.id = t.session_id
         WHERE t.digest = $1 AND t.used_at IS NULL AND t.expires_at > $2 AND s.ended_at IS NULL AND s.expires_at > $2",
    )
    .bind(digest.to_vec())
    .bind(now)
    .optional()
    .await
}

/// Goes on with a session that lasts: its login, and when it ends.
pub(super) async fn go_on(
    tx: &mut Tx,
    session: LoginSessionId,
    now: DateTime<Utc>,
) -> Result<Option<(LoginId, DateTime<Utc>)>> {
    tx.query(
        "UPDATE login_sessions SET last_used_at = $2 WHERE id = $1 AND ended_at IS NULL AND expires_at > $2
         RETURNING login_id, expires_at",
    )
    .bind(session)
    .bind(now)
    .optional()
    .await
}

pub(super) async fn began(tx: &mut Tx, session: LoginSessionId) -> Result<Option<DateTime<Utc>>> {
    let row: Option<(DateTime<Utc>,)> =
        tx.query("SELECT created_at FROM login_sessions WHERE id = $1").bind(session).optional().await?;
    Ok(row.map(|(began,)| began))
}

/// The hub that a session's newest refresh token is for; none where none is chosen.
pub(super) async fn hub_of(tx: &mut Tx, session: LoginSessionId) -> Result<Option<HubId>> {
    let row: Option<(Option<HubId>,)> = tx
        .query("SELECT hub_id FROM refresh_tokens WHERE session_id = $1 ORDER BY created_at DESC LIMIT 1")
        .bind(session)
        .optional()
        .await?;
    Ok(row.and_then(|(hub,)| hub))
}

pub(super) async fn login_of(tx: &mut Tx, session: LoginSessionId, now: DateTime<Utc>) -> Result<Option<LoginId>> {
    let row: Option<(LoginId,)> = tx
        .query("SELECT login_id FROM login_sessions WHERE id = $1 AND ended_at IS NULL AND expires_at > $2")
        .bind(session)
        .bind(now)
        .optional()
        .await?;
    Ok(row.map(|(login,)| login))
}

/// A person as a session finds them, in one statement.
pub(super) async fn standing(
    tx: &mut Tx,
    hub: HubId,
    person: PersonId,
    session: LoginSessionId,
    now: DateTime<Utc>,
) -> Result<Option<Standing>> {
    tx.query(
        "SELECT p.hub_id, p.id, p.name, p.email, p.role, p.school_id, p.partner_id, p.disabled_at, p.erased_at, p.version, p.created_at,
                COALESCE(s.ended_at IS NULL AND s.expires_at > $4 AND l.email_key = p.email_key, FALSE) AS lasts,
                (h.totp_for_managers AND p.role = 'hub_manager' AND s.second_factor_at IS NULL) AS code_needed,
                h.name AS hub_name, h.colour AS hub_colour
         FROM people p
         JOIN hubs h ON h.id = p.hub_id
         LEFT JOIN login_sessions s ON s.id = $3
         LEFT JOIN logins l ON l.id = s.login_id
         WHERE p.hub_id = $1 AND p.id = $2",
    )
    .bind(hub)
    .bind(person)
    .bind(session)
    .bind(now)
    .optional()
    .await
}

pub(super) async fn sessions(tx: &mut Tx, login: LoginId, now: DateTime<Utc>) -> Result<Vec<Session>> {
    tx.query(
        "SELECT id, means, address, agent, created_at, last_used_at, expires_at
         FROM login_sessions s
         WHERE login_id = $1 AND ended_at IS NULL AND expires_at > $2
           AND EXISTS (SELECT 1 FROM refresh_tokens t
                       WHERE t.session_id = s.id AND t.used_at IS NULL AND t.expires_at > $2)
         ORDER BY id DESC LIMIT 200",
    )
    .bind(login)
    .bind(now)
    .all()
    .await
}

pub(super) async fn end(tx: &mut Tx, session: LoginSessionId, now: DateTime<Utc>) -> Result<Changed> {
    tx.query("UPDATE login_sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL")
        .bind(session)
        .bind(now)
        .run()
        .await
}

pub(super) async fn end_one(
    tx: &mut Tx,
    login: LoginId,
    session: LoginSessionId,
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.query("UPDATE login_sessions SET ended_at = $3 WHERE id = $1 AND login_id = $2 AND ended_at IS NULL AND expires_at > $3")
        .bind(session)
        .bind(login)
        .bind(now)
        .run()
        .await
}

pub(super) async fn end_all(
    tx: &mut Tx,
    login: LoginId,
    now: DateTime<Utc>,
    except: Option<LoginSessionId>,
) -> Result<Changed> {
    tx.query(
        "UPDATE login_sessions SET ended_at = $2 WHERE login_id = $1 AND ended_at IS NULL AND ($3 IS NULL OR id <> $3)",
    )
    .bind(login)
    .bind(now)
    .bind(except)
    .run()
    .await
}

/// Whether anybody has signed in from the browser.
pub(super) async fn is_any_browser(tx: &mut Tx, digest: &[u8]) -> Result<bool> {
    let row: Option<(LoginId,)> = tx
        .query("SELECT login_id FROM known_browsers WHERE digest = $1 LIMIT 1")
        .bind(digest.to_vec())
        .optional()
        .await?;
    Ok(row.is_some())
}

pub(super) async fn remember_browser(
    tx: &mut Tx,
    login: LoginId,
    digest: &[u8],
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.query(
        "INSERT INTO known_browsers (login_id, digest, created_at, last_used_at) VALUES ($1, $2, $3, $3)
         ON CONFLICT (login_id, digest) DO UPDATE SET last_used_at = excluded.last_used_at",
    )
    .bind(login)
    .bind(digest.to_vec())
    .bind(now)
    .run()
    .await
}

/// Removes what has ended: sessions with their tokens, links, tries, and browsers that nobody uses any more.
pub(super) async fn purge(tx: &mut Tx, now: DateTime<Utc>, kept: TimeDelta, tries: TimeDelta) -> Result<()> {
    let (ended, forgotten) = (now - kept, now - tries);
    tx.query(
        "DELETE FROM refresh_tokens WHERE session_id IN
             (SELECT id FROM login_sessions WHERE expires_at < $1 OR ended_at < $1)",
    )
    .bind(ended)
    .run()
    .await?
    .any();
    tx.query("DELETE FROM login_sessions WHERE expires_at < $1 OR ended_at < $1").bind(ended).run().await?.any();
    tx.query("DELETE FROM login_links WHERE expires_at < $1").bind(ended).run().await?.any();
    tx.query("DELETE FROM known_browsers WHERE last_used_at < $1").bind(now - TimeDelta::days(400)).run().await?.any();
    tx.query("DELETE FROM sign_in_tries WHERE last_at < $1").bind(forgotten).run().await?.any();
    Ok(())
}

/// Whether anything is to be removed.
pub(super) async fn purge_due(tx: &mut Tx, now: DateTime<Utc>, kept: TimeDelta, tries: TimeDelta) -> Result<bool> {
    let (due,): (bool,) = tx
        .query(
            "SELECT EXISTS (SELECT 1 FROM login_sessions WHERE expires_at < $1 OR ended_at < $1)
                 OR EXISTS (SELECT 1 FROM login_links WHERE expires_at < $1)
                 OR EXISTS (SELECT 1 FROM sign_in_tries WHERE last_at < $2)",
        )
        .bind(now - kept)
        .bind(now - tries)
        .one()
        .await?;
    Ok(due)
}
