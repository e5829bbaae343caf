//! What verification finds, and how the rows of a statement that finds it become words.

use std::fmt;

use uuid::Uuid;

use crate::base::credits::Credits;
use crate::base::db::{Record, Result, Tx};
use crate::base::ids::HubId;
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
    /// A difference from its parts.
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

    /// A difference from a row: the transaction, its subject, what is expected and what was found.
    pub fn at(
        what: &str,
        (transaction, subject, expected, found): (Option<i64>, Option<String>, i64, i64),
    ) -> Difference {
        Difference::new(what, transaction, subject, expected, found)
    }

    /// A difference from a row: the transaction, the record that it comes from, and in hundredths what the record says
    /// was moved and what was moved.
    pub fn moved(
        what: &str,
        kind: SourceKind,
        (transaction, source, due, moved): (Option<i64>, Uuid, i64, i64),
    ) -> Difference {
        let subject = Some(format!("{kind} {source}"));
        Difference::new(what, transaction, subject, Credits::from_hundredths(due), Credits::from_hundredths(moved))
    }

    /// A difference from a row: a kind of thing and its name, what is expected and what was found.
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

/// The first of these checks that finds a row, put into words by `told`. A check is a description of the fault, and the
/// statement that finds it, whose one value is the hub.
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
