//! What must hold of a hub at any moment, whatever the model says: from its rows alone.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::look::{AccountRow, Look};
use crate::plan::YEARS;
use crate::state::{Instant, midnight};

impl Look {
    /// Conservation, floors, places, escrows, and the waiting lists.
    pub fn is_lawful(&self) {
        let (debits, credits): (Vec<_>, Vec<_>) = self.accounts.iter().partition(|it| it.normal_side == "debit");
        let sum = |accounts: Vec<&crate::look::AccountRow>| accounts.iter().map(|it| it.balance).sum::<i64>();
        assert_eq!(sum(debits), sum(credits), "the trial balance does not balance");
        for account in &self.accounts {
            assert!(!account.floored || account.balance >= 0, "below its floor: {account:?}");
        }
        assert_eq!(self.counts.0, self.head.0, "the head counts the transactions");
        let positions: i64 = self.accounts.iter().map(|account| account.position).sum();
        assert_eq!(self.counts.1, positions, "the positions of the accounts count the entries");
        for event in &self.events {
            let on = || self.bookings.iter().filter(|booking| booking.event_id == event.id);
            let sits = |state: &str| ["requested", "confirmed", "attended", "no_show"].contains(&state);
            let holding = on().filter(|it| sits(&it.state) || it.offered_until.is_some()).count() as i64;
            let waiting = on().filter(|it| it.state == "waitlisted").count() as i64;
            assert!(event.held <= event.capacity, "overbooked: {event:?}");
            assert_eq!((event.held, event.waiting), (holding, waiting), "places held, and waiting: {event:?}");
            let escrow = self.accounts.iter().find(|it| it.kind == "escrow" && it.event_id == Some(event.id));
            let held: i64 = on().map(|booking| booking.held).sum();
            let held = if event.state == "completed" { 0 } else { held };
            assert_eq!(escrow.map_or(0, |escrow| escrow.balance), held, "the escrow of {event:?}");
            let lines: Vec<i64> = on().map(|booking| booking.line).collect();
            assert_eq!(lines, (1..=event.line).collect::<Vec<i64>>(), "the line of {event:?}");
        }
        self.deals.are_lawful(&self.accounts);
        let mut live: BTreeMap<(Uuid, Uuid), usize> = BTreeMap::new();
        for booking in self.bookings.iter().filter(|it| ["requested", "waitlisted", "confirmed"].contains(&&*it.state))
        {
            if let Some(person) = booking.person_id {
                *live.entry((booking.event_id, person)).or_default() += 1;
            }
        }
        assert!(live.values().all(|count| *count == 1), "a person has two live bookings on an event: {live:?}");
    }

    /// Nobody waits who could pay for a place that is free, unless a place is on offer to their school.
    pub fn nobody_waits_in_vain(&self, starts: &BTreeMap<Uuid, Instant>, now: Instant) {
        let funds = |school: Uuid, event: Uuid| -> i64 {
            let year = Some(YEARS[usize::from(starts[&event] >= midnight("2027-09-01".parse().unwrap()))]);
            let pays = |it: &&AccountRow| it.kind == "wallet" && it.year.as_deref() == year;
            let theirs = self.accounts.iter().filter(pays).filter(|it| it.school_id == Some(school));
            theirs.map(|account| account.balance).sum()
        };
        for event in self.events.iter().filter(|it| it.state == "published" && it.held < it.capacity) {
            let waits = self.bookings.iter().filter(|it| {
                it.event_id == event.id
                    && it.state == "waitlisted"
                    && it.offered_until.is_none()
                    && now < starts[&event.id]
            });
            for booking in waits {
                let offered =
                    self.bookings.iter().any(|it| it.offered_until.is_some() && it.school_id == booking.school_id);
                let could = booking.ticket_id.is_some() || funds(booking.school_id, event.id) >= booking.price;
                assert!(offered || !could, "{booking:?} could have a place on {event:?}");
            }
        }
    }
}
