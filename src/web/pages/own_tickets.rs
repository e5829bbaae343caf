//! The tickets by which somebody can book for nothing.

use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::programme::programmes::catalogue::Entry;
use crate::programme::tickets::{self, Covered, Ticket};
use crate::web::call::Caller;
use crate::web::problem::Problem;

/// The most tickets that are looked at.
const MOST: i64 = 50;

/// The tickets of the caller that can book a place today: those that end soonest first.
pub(crate) async fn usable(caller: &Caller, tx: &mut Tx) -> Result<Vec<Ticket>, Problem> {
    let filter = tickets::Filter {
        person: Some(caller.person.id),
        state: Some(tickets::State::Issued),
        ..tickets::Filter::default()
    };
    let mut tickets = tickets::list(tx, caller.hub(), filter, london_date(caller.now()), None, MOST).await?;
    tickets.sort_by_key(|ticket| (ticket.valid_until.is_none(), ticket.valid_until));
    Ok(tickets)
}

/// Whether a ticket covers an event.
pub(crate) fn covers(ticket: &Ticket, entry: &Entry) -> bool {
    ticket.covers.covers(Covered::of(entry))
}

/// What a ticket is called: `Fabulinus ticket`, and not a ticket twice where its type is called one.
pub(crate) fn called(ticket: &Ticket) -> String {
    let name = ticket.type_name.as_str();
    if name.to_lowercase().ends_with("ticket") { name.to_owned() } else { format!("{name} ticket") }
}
