//! Pupils on roll at a school on a census date. A roll is never overwritten: another number for the same school and
//! date is a newer revision, and the newest counts.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Error, Phase, sql};
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, PersonId, SchoolId};
use crate::base::text::{Line, Urn};
use crate::base::year::AcademicYear;
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};

/// The most pupils one school may have on roll.
pub const MOST_PUPILS: u32 = 100_000;

/// One recorded revision of the pupils on roll at a school on a census date.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Roll {
    /// The school whose roll it is.
    pub school_id: SchoolId,
    /// The day the pupils were counted.
    pub census_date: NaiveDate,
    /// The revision: 1, then one more for each correction.
    pub revision: i64,
    /// Pupils on roll.
    pub pupils: i64,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Who recorded it; null on the command line.
    pub recorded_by: Option<PersonId>,
}

/// A day on which pupils were counted.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Census {
    /// The day.
    pub census_date: NaiveDate,
    /// How many schools have a roll of that day.
    pub schools: i64,
    /// How many corrections there are among them.
    pub corrections: i64,
}

/// What recording a roll did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// Recorded a new revision.
    New(Roll),
    /// The newest revision already says the same.
    Unchanged(Roll),
}

/// A school that is a member during a year, with its pupils on a census date.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OnRoll {
    /// The school's id.
    pub id: SchoolId,
    /// The school's URN.
    pub urn: Urn,
    /// The school's name.
    pub name: Line,
    /// The phase: which pupils it is for.
    pub phase: Phase,
    /// When it joined the hub.
    pub joined_on: Option<NaiveDate>,
    /// The first day on which it is not a member any more.
    pub left_on: Option<NaiveDate>,
    /// Pupils on roll, by the newest revision; none where there is no roll for that date.
    pub pupils: Option<i64>,
    /// The number of that revision.
    pub revision: Option<i64>,
}

/// Records the pupils of one school on one census date. The caller must refuse more than [`MOST_PUPILS`].
pub async fn record_roll(
    journal: &mut Journal,
    school: SchoolId,
    census_date: NaiveDate,
    pupils: u32,
) -> Result<Recorded, Error> {
    let (hub, today) = (journal.hub(), journal.today());
    if census_date > today {
        return Err(Error::CensusInFuture { today });
    }
    sql::get(journal.tx(), hub, school).await?.ok_or(Error::Unknown)?;
    let newest = sql::newest_rolls(journal.tx(), hub, &[(school, census_date)]).await?.pop();
    let recorded = follow(journal, newest, school, census_date, pupils);
    if let Recorded::New(roll) = &recorded {
        sql::insert_rolls(journal.tx(), hub, std::slice::from_ref(roll)).await?.exactly(1)?;
        journal.changed(roll.change());
    }
    Ok(recorded)
}

impl Roll {
    /// The change that recording it is.
    pub(super) fn change(&self) -> Change {
        Change::new(Kind::SchoolRollRecorded, self.school_id).date(self.census_date).count(self.pupils)
    }
}

/// What follows the newest revision when this many pupils were counted.
pub(super) fn follow(
    journal: &Journal,
    newest: Option<Roll>,
    school_id: SchoolId,
    census_date: NaiveDate,
    pupils: u32,
) -> Recorded {
    let pupils = i64::from(pupils);
    let revision = match newest {
        Some(roll) if roll.pupils == pupils => return Recorded::Unchanged(roll),
        Some(roll) => roll.revision + 1,
        None => 1,
    };
    let (recorded_at, recorded_by) = (journal.now(), journal.actor());
    Recorded::New(Roll { school_id, census_date, revision, pupils, recorded_at, recorded_by })
}

/// A page of all recorded rolls of a school, the newest census and its newest revision first. `after` is a census date
/// and revision.
pub async fn rolls(
    tx: &mut Tx,
    hub: HubId,
    school: SchoolId,
    after: Option<(NaiveDate, i64)>,
    limit: i64,
) -> Result<Vec<Roll>, db::Error> {
    sql::rolls(tx, hub, school, after, limit).await
}

/// Every school that is a member of the hub during the year, by URN, with its pupils on the census
/// date. One statement.
pub async fn on_roll(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    census_date: NaiveDate,
) -> Result<Vec<OnRoll>, db::Error> {
    sql::on_roll(tx, hub, year, census_date).await
}

/// Every census of which the hub has rolls, the newest first.
pub async fn censuses(tx: &mut Tx, hub: HubId) -> Result<Vec<Census>, db::Error> {
    sql::censuses(tx, hub).await
}
