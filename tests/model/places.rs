//! A place goes to somebody else, or somewhere else, or is taken when it is offered.

use crate::seats::{Done, Reach, Seat};
use crate::state::{Booking, Codes, Model, Place, State, Told, no, unless, when};

impl Model {
    /// The booking, where they may say who its place is for and its event has not begun.
    fn passed_on(&self, by: usize, place: Place) -> Told<&Booking> {
        let booking = self.booking(by, true, place)?;
        let started = self.now >= self.events[place.event].starts();
        if started && booking.is_live() { no("event_started") } else { Ok(booking) }
    }

    fn give_to(&mut self, by: usize, place: Place, delegate: usize, allow_clash: bool) -> Told<Done> {
        let school = self.bookings[&place].school;
        let mut codes = self.taken(place.event, delegate, allow_clash, None);
        when(&mut codes, self.people[delegate].school != Some(school), "invalid_request");
        let own = by == delegate && self.bookings[&place].approved;
        when(&mut codes, own && !self.decides_own(by, school), "own_request");
        unless(codes)?;
        let booking = self.bookings.get_mut(&place).unwrap();
        booking.person = Some(delegate);
        Ok(Done { state: Some(booking.state), ..Done::default() })
    }

    pub fn name(&mut self, by: usize, place: Place, delegate: usize, allow_clash: bool) -> Told<Done> {
        let booking = self.passed_on(by, place)?;
        let over = booking.names_by.is_some_and(|by| by < self.today());
        if booking.person.is_some() || !booking.is_live() || over {
            return no("invalid_transition");
        }
        self.give_to(by, place, delegate, allow_clash)
    }

    pub fn substitute(&mut self, by: usize, place: Place, delegate: usize, allow_clash: bool) -> Told<Done> {
        let booking = self.passed_on(by, place)?;
        let held = matches!(booking.state, State::Requested | State::Confirmed);
        if !held || booking.person.is_none() || booking.ticket.is_some() || self.is_overdue(booking) {
            return no("invalid_transition");
        }
        self.give_to(by, place, delegate, allow_clash)
    }

    pub fn transfer(&mut self, by: usize, place: Place, to: usize, allow_clash: bool) -> Told<Done> {
        let booking = self.booking(by, true, place)?.clone();
        let reach = self.reach(by, true)?;
        let mut codes = self.shut(to, booking.school, reach);
        when(&mut codes, booking.state != State::Confirmed || booking.ticket.is_some(), "invalid_transition");
        when(&mut codes, self.now >= self.events[place.event].starts(), "event_started");
        let another = self.events[to].programme != self.events[place.event].programme;
        when(&mut codes, to == place.event || another, "invalid_request");
        if let Some(person) = booking.person {
            codes.extend(self.taken(to, person, allow_clash, Some(place.event)));
        }
        let dearer = self.price(to, booking.school) > booking.price;
        let own = booking.person == Some(by) && dearer;
        when(&mut codes, own && !self.decides_own(by, booking.school), "own_request");
        unless(codes)?;

        let (held, price) = (booking.held(), self.price(to, booking.school));
        let (refund, _) = self.terms(place, self.now);
        let lost = held - refund;
        // What cancelling would not give back does not come back this way either.
        let back = held.min(price + refund);
        self.leave(place, State::Cancelled, back);
        let Booking { person, school, names_by, asked_by, approved, .. } = booking;
        let new = self.take(by, reach, Seat { event: to, person, school, names_by, ticket: None, waits: false })?;
        let moved = self.bookings.get_mut(&new).unwrap();
        (moved.state, moved.asked_by, moved.approved) = (State::Confirmed, asked_by, approved);
        moved.most = Some((price - lost).max(0));
        self.bookings.get_mut(&place).unwrap().moved_to = Some(new);
        self.move_up(place.event);
        Ok(Done { state: Some(State::Confirmed), ..Done::default() })
    }

    pub fn accept_offer(&mut self, by: usize, place: Place) -> Told<Done> {
        let booking = self.on_offer(by, place)?;
        let (approved, due) = (booking.approved, self.approve_by(place.event));
        let short =
            booking.ticket.is_none() && self.funds(booking.school, self.events[place.event].year) < booking.price;
        let mut codes = Codes::new();
        when(&mut codes, self.is_closed(self.events[place.event].year), "year_closed");
        when(&mut codes, short, "insufficient_credits");
        unless(codes)?;
        let booking = self.bookings.get_mut(&place).unwrap();
        booking.state = if approved { State::Confirmed } else { State::Requested };
        (booking.offered_until, booking.approve_by) = (None, Some(due));
        let state = booking.state;
        self.pay(place);
        Ok(Done { state: Some(state), ..Done::default() })
    }

    pub fn decline_offer(&mut self, by: usize, place: Place) -> Told<Done> {
        self.on_offer(by, place)?;
        self.end(place, State::Cancelled, 0);
        Ok(Done { state: Some(State::Cancelled), ..Done::default() })
    }

    fn on_offer(&self, by: usize, place: Place) -> Told<&Booking> {
        let booking = self.booking(by, false, place)?;
        if booking.offered_until.is_some_and(|until| until > self.now) { Ok(booking) } else { no("invalid_transition") }
    }

    /// Whether somebody may do what hub managers do.
    pub fn manages(&self, by: usize) -> Told<()> {
        match self.reach(by, false) {
            Ok(Reach::Hub) => Ok(()),
            _ => Err(Codes::from(["forbidden"])),
        }
    }
}
