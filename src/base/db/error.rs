//! What can go wrong in a database, sorted by what can be done about it.

use std::panic::Location;

/// What went wrong in the database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A unique key is taken.
    #[error("a unique key is taken: {0}")]
    Unique(#[source] sqlx::Error),
    /// A CHECK constraint refused a row.
    #[error("a check refused the row: {0}")]
    Check(#[source] sqlx::Error),
    /// The row that a foreign key names is not there.
    #[error("a referenced row is missing: {0}")]
    ForeignKey(#[source] sqlx::Error),
    /// Another transaction was in the way: the whole operation may be tried again.
    #[error("another transaction was in the way: {0}")]
    Contended(#[source] sqlx::Error),
    /// The database can't be reached, is shutting down, or has no room: try later.
    #[error("the database is unavailable: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The database can't be used as it is, or as it is configured: which, where, and what to do, in words.
    #[error("{0}")]
    Unusable(String),
    /// A statement changed a different number of rows than it must: something that should be there is missing or not
    /// as it should be.
    #[error("{found} rows were changed where {expected} are to be changed, by {whose}")]
    Miscounted {
        /// How many rows it must change.
        expected: usize,
        /// How many rows it changed.
        found: u64,
        /// Where in the code the statement is run.
        whose: &'static Location<'static>,
    },
    /// Any other failure of the database.
    #[error("the database failed: {0}")]
    Failed(#[source] sqlx::Error),
}

/// The result of a database call.
pub type Result<T> = std::result::Result<T, Error>;

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let Some(refusal) = error.as_database_error() else {
            return match error {
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => Error::Unavailable(error),
                _ => Error::Failed(error),
            };
        };
        let code = refusal.code().unwrap_or_default();
        match &*code {
            _ if refusal.is_unique_violation() => Error::Unique(error),
            _ if refusal.is_check_violation() => Error::Check(error),
            _ if refusal.is_foreign_key_violation() => Error::ForeignKey(error),
            code if CONTENDED.contains(&code) => Error::Contended(error),
            _ if refusal.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() => {
                // The primary code is the low byte: no memory, I/O, full, can't open.
                match code.parse::<u32>().map(|code| code % 256) {
                    Ok(7 | 10 | 13 | 14) => Error::Unavailable(error),
                    _ => Error::Failed(error),
                }
            }
            // PostgreSQL: no connection, no room, the system failed; shutting down, starting up; a standby.
            c if ["08", "53", "58", "57P"].iter().any(|class| c.starts_with(class)) || c == "25006" => {
                Error::Unavailable(error)
            }
            _ => Error::Failed(error),
        }
    }
}

/// Whether the whole operation may be tried again because another transaction was in its way.
pub trait Contended {
    /// See [`Error::Contended`].
    fn contended(&self) -> bool;
}

/// Whatever wraps the error, the database's own error beneath it decides.
impl<E: std::error::Error + 'static> Contended for E {
    fn contended(&self) -> bool {
        let whole: &(dyn std::error::Error + 'static) = self;
        let beneath = std::iter::successors(Some(whole), |error| error.source());
        let of_database = beneath.filter_map(|error| error.downcast_ref::<sqlx::Error>()?.as_database_error());
        of_database.filter_map(|refusal| refusal.code()).any(|code| CONTENDED.contains(&&*code))
    }
}

/// The codes of contention. PostgreSQL: serialization failure, deadlock; SQLite: BUSY and its extended codes.
const CONTENDED: [&str; 6] = ["40001", "40P01", "5", "261", "517", "773"];

impl Error {
    /// That a row is not there which must be.
    pub fn vanished() -> Error {
        Error::Failed(sqlx::Error::RowNotFound)
    }

    /// Whether a row was found whose column holds something it can't.
    pub fn is_unreadable(&self) -> bool {
        matches!(self, Error::Failed(sqlx::Error::ColumnDecode { .. }))
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::error::Error as StdError;
    use std::fmt::{self, Display, Formatter};

    use sqlx::error::{DatabaseError, ErrorKind};

    use super::*;

    /// A refusal of the database with this code.
    #[derive(Debug)]
    struct Refusal(&'static str);

    impl Display for Refusal {
        fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl StdError for Refusal {}

    impl DatabaseError for Refusal {
        fn message(&self) -> &str {
            self.0
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }

        fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    #[derive(Debug, thiserror::Error)]
    enum Wrapped {
        #[error(transparent)]
        Clear(#[from] Error),
        #[error("something of the domain")]
        Named(#[source] Box<Wrapped>),
        #[error("no room")]
        Own,
    }

    #[test]
    fn contention_is_found_whatever_wraps_it() {
        let refused = |code| Wrapped::from(Error::from(sqlx::Error::Database(Box::new(Refusal(code)))));
        for code in CONTENDED {
            let error = refused(code);
            assert!(matches!(error, Wrapped::Clear(Error::Contended(_))));
            assert!(error.contended() && Wrapped::Named(Box::new(error)).contended(), "{code}");
        }
        assert!(!refused("23505").contended() && !refused("2067").contended() && !Wrapped::Own.contended());
    }
}
