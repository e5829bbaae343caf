//! The fields we read, and which columns of a file hold them.

use std::fmt::{self, Display, Formatter};
use std::io;

use csv::StringRecord;
use thiserror::Error;

use super::cells::clip;
use super::separator::Separator;
use super::{MOST_COLUMNS, MOST_ROWS};

/// A field that a column of one sort of file can hold.
pub trait Column: Copy + PartialEq + 'static {
    /// Our own name of the field.
    fn as_str(self) -> &'static str;

    /// The normalised column names by which the field is known: our own first.
    fn known_as(self) -> &'static [&'static str];

    /// What else would do, where a file has no such column: `, unless …`.
    fn or_else(self) -> &'static str {
        ""
    }
}

/// Why a file as a whole cannot be read.
#[derive(Debug, Error)]
pub enum FileError {
    /// A byte order mark, and then bytes that are not in that encoding.
    #[error("the file begins as {encoding} text but is not; save it again as CSV in UTF-8")]
    NotAsMarked {
        /// The encoding that the mark names.
        encoding: &'static str,
    },
    /// Letters of UTF-8, and bytes that are none.
    #[error("part of the file is UTF-8 and part of it is not; save it again as CSV in UTF-8")]
    Mixed,
    /// Not text at all.
    #[error("this is not a sheet: the file is {kind}; open it in a spreadsheet program and save it as XLSX or CSV")]
    NotText {
        /// What the file is instead.
        kind: &'static str,
    },
    /// Packed as a workbook is, but none that can be read.
    #[error(
        "this is not a sheet: the file is packed, but not an Excel workbook that can be read ({reason}); \
         save it as XLSX or CSV"
    )]
    NotAWorkbook {
        /// What is wrong with it.
        reason: String,
    },
    /// A workbook that unpacks to more than is read.
    #[error("the workbook is too large once it is unpacked; save its sheet as CSV in UTF-8")]
    WorkbookTooLarge,
    /// Nothing, or nothing but blank lines.
    #[error("the file is empty; expected a header row with the names of its columns")]
    NoHeader,
    /// The header row does not end, or has a quotation mark where none can be.
    #[error("the header row has a quotation mark that is not closed, or not doubled inside a name")]
    HeaderQuote,
    /// A required field has no column.
    #[error(
        "no column for `{field}`{or}; {read} has: {listed}{title}",
        read = read_as(*.separator),
        listed = listed(.columns),
        title = title(.columns)
    )]
    MissingColumn {
        /// The separator between the file's cells.
        separator: Separator,
        /// Our name of the field.
        field: &'static str,
        /// What else would do.
        or: &'static str,
        /// The columns that the file has instead.
        columns: Vec<String>,
    },
    /// The mapping leaves out a required field.
    #[error("`{field}` is required and cannot be left out{or}")]
    RequiredLeftOut {
        /// Our name of the field.
        field: &'static str,
        /// What else would do.
        or: &'static str,
    },
    /// Two columns have the name of one we would read.
    #[error("the column {column:?} is in the header twice, and which to read cannot be told")]
    DuplicateColumn {
        /// The column, as the file names it.
        column: String,
    },
    /// The mapping names a column that is not there.
    #[error(
        "`{field}` is mapped to the column {column:?}, which the file does not have; it has: {listed}",
        listed = listed(.columns)
    )]
    MappedColumnMissing {
        /// Our name of the field.
        field: &'static str,
        /// The column, as the mapping names it.
        column: String,
        /// The columns that the file has instead.
        columns: Vec<String>,
    },
    /// One field has two mappings.
    #[error("`{field}` is mapped twice; expected once")]
    MappedTwice {
        /// Our name of the field.
        field: &'static str,
    },
    /// A mapping for a field that this sort of file is not read for.
    #[error("`{field}` is mapped, but is not read from {file}")]
    NotRead {
        /// Our name of the field.
        field: &'static str,
        /// What is being read.
        file: &'static str,
    },
    /// A column is useless without another, which is not there.
    #[error("the column {column:?} needs a `{needs}` and the file has none; {advice}")]
    NeedsAnother {
        /// The column, as the file names it.
        column: String,
        /// Our name of the field.
        needs: &'static str,
        /// What to do about it.
        advice: &'static str,
    },
    /// The file has more rows than [`MOST_ROWS`].
    #[error("the file has more than {MOST_ROWS} rows; divide it into smaller ones")]
    TooManyRows,
    /// The file has more columns than [`MOST_COLUMNS`].
    #[error("the file has {found} columns; expected at most {MOST_COLUMNS}")]
    TooManyColumns {
        /// How many columns the file has.
        found: usize,
    },
    /// The file's own bytes could not be read.
    #[error("the file can't be read: {0}")]
    Unread(#[from] io::Error),
}

/// The fields that one sort of file is read for.
pub(crate) struct Wanted<F: 'static> {
    pub(crate) file: &'static str,
    pub(crate) required: &'static [F],
    pub(crate) optional: &'static [F],
}

/// Which column holds which field.
pub(crate) struct Columns<F> {
    /// All columns, as the file names them.
    names: Vec<String>,
    read: Vec<(F, usize)>,
    /// Columns that could be read and are not, with the reason.
    left_out: Vec<(usize, String)>,
}

/// A column that was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// The column, as the file names it.
    pub column: String,
    /// Why it was not read, where it has the name of a field that we read.
    pub reason: Option<String>,
}

impl Display for Ignored {
    /// The column's name, and the reason in brackets.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.reason {
            None => f.write_str(&self.column),
            Some(reason) => write!(f, "{} ({reason})", self.column),
        }
    }
}

impl<F: Column> Columns<F> {
    pub(crate) fn find(
        header: &StringRecord,
        separator: Separator,
        wanted: &Wanted<F>,
        mapping: &[(F, String)],
    ) -> Result<Columns<F>, FileError> {
        let names = header.iter().map(|name| clip(name.trim(), 60)).collect();
        let mut columns = Columns { names, read: Vec::new(), left_out: Vec::new() };
        let normal: Vec<String> = header.iter().map(normalised).collect();

        let mut mapped = Vec::new();
        for (field, column) in mapping {
            if mapped.contains(field) {
                return Err(FileError::MappedTwice { field: field.as_str() });
            }
            mapped.push(*field);
            if !wanted.required.contains(field) && !wanted.optional.contains(field) {
                return Err(FileError::NotRead { field: field.as_str(), file: wanted.file });
            }
            if column.trim().is_empty() {
                continue;
            }
            let place = columns.only(&normal, &normalised(column), &[])?;
            let place = place.ok_or_else(|| FileError::MappedColumnMissing {
                field: field.as_str(),
                column: clip(column, 60),
                columns: columns.named(),
            })?;
            columns.read.push((*field, place));
        }

        let taken: Vec<usize> = columns.read.iter().map(|(_, place)| *place).collect();
        for field in wanted.required.iter().chain(wanted.optional) {
            // What is required of some files and not of others may be named as both.
            if mapped.contains(field) || columns.has(*field) {
                continue;
            }
            for name in field.known_as() {
                if let Some(place) = columns.only(&normal, name, &taken)? {
                    columns.read.push((*field, place));
                    break;
                }
            }
        }

        columns.explain(&normal, wanted);
        match wanted.required.iter().copied().find(|field| !columns.has(*field)) {
            None => Ok(columns),
            Some(field) if mapped.contains(&field) => {
                Err(FileError::RequiredLeftOut { field: field.as_str(), or: field.or_else() })
            }
            Some(field) => {
                let (field, or, columns) = (field.as_str(), field.or_else(), columns.named());
                Err(FileError::MissingColumn { separator, field, or, columns })
            }
        }
    }

    /// The one column of this name that is not taken yet.
    fn only(&self, normal: &[String], name: &str, taken: &[usize]) -> Result<Option<usize>, FileError> {
        let mut places = normal.iter().enumerate().filter_map(|(place, normal)| {
            (!normal.is_empty() && normal == name && !taken.contains(&place)).then_some(place)
        });
        match (places.next(), places.next()) {
            (Some(first), Some(_)) => {
                Err(FileError::DuplicateColumn { column: self.names.get(first).cloned().unwrap_or_default() })
            }
            (first, _) => Ok(first),
        }
    }

    pub(crate) fn has(&self, field: F) -> bool {
        self.place(field).is_some()
    }

    /// Leaves out a column that is useless without another.
    pub(crate) fn leave_out(&mut self, field: F, reason: &str) {
        let place = self.place(field);
        self.read.retain(|(read, _)| *read != field);
        self.left_out.extend(place.map(|place| (place, reason.to_owned())));
    }

    /// Says why columns that have the name of a field are not read for it.
    fn explain(&mut self, normal: &[String], wanted: &Wanted<F>) {
        for field in wanted.required.iter().chain(wanted.optional) {
            let reason = match self.has(*field) {
                true => format!("`{}` is read from the column {:?}", field.as_str(), self.name(*field)),
                false => format!("the mapping leaves `{}` out", field.as_str()),
            };
            let named = normal.iter().enumerate().filter(|(_, name)| field.known_as().contains(&name.as_str()));
            self.left_out.extend(named.map(|(place, _)| (place, reason.clone())));
        }
    }

    pub(crate) fn place(&self, field: F) -> Option<usize> {
        self.read.iter().find(|(read, _)| *read == field).map(|(_, place)| *place)
    }

    /// The column as the file names it.
    pub(crate) fn name(&self, field: F) -> &str {
        let name = self.place(field).and_then(|place| self.names.get(place));
        name.map_or(field.as_str(), String::as_str)
    }

    pub(crate) fn count(&self) -> usize {
        self.names.len()
    }

    /// The columns that are read, and for which field.
    pub(crate) fn read(&self) -> Vec<(F, String)> {
        self.read.iter().map(|(field, _)| (*field, self.name(*field).to_owned())).collect()
    }

    /// The named columns that are not read, and why.
    pub(crate) fn ignored(&self) -> Vec<Ignored> {
        let unread = self
            .names
            .iter()
            .enumerate()
            .filter(|(place, name)| !name.is_empty() && self.read.iter().all(|(_, read)| read != place));
        let reason = |place| {
            let known = self.left_out.iter().rev().find(|(left, _)| *left == place);
            known.map(|(_, reason)| reason.clone())
        };
        unread.map(|(place, name)| Ignored { column: name.clone(), reason: reason(place) }).collect()
    }

    fn named(&self) -> Vec<String> {
        self.names.iter().filter(|name| !name.is_empty()).cloned().collect()
    }
}

/// The names of the columns, each once, and the fields that are known by one of them.
pub(super) fn known<F: Column>(header: &StringRecord, fields: &[F]) -> (Vec<String>, Vec<(F, String)>) {
    let mut names: Vec<String> = Vec::new();
    for name in header.iter().map(|name| clip(name.trim(), 60)) {
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    let column = |field: &F| {
        let named = |known: &&str| names.iter().find(|name| normalised(name) == **known).cloned();
        field.known_as().iter().find_map(named).map(|name| (*field, name))
    };
    let found = fields.iter().filter_map(column).collect();
    (names, found)
}

/// Whether one of the headings is a name of the field.
pub(super) fn is_known<F: Column>(headings: &[String], field: F) -> bool {
    headings.iter().any(|heading| field.known_as().contains(&normalised(heading).as_str()))
}

/// `LA (name)`, `la_name` and ` La Name ` are one name.
fn normalised(name: &str) -> String {
    let apart = |c: char| c.is_whitespace() || matches!(c, '_' | '(' | ')' | '[' | ']' | '{' | '}');
    let words: Vec<&str> = name.split(apart).filter(|word| !word.is_empty()).collect();
    words.join("_").to_lowercase()
}

/// What to do where the first row has but one cell, which is words: a title above the headings.
fn title(columns: &[String]) -> &'static str {
    match columns {
        [only] if only.contains(' ') => {
            "; if that is a title, delete the rows above the headings, so that the headings are the first row"
        }
        _ => "",
    }
}

/// How the file was read, in words.
fn read_as(separator: Separator) -> String {
    match separator {
        Separator::Sheet => "the sheet".to_owned(),
        between => format!("read with the {between} as separator, the file"),
    }
}

/// The columns in words. GIAS has about 150; more than 200 are counted, not named.
fn listed(columns: &[String]) -> String {
    let named: Vec<String> = columns.iter().take(200).map(|name| name.escape_debug().to_string()).collect();
    match columns.len().saturating_sub(named.len()) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
