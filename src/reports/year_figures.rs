//! A hub's year in figures: what became of its credits, month by month, how full its events are, and who has booked
//! nothing. It sums up what the wallet of each school says.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::held_by_month::held_at_ends;
use super::sql;
pub use super::sql::year_figures::{Booked, Unbooked, YearBalance};
use super::wallet::Sums;
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::HubId;
use crate::base::month::Month;
use crate::base::year::AcademicYear;
use crate::ledger::{AccountKind, Side};
use crate::lifecycle::year_close;

/// A hub's year in figures.
#[derive(Clone, Debug)]
pub struct YearFigures {
    /// What became of the credits of its wallets.
    pub sums: Sums,
    /// What came and went month by month: from September up to this month, or to August of a year that is over.
    pub months: Vec<MonthFigures>,
    /// Its events and their places.
    pub booked: Booked,
}

/// What became of a year's credits in a month, by the business dates of the ledger. What was posted before the year began
/// counts for September, what was posted after it for August. Over the months, what was allocated, spent and lapsed adds
/// up to the year's; what the last of them holds is what the year holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct MonthFigures {
    /// The month.
    pub month: Month,
    /// Allocated in it, less what was taken back.
    pub allocated: Credits,
    /// Spent in it: what was paid for places and support and is held no more, since the event was completed, the booking
    /// ended without all of its price, or the work was accepted; less what was given back of that later.
    pub spent: Credits,
    /// Held at its end, or now where it is not over: paid for places and support that may still come back.
    pub held: Credits,
    /// Lapsed in it, at the close of the year or after.
    pub lapsed: Credits,
}

/// The figures of a year as of a day in England. Reads the entries of its wallets.
pub async fn year_figures(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    today: NaiveDate,
) -> Result<YearFigures, db::Error> {
    let all = months_of(year, today);
    let (first, last) = (Month::of(year.first_day()), all.last().copied().unwrap_or(Month::of(year.first_day())));
    let of_month = |day: NaiveDate| Month::of(day).clamp(first, last);
    let (mut sums, mut moved) = (Sums::default(), BTreeMap::<Month, Sums>::new());
    for day in sql::year_figures::by_day(tx, hub, year).await? {
        sums.add(&day.of);
        moved.entry(of_month(day.effective_on)).or_default().add(&day.of);
    }
    for day in sql::year_figures::lapsed_by_day(tx, hub, year).await? {
        let lapsed = &mut moved.entry(of_month(day.effective_on)).or_default().lapsed;
        *lapsed = if day.side == Side::Credit { *lapsed + day.amount } else { *lapsed - day.amount };
    }
    let held = held_at_ends(tx, hub, year, &all).await?;
    let months = months_in_figures(&all, &moved, &held);
    sums.held = held.last().copied().unwrap_or_default();
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
    Ok(YearFigures { sums, months, booked })
}

/// The months of a year up to that of a day: at least the first, and at most all of them.
fn months_of(year: AcademicYear, today: NaiveDate) -> Vec<Month> {
    let (first, now) = (Month::of(year.first_day()), Month::of(today));
    let months = (0..12).filter_map(|ahead| first.after(ahead));
    months.take_while(|month| *month == first || *month <= now).collect()
}

/// The figures of each month, of what moved in it and what each month's end held: what left the wallets and is held no
/// more is spent.
fn months_in_figures(all: &[Month], moved: &BTreeMap<Month, Sums>, held: &[Credits]) -> Vec<MonthFigures> {
    let mut before = Credits::ZERO;
    let figures = |(month, held): (&Month, &Credits)| {
        let sums = moved.get(month).copied().unwrap_or_default();
        let spent = sums.spent - (*held - before);
        before = *held;
        MonthFigures { month: *month, allocated: sums.allocated, spent, held: *held, lapsed: sums.lapsed }
    };
    all.iter().zip(held).map(figures).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_year_has_its_months_up_to_this_one() {
        let year = AcademicYear::parse("2026/27").unwrap();
        let of = |today| months_of(year, day(today)).into_iter().map(Month::as_str).collect::<Vec<_>>();
        assert_eq!(of("2026-06-30"), ["2026-09"]);
        assert_eq!(of("2026-11-02"), ["2026-09", "2026-10", "2026-11"]);
        assert_eq!(of("2028-01-01").len(), 12);
        assert_eq!(of("2028-01-01").last().unwrap(), "2027-08");
    }

    #[test]
    fn what_is_held_no_more_and_did_not_come_back_is_spent() {
        let credits = Credits::from_hundredths;
        let year = AcademicYear::parse("2026/27").unwrap();
        let all = months_of(year, day("2026-11-02"));
        // Paid in September; a part back and a part spent in October; the rest spent in November, when nothing moves.
        let paid = |spent| Sums { spent: credits(spent), ..Sums::default() };
        let moved = BTreeMap::from([(all[0], paid(100)), (all[1], paid(-30))]);
        let months = months_in_figures(&all, &moved, &[credits(100), credits(20), credits(0)]);
        let spent: Vec<Credits> = months.iter().map(|month| month.spent).collect();
        assert_eq!(spent, [credits(0), credits(50), credits(20)]);
        assert_eq!(spent.into_iter().sum::<Credits>(), credits(70));
    }
}
