//! People: of a school for its lead, of the hub for its managers.

mod adding;
mod choices;
mod editing;
mod erasing;
mod helping;
mod importing;
mod invited;
mod list;
mod merging;
mod moving;
mod person;
mod shown;
mod stopping;

pub(in crate::web::pages) use choices::schools;
pub(in crate::web::pages) use helping::add;

use super::router::Pages;

pub(super) fn pages(pages: &mut Pages<'_>) {
    list::pages(pages);
    // Before those of one person, whose id would be taken from their paths.
    adding::pages(pages);
    importing::pages(pages);
    person::pages(pages);
    editing::pages(pages);
    stopping::pages(pages);
    moving::pages(pages);
    merging::pages(pages);
    erasing::pages(pages);
    helping::pages(pages);
}
