//! What became of a school's credits of one year, month by month: what it was allocated, what it paid in that month and
//! has spent or has still held, and what lapsed. Over the year each is the sum of its wallets of that year.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use uuid::Uuid;

use super::kinds::{self, Column};
use super::sql;
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::{AccountId, HubId, SchoolId};
use crate::base::year::AcademicYear;
use crate::booking::bookings;
use crate::ledger::{self, Entry, Side, TransactionKind};
use crate::support::commissions;

/// A month of a school's year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Month {
    /// Its first day.
    pub first: NaiveDate,
    /// From allocations, less what was reversed.
    pub allocated: Credits,
    /// Paid in this month for places and support, and neither given back nor held any more.
    pub spent: Credits,
    /// Paid in this month, and still held.
    pub held: Credits,
    /// Lapsed at the close of the year.
    pub lapsed: Credits,
}

/// How many entries of a wallet are read at once.
const AT_ONCE: i64 = 256;

/// The twelve months of a school's year. What was recorded before or after it is counted in its first or last month.
/// Reads the entries of its wallets of the year, and its open bookings.
pub async fn school_year(
    tx: &mut Tx,
    hub: HubId,
    school: SchoolId,
    year: AcademicYear,
    at: DateTime<Utc>,
) -> Result<Vec<Month>, db::Error> {
    let accounts = sql::wallet::accounts(tx, hub, school).await?;
    let wallets: Vec<AccountId> = accounts.iter().filter(|row| row.year == year).map(|row| row.id).collect();
    let mut told = Told::of(year, held(tx, hub, school, &wallets, at).await?);
    for wallet in &wallets {
        let mut after = 0;
        loop {
            let entries = ledger::entries(tx, hub, *wallet, after, AT_ONCE).await?;
            let Some(last) = entries.last() else { break };
            after = last.sequence;
            entries.iter().for_each(|entry| told.enter(entry));
        }
    }
    for close in sql::wallet::closes(tx, hub, school).await?.iter().filter(|close| wallets.contains(&close.account_id))
    {
        let last = told.months.len().saturating_sub(1);
        if let Some(month) = told.months.get_mut(last) {
            month.lapsed = month.lapsed + close.lapsed + close.refunds_lapsed;
            month.spent = month.spent - close.refunds_carried - close.refunds_lapsed;
        }
    }
    Ok(told.settled())
}

/// What is held of these wallets, by the booking or commission.
async fn held(
    tx: &mut Tx,
    hub: HubId,
    school: SchoolId,
    wallets: &[AccountId],
    at: DateTime<Utc>,
) -> Result<HashMap<Uuid, Credits>, db::Error> {
    let mut held: HashMap<Uuid, Credits> = HashMap::new();
    let places = bookings::holds(tx, hub, school).await?;
    let support = commissions::holds(tx, hub, school, at).await?;
    let places = places.iter().map(|hold| (hold.booking.id.0, &hold.shares));
    for (source, shares) in places.chain(support.iter().map(|hold| (hold.id.0, &hold.shares))) {
        let own = shares.iter().filter(|share| wallets.contains(&share.wallet));
        let sum = held.entry(source).or_default();
        *sum = own.fold(*sum, |sum, share| sum + share.amount);
    }
    Ok(held)
}

/// The months as the entries are told.
struct Told {
    months: Vec<Month>,
    held: HashMap<Uuid, Credits>,
    /// What was paid for each booking or commission and not given back, and the month in which it was first paid.
    paid: HashMap<Uuid, (usize, Credits)>,
}

impl Told {
    fn of(year: AcademicYear, held: HashMap<Uuid, Credits>) -> Told {
        let firsts = (0..12).filter_map(|month| year.first_day().checked_add_months(Months::new(month)));
        let none = Credits::ZERO;
        let months = firsts.map(|first| Month { first, allocated: none, spent: none, held: none, lapsed: none });
        Told { months: months.collect(), held, paid: HashMap::new() }
    }

    fn month(&self, day: NaiveDate) -> usize {
        let same = |month: &Month| (month.first.year(), month.first.month()) == (day.year(), day.month());
        let found = self.months.iter().position(same);
        let before = self.months.first().is_some_and(|first| day < first.first);
        found.unwrap_or_else(|| if before { 0 } else { self.months.len().saturating_sub(1) })
    }

    fn enter(&mut self, entry: &Entry) {
        let index = self.month(london_date(entry.recorded_at));
        let amount = if entry.side == Side::Credit { entry.amount } else { -entry.amount };
        match kinds::column(entry.source_kind) {
            Column::Allocated => {
                if let Some(month) = self.months.get_mut(index) {
                    month.allocated = month.allocated + amount;
                }
            }
            // It is paid to the school that gave the support.
            Column::Support if entry.kind == TransactionKind::MilestonePaid => {}
            Column::Spent | Column::Support => {
                let paid = self.paid.entry(entry.source_id).or_insert((index, Credits::ZERO));
                paid.1 = paid.1 - amount;
            }
            Column::ToppedUp
            | Column::Earned
            | Column::ReceivedOrGiven
            | Column::TakenOver
            | Column::Adjusted
            | Column::Elsewhere => {}
        }
    }

    fn settled(mut self) -> Vec<Month> {
        for (source, (index, paid)) in self.paid {
            let held = self.held.get(&source).copied().unwrap_or_default();
            if let Some(month) = self.months.get_mut(index) {
                (month.spent, month.held) = (month.spent + paid - held, month.held + held);
            }
        }
        self.months
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::SourceKind;

    fn entry(day: &str, source: u128, side: Side, amount: &str) -> Entry {
        Entry {
            account_id: AccountId(Uuid::nil()),
            account: String::new(),
            position: 1,
            sequence: 1,
            transaction_id: crate::base::ids::TransactionId(Uuid::nil()),
            kind: TransactionKind::BookingPaid,
            effective_on: day.parse().unwrap(),
            recorded_at: format!("{day}T12:00:00Z").parse().unwrap(),
            source_kind: SourceKind::Booking,
            source_id: Uuid::from_u128(source),
            memo: None,
            side,
            amount: Credits::parse(amount).unwrap(),
            balance_after: Credits::ZERO,
        }
    }

    #[test]
    fn what_is_held_and_spent_stands_in_the_month_in_which_it_was_paid() {
        let credits = |text: &str| Credits::parse(text).unwrap();
        let mut told =
            Told::of(AcademicYear::parse("2026/27").unwrap(), HashMap::from([(Uuid::from_u128(1), credits("30"))]));
        for entry in [
            entry("2026-08-20", 2, Side::Debit, "10"),
            entry("2026-10-01", 1, Side::Debit, "45"),
            entry("2026-11-30", 1, Side::Credit, "15"),
            entry("2027-01-10", 3, Side::Debit, "20"),
            entry("2027-02-10", 3, Side::Credit, "20"),
        ] {
            told.enter(&entry);
        }
        let months = told.settled();
        let of = |index: usize| (months[index].spent, months[index].held);
        assert_eq!(months.len(), 12);
        assert_eq!(of(0), (credits("10"), credits("0")));
        assert_eq!(of(1), (credits("0"), credits("30")));
        assert!((2..12).all(|index| of(index) == (credits("0"), credits("0"))));
    }
}
