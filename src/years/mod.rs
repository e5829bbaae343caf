//! The academic years of a hub: each is opened once, and takes postings until it is closed.
//!
//! An allocation, an event or a posting for a year asks [`require_open`] first, inside its own
//! transaction: whoever closes a year holds the hub's lock, so the answer stands until the commit.

mod sql;

use chrono::{DateTime, Utc};

use crate::db::types::words;
use crate::db::{self, Contended, Tx};
use crate::ids::HubId;
use crate::ledger::Journal;
use crate::year::AcademicYear;

words!(/** Whether a year takes postings. */ State {
    /// It does.
    Open = "open",
    /// It takes none any more.
    Closed = "closed",
});

/// An academic year of a hub.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Year {
    /// The year.
    pub year: AcademicYear,
    /// Whether it takes postings.
    pub state: State,
    /// Rises with every change.
    pub version: i64,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
}

/// Why a year can't be opened or used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The hub has opened it before.
    #[error("the year {year} has been opened already")]
    Duplicate {
        /// The year.
        year: AcademicYear,
    },
    /// It was never opened, or is closed.
    #[error("the year {year} is closed or has not been opened")]
    NotOpen {
        /// The year.
        year: AcademicYear,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Contended for Error {
    fn contended(&self) -> bool {
        match self {
            Error::Database(error) => error.contended(),
            Error::Duplicate { .. } | Error::NotOpen { .. } => false,
        }
    }
}

/// Opens a year.
pub async fn open(journal: &mut Journal, year: AcademicYear) -> Result<Year, Error> {
    let (hub, opened) = (journal.hub(), Year { year, state: State::Open, version: 1, created_at: journal.now() });
    match sql::insert(journal.tx(), hub, &opened).await? {
        0 => Err(Error::Duplicate { year }),
        _ => Ok(opened),
    }
}

/// One year of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<Option<Year>, db::Error> {
    sql::get(tx, hub, year).await
}

/// A page of the hub's years, the earliest first.
pub async fn list(tx: &mut Tx, hub: HubId, after: Option<AcademicYear>, limit: i64) -> Result<Vec<Year>, db::Error> {
    sql::list(tx, hub, after, limit).await
}

/// Refuses a year that takes no postings.
pub async fn require_open(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<(), Error> {
    match sql::get(tx, hub, year).await? {
        Some(Year { state: State::Open, .. }) => Ok(()),
        Some(Year { state: State::Closed, .. }) | None => Err(Error::NotOpen { year }),
    }
}
