//! What letters about places say of their event: when and where it is, what of it was moved, and what came back.

use chrono::{DateTime, Utc};

use super::Error;
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::{BookingId, EventId, HubId};
use crate::base::said;
use crate::base::text::{Line, Link};
use crate::booking::bookings::{self, State, View};
use crate::members::people::Person;
use crate::messages::notices::{Kind, Told};
use crate::programme::programmes::events;
use crate::programme::programmes::sessions::{self, Session};

/// How many sessions a letter lists: the others are on the page.
const SESSIONS: usize = 6;

/// How many of a school's people a letter names.
const PEOPLE: i64 = 50;

type Lines = Vec<(String, String)>;

/// What is said of the event of a notice.
pub(super) async fn of(tx: &mut Tx, person: &Person, told: &Told, id: EventId) -> Result<Lines, Error> {
    let hub = person.hub_id;
    let view = match told.booking_id {
        Some(booking) => bookings::get(tx, hub, booking).await?,
        None => None,
    };
    match told.kind {
        Kind::EvaluationAsked | Kind::CertificateIssued => Ok(Vec::new()),
        Kind::CancelledByHub | Kind::WaitingCalledOff | Kind::EventCalledOff => {
            called_off(tx, person, id, view.as_ref()).await
        }
        Kind::Rescheduled | Kind::SessionAdded | Kind::SessionCalledOff => {
            moved(tx, person, told, id, view.as_ref()).await
        }
        Kind::Cancelled | Kind::PlaceGivenUp | Kind::Released | Kind::Declined | Kind::Expired => {
            let mut lines = sessions_of(tx, hub, id, None, false).await?;
            if let Some(view) = &view {
                lines.extend(gave_back(tx, hub, view).await?);
            }
            Ok(lines)
        }
        _ => {
            let from = told.due_at.filter(|_| told.kind == Kind::EventSoon);
            sessions_of(tx, hub, id, from, joins(person, view.as_ref())).await
        }
    }
}

/// Whether the reader has a place, so that they are told how to join.
fn joins(person: &Person, view: Option<&View>) -> bool {
    view.is_some_and(|view| has_place(person, view))
}

/// Whether a place is the reader's, and booked.
pub(super) fn has_place(person: &Person, view: &View) -> bool {
    view.booking.person_id == Some(person.id) && view.booking.state == State::Confirmed
}

/// The sessions of an event, of a reminder those `from` when it reminds of; with the links by which they are joined where
/// `joins` says that the reader has a place.
async fn sessions_of(
    tx: &mut Tx,
    hub: HubId,
    event: EventId,
    from: Option<DateTime<Utc>>,
    joins: bool,
) -> Result<Lines, Error> {
    let (all, mut lines) = (sessions::of_event(tx, hub, event).await?, Vec::new());
    let over = all.iter().take_while(|session| from.is_some_and(|from| session.starts_at < from)).count();
    for (at, session) in all.iter().enumerate().skip(over).take(SESSIONS) {
        lines.push((label(at, all.len()), said::span(session.starts_at, session.ends_at)));
        lines.extend(place(session, joins));
    }
    lines.extend(more(all.len().saturating_sub(over + SESSIONS)));
    Ok(lines)
}

fn label(at: usize, of: usize) -> String {
    if of > 1 { format!("Session {}", at + 1) } else { "When".to_owned() }
}

/// Where a session is.
fn place(session: &Session, joins: bool) -> Lines {
    let at = where_it_is(session.place.as_ref(), session.online_url.as_ref());
    let join = session.online_url.as_ref().filter(|_| joins).map(|link| ("Join".to_owned(), link.as_str().to_owned()));
    [("Where".to_owned(), at)].into_iter().chain(join).collect()
}

fn where_it_is(place: Option<&Line>, online: Option<&Link>) -> String {
    match (place, online) {
        (Some(place), Some(_)) => format!("{place}, and online"),
        (Some(place), None) => place.to_string(),
        (None, _) => "Online".to_owned(),
    }
}

fn more(many: usize) -> Option<(String, String)> {
    (many > 0).then(|| (String::new(), format!("and {many} more")))
}

/// The sessions of an event that was moved: which of them was moved or added by what the reader is told of, and from when;
/// and what was called off by it.
async fn moved(tx: &mut Tx, person: &Person, told: &Told, id: EventId, view: Option<&View>) -> Result<Lines, Error> {
    let hub = person.hub_id;
    let all = sessions::of_event(tx, hub, id).await?;
    let (mut lines, mut left_out) = (Vec::new(), 0);
    for (at, session) in all.iter().enumerate() {
        let by_this = session.moved_at == Some(told.told_at);
        if !by_this && at >= SESSIONS {
            left_out += 1;
            continue;
        }
        let was = if by_this { sessions::before_move(tx, hub, session).await? } else { None };
        let label = label(at, all.len());
        let label = if by_this && was.is_none() { format!("{label}, added") } else { label };
        lines.push((label, said::span(session.starts_at, session.ends_at)));
        lines.extend(place(session, joins(person, view)));
        let before = was.map(|was| then((was.starts_at, was.ends_at), was.place.as_ref(), was.online_url.as_ref()));
        lines.extend(before.map(|before| ("It was".to_owned(), before)));
    }
    lines.extend(more(left_out));
    let not_held = sessions::not_held(tx, hub, id).await?;
    lines.extend(not_held.iter().filter(|session| session.called_off_at == told.told_at).map(|session| {
        let was = (session.starts_at, session.ends_at);
        ("Called off".to_owned(), then(was, session.place.as_ref(), session.online_url.as_ref()))
    }));
    match view {
        Some(view) => lines.extend(share_back(tx, hub, view).await?),
        None => lines.extend(people(tx, person, id).await?),
    }
    Ok(lines)
}

/// What of a place that is still held came back, since a session was called off.
async fn share_back(tx: &mut Tx, hub: HubId, view: &View) -> Result<Lines, Error> {
    let back = bookings::came_back(tx, hub, &[view.booking.id]).await?.remove(&view.booking.id);
    let back = back.filter(|_| view.booking.state.live() && view.booking.ticket_id.is_none());
    Ok(back.map(|back| ("Came back so far".to_owned(), said::credits(back))).into_iter().collect())
}

/// When and where a session was to be.
fn then((from, to): (DateTime<Utc>, DateTime<Utc>), place: Option<&Line>, online: Option<&Link>) -> String {
    format!("{}; {}", said::span(from, to), where_it_is(place, online))
}

/// The people of the reader's school who have a place on an event, and what it costs, or wait for one.
async fn people(tx: &mut Tx, person: &Person, event: EventId) -> Result<Lines, Error> {
    let Some(school) = person.school_id else { return Ok(Vec::new()) };
    let filter = bookings::Filter { event: Some(event), school: Some(school), ..bookings::Filter::default() };
    let mut all = bookings::list(tx, person.hub_id, filter, None, PEOPLE).await?;
    all.retain(|view| view.booking.state.live());
    let who = |view: &View| match (view.booking.state, view.booking.ticket_id) {
        (State::Waitlisted, _) => format!("{} (waits for a place)", view.delegate()),
        (_, Some(_)) => format!("{} (a ticket pays)", view.delegate()),
        (_, None) => format!("{} ({})", view.delegate(), said::price(view.booking.price)),
    };
    let names: Vec<String> = all.iter().map(who).collect();
    Ok(if names.is_empty() { Vec::new() } else { vec![("Your school".to_owned(), names.join(", "))] })
}

/// When an event was to be that the hub has called off, and what came back: of the reader's own place, or for a lead, of
/// each place of their school.
async fn called_off(tx: &mut Tx, person: &Person, id: EventId, view: Option<&View>) -> Result<Lines, Error> {
    let hub = person.hub_id;
    let Some(event) = events::get(tx, hub, id).await? else { return Ok(Vec::new()) };
    let sessions = i64::try_from(sessions::of_event(tx, hub, id).await?.len()).unwrap_or_default();
    let mut lines = vec![("It was to be".to_owned(), said::held_at(event.starts_at, event.ends_at, sessions))];
    if let Some(view) = view {
        lines.extend(gave_back(tx, hub, view).await?);
        return Ok(lines);
    }
    let Some(school) = person.school_id else { return Ok(lines) };
    let filter = bookings::Filter { event: Some(id), school: Some(school), ..bookings::Filter::default() };
    let mut ended = bookings::list(tx, hub, filter, None, PEOPLE).await?;
    ended.retain(|view| view.booking.state == State::Cancelled && view.booking.ended_at == event.cancelled_at);
    let ids: Vec<BookingId> = ended.iter().map(|view| view.booking.id).collect();
    let back = bookings::came_back(tx, hub, &ids).await?;
    for view in &ended {
        let amount = back.get(&view.booking.id).copied().unwrap_or(Credits::ZERO);
        let said = match (view.booking.ticket_id.is_some(), amount.is_zero()) {
            (_, true) => "nothing had been paid".to_owned(),
            (true, false) => "the ticket came back".to_owned(),
            (false, false) => format!("{} came back", said::credits(amount)),
        };
        lines.push((view.delegate().to_owned(), said));
    }
    Ok(lines)
}

/// What came back of a place that has ended, and what was kept; nothing where it cost nothing.
async fn gave_back(tx: &mut Tx, hub: HubId, view: &View) -> Result<Lines, Error> {
    let booking = &view.booking;
    let back = bookings::came_back(tx, hub, &[booking.id]).await?.remove(&booking.id).unwrap_or(Credits::ZERO);
    if back.is_zero() && booking.held.is_zero() {
        return Ok(Vec::new());
    }
    if booking.ticket_id.is_some() {
        let ticket = if back.is_zero() { "used up" } else { "came back, and can be used again" };
        return Ok(vec![("The ticket".to_owned(), ticket.to_owned())]);
    }
    let mut lines = vec![("Came back".to_owned(), format!("{}, to {}", said::credits(back), view.school_name))];
    if !booking.held.is_zero() {
        lines.push(("Kept by the event".to_owned(), said::credits(booking.held)));
    }
    Ok(lines)
}
