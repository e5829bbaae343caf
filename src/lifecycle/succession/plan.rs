//! The rules of succession, pure: who may take whose place, what will clash afterwards, and the quote for a preview.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::{Error, LiveBooking, Member, Neighbour, Preview};
use crate::base::ids::{EventId, SchoolId};
use crate::base::text::Line;
use crate::lifecycle::quote::Quote;
use crate::members::schools::School;

/// Something odd once two schools are one: for people to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clash {
    /// The two schools together have more bookings than the event allows a school. They keep them; no more are taken.
    SchoolLimit {
        /// The event.
        event: EventId,
        /// The event's title.
        title: Line,
        /// How many bookings the event allows a school.
        most: i64,
        /// How many bookings they have together.
        together: i64,
    },
    /// Both schools have somebody of this name on the event: possibly the same person twice.
    BookedTwice {
        /// The event.
        event: EventId,
        /// The event's title.
        title: Line,
        /// The delegate's name.
        name: Line,
    },
    /// Both schools have somebody of this name: possibly the same person with two addresses.
    SameName {
        /// The person's name.
        name: Line,
    },
}

/// Refuses where the one school may not take the place of the other on the day. `heir` is the school that now stands in
/// the successor's place.
pub(super) fn require(
    school: &School,
    successor: &School,
    heir: SchoolId,
    effective_on: NaiveDate,
    today: NaiveDate,
) -> Result<(), Error> {
    if school.id == successor.id {
        return Err(Error::Itself);
    }
    if let Some(successor) = school.successor_id {
        return Err(Error::Twice { successor });
    }
    if heir != successor.id || successor.successor_id.is_some() {
        return Err(Error::SuccessorSucceeded { heir });
    }
    if let Some(left_on) = successor.details.left_on.filter(|left_on| *left_on <= today) {
        return Err(Error::SuccessorLeft { left_on });
    }
    if effective_on > today {
        return Err(Error::EffectiveOn("must not be in the future"));
    }
    if school.details.joined_on.is_some_and(|joined| effective_on <= joined) {
        return Err(Error::EffectiveOn("must be after the day on which the school joined"));
    }
    Ok(())
}

/// What will clash, by events and names.
pub(super) fn clashes(
    bookings: &[LiveBooking],
    theirs: &[Neighbour],
    people: &[Member],
    their_people: &[Member],
) -> Vec<Clash> {
    let mut events: BTreeMap<EventId, (&LiveBooking, Vec<&LiveBooking>)> = BTreeMap::new();
    for booking in bookings {
        events.entry(booking.event_id).or_insert_with(|| (booking, Vec::new())).1.push(booking);
    }
    let mut clashes = Vec::new();
    for (event, (first, ours)) in &events {
        let others: Vec<&Neighbour> = theirs.iter().filter(|booking| booking.event_id == *event).collect();
        let together = i64::try_from(ours.len() + others.len()).unwrap_or(i64::MAX);
        if let Some(most) = first.admission.max_per_school.filter(|most| together > *most) {
            clashes.push(Clash::SchoolLimit { event: *event, title: first.event_title.clone(), most, together });
        }
        let names: HashSet<String> =
            others.iter().filter_map(|booking| booking.person_name.as_ref().map(Line::key)).collect();
        let twice =
            ours.iter().filter_map(|booking| booking.person_name.as_ref()).filter(|name| names.contains(&name.key()));
        clashes.extend(twice.map(|name| Clash::BookedTwice {
            event: *event,
            title: first.event_title.clone(),
            name: name.clone(),
        }));
    }
    let names: BTreeSet<String> = their_people.iter().map(|member| member.name.key()).collect();
    let same = people.iter().filter(|member| names.contains(&member.name.key()));
    clashes.extend(same.map(|member| Clash::SameName { name: member.name.clone() }));
    clashes
}

impl Preview {
    /// The quote: a digest of everything that would go over, as it is now.
    pub fn quote(&self) -> Quote {
        let mut all =
            format!("{} {}\n{}\n{}\n", self.school.id, self.school.version, self.successor.id, self.effective_on);
        let mut line = |kind: &str, id: uuid::Uuid, state: i64| {
            let _ = writeln!(all, "{kind} {id} {state}");
        };
        self.wallets.iter().for_each(|wallet| line("wallet", wallet.account_id.0, wallet.credits.hundredths()));
        self.bookings.iter().for_each(|booking| line("booking", booking.id.0, booking.version));
        self.people.iter().for_each(|member| line("person", member.id.0, member.version));
        self.tickets.iter().for_each(|ticket| line("ticket", ticket.id.0, ticket.version));
        self.commissions.iter().for_each(|commission| line("commission", commission.id.0, commission.version));
        self.gifts.iter().for_each(|gift| line("gift", gift.id.0, 0));
        line("adjustments", self.school.id.0, self.proposed_adjustments);
        self.offers.iter().for_each(|offer| line("offer", offer.id.0, offer.version));
        self.programmes.iter().for_each(|programme| line("programme", programme.id.0, programme.version));
        Quote::of_digest(Sha256::digest(all.as_bytes()).into())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
