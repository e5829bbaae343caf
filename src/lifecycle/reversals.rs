//! Reversals: which transactions are undone by their mirror, and which by the command of the record that they came
//! from.
//!
//! What the hub posted directly is mirrored: allocations, top-ups, gifts, settlements and adjustments. What a booking
//! or an event posted is not, since the mirror would leave the booking with a place and no credits: the caller is told
//! the command that undoes it. A reversal is final; what was wrongly reversed is posted anew.

use crate::base::db;
use crate::base::ids::{AdjustmentId, PaymentId, SchoolId, TopUpId, TransactionId, TransferId};
use crate::base::text::{Line, Urn, counted};
use crate::credits::adjustments;
use crate::credits::allocation;
use crate::credits::settlements;
use crate::credits::top_ups;
use crate::credits::transfers;
use crate::ledger::changes::{Change, Kind as Changed};
use crate::ledger::{self, Journal, Shortfall, Side, Transaction, TransactionKind};
use crate::members::schools::{self, School};
use crate::members::years;

/// A wallet that has too few credits left for a reversal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// The school, where it is a school's wallet.
    pub school: Option<(Urn, Line)>,
    /// The account and how many credits are missing.
    pub shortfall: Shortfall,
}

/// Why a transaction can't be reversed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It came from a booking or an event, whose own command must undo it.
    #[error("{kind} is not reversed: {instead}")]
    UndoneByItsCommand {
        /// What the transaction does.
        kind: TransactionKind,
        /// The command to use instead.
        instead: &'static str,
    },
    /// Another school took the place of one of its schools, and has its wallets.
    #[error("another school took the place of {school}: post an adjustment that names the transaction")]
    Succeeded {
        /// The school's name.
        school: Line,
    },
    /// The credits that it brought were spent.
    #[error("what it brought has been spent, from {}", counted(.accounts.len(), "account"))]
    Spent {
        /// All accounts that are short.
        accounts: Vec<Spent>,
    },
    /// It posted an allocation that can't be reversed.
    #[error(transparent)]
    Allocation(#[from] allocation::Error),
    /// Its year is closed.
    #[error(transparent)]
    Year(#[from] years::Error),
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Reverses a transaction for a reason; returns the mirror.
pub async fn reverse(journal: &mut Journal, id: TransactionId, reason: &Line) -> Result<Transaction, Error> {
    let hub = journal.hub();
    let original = ledger::transaction(journal.tx(), hub, id).await?.ok_or(ledger::Error::UnknownTransaction)?;
    let refused = |instead| Err(Error::UndoneByItsCommand { kind: original.kind, instead });
    let change = match original.kind {
        TransactionKind::TopUpSold => Changed::TopUpReversed,
        TransactionKind::CreditsGiven => Changed::TransferReversed,
        TransactionKind::AdjustmentPosted => Changed::AdjustmentReversed,
        TransactionKind::PartnerSettled => Changed::SettlementReversed,
        TransactionKind::AllocationApproved | TransactionKind::AllocationAdjusted => {
            if let Some(by) = original.reversed_by {
                return Err(ledger::Error::AlreadyReversed { by }.into());
            }
            let reversed = allocation::reverse_posted(journal, id, reason).await?;
            let mirror = reversed.reversal_id.ok_or(ledger::Error::UnknownTransaction)?;
            return Ok(ledger::transaction(journal.tx(), hub, mirror)
                .await?
                .ok_or(ledger::Error::UnknownTransaction)?);
        }
        TransactionKind::Reversed => return Err(ledger::Error::ReversalOfReversal.into()),
        TransactionKind::BookingPaid => return refused("cancel the booking, or decline the request"),
        TransactionKind::BookingRefunded => return refused("book the place again"),
        TransactionKind::BookingWaived => return refused("post an adjustment that names it"),
        TransactionKind::EventSettled => return refused("waive what the bookings of the event left with it"),
        TransactionKind::SettlementReturned => return refused("post an adjustment that names it"),
        TransactionKind::YearClosed => return refused("reopen the year"),
        TransactionKind::YearReopened => return refused("close the year again"),
        TransactionKind::SchoolSucceeded => return refused("correct the wallets of the successor by adjustments"),
        TransactionKind::CommissionAgreed => return refused("cancel the commission, or agree a variation"),
        TransactionKind::MilestonePaid => return refused("post an adjustment that names it"),
        TransactionKind::CommissionReturned => return refused("agree a variation, or commission it again"),
    };
    mirror(journal, &original, change, reason).await
}

/// Whether transactions of this kind are undone by their mirror, and not by the command of what they came from.
pub fn is_mirrored(kind: TransactionKind) -> bool {
    match kind {
        TransactionKind::TopUpSold
        | TransactionKind::CreditsGiven
        | TransactionKind::AdjustmentPosted
        | TransactionKind::PartnerSettled
        | TransactionKind::AllocationApproved
        | TransactionKind::AllocationAdjusted => true,
        TransactionKind::Reversed
        | TransactionKind::BookingPaid
        | TransactionKind::BookingRefunded
        | TransactionKind::BookingWaived
        | TransactionKind::EventSettled
        | TransactionKind::SettlementReturned
        | TransactionKind::YearClosed
        | TransactionKind::YearReopened
        | TransactionKind::SchoolSucceeded
        | TransactionKind::CommissionAgreed
        | TransactionKind::MilestonePaid
        | TransactionKind::CommissionReturned => false,
    }
}

/// Posts the mirror, if its accounts take postings, and reports the change.
async fn mirror(
    journal: &mut Journal,
    original: &Transaction,
    change: Changed,
    reason: &Line,
) -> Result<Transaction, Error> {
    let hub = journal.hub();
    let owners = ledger::schools_touched(journal.tx(), hub, original.id).await?;
    for school in &owners {
        if let Some(School { successor_id: Some(_), details, .. }) = schools::get(journal.tx(), hub, *school).await? {
            return Err(Error::Succeeded { school: details.name });
        }
    }
    let years = ledger::years_touched(journal.tx(), hub, original.id).await?;
    for year in &years {
        years::require_open(journal.tx(), hub, *year).await?;
    }
    let mirror = match ledger::reverse(journal, original.id, TransactionKind::Reversed, reason.as_str()).await {
        Err(ledger::Error::Spent { short }) => return Err(Error::Spent { accounts: named(journal, short).await? }),
        outcome => outcome?,
    };
    let mirror = ledger::transaction(journal.tx(), hub, mirror).await?.ok_or(ledger::Error::UnknownTransaction)?;
    let entries = ledger::transaction_entries(journal.tx(), hub, mirror.sequence).await?;
    let moved = entries.iter().filter(|entry| entry.side == Side::Debit).map(|entry| entry.amount).sum();
    journal.changed(Change::new(change, original.source_id).after(REVERSED).moved(moved, mirror.id));
    let source = original.source_id;
    match original.kind {
        TransactionKind::CreditsGiven => transfers::tell_reversed(journal, TransferId(source), reason).await?,
        TransactionKind::PartnerSettled => settlements::tell_reversed(journal, PaymentId(source)).await?,
        TransactionKind::TopUpSold => top_ups::tell_reversed(journal, TopUpId(source), reason).await?,
        TransactionKind::AdjustmentPosted => adjustments::tell_reversed(journal, AdjustmentId(source), reason).await?,
        _ => {}
    }
    Ok(mirror)
}

/// The state of a record whose transaction was reversed.
const REVERSED: &str = "reversed";

/// The accounts with the schools that they belong to.
async fn named(journal: &mut Journal, short: Vec<Shortfall>) -> Result<Vec<Spent>, db::Error> {
    let hub = journal.hub();
    let owners: Vec<SchoolId> = short.iter().filter_map(|short| short.school).collect();
    let names = schools::names(journal.tx(), hub, &owners).await?;
    let spent = |shortfall: Shortfall| {
        let school = shortfall.school.and_then(|school| names.get(&school).cloned());
        Spent { school, shortfall }
    };
    Ok(short.into_iter().map(spent).collect())
}
