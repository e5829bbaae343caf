//! Copies an event for its next run.

use chrono::NaiveDate;

use super::admission::Minimum;
use super::events::{Event, NewEvent, create, get};
use super::{Error, Flaw, sessions};
use crate::base::clock::{london_date, london_days_later};
use crate::base::ids::EventId;
use crate::base::text::Line;
use crate::ledger::Journal;

/// Adds a draft copied from another event, with its first session on a day: all sessions and dates move by the same
/// number of days, at the same times by English clocks.
pub async fn copy(
    journal: &mut Journal,
    id: EventId,
    starts_on: NaiveDate,
    title: Option<Line>,
) -> Result<Event, Error> {
    let hub = journal.hub();
    let event = get(journal.tx(), hub, id).await?.ok_or(Error::Unknown)?;
    let mut sessions = sessions::of_event(journal.tx(), hub, id).await?;
    // An only session that has its event's title has that of the copy.
    if let (Some(title), [only]) = (&title, sessions.as_mut_slice())
        && only.title == event.title
    {
        only.title = title.clone();
    }
    let days = starts_on - london_date(event.starts_at);
    let later = |instant| london_days_later(instant, days);
    let mut admission = event.admission;
    admission.opens_at_full = admission.opens_at_full.map(later);
    let new = NewEvent {
        programme: event.programme_id,
        title: title.unwrap_or(event.title),
        capacity: event.capacity,
        price: event.price,
        opens_at: event.opens_at.map(later),
        closes_at: event.closes_at.map(later),
        policy: event.policy,
        attendance: event.attendance,
        admission,
        minimum: event
            .minimum
            .zip(event.decide_by)
            .map(|(delegates, decide_by)| Minimum { delegates, decide_by: decide_by + days }),
        sessions: sessions.into_iter().map(|session| session.moved_to(later)).collect(),
    };
    // Whatever is wrong with the copy is due to the day.
    create(journal, new).await.map_err(|error| match error {
        Error::Invalid(flaws) => Error::Invalid(
            flaws
                .into_iter()
                .map(|flaw| Flaw { detail: format!("makes {} wrong: it {}", flaw.pointer, flaw.detail), ..flaw })
                .map(|flaw| Flaw { pointer: "/starts_on".to_owned(), ..flaw })
                .collect(),
        ),
        other => other,
    })
}
