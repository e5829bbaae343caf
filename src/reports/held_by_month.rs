//! What of a year's credits was held at the end of each month: taken from its wallets for places and support, neither
//! given back nor spent yet. All of it follows from the entries of the ledger: a place's credits are held from when they
//! are taken until the booking ends or its event is completed, support's until a milestone is paid.

use std::collections::HashMap;

use uuid::Uuid;

use super::sql::held_by_month::{self as sql, OfSupport};
use crate::base::clock::london_midnight;
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::{AccountId, HubId};
use crate::base::month::Month;
use crate::base::year::AcademicYear;
use crate::booking::bookings::cancellation::{Share, give_back};
use crate::ledger::{AccountKind, Side, TransactionKind};

/// More months than a year lies ahead.
const MANY: u32 = 1200;

/// What of a year's credits was held at the end of each of these months, one after the other; of the last, what is held
/// now.
pub(super) async fn held_at_ends(
    tx: &mut Tx,
    hub: HubId,
    year: AcademicYear,
    months: &[Month],
) -> Result<Vec<Credits>, db::Error> {
    let last = months.len().saturating_sub(1);
    let end = |(number, month): (usize, &Month)| {
        // The last is not over: all that there is counts.
        let next = month.after(if number == last { MANY } else { 1 }).unwrap_or(*month).first_day();
        sql::End { number: i64::try_from(number).unwrap_or(i64::MAX), next, at: london_midnight(next) }
    };
    let ends: Vec<sql::End> = months.iter().enumerate().map(end).collect();
    let mut held = vec![Credits::ZERO; months.len()];
    for row in sql::for_places(tx, hub, year, &ends).await? {
        if let Some(held) = usize::try_from(row.number).ok().and_then(|number| held.get_mut(number)) {
            *held = if row.side == Side::Debit { *held + row.amount } else { *held - row.amount };
        }
    }
    let support = sql::for_support(tx, hub, year).await?;
    for (held, end) in held.iter_mut().zip(&ends) {
        *held = *held + of_support(support.iter().filter(|row| row.effective_on < end.next), year);
    }
    Ok(held)
}

/// What commissions hold of a year after these of their entries.
fn of_support<'r>(rows: impl Iterator<Item = &'r OfSupport>, year: AcademicYear) -> Credits {
    let mut commissions: HashMap<Uuid, Funds> = HashMap::new();
    for row in rows {
        commissions.entry(row.commission_id).or_default().take(row);
    }
    commissions.values().map(|funds| funds.held_of(year)).sum()
}

/// What a commission took, in the order of the draw, and what of it it still holds.
#[derive(Default)]
struct Funds {
    paid: Vec<(AccountId, AcademicYear, Credits)>,
    held: Credits,
}

impl Funds {
    fn take(&mut self, row: &OfSupport) {
        match (row.kind, row.year, row.side) {
            (AccountKind::Escrow, _, Side::Credit) => self.held = self.held + row.amount,
            (AccountKind::Escrow, _, Side::Debit) => self.held = self.held - row.amount,
            // What a provider earns comes to a wallet too, which paid nothing.
            _ if row.posting == TransactionKind::MilestonePaid => {}
            (AccountKind::Wallet, Some(year), side) => {
                let amount = if side == Side::Debit { row.amount } else { -row.amount };
                match self.paid.iter_mut().find(|(wallet, ..)| *wallet == row.account_id) {
                    Some((.., paid)) => *paid = *paid + amount,
                    None => self.paid.push((row.account_id, year, amount)),
                }
            }
            _ => {}
        }
    }

    /// What it holds of a year: the last drawn on, as it would go back.
    fn held_of(&self, year: AcademicYear) -> Credits {
        let paid: Vec<Share<AcademicYear>> =
            self.paid.iter().map(|(_, year, amount)| Share { wallet: *year, amount: *amount }).collect();
        give_back(&paid, self.held).iter().filter(|share| share.wallet == year).map(|share| share.amount).sum()
    }
}
