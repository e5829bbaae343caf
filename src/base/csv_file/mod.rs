//! CSV files as spreadsheets write them, read into typed rows, whatever the rows are about.
//!
//! Pure: bytes in, rows and faults out. No database, no clock, no HTTP. Each sort of file has its own module, which
//! gives a [`Column`] for each field and a rule for each cell.
//!
//! What it promises:
//! - **Any bytes are answered, never a panic.** UTF-8 and UTF-16 with or without a byte order mark, and otherwise
//!   Windows-1252, which holds all of Latin-1 and is what GIAS publishes.
//! - **An Excel workbook** (.xlsx) is read like a file of one sheet, the first that has the column by which its rows are
//!   known, or else the first of all: dates as `2023-01-19`, lines as the sheet's rows.
//! - **Commas, semicolons or tabs** stand between cells, whichever Excel saved with: a first line `sep=;` says which,
//!   and otherwise the header does.
//! - **A file that cannot be understood at all is one [`FileError`]**: no header, a column that is
//!   missing, there twice, or mapped wrongly. No row is looked at then.
//! - **Everything else is reported row by row.** Each row is in `good`, has at least one [`BadRow`], or is
//!   counted in `skipped`, with its reason in [`Reading::passed`], because it says nothing. All bad cells of all
//!   rows are reported in file order; a row whose cells cannot be told apart (wrong count, broken quotes) is
//!   reported once.
//! - **Lines are physical lines of the file**, as an editor counts them; a row over several lines
//!   goes by its first. Blank lines, and rows of nothing but separators, are passed over but counted.
//! - **Column names** are compared without case, and with runs of spaces, underscores and brackets
//!   alike: `LA (name)` is `la_name`. A mapping comes first, then the names a column is known by, in
//!   their order. A column named by a mapping is not taken for any other field as well.
//!
//! Read piece by piece, twice: once to tell the encoding, once for the rows. Held in memory: the rows, of each what is
//! wanted of it, and the first [`MOST_KEPT`] faults; never the file. The caller bounds the size of the file, and
//! [`MOST_ROWS`] and [`MOST_COLUMNS`] what a file of that size can grow to.

pub(crate) mod cells;

mod encoding;
mod faults;
mod header;
mod kept;
mod separator;
mod table;
mod workbook;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::io::{Read, Seek};

pub use cells::date_of;
pub(crate) use cells::{BYTE_ORDER_MARK, Fault, safe_cell};
pub use faults::{BadRow, Faults, MOST_FAULTS, MOST_KEPT};
pub use header::{Column, FileError, Ignored};
pub(crate) use header::{Columns, Wanted};
pub use separator::Separator;
pub(crate) use table::{RowCells, Table};

/// The most rows that one file may have: four times the schools of England.
pub const MOST_ROWS: u64 = 100_000;
/// The most columns that one file may have; the largest that GIAS publishes has about 150.
pub const MOST_COLUMNS: usize = 1000;
/// For this many passed-over rows, the reason is kept.
pub const MOST_PASSED: usize = 1000;

/// A row that was read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<T> {
    /// Physical line of the file, from 1; the header is normally line 1.
    pub line: u64,
    /// What the row says.
    pub value: T,
}

/// A whole file, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed<F, T> {
    /// How many rows the file has; the header and blank rows are not counted.
    pub rows: u64,
    /// Rows without a fault, in file order.
    pub good: Vec<Row<T>>,
    /// The faults, in file order.
    pub bad: Faults,
    /// How many rows say nothing, such as that of a school without pupils in a roll file.
    pub skipped: u64,
    /// How it was read.
    pub reading: Reading<F>,
}

/// How a file was read, and what was left unread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading<F> {
    /// The encoding, by its name in the WHATWG Encoding Standard; `XLSX` of a workbook.
    pub encoding: &'static str,
    /// What stands between the cells.
    pub separator: Separator,
    /// Columns that were read, and for what, as the file names them.
    pub columns: Vec<(F, String)>,
    /// Columns that were not read, and why.
    pub ignored: Vec<Ignored>,
    /// The rows that say nothing, and why, in file order: the first [`MOST_PASSED`].
    pub passed: Vec<BadRow>,
}

impl<F: Column, T> Parsed<F, T> {
    /// The column that a field was read from, as the file names it; our own name where there is none.
    pub fn column(&self, field: F) -> &str {
        let column = self.reading.columns.iter().find(|(read, _)| *read == field);
        column.map_or(field.as_str(), |(_, name)| name)
    }

    /// A remark about a row at the column of a field.
    pub(crate) fn told(&self, line: u64, field: F, code: &'static str, reason: &str) -> BadRow {
        BadRow { line, column: self.column(field).to_owned(), code, reason: reason.to_owned() }
    }
}

impl<F> Reading<F> {
    /// The names of the columns that were not read.
    pub fn ignored_columns(&self) -> Vec<String> {
        self.ignored.iter().map(|ignored| ignored.column.clone()).collect()
    }
}

/// The names of a file's columns, each once, as the file has them, and the fields that are known by such a name. A row is
/// known by `key`.
///
/// # Errors
/// A [`FileError`] where the file has no header that can be read.
pub fn header<F: Column>(file: impl Read + Seek, key: F, fields: &[F]) -> Result<Header<F>, FileError> {
    Ok(header::known(Table::open(file, key)?.header(), fields))
}

/// The names of a file's columns, and the fields that are known by such a name.
pub type Header<F> = (Vec<String>, Vec<(F, String)>);

/// Runs `read` over every row whose cells can be told apart. A row that gives neither a value nor a
/// fault was skipped.
pub(crate) fn read_rows<F: Column, T>(
    table: &mut Table<'_>,
    columns: &Columns<F>,
    mut read: impl FnMut(&mut RowCells<'_, F>) -> Option<T>,
) -> Result<Parsed<F, T>, FileError> {
    let (mut good, mut bad, mut skipped, mut passed) = (Vec::new(), Faults::default(), 0, Vec::new());
    while let Some(mut row) = table.next_row(columns, &mut bad)? {
        let line = row.line();
        match read(&mut row) {
            _ if row.is_faulty() => {}
            Some(value) => good.push(Row { line, value }),
            None => {
                skipped += 1;
                passed.extend(row.passed().filter(|_| passed.len() < MOST_PASSED));
            }
        }
    }
    let (encoding, separator) = (table.encoding(), table.separator());
    let reading = Reading { encoding, separator, columns: columns.read(), ignored: columns.ignored(), passed };
    Ok(Parsed { rows: table.rows(), good, bad, skipped, reading })
}

/// The first row to name a value in `field` keeps it, even when that row is bad for another reason: which
/// of the two is right is for a person to decide.
pub(crate) fn refuse_duplicate<F: Column, K: Eq + Hash>(
    row: &mut RowCells<'_, F>,
    first_lines: &mut HashMap<K, u64>,
    field: F,
    key: K,
    named: impl FnOnce() -> String,
) {
    match first_lines.entry(key) {
        Entry::Vacant(free) => {
            free.insert(row.line());
        }
        Entry::Occupied(first) => row.fault(
            field,
            Fault {
                code: "duplicate_row",
                reason: format!("{} is already on line {}; expected once in a file", named(), first.get()),
            },
        ),
    }
}
