//! How many rows a statement changed: a value that whoever runs the statement must check or dismiss.

use std::panic::Location;

use super::{Error, Result};

/// The number of rows that a statement changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "say how many rows there must be: `exactly`, or that there may be `any`"]
pub struct Changed(pub(super) u64);

impl Changed {
    /// The number of rows changed.
    pub const fn count(self) -> u64 {
        self.0
    }

    /// Whether no row was changed.
    pub const fn none(self) -> bool {
        self.0 == 0
    }

    /// Requires exactly this number of rows: any other is an error, which undoes the transaction and is logged.
    #[track_caller]
    pub fn exactly(self, rows: usize) -> Result<()> {
        if usize::try_from(self.0) == Ok(rows) {
            return Ok(());
        }
        Err(Error::Miscounted { expected: rows, found: self.0, whose: Location::caller() })
    }

    /// Accepts any number of rows.
    pub const fn any(self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_number_of_rows_is_an_error_that_says_where() {
        assert!(Changed(2).exactly(2).is_ok() && Changed(0).none());
        let error = Changed(0).exactly(1).unwrap_err().to_string();
        assert!(
            error.starts_with("0 rows were changed where 1 are to be changed, by src/base/db/changed.rs:"),
            "{error}"
        );
    }
}
