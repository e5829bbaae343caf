//! Tickets: which one may pay for a place, and what becomes of it. The ticket and its place are taken together, and
//! nobody with a ticket ever waits for credits.

use std::collections::HashMap;

use super::noted::note_of;
use super::wallets::draw;
use super::{SUBSIDY, State};
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::ids::{AccountId, BookingId, EventId, PersonId, SchoolId, TicketId};
use crate::base::year::AcademicYear;
use crate::booking::bookings::cancellation::Share;
use crate::booking::bookings::{Actor, Refusal};
use crate::ledger::changes::{Change, Kind};
use crate::programme::tickets::{State as TicketState, Ticket};

/// The person's ticket, where it pays for a place on the event now.
pub(super) fn usable(
    state: &State,
    id: TicketId,
    event: EventId,
    person: Option<PersonId>,
) -> Result<&Ticket, Refusal> {
    let theirs = |ticket: &&Ticket| Some(ticket.person_id) == person;
    let ticket = state.tickets.get(&id).filter(theirs).ok_or(Refusal::UnknownTicket)?;
    match ticket.state_on(london_date(state.now)) {
        TicketState::Issued => {}
        other => return Err(Refusal::TicketNotUsable(other)),
    }
    let programme = state.subjects.get(&event).ok_or(Refusal::UnknownEvent)?;
    if !ticket.covers.covers(*programme) {
        return Err(Refusal::TicketDoesNotCover);
    }
    Ok(ticket)
}

/// Who pays for a place: the hub's subsidy where there is a ticket, otherwise the school's wallets of the event's year,
/// of which `drawn` is already spoken for.
pub(super) fn payment(
    state: &State,
    ticket: Option<TicketId>,
    (school, year): (SchoolId, AcademicYear),
    price: Credits,
    drawn: &HashMap<AccountId, Credits>,
) -> Result<Vec<Share<AccountId>>, Refusal> {
    match ticket {
        None => draw(state, school, year, price, drawn),
        Some(_) => Ok(vec![Share { wallet: SUBSIDY, amount: price }]),
    }
}

/// Gives the ticket to the booking.
pub(super) fn take(state: &mut State, actor: Actor, ticket: TicketId, booking: BookingId) {
    change(state, ticket, |ticket| ticket.taken_by(booking));
    note_of(state, Change::new(Kind::TicketUsed, ticket).by(actor.person).booking(booking), None);
}

/// Gives the ticket of an ended booking back to its person, unless it already was.
pub(super) fn give_back(state: &mut State, actor: Actor, ticket: TicketId, booking: BookingId) {
    let now = state.now;
    if state.tickets.get(&ticket).is_some_and(|ticket| ticket.booking_id == Some(booking)) {
        change(state, ticket, |ticket| ticket.given_back(now));
        note_of(state, Change::new(Kind::TicketReturned, ticket).by(actor.person).booking(booking), None);
    }
}

fn change(state: &mut State, id: TicketId, to: impl FnOnce(Ticket) -> Ticket) {
    if let Some(ticket) = state.tickets.remove(&id) {
        state.tickets.insert(id, to(ticket));
        state.changed_tickets.insert(id);
    }
}
