//! The fields we read, and which columns of a file hold them.

use csv::StringRecord;
use thiserror::Error;

use super::cells::clip;
use super::{MOST_COLUMNS, MOST_ROWS};

/// What a column can hold for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// DfE's number of the school.
    Urn,
    /// The school's name.
    Name,
    /// Primary, secondary and so on.
    Phase,
    /// Academy, voluntary aided school and so on.
    EstablishmentType,
    /// The name of the local authority.
    LocalAuthority,
    /// Full or participant.
    Membership,
    /// When the school joined the hub.
    JoinedOn,
    /// Pupils on roll.
    Pupils,
    /// The day the pupils were counted.
    CensusDate,
}

/// A word that is none of our fields.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected a field ({fields}), found {found:?}", fields = Field::ALL.map(Field::as_str).join(", "))]
pub struct UnknownField {
    /// The word, shortened.
    pub found: String,
}

/// Why a file as a whole cannot be read.
#[derive(Debug, Error)]
pub enum FileError {
    /// A byte order mark, and then bytes that are not in that encoding.
    #[error("the file begins as {encoding} text but is not; save it again as CSV in UTF-8")]
    NotAsMarked {
        /// What the mark says.
        encoding: &'static str,
    },
    /// Nothing, or nothing but blank lines.
    #[error("the file is empty; expected a header row with the names of its columns")]
    NoHeader,
    /// The header row does not end, or has a quotation mark where none can be.
    #[error("the header row has a quotation mark that is not closed, or not doubled inside a name")]
    HeaderQuote,
    /// A required field has no column.
    #[error(
        "no column for `{field}`{or}; the file has: {listed}",
        field = .field.as_str(),
        or = .field.or_else(),
        listed = listed(.columns)
    )]
    MissingColumn {
        /// Ours.
        field: Field,
        /// What the file has instead.
        columns: Vec<String>,
    },
    /// The mapping leaves out a required field.
    #[error("`{field}` is required and cannot be left out{or}", field = .field.as_str(), or = .field.or_else())]
    RequiredLeftOut {
        /// Ours.
        field: Field,
    },
    /// Two columns have the name of one we would read.
    #[error("the column {column:?} is in the header twice, and which to read cannot be told")]
    DuplicateColumn {
        /// As the file names it.
        column: String,
    },
    /// The mapping names a column that is not there.
    #[error(
        "`{field}` is mapped to the column {column:?}, which the file does not have; it has: {listed}",
        field = .field.as_str(),
        listed = listed(.columns)
    )]
    MappedColumnMissing {
        /// Ours.
        field: Field,
        /// As the mapping names it.
        column: String,
        /// What the file has instead.
        columns: Vec<String>,
    },
    /// One field, two mappings.
    #[error("`{field}` is mapped twice; expected once", field = .field.as_str())]
    MappedTwice {
        /// Ours.
        field: Field,
    },
    /// A mapping for a field that this sort of file is not read for.
    #[error("`{field}` is mapped, but is not read from {file}", field = .field.as_str())]
    NotRead {
        /// Ours.
        field: Field,
        /// What is being read.
        file: &'static str,
    },
    /// Pupils without the day they were counted.
    #[error(
        "the column {pupils:?} needs a `census_date` and the file has none; give one census date for \
         the whole file, or leave pupils out by mapping `pupils` to an empty column name"
    )]
    NoCensusDate {
        /// The column with pupils, as the file names it.
        pupils: String,
    },
    /// More rows than [`MOST_ROWS`].
    #[error("the file has more than {MOST_ROWS} rows; divide it into smaller ones")]
    TooManyRows,
    /// More columns than [`MOST_COLUMNS`].
    #[error("the file has {found} columns; expected at most {MOST_COLUMNS}")]
    TooManyColumns {
        /// How many it has.
        found: usize,
    },
    /// The CSV reader gave up. Text in memory gives it no cause to.
    #[error("the file cannot be read as CSV: {0}")]
    Unreadable(#[from] csv::Error),
}

/// What one sort of file is read for.
pub(super) struct Wanted {
    pub(super) file: &'static str,
    pub(super) required: &'static [Field],
    pub(super) optional: &'static [Field],
}

/// Which column holds which field.
pub(super) struct Columns {
    /// All of them, as the file names them.
    names: Vec<String>,
    read: Vec<(Field, usize)>,
}

impl Field {
    /// All of them, in the order they are documented.
    pub const ALL: [Field; 9] = [
        Field::Urn,
        Field::Name,
        Field::Phase,
        Field::EstablishmentType,
        Field::LocalAuthority,
        Field::Membership,
        Field::JoinedOn,
        Field::Pupils,
        Field::CensusDate,
    ];

    /// Reads our own name of a field, `local_authority`.
    ///
    /// # Errors
    /// Any other word, with the words there are.
    pub fn parse(word: &str) -> Result<Field, UnknownField> {
        let named = Field::ALL.into_iter().find(|field| field.as_str() == word);
        named.ok_or_else(|| UnknownField { found: clip(word, 40) })
    }

    /// Our own name of the field.
    pub fn as_str(self) -> &'static str {
        match self {
            Field::Urn => "urn",
            Field::Name => "name",
            Field::Phase => "phase",
            Field::EstablishmentType => "establishment_type",
            Field::LocalAuthority => "local_authority",
            Field::Membership => "membership",
            Field::JoinedOn => "joined_on",
            Field::Pupils => "pupils",
            Field::CensusDate => "census_date",
        }
    }

    /// The column names we know it by, normalised: our own, then that of GIAS.
    fn known_as(self) -> &'static [&'static str] {
        match self {
            Field::Urn => &["urn"],
            Field::Name => &["name", "establishmentname"],
            Field::Phase => &["phase", "phaseofeducation_name"],
            Field::EstablishmentType => &["establishment_type", "typeofestablishment_name"],
            Field::LocalAuthority => &["local_authority", "la_name"],
            Field::Membership => &["membership"],
            Field::JoinedOn => &["joined_on"],
            Field::Pupils => &["pupils", "numberofpupils"],
            Field::CensusDate => &["census_date", "censusdate"],
        }
    }

    fn or_else(self) -> &'static str {
        match self {
            Field::CensusDate => ", unless one census date is given for the whole file",
            _ => "",
        }
    }
}

impl Columns {
    pub(super) fn find(
        header: &StringRecord,
        wanted: &Wanted,
        mapping: &[(Field, String)],
    ) -> Result<Columns, FileError> {
        let names = header.iter().map(|name| clip(name.trim(), 60)).collect();
        let mut columns = Columns { names, read: Vec::new() };
        let normal: Vec<String> = header.iter().map(normalised).collect();

        let mut mapped = Vec::new();
        for (field, column) in mapping {
            if mapped.contains(field) {
                return Err(FileError::MappedTwice { field: *field });
            }
            mapped.push(*field);
            if !wanted.required.contains(field) && !wanted.optional.contains(field) {
                return Err(FileError::NotRead { field: *field, file: wanted.file });
            }
            if column.trim().is_empty() {
                continue;
            }
            let place = columns.only(&normal, &normalised(column), &[])?;
            let place = place.ok_or_else(|| FileError::MappedColumnMissing {
                field: *field,
                column: clip(column, 60),
                columns: columns.named(),
            })?;
            columns.read.push((*field, place));
        }

        let taken: Vec<usize> = columns.read.iter().map(|(_, place)| *place).collect();
        for field in wanted.required.iter().chain(wanted.optional) {
            if mapped.contains(field) {
                continue;
            }
            for name in field.known_as() {
                if let Some(place) = columns.only(&normal, name, &taken)? {
                    columns.read.push((*field, place));
                    break;
                }
            }
        }

        match wanted.required.iter().copied().find(|field| !columns.has(*field)) {
            None => Ok(columns),
            Some(field) if mapped.contains(&field) => Err(FileError::RequiredLeftOut { field }),
            Some(field) => Err(FileError::MissingColumn { field, columns: columns.named() }),
        }
    }

    /// The one column of this name that is not taken.
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

    pub(super) fn has(&self, field: Field) -> bool {
        self.place(field).is_some()
    }

    pub(super) fn leave_out(&mut self, field: Field) {
        self.read.retain(|(read, _)| *read != field);
    }

    pub(super) fn place(&self, field: Field) -> Option<usize> {
        self.read.iter().find(|(read, _)| *read == field).map(|(_, place)| *place)
    }

    /// The column as the file names it.
    pub(super) fn name(&self, field: Field) -> &str {
        let name = self.place(field).and_then(|place| self.names.get(place));
        name.map_or(field.as_str(), String::as_str)
    }

    pub(super) fn count(&self) -> usize {
        self.names.len()
    }

    /// Columns that are read, and for what.
    pub(super) fn read(&self) -> Vec<(Field, String)> {
        self.read.iter().map(|(field, _)| (*field, self.name(*field).to_owned())).collect()
    }

    /// Columns with a name that are not read.
    pub(super) fn ignored(&self) -> Vec<String> {
        let unread = self
            .names
            .iter()
            .enumerate()
            .filter(|(place, name)| !name.is_empty() && self.read.iter().all(|(_, read)| read != place));
        unread.map(|(_, name)| name.clone()).collect()
    }

    fn named(&self) -> Vec<String> {
        self.names.iter().filter(|name| !name.is_empty()).cloned().collect()
    }
}

/// `LA (name)`, `la_name` and ` La Name ` are one name.
fn normalised(name: &str) -> String {
    let apart = |c: char| c.is_whitespace() || matches!(c, '_' | '(' | ')' | '[' | ']' | '{' | '}');
    let words: Vec<&str> = name.split(apart).filter(|word| !word.is_empty()).collect();
    words.join("_").to_lowercase()
}

/// GIAS has about 150 columns; more than 200 are counted, not named.
fn listed(columns: &[String]) -> String {
    let named: Vec<String> = columns.iter().take(200).map(|name| name.escape_debug().to_string()).collect();
    match columns.len().saturating_sub(named.len()) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
