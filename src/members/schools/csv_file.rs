//! School and roll files as spreadsheets write them, read into typed rows; see [`crate::base::csv_file`] for what holds
//! for every file. Our own column names take precedence over those that GIAS uses.

mod cells;
mod fields;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests;

use std::collections::HashMap;
use std::io::{Read, Seek};

use chrono::NaiveDate;

pub use fields::{Field, UnknownField};

use super::{Membership, Phase};
use crate::base::csv_file::{self, Column, Columns, RowCells, Table, Wanted, read_rows, refuse_duplicate};
pub use crate::base::csv_file::{
    BadRow, Faults, FileError, Ignored, MOST_COLUMNS, MOST_FAULTS, MOST_PASSED, MOST_ROWS, Reading, Row, Separator,
};
use crate::base::text::{Line, Urn};

/// A whole file of schools or rolls. Only a roll file has rows that are skipped: those without pupils.
pub type Parsed<T> = csv_file::Parsed<Field, T>;

/// How to read one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Our field and the column of the file that holds it. An empty column name leaves the field out.
    pub mapping: Vec<(Field, String)>,
    /// Used where the file has no census date column, or the cell is empty.
    pub census_date: Option<NaiveDate>,
}

/// A school as a file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchoolRow {
    /// The school's URN.
    pub urn: Urn,
    /// The school's name.
    pub name: Line,
    /// The phase: which pupils it is for.
    pub phase: Option<Phase>,
    /// The type of establishment, in the words of the file.
    pub establishment_type: Option<Line>,
    /// The local authority, in the words of the file.
    pub local_authority: Option<Line>,
    /// How closely it belongs to the hub.
    pub membership: Option<Membership>,
    /// When it joined the hub.
    pub joined_on: Option<NaiveDate>,
    /// Census date and pupils on roll; none where the pupils cell is empty.
    pub roll: Option<(NaiveDate, u32)>,
    /// Whether the school is open.
    pub status: Option<Status>,
    /// The last day on which the school is open.
    pub closed_on: Option<NaiveDate>,
}

/// Whether a school is open, according to GIAS; a school proposed for closure still is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The school is open.
    Open,
    /// The school is proposed and may open.
    Proposed,
    /// The school has closed.
    Closed,
}

/// Pupils on roll at one school on one census date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollRow {
    /// The school's URN.
    pub urn: Urn,
    /// The day the pupils were counted.
    pub census_date: NaiveDate,
    /// Pupils on roll, 0 to 100,000.
    pub pupils: u32,
}

/// What a file of schools must have, and what it may have.
const OF_SCHOOLS: Wanted<Field> = Wanted {
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
        Field::Status,
        Field::ClosedOn,
    ],
};

/// Reads a file of schools: `urn` and `name` are required, the rest may be missing or empty.
///
/// # Errors
/// A [`FileError`] where the file as a whole cannot be read; a bad row is not one.
pub fn schools(file: impl Read + Seek, options: &Options) -> Result<Parsed<SchoolRow>, FileError> {
    let mut table = Table::open(file, Field::Urn)?;
    let mut columns = Columns::find(table.header(), table.separator(), &OF_SCHOOLS, &options.mapping)?;
    if !columns.has(Field::Pupils) {
        columns.leave_out(Field::CensusDate, "it says nothing without a column for `pupils`");
    } else if !columns.has(Field::CensusDate) && options.census_date.is_none() {
        return Err(FileError::NeedsAnother {
            column: columns.name(Field::Pupils).to_owned(),
            needs: Field::CensusDate.as_str(),
            advice: "give one census date for the whole file, or leave out `pupils`",
        });
    }

    let mut first_lines = HashMap::new();
    read_rows(&mut table, &columns, |row| {
        let urn = row.required(Field::Urn, cells::urn);
        if let Some(urn) = &urn {
            refuse_duplicate(row, &mut first_lines, Field::Urn, urn.clone(), || format!("URN {urn}"));
        }
        let name = row.required(Field::Name, cells::text);
        let phase = row.optional(Field::Phase, cells::phase);
        let establishment_type = row.optional(Field::EstablishmentType, cells::text);
        let local_authority = row.optional(Field::LocalAuthority, cells::text);
        let membership = row.optional(Field::Membership, cells::membership);
        let joined_on = row.optional(Field::JoinedOn, cells::date);
        let (status, closed_on) =
            (row.optional(Field::Status, cells::status), row.optional(Field::ClosedOn, cells::date));
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
            status,
            closed_on,
        })
    })
}

/// Reads a file of rolls: `urn`, `pupils` and a census date, in the file or in `options`.
///
/// # Errors
/// A [`FileError`] where the file as a whole cannot be read; a bad row is not one.
pub fn rolls(file: impl Read + Seek, options: &Options) -> Result<Parsed<RollRow>, FileError> {
    let mut table = Table::open(file, Field::Urn)?;
    let wanted = match options.census_date {
        None => {
            Wanted { file: "a roll file", required: &[Field::Urn, Field::Pupils, Field::CensusDate], optional: &[] }
        }
        Some(_) => {
            Wanted { file: "a roll file", required: &[Field::Urn, Field::Pupils], optional: &[Field::CensusDate] }
        }
    };
    let columns = Columns::find(table.header(), table.separator(), &wanted, &options.mapping)?;

    let mut first_lines = HashMap::new();
    read_rows(&mut table, &columns, |row| {
        if row.is_empty(Field::Pupils) {
            row.pass_over(Field::Pupils, "no_pupils", "no number of pupils");
            return None;
        }
        let urn = row.required(Field::Urn, cells::urn);
        let census_date = census_date(row, options);
        let pupils = row.required(Field::Pupils, cells::pupils);
        let (urn, census_date) = (urn?, census_date?);
        refuse_duplicate(row, &mut first_lines, Field::Urn, (urn.clone(), census_date), || {
            format!("URN {urn} on {census_date}")
        });
        Some(RollRow { urn, census_date, pupils: pupils? })
    })
}

/// The row's own census date, or the one given for the file where its cell is empty.
fn census_date(row: &mut RowCells<'_, Field>, options: &Options) -> Option<NaiveDate> {
    match options.census_date {
        Some(date) if row.is_empty(Field::CensusDate) => Some(date),
        _ => row.required(Field::CensusDate, cells::date),
    }
}
