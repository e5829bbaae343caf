//! Why a year can't be closed, or reopened.

use chrono::{DateTime, Utc};

use super::{Hold, Obstacle, OpenHolds, Rule, Spent, held, holds, sql};
use crate::base::clock::london_date;
use crate::base::db::{self, Tx};
use crate::base::ids::HubId;
use crate::base::year::AcademicYear;
use crate::ledger::{self};
use crate::members::years::{self, State};

/// How many holds, or wallets, a refusal names.
pub(super) const MOST_NAMED: i64 = 1_000;

/// Why a year can't be closed or reopened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The hub has not opened the year.
    #[error("the hub has no such year")]
    Unknown,
    /// The year is already closed.
    #[error("the year {0} is closed")]
    Closed(AcademicYear),
    /// The year is not closed.
    #[error("the year {0} is not closed")]
    NotClosed(AcademicYear),
    /// The last day of the year has not come.
    #[error("the year {year} can be closed from its last day on, {}", .year.last_day())]
    NotOver {
        /// The year that is not over.
        year: AcademicYear,
    },
    /// An earlier year is still open.
    #[error("the year {0} is open: close it first")]
    EarlierOpen(AcademicYear),
    /// The next year is not open, so there is nowhere to carry to.
    #[error("the year {0} is not open: open it first, since credits are carried to it")]
    NextNotOpen(AcademicYear),
    /// What was quoted does not hold any more.
    #[error("this has changed since it was shown: look at it again")]
    QuoteExpired,
    /// Credits of the year are held.
    #[error(
        "events, bookings, offers or gifts of the year are open ({count}): settle them, or say that they follow the rule"
    )]
    OpenHolds {
        /// How many holds are open.
        count: i64,
        /// The first of those holds.
        holds: Vec<Hold>,
    },
    /// Refunds have followed the rule of the close.
    #[error("{0} refunds have come since and followed the rule of the close")]
    Followed(i64),
    /// The next year depends on what was carried to it.
    #[error("{} wallets of the next year have used what was carried to them", .0.len())]
    Depends(Vec<Spent>),
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// The year after it, if the year is open.
pub(super) async fn require_open(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<AcademicYear, Error> {
    match years::get(tx, hub, year).await?.map(|year| year.state) {
        None => Err(Error::Unknown),
        Some(State::Closed) => Err(Error::Closed(year)),
        Some(State::Open) => year.after().ok_or(Error::NotOver { year }),
    }
}

/// Whether the year takes postings.
pub(super) async fn is_open(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<bool, db::Error> {
    Ok(years::get(tx, hub, year).await?.is_some_and(|year| year.state == State::Open))
}

/// Every reason why the year can't be closed by this rule at `now`.
pub(super) async fn refusals(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    next_year: AcademicYear,
    rule: Rule,
    now: DateTime<Utc>,
) -> Result<Vec<Error>, Error> {
    let mut refusals = Vec::new();
    if london_date(now) < year.last_day() {
        refusals.push(Error::NotOver { year });
    }
    let earliest = sql::earliest_open(tx, hub).await?;
    refusals.extend(earliest.filter(|earliest| *earliest < year).map(Error::EarlierOpen));
    if !is_open(tx, hub, next_year).await? {
        refusals.push(Error::NextNotOpen(next_year));
    }
    if rule.open_holds == OpenHolds::Refuse {
        let (count, _) = held(tx, hub, year).await?;
        if count > 0 {
            let holds = holds(tx, hub, year, None, MOST_NAMED).await?;
            refusals.push(Error::OpenHolds { count, holds });
        }
    }
    Ok(refusals)
}

impl Error {
    /// The obstacle that it is, where it is a reason not to close.
    pub(super) fn obstacle(&self) -> Option<Obstacle> {
        match self {
            Error::NotOver { .. } => Some(Obstacle::YearNotOver),
            Error::EarlierOpen(_) => Some(Obstacle::EarlierYearOpen),
            Error::NextNotOpen(_) => Some(Obstacle::NextYearNotOpen),
            Error::OpenHolds { .. } => Some(Obstacle::OpenHolds),
            Error::Unknown
            | Error::Closed(_)
            | Error::NotClosed(_)
            | Error::QuoteExpired
            | Error::Followed(_)
            | Error::Depends(_)
            | Error::Ledger(_)
            | Error::Database(_) => None,
        }
    }
}
