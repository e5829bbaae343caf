//! The hub manager's year: the first hour of a hub, its schools and their rolls, its years, the allocation, and the year
//! in figures.

mod allocation;
mod allocations;
mod closing;
mod deciding;
mod drafting;
mod figures;
mod found;
mod imports;
mod letters;
mod rolls;
mod said;
mod school;
mod schools;
pub(super) mod set_up;
mod succession;
mod years;

use super::router::Pages;

pub(super) fn pages(pages: &mut Pages<'_>) {
    found::pages(pages);
    set_up::pages(pages);
    figures::pages(pages);
    schools::pages(pages);
    school::pages(pages);
    succession::pages(pages);
    imports::pages(pages);
    rolls::pages(pages);
    years::pages(pages);
    closing::pages(pages);
    allocations::pages(pages);
    drafting::pages(pages);
    allocation::pages(pages);
    deciding::pages(pages);
    letters::pages(pages);
}
