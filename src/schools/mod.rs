//! The schools of a hub, and the pupils on their rolls.
//!
//! A school is known by its own id, which stays; its URN is unique in the hub at any one time and may
//! change, since schools convert and merge. Rolls are never overwritten (see [`record_roll`]). Whole
//! files come in by [`import_schools`] and [`import_rolls`], set-based: a handful of statements,
//! however many rows.

pub mod csv_file;

mod approval;
mod import;
mod rolls;
mod sql;

use chrono::{DateTime, NaiveDate, Utc};

pub use approval::{ApprovalRules, approval_rules, change_approval_rules};
pub use csv_file::{BadRow, Field, FileError, Options};
pub use import::{Imported, Mode, Progress, import_parsed_rolls, import_parsed_schools, import_rolls, import_schools};
pub use rolls::{MOST_PUPILS, OnRoll, Recorded, Roll, on_roll, record_roll, rolls};

use crate::db::types::words;
use crate::db::{self, Contended, Tx};
use crate::ids::{HubId, SchoolId};
use crate::ledger::Journal;
use crate::text::{Line, Urn};

words!(/** The pupils a school is for, as the Department for Education divides them. */ Phase {
    /// Up to five years old.
    Nursery = "nursery",
    /// Five to eleven.
    Primary = "primary",
    /// A middle school counted as primary.
    MiddleDeemedPrimary = "middle_deemed_primary",
    /// Eleven and older.
    Secondary = "secondary",
    /// A middle school counted as secondary.
    MiddleDeemedSecondary = "middle_deemed_secondary",
    /// Primary and secondary in one.
    AllThrough = "all_through",
    /// Sixth forms and colleges.
    SixteenPlus = "sixteen_plus",
    /// Special and independent schools have none.
    NotApplicable = "not_applicable",
});

words!(/** How closely a school belongs to the hub. */ Membership {
    /// A full member.
    Full = "full",
    /// A participant: books later, and at its own price band.
    Participant = "participant",
});

/// A member of a hub.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct School {
    /// The hub.
    pub hub_id: HubId,
    /// The school.
    pub id: SchoolId,
    /// What is known of it.
    #[sqlx(flatten)]
    pub details: Details,
    /// Rises with every change.
    pub version: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

/// What is known of a school.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Details {
    /// The Department for Education's number, unique in the hub.
    pub urn: Urn,
    /// Its name; schools may share one.
    pub name: Line,
    /// The pupils it is for.
    pub phase: Phase,
    /// Academy, voluntary aided school and so on, in the source's own words.
    pub establishment_type: Option<Line>,
    /// The name of its local authority.
    pub local_authority: Option<Line>,
    /// How closely it belongs to the hub.
    pub membership: Membership,
    /// When it joined the hub; a member from the beginning where nothing is said.
    pub joined_on: Option<NaiveDate>,
    /// The first day on which it is not a member any more.
    pub left_on: Option<NaiveDate>,
}

/// Which schools.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this phase.
    pub phase: Option<Phase>,
    /// With this membership.
    pub membership: Option<Membership>,
    /// Of the local authority of this name.
    pub local_authority: Option<Line>,
    /// With this in their name, in either case.
    pub text: Option<Line>,
    /// Members on this day.
    pub member_on: Option<NaiveDate>,
}

/// Why a school can't be added or changed, or a file imported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another school of the hub has the URN.
    #[error("another school of the hub has the URN {urn}")]
    UrnTaken {
        /// The URN.
        urn: Urn,
    },
    /// It would leave before it joins.
    #[error("a school leaves after the day it joins")]
    LeftBeforeJoined,
    /// There is no such school in the hub.
    #[error("there is no such school")]
    Unknown,
    /// The record was changed since it was read.
    #[error("the school has changed since it was read")]
    Stale,
    /// The file can't be read as a whole.
    #[error(transparent)]
    File(#[from] FileError),
    /// Rows of the file can't be taken, so none was.
    #[error("nothing was imported: {} faults in a file of {rows} rows", .bad.len())]
    BadRows {
        /// All of them, in file order.
        bad: Vec<BadRow>,
        /// How many rows the file has.
        rows: u64,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Contended for Error {
    fn contended(&self) -> bool {
        match self {
            Error::Database(error) => error.contended(),
            Error::UrnTaken { .. }
            | Error::LeftBeforeJoined
            | Error::Unknown
            | Error::Stale
            | Error::File(_)
            | Error::BadRows { .. } => false,
        }
    }
}

impl Details {
    fn check(&self) -> Result<(), Error> {
        match self.joined_on.zip(self.left_on) {
            Some((joined, left)) if left <= joined => Err(Error::LeftBeforeJoined),
            _ => Ok(()),
        }
    }
}

/// Adds a school to the hub.
pub async fn create(journal: &mut Journal, details: Details) -> Result<School, Error> {
    details.check()?;
    let school = School { hub_id: journal.hub(), id: journal.new_id(), details, version: 1, created_at: journal.now() };
    match sql::insert(journal.tx(), std::slice::from_ref(&school)).await {
        Err(db::Error::Unique(_)) => Err(Error::UrnTaken { urn: school.details.urn }),
        outcome => {
            outcome?;
            Ok(school)
        }
    }
}

/// Changes a school whose version the caller read.
pub async fn change(journal: &mut Journal, id: SchoolId, version: i64, details: Details) -> Result<School, Error> {
    details.check()?;
    let hub = journal.hub();
    match sql::change(journal.tx(), hub, id, version, &details).await {
        Err(db::Error::Unique(_)) => Err(Error::UrnTaken { urn: details.urn }),
        outcome => outcome?.ok_or(Error::Stale),
    }
}

/// One school of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: SchoolId) -> Result<Option<School>, db::Error> {
    sql::get(tx, hub, id).await
}

/// The school of the hub that has this URN now.
pub async fn by_urn(tx: &mut Tx, hub: HubId, urn: &Urn) -> Result<Option<School>, db::Error> {
    sql::by_urn(tx, hub, urn).await
}

/// A page of schools in the order of their names.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: &Filter,
    after: Option<(Line, SchoolId)>,
    limit: i64,
) -> Result<Vec<School>, db::Error> {
    sql::list(tx, hub, filter, after, limit).await
}
