//! What the pages of credits by hand call its words, and what they choose from.

use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::base::ids::SchoolId;
use crate::base::year::AcademicYear;
use crate::credits::adjustments::{self, Adjustable};
use crate::credits::top_ups;
use crate::ledger::{AccountKind, Side, TransactionKind, WalletKind};
use crate::members::{schools, years};
use crate::web::call::Caller;
use crate::web::pages::form::Filled;
use crate::web::pages::labels::{Labelled, labelled};
use crate::web::problem::Problem;

labelled!(top_ups::State {
    Sold => "Sold", "good";
    Reversed => "Taken back", "bad";
});

labelled!(adjustments::State {
    Proposed => "Waits for a second manager", "warn";
    Posted => "Done", "good";
    Discarded => "Discarded";
    Reversed => "Taken back", "bad";
});

/// The fields by which these lists are filtered.
pub(super) const ASKED: &[&str] = &["school_id", "year", "state"];

/// What is looked for, as it stands in the form above the list.
pub(super) fn asked<S: Labelled>(school: Option<SchoolId>, year: Option<AcademicYear>, state: Option<S>) -> Filled {
    Filled::with([
        ("school_id", school.map_or(String::new(), |id| id.to_string())),
        ("year", year.map_or(String::new(), AcademicYear::as_str)),
        ("state", state.map_or("", Labelled::word).to_owned()),
    ])
}

/// What lies in a wallet of this kind.
pub(super) fn in_wallet(kind: WalletKind) -> &'static str {
    match kind {
        WalletKind::Allocated => "allocated credits",
        WalletKind::Earned => "earned credits",
    }
}

labelled!(Adjustable {
    Wallet => "A school’s wallet";
    Income => "The hub’s income";
    Payable => "What a partner is owed";
    Subsidy => "What tickets paid for";
    Lapsed => "Credits that lapsed";
});

labelled!(Side {
    Credit => "Credit";
    Debit => "Debit";
});

/// Whether a correction on a side adds to an account: what tickets paid for grows by debits, the others by credits.
pub(super) fn adds(account: Adjustable, side: Side) -> bool {
    (side == Side::Credit) != (account == Adjustable::Subsidy)
}

/// What a correction on a side does to an account, in words.
pub(super) fn does(account: Adjustable, side: Side) -> &'static str {
    if adds(account, side) { "Adds to it" } else { "Takes from it" }
}

/// What a transaction was, in words.
pub(super) fn transaction(kind: TransactionKind) -> &'static str {
    match kind {
        TransactionKind::TopUpSold => "Credits sold to a school",
        TransactionKind::CreditsGiven => "A gift from one school to another",
        TransactionKind::AdjustmentPosted => "A correction by hand",
        TransactionKind::PartnerSettled => "A payment to a partner",
        TransactionKind::AllocationApproved => "An allocation",
        TransactionKind::AllocationAdjusted => "A change of an allocation",
        TransactionKind::Reversed => "Something that was taken back",
        _ => "A booking, an event, a commission, or the close of a year",
    }
}

/// An account, in words.
pub(super) fn account(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Issuance => "Credits issued",
        AccountKind::Wallet => "Wallet",
        AccountKind::Escrow => "Credits set aside",
        AccountKind::Income => "The hub’s income",
        AccountKind::Payable => "What a partner is owed",
        AccountKind::Settled => "What a partner was paid",
        AccountKind::Subsidy => "What tickets paid for",
        AccountKind::Sales => "Credits sold",
        AccountKind::Lapsed => "Credits that lapsed",
        AccountKind::Adjustment => "Corrections by hand",
    }
}

/// Pairs of a value and its words.
pub(super) type Options = Vec<(String, String)>;

/// Every school of the hub, to choose from.
pub(super) async fn school_options(caller: &Caller, tx: &mut Tx) -> Result<Options, Problem> {
    let all = schools::every(tx, caller.hub()).await?;
    Ok(all.into_iter().map(|one| (one.id.to_string(), one.details.name.as_str().to_owned())).collect())
}

/// The years of the hub, to choose from: all, the latest first; or those that take postings, and of these the current one
/// first, where it is among them, so that nothing is entered into the next by oversight.
pub(super) async fn year_options(caller: &Caller, tx: &mut Tx, open: bool) -> Result<Options, Problem> {
    let mut all = years::list(tx, caller.hub(), None, 100).await?;
    all.retain(|year| !open || year.state == years::State::Open);
    let now = AcademicYear::of(london_date(caller.now()));
    all.sort_by_key(|year| (open && Some(year.year) != now, std::cmp::Reverse(year.year)));
    Ok(all.into_iter().map(|one| (AcademicYear::as_str(one.year), AcademicYear::as_str(one.year))).collect())
}
