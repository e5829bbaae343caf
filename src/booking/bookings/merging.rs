//! Two records of one person become one: the bookings of the one are handed to the other.
//!
//! What a booking was before stays sealed in the changes of before, and in what was posted for it: each booking that is
//! sealed is sealed anew by a change of its own.

use super::{Booking, Error, sql};
use crate::base::ids::PersonId;
use crate::ledger::Journal;
use crate::ledger::changes::{Change, Kind};

/// Hands all bookings of one record to another, with the undecided requests that it made for others: nobody approves
/// what they asked for under another record. Both must not have a live booking on the same event. Returns how many went
/// over.
pub async fn hand_over(journal: &mut Journal, from: PersonId, to: PersonId) -> Result<usize, Error> {
    let (hub, now) = (journal.hub(), journal.now());
    let rows = sql::merging::of_record(journal.tx(), hub, from).await?;
    let taken = |person: Option<PersonId>| if person == Some(from) { Some(to) } else { person };
    let mut handed: Vec<(Booking, Option<i64>)> = Vec::with_capacity(rows.len());
    for sql::sealed::SealedRow { booking, sealed_by } in rows {
        let booking = Booking {
            person_id: taken(booking.person_id),
            requested_by: taken(booking.requested_by),
            version: booking.version + 1,
            ..booking
        };
        // A place in the past, for which nothing was paid, is not sealed.
        let sealed_by = sealed_by.map(|_| {
            let number = journal.next_change();
            let change = Change::new(Kind::BookingMerged, booking.id).event(booking.event_id).school(booking.school_id);
            journal.changed(change.person(booking.person_id).after(booking.state.as_str()).sealing(booking.grounds()));
            number
        });
        handed.push((booking, sealed_by));
    }
    sql::merging::hand_over(journal.tx(), hub, &handed, now).await?.exactly(handed.len())?;
    sql::merging::had_before(journal.tx(), hub, (from, to)).await?;
    Ok(handed.len())
}
