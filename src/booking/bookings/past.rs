//! Places on events of before the hub kept its programme here.

use super::{Booking, State, View, sql};
use crate::base::credits::Credits;
use crate::base::db;
use crate::base::ids::{BookingId, EventId, PersonId, SchoolId};
use crate::ledger::Journal;
use crate::programme::programmes::policy::Policy;

impl View {
    /// Whether it was entered when the event was over: nobody asked for it here.
    pub fn entered_afterwards(&self) -> bool {
        self.booking.requested_at >= self.ends_at
    }
}

/// Writes confirmed places on an event that is over and has none, for these people of these schools, in their order:
/// free, since past events are not paid for. Returns the bookings.
pub async fn record_past(
    journal: &mut Journal,
    event: EventId,
    people: &[(PersonId, SchoolId)],
) -> Result<Vec<BookingId>, super::Error> {
    let (hub, now, by) = (journal.hub(), journal.now(), journal.actor());
    let places = people.iter().zip(1..).map(|((person, school), line)| Booking {
        id: journal.new_id(),
        event_id: event,
        person_id: Some(*person),
        school_id: *school,
        ticket_id: None,
        state: State::Confirmed,
        line,
        price: Credits::ZERO,
        held: Credits::ZERO,
        policy: Policy::free(),
        requested_by: by,
        requested_at: now,
        approved_by: by,
        approved_at: Some(now),
        ended_by: None,
        ended_at: None,
        passed_over_at: None,
        names_by: None,
        offered_until: None,
        moved_to: None,
        approve_by: None,
        schedule: 1,
        version: 1,
    });
    let places: Vec<Booking> = places.collect();
    let held = i64::try_from(places.len()).unwrap_or(i64::MAX);
    let mut writes = db::Writes::default();
    let counters = sql::Counters { id: event, held, waiting: 0, line: held };
    sql::whole::update_events(journal.tx(), &mut writes, hub, &[counters]);
    // Nothing is paid for them, so nothing is sealed.
    let rows: Vec<(&Booking, Option<i64>)> = places.iter().map(|place| (place, None)).collect();
    sql::insert_bookings(journal.tx(), &mut writes, hub, &rows);
    journal.tx().together(writes).await?;
    Ok(places.into_iter().map(|booking| booking.id).collect())
}
