//! A place comes free: who gives it up, what comes back of it, and who moves up.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};

use crate::seats::Done;
use crate::state::{
    Back, Booking, Hundredths, Instant, Model, Place, Policy, Purse, Stage, State, Told, day, end_of, is_worked,
    midnight, no,
};

impl Policy {
    /// The tier that holds on a day, and what it gives back of the price.
    fn on(&self, today: NaiveDate, starts: NaiveDate, price: Hundredths) -> Option<(usize, Hundredths)> {
        let days = today.iter_days().take_while(|day| *day < starts);
        let left = if today > starts {
            -1
        } else if self.working_days {
            days.filter(|day| is_worked(*day)).count() as i64
        } else {
            days.count() as i64
        };
        let at = self.tiers.iter().position(|(days, _)| left >= *days)?;
        Some((
            at,
            match self.tiers[at].1 {
                // To the nearest hundredth, a half up.
                Back::Percent(percent) => (2 * price * percent + 100) / 200,
                Back::Amount(amount) => amount.min(price),
            },
        ))
    }
}

impl Model {
    /// What cancelling gives back at an instant, and until when.
    pub fn terms(&self, place: Place, at: Instant) -> (Hundredths, Option<Instant>) {
        let (booking, event) = (&self.bookings[&place], &self.events[place.event]);
        if booking.state != State::Confirmed {
            return (booking.held(), None);
        }
        // Each session that was moved since it was agreed on gives the right to leave, for a week or until it starts.
        let week = |(session, moved): &(usize, Instant)| (*moved + TimeDelta::days(7)).min(event.sessions[*session].0);
        let last = |session: usize| event.moves.iter().skip(booking.agreed).rfind(|(moved, _)| *moved == session);
        let free = (0..event.sessions.len()).filter_map(last).map(week).max().filter(|until| at < *until);
        let starts = event.starts();
        if let Some(until) = free {
            let to_come: Vec<Instant> =
                event.sessions.iter().map(|(starts, _)| *starts).filter(|it| at < *it).collect();
            let (left, all) = (to_come.len() as i64, event.sessions.len() as i64);
            return (booking.held() * left / all, Some(until.min(*to_come.iter().min().unwrap())));
        }
        let tier = |today| booking.policy.on(today, day(starts), booking.price);
        let Some((holds, back)) = tier(day(at)).filter(|_| at < starts) else { return (0, None) };
        let ended = day(at).iter_days().skip(1).find(|day| tier(*day).is_none_or(|(other, _)| other != holds));
        let until = ended.map(|day| midnight(day).min(starts));
        (back.min(booking.most.unwrap_or(back)).min(booking.held()), until)
    }

    /// The terms as they are sent, to be held to them.
    pub fn quote_text(&self, place: Place) -> String {
        let (refund, until) = self.terms(place, self.now);
        let until = until.map(|until| until.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true));
        format!("{}@{}", amount(refund), until.unwrap_or_default())
    }

    /// A request whose time is over is as good as expired.
    pub fn is_overdue(&self, booking: &Booking) -> bool {
        booking.state == State::Requested && booking.approve_by.is_some_and(|by| by <= self.now)
    }

    pub fn approve(&mut self, by: usize, place: Place) -> Told<Done> {
        let booking = self.booking(by, true, place)?;
        let undecided = matches!(booking.state, State::Requested | State::Waitlisted) && !booking.approved;
        if self.is_overdue(booking) || !undecided {
            return no("invalid_transition");
        }
        let own = booking.person == Some(by) || booking.asked_by == by;
        if own && !self.decides_own(by, booking.school) {
            return no("own_request");
        }
        let booking = self.bookings.get_mut(&place).unwrap();
        booking.approved = true;
        if booking.state == State::Requested {
            booking.state = State::Confirmed;
        }
        Ok(Done { state: Some(booking.state), ..Done::default() })
    }

    pub fn decline(&mut self, by: usize, place: Place) -> Told<Done> {
        let booking = self.booking(by, true, place)?;
        let undecided = matches!(booking.state, State::Requested | State::Waitlisted) && !booking.approved;
        if self.is_overdue(booking) || !undecided {
            return no("invalid_transition");
        }
        let held = booking.held();
        self.end(place, State::Declined, held);
        Ok(Done { state: Some(State::Declined), ..Done::default() })
    }

    pub fn cancel(&mut self, by: usize, place: Place, quote: Option<&str>) -> Told<Done> {
        let booking = self.booking(by, false, place)?;
        if self.is_overdue(booking) || !booking.is_live() {
            return no("invalid_transition");
        }
        if quote.is_some_and(|quote| quote != self.quote_text(place)) {
            return no("quote_expired");
        }
        let (back, _) = self.terms(place, self.now);
        self.end(place, State::Cancelled, back);
        Ok(Done { state: Some(State::Cancelled), refund: Some(back), ..Done::default() })
    }

    pub fn quote(&mut self, by: usize, place: Place) -> Told<Done> {
        let booking = self.booking(by, false, place)?;
        if self.is_overdue(booking) || !booking.is_live() {
            return no("invalid_transition");
        }
        let text = self.quote_text(place);
        self.quotes.insert(place, text.clone());
        Ok(Done { refund: Some(self.terms(place, self.now).0), quote: Some(text), ..Done::default() })
    }

    pub fn waive(&mut self, by: usize, place: Place, asked: Option<Hundredths>) -> Told<Done> {
        if self.people[by].role != crate::state::Role::HubManager {
            return no("forbidden");
        }
        let booking = &self.bookings[&place];
        let kept = booking.held();
        if !matches!(booking.state, State::Cancelled | State::NoShow) || kept == 0 {
            return no("nothing_kept");
        }
        let back = asked.unwrap_or(kept);
        if back > kept || (booking.ticket.is_some() && back < kept) {
            return no("invalid_request");
        }
        let (state, ticket) = (booking.state, booking.ticket);
        if self.events[place.event].stage == Stage::Completed {
            // The provider was paid, and gives it back first.
            let payee = self.payee(place.event);
            if self.purses.get(&payee).copied().unwrap_or_default() < back {
                return no("insufficient_credits");
            }
            self.shift(payee, Purse::Escrow(place.event), back);
        }
        self.give(place, back);
        self.return_ticket(ticket, place);
        Ok(Done { state: Some(state), refund: Some(back), ..Done::default() })
    }

    /// A live booking ends, and the line moves up.
    pub fn end(&mut self, place: Place, to: State, back: Hundredths) {
        self.leave(place, to, back);
        self.move_up(place.event);
    }

    /// A live booking ends.
    pub fn leave(&mut self, place: Place, to: State, back: Hundredths) {
        let booking = self.bookings.get_mut(&place).unwrap();
        let (ticket, waited) = (booking.ticket, booking.state == State::Waitlisted);
        // A ticket pays for the whole place: it is spent where any of it stays with the event.
        let whole = waited || back == booking.held();
        booking.state = to;
        booking.offered_until = None;
        self.give(place, back);
        if whole {
            self.return_ticket(ticket, place);
        }
    }

    pub fn return_ticket(&mut self, ticket: Option<usize>, place: Place) {
        if let Some(ticket) = ticket.map(|ticket| &mut self.tickets[ticket])
            && ticket.place == Some(place)
        {
            ticket.place = None;
        }
    }

    /// Gives back to where it came from, the last that was drawn on first.
    pub fn give(&mut self, place: Place, back: Hundredths) {
        let mut left = back;
        let mut paid = self.bookings[&place].paid.clone();
        for (purse, amount) in paid.iter_mut().rev() {
            let share = (*amount).min(left);
            self.back_to(Purse::Escrow(place.event), *purse, share);
            (*amount, left) = (*amount - share, left - share);
        }
        assert_eq!(left, 0, "nothing comes back that was not paid");
        paid.retain(|(_, amount)| *amount > 0);
        self.bookings.get_mut(&place).unwrap().paid = paid;
    }

    /// The oldest that waits and can pay gets the place, or is offered it; whoever can't is passed over. What offers
    /// speak for of a school's credits while the line moves up is the answer: nothing is drawn before they are taken.
    pub fn move_up(&mut self, event: usize) -> BTreeMap<usize, Hundredths> {
        let mut spoken_for: BTreeMap<usize, Hundredths> = BTreeMap::new();
        let starts = self.events[event].starts();
        if self.events[event].stage != Stage::Published || self.now >= starts || self.is_closed(self.events[event].year)
        {
            return spoken_for;
        }
        for place in self.waiting(event) {
            let (booking, free) = (&self.bookings[&place], self.free(event) > 0);
            if !free || booking.offered_until.is_some() {
                continue;
            }
            let (school, price) = (booking.school, if booking.ticket.is_some() { 0 } else { booking.price });
            let can_pay = price
                <= self.funds(school, self.events[event].year) - spoken_for.get(&school).copied().unwrap_or_default();
            let (approved, by) = (booking.approved, self.approve_by(event));
            let (hours, until) = (self.events[event].offer_hours, self.now);
            let booking = self.bookings.get_mut(&place).unwrap();
            if !can_pay {
                booking.passed_over = true;
            } else if let Some(hours) = hours {
                booking.offered_until = Some((until + TimeDelta::hours(hours)).min(starts));
                *spoken_for.entry(school).or_default() += price;
            } else {
                booking.state = if approved { State::Confirmed } else { State::Requested };
                booking.approve_by = Some(by);
                self.pay(place);
            }
        }
        spoken_for
    }

    /// What time has brought about.
    pub fn round(&mut self) {
        self.credited = false;
        self.deals_lapse();
        let (now, today) = (self.now, self.today());
        let fill: Vec<usize> = self.fillable();
        let mut due: Vec<(Instant, usize, Place)> = Vec::new();
        let all = self.bookings.iter();
        due.extend(
            all.clone().filter(|(_, it)| self.is_overdue(it)).map(|(p, it)| (it.approve_by.unwrap(), it.number, *p)),
        );
        due.sort();
        let mut offers: Vec<(Instant, usize, Place)> = all
            .clone()
            .filter_map(|(p, it)| Some((it.offered_until.filter(|until| *until <= now)?, it.number, *p)))
            .collect();
        offers.sort();
        let unnamed = all.filter(|(_, it)| it.person.is_none() && it.is_live());
        let mut unnamed: Vec<(NaiveDate, usize, Place)> =
            unnamed.filter_map(|(p, it)| Some((it.names_by.filter(|by| *by < today)?, it.number, *p))).collect();
        unnamed.sort();
        for (.., place) in due {
            let held = self.bookings[&place].held();
            self.end(place, State::Expired, held);
        }
        for (.., place) in offers {
            self.end(place, State::Expired, 0);
        }
        for (names_by, _, place) in unnamed {
            if self.bookings[&place].is_live() {
                let (back, _) = self.terms(place, end_of(names_by));
                self.end(place, State::Cancelled, back);
            }
        }
        for event in fill {
            self.move_up(event);
        }
        if self.credited {
            for event in self.fillable() {
                self.move_up(event);
            }
        }
    }

    /// Events to come with a free place and somebody in the line whose school can pay, the next to begin first.
    pub fn fillable(&self) -> Vec<usize> {
        let could = |event: &usize| {
            let waits = |booking: &Booking| booking.state == State::Waitlisted && booking.offered_until.is_none();
            self.events[*event].stage == Stage::Published
                && self.now < self.events[*event].starts()
                && !self.is_closed(self.events[*event].year)
                && self.free(*event) > 0
                && self
                    .on(*event)
                    .any(|(_, it)| waits(it) && it.price <= self.funds(it.school, self.events[*event].year))
        };
        let mut events: Vec<usize> = (0..self.events.len()).filter(could).collect();
        events.sort_by_key(|event| (self.events[*event].starts(), *event));
        events
    }
}

/// As it is sent.
pub fn amount(hundredths: Hundredths) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
