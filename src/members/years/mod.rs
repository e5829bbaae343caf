//! The academic years of a hub: each is opened once, and takes postings until it is closed.
//!
//! An allocation, an event or a posting for a year asks [`require_open`] first, in its own transaction: whoever closes
//! a year holds the hub's lock, so the answer stands until the commit.

pub mod carry;
pub mod onward;
mod sql;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::db::{self, Tx};
use crate::base::ids::{AccountId, EventId, HubId, SchoolId, TransactionId, YearCloseId};
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};
use onward::{ClosedWallet, Followed, Heir, Onward};

words!(/** Whether a year takes postings. */ State {
    /// It takes postings.
    Open = "open",
    /// It takes no more postings.
    Closed = "closed",
});

/// An academic year of the hub.
#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Year {
    /// The academic year.
    pub year: AcademicYear,
    /// Whether it takes postings.
    pub state: State,
    /// Rises with every change.
    #[serde(skip)]
    pub version: i64,
    /// When the year was opened.
    pub created_at: DateTime<Utc>,
}

/// Something that holds credits of a year, as the module knows it that it is a record of.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Held {
    /// The id of the record.
    pub id: Uuid,
    /// The event; none for a gift.
    pub event_id: Option<EventId>,
    /// The event's title, or the name of the school that is to receive the gift.
    pub title: Line,
    /// The school that booked or gives; none for an event.
    pub school_id: Option<SchoolId>,
    /// The credits held.
    pub credits: Credits,
}

/// Which of those records are asked for: those of one year of a hub, by their ids, after one of them.
#[derive(Clone, Copy, Debug)]
pub struct HeldOf {
    /// The hub.
    pub hub: HubId,
    /// The year whose credits they hold.
    pub year: AcademicYear,
    /// The last record that is known already.
    pub after: Option<Uuid>,
    /// At most how many.
    pub limit: i64,
}

/// Why a year can't be opened or used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The hub has already opened it.
    #[error("the year {year} has been opened already")]
    Duplicate {
        /// The academic year.
        year: AcademicYear,
    },
    /// It has never been opened.
    #[error("the year {year} has not been opened: the hub manager opens it first")]
    NotOpen {
        /// The academic year.
        year: AcademicYear,
    },
    /// The year is closed.
    #[error("the year {year} is closed")]
    Closed {
        /// The academic year.
        year: AcademicYear,
    },
    /// A posting can't be dated in the future.
    #[error("is after today, {today}")]
    InFuture {
        /// Today, in London.
        today: NaiveDate,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Opens a year.
pub async fn open(journal: &mut Journal, year: AcademicYear) -> Result<Year, Error> {
    let (hub, opened) = (journal.hub(), Year { year, state: State::Open, version: 1, created_at: journal.now() });
    match sql::insert(journal.tx(), hub, &opened).await?.count() {
        0 => Err(Error::Duplicate { year }),
        _ => {
            journal.changed(Change::of_year(Kind::YearOpened, year).after(State::Open.as_str()));
            Ok(opened)
        }
    }
}

/// One year of the hub.
pub async fn get(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<Option<Year>, db::Error> {
    sql::get(tx, hub, year).await
}

/// A page of the hub's years, the earliest first.
pub async fn list(tx: &mut Tx, hub: HubId, after: Option<AcademicYear>, limit: i64) -> Result<Vec<Year>, db::Error> {
    sql::list(tx, hub, after, limit).await
}

/// The year asked for, or today's in England where none was; refused where it takes no postings.
pub async fn asked_or_current(journal: &mut Journal, asked: Option<AcademicYear>) -> Result<AcademicYear, Error> {
    let (hub, today) = (journal.hub(), journal.today());
    let year = asked.or_else(|| AcademicYear::of(today)).unwrap_or(AcademicYear::FIRST);
    require_open(journal.tx(), hub, year).await?;
    Ok(year)
}

/// Sets whether a year takes postings.
pub async fn set_state(journal: &mut Journal, year: AcademicYear, state: State) -> Result<(), db::Error> {
    let hub = journal.hub();
    sql::set_state(journal.tx(), hub, year, state).await?.exactly(1)?;
    Ok(())
}

/// Refuses a year that takes no postings.
pub async fn require_open(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<(), Error> {
    match sql::get(tx, hub, year).await? {
        Some(Year { state: State::Open, .. }) => Ok(()),
        Some(Year { state: State::Closed, .. }) => Err(Error::Closed { year }),
        None => Err(Error::NotOpen { year }),
    }
}

/// The business date of a posting: today in London where none is asked for; otherwise a day no later than today, in an
/// open academic year. What is wrong in a closed year is corrected in an open one.
pub async fn business_date(journal: &mut Journal, asked: Option<NaiveDate>) -> Result<NaiveDate, Error> {
    let (hub, today) = (journal.hub(), journal.today());
    match asked {
        None => Ok(today),
        Some(day) if day == today => Ok(today),
        Some(day) if day > today => Err(Error::InFuture { today }),
        Some(day) => {
            let first = AcademicYear::FIRST.first_day();
            let year = AcademicYear::of(day.max(first)).unwrap_or(AcademicYear::FIRST);
            require_open(journal.tx(), hub, year).await?;
            Ok(day)
        }
    }
}

/// Records what the rules of closed years made of refunds, with the transactions that posted them; does nothing for
/// none.
pub async fn record_refunds(journal: &mut Journal, followed: &[(TransactionId, Followed)]) -> Result<(), db::Error> {
    let mut refunds: BTreeMap<(AccountId, YearCloseId, TransactionId), (Credits, Credits)> = BTreeMap::new();
    for (transaction, step) in followed {
        let refund = refunds.entry((step.wallet, step.close, *transaction)).or_default();
        *refund = (refund.0 + step.carried, refund.1 + step.lapsed);
    }
    let hub = journal.hub();
    let refunds: Vec<_> = refunds.into_iter().collect();
    sql::insert_refunds(journal.tx(), hub, &refunds).await?.exactly(refunds.len())
}

/// Where refunds to these wallets go, and from there on; wallets that take refunds themselves are left out. Where a
/// year was closed before another school took the place of the wallet's own, the close comes first.
pub async fn onward(tx: &mut Tx, hub: HubId, wallets: &[AccountId]) -> Result<HashMap<AccountId, Onward>, db::Error> {
    let (mut onward, mut asked) = (HashMap::new(), wallets.to_vec());
    while !asked.is_empty() {
        let closed = sql::closed_wallets(tx, hub, &asked).await?;
        let heirs = sql::heirs(tx, hub, &asked).await?;
        let heirs = heirs.into_iter().map(|(of, school, wallet)| (of, Onward::Succeeded(Heir { school, wallet })));
        let mut next: Vec<AccountId> = closed.iter().map(|row| row.next_account_id).collect();
        let mut found: HashMap<AccountId, Onward> = heirs.collect();
        found.extend(closed.into_iter().map(|row| (row.account_id, Onward::Closed(ClosedWallet::from(row)))));
        next.extend(found.values().filter_map(|onward| match onward {
            Onward::Succeeded(heir) => Some(heir.wallet),
            Onward::Closed(_) => None,
        }));
        onward.extend(found);
        next.retain(|next| !onward.contains_key(next));
        next.sort_unstable();
        next.dedup();
        asked = next;
    }
    Ok(onward)
}
