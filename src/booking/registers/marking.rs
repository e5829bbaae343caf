//! Marks written into the register of a session by somebody who keeps it.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::{Error, Way, marked, open, opens, refuse, sql};
use crate::base::db;
use crate::base::hours::Hours;
use crate::base::ids::{BookingId, EventId, PersonId, SessionId};
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
    /// What was seen of the delegate before it was ticked: a mark that somebody else has made since stands. None where
    /// nothing was looked at, and whatever stands is to be replaced.
    pub seen: Option<SeenMark>,
}

/// What somebody saw of a delegate: the mark, and for how many minutes in part.
pub type SeenMark = (Option<Mark>, Option<i64>);

/// The most marks that can be made at once.
pub const MOST_MARKS: usize = 1_000;

/// Writes marks into the register of a session. A mark that already says the same is left as it is. Returns those whose
/// mark says something else and stands: it was ticked later, or made by somebody else and not seen.
pub async fn write(
    journal: &mut Journal,
    person: &Person,
    event: EventId,
    session: SessionId,
    marks: &[Marking],
) -> Result<Vec<BookingId>, Error> {
    let (event, session) = open(journal, person, event, session).await?;
    let ids: Vec<BookingId> = marks.iter().map(|marking| marking.booking).collect();
    let (hub, now, opens) = (journal.hub(), journal.now(), opens(&session));
    let standing = sql::standing(journal.tx(), hub, event.id, session.id, &ids).await?;
    let standing: HashMap<BookingId, sql::Standing> =
        standing.into_iter().map(|standing| (standing.id, standing)).collect();
    let mut wrong = flaws(&ids, |booking| standing.contains_key(booking));
    wrong.extend(minutes_flaws(marks, Hours::between(session.starts_at, session.ends_at)));
    refuse(wrong)?;
    let (mut new, mut kept) = (Vec::new(), Vec::new());
    for marking in marks {
        // Whoever is not on the register was refused above.
        let stands = standing.get(&marking.booking).ok_or_else(db::Error::vanished)?;
        let at = marking.at.map_or(now, |at| at.clamp(opens.min(now), now));
        match marking.against(stands, person.id, at) {
            Against::Same => {}
            Against::Stands => kept.push(marking.booking),
            Against::Changes => new.push(sql::NewMark {
                booking: marking.booking,
                session: session.id,
                revision: stands.revision.unwrap_or(0) + 1,
                mark: marking.mark,
                minutes: marking.minutes,
                way: Way::Register,
                at,
            }),
        }
    }
    sql::insert(journal.tx(), hub, event.id, Some(person.id), &new).await?.exactly(new.len())?;
    marked(journal, event.id, new.len());
    if event.state == State::Completed && !new.is_empty() {
        let actor = Actor { person: Some(person.id), reach: Reach::Hub };
        bookings::perform_one(journal, actor, What::Correct(event.id)).await??;
        certificates::settle(journal, event.id, None).await?;
        evaluations::ask(journal, event.id).await?;
    }
    Ok(kept)
}

/// What becomes of a mark to be made against the one that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Against {
    /// It says what stands.
    Same,
    /// It takes the place of what stands.
    Changes,
    /// What stands is kept.
    Stands,
}

impl Marking {
    /// What becomes of it, having been ticked at that time by this person.
    fn against(&self, stands: &sql::Standing, by: PersonId, at: DateTime<Utc>) -> Against {
        let there = (stands.mark, stands.minutes);
        if there == (Some(self.mark), self.minutes) {
            return Against::Same;
        }
        let of_another = stands.mark.is_some() && stands.marked_by != Some(by);
        let unseen = of_another && self.seen.is_some_and(|seen| seen != there);
        let later = self.at.is_some() && stands.marked_at.is_some_and(|marked_at| marked_at > at);
        if unseen || later { Against::Stands } else { Against::Changes }
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

    fn person(number: u128) -> PersonId {
        PersonId(Uuid::from_u128(number))
    }

    fn stands(mark: Option<Mark>, marked_at: Option<DateTime<Utc>>, marked_by: Option<PersonId>) -> sql::Standing {
        sql::Standing { id: BookingId(Uuid::nil()), mark, minutes: None, revision: None, marked_at, marked_by }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn what_was_ticked_later_stands() {
        let (nine, me) = (at("2026-11-12T09:00:00Z"), person(1));
        let id = BookingId(Uuid::nil());
        let ticked = Marking { booking: id, mark: Mark::Present, minutes: None, at: Some(nine), seen: None };
        let against = |mark, marked_at| ticked.against(&stands(mark, marked_at, Some(me)), me, nine);
        assert_eq!(against(None, None), Against::Changes);
        assert_eq!(against(Some(Mark::Absent), Some(nine)), Against::Changes);
        assert_eq!(against(Some(Mark::Absent), Some(at("2026-11-12T09:00:01Z"))), Against::Stands);
        assert_eq!(against(Some(Mark::Present), Some(nine)), Against::Same, "nothing to say anew");
    }

    #[test]
    fn what_another_has_marked_unseen_stands() {
        let (nine, ten) = (at("2026-11-12T09:00:00Z"), at("2026-11-12T10:00:00Z"));
        let (me, other) = (person(1), person(2));
        let against = |seen, by| {
            let booking = BookingId(Uuid::nil());
            let ticked = Marking { booking, mark: Mark::Present, minutes: None, at: Some(ten), seen };
            ticked.against(&stands(Some(Mark::Absent), Some(nine), Some(by)), me, ten)
        };
        assert_eq!(against(Some((None, None)), other), Against::Stands);
        assert_eq!(against(Some((Some(Mark::Late), None)), other), Against::Stands);
        assert_eq!(against(Some((Some(Mark::Absent), None)), other), Against::Changes, "it was seen");
        assert_eq!(against(Some((None, None)), me), Against::Changes, "one's own is no surprise");
        assert_eq!(against(None, other), Against::Changes, "nobody looked");
    }
}
