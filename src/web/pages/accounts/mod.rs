//! What the hub does with credits by hand: selling them, correcting accounts, looking at gifts, and taking such things back.

mod adjustment;
mod adjustments;
mod labelled;
mod reversal;
mod top_ups;
mod transfers;

use super::router::Pages;

pub(super) fn pages(pages: &mut Pages<'_>) {
    top_ups::pages(pages);
    adjustments::pages(pages);
    adjustment::pages(pages);
    transfers::pages(pages);
    reversal::pages(pages);
}
