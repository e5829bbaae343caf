//! Our school: what it is, who is booked on what, places for several, and what it allows without a decision.

mod bookings;
mod choices;
mod clashes;
mod delegate;
mod deputies;
mod overview;
mod places;
mod rules;
mod team;

use super::router::Pages;

pub(super) fn pages(pages: &mut Pages<'_>) {
    overview::pages(pages);
    bookings::pages(pages);
    team::pages(pages);
    places::pages(pages);
    delegate::pages(pages);
    deputies::pages(pages);
    rules::pages(pages);
}
