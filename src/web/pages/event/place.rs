//! How somebody gets a place on an event: what the desk would make of it, before they ask.

use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::base::ids::BookingId;
use crate::booking::bookings::{self, Foreseen, Refusal, Shown, State, View, What};
use crate::members::people::{self, Role};
use crate::programme::programmes::catalogue::Entry;
use crate::programme::tickets::Ticket;
use crate::web::call::Caller;
use crate::web::pages::{own_tickets, words};
use crate::web::problem::Problem;

/// How somebody stands towards an event.
pub(super) enum Place {
    /// They take no places themselves.
    Nobody,
    /// They have one, or wait for one.
    Theirs { path: String, state: State },
    /// There is a way to one, or several.
    Open { ways: Vec<Way>, overlap: Option<Overlap> },
    /// There is none now, and why.
    Shut { why: String },
}

/// A way to a place.
pub(super) struct Way {
    /// What it would become.
    pub(super) state: State,
    /// The position on the waiting list.
    pub(super) position: i64,
    /// The ticket that pays: its id and what it is called.
    pub(super) ticket: Option<(String, String)>,
    /// What the place costs the school; none where it costs nothing.
    pub(super) costs: Option<Cost>,
    /// Whether the hub decides, since nobody at the school can.
    pub(super) by_hub: bool,
    /// Until when it is decided.
    pub(super) decide_by: Option<String>,
    /// What is shown of it, as the form sends it back.
    pub(super) shown: String,
}

/// What a place costs a school.
pub(super) struct Cost {
    /// The price.
    pub(super) price: String,
    /// The academic year whose credits pay.
    pub(super) year: String,
    /// What the school has of that year.
    pub(super) available: String,
    /// What it would have then; none where nothing is paid yet.
    pub(super) left: Option<String>,
    /// What the school lacks to pay it; none where it has enough.
    pub(super) short: Option<String>,
}

/// Another place of theirs at the same time.
pub(super) struct Overlap {
    pub(super) path: String,
    pub(super) title: String,
    pub(super) when: String,
}

/// How the caller stands towards an event.
pub(super) async fn of(caller: &Caller, tx: &mut Tx, entry: &Entry) -> Result<Place, Problem> {
    if !matches!(caller.role(), Role::SchoolLead | Role::Teacher) {
        return Ok(Place::Nobody);
    }
    let (event, delegate) = (entry.id, caller.person.id);
    let tickets = covering(caller, tx, entry).await?;
    let mut whats: Vec<What> =
        [false, true].into_iter().map(|allow_clash| What::Book { event, delegate, allow_clash }).collect();
    whats.extend(tickets.iter().map(|ticket| What::BookByTicket {
        event,
        delegate,
        allow_clash: true,
        ticket: ticket.id,
    }));
    let mut foreseen = bookings::foresee(tx, (caller.hub(), caller.now()), delegate, whats).await?.into_iter();
    let (Some(plain), Some(allowed)) = (foreseen.next(), foreseen.next()) else { return Ok(Place::Nobody) };
    let overlap = match &plain.outcome {
        Err(Refusal::AlreadyBooked(id)) => return theirs(caller, tx, *id).await,
        Err(Refusal::Clash(id)) => overlap(caller, tx, *id).await?,
        _ => None,
    };
    let by_hub = left_to_hub(caller, tx).await?;
    let way = |then, ticket| way(entry, then, ticket, by_hub);
    let mut ways: Vec<Way> = tickets.into_iter().zip(foreseen).filter_map(|(it, then)| way(then, Some(it))).collect();
    let refused = allowed.outcome.as_ref().err().map(ToString::to_string);
    ways.extend(way(allowed, None));
    if ways.is_empty() {
        return Ok(Place::Shut { why: words::sentence(&refused.unwrap_or_default()) });
    }
    Ok(Place::Open { ways, overlap })
}

/// The tickets of the caller that cover the event: one of each type.
async fn covering(caller: &Caller, tx: &mut Tx, entry: &Entry) -> Result<Vec<Ticket>, Problem> {
    let mut one_of_each: Vec<Ticket> = Vec::new();
    for ticket in own_tickets::usable(caller, tx).await? {
        if own_tickets::covers(&ticket, entry) && one_of_each.iter().all(|other| other.type_id != ticket.type_id) {
            one_of_each.push(ticket);
        }
    }
    Ok(one_of_each)
}

fn way(entry: &Entry, foreseen: Foreseen, ticket: Option<Ticket>, by_hub: bool) -> Option<Way> {
    let outcome = foreseen.outcome.ok()?;
    let shown = Shown::of(&outcome).as_str().to_owned();
    let View { booking, waiting_position, .. } = outcome.booking?;
    let waits = booking.state == State::Waitlisted;
    let costs = (ticket.is_none() && !booking.price.is_zero()).then(|| Cost {
        price: words::credits(booking.price),
        year: entry.year.as_str(),
        available: words::credits(foreseen.available),
        left: (!waits).then(|| words::credits(foreseen.left)),
        short: (foreseen.available < booking.price).then(|| words::credits(booking.price - foreseen.available)),
    });
    Some(Way {
        state: booking.state,
        position: waiting_position.unwrap_or_default(),
        ticket: ticket.map(|ticket| (ticket.id.to_string(), own_tickets::called(&ticket))),
        costs,
        by_hub,
        decide_by: booking.approve_by.map(words::deadline),
        shown,
    })
}

/// Whether nobody but the hub decides on what the caller asks for.
async fn left_to_hub(caller: &Caller, tx: &mut Tx) -> Result<bool, Problem> {
    let Some(school) = caller.own_school() else { return Ok(false) };
    let deciders = people::deciders(tx, caller.hub(), &[school], london_date(caller.now())).await?;
    Ok(deciders.left_to_hub(school, &[Some(caller.person.id)]))
}

async fn theirs(caller: &Caller, tx: &mut Tx, id: BookingId) -> Result<Place, Problem> {
    let view = bookings::get(tx, caller.hub(), id).await?.ok_or_else(Problem::not_found)?;
    Ok(Place::Theirs { path: format!("/places/{id}"), state: view.booking.state })
}

async fn overlap(caller: &Caller, tx: &mut Tx, id: BookingId) -> Result<Option<Overlap>, Problem> {
    let view = bookings::get(tx, caller.hub(), id).await?;
    Ok(view.map(|view| Overlap {
        path: format!("/places/{id}"),
        title: view.event_title.as_str().to_owned(),
        when: words::held(view.starts_at, view.ends_at, view.sessions),
    }))
}
