//! What anyone may look at: whether a certificate is valid, and the programme of a hub that shows it.

mod certificates;
mod programme;

use super::router::Pages;

pub(super) fn pages(pages: &mut Pages<'_>) {
    certificates::pages(pages);
    programme::pages(pages);
}
