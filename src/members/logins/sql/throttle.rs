//! Every statement of the tries that are counted.

use chrono::{DateTime, Utc};

use crate::base::db::{Changed, Result, Tx};
use crate::base::text::Email;
use crate::members::logins::throttle::Tally;

/// Whether somebody has signed in by this address from the browser.
pub(in crate::members::logins) async fn is_known(tx: &mut Tx, email: &Email, browser: &[u8]) -> Result<bool> {
    let row: Option<(bool,)> = tx
        .query(
            "SELECT TRUE FROM logins l JOIN known_browsers b ON b.login_id = l.id
             WHERE l.email_key = $1 AND b.digest = $2",
        )
        .bind(email.canonical())
        .bind(browser.to_vec())
        .optional()
        .await?;
    Ok(row.is_some())
}

pub(in crate::members::logins) async fn tally(tx: &mut Tx, whose: &[u8]) -> Result<Option<Tally>> {
    tx.query("SELECT tries, last_at FROM sign_in_tries WHERE whose = $1").bind(whose.to_vec()).optional().await
}

/// The tally, held until the end of the transaction.
pub(in crate::members::logins) async fn held(tx: &mut Tx, whose: &[u8], now: DateTime<Utc>) -> Result<Tally> {
    tx.query(
        "INSERT INTO sign_in_tries (whose, tries, last_at) VALUES ($1, 0, $2)
         ON CONFLICT (whose) DO UPDATE SET tries = sign_in_tries.tries
         RETURNING tries, last_at",
    )
    .bind(whose.to_vec())
    .bind(now)
    .one()
    .await
}

pub(in crate::members::logins) async fn set(tx: &mut Tx, whose: &[u8], tally: Tally) -> Result<Changed> {
    tx.query("UPDATE sign_in_tries SET tries = $2, last_at = $3 WHERE whose = $1")
        .bind(whose.to_vec())
        .bind(tally.tries)
        .bind(tally.last_at)
        .run()
        .await
}

pub(in crate::members::logins) async fn forget(tx: &mut Tx, whose: &[u8]) -> Result<Changed> {
    tx.query("DELETE FROM sign_in_tries WHERE whose = $1").bind(whose.to_vec()).run().await
}

/// Takes one try off.
pub(in crate::members::logins) async fn forgive(tx: &mut Tx, whose: &[u8]) -> Result<Changed> {
    tx.query("UPDATE sign_in_tries SET tries = tries - 1 WHERE whose = $1 AND tries > 0")
        .bind(whose.to_vec())
        .run()
        .await
}
