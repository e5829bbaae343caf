//! What verification finds, and how a statement that finds it is told.

use std::fmt;

use uuid::Uuid;

use crate::credits::Credits;
use crate::db::{Record, Result, Tx};
use crate::ids::HubId;
use crate::ledger::posting::SourceKind;

/// Something recorded that differs from what the entries say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What is wrong, in words.
    pub what: String,
    /// The sequence of the transaction where it is.
    pub transaction: Option<i64>,
    /// The code of the account, or the id of the event or booking, where it is.
    pub subject: Option<String>,
    /// What the entries say.
    pub expected: String,
    /// What is recorded.
    pub found: String,
}

impl Difference {
    /// It, in words.
    pub fn new(
        what: &str,
        transaction: Option<i64>,
        subject: Option<String>,
        expected: impl ToString,
        found: impl ToString,
    ) -> Difference {
        let (expected, found) = (expected.to_string(), found.to_string());
        Difference { what: what.to_owned(), transaction, subject, expected, found }
    }

    /// As a row says it: the transaction where it is, what it is about, what is due and what was found.
    pub fn at(
        what: &str,
        (transaction, subject, expected, found): (Option<i64>, Option<String>, i64, i64),
    ) -> Difference {
        Difference::new(what, transaction, subject, expected, found)
    }

    /// As a row says it: the transaction where it is, the record that it comes from, and in hundredths what the record
    /// says was moved and what was moved.
    pub fn moved(
        what: &str,
        kind: SourceKind,
        (transaction, source, due, moved): (Option<i64>, Uuid, i64, i64),
    ) -> Difference {
        let subject = Some(format!("{kind} {source}"));
        Difference::new(what, transaction, subject, Credits::from_hundredths(due), Credits::from_hundredths(moved))
    }

    /// As a row says it: a kind of thing and its name, what is due and what was found.
    pub fn of(what: &str, (kind, name, expected, found): (String, String, i64, i64)) -> Difference {
        Difference::new(what, None, Some(format!("{kind} {name}")), expected, found)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { what, transaction, subject, expected, found } = self;
        write!(f, "{what}")?;
        if let Some(transaction) = transaction {
            write!(f, ", transaction {transaction}")?;
        }
        if let Some(subject) = subject {
            write!(f, ", {subject}")?;
        }
        write!(f, ": expected {expected}, found {found}")
    }
}

/// The first of these checks that finds a row, as `told` says it. A check is what is wrong, in words, and the statement
/// that finds it, of which the hub is the one value.
pub async fn first_wrong<R: Record>(
    tx: &mut Tx,
    hub: HubId,
    checks: &[(&str, &'static str)],
    told: impl Fn(&str, R) -> Difference,
) -> Result<Option<Difference>> {
    for (what, sql) in checks.iter().copied() {
        let wrong: Option<R> = tx.query(sql).bind(hub).optional().await?;
        if let Some(row) = wrong {
            return Ok(Some(told(what, row)));
        }
    }
    Ok(None)
}
