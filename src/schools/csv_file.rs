//! School and roll files as spreadsheets write them, read into typed rows.
//!
//! Pure: bytes in, rows and faults out. No database, no clock, no HTTP.
//!
//! What it promises:
//! - **Any bytes are answered, never a panic.** UTF-8 with or without a byte order mark, UTF-16 with
//!   one, and otherwise Windows-1252, which holds all of Latin-1 and is what GIAS publishes.
//! - **A file that cannot be understood at all is one [`FileError`]**: no header, a column that is
//!   missing, there twice, or mapped wrongly. No row is looked at then.
//! - **Everything else is told row by row.** Each row is in `good`, has at least one [`BadRow`], or,
//!   in a roll file, is counted in `skipped` because its pupils cell is empty. All bad cells of all
//!   rows are reported in file order; a row whose cells cannot be told apart (wrong count, broken
//!   quotes) is reported once.
//! - **Lines are physical lines of the file**, as an editor counts them; a row over several lines
//!   goes by its first. Blank lines, and rows of nothing but commas, are passed over but counted.
//! - **Column names** are compared without case, and with runs of spaces, underscores and brackets
//!   alike: `LA (name)` is `la_name`. A mapping comes first, then the name of our own field, then
//!   the name GIAS uses. A column named by a mapping is not taken for any other field as well.
//!
//! One pass over the text, linear in its size. Held in memory: the decoded text, the rows and the
//! faults; the caller bounds the size of the file, and [`MOST_ROWS`] and [`MOST_COLUMNS`] what a file
//! of that size can grow to.

mod cells;
mod encoding;
mod header;
mod table;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use chrono::NaiveDate;

use cells::Fault;
use header::{Columns, Wanted};
pub use header::{Field, FileError, UnknownField};
use table::{RowCells, Table};

use super::{Membership, Phase};
use crate::text::{Line, Urn};

/// The most rows that one file may have: four times the schools of England.
pub const MOST_ROWS: u64 = 100_000;
/// The most columns that one file may have; the largest that GIAS publishes has about 150.
pub const MOST_COLUMNS: usize = 1000;

/// How to read one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Our field and the column of the file that holds it. An empty column name leaves the field out.
    pub mapping: Vec<(Field, String)>,
    /// Used where the file has no census date column, or the cell is empty.
    pub census_date: Option<NaiveDate>,
}

/// A row that was read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<T> {
    /// Physical line of the file, from 1; the header is normally line 1.
    pub line: u64,
    /// What the row says.
    pub value: T,
}

/// One thing that is wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Physical line on which the row begins.
    pub line: u64,
    /// The column as the file names it; empty where the fault is the whole row's.
    pub column: String,
    /// Stable, for programs: `bad_urn`, `empty`, `too_long`, `control_character`, `unknown_phase`,
    /// `unknown_membership`, `bad_number`, `out_of_range`, `bad_date`, `duplicate_row`,
    /// `wrong_cell_count`, `bad_quote`, `unclosed_quote`; and, by the schools of the hub,
    /// `unknown_school` and `left_before_joined`.
    pub code: &'static str,
    /// What was expected, for people.
    pub reason: String,
}

/// A whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed<T> {
    /// How many rows the file has; the header and blank rows are not counted.
    pub rows: u64,
    /// Rows without a fault, in file order.
    pub good: Vec<Row<T>>,
    /// Every fault, in file order.
    pub bad: Vec<BadRow>,
    /// Rolls only: rows whose pupils cell is empty. They are not looked at further.
    pub skipped: u64,
    /// Columns of the file that were read, and for what, as it names them.
    pub columns: Vec<(Field, String)>,
    /// Columns of the file that were not read, as it names them.
    pub ignored_columns: Vec<String>,
}

impl<T> Parsed<T> {
    /// The column that a field was read from, as the file names it; our own name where there is none.
    pub fn column(&self, field: Field) -> &str {
        let column = self.columns.iter().find(|(read, _)| *read == field);
        column.map_or(field.as_str(), |(_, name)| name)
    }
}

/// A school as a file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchoolRow {
    /// Which school.
    pub urn: Urn,
    /// Its name.
    pub name: Line,
    /// The pupils it is for.
    pub phase: Option<Phase>,
    /// In the words of the file.
    pub establishment_type: Option<Line>,
    /// In the words of the file.
    pub local_authority: Option<Line>,
    /// How closely it belongs to the hub.
    pub membership: Option<Membership>,
    /// When it joined the hub.
    pub joined_on: Option<NaiveDate>,
    /// Census date and pupils on roll; none where the pupils cell is empty.
    pub roll: Option<(NaiveDate, u32)>,
}

/// Pupils on roll at one school on one census date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollRow {
    /// Which school.
    pub urn: Urn,
    /// The day the pupils were counted.
    pub census_date: NaiveDate,
    /// 0 to 100,000.
    pub pupils: u32,
}

/// Reads a file of schools: `urn` and `name` are required, the rest may be absent or empty.
///
/// # Errors
/// A [`FileError`] where the file as a whole cannot be read; a bad row is not one.
pub fn schools(bytes: &[u8], options: &Options) -> Result<Parsed<SchoolRow>, FileError> {
    let text = encoding::decode(bytes)?;
    let mut table = Table::open(&text)?;
    let mut columns = Columns::find(
        table.header(),
        &Wanted {
            file: "a school file",
            required: &[Field::Urn, Field::Name],
            optional: &[
                Field::Phase,
                Field::EstablishmentType,
                Field::LocalAuthority,
                Field::Membership,
                Field::JoinedOn,
                Field::Pupils,
                Field::CensusDate,
            ],
        },
        &options.mapping,
    )?;
    if !columns.has(Field::Pupils) {
        columns.leave_out(Field::CensusDate);
    } else if !columns.has(Field::CensusDate) && options.census_date.is_none() {
        return Err(FileError::NoCensusDate { pupils: columns.name(Field::Pupils).to_owned() });
    }

    let mut first_lines = HashMap::new();
    read_rows(&mut table, &columns, |row| {
        let urn = row.required(Field::Urn, cells::urn);
        if let Some(urn) = &urn {
            refuse_duplicate(row, &mut first_lines, urn.clone(), || format!("URN {urn}"));
        }
        let name = row.required(Field::Name, cells::text);
        let phase = row.optional(Field::Phase, cells::phase);
        let establishment_type = row.optional(Field::EstablishmentType, cells::text);
        let local_authority = row.optional(Field::LocalAuthority, cells::text);
        let membership = row.optional(Field::Membership, cells::membership);
        let joined_on = row.optional(Field::JoinedOn, cells::date);
        let pupils = row.optional(Field::Pupils, cells::pupils);
        let census_date = if row.is_empty(Field::Pupils) {
            row.optional(Field::CensusDate, cells::date)
        } else {
            census_date(row, options)
        };
        Some(SchoolRow {
            urn: urn?,
            name: name?,
            phase,
            establishment_type,
            local_authority,
            membership,
            joined_on,
            roll: census_date.zip(pupils),
        })
    })
}

/// Reads a file of rolls: `urn`, `pupils` and a census date, in the file or in `options`.
///
/// # Errors
/// A [`FileError`] where the file as a whole cannot be read; a bad row is not one.
pub fn rolls(bytes: &[u8], options: &Options) -> Result<Parsed<RollRow>, FileError> {
    let text = encoding::decode(bytes)?;
    let mut table = Table::open(&text)?;
    let wanted = match options.census_date {
        None => {
            Wanted { file: "a roll file", required: &[Field::Urn, Field::Pupils, Field::CensusDate], optional: &[] }
        }
        Some(_) => {
            Wanted { file: "a roll file", required: &[Field::Urn, Field::Pupils], optional: &[Field::CensusDate] }
        }
    };
    let columns = Columns::find(table.header(), &wanted, &options.mapping)?;

    let mut first_lines = HashMap::new();
    read_rows(&mut table, &columns, |row| {
        if row.is_empty(Field::Pupils) {
            return None;
        }
        let urn = row.required(Field::Urn, cells::urn);
        let census_date = census_date(row, options);
        let pupils = row.required(Field::Pupils, cells::pupils);
        let (urn, census_date) = (urn?, census_date?);
        refuse_duplicate(row, &mut first_lines, (urn.clone(), census_date), || format!("URN {urn} on {census_date}"));
        Some(RollRow { urn, census_date, pupils: pupils? })
    })
}

/// Runs `read` over every row whose cells can be told apart. A row that gives neither a value nor a
/// fault was skipped.
fn read_rows<T>(
    table: &mut Table<'_>,
    columns: &Columns,
    mut read: impl FnMut(&mut RowCells<'_>) -> Option<T>,
) -> Result<Parsed<T>, FileError> {
    let (mut good, mut bad, mut skipped) = (Vec::new(), Vec::new(), 0);
    while let Some(mut row) = table.next_row(columns, &mut bad)? {
        let line = row.line();
        match read(&mut row) {
            _ if row.is_faulty() => {}
            Some(value) => good.push(Row { line, value }),
            None => skipped += 1,
        }
    }
    Ok(Parsed { rows: table.rows(), good, bad, skipped, columns: columns.read(), ignored_columns: columns.ignored() })
}

/// The row's own census date, or the one given for the file where its cell is empty.
fn census_date(row: &mut RowCells<'_>, options: &Options) -> Option<NaiveDate> {
    match options.census_date {
        Some(date) if row.is_empty(Field::CensusDate) => Some(date),
        _ => row.required(Field::CensusDate, cells::date),
    }
}

/// The first row to name a school keeps it, even when that row is bad for another reason: which of
/// the two is right is for a person to say.
fn refuse_duplicate<K: Eq + Hash>(
    row: &mut RowCells<'_>,
    first_lines: &mut HashMap<K, u64>,
    key: K,
    named: impl FnOnce() -> String,
) {
    match first_lines.entry(key) {
        Entry::Vacant(free) => {
            free.insert(row.line());
        }
        Entry::Occupied(first) => row.fault(
            Field::Urn,
            Fault {
                code: "duplicate_row",
                reason: format!("{} is already on line {}; expected once in a file", named(), first.get()),
            },
        ),
    }
}
