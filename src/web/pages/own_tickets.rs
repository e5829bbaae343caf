//! The tickets by which somebody can book for nothing.

use super::choices::of_priorities;
use super::labels::Labelled;
use super::words;
use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::programme::programmes;
use crate::programme::programmes::catalogue::{self, Entry, View};
use crate::programme::programmes::events::State;
use crate::programme::tickets::{self, Coverage, Covered, Ticket};
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

/// What a type covers, in the names of kinds, priorities and programmes.
pub(crate) fn covered(
    covers: &Coverage,
    programmes: &[(String, String)],
    priorities: &[(String, String)],
) -> Vec<String> {
    let named = |list: &[(String, String)], id: String| {
        list.iter().find(|(known, _)| *known == id).map_or_else(|| "another".to_owned(), |(_, name)| name.clone())
    };
    let kinds = covers.kinds.iter().map(|kind| kind.label().to_owned());
    let serving = covers.priority_ids.iter().map(|id| named(priorities, id.to_string()));
    let single = covers.programme_ids.iter().map(|id| named(programmes, id.to_string()));
    kinds.chain(serving).chain(single).collect()
}

/// A ticket as its person sees it.
pub(crate) struct Own {
    pub(crate) name: String,
    /// What it covers, each in words.
    pub(crate) covers: Vec<String>,
    /// Its last day; none where it has none.
    pub(crate) until: Option<String>,
    /// The next events that it pays for: where, what and when.
    pub(crate) events: Vec<(String, String, String)>,
    /// Whether it pays for more than those.
    pub(crate) more: bool,
}

/// How many events are named of each ticket, and of how many they are found.
const EVENTS: (usize, i64) = (5, 200);

/// The tickets of the caller that can book a place today, with what they pay for.
pub(crate) async fn own(caller: &Caller, tx: &mut Tx) -> Result<Vec<Own>, Problem> {
    let tickets = usable(caller, tx).await?;
    if tickets.is_empty() {
        return Ok(Vec::new());
    }
    let priorities = of_priorities(tx, caller.hub()).await?;
    let filter = catalogue::Filter {
        from: Some(london_date(caller.now())),
        state: Some(State::Published),
        ..catalogue::Filter::default()
    };
    let (most, looked_through) = EVENTS;
    let mut entries =
        catalogue::list(tx, caller.hub(), View::of(&caller.person), &filter, None, looked_through).await?;
    entries.retain(|entry| entry.starts_at > caller.now());
    let mut own = Vec::new();
    for ticket in tickets {
        let mut programmes = Vec::new();
        for id in &ticket.covers.programme_ids {
            let found = programmes::get(tx, caller.hub(), *id).await?;
            programmes.extend(found.map(|of| (of.id.to_string(), of.title.to_string())));
        }
        let paid: Vec<&Entry> = entries.iter().filter(|entry| covers(&ticket, entry)).collect();
        let event = |entry: &&Entry| {
            (
                format!("/events/{}", entry.id),
                entry.title.to_string(),
                words::held(entry.starts_at, entry.ends_at, entry.sessions),
            )
        };
        own.push(Own {
            name: called(&ticket),
            covers: covered(&ticket.covers, &programmes, &priorities),
            until: ticket.valid_until.map(words::day),
            events: paid.iter().take(most).map(event).collect(),
            more: paid.len() > most,
        });
    }
    Ok(own)
}
