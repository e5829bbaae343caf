//! The schools of a hub, and the pupils on their rolls.
//!
//! A school is known by its own id, which never changes; its URN is unique in the hub at any one time and may change,
//! since schools convert and merge (see [`Identifier`]). A school that leaves has a day on which it is not a member any
//! more, and may have a successor (see [`Successors`]). Rolls are never overwritten (see [`record_roll`]). Whole files
//! are imported by [`import_schools`] and [`import_rolls`], set-based: a handful of statements, however many rows.

pub mod csv_file;

mod approval;
mod identifiers;
mod import;
mod known;
mod preview;
mod rolls;
mod sql;
mod successors;

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

pub use approval::{ApprovalRules, approval_rules, change_approval_rules};
pub use csv_file::{BadRow, Faults, Field, FileError, Options};
pub use identifiers::{Identifier, NewIdentifier, Scheme, Spell, end_identifiers, holders, identifiers, identify};
pub use import::{Imported, Mode, Progress, import_parsed_rolls, import_parsed_schools, import_rolls, import_schools};
pub use preview::{Effect, Foreseen, ForeseenLine, ForeseenRoll, preview_rolls, preview_schools};
pub use rolls::{Census, MOST_PUPILS, OnRoll, Recorded, Roll, censuses, on_roll, record_roll, rolls};
pub use successors::{Successors, is_heir, require_member, succeed, successors};

use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, SchoolId};
use crate::base::text::{Line, Urn, counted};
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};

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
    /// None: special and independent schools have no phase.
    NotApplicable = "not_applicable",
});

words!(/** How closely a school belongs to the hub. */ Membership {
    /// A full member.
    Full = "full",
    /// A participant: books later, and at its own price band.
    Participant = "participant",
});

words!(/** The orders of schools. */ Order {
    /// By name.
    Name = "name",
    /// By name, the last first.
    NameBackwards = "-name",
});

/// A school of a hub.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct School {
    /// The hub that the school belongs to.
    #[serde(skip)]
    pub hub_id: HubId,
    /// The school's id.
    pub id: SchoolId,
    /// The school's details.
    #[sqlx(flatten)]
    #[serde(flatten)]
    #[schema(inline)]
    pub details: Details,
    /// The school that took its place.
    pub successor_id: Option<SchoolId>,
    /// Rises with every change.
    #[serde(skip)]
    pub version: i64,
    /// When the school was added.
    pub created_at: DateTime<Utc>,
}

/// The details of a school.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Details {
    /// The Department for Education's Unique Reference Number, unique in the hub.
    pub urn: Urn,
    /// The school's name; schools may share one.
    pub name: Line,
    /// The phase: which pupils it is for.
    pub phase: Phase,
    /// Academy, voluntary aided school and so on, in the source's own words.
    pub establishment_type: Option<Line>,
    /// The name of its local authority.
    pub local_authority: Option<Line>,
    /// How closely it belongs to the hub.
    pub membership: Membership,
    /// When it joined the hub; null where it was a member from the beginning.
    pub joined_on: Option<NaiveDate>,
    /// The first day on which it is not a member any more.
    pub left_on: Option<NaiveDate>,
}

/// Filters a list of schools.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this phase.
    pub phase: Option<Phase>,
    /// With this membership.
    pub membership: Option<Membership>,
    /// Of the local authority of this name.
    pub local_authority: Option<Line>,
    /// With this text in their name, as [`crate::base::text::fold`] compares.
    pub text: Option<Line>,
    /// Members on this day.
    pub member_on: Option<NaiveDate>,
    /// That have or had this URN.
    pub urn: Option<Urn>,
    /// Whose place this school took.
    pub successor: Option<SchoolId>,
    /// In this order: by name where none is given.
    pub order: Option<Order>,
}

/// Why a school can't be added or changed, or a file imported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another school of the hub has the URN.
    #[error("another school of the hub has the URN {urn}")]
    UrnTaken {
        /// The URN that another school has.
        urn: Urn,
    },
    /// Another school of the hub has the number on one of the days, or this school already has it.
    #[error("another school of the hub has the {scheme} {value} then, or this one has it already")]
    IdentifierTaken {
        /// The scheme of the number.
        scheme: Scheme,
        /// The number that another school has.
        value: Line,
    },
    /// A number can't be valid from that day.
    #[error("{0}")]
    IdentifierDate(&'static str),
    /// Another school took the school's place.
    #[error("the school {successor} took its place: nothing of it changes any more")]
    Succeeded {
        /// The school that took its place.
        successor: SchoolId,
    },
    /// The school would leave before it joins.
    #[error("a school leaves after the day it joins")]
    LeftBeforeJoined,
    /// The census date is in the future: pupils have not been counted yet.
    #[error("the census is in the future; expected {today} or before")]
    CensusInFuture {
        /// The latest possible day, today.
        today: NaiveDate,
    },
    /// There is no such school in the hub.
    #[error("there is no such school")]
    Unknown,
    /// The record was changed since it was read.
    #[error("the school has changed since it was read")]
    Stale,
    /// The file can't be read as a whole.
    #[error(transparent)]
    File(#[from] FileError),
    /// Rows of the file are bad, so none was imported.
    #[error("nothing was imported: {} in a file of {}", counted(.bad.count(), "fault"), counted(*.rows, "row"))]
    BadRows {
        /// What is wrong with them, in file order.
        bad: Faults,
        /// How many rows the file has.
        rows: u64,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl School {
    /// Whether the school is not a member any more on a day, or another took its place: it is given nothing more.
    pub fn has_left(&self, day: NaiveDate) -> bool {
        self.successor_id.is_some() || self.details.left_on.is_some_and(|left| left <= day)
    }

    /// Refuses where another school took the school's place.
    fn require_unsucceeded(&self) -> Result<(), Error> {
        self.successor_id.map_or(Ok(()), |successor| Err(Error::Succeeded { successor }))
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
    let (hub, id, created_at) = (journal.hub(), journal.new_id(), journal.now());
    if !holders(journal.tx(), hub, &details.urn).await?.is_empty() {
        return Err(Error::UrnTaken { urn: details.urn });
    }
    let school = School { hub_id: hub, id, details, successor_id: None, version: 1, created_at };
    sql::insert(journal.tx(), std::slice::from_ref(&school)).await?.exactly(1)?;
    let urn = identifiers::first_urn(journal, &school);
    sql::identifiers::insert(journal.tx(), hub, urn.as_slice()).await?.exactly(urn.as_slice().len())?;
    journal.changed(Change::new(Kind::SchoolCreated, school.id));
    Ok(school)
}

/// Changes a school whose version the caller read. It corrects a URN that was recorded wrongly; a new URN from a day on
/// is given by [`identify`]. A school whose place another took keeps its last day and number.
pub async fn change(journal: &mut Journal, id: SchoolId, version: i64, details: Details) -> Result<School, Error> {
    details.check()?;
    let hub = journal.hub();
    let old = sql::get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    if old.details.left_on != details.left_on || old.details.urn != details.urn {
        old.require_unsucceeded()?;
    }
    if old.details.urn != details.urn && old.version == version {
        identifiers::correct_urn(journal, id, &details.urn).await?;
    }
    match sql::change(journal.tx(), hub, id, version, &details).await {
        Err(db::Error::Unique(_)) => Err(Error::UrnTaken { urn: details.urn }),
        outcome => {
            let changed = outcome?.ok_or(Error::Stale)?;
            journal.changed(Change::new(Kind::SchoolChanged, id));
            Ok(changed)
        }
    }
}

/// Every school of the hub, members or not, in the order of lists: for those who look many up by what they are called.
pub async fn every(tx: &mut Tx, hub: HubId) -> Result<Vec<School>, db::Error> {
    let mut all = sql::every(tx, hub).await?;
    all.sort_by_cached_key(|school| school.details.name.key());
    Ok(all)
}

/// One school of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, id: SchoolId) -> Result<Option<School>, db::Error> {
    sql::get(tx, hub, id).await
}

/// The school of the hub that has this URN now.
pub async fn by_urn(tx: &mut Tx, hub: HubId, urn: &Urn) -> Result<Option<School>, db::Error> {
    sql::by_urn(tx, hub, urn).await
}

/// The URNs and names of these schools.
pub async fn names(tx: &mut Tx, hub: HubId, schools: &[SchoolId]) -> Result<HashMap<SchoolId, (Urn, Line)>, db::Error> {
    let names = sql::names(tx, hub, schools).await?;
    Ok(names.into_iter().map(|(school, urn, name)| (school, (urn, name))).collect())
}

/// A page of schools in an order of the keys of their names, behind a key.
pub async fn list(
    tx: &mut Tx,
    hub: HubId,
    filter: &Filter,
    after: Option<(String, SchoolId)>,
    limit: i64,
) -> Result<Vec<School>, db::Error> {
    sql::list(tx, hub, filter, after, limit).await
}
