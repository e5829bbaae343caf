//! A hub's year in figures: what became of its credits, month by month, how full its events are, and who has booked
//! nothing. It sums up what the wallet of each school says.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::sql;
pub use super::sql::year_figures::{Booked, Unbooked, YearBalance};
use super::wallet::Sums;
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::HubId;
use crate::base::year::AcademicYear;
use crate::ledger::AccountKind;
use crate::lifecycle::year_close;
use crate::members::years::HeldOf;
use crate::support::commissions;

/// A hub's year in figures.
#[derive(Clone, Debug)]
pub struct YearFigures {
    /// What became of the credits of its wallets.
    pub sums: Sums,
    /// What came and went in each month in which anything did, the earliest first.
    pub months: Vec<MonthFigures>,
    /// Its events and their places.
    pub booked: Booked,
}

/// What came into wallets and left them in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthFigures {
    /// The first day of the month.
    pub first: NaiveDate,
    /// Allocated, less what was taken back.
    pub allocated: Credits,
    /// Paid for places and support, less what came back.
    pub used: Credits,
}

/// The figures of a year. Reads the entries of its wallets.
pub async fn year_figures(tx: &mut Tx, hub: HubId, year: AcademicYear) -> Result<YearFigures, db::Error> {
    let (mut sums, mut months) = (Sums::default(), BTreeMap::<NaiveDate, Sums>::new());
    for day in sql::year_figures::by_day(tx, hub, year).await? {
        sums.add(&day.of);
        let first = day.effective_on.with_day(1).unwrap_or(day.effective_on);
        months.entry(first).or_default().add(&day.of);
    }
    let all = HeldOf { hub, year, after: None, limit: i64::MAX };
    let support: Credits = commissions::paid_in_year(tx, all).await?.iter().map(|held| held.credits).sum();
    sums.held = sql::year_figures::held(tx, hub, year).await? + support;
    sums.spent = sums.spent - sums.held;
    let balances = balances_by_year(tx, hub).await?;
    let of = |kind| balances.iter().filter(|it| it.year == year && it.kind == kind).map(|it| it.balance).sum();
    (sums.available, sums.lapsed) = (of(AccountKind::Wallet), of(AccountKind::Lapsed));
    if let Some(close) = year_close::last(tx, hub, year).await?.filter(|close| close.reopened_at.is_none()) {
        sums.carried_over = close.carried + close.carried_later;
    }
    let before = match year.before() {
        Some(before) => year_close::last(tx, hub, before).await?.filter(|close| close.reopened_at.is_none()),
        None => None,
    };
    sums.carried_in = before.map_or(Credits::ZERO, |close| close.carried + close.carried_later);
    let booked = sql::year_figures::booked(tx, hub, year).await?.unwrap_or_default();
    let month = |(first, sums): (NaiveDate, Sums)| MonthFigures { first, allocated: sums.allocated, used: sums.spent };
    Ok(YearFigures { sums, months: months.into_iter().map(month).collect(), booked })
}

/// What the accounts of each year have now, by kind.
pub async fn balances_by_year(tx: &mut Tx, hub: HubId) -> Result<Vec<YearBalance>, db::Error> {
    sql::year_figures::balances(tx, hub).await
}

/// The members on a day that have booked nothing on the events of a year, by name.
pub async fn schools_without_bookings(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    day: NaiveDate,
    limit: i64,
) -> Result<Vec<Unbooked>, db::Error> {
    sql::year_figures::without_bookings(tx, hub, year, day, limit).await
}
