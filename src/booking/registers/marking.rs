//! Marks written into the register of a session by somebody who keeps it.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::{Error, Way, marked, open, opens, refuse, sql};
use crate::base::hours::Hours;
use crate::base::ids::{BookingId, EventId, SessionId};
use crate::booking::bookings::{self, Actor, Reach, What};
use crate::booking::{certificates, evaluations};
use crate::ledger::Journal;
use crate::members::people::Person;
use crate::programme::programmes::Flaw;
use crate::programme::programmes::attendance::Mark;
use crate::programme::programmes::events::State;

/// A mark to be made.
#[derive(Clone, Copy, Debug)]
pub struct Marking {
    /// The delegate's booking.
    pub booking: BookingId,
    /// The mark to make.
    pub mark: Mark,
    /// For how many minutes, where the delegate was there in part.
    pub minutes: Option<i64>,
    /// When it was ticked, where that was before it is sent: a mark that was made after that stands.
    pub at: Option<DateTime<Utc>>,
}

/// The most marks that can be made at once.
pub const MOST_MARKS: usize = 1_000;

/// Writes marks into the register of a session. A mark that already says the same is left as it is.
pub async fn write(
    journal: &mut Journal,
    person: &Person,
    event: EventId,
    session: SessionId,
    marks: &[Marking],
) -> Result<(), Error> {
    let (event, session) = open(journal, person, event, session).await?;
    let ids: Vec<BookingId> = marks.iter().map(|marking| marking.booking).collect();
    let (hub, now, opens) = (journal.hub(), journal.now(), opens(&session));
    let standing = sql::standing(journal.tx(), hub, event.id, session.id, &ids).await?;
    let standing: HashMap<BookingId, sql::Standing> =
        standing.into_iter().map(|standing| (standing.id, standing)).collect();
    let mut wrong = flaws(&ids, |booking| standing.contains_key(booking));
    wrong.extend(minutes_flaws(marks, Hours::between(session.starts_at, session.ends_at)));
    refuse(wrong)?;
    let new: Vec<sql::NewMark> = marks
        .iter()
        .filter_map(|marking| {
            let stands = standing.get(&marking.booking)?;
            let at = marking.at.map_or(now, |at| at.clamp(opens.min(now), now));
            marking.changes(stands, at).then_some(sql::NewMark {
                booking: marking.booking,
                session: session.id,
                revision: stands.revision.unwrap_or(0) + 1,
                mark: marking.mark,
                minutes: marking.minutes,
                way: Way::Register,
                at,
            })
        })
        .collect();
    sql::insert(journal.tx(), hub, event.id, Some(person.id), &new).await?.exactly(new.len())?;
    marked(journal, event.id, new.len());
    if event.state == State::Completed && !new.is_empty() {
        let actor = Actor { person: Some(person.id), reach: Reach::Hub };
        bookings::perform_one(journal, actor, What::Correct(event.id)).await??;
        certificates::settle(journal, event.id, None).await?;
        evaluations::ask(journal, event.id).await?;
    }
    Ok(())
}

impl Marking {
    /// Whether it changes what stands, having been ticked at that time.
    fn changes(&self, stands: &sql::Standing, at: DateTime<Utc>) -> bool {
        let same = (stands.mark, stands.minutes) == (Some(self.mark), self.minutes);
        !same && (self.at.is_none() || stands.marked_at.is_none_or(|marked_at| marked_at <= at))
    }
}

fn flaws(bookings: &[BookingId], known: impl Fn(&BookingId) -> bool) -> Vec<Flaw> {
    let at = |index: usize| format!("/marks/{index}/booking_id");
    let mut seen = HashSet::new();
    let mut flaws = Vec::new();
    if !(1..=MOST_MARKS).contains(&bookings.len()) {
        flaws.push(Flaw::invalid("/marks", format!("must be 1 to {MOST_MARKS} marks")));
    }
    for (index, booking) in bookings.iter().enumerate() {
        if !known(booking) {
            flaws.push(Flaw::unknown(at(index), "is not on the register of this event"));
        } else if !seen.insert(booking) {
            flaws.push(Flaw::invalid(at(index), "stands there twice"));
        }
    }
    flaws
}

pub(super) fn minutes_flaws(marks: &[Marking], length: Hours) -> Vec<Flaw> {
    let longest = length.minutes();
    let flaw = |(index, marking): (usize, &Marking)| {
        let minutes = marking.minutes?;
        let detail = match marking.mark {
            Mark::Partial if (1..=longest).contains(&minutes) => return None,
            Mark::Partial => format!("must be 1 to {longest}, the minutes of the session"),
            _ => "goes only with partial".to_owned(),
        };
        Some(Flaw::invalid(format!("/marks/{index}/minutes"), detail))
    };
    marks.iter().enumerate().filter_map(flaw).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_was_ticked_later_stands() {
        let id = BookingId(Uuid::nil());
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let stands = |mark, marked_at| sql::Standing { id, mark, minutes: None, revision: None, marked_at };
        let nine = at("2026-11-12T09:00:00Z");
        let ticked = Marking { booking: id, mark: Mark::Present, minutes: None, at: Some(nine) };
        assert!(ticked.changes(&stands(None, None), nine));
        assert!(ticked.changes(&stands(Some(Mark::Absent), Some(nine)), nine));
        assert!(!ticked.changes(&stands(Some(Mark::Absent), Some(at("2026-11-12T09:00:01Z"))), nine));
        assert!(!ticked.changes(&stands(Some(Mark::Present), Some(nine)), nine), "nothing to say anew");
    }
}
