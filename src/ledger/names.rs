//! Account codes read back into names, and the columns that follow from a name.

use uuid::Uuid;

use super::posting::{AccountKind, AccountName, WalletKind};
use crate::base::ids::{CommissionId, EventId, PartnerId, SchoolId};
use crate::base::year::AcademicYear;

/// The owner of an account, as its row gives it beside the code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) year: Option<AcademicYear>,
    pub(super) wallet: Option<WalletKind>,
    pub(super) school: Option<SchoolId>,
    pub(super) partner: Option<PartnerId>,
    pub(super) event: Option<EventId>,
    pub(super) commission: Option<CommissionId>,
}

impl AccountName {
    /// The owner of the account.
    pub(super) fn owner(&self) -> Owner {
        let nobody = Owner::default();
        match *self {
            AccountName::Wallet(school, year, wallet) => {
                Owner { school: Some(school), year: Some(year), wallet: Some(wallet), ..nobody }
            }
            AccountName::EventEscrow(event) => Owner { event: Some(event), ..nobody },
            AccountName::CommissionEscrow(commission) => Owner { commission: Some(commission), ..nobody },
            AccountName::Payable(partner) | AccountName::Settled(partner) => Owner { partner: Some(partner), ..nobody },
            AccountName::Issuance(year)
            | AccountName::Income(year)
            | AccountName::Subsidy(year)
            | AccountName::Sales(year)
            | AccountName::Lapsed(year)
            | AccountName::Adjustment(year) => Owner { year: Some(year), ..nobody },
        }
    }

    /// The account of this code; none where the code is not valid.
    pub fn of_code(code: &str) -> Option<AccountName> {
        let parts: Vec<&str> = code.split(':').collect();
        let (kind, rest) = parts.split_first()?;
        let kind = AccountKind::parse(kind).ok()?;
        let year = || AcademicYear::parse(rest.first()?).ok();
        let id = || Uuid::parse_str(rest.last()?).ok();
        let name = match kind {
            AccountKind::Issuance => AccountName::Issuance(year()?),
            AccountKind::Wallet => AccountName::Wallet(SchoolId(id()?), year()?, WalletKind::parse(rest.get(1)?).ok()?),
            AccountKind::Escrow if rest.first() == Some(&"event") => AccountName::EventEscrow(EventId(id()?)),
            AccountKind::Escrow => AccountName::CommissionEscrow(CommissionId(id()?)),
            AccountKind::Income => AccountName::Income(year()?),
            AccountKind::Payable => AccountName::Payable(PartnerId(id()?)),
            AccountKind::Settled => AccountName::Settled(PartnerId(id()?)),
            AccountKind::Subsidy => AccountName::Subsidy(year()?),
            AccountKind::Sales => AccountName::Sales(year()?),
            AccountKind::Lapsed => AccountName::Lapsed(year()?),
            AccountKind::Adjustment => AccountName::Adjustment(year()?),
        };
        // A code that was read too leniently is not the one that is written.
        (name.code() == code).then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_written() {
        let (year, id) = (AcademicYear::starting(2026).unwrap(), Uuid::from_u128(7));
        for name in [
            AccountName::Issuance(year),
            AccountName::Wallet(SchoolId(id), year, WalletKind::Earned),
            AccountName::EventEscrow(EventId(id)),
            AccountName::CommissionEscrow(CommissionId(id)),
            AccountName::Income(year),
            AccountName::Payable(PartnerId(id)),
            AccountName::Settled(PartnerId(id)),
            AccountName::Subsidy(year),
            AccountName::Sales(year),
            AccountName::Lapsed(year),
            AccountName::Adjustment(year),
        ] {
            assert_eq!(AccountName::of_code(&name.code()), Some(name));
        }
        for wrong in
            ["", "purse:2026/27", "income:2026-27", "income:2026/27:x", "wallet:2026/27:earned", "escrow:tea:1"]
        {
            assert_eq!(AccountName::of_code(wrong), None, "{wrong}");
        }
    }
}
