//! What a transaction of each kind looks like: what it comes from, and which accounts it moves. A transaction that
//! looks different was not posted by the service, however well it balances and is sealed.

use super::posting::{AccountName, Side, SourceKind, TransactionKind, WalletKind};

/// What the check of a shape sees of an entry: the account, the side and the amount in hundredths.
pub(super) type Shape = (AccountName, Side, i64);

impl TransactionKind {
    /// What a transaction of this kind may come from.
    pub fn sources(self) -> &'static [SourceKind] {
        match self {
            TransactionKind::AllocationApproved | TransactionKind::AllocationAdjusted => &[SourceKind::Allocation],
            TransactionKind::BookingPaid | TransactionKind::BookingRefunded | TransactionKind::BookingWaived => {
                &[SourceKind::Booking]
            }
            TransactionKind::EventSettled | TransactionKind::SettlementReturned => &[SourceKind::Event],
            TransactionKind::TopUpSold => &[SourceKind::TopUp],
            TransactionKind::CreditsGiven => &[SourceKind::Transfer],
            TransactionKind::AdjustmentPosted => &[SourceKind::Adjustment],
            TransactionKind::PartnerSettled => &[SourceKind::Settlement],
            TransactionKind::Reversed => &[
                SourceKind::Allocation,
                SourceKind::TopUp,
                SourceKind::Transfer,
                SourceKind::Adjustment,
                SourceKind::Settlement,
            ],
            TransactionKind::YearClosed | TransactionKind::YearReopened => &[SourceKind::YearClose],
            TransactionKind::SchoolSucceeded => &[SourceKind::Succession],
            TransactionKind::CommissionAgreed
            | TransactionKind::MilestonePaid
            | TransactionKind::CommissionReturned => &[SourceKind::Commission],
        }
    }

    /// Whether a transaction of this kind reverses another: its entries then mirror those of the other.
    pub fn is_reversal(self) -> bool {
        match self {
            TransactionKind::Reversed | TransactionKind::YearReopened => true,
            TransactionKind::AllocationApproved
            | TransactionKind::AllocationAdjusted
            | TransactionKind::BookingPaid
            | TransactionKind::BookingRefunded
            | TransactionKind::BookingWaived
            | TransactionKind::EventSettled
            | TransactionKind::SettlementReturned
            | TransactionKind::TopUpSold
            | TransactionKind::CreditsGiven
            | TransactionKind::AdjustmentPosted
            | TransactionKind::PartnerSettled
            | TransactionKind::YearClosed
            | TransactionKind::SchoolSucceeded
            | TransactionKind::CommissionAgreed
            | TransactionKind::MilestonePaid
            | TransactionKind::CommissionReturned => false,
        }
    }

    /// Which accounts a transaction of this kind moves, in words.
    pub(super) fn shape(self) -> &'static str {
        match self {
            TransactionKind::AllocationApproved => "one issuance to allocated wallets of its year",
            TransactionKind::AllocationAdjusted => "allocated wallets of a year and its issuance",
            TransactionKind::BookingPaid => "wallets or a subsidy to the escrow of an event",
            TransactionKind::BookingRefunded | TransactionKind::BookingWaived => {
                "the escrow of an event to wallets, a subsidy or what lapsed"
            }
            TransactionKind::EventSettled => "the escrow of an event to a provider",
            TransactionKind::SettlementReturned => "a provider to the escrow of an event",
            TransactionKind::TopUpSold => "sales to an allocated wallet of their year",
            TransactionKind::CreditsGiven => "a wallet to another school's of the same year and kind",
            TransactionKind::AdjustmentPosted => "an adjustment account and the one that is corrected",
            TransactionKind::PartnerSettled => "what a partner is owed to what it was paid",
            TransactionKind::Reversed | TransactionKind::YearReopened => "the mirror of another",
            TransactionKind::YearClosed => "wallets of a year to those of the next and to what lapsed",
            TransactionKind::SchoolSucceeded => "a school's wallets to another's of the same years and kinds",
            TransactionKind::CommissionAgreed => "wallets of a year to the escrow of a commission",
            TransactionKind::MilestonePaid => "the escrow of a commission to its provider and the hub's income",
            TransactionKind::CommissionReturned => "the escrow of a commission to wallets or what lapsed",
        }
    }

    /// Whether the entries are those of a transaction of this kind.
    pub(super) fn has_shape(self, entries: &[Shape]) -> bool {
        let of = |wanted| entries.iter().filter(move |(_, side, _)| *side == wanted).map(|(name, ..)| *name);
        let (debits, credits): (Vec<_>, Vec<_>) = (of(Side::Debit).collect(), of(Side::Credit).collect());
        match self {
            TransactionKind::AllocationApproved => {
                matches!(debits[..], [AccountName::Issuance(year)] if credits.iter().all(|name| name.is_allocated(year)))
            }
            TransactionKind::AllocationAdjusted => adjusts(entries),
            TransactionKind::BookingPaid => matches!(credits[..], [AccountName::EventEscrow(_)]) && are_payers(&debits),
            TransactionKind::BookingRefunded | TransactionKind::BookingWaived => {
                matches!(debits[..], [AccountName::EventEscrow(_)])
                    && credits.iter().all(|name| is_payer(name) || matches!(name, AccountName::Lapsed(_)))
            }
            TransactionKind::EventSettled => {
                matches!((&debits[..], &credits[..]), ([AccountName::EventEscrow(_)], [payee]) if is_payee(payee))
            }
            TransactionKind::SettlementReturned => {
                matches!((&debits[..], &credits[..]), ([payee], [AccountName::EventEscrow(_)]) if is_payee(payee))
            }
            TransactionKind::TopUpSold => {
                matches!((&debits[..], &credits[..]), ([AccountName::Sales(year)], [wallet]) if wallet.is_allocated(*year))
            }
            TransactionKind::CreditsGiven => matches!(
                (&debits[..], &credits[..]),
                ([AccountName::Wallet(giver, year, kind)], [AccountName::Wallet(receiver, of, other)])
                    if giver != receiver && (year, kind) == (of, other)
            ),
            TransactionKind::AdjustmentPosted => matches!(
                (&debits[..], &credits[..]),
                ([AccountName::Adjustment(year)], [other]) | ([other], [AccountName::Adjustment(year)])
                    if is_adjustable(other) && other.owner().year.is_none_or(|of| of == *year)
            ),
            TransactionKind::PartnerSettled => matches!(
                (&debits[..], &credits[..]),
                ([AccountName::Payable(owed)], [AccountName::Settled(paid)]) if owed == paid
            ),
            // Compared with the transaction that it reverses.
            TransactionKind::Reversed | TransactionKind::YearReopened => true,
            TransactionKind::YearClosed => closes_a_year(&debits, &credits),
            TransactionKind::SchoolSucceeded => handed_on(entries),
            TransactionKind::CommissionAgreed => {
                matches!(credits[..], [AccountName::CommissionEscrow(_)]) && are_of_one_buyer(&debits)
            }
            TransactionKind::MilestonePaid => {
                matches!(debits[..], [AccountName::CommissionEscrow(_)]) && are_paid_for_support(&credits)
            }
            TransactionKind::CommissionReturned => {
                matches!(debits[..], [AccountName::CommissionEscrow(_)])
                    && credits.iter().all(|name| matches!(name, AccountName::Wallet(..) | AccountName::Lapsed(_)))
            }
        }
    }
}

impl AccountName {
    fn is_allocated(&self, year: crate::base::year::AcademicYear) -> bool {
        matches!(self, AccountName::Wallet(_, of, WalletKind::Allocated) if *of == year)
    }
}

fn is_payer(name: &AccountName) -> bool {
    matches!(name, AccountName::Wallet(..) | AccountName::Subsidy(_))
}

/// Whether these are who may pay: a school's wallets, or the hub alone.
fn are_payers(names: &[AccountName]) -> bool {
    names.iter().all(is_payer) && (names.len() == 1 || names.iter().all(|name| matches!(name, AccountName::Wallet(..))))
}

fn is_payee(name: &AccountName) -> bool {
    matches!(name, AccountName::Income(_) | AccountName::Payable(_) | AccountName::Wallet(_, _, WalletKind::Earned))
}

fn is_adjustable(name: &AccountName) -> bool {
    matches!(
        name,
        AccountName::Wallet(..)
            | AccountName::Income(_)
            | AccountName::Payable(_)
            | AccountName::Subsidy(_)
            | AccountName::Lapsed(_)
    )
}

/// Whether all are allocated wallets of one year and its issuance.
fn adjusts(entries: &[Shape]) -> bool {
    let Some(year) = entries.first().and_then(|(name, ..)| name.owner().year) else { return false };
    entries.iter().all(|(name, ..)| name.is_allocated(year) || *name == AccountName::Issuance(year))
}

/// Whether wallets of one year end in wallets of another and in what lapsed of that year.
fn closes_a_year(debits: &[AccountName], credits: &[AccountName]) -> bool {
    let Some(year) = debits.first().and_then(|name| name.owner().year) else { return false };
    debits.iter().all(|name| matches!(name, AccountName::Wallet(_, of, _) if *of == year))
        && credits.iter().all(|name| match name {
            AccountName::Wallet(_, next, _) => *next != year,
            name => *name == AccountName::Lapsed(year),
        })
}

/// Whether all are wallets of one school and year.
fn are_of_one_buyer(names: &[AccountName]) -> bool {
    let of = |name: &AccountName| name.owner().school.zip(name.owner().year);
    names.iter().all(|name| matches!(name, AccountName::Wallet(..)) && of(name) == of(&names[0]))
}

/// Whether these are a provider alone, or a provider other than the hub and then the hub's income.
fn are_paid_for_support(names: &[AccountName]) -> bool {
    match names {
        [payee] => is_payee(payee),
        [payee, AccountName::Income(_)] => is_payee(payee) && !matches!(payee, AccountName::Income(_)),
        _ => false,
    }
}

/// Whether each wallet's credits end in the other school's wallet of the same year and kind.
fn handed_on(entries: &[Shape]) -> bool {
    let of = |wanted| {
        let mut wallets: Vec<_> = entries
            .iter()
            .filter(|(_, side, _)| *side == wanted)
            .filter_map(|(name, _, amount)| match name {
                AccountName::Wallet(school, year, kind) => Some(((*year, *kind, *amount), *school)),
                _ => None,
            })
            .collect();
        wallets.sort_unstable();
        wallets
    };
    let (from, to) = (of(Side::Debit), of(Side::Credit));
    let of_one = |wallets: &[(_, crate::base::ids::SchoolId)]| wallets.windows(2).all(|pair| pair[0].1 == pair[1].1);
    from.len() + to.len() == entries.len()
        && from.iter().map(|(what, _)| what).eq(to.iter().map(|(what, _)| what))
        && of_one(&from)
        && of_one(&to)
        && from.first().map(|(_, school)| school) != to.first().map(|(_, school)| school)
}
