//! What a letter about a school's credits explains: its line of an allocation, and what it has left of a year.

use super::Error;
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::{AllocationId, HubId, SchoolId};
use crate::base::said;
use crate::base::year::AcademicYear;
use crate::credits::allocation::{self, Allocation, AllocationLine, Bound, Weight};
use crate::ledger::{self, AccountName, WalletKind};
use crate::lifecycle::year_close::{self, CloseLine};

/// The school's line of an allocation: from its pupils to its credits.
pub(super) async fn line(
    tx: &mut Tx,
    hub: HubId,
    id: AllocationId,
    school: SchoolId,
) -> Result<Vec<(String, String)>, Error> {
    let found = line_of(tx, hub, id, school).await?;
    let explained = found.and_then(|(of, line)| Some(explained(&of, &line?)));
    Ok(explained.unwrap_or_default())
}

/// What the reversal of an allocation took from the school or gave it, and why.
pub(super) async fn taken_back(
    tx: &mut Tx,
    hub: HubId,
    id: AllocationId,
    school: SchoolId,
) -> Result<Vec<(String, String)>, Error> {
    let Some((of, line)) = line_of(tx, hub, id, school).await? else { return Ok(Vec::new()) };
    let moved = line.map(|line| match line.posted() {
        back if back < Credits::ZERO => ("Given back now".to_owned(), said::credits(-back)),
        given => ("Taken back now".to_owned(), said::credits(given)),
    });
    let because = of.reversed_because.map(|because| ("Because".to_owned(), format!("“{because}”")));
    Ok(moved.into_iter().chain(because).collect())
}

/// An allocation, and the school's line of it where it has one.
async fn line_of(
    tx: &mut Tx,
    hub: HubId,
    id: AllocationId,
    school: SchoolId,
) -> Result<Option<(Allocation, Option<AllocationLine>)>, Error> {
    let Some(of) = allocation::get(tx, hub, id).await? else { return Ok(None) };
    let line = allocation::lines(tx, hub, &of, Some(school), 0, 1).await?.into_iter().next();
    Ok(Some((of, line)))
}

fn explained(of: &Allocation, line: &AllocationLine) -> Vec<(String, String)> {
    let pupils =
        format!("{} of {}, on {}", said::number(line.pupils), said::number(of.pupils), said::day(of.census_date));
    let mut lines = vec![("Pupils", pupils)];
    if line.weight != Weight::ONE {
        lines.push(("Each counts", line.weight.to_string()));
    }
    if of.rules.prorate_by_months && line.months != 12 {
        lines.push(("Member", format!("{} of 12 months", line.months)));
    }
    let share = format!("{} of {}", line.quota.in_words(), said::credits(of.pool));
    lines.push(("Exact share", share));
    lines.extend(rounding(of, line).map(|how| ("Rounding", how)));
    let bound = |bound| match bound {
        Bound::Floor => "the least that a school gets",
        Bound::Cap => "the most that a school gets",
    };
    let why = line.bound.map(|it| format!(": {}", bound(it))).unwrap_or_default();
    lines.push(("Credits", format!("{}{why}", said::amount(line.credits))));
    let mut some = |label, amount: Credits| {
        if amount != Credits::ZERO {
            lines.push((label, said::amount(amount)));
        }
    };
    some("Given before", line.was);
    some("Less for an earlier year", line.deduction);
    some("Could not be given back", line.shortfall);
    if of.adjusts.is_some() || line.deduction != Credits::ZERO {
        lines.push(match line.posted() {
            back if back < Credits::ZERO => ("Taken back now", said::amount(-back)),
            given => ("Given now", said::amount(given)),
        });
    }
    lines.into_iter().map(|(label, value)| (label.to_owned(), value)).collect()
}

/// What was made of the exact share; nothing where it is whole, or where a limit takes its place.
fn rounding(of: &Allocation, line: &AllocationLine) -> Option<String> {
    if line.bound.is_some() || line.quota.is_exactly(line.rounded_down.hundredths()) {
        return None;
    }
    let down = said::amount(line.rounded_down);
    Some(if line.credits > line.rounded_down {
        format!(
            "down to {down}, and {} more, since what was cut off is among the largest of all schools",
            said::amount(of.step)
        )
    } else {
        format!("down to {down}; what was cut off went to the schools with the largest parts cut off")
    })
}

/// What the school has to spend in a year now.
pub(super) async fn available(tx: &mut Tx, hub: HubId, year: AcademicYear, school: SchoolId) -> Result<Credits, Error> {
    let mut available = Credits::ZERO;
    for kind in [WalletKind::Allocated, WalletKind::Earned] {
        available = available + balance(tx, hub, AccountName::Wallet(school, year, kind)).await?;
    }
    Ok(available)
}

/// What the school has left of a year now.
pub(super) async fn left(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    school: SchoolId,
) -> Result<Vec<(String, String)>, Error> {
    let mut lines = Vec::new();
    for (label, kind) in
        [("Allocated credits left", WalletKind::Allocated), ("Earned credits left", WalletKind::Earned)]
    {
        let balance = balance(tx, hub, AccountName::Wallet(school, year, kind)).await?;
        if balance > Credits::ZERO {
            lines.push((label.to_owned(), said::amount(balance)));
        }
    }
    Ok(lines)
}

/// What is in an account: nothing where it was never opened.
async fn balance(tx: &mut Tx, hub: HubId, name: AccountName) -> Result<Credits, Error> {
    let account = ledger::account_named(tx, hub, name).await?;
    Ok(account.map_or(Credits::ZERO, |account| account.balance))
}

/// What the close of a year made of what the school had left of it.
pub(super) async fn closed(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    school: SchoolId,
) -> Result<Vec<(String, String)>, Error> {
    let Some(close) = year_close::last(tx, hub, year).await? else { return Ok(Vec::new()) };
    let wallets = year_close::lines(tx, hub, close.id, Some(school), None, WALLETS).await?;
    let sum = |of: fn(&CloseLine) -> Credits| wallets.iter().fold(Credits::ZERO, |sum, line| sum + of(line));
    let carried = sum(|line| line.carried);
    let to_next = year.after().map(|next| format!("Carried over to {next}"));
    Ok(vec![
        ("Left at the close".to_owned(), said::credits(sum(|line| line.balance))),
        (to_next.unwrap_or_else(|| "Carried over".to_owned()), said::credits(carried)),
        ("Lapsed".to_owned(), said::credits(sum(|line| line.lapsed))),
    ])
}

/// The most wallets that a school has of a year.
const WALLETS: i64 = 10;
