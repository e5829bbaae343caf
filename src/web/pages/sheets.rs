//! What the pages that take in a sheet have in common: which column is which, and what is wrong with its rows.

use std::fs::File;

use actix_web::HttpResponse;
use actix_web::http::header;

use super::form::Form;
use super::upload::Upload;
use crate::base::csv_file::{self, Column, Faults, Ignored, Reading};
use crate::web::imports;
use crate::web::plain;
use crate::web::problem::{Answer, Code, Problem};
use crate::web::table;

/// How much of what is wrong a page shows; the file has all of it.
const SHOWN: usize = 100;

/// How many columns that are not read a page names.
const NAMED: usize = 12;

/// What is sent for a field that is to have no column.
const NONE: &str = "-";

/// What begins the names of the fields that say which column is which.
const CHOICE: &str = "column_";

/// What begins them on the page of a sheet that was read, and counts where it is to be read anew.
const ANEW: &str = "as_";

/// By what a form asks for the sheet to be read anew.
const READ: &str = "read";

/// The field in which a form says when the pupils of a sheet were counted.
const CENSUS_DATE: &str = "census_date";

/// The fields of a form that say what is to be done, and not how the sheet is read.
const ACTS: &[&str] = &["mode", "faults", "sure", "partial", READ];

/// Something that is wrong with a row.
pub(crate) struct Fault {
    pub(crate) line: u64,
    pub(crate) column: String,
    pub(crate) reason: String,
}

/// What is wrong with the rows of a sheet: the first of it, and how much there is.
pub(crate) struct Wrong {
    pub(crate) shown: Vec<Fault>,
    pub(crate) count: usize,
    /// How many rows have faults.
    pub(crate) rows: usize,
}

impl Wrong {
    pub(crate) fn of(bad: &Faults) -> Wrong {
        let fault = |row: &csv_file::BadRow| Fault {
            line: row.line,
            column: row.column.clone(),
            reason: plain::of_sheet(&row.reason),
        };
        Wrong { shown: bad.kept().iter().take(SHOWN).map(fault).collect(), count: bad.count(), rows: bad.rows() }
    }
}

/// Whether everything that is wrong is asked for as a file.
pub(crate) fn faults_asked(upload: &Upload) -> bool {
    upload.form.has("faults")
}

/// Everything that is wrong with the rows of a sheet, as a CSV file.
pub(crate) fn faults_file(bad: &Faults) -> Answer {
    let row = |row: &csv_file::BadRow| vec![row.line.to_string(), row.column.clone(), plain::of_sheet(&row.reason)];
    let text = table::plain(["Line", "Column", "What is wrong"].into_iter(), bad.kept().iter().map(row))?;
    let called = (header::CONTENT_DISPOSITION, "attachment; filename=\"faults.csv\"");
    Ok(HttpResponse::Ok().insert_header(called).content_type("text/csv; charset=utf-8").body(text))
}

/// A field, and the column that it is read from; none where that is empty.
pub(crate) struct Mapped {
    pub(crate) field: &'static str,
    pub(crate) label: &'static str,
    pub(crate) column: String,
    /// Whether a sheet can't be read without it.
    pub(crate) needed: bool,
}

/// A field as a page calls it, and whether a sheet can't be read without it.
pub(crate) type Asked<F> = (F, &'static str, bool);

/// Which column of a sheet is which, as it was read or is to be chosen.
pub(crate) struct Columns {
    /// Where the choice is sent.
    pub(crate) path: &'static str,
    /// The other fields of the form, which are sent again.
    pub(crate) sent: Vec<(String, String)>,
    pub(crate) mapped: Vec<Mapped>,
    /// The columns of the sheet, as it names them.
    pub(crate) names: Vec<String>,
    /// Those that are not read, with why; the first of them.
    pub(crate) ignored: Vec<(String, String)>,
    /// How many more are not read.
    pub(crate) more: usize,
    /// The sheet itself, where the page can hold it.
    pub(crate) kept: Option<String>,
    /// The day on which the pupils were counted, where the sheet need not say it.
    pub(crate) census_date: Option<String>,
}

impl Columns {
    /// Those of a sheet that was read.
    pub(crate) fn read<F: Column>(
        path: &'static str,
        asked: &[Asked<F>],
        upload: &Upload,
        reading: &Reading<F>,
    ) -> Result<Columns, Problem> {
        let mut names: Vec<String> = reading.columns.iter().map(|(_, column)| column.clone()).collect();
        names.extend(reading.ignored_columns());
        let why = |ignored: &Ignored| {
            ignored.reason.clone().map_or_else(|| "it is none of those below".to_owned(), |why| plain::of_sheet(&why))
        };
        let ignored = reading.ignored.iter().take(NAMED).map(|it| (it.column.clone(), why(it))).collect();
        let more = reading.ignored.len().saturating_sub(NAMED);
        let columns = Columns::of(path, asked, upload, (names, &reading.columns))?;
        Ok(Columns { ignored, more, ..columns })
    }

    /// Those of a sheet that was refused for what is in it, to be chosen; none where it was refused for something else.
    pub(crate) async fn after<F: Column + Send>(
        problem: &Problem,
        path: &'static str,
        asked: &[Asked<F>],
        upload: &Upload,
    ) -> Option<Columns> {
        if problem.code() == Code::InvalidFile { Columns::to_choose(path, asked, upload).await } else { None }
    }

    /// Those of a sheet that could not be read, to be chosen; none where it has no columns at all.
    pub(crate) async fn to_choose<F: Column + Send>(
        path: &'static str,
        asked: &[Asked<F>],
        upload: &Upload,
    ) -> Option<Columns> {
        let fields: Vec<F> = asked.iter().map(|(field, ..)| *field).collect();
        // The first that is asked for is what a row is known by.
        let key = *fields.first()?;
        let header = |file: File, (key, fields): &(F, Vec<F>)| csv_file::header(file, *key, fields);
        let (_, (names, found)) = imports::read(upload.file().ok()?, (key, fields), header).await.ok()?;
        // Where the first row is a title, there is nothing to choose from: the refusal says what to do.
        if names.len() < 2 {
            return None;
        }
        let mut columns = Columns::of(path, asked, upload, (names, &found)).ok()?;
        // What was chosen stays chosen.
        for mapped in &mut columns.mapped {
            match upload.form.text(&format!("{CHOICE}{}", mapped.field)) {
                "" => {}
                NONE => mapped.column = String::new(),
                column => mapped.column = column.to_owned(),
            }
        }
        Some(columns)
    }

    /// The same, which ask for the day on which the pupils were counted.
    pub(crate) fn dated(mut self) -> Columns {
        let (dates, sent) = std::mem::take(&mut self.sent).into_iter().partition(|(name, _)| name == CENSUS_DATE);
        let dates: Vec<(String, String)> = dates;
        self.census_date = Some(dates.into_iter().next().map_or_else(String::new, |(_, date)| date));
        self.sent = sent;
        self
    }

    fn of<F: Column>(
        path: &'static str,
        asked: &[Asked<F>],
        upload: &Upload,
        (names, found): (Vec<String>, &[(F, String)]),
    ) -> Result<Columns, Problem> {
        let mapped = asked.iter().map(|(field, label, needed)| {
            let column = found.iter().find(|(read, _)| read == field).map(|(_, column)| column.clone());
            Mapped { field: field.as_str(), label, column: column.unwrap_or_default(), needed: *needed }
        });
        let sent = sent(&upload.form).into_iter().filter(|(name, _)| !name.starts_with(CHOICE)).collect();
        let (ignored, mapped) = (Vec::new(), mapped.collect());
        Ok(Columns { path, sent, mapped, names, ignored, more: 0, kept: upload.kept()?, census_date: None })
    }
}

/// The fields of a form that say how the sheet is read, to be sent again.
pub(crate) fn sent(form: &Form) -> Vec<(String, String)> {
    let (choice, other) = if form.has(READ) { (ANEW, CHOICE) } else { (CHOICE, ANEW) };
    let kept =
        form.sent().filter(|(name, value)| !ACTS.contains(name) && !name.starts_with(other) && !value.is_empty());
    let named = |name: &str| name.strip_prefix(choice).map_or_else(|| name.to_owned(), |of| format!("{CHOICE}{of}"));
    kept.map(|(name, value)| (named(name), value.to_owned())).collect()
}

/// The columns that were chosen. A field that is chosen to have none is left out.
pub(crate) fn chosen<F: Column>(form: &Form, fields: &[F]) -> Vec<(F, String)> {
    let choice = if form.has(READ) { ANEW } else { CHOICE };
    let chosen = |field: &F| match form.text(&format!("{choice}{}", field.as_str())) {
        "" => None,
        NONE => Some((*field, String::new())),
        column => Some((*field, column.to_owned())),
    };
    fields.iter().filter_map(chosen).collect()
}
