//! Partners: who they are, their people, and what they are owed and paid; and a partner's own pages.

mod labelled;
mod list;
mod ours;
mod partner;
mod paying;
mod purchases;
mod settlement;
mod settlements;
mod stating;

use super::router::Pages;

pub(super) fn pages(pages: &mut Pages<'_>) {
    list::pages(pages);
    stating::pages(pages);
    partner::pages(pages);
    purchases::pages(pages);
    settlements::pages(pages);
    paying::pages(pages);
    settlement::pages(pages);
    ours::pages(pages);
}
