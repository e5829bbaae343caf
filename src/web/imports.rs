//! What all imports of files share: how the file is to be read, and what the import did.

use std::fs::File;

use actix_web::web;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::body::CsvFile;
use super::call::Caller;
use super::problem::{Code, FieldError, Problem, row_errors};
use crate::base::csv_file::{Column, FileError, Ignored, Reading};
use crate::base::db::types::reports_errors;
use crate::base::ids::SchoolId;
use crate::base::seal::Hash;
use crate::base::text::Day;
use crate::members::people::importing::{self, Reach};
use crate::members::schools::{self, Field, Imported, Mode, Options};

/// How to read a file.
#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ImportQuery {
    /// What to do with a file that has bad rows: `all` imports nothing of it, `partial` its good rows.
    mode: Option<Mode>,
    /// When the pupils were counted, where the file does not say.
    census_date: Option<Day>,
    /// Which columns to read.
    map: Option<Mapping>,
}

impl ImportQuery {
    /// The reader's options, and what to do with bad rows. A census date after `today` is refused.
    pub(super) fn options(self, today: NaiveDate) -> Result<(Options, Mode), Problem> {
        let mapping = self.map.map(|map| map.0).unwrap_or_default();
        let census_date = self.census_date.map(|day| day.0);
        if census_date.is_some_and(|day| day > today) {
            let error = schools::Error::CensusInFuture { today };
            return Err(Problem::field("census_date", "in_the_future", error.to_string()));
        }
        Ok((Options { mapping, census_date }, self.mode.unwrap_or(Mode::All)))
    }
}

/// Fields and the columns that hold them: `local_authority:la_name,pupils:NOR`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mapping(Vec<(Field, String)>);

impl Mapping {
    fn parse(text: &str) -> Result<Mapping, String> {
        pairs(text, |field| Field::parse(field).map_err(|error| error.to_string())).map(Mapping)
    }
}

/// Reads `field:column` pairs separated by commas; `\,` is a comma in a column's name and `\\` a backslash.
fn pairs<F>(text: &str, field: impl Fn(&str) -> Result<F, String>) -> Result<Vec<(F, String)>, String> {
    let mut pairs = vec![String::new()];
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let plain = match letter {
            ',' => {
                pairs.push(String::new());
                continue;
            }
            '\\' => letters.next().filter(|next| matches!(next, ',' | '\\')).ok_or_else(|| {
                "a backslash goes only before a comma or another backslash in a column's name".to_owned()
            })?,
            other => other,
        };
        if let Some(pair) = pairs.last_mut() {
            pair.push(plain);
        }
    }
    let read = |pair: &String| {
        let (name, column) =
            pair.split_once(':').ok_or_else(|| "must be pairs such as local_authority:la_name".to_owned())?;
        Ok((field(name.trim())?, column.to_owned()))
    };
    pairs.iter().map(read).collect()
}

/// Fields of people and the columns that hold them: `name:Display name,school:URN`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PeopleMapping(pub(super) Vec<(importing::Field, String)>);

impl<'de> serde::Deserialize<'de> for PeopleMapping {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        pairs(&text, importing::Field::parse).map(PeopleMapping).map_err(serde::de::Error::custom)
    }
}

reports_errors!(PeopleMapping);

impl<'de> serde::Deserialize<'de> for Mapping {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        Mapping::parse(&text).map_err(serde::de::Error::custom)
    }
}

reports_errors!(Mapping);

/// What an import did.
#[derive(Serialize, ToSchema)]
#[schema(as = Imported)]
pub(super) struct ImportedBody {
    /// How many rows the file has; the header and blank rows are not counted.
    rows: u64,
    /// Schools that are new in the hub.
    created: u64,
    /// Schools that the file changed.
    updated: u64,
    /// Schools that already were as the file says.
    unchanged: u64,
    /// Rolls that are new, or have another number than was recorded.
    rolls_recorded: u64,
    /// Rolls that were already recorded with this number.
    rolls_unchanged: u64,
    /// Rows that say nothing: in a file of rolls, those without pupils; in a file of schools, those of a closed or
    /// proposed school that the hub does not know.
    skipped: u64,
    /// How many faults there are in rows that were left out.
    faults: usize,
    /// The first thousand of those faults, each with its line and column.
    errors: Vec<FieldError>,
    /// Columns of the file that were not read; `reading` says why.
    ignored_columns: Vec<String>,
    /// How the file was read.
    reading: ReadingBody,
}

/// How a file was read, and what was left unread.
#[derive(Serialize, ToSchema)]
#[schema(as = FileReading)]
pub(super) struct ReadingBody {
    /// The encoding that was detected, by its name in the WHATWG Encoding Standard; `XLSX` of a workbook.
    #[schema(example = "UTF-8")]
    encoding: &'static str,
    /// What separates the cells: `comma`, `semicolon` or `tab`; `sheet` in a workbook.
    #[schema(example = "comma")]
    separator: &'static str,
    /// Columns that were read.
    columns: Vec<ReadColumn>,
    /// Columns that were not read.
    ignored: Vec<IgnoredColumn>,
    /// Rows that were passed over though nothing is wrong with them: the first thousand, each with its line and column.
    passed_over: Vec<FieldError>,
}

/// A column that was read.
#[derive(Serialize, ToSchema)]
struct ReadColumn {
    /// The column, as the file names it.
    column: String,
    /// The field that it was read as.
    field: &'static str,
}

/// A column that was not read.
#[derive(Serialize, ToSchema)]
struct IgnoredColumn {
    /// The column, as the file names it.
    column: String,
    /// Why the column was ignored.
    reason: String,
}

impl<F: Column> From<Reading<F>> for ReadingBody {
    fn from(Reading { encoding, separator, columns, ignored, passed }: Reading<F>) -> Self {
        let columns = columns.into_iter().map(|(field, column)| ReadColumn { column, field: field.as_str() });
        let no_field = || "it has the name of none of the fields that are read".to_owned();
        let ignored = ignored.into_iter().map(|Ignored { column, reason }| {
            let reason = reason.unwrap_or_else(no_field);
            IgnoredColumn { column, reason }
        });
        ReadingBody {
            encoding,
            separator: separator.as_str(),
            columns: columns.collect(),
            ignored: ignored.collect(),
            passed_over: row_errors(&passed),
        }
    }
}

impl From<Imported> for ImportedBody {
    fn from(imported: Imported) -> Self {
        let Imported { rows, created, updated, unchanged, rolls_recorded, rolls_unchanged, skipped, bad, reading } =
            imported;
        let (faults, errors) = (bad.count(), row_errors(bad.first()));
        ImportedBody {
            rows,
            created,
            updated,
            unchanged,
            rolls_recorded,
            rolls_unchanged,
            skipped,
            faults,
            errors,
            ignored_columns: reading.ignored_columns(),
            reading: reading.into(),
        }
    }
}

/// How far the caller's file of people reaches: a lead's to their own school.
pub(super) fn reach(caller: &Caller, school: Option<SchoolId>, invite: bool) -> Result<Reach, Problem> {
    match caller.own_school() {
        None => Ok(Reach::Hub(school)),
        Some(_) if invite => Err(Problem::new(Code::AskTheHub, "the hub invites people: import without invite")),
        Some(own) if school.is_some_and(|school| school != own) => {
            Err(Problem::field("school_id", "unknown", "must be your own school"))
        }
        Some(own) => Ok(Reach::School(own)),
    }
}

/// Reads a file off the threads that answer requests and before the hub's lock is taken; also returns the digest of its
/// bytes.
pub(super) async fn read<O: Send + 'static, P: Send + 'static>(
    file: CsvFile,
    options: O,
    reader: fn(File, &O) -> Result<P, FileError>,
) -> Result<(Hash, P), Problem> {
    let CsvFile { file, digest } = file;
    let parsed = web::block(move || reader(file, &options))
        .await
        .map_err(|_| Problem::new(Code::Unavailable, "the service is stopping; try again"))?;
    Ok((digest, parsed?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_are_pairs_between_commas() {
        let read = |text: &str| Mapping::parse(text).map(|mapping| mapping.0);
        assert_eq!(
            read("local_authority:la_name,pupils:"),
            Ok(vec![(Field::LocalAuthority, "la_name".to_owned()), (Field::Pupils, String::new())])
        );
        assert_eq!(read(r"name:a\,b\\c:d"), Ok(vec![(Field::Name, r"a,b\c:d".to_owned())]));
        for wrong in ["", ",", "name", "naem:x", "name:x,", r"name:x\", r"name:\x"] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
