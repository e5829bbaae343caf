//! What may be posted: accounts by name, and postings, which always balance because no other kind can be built.

use std::collections::HashSet;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::base::credits::Credits;
use crate::base::db::types::words;
use crate::base::ids::{AccountId, CommissionId, EventId, PartnerId, PersonId, SchoolId, TransactionId};
use crate::base::seal::Hash;
use crate::base::year::AcademicYear;

words!(/** The two sides of an entry. */ Side {
    /// The left side of an account.
    Debit = "debit",
    /// The right side of an account.
    Credit = "credit",
});

words!(/** The kinds of account; see the table in `ARCHITECTURE.md`. */ AccountKind {
    /// Credits the hub has put into circulation for a year.
    Issuance = "issuance",
    /// What a school may spend.
    Wallet = "wallet",
    /// Taken from wallets for one event or commission, and not yet paid to its provider.
    Escrow = "escrow",
    /// Earned by the hub's own programmes.
    Income = "income",
    /// Owed to a partner in money.
    Payable = "payable",
    /// Paid to a partner.
    Settled = "settled",
    /// Places paid for by tickets.
    Subsidy = "subsidy",
    /// Credits sold to schools for money.
    Sales = "sales",
    /// Credits that expired at year close.
    Lapsed = "lapsed",
    /// Corrections by hand.
    Adjustment = "adjustment",
});

words!(/** The two kinds of wallet. */ WalletKind {
    /// From the year's allocation.
    Allocated = "allocated",
    /// Earned by giving support to others.
    Earned = "earned",
});

words!(/** What a transaction does. */ TransactionKind {
    /// An allocation was approved: issuance to wallets.
    AllocationApproved = "allocation_approved",
    /// An allocation was corrected: the differences, wallets to issuance and issuance to wallets.
    AllocationAdjusted = "allocation_adjusted",
    /// A place was paid for: wallets to the event's escrow.
    BookingPaid = "booking_paid",
    /// A place was given back: the event's escrow to the wallets it came from.
    BookingRefunded = "booking_refunded",
    /// What a cancelled booking left with its event was given back, for the reason in the memo.
    BookingWaived = "booking_waived",
    /// An event was completed: its escrow to its provider.
    EventSettled = "event_settled",
    /// A booking of a completed event was refunded: from the provider back to the event's escrow, and on from there.
    SettlementReturned = "settlement_returned",
    /// Credits were sold to a school for money: sales to its wallet.
    TopUpSold = "top_up_sold",
    /// A school gave credits to another: wallet to wallet, of the same year and kind.
    CreditsGiven = "credits_given",
    /// A correction by hand, for the reason in the memo.
    AdjustmentPosted = "adjustment_posted",
    /// A partner was paid in money: payable to settled.
    PartnerSettled = "partner_settled",
    /// The mirror of an earlier transaction, for the reason in the memo.
    Reversed = "reversed",
    /// A year was closed: its wallets to those of the next year, and the rest to lapsed.
    YearClosed = "year_closed",
    /// The close of a year was undone: its mirror, for the reason in the memo.
    YearReopened = "year_reopened",
    /// A school took the place of another: every wallet of its open years to the successor's.
    SchoolSucceeded = "school_succeeded",
    /// Support was agreed, or varied to more: the buyer's wallets to the commission's escrow.
    CommissionAgreed = "commission_agreed",
    /// A milestone of support was accepted, or a part of it is kept: the escrow to the provider, and the hub's part to
    /// its income.
    MilestonePaid = "milestone_paid",
    /// What is not to be paid for went back: the commission's escrow to the wallets that paid.
    CommissionReturned = "commission_returned",
});

words!(/** What a transaction came from. */ SourceKind {
    /// An allocation.
    Allocation = "allocation",
    /// A booking.
    Booking = "booking",
    /// An event.
    Event = "event",
    /// A sale of credits to a school.
    TopUp = "top_up",
    /// A gift from school to school.
    Transfer = "transfer",
    /// A correction by hand.
    Adjustment = "adjustment",
    /// A payment to a partner.
    Settlement = "settlement",
    /// The close of a year.
    YearClose = "year_close",
    /// A school taking the place of another.
    Succession = "succession",
    /// Support that a school commissioned.
    Commission = "commission",
});

/// An account by what it stands for. Its code is unique in the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountName {
    /// Credits issued for a year.
    Issuance(AcademicYear),
    /// A school's wallet of a year and kind.
    Wallet(SchoolId, AcademicYear, WalletKind),
    /// The escrow of an event.
    EventEscrow(EventId),
    /// The escrow of a commission.
    CommissionEscrow(CommissionId),
    /// The hub's income of a year.
    Income(AcademicYear),
    /// What a partner is owed.
    Payable(PartnerId),
    /// What a partner was paid.
    Settled(PartnerId),
    /// Places paid by tickets in a year.
    Subsidy(AcademicYear),
    /// Credits sold in a year.
    Sales(AcademicYear),
    /// Credits lapsed from a year.
    Lapsed(AcademicYear),
    /// Corrections by hand in a year.
    Adjustment(AcademicYear),
}

impl AccountName {
    /// The kind of account.
    pub fn kind(&self) -> AccountKind {
        match self {
            AccountName::Issuance(_) => AccountKind::Issuance,
            AccountName::Wallet(..) => AccountKind::Wallet,
            AccountName::EventEscrow(_) | AccountName::CommissionEscrow(_) => AccountKind::Escrow,
            AccountName::Income(_) => AccountKind::Income,
            AccountName::Payable(_) => AccountKind::Payable,
            AccountName::Settled(_) => AccountKind::Settled,
            AccountName::Subsidy(_) => AccountKind::Subsidy,
            AccountName::Sales(_) => AccountKind::Sales,
            AccountName::Lapsed(_) => AccountKind::Lapsed,
            AccountName::Adjustment(_) => AccountKind::Adjustment,
        }
    }

    /// The unique code of the account, such as `wallet:2026/27:allocated:SCHOOL`.
    pub fn code(&self) -> String {
        let kind = self.kind();
        match self {
            AccountName::Wallet(school, year, wallet) => format!("{kind}:{year}:{wallet}:{school}"),
            AccountName::EventEscrow(event) => format!("{kind}:event:{event}"),
            AccountName::CommissionEscrow(commission) => format!("{kind}:commission:{commission}"),
            AccountName::Payable(partner) | AccountName::Settled(partner) => format!("{kind}:{partner}"),
            AccountName::Issuance(year)
            | AccountName::Income(year)
            | AccountName::Subsidy(year)
            | AccountName::Sales(year)
            | AccountName::Lapsed(year)
            | AccountName::Adjustment(year) => format!("{kind}:{year}"),
        }
    }
}

impl AccountKind {
    /// The normal side: the one on which a healthy balance is positive.
    pub fn normal_side(self) -> Side {
        match self {
            AccountKind::Issuance | AccountKind::Subsidy | AccountKind::Sales | AccountKind::Adjustment => Side::Debit,
            AccountKind::Wallet
            | AccountKind::Escrow
            | AccountKind::Income
            | AccountKind::Payable
            | AccountKind::Settled
            | AccountKind::Lapsed => Side::Credit,
        }
    }

    /// Whether the balance may never be below zero.
    pub fn floored(self) -> bool {
        matches!(self, AccountKind::Wallet | AccountKind::Escrow | AccountKind::Income | AccountKind::Payable)
    }
}

/// Where a transaction came from: the allocation, booking and so on that it can be traced to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// The kind of source.
    pub kind: SourceKind,
    /// The id of the source.
    pub id: Uuid,
}

/// A debit or credit on one account, as part of a posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The account that is debited or credited.
    pub account: AccountId,
    /// Debit or credit.
    pub side: Side,
    /// The amount, above zero.
    pub amount: Credits,
}

/// A balanced set of debits and credits, ready to be posted. The only way to make one is [`Posting::new`], and
/// nothing can unbalance it.
#[derive(Clone, Debug)]
pub struct Posting {
    pub(super) kind: TransactionKind,
    pub(super) source: Source,
    pub(super) effective_on: NaiveDate,
    pub(super) actor: Option<PersonId>,
    pub(super) memo: Option<String>,
    pub(super) reverses: Option<TransactionId>,
    pub(super) grounds: Option<Hash>,
    pub(super) legs: Vec<Leg>,
}

/// Why a set of debits and credits can't be a posting.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPosting {
    /// Debits and credits do not balance.
    #[error("debits of {debits} against credits of {credits}")]
    Unbalanced {
        /// The sum of the debits.
        debits: Credits,
        /// The sum of the credits.
        credits: Credits,
    },
    /// Nothing is moved, or an amount is not above zero.
    #[error("an amount that is not above zero")]
    NotPositive,
    /// The same account appears twice.
    #[error("account {0} stands in it twice")]
    Twice(AccountId),
}

impl Posting {
    /// A posting of `debits` against `credits`: every amount above zero, every account only once, the two
    /// sums equal.
    pub fn new(
        kind: TransactionKind,
        source: Source,
        effective_on: NaiveDate,
        debits: impl IntoIterator<Item = (AccountId, Credits)>,
        credits: impl IntoIterator<Item = (AccountId, Credits)>,
    ) -> Result<Posting, NotAPosting> {
        let leg = |side| move |(account, amount)| Leg { account, side, amount };
        let legs: Vec<Leg> =
            debits.into_iter().map(leg(Side::Debit)).chain(credits.into_iter().map(leg(Side::Credit))).collect();
        let sum = |side| legs.iter().filter(|leg| leg.side == side).map(|leg| leg.amount).sum::<Credits>();
        if legs.is_empty() || legs.iter().any(|leg| leg.amount <= Credits::ZERO) {
            return Err(NotAPosting::NotPositive);
        }
        let mut seen = HashSet::new();
        if let Some(twice) = legs.iter().find(|leg| !seen.insert(leg.account)) {
            return Err(NotAPosting::Twice(twice.account));
        }
        let (debits, credits) = (sum(Side::Debit), sum(Side::Credit));
        if debits != credits {
            return Err(NotAPosting::Unbalanced { debits, credits });
        }
        Ok(Posting { kind, source, effective_on, actor: None, memo: None, reverses: None, grounds: None, legs })
    }

    /// The posting with the person who acts, where that is not the one who opened the journal.
    #[must_use]
    pub fn by(mut self, actor: Option<PersonId>) -> Posting {
        self.actor = actor;
        self
    }

    /// The posting as the reversal of an earlier transaction.
    #[must_use]
    pub(super) fn reversing(mut self, original: TransactionId) -> Posting {
        self.reverses = Some(original);
        self
    }

    /// The posting with the digest of what decided it: of its source as it is when it is posted.
    #[must_use]
    pub fn on(mut self, grounds: Hash) -> Posting {
        self.grounds = Some(grounds);
        self
    }

    /// The posting with a memo, kept apart from the sealed journal.
    #[must_use]
    pub fn with_memo(mut self, memo: impl Into<String>) -> Posting {
        self.memo = Some(memo.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posting(debits: &[(u128, i64)], credits: &[(u128, i64)]) -> Result<Posting, NotAPosting> {
        let side = |legs: &[(u128, i64)]| {
            legs.iter()
                .map(|(id, amount)| (AccountId(Uuid::from_u128(*id)), Credits::from_hundredths(*amount)))
                .collect::<Vec<_>>()
        };
        let source = Source { kind: SourceKind::Booking, id: Uuid::nil() };
        Posting::new(TransactionKind::BookingPaid, source, NaiveDate::default(), side(debits), side(credits))
    }

    #[test]
    fn only_what_balances_can_be_built() {
        assert_eq!(posting(&[(1, 300), (2, 200)], &[(3, 500)]).unwrap().legs.len(), 3);
        let (debits, credits) = (Credits::from_hundredths(300), Credits::from_hundredths(299));
        assert_eq!(posting(&[(1, 300)], &[(2, 299)]).unwrap_err(), NotAPosting::Unbalanced { debits, credits });
        assert_eq!(posting(&[], &[]).unwrap_err(), NotAPosting::NotPositive);
        assert_eq!(posting(&[(1, 0)], &[(2, 0)]).unwrap_err(), NotAPosting::NotPositive);
        assert_eq!(posting(&[(1, -5)], &[(2, -5)]).unwrap_err(), NotAPosting::NotPositive);
        assert_eq!(posting(&[(1, 5)], &[(1, 5)]).unwrap_err(), NotAPosting::Twice(AccountId(Uuid::from_u128(1))));
    }
}
