//! What moves of events mean for their bookings: nothing is read where no event was moved.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::{Moved, View, sql};
use crate::base::db::{self, Tx};
use crate::base::ids::{BookingId, EventId, HubId};
use crate::base::said;
use crate::base::text::Line;
use crate::messages::notices::Kind;

/// From when to when a session is, or was to be.
type Span = (DateTime<Utc>, DateTime<Utc>);

/// What moved an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Its only session has another time or place.
    Whole,
    /// One of several sessions has, which was to be then.
    Session(Span),
    /// A session was added.
    Added(Span),
    /// A session was called off.
    CalledOff(Span),
}

impl Move {
    /// What people are told, and when the session is or was to be, where it is one of several.
    pub(super) fn told(self) -> (Kind, Option<Line>) {
        let when = |(from, to): Span| Line::parse(&said::span(from, to)).ok();
        match self {
            Move::Whole => (Kind::Rescheduled, None),
            Move::Session(was) => (Kind::Rescheduled, when(was)),
            Move::Added(is) => (Kind::SessionAdded, when(is)),
            Move::CalledOff(was) => (Kind::SessionCalledOff, when(was)),
        }
    }
}

/// The rights of those of these bookings whose events are not at the times that they were agreed on.
pub(super) async fn rights(
    tx: &mut Tx,
    hub: HubId,
    bookings: &[(BookingId, EventId)],
) -> Result<HashMap<BookingId, Moved>, db::Error> {
    if bookings.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<BookingId> = bookings.iter().map(|(booking, _)| *booking).collect();
    // When each session was moved, and when it starts, or would have started.
    type Moves = Vec<(DateTime<Utc>, DateTime<Utc>)>;
    let mut moves: HashMap<BookingId, Moves> = HashMap::new();
    for (booking, moved_at, starts_at) in sql::moves(tx, hub, &ids).await? {
        moves.entry(booking).or_default().push((moved_at, starts_at));
    }
    let of = |(booking, event): &(BookingId, EventId)| moves.contains_key(booking).then_some(*event);
    let events: BTreeSet<EventId> = bookings.iter().filter_map(of).collect();
    let mut starts: HashMap<EventId, Vec<DateTime<Utc>>> = HashMap::new();
    for (event, starts_at, _) in sql::sessions(tx, hub, &events.into_iter().collect::<Vec<_>>()).await? {
        starts.entry(event).or_default().push(starts_at);
    }
    let right = |(booking, event): &(BookingId, EventId)| {
        let moved = Moved::of(moves.remove(booking)?, starts.get(event).cloned().unwrap_or_default())?;
        Some((*booking, moved))
    };
    Ok(bookings.iter().filter_map(right).collect())
}

/// The bookings with their rights filled in, where they are live.
pub(super) async fn seen(tx: &mut Tx, hub: HubId, views: Vec<View>) -> Result<Vec<View>, db::Error> {
    let matters = |view: &&View| view.rescheduled_at.is_some() && view.booking.state.live();
    let bookings: Vec<_> = views.iter().filter(matters).map(|view| (view.booking.id, view.booking.event_id)).collect();
    let mut rights = rights(tx, hub, &bookings).await?;
    Ok(views.into_iter().map(|view| View { moved: rights.remove(&view.booking.id), ..view }).collect())
}
