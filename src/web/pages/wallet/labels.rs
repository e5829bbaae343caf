//! What the pages about credits call what has a word in the API.

use crate::credits::transfers::State;
use crate::ledger::WalletKind;
use crate::members::schools::School;
use crate::web::call::Caller;
use crate::web::pages::labels::labelled;

labelled!(WalletKind {
    Allocated => "From the allocation";
    Earned => "Earned";
});

labelled!(State {
    Offered => "Offered", "warn";
    Accepted => "Accepted", "good";
    Declined => "Declined";
    Withdrawn => "Withdrawn";
    Reversed => "Taken back by the hub";
});

/// A school, as its pages begin: its page and its name.
pub(super) fn crumb(school: &School) -> (String, String) {
    (format!("/schools/{}", school.id), school.details.name.to_string())
}

/// The way of the menu of which pages about a school's credits are a part.
pub(super) fn here(caller: &Caller) -> &'static str {
    if caller.sees_hub() { "/schools" } else { "/credits" }
}
