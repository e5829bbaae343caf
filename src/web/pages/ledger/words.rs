//! What the pages of the ledger call its kinds and its accounts.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::base::db::{self, Tx};
use crate::base::ids::HubId;
use crate::ledger::{AccountKind, AccountName, TransactionKind, WalletKind};
use crate::reports::{self, Named, Sight};
use crate::support::commissions;
use crate::web::pages::labels::labelled;

labelled!(AccountKind {
    Issuance => "Credits issued";
    Wallet => "Wallet of a school";
    Escrow => "Held for an event or for support";
    Income => "Income of the hub";
    Payable => "Owed to a partner";
    Settled => "Paid to a partner";
    Subsidy => "Places paid for by tickets";
    Sales => "Credits sold";
    Lapsed => "Lapsed credits";
    Adjustment => "Corrections by hand";
});

labelled!(TransactionKind {
    AllocationApproved => "Allocation";
    AllocationAdjusted => "Correction of an allocation";
    BookingPaid => "Place paid for";
    BookingRefunded => "Place refunded";
    BookingWaived => "Place refunded by the hub’s decision";
    EventSettled => "Event completed, provider paid";
    SettlementReturned => "Payment of a provider taken back";
    TopUpSold => "Credits sold";
    CreditsGiven => "Gift to another school";
    AdjustmentPosted => "Correction by hand";
    PartnerSettled => "Partner paid";
    Reversed => "Reversal";
    YearClosed => "Year closed";
    YearReopened => "Year opened again";
    SchoolSucceeded => "School taken over by another";
    CommissionAgreed => "Support agreed";
    MilestonePaid => "Support paid for";
    CommissionReturned => "Support refunded";
});

/// What people call the owners of accounts.
pub(super) struct Owners(HashMap<Uuid, String>);

impl Owners {
    /// Of the accounts with these codes.
    pub(super) async fn of<'c>(
        tx: &mut Tx,
        hub: HubId,
        codes: impl Iterator<Item = &'c str>,
    ) -> Result<Owners, db::Error> {
        let mut wanted: HashMap<&'static str, (Named, HashSet<Uuid>)> = HashMap::new();
        let mut support = Vec::new();
        for name in codes.filter_map(AccountName::of_code) {
            let (word, kind, id) = match name {
                AccountName::Wallet(school, ..) => ("school", Named::School, school.0),
                AccountName::EventEscrow(event) => ("event", Named::Event, event.0),
                AccountName::Payable(partner) | AccountName::Settled(partner) => ("partner", Named::Partner, partner.0),
                AccountName::CommissionEscrow(commission) => {
                    support.push(commission.0);
                    continue;
                }
                AccountName::Issuance(_)
                | AccountName::Income(_)
                | AccountName::Subsidy(_)
                | AccountName::Sales(_)
                | AccountName::Lapsed(_)
                | AccountName::Adjustment(_) => continue,
            };
            wanted.entry(word).or_insert((kind, HashSet::new())).1.insert(id);
        }
        let mut owners = HashMap::new();
        for (kind, ids) in wanted.into_values() {
            owners.extend(reports::names(tx, hub, kind, ids.into_iter().collect(), Sight::Hub).await?);
        }
        if !support.is_empty() {
            owners.extend(commissions::in_words(tx, hub, &support).await?);
        }
        Ok(Owners(owners))
    }

    /// What an account is called: `Wallet of Lampton Academy, 2026/27`.
    pub(super) fn account(&self, code: &str) -> String {
        let owner = |id: Uuid| self.0.get(&id).map_or("somebody", String::as_str);
        match AccountName::of_code(code) {
            Some(AccountName::Wallet(school, year, WalletKind::Allocated)) => {
                format!("Wallet of {}, {year}", owner(school.0))
            }
            Some(AccountName::Wallet(school, year, WalletKind::Earned)) => {
                format!("Wallet of {}, {year}, earned", owner(school.0))
            }
            Some(AccountName::EventEscrow(event)) => format!("Held for {}", owner(event.0)),
            Some(AccountName::CommissionEscrow(commission)) => format!("Held for support: {}", owner(commission.0)),
            Some(AccountName::Payable(partner)) => format!("Owed to {}", owner(partner.0)),
            Some(AccountName::Settled(partner)) => format!("Paid to {}", owner(partner.0)),
            Some(AccountName::Issuance(year)) => format!("Credits issued, {year}"),
            Some(AccountName::Income(year)) => format!("Income of the hub, {year}"),
            Some(AccountName::Subsidy(year)) => format!("Places paid for by tickets, {year}"),
            Some(AccountName::Sales(year)) => format!("Credits sold, {year}"),
            Some(AccountName::Lapsed(year)) => format!("Lapsed credits, {year}"),
            Some(AccountName::Adjustment(year)) => format!("Corrections by hand, {year}"),
            None => code.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::labels::Labelled;
    use crate::web::spoken;

    #[test]
    fn files_call_what_transactions_do_as_the_pages_do() {
        for kind in TransactionKind::ALL {
            let said = spoken::word(kind.as_str());
            let of_page = match kind {
                TransactionKind::Reversed => "Reversed",
                other => other.label(),
            };
            assert_eq!(said, of_page, "{kind}");
        }
    }
}
