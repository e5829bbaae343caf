//! Imports files of schools and rolls into the hub, set-based: for some thousand rows at a time, one read of what exists,
//! and multi-row writes of what is new or different. Importing a file twice changes nothing the second time.

use std::collections::{HashMap, HashSet};
use std::io::Cursor;

use chrono::{DateTime, NaiveDate, Utc};

use super::csv_file::{
    self, BadRow, Faults, Field, MOST_PASSED, Options, Parsed, Reading, RollRow, Row, SchoolRow, Status,
};
use super::identifiers::first_urn;
use super::known::{Found, Known};
use super::rolls::{Recorded, follow};
use super::{Details, Error, Identifier, Membership, Phase, School, sql};
use crate::base::clock::{london_date, new_id};
use crate::base::db::Tx;
use crate::base::db::types::words;
use crate::base::ids::{HubId, SchoolId};
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};

words!(/** What is done with a file that has bad rows. */ Mode {
    /// Nothing of it is imported.
    All = "all",
    /// The good rows are imported.
    Partial = "partial",
});

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// How many rows the file has; the header and blank rows are not counted.
    pub rows: u64,
    /// Schools that are new in the hub.
    pub created: u64,
    /// Schools that the file changed.
    pub updated: u64,
    /// Schools that already are as the file says.
    pub unchanged: u64,
    /// Rolls that are new, or have another number than was recorded.
    pub rolls_recorded: u64,
    /// Rolls that were already recorded with this number.
    pub rolls_unchanged: u64,
    /// Rows that say nothing: in a file of rolls, those without pupils; in a file of schools, those of a closed or
    /// proposed school that the hub does not know.
    pub skipped: u64,
    /// Everything that is wrong with the rows that were left out, in file order.
    pub bad: Faults,
    /// How the file was read, and what was left unread.
    pub reading: Reading<Field>,
}

/// Told as an import goes on: how many rows have been dealt with, of how many.
pub type Progress<'a> = dyn FnMut(u64, u64) + Send + 'a;

/// Imports a file of schools: adds or updates each by the URN that it had on the census date of its row, or has today;
/// with a column of pupils, records their rolls too. A cell that is empty or has no column leaves the record as it is;
/// a new school is then a full member of phase `not_applicable`. A school that is closed by its row, or by a last day
/// in the past, is not a member from the day after it; it is not added, nor is one that is only proposed.
pub async fn import_schools(
    journal: &mut Journal,
    bytes: &[u8],
    options: &Options,
    mode: Mode,
) -> Result<Imported, Error> {
    import_parsed_schools(journal, &csv_file::schools(Cursor::new(bytes), options)?, mode, &mut |_, _| {}).await
}

/// Imports a file of rolls, each of the school that had its URN on the census date; a URN that no school of the hub had
/// then is a bad row.
pub async fn import_rolls(
    journal: &mut Journal,
    bytes: &[u8],
    options: &Options,
    mode: Mode,
) -> Result<Imported, Error> {
    import_parsed_rolls(journal, &csv_file::rolls(Cursor::new(bytes), options)?, mode, &mut |_, _| {}).await
}

/// Imports a file of schools that was read before the hub's lock was taken: see [`import_schools`].
pub async fn import_parsed_schools(
    journal: &mut Journal,
    file: &Parsed<SchoolRow>,
    mode: Mode,
    progress: &mut Progress<'_>,
) -> Result<Imported, Error> {
    let (mut done, at) = (0, At::of(journal));
    let mut importing = Importing::of(file);
    for rows in file.good.chunks(AT_ONCE) {
        let decided = importing.decide(journal.tx(), at, rows).await?;
        if importing.imported.is_refused(&file.bad, mode) {
            continue;
        }
        importing.imported.created += count(&decided.created);
        importing.imported.updated += count(&decided.updated);
        write_schools(journal, &decided).await?;
        write_rolls(journal, &decided.counted, &mut importing.imported).await?;
        done += count(rows);
        progress(done, count(&file.good));
    }
    importing.imported.finished(&file.bad, mode)
}

/// Imports a file of rolls that was read before the hub's lock was taken: see [`import_rolls`].
pub async fn import_parsed_rolls(
    journal: &mut Journal,
    file: &Parsed<RollRow>,
    mode: Mode,
    progress: &mut Progress<'_>,
) -> Result<Imported, Error> {
    let (mut imported, mut done, at) = (begun(file), 0, At::of(journal));
    for rows in file.good.chunks(AT_ONCE) {
        let counted = count_rolls(journal.tx(), at, file, rows, &mut imported).await?;
        if !imported.is_refused(&file.bad, mode) {
            write_rolls(journal, &counted, &mut imported).await?;
            done += count(rows);
            progress(done, count(&file.good));
        }
    }
    imported.finished(&file.bad, mode)
}

/// The rolls that some rows of a file count; what is wrong with the others is told.
pub(super) async fn count_rolls(
    tx: &mut Tx,
    at: At,
    file: &Parsed<RollRow>,
    rows: &[Row<RollRow>],
    imported: &mut Imported,
) -> Result<Vec<Counted>, Error> {
    let known = Known::of(tx, at.hub, rows.iter().map(|row| &row.value.urn)).await?;
    let mut counted = Vec::with_capacity(rows.len());
    for Row { line, value: row } in rows {
        if row.census_date > at.today() {
            imported.bad.push(in_the_future(file, *line, at.today()));
            continue;
        }
        match known.on(&row.urn, &[row.census_date]) {
            Found::School(school) => counted.push(Counted {
                line: *line,
                school: school.id,
                census_date: row.census_date,
                pupils: row.pupils,
            }),
            Found::Another(reason) => imported.bad.push(file.told(*line, Field::Urn, "former_urn", &reason)),
            Found::Nobody => {
                let reason = format!("expected the URN of a school of the hub, found {}", row.urn);
                imported.bad.push(file.told(*line, Field::Urn, "unknown_school", &reason));
            }
        }
    }
    Ok(counted)
}

/// How many rows are decided and written at a time: of a large file no more is in memory.
pub(super) const AT_ONCE: usize = 2000;

/// Into which hub a file is imported, and when.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) hub: HubId,
    pub(super) now: DateTime<Utc>,
}

impl At {
    fn of(journal: &Journal) -> At {
        At { hub: journal.hub(), now: journal.now() }
    }

    fn today(self) -> NaiveDate {
        london_date(self.now)
    }
}

/// A file of schools while it is imported.
pub(super) struct Importing<'f> {
    file: &'f Parsed<SchoolRow>,
    pub(super) imported: Imported,
    /// The schools that rows were about.
    taken: HashSet<SchoolId>,
}

/// What some rows of a file ask to be written.
#[derive(Default)]
pub(super) struct Decided {
    pub(super) created: Vec<School>,
    /// The line of each school that is new.
    pub(super) created_on: Vec<u64>,
    pub(super) updated: Vec<School>,
    /// The line of each school that changes, and what it was.
    pub(super) updated_on: Vec<(u64, Details)>,
    pub(super) counted: Vec<Counted>,
}

/// The pupils of a school on a census date.
pub(super) struct Counted {
    pub(super) line: u64,
    pub(super) school: SchoolId,
    pub(super) census_date: NaiveDate,
    pub(super) pupils: u32,
}

impl<'f> Importing<'f> {
    /// A file of which nothing has been looked at yet.
    pub(super) fn of(file: &'f Parsed<SchoolRow>) -> Importing<'f> {
        Importing { file, imported: begun(file), taken: HashSet::new() }
    }

    /// What some rows ask to be written; what is wrong with others is told.
    pub(super) async fn decide(&mut self, tx: &mut Tx, at: At, rows: &[Row<SchoolRow>]) -> Result<Decided, Error> {
        let known = Known::of(tx, at.hub, rows.iter().map(|row| &row.value.urn)).await?;
        let mut decided = Decided::default();
        for row in rows {
            self.decide_row(at, row, &known, &mut decided);
        }
        Ok(decided)
    }

    fn decide_row(&mut self, at: At, row: &Row<SchoolRow>, known: &Known, decided: &mut Decided) {
        let (Importing { file, imported, taken }, Row { line, value: row }) = (self, row);
        let today = at.today();
        if row.roll.is_some_and(|(census_date, _)| census_date > today) {
            return imported.bad.push(in_the_future(file, *line, today));
        }
        let on = row.roll.map_or(today, |(census_date, _)| census_date);
        let school = match known.on(&row.urn, &[on, today]) {
            Found::Nobody => {
                if let Some(reason) = not_to_be_added(row, today) {
                    return imported.pass_over(file.told(*line, Field::Status, "not_open", reason));
                }
                let (hub_id, id, created_at) = (at.hub, SchoolId(new_id(at.now)), at.now);
                let details = newcomer(row, today);
                if details.check().is_err() {
                    return imported.bad.push(left_before_joined(file, *line));
                }
                decided.created.push(School { hub_id, id, details, successor_id: None, version: 1, created_at });
                decided.created_on.push(*line);
                id
            }
            Found::Another(reason) => {
                return imported.bad.push(file.told(*line, Field::Urn, "former_urn", &reason));
            }
            Found::School(school) if !taken.insert(school.id) => {
                let reason = format!("expected each school once, found {} again under this URN", school.details.name);
                return imported.bad.push(file.told(*line, Field::Urn, "duplicate_row", &reason));
            }
            Found::School(school) => {
                let details = brought_up_to_date(&school.details, row, today);
                if details.check().is_err() {
                    return imported.bad.push(left_before_joined(file, *line));
                }
                if details == school.details {
                    imported.unchanged += 1;
                } else {
                    decided.updated_on.push((*line, school.details.clone()));
                    decided.updated.push(School { details, version: school.version + 1, ..school.clone() });
                }
                school.id
            }
        };
        let counted = |(census_date, pupils)| Counted { line: *line, school, census_date, pupils };
        decided.counted.extend(row.roll.map(counted));
    }
}

/// What is said of a file before anything is done with it.
pub(super) fn begun<T>(file: &Parsed<T>) -> Imported {
    Imported {
        rows: file.rows,
        created: 0,
        updated: 0,
        unchanged: 0,
        rolls_recorded: 0,
        rolls_unchanged: 0,
        skipped: file.skipped,
        bad: Faults::default(),
        reading: file.reading.clone(),
    }
}

impl Imported {
    /// Whether nothing of the file is imported: nothing more is written, only its other faults are looked for.
    fn is_refused(&self, unread: &Faults, mode: Mode) -> bool {
        mode == Mode::All && !(unread.is_empty() && self.bad.is_empty())
    }

    /// What was done with the file, or its faults, with which everything that was written is undone.
    pub(super) fn finished(mut self, unread: &Faults, mode: Mode) -> Result<Imported, Error> {
        let refused = self.is_refused(unread, mode);
        self.bad.append(unread.clone());
        if refused { Err(Error::BadRows { bad: self.bad, rows: self.rows }) } else { Ok(self) }
    }

    fn pass_over(&mut self, row: BadRow) {
        self.skipped += 1;
        if self.reading.passed.len() < MOST_PASSED {
            self.reading.passed.push(row);
        }
    }
}

fn in_the_future<T>(file: &Parsed<T>, line: u64, today: NaiveDate) -> BadRow {
    file.told(line, Field::CensusDate, "in_the_future", &Error::CensusInFuture { today }.to_string())
}

fn left_before_joined(file: &Parsed<SchoolRow>, line: u64) -> BadRow {
    file.told(line, Field::JoinedOn, "left_before_joined", "expected a date before the school leaves the hub")
}

/// Why a school that is not open is not added.
fn not_to_be_added(row: &SchoolRow, today: NaiveDate) -> Option<&'static str> {
    match row.status {
        Some(Status::Proposed) => Some("the school is only proposed; it is added once it is open"),
        status if status == Some(Status::Closed) || last_day(row, today).is_some_and(|day| day < today) => {
            Some("the school is closed, and was none of the hub's")
        }
        _ => None,
    }
}

/// The last day of a school that is closed or will be: the day in the file; today, where only the status says that the
/// school is closed.
fn last_day(row: &SchoolRow, today: NaiveDate) -> Option<NaiveDate> {
    match (row.status, row.closed_on) {
        (Some(Status::Proposed), _) => None,
        (Some(Status::Closed), None) => Some(today),
        (_, day) => day,
    }
}

fn newcomer(row: &SchoolRow, today: NaiveDate) -> Details {
    Details {
        urn: row.urn.clone(),
        name: row.name.clone(),
        phase: row.phase.unwrap_or(Phase::NotApplicable),
        establishment_type: row.establishment_type.clone(),
        local_authority: row.local_authority.clone(),
        membership: row.membership.unwrap_or(Membership::Full),
        joined_on: row.joined_on,
        left_on: last_day(row, today).and_then(|day| day.succ_opt()),
    }
}

fn brought_up_to_date(old: &Details, row: &SchoolRow, today: NaiveDate) -> Details {
    Details {
        urn: old.urn.clone(),
        name: row.name.clone(),
        phase: row.phase.unwrap_or(old.phase),
        establishment_type: row.establishment_type.clone().or_else(|| old.establishment_type.clone()),
        local_authority: row.local_authority.clone().or_else(|| old.local_authority.clone()),
        membership: row.membership.unwrap_or(old.membership),
        joined_on: row.joined_on.or(old.joined_on),
        left_on: old.left_on.or_else(|| last_day(row, today).and_then(|day| day.succ_opt())),
    }
}

async fn write_schools(journal: &mut Journal, Decided { created, updated, .. }: &Decided) -> Result<(), Error> {
    sql::insert(journal.tx(), created).await?.exactly(created.len())?;
    let urns: Vec<Identifier> = created.iter().filter_map(|school| first_urn(journal, school)).collect();
    let hub = journal.hub();
    sql::identifiers::insert(journal.tx(), hub, &urns).await?.exactly(urns.len())?;
    created.iter().for_each(|school| journal.changed(Change::new(Kind::SchoolCreated, school.id)));
    sql::update(journal.tx(), updated).await?.exactly(updated.len())?;
    updated.iter().for_each(|school| journal.changed(Change::new(Kind::SchoolChanged, school.id)));
    Ok(journal.write_changes().await?)
}

/// Writes the rolls that say something new, and counts them and the others.
async fn write_rolls(journal: &mut Journal, counted: &[Counted], imported: &mut Imported) -> Result<(), Error> {
    let hub = journal.hub();
    let wanted: Vec<_> = counted.iter().map(|counted| (counted.school, counted.census_date)).collect();
    let mut newest: HashMap<_, _> = sql::newest_rolls(journal.tx(), hub, &wanted)
        .await?
        .into_iter()
        .map(|roll| ((roll.school_id, roll.census_date), roll))
        .collect();
    let mut new = Vec::new();
    for &Counted { school, census_date, pupils, .. } in counted {
        match follow(journal, newest.remove(&(school, census_date)), school, census_date, pupils) {
            Recorded::New(roll) => new.push(roll),
            Recorded::Unchanged(_) => imported.rolls_unchanged += 1,
        }
    }
    imported.rolls_recorded += count(&new);
    sql::insert_rolls(journal.tx(), hub, &new).await?.exactly(new.len())?;
    new.iter().for_each(|roll| journal.changed(roll.change()));
    Ok(journal.write_changes().await?)
}

pub(super) fn count<T>(rows: &[T]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}
