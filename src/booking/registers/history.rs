//! Events from before the hub kept them here: entered with their registers, and settled at once. No credits move.

use std::collections::HashSet;

use super::marking::minutes_flaws;
use super::{Error, Marking, Way, complete, refuse, sql};
use crate::base::hours::Hours;
use crate::base::ids::{BookingId, PersonId, SchoolId};
use crate::booking::bookings;
use crate::ledger::Journal;
use crate::members::people;
use crate::programme::programmes::Flaw;
use crate::programme::programmes::attendance::Mark;
use crate::programme::programmes::events::{self, Event, NewEvent};
use crate::programme::programmes::sessions;

/// Somebody who was on the register of a past event.
#[derive(Clone, Debug)]
pub struct Delegate {
    /// The person who attended or did not.
    pub person: PersonId,
    /// Their mark at each session, in the order in which the sessions are sent, and for how many minutes in part.
    pub marks: Vec<(Mark, Option<i64>)>,
}

/// The most delegates of one event.
pub const MOST_DELEGATES: usize = 500;

/// Adds a past event with the places of its delegates and their marks, and completes it: those who attended get it on
/// their CPD record, and a certificate. Its capacity is the number of delegates, and its price zero. Nobody may have
/// been in two places at once, unless the caller says that they were.
pub async fn enter(
    journal: &mut Journal,
    new: NewEvent,
    delegates: &[Delegate],
    allow_clash: bool,
) -> Result<Event, Error> {
    let (hub, now, by) = (journal.hub(), journal.now(), journal.actor());
    let mut flaws = marks_flaws(&new, delegates);
    let mut people: Vec<(PersonId, SchoolId)> = Vec::new();
    for (index, delegate) in delegates.iter().enumerate() {
        let at = format!("/delegates/{index}/person_id");
        match people::get(journal.tx(), hub, delegate.person).await? {
            None => flaws.push(Flaw::unknown(at, "is nobody of the hub")),
            Some(person) => match person.school_id {
                Some(school) => {
                    if !allow_clash {
                        flaws.extend(clash(journal, &new, delegate.person, &at).await?);
                    }
                    people.push((delegate.person, school));
                }
                None => flaws.push(Flaw::invalid(at, "is of no school")),
            },
        }
    }
    refuse(flaws)?;
    // The sessions are stored in the order of their start, while the marks come in the order in which they were sent.
    let mut order: Vec<usize> = (0..new.sessions.len()).collect();
    order.sort_by_key(|at| new.sessions.get(*at).map(|session| session.starts_at));
    let held = i64::try_from(delegates.len()).unwrap_or(i64::MAX);
    let event = events::create_past(journal, new, held).await?;
    let sessions = sessions::of_event(journal.tx(), hub, event.id).await?;
    let bookings: Vec<BookingId> = bookings::record_past(journal, event.id, &people).await?;
    let mut marks = Vec::new();
    for (booking, delegate) in bookings.iter().zip(delegates) {
        for (session, at) in sessions.iter().zip(&order) {
            let (mark, minutes) = delegate.marks.get(*at).copied().ok_or(Error::Unknown)?;
            let (booking, session) = (*booking, session.id);
            marks.push(sql::NewMark { booking, session, revision: 1, mark, minutes, way: Way::Register, at: now });
        }
    }
    sql::insert(journal.tx(), hub, event.id, by, &marks).await?.exactly(marks.len())?;
    super::marked(journal, event.id, marks.len());
    complete(journal, event.id, None).await?;
    Ok(event)
}

/// Whether they attended something else, or this event, at one of these times: it may have been entered before.
async fn clash(journal: &mut Journal, new: &NewEvent, person: PersonId, at: &str) -> Result<Option<Flaw>, Error> {
    let hub = journal.hub();
    let attended = sql::attended(journal.tx(), hub, person).await?;
    let other = attended.into_iter().find(|(_, starts_at, ends_at)| {
        new.sessions.iter().any(|session| session.starts_at < *ends_at && *starts_at < session.ends_at)
    });
    Ok(other.map(|(title, ..)| Flaw::invalid(at, format!("attended {title} at that time; allow_clash lets it be so"))))
}

fn marks_flaws(new: &NewEvent, delegates: &[Delegate]) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    if !(1..=MOST_DELEGATES).contains(&delegates.len()) {
        flaws.push(Flaw::invalid("/delegates", format!("must be 1 to {MOST_DELEGATES} delegates")));
    }
    let mut seen = HashSet::new();
    for (index, delegate) in delegates.iter().enumerate() {
        if !seen.insert(delegate.person) {
            flaws.push(Flaw::invalid(format!("/delegates/{index}/person_id"), "stands there twice"));
        }
        if delegate.marks.len() != new.sessions.len() {
            flaws.push(Flaw::invalid(format!("/delegates/{index}/marks"), "must be one for each session"));
        }
        for (at, ((mark, minutes), session)) in delegate.marks.iter().zip(&new.sessions).enumerate() {
            let marking =
                Marking { booking: BookingId(uuid::Uuid::nil()), mark: *mark, minutes: *minutes, at: None, seen: None };
            let wrong = minutes_flaws(&[marking], Hours::between(session.starts_at, session.ends_at));
            let pointer = format!("/delegates/{index}/marks/{at}/minutes");
            flaws.extend(wrong.into_iter().map(|flaw| Flaw { pointer: pointer.clone(), ..flaw }));
        }
    }
    flaws
}
