//! `import`: files of schools and rolls, as the API accepts them; and journals, as `export` wrote them.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use hub_credits::base::clock::Clock;
use hub_credits::base::config::Settings;
use hub_credits::base::csv_file::{Column, date_of};
use hub_credits::base::db::{self, Db, retrying};
use hub_credits::base::ids::HubId;
use hub_credits::base::text::counted;
use hub_credits::ledger::{self, Journal};
use hub_credits::members::schools::csv_file::{self, Parsed, RollRow, SchoolRow};
use hub_credits::members::schools::{self, BadRow, Field, Imported, Mode, Options};

use super::failure::Failure;
use super::sheets::{complain, opened};
use super::{journal, open, out, people};

/// Which kind of file.
#[derive(Subcommand)]
pub enum Import {
    /// Adds the schools of a CSV file or an Excel workbook, or brings them up to date by their URN; with pupils, their rolls too
    Schools {
        #[command(flatten)]
        file: File,
        /// When the pupils were counted, where the file does not say
        #[arg(long, value_name = "DATE", value_parser = date_of)]
        census_date: Option<NaiveDate>,
    },
    /// Records the pupils on roll of a CSV file or an Excel workbook
    Rolls {
        #[command(flatten)]
        file: File,
        /// When they were counted, where the file does not say
        #[arg(long, value_name = "DATE", value_parser = date_of)]
        date: Option<NaiveDate>,
    },
    /// Adds the people of a CSV file or an Excel workbook, and renames those who have another name now
    ///
    /// The columns are email, name (or first_name and last_name), role, school (a URN or a name) and partner.
    People(people::People),
    /// Makes a hub of an exported journal, with the same id and the same head; proves it as it is read
    ///
    /// Only the ledger is in it: what the hub knows of schools, people and events is elsewhere. The hub must not be
    /// in this database, or must have no transaction yet.
    Journal(journal::Journal),
}

/// A file and how it is read.
#[derive(Args)]
pub struct File {
    /// The file, or - for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The hub [default: the only one]
    #[arg(long, value_name = "NAME")]
    hub: Option<String>,
    /// The column that holds a field, such as local_authority=la_name; nothing after = leaves the field out
    #[arg(long = "map", value_name = "FIELD=COLUMN", value_parser = mapped)]
    map: Vec<(Field, String)>,
    /// Imports the good rows of a file that has bad ones
    #[arg(long)]
    partial: bool,
}

/// A file that was read, by kind.
enum Rows {
    Schools(Parsed<SchoolRow>),
    Rolls(Parsed<RollRow>),
}

/// Why a file was not imported.
#[derive(Debug, thiserror::Error)]
enum NotImported {
    #[error(transparent)]
    Schools(#[from] schools::Error),
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Imports a file.
pub async fn import(settings: &Settings, import: Import) -> Result<(), Failure> {
    let (file, census_date, of_schools) = match import {
        Import::Schools { file, census_date } => (file, census_date, true),
        Import::Rolls { file, date } => (file, date, false),
        Import::People(people) => return people::import(settings, people).await,
        Import::Journal(journal) => return journal::import(settings, journal).await,
    };
    let options = Options { mapping: file.map, census_date };
    let rows = if of_schools {
        Rows::Schools(csv_file::schools(opened(&file.file)?, &options).map_err(Failure::usage)?)
    } else {
        Rows::Rolls(csv_file::rolls(opened(&file.file)?, &options).map_err(Failure::usage)?)
    };
    let mode = if file.partial { Mode::Partial } else { Mode::All };
    let db = open::as_it_is(settings).await?;
    let hub = open::one_hub(&mut db.read_everywhere().await?, file.hub.as_deref()).await?;
    let outcome = retrying(async || write(&db, hub.id, &rows, mode).await).await;
    db.close().await;
    match outcome {
        Ok(imported) => {
            complain(&imported.bad);
            out::text(&said(&imported))
        }
        Err(NotImported::Schools(schools::Error::BadRows { bad, rows })) => {
            complain(&bad);
            let rows = format!("{} of {rows} rows", bad.rows());
            Err(Failure::failed(format!("nothing was imported: {rows} can't be taken; --partial imports the others")))
        }
        Err(error) => Err(Failure::failed(error)),
    }
}

async fn write(db: &Db, hub: HubId, rows: &Rows, mode: Mode) -> Result<Imported, NotImported> {
    let mut journal = Journal::open(db.write(hub).await?, hub, None, Clock::System.now()).await?;
    let bar = out::progress("importing", Some(0));
    let mut progress = |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    };
    let imported = match rows {
        Rows::Schools(file) => schools::import_parsed_schools(&mut journal, file, mode, &mut progress).await?,
        Rows::Rolls(file) => schools::import_parsed_rolls(&mut journal, file, mode, &mut progress).await?,
    };
    journal.commit().await?;
    bar.finish_and_clear();
    Ok(imported)
}

fn said(imported: &Imported) -> String {
    let Imported { rows, created, updated, unchanged, rolls_recorded, rolls_unchanged, skipped, bad, reading } =
        imported;
    let mut text = format!(
        "{rows} rows: {created} schools created, {updated} updated, {unchanged} unchanged; \
         {rolls_recorded} rolls recorded, {rolls_unchanged} unchanged\n"
    );
    let read = |(field, name): &(Field, String)| match field.as_str() {
        own if own.eq_ignore_ascii_case(name) => own.to_owned(),
        own => format!("{own} from {name}"),
    };
    let columns: Vec<_> = reading.columns.iter().map(read).collect();
    let (encoding, separator) = (reading.encoding, reading.separator);
    text.push_str(&format!("read as {encoding}, the separator a {separator}: {}\n", columns.join(", ")));
    if *skipped > 0 {
        text.push_str(&format!("{skipped} rows were passed over\n"));
    }
    for BadRow { line, reason, .. } in reading.passed.iter().take(FEW) {
        text.push_str(&format!("  line {line}: {reason}\n"));
    }
    if reading.passed.len() > FEW {
        text.push_str("  and so on\n");
    }
    if !bad.is_empty() {
        text.push_str(&format!("left out: {}\n", counted(bad.rows(), "row")));
    }
    let ignored: Vec<_> = reading.ignored.iter().map(ToString::to_string).collect();
    if !ignored.is_empty() {
        text.push_str(&format!("columns not read: {}\n", ignored.join(", ")));
    }
    text
}

/// For this many passed-over rows, the reason is printed.
const FEW: usize = 20;

fn mapped(text: &str) -> Result<(Field, String), String> {
    let (field, column) = text.split_once('=').ok_or("must be field=column, such as local_authority=la_name")?;
    let field = Field::parse(field.trim()).map_err(|error| error.to_string())?;
    Ok((field, column.trim().to_owned()))
}
