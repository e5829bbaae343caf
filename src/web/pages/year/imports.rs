//! Schools and rolls from a file: looked at first, line by line, then taken in.

use actix_web::HttpResponse;
use askama::Template;

use super::said::{self, on_form};
use crate::base::clock::london_date;
use crate::base::csv_file::{BadRow, Column};
use crate::base::text::{Day, counted};
use crate::members::schools::{self, Effect, Field, Foreseen, ForeseenLine, Imported, Mode, Options, csv_file};
use crate::web::call::{Call, Caller};
use crate::web::flash;
use crate::web::imports;
use crate::web::pages::form::{Filled, Form, Whole, query};
use crate::web::pages::router::Pages;
use crate::web::pages::sheets::{self, Asked, Columns, Wrong};
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::upload::Upload;
use crate::web::pages::words;
use crate::web::plain;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::MANAGER;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/schools/import", MANAGER, schools_form);
    pages.post("/schools/import", MANAGER, schools_sent);
    pages.get("/rolls/import", MANAGER, rolls_form);
    pages.post("/rolls/import", MANAGER, rolls_sent);
}

/// What a file is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Schools,
    Rolls,
}

impl Of {
    fn path(self) -> &'static str {
        match self {
            Of::Schools => "/schools/import",
            Of::Rolls => "/rolls/import",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Of::Schools => "Import schools from a file",
            Of::Rolls => "Import pupils on roll from a file",
        }
    }

    fn fields(self) -> &'static [Field] {
        match self {
            Of::Schools => &Field::ALL,
            Of::Rolls => &[Field::Urn, Field::Pupils, Field::CensusDate],
        }
    }

    /// The fields as the page calls them, with those that a file of this sort can't do without.
    fn asked(self) -> Vec<Asked<Field>> {
        let needed: &[Field] = match self {
            Of::Schools => &[Field::Urn, Field::Name],
            Of::Rolls => &[Field::Urn, Field::Pupils],
        };
        self.fields().iter().map(|field| (*field, said::field(*field), needed.contains(field))).collect()
    }
}

/// What an import did, as its address says.
#[derive(Default, eserde::Deserialize)]
struct Did {
    created: Option<Whole>,
    updated: Option<Whole>,
    unchanged: Option<Whole>,
    rolls_recorded: Option<Whole>,
    rolls_unchanged: Option<Whole>,
    left_out: Option<Whole>,
}

#[derive(Template)]
#[template(path = "pages/year/import.html")]
struct Import {
    shell: Shell,
    filled: Filled,
    path: &'static str,
    schools: bool,
    did: Option<Vec<(&'static str, i64)>>,
    /// Those of a file whose columns were not all recognised.
    columns: Option<Columns>,
}

async fn schools_form(call: Call) -> Answer {
    form(&call.allow()?, Of::Schools, Filled::default(), None).await
}

async fn rolls_form(call: Call) -> Answer {
    form(&call.allow()?, Of::Rolls, Filled::default(), None).await
}

async fn form(caller: &Caller, of: Of, filled: Filled, columns: Option<Columns>) -> Answer {
    // What was done is said once, where the form has just led here: an address alone says nothing.
    let told = flash::is_first(caller.request());
    let did: Did = if told { query(caller.uri()).unwrap_or_default() } else { Did::default() };
    let all = [
        ("New schools", did.created),
        ("Changed schools", did.updated),
        ("Schools as they were", did.unchanged),
        ("New or corrected rolls", did.rolls_recorded),
        ("Rolls as they were", did.rolls_unchanged),
        ("Lines left out", did.left_out),
    ];
    let did: Vec<_> = all.into_iter().filter_map(|(what, number)| Some((what, number?.0))).collect();
    let shell = Shell::of(caller, of.title(), "/schools").await?;
    let did = if did.is_empty() || filled.refused() { None } else { Some(did) };
    page(caller, &Import { shell, filled, path: of.path(), schools: of == Of::Schools, did, columns }).await
}

async fn schools_sent(call: Call, upload: Upload) -> Answer {
    sent(&call.allow()?, Of::Schools, &upload).await
}

async fn rolls_sent(call: Call, upload: Upload) -> Answer {
    sent(&call.allow()?, Of::Rolls, &upload).await
}

async fn sent(caller: &Caller, of: Of, upload: &Upload) -> Answer {
    let mode = Mode::parse(upload.form.text("mode")).ok();
    let outcome = match mode {
        Some(mode) => taken_in(caller, of, upload, mode).await,
        None => looked_at(caller, of, upload, Filled::default()).await,
    };
    match outcome {
        Err(problem) => {
            let filled = upload.form.refused(&without_date(on_form(problem)?, &upload.form));
            // What could be read is shown again with what is wrong; otherwise another file is chosen.
            match looked_at(caller, of, upload, filled.clone()).await {
                Ok(shown) if mode.is_some() => Ok(shown),
                _ => {
                    let columns = Columns::to_choose(of.path(), &of.asked(), upload).await.map(Columns::dated);
                    form(caller, of, filled, columns).await
                }
            }
        }
        done => done,
    }
}

/// What is said where the file says nowhere when its pupils were counted, and nobody else did: a date is what is missing, and
/// the file is right.
fn without_date(problem: Problem, form: &Form) -> Problem {
    if form.text("census_date").trim().is_empty() && problem.detail().contains(Field::CensusDate.as_str()) {
        return Problem::field("/census_date", "missing", UNDATED);
    }
    problem
}

/// What is said of a file without a census date.
const UNDATED: &str = "The file can be read, but it does not say when the pupils were counted. Enter the census date";

#[derive(eserde::Deserialize)]
struct Fields {
    census_date: Option<Day>,
}

/// How the file is to be read. A field that is chosen to have no column is left out.
fn options(caller: &Caller, of: Of, form: &Form) -> Result<Options, Problem> {
    let census_date = form.read::<Fields>()?.census_date.map(|day| day.0);
    let today = london_date(caller.now());
    if census_date.is_some_and(|day| day > today) {
        let error = schools::Error::CensusInFuture { today };
        return Err(Problem::field("/census_date", "in_the_future", error.to_string()));
    }
    Ok(Options { mapping: sheets::chosen(form, of.fields()), census_date })
}

async fn taken_in(caller: &Caller, of: Of, upload: &Upload, mode: Mode) -> Result<HttpResponse, Problem> {
    let options = options(caller, of, &upload.form)?;
    let file = upload.file()?;
    match of {
        Of::Schools => {
            let (_, file) = imports::read(file, options, csv_file::schools).await?;
            caller
                .write(upload.form.bytes(), async |journal| {
                    let did = schools::import_parsed_schools(journal, &file, mode, &mut |_, _| {}).await?;
                    Ok(Reply::see(&address(of, &did)))
                })
                .await
        }
        Of::Rolls => {
            let (_, file) = imports::read(file, options, csv_file::rolls).await?;
            caller
                .write(upload.form.bytes(), async |journal| {
                    let did = schools::import_parsed_rolls(journal, &file, mode, &mut |_, _| {}).await?;
                    Ok(Reply::see(&address(of, &did)))
                })
                .await
        }
    }
}

fn address(of: Of, did: &Imported) -> String {
    let schools = match of {
        Of::Schools => format!("&created={}&updated={}&unchanged={}", did.created, did.updated, did.unchanged),
        Of::Rolls => String::new(),
    };
    let rolls = format!("&rolls_recorded={}&rolls_unchanged={}", did.rolls_recorded, did.rolls_unchanged);
    let left_out = if did.bad.is_empty() { String::new() } else { format!("&left_out={}", did.bad.rows()) };
    format!("{}?done=imported{schools}{rolls}{left_out}", of.path())
}

/// How many lines that change something a page shows.
const MOST: usize = 100;

/// A line of the file as the page shows it.
struct Row {
    line: u64,
    urn: String,
    name: String,
    what: &'static str,
    tone: &'static str,
    changes: Vec<String>,
}

/// A line that is passed over.
struct Remark {
    line: u64,
    reason: String,
}

#[derive(Template)]
#[template(path = "pages/year/import_look.html")]
struct Look {
    shell: Shell,
    filled: Filled,
    path: &'static str,
    kept: Option<String>,
    rows: u64,
    figures: Vec<(&'static str, u64)>,
    anything: bool,
    /// Whether every line has a fault.
    no_good: bool,
    lines: Vec<Row>,
    more: bool,
    wrong: Wrong,
    passed: Vec<Remark>,
    skipped: u64,
    sent: Vec<(String, String)>,
    columns: Columns,
}

async fn looked_at(caller: &Caller, of: Of, upload: &Upload, filled: Filled) -> Result<HttpResponse, Problem> {
    let options = options(caller, of, &upload.form)?;
    let (file, hub, now) = (upload.file()?, caller.hub(), caller.now());
    let Foreseen { imported, lines } = match of {
        Of::Schools => {
            let (_, file) = imports::read(file, options, csv_file::schools).await?;
            schools::preview_schools(&mut caller.read().await?, hub, &file, now).await?
        }
        Of::Rolls => {
            let (_, file) = imports::read(file, options, csv_file::rolls).await?;
            schools::preview_rolls(&mut caller.read().await?, hub, &file, now).await?
        }
    };
    if sheets::faults_asked(upload) {
        return sheets::faults_file(&imported.bad);
    }
    let of_schools = [
        ("New schools", imported.created),
        ("Changed schools", imported.updated),
        ("Schools as they are", imported.unchanged),
    ];
    let of_rolls =
        [("New or corrected rolls", imported.rolls_recorded), ("Rolls as they are", imported.rolls_unchanged)];
    let schools = of == Of::Schools;
    let figures: Vec<_> = of_schools.into_iter().filter(|_| schools).chain(of_rolls).collect();
    let changes = imported.created + imported.updated + imported.rolls_recorded;
    let told = u64::try_from(lines.len()).unwrap_or(u64::MAX);
    let view = Look {
        shell: Shell::of(caller, of.title(), "/schools").await?,
        filled,
        path: of.path(),
        kept: upload.kept()?,
        rows: imported.rows,
        figures,
        anything: changes > 0,
        no_good: u64::try_from(imported.bad.rows()).is_ok_and(|bad| bad >= imported.rows),
        more: lines.len() > MOST || (told >= 1000 && changes > told),
        lines: lines.into_iter().take(MOST).map(Row::of).collect(),
        wrong: Wrong::of(&imported.bad),
        passed: imported.reading.passed.iter().map(Remark::of).collect(),
        skipped: imported.skipped,
        sent: sheets::sent(&upload.form),
        columns: Columns::read(of.path(), &of.asked(), upload, &imported.reading)?.dated(),
    };
    page(caller, &view).await
}

impl Row {
    fn of(told: ForeseenLine) -> Row {
        let ForeseenLine { line, urn, name, effect, roll } = told;
        let (what, tone, mut changes) = match effect {
            Effect::Added => ("New", "good", Vec::new()),
            Effect::Kept => ("Roll", "", Vec::new()),
            Effect::Changed(fields) => {
                let change = |(field, was, is): (Field, String, String)| {
                    let (was, is) = (said::value(field, &was), said::value(field, &is));
                    format!("{}: from {was} to {is}", said::field(field))
                };
                ("Changed", "warn", fields.into_iter().map(change).collect())
            }
        };
        if let Some(roll) = roll {
            let day = words::short_day(roll.census_date);
            changes.push(match roll.before {
                None => format!("{} on {day}", counted(roll.pupils, "pupil")),
                Some(before) => format!("{} on {day}, corrected from {before}", counted(roll.pupils, "pupil")),
            });
        }
        Row { line, urn: urn.to_string(), name: name.to_string(), what, tone, changes }
    }
}

impl Remark {
    fn of(row: &BadRow) -> Remark {
        Remark { line: row.line, reason: plain::of_sheet(&row.reason) }
    }
}
