//! Support from school to school: the directory of offers, what schools write to each other about them, the rate card, and
//! commissions from the request to the last review.

mod commissions;
mod conversations;
mod directory;
mod labelled;
mod offer;
mod offer_form;
mod ours;
mod rate_card;
mod rooms;

use super::router::Pages;

pub(super) fn pages(pages: &mut Pages<'_>) {
    directory::pages(pages);
    ours::pages(pages);
    rate_card::pages(pages);
    conversations::pages(pages);
    commissions::pages(pages);
    offer_form::pages(pages);
    offer::pages(pages);
}
