//! Our credits: what a school has of each year, what is held for what, its statement, and gifts between schools.

mod credits;
mod gift;
mod gifts;
mod labels;
mod statement;

use super::router::Pages;

pub(super) fn pages(pages: &mut Pages<'_>) {
    credits::pages(pages);
    statement::pages(pages);
    gifts::pages(pages);
    gift::pages(pages);
}
