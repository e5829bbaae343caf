//! The programme, as those run it who prepare it: programmes and their events, delegates, registers, tickets.

mod certificates;
mod check_in;
mod delegates;
pub(super) mod drafts;
mod evaluations;
mod events;
mod head;
mod needs;
mod paper;
mod people;
mod priorities;
mod programmes;
mod publishing;
mod register;
mod runs;
mod ticket_types;
mod tickets;
mod typed;

use super::router::Pages;

pub(super) fn pages(pages: &mut Pages<'_>) {
    priorities::pages(pages);
    events::pages(pages);
    programmes::pages(pages);
    publishing::pages(pages);
    delegates::pages(pages);
    needs::pages(pages);
    paper::pages(pages);
    register::pages(pages);
    check_in::pages(pages);
    evaluations::pages(pages);
    certificates::pages(pages);
    ticket_types::pages(pages);
    tickets::pages(pages);
}
