//! What importing a file of schools or rolls would do, line by line: decided as the import decides, and nothing written.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::csv_file::{Field, Parsed, RollRow, Row, SchoolRow};
use super::import::{AT_ONCE, At, Counted, Importing, begun, count, count_rolls};
use super::{Details, Error, Imported, Mode, sql};
use crate::base::db::Tx;
use crate::base::ids::{HubId, SchoolId};
use crate::base::text::{Line, Urn};

/// Of this many rows that would change something, it is said what.
const MOST_LINES: usize = 1000;

/// What importing a file would do.
#[derive(Clone, Debug)]
pub struct Foreseen {
    /// What the import of the good rows would say of itself.
    pub imported: Imported,
    /// The rows that would change something, in file order: the first thousand.
    pub lines: Vec<ForeseenLine>,
}

/// What one row of a file would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeseenLine {
    /// The line of the file.
    pub line: u64,
    /// The URN in the row.
    pub urn: Urn,
    /// The school's name.
    pub name: Line,
    /// What becomes of the school.
    pub effect: Effect,
    /// What becomes of its roll; none where that stays as it is.
    pub roll: Option<ForeseenRoll>,
}

/// What a row does to a school.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It is new in the hub.
    Added,
    /// These fields change, from what to what.
    Changed(Vec<(Field, String, String)>),
    /// It stays as it is.
    Kept,
}

/// What a row does to a roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForeseenRoll {
    /// The day on which the pupils were counted.
    pub census_date: NaiveDate,
    /// The pupils recorded so far; none where there are none of that day.
    pub before: Option<i64>,
    /// The pupils by the file.
    pub pupils: u32,
}

/// What importing a file of schools would do now.
pub async fn preview_schools(
    tx: &mut Tx,
    hub: HubId,
    file: &Parsed<SchoolRow>,
    now: DateTime<Utc>,
) -> Result<Foreseen, Error> {
    let (at, mut importing, mut lines) = (At { hub, now }, Importing::of(file), Vec::new());
    for rows in file.good.chunks(AT_ONCE) {
        let decided = importing.decide(tx, at, rows).await?;
        importing.imported.created += count(&decided.created);
        importing.imported.updated += count(&decided.updated);
        let rolls = foreseen_rolls(tx, hub, &decided.counted, &mut importing.imported).await?;
        let added = decided.created_on.iter().map(|line| (*line, Effect::Added));
        let changed = decided.updated_on.iter().zip(&decided.updated);
        let changed = changed.map(|((line, was), is)| (*line, Effect::Changed(differences(was, &is.details))));
        let mut effects: HashMap<u64, Effect> = added.chain(changed).collect();
        lines.extend(rows.iter().filter_map(|Row { line, value }| {
            let (effect, roll) = (effects.remove(line).unwrap_or(Effect::Kept), rolls.get(line).copied());
            let told = effect != Effect::Kept || roll.is_some();
            told.then(|| ForeseenLine { line: *line, urn: value.urn.clone(), name: value.name.clone(), effect, roll })
        }));
        lines.truncate(MOST_LINES);
    }
    Ok(Foreseen { imported: importing.imported.finished(&file.bad, Mode::Partial)?, lines })
}

/// What importing a file of rolls would do now.
pub async fn preview_rolls(
    tx: &mut Tx,
    hub: HubId,
    file: &Parsed<RollRow>,
    now: DateTime<Utc>,
) -> Result<Foreseen, Error> {
    let (at, mut imported, mut lines) = (At { hub, now }, begun(file), Vec::new());
    for rows in file.good.chunks(AT_ONCE) {
        let counted = count_rolls(tx, at, file, rows, &mut imported).await?;
        let rolls = foreseen_rolls(tx, hub, &counted, &mut imported).await?;
        let schools: HashMap<u64, SchoolId> = counted.iter().map(|counted| (counted.line, counted.school)).collect();
        let ids: Vec<SchoolId> = schools.values().copied().collect();
        let names = super::names(tx, hub, &ids).await?;
        lines.extend(rows.iter().filter_map(|Row { line, value }| {
            let (roll, (_, name)) = (rolls.get(line).copied()?, names.get(schools.get(line)?)?);
            let (urn, name) = (value.urn.clone(), name.clone());
            Some(ForeseenLine { line: *line, urn, name, effect: Effect::Kept, roll: Some(roll) })
        }));
        lines.truncate(MOST_LINES);
    }
    Ok(Foreseen { imported: imported.finished(&file.bad, Mode::Partial)?, lines })
}

/// The rolls that say something new, by the lines of the file; those and the others are counted.
async fn foreseen_rolls(
    tx: &mut Tx,
    hub: HubId,
    counted: &[Counted],
    imported: &mut Imported,
) -> Result<HashMap<u64, ForeseenRoll>, Error> {
    let wanted: Vec<_> = counted.iter().map(|counted| (counted.school, counted.census_date)).collect();
    let newest = sql::newest_rolls(tx, hub, &wanted).await?;
    let newest: HashMap<_, _> =
        newest.into_iter().map(|roll| ((roll.school_id, roll.census_date), roll.pupils)).collect();
    let mut rolls = HashMap::new();
    for Counted { line, school, census_date, pupils } in counted {
        let before = newest.get(&(*school, *census_date)).copied();
        if before == Some(i64::from(*pupils)) {
            imported.rolls_unchanged += 1;
        } else {
            imported.rolls_recorded += 1;
            rolls.insert(*line, ForeseenRoll { census_date: *census_date, before, pupils: *pupils });
        }
    }
    Ok(rolls)
}

/// The fields in which two records of a school differ, from what to what.
fn differences(was: &Details, is: &Details) -> Vec<(Field, String, String)> {
    let line = |line: &Option<Line>| line.as_ref().map_or_else(String::new, ToString::to_string);
    let day = |day: &Option<NaiveDate>| day.map_or_else(String::new, |day| day.to_string());
    let all = [
        (Field::Name, was.name.to_string(), is.name.to_string()),
        (Field::Phase, was.phase.to_string(), is.phase.to_string()),
        (Field::EstablishmentType, line(&was.establishment_type), line(&is.establishment_type)),
        (Field::LocalAuthority, line(&was.local_authority), line(&is.local_authority)),
        (Field::Membership, was.membership.to_string(), is.membership.to_string()),
        (Field::JoinedOn, day(&was.joined_on), day(&is.joined_on)),
        (Field::ClosedOn, day(&was.left_on), day(&is.left_on)),
    ];
    all.into_iter().filter(|(_, was, is)| was != is).collect()
}
