//! A page of a list as its handler leaves it, to be written into a file for spreadsheets.

use serde_json::Value;

use super::cells::{self, Kind};
use super::problem::Problem;
use super::table::{Table, unwritten};

/// The rows of a page.
pub(super) struct Rows {
    /// The columns of the table.
    pub(super) columns: &'static [&'static str],
    /// What each of them holds, where a file tells that.
    pub(super) kinds: fn() -> Vec<Kind>,
    /// The items.
    pub(super) items: Vec<Value>,
    /// Where the next page begins; none after the last.
    pub(super) next: Option<String>,
}

impl Rows {
    /// These items as rows.
    pub(super) fn of<T: Table>(items: &[T], next: Option<String>) -> Result<Rows, Problem> {
        let items = items.iter().map(serde_json::to_value).collect::<Result<_, _>>();
        let items = items.map_err(|error| unwritten(&error))?;
        Ok(Rows { columns: T::COLUMNS, kinds: cells::kinds::<T>, items, next })
    }
}
