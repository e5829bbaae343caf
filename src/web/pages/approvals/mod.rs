//! To approve: all that waits for a decision of a school, with what it costs, what must be covered, and what is left.

mod cover;
mod declining;
mod queue;

use super::router::Pages;

pub(super) fn pages(pages: &mut Pages<'_>) {
    queue::pages(pages);
}
