//! A place is asked for.

use std::collections::BTreeSet;

use chrono::Days;

use crate::command::Unnamed;
use crate::state::{
    Booking, Codes, Hundredths, Instant, Model, Place, Purse, Role, Stage, State, Told, day, end_of, is_worked, no,
    unless, when,
};

/// How far somebody's rights reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Hub,
    School(usize),
    Own,
}

/// What came of a command that was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The state of the booking afterwards.
    pub state: Option<State>,
    /// What went back.
    pub refund: Option<Hundredths>,
    /// What came of each of a group.
    pub each: Vec<Told<State>>,
    /// What is told of a cancellation.
    pub quote: Option<String>,
}

/// A place to be taken.
pub struct Seat {
    pub event: usize,
    pub person: Option<usize>,
    pub school: usize,
    pub names_by: Option<chrono::NaiveDate>,
    pub ticket: Option<usize>,
    /// It goes to the line of a full event.
    pub waits: bool,
}

impl Model {
    /// How far the rights of a person reach; what leads alone may do is refused to teachers who are no deputies today.
    pub fn reach(&self, by: usize, as_lead: bool) -> Told<Reach> {
        let person = &self.people[by];
        let is_deputy = person.deputy.is_some_and(|(from, to)| from <= self.today() && self.today() <= to);
        match (person.role, person.school) {
            (Role::HubManager, _) => Ok(Reach::Hub),
            (Role::SchoolLead, Some(school)) => Ok(Reach::School(school)),
            (Role::Teacher, Some(school)) if as_lead && is_deputy => Ok(Reach::School(school)),
            (Role::Teacher, Some(_)) if !as_lead => Ok(Reach::Own),
            _ => no("forbidden"),
        }
    }

    /// The booking, where their rights reach it.
    pub fn booking(&self, by: usize, as_lead: bool, place: Place) -> Told<&Booking> {
        let booking = &self.bookings[&place];
        let reaches = match self.reach(by, as_lead)? {
            Reach::Hub => true,
            Reach::School(school) => school == booking.school,
            Reach::Own => booking.person == Some(by),
        };
        if reaches { Ok(booking) } else { no("not_found") }
    }

    /// Why the event takes no bookings now.
    pub fn shut(&self, event: usize, school: usize, reach: Reach) -> Codes {
        let (event, mut codes) = (&self.events[event], Codes::new());
        match event.stage {
            Stage::Published => {}
            Stage::Draft if reach != Reach::Hub => when(&mut codes, true, "invalid_request"),
            Stage::Draft | Stage::Completed | Stage::Cancelled => when(&mut codes, true, "event_not_open"),
        }
        when(&mut codes, self.is_closed(event.year), "year_closed");
        when(&mut codes, self.now >= event.starts(), "event_started");
        let opens = if self.schools[school].full { event.opens_full.or(event.opens) } else { event.opens };
        when(&mut codes, opens.is_some_and(|opens| self.now < opens), "event_not_open");
        when(&mut codes, event.closes.is_some_and(|closes| self.now >= closes), "event_not_open");
        codes
    }

    /// Why the person can't have a place there, wherever else they are, but for the event that they leave.
    pub fn taken(&self, event: usize, person: usize, allow_clash: bool, leaves: Option<usize>) -> Codes {
        let (asked, mut codes) = (&self.events[event], Codes::new());
        let theirs = |place: &Place| {
            let booking = &self.bookings[place];
            booking.is_live() && booking.person == Some(person)
        };
        let on: Vec<usize> = self.bookings.keys().filter(|place| theirs(place)).map(|place| place.event).collect();
        when(&mut codes, on.contains(&event), "already_booked");
        let who = &self.people[person];
        let secondary = who.school.is_some_and(|school| self.schools[school].secondary);
        let for_them = (!asked.teachers_only || who.role == Role::Teacher) && (!asked.secondary_only || secondary);
        when(&mut codes, !for_them, "not_in_audience");
        let elsewhere = on.iter().filter(|other| **other != event && Some(**other) != leaves);
        let clash = elsewhere.into_iter().any(|other| self.events[*other].meets_while(asked));
        when(&mut codes, clash && !allow_clash, "clash");
        codes
    }

    /// Why somebody can't ask for a place for the delegate.
    fn barred(&self, by: usize, reach: Reach, event: usize, delegate: usize, allow_clash: bool) -> Codes {
        let Some(school) = self.people[delegate].school else { return Codes::from(["invalid_request"]) };
        let within = match reach {
            Reach::Hub => true,
            Reach::School(own) => own == school,
            Reach::Own => by == delegate,
        };
        let mut codes = self.shut(event, school, reach);
        codes.extend(self.taken(event, delegate, allow_clash, None));
        when(&mut codes, !within, "invalid_request");
        codes
    }

    pub fn book(
        &mut self,
        by: usize,
        event: usize,
        delegate: usize,
        allow_clash: bool,
        ticket: Option<usize>,
    ) -> Told<Done> {
        // For others a deputy books as a lead does, and for themselves where the school lets deputies decide that.
        let rules = self.people[by].school.map(|school| &self.schools[school]);
        let lets_decide_own = rules.is_some_and(|rules| rules.own_approval && !rules.second_person);
        let as_deputy = if by == delegate && !lets_decide_own { no("forbidden") } else { self.reach(by, true) };
        let reach = as_deputy.or_else(|_: Codes| self.reach(by, false))?;
        unless(self.barred(by, reach, event, delegate, allow_clash))?;
        let school = self.people[delegate].school.unwrap();
        let place =
            self.take(by, reach, Seat { event, person: Some(delegate), school, names_by: None, ticket, waits: true })?;
        Ok(Done { state: Some(self.bookings[&place].state), ..Done::default() })
    }

    pub fn group(
        &mut self,
        by: usize,
        event: usize,
        delegates: &[usize],
        unnamed: Option<Unnamed>,
        best_effort: bool,
        allow_clash: bool,
    ) -> Told<Done> {
        let reach = self.reach(by, true)?;
        let mut codes = Codes::new();
        if let Some(Unnamed { school, names_by, .. }) = unnamed {
            codes.extend(self.shut(event, school, reach));
            when(&mut codes, reach != Reach::Hub && reach != Reach::School(school), "invalid_request");
            let (asked, known) = (&self.events[event], &self.schools[school]);
            when(&mut codes, asked.secondary_only && !known.secondary, "not_in_audience");
            when(&mut codes, names_by < self.today() || names_by > day(asked.starts()), "invalid_request");
        }
        let reserved = codes.is_empty();
        let places = unnamed.map_or(0, |unnamed| unnamed.places);
        let mut each = Vec::new();
        for at in 0..delegates.len() + places {
            if at >= delegates.len() && !reserved {
                break;
            }
            let (person, bars) = match delegates.get(at) {
                Some(delegate) => (Some(*delegate), self.barred(by, reach, event, *delegate, allow_clash)),
                None => (None, Codes::new()),
            };
            let school = person.map_or_else(|| unnamed.map(|it| it.school), |person| self.people[person].school);
            let names_by = unnamed.filter(|_| person.is_none()).map(|unnamed| unnamed.names_by);
            let taken = unless(bars).and_then(|()| {
                let school = school.unwrap();
                self.take(by, reach, Seat { event, person, school, names_by, ticket: None, waits: best_effort })
            });
            match taken {
                Ok(place) => each.push(Ok(self.bookings[&place].state)),
                Err(why) if best_effort && !(self.is_hidden(event, reach)) => each.push(Err(why)),
                Err(why) => {
                    codes.extend(why);
                    break;
                }
            }
        }
        unless(codes)?;
        Ok(Done { each, ..Done::default() })
    }

    /// A draft is nothing that those outside the hub know of.
    fn is_hidden(&self, event: usize, reach: Reach) -> bool {
        self.events[event].stage == Stage::Draft && reach != Reach::Hub
    }

    /// Takes the place, or one in the line, after everyone who waits for one and can pay.
    pub fn take(&mut self, by: usize, reach: Reach, seat: Seat) -> Told<Place> {
        let Seat { event, person, school, names_by, ticket, waits } = seat;
        let (price, mut codes) = (self.price(event, school), Codes::new());
        let mut ahead = self.clone();
        let spoken_for = ahead.move_up(event).get(&school).copied().unwrap_or_default();
        let free = ahead.free(event) > 0;
        let has = self.on(event).filter(|(_, other)| other.is_live() && other.school == school).count();
        when(&mut codes, self.events[event].max_per_school.is_some_and(|most| has >= most), "school_limit");
        when(&mut codes, !free && !waits, "event_full");
        if let Some(ticket) = ticket {
            codes.extend(self.unusable(ticket, event, person, price));
        } else {
            when(
                &mut codes,
                free && ahead.funds(school, self.events[event].year) - spoken_for < price,
                "insufficient_credits",
            );
        }
        unless(codes)?;

        *self = ahead;
        let within_limit = |limit: Hundredths| {
            let year = self.events[event].year;
            ticket.is_none() && person.is_some_and(|person| self.spent(person, year) + price <= limit)
        };
        let by_right = match reach {
            Reach::Hub => true,
            Reach::School(_) => person != Some(by) || self.decides_own(by, school),
            Reach::Own => false,
        };
        let kind = ticket.map(|ticket| &self.kinds[self.tickets[ticket].kind]);
        let approved = by_right
            || (self.schools[school].limit.is_some_and(within_limit)
                && !(self.schools[school].second_person && matches!(reach, Reach::School(_))))
            || kind.is_some_and(|kind| !kind.needs_approval);
        let state = match (free, approved) {
            (false, _) => State::Waitlisted,
            (true, true) => State::Confirmed,
            (true, false) => State::Requested,
        };
        let booking = Booking {
            number: self.bookings.len(),
            person,
            school,
            ticket,
            state,
            price,
            paid: Vec::new(),
            drew: BTreeSet::new(),
            policy: kind.map_or_else(|| self.events[event].policy.clone(), |kind| kind.returns.clone()),
            most: None,
            agreed: self.events[event].moves.len(),
            asked_by: by,
            approved,
            passed_over: false,
            names_by,
            offered_until: None,
            approve_by: (state == State::Requested).then(|| self.approve_by(event)),
            moved_to: None,
        };
        self.events[event].line += 1;
        let place = Place { event, line: self.events[event].line };
        self.bookings.insert(place, booking);
        if let Some(ticket) = ticket {
            self.tickets[ticket].place = Some(place);
        }
        if free {
            self.pay(place);
        }
        Ok(place)
    }

    /// Whether they decide alone on a place of their own: a lead does, and a deputy where the school lets people; nobody
    /// does where it asks for a second person.
    pub fn decides_own(&self, by: usize, school: usize) -> bool {
        let rules = &self.schools[school];
        match self.people[by].role {
            Role::SchoolLead => !rules.second_person,
            Role::Teacher => !rules.second_person && rules.own_approval,
            _ => rules.own_approval,
        }
    }

    fn unusable(&self, ticket: usize, event: usize, person: Option<usize>, price: Hundredths) -> Codes {
        let (ticket, mut codes) = (&self.tickets[ticket], Codes::new());
        let over = ticket.valid_until.is_some_and(|last| last < self.today());
        when(&mut codes, price == 0, "ticket_not_needed");
        when(&mut codes, Some(ticket.person) != person, "invalid_request");
        when(&mut codes, ticket.place.is_some() || ticket.revoked || over, "ticket_not_usable");
        let covered = self.kinds[ticket.kind].covers.contains(&self.events[event].programme);
        when(&mut codes, !covered, "ticket_does_not_cover");
        codes
    }

    /// The end of the last working day that a school has to decide, and no later than the event begins.
    pub fn approve_by(&self, event: usize) -> Instant {
        let (mut last, mut left) = (self.today(), self.approval_days);
        while left > 0 {
            last = last + Days::new(1);
            left -= u64::from(is_worked(last));
        }
        end_of(last).min(self.events[event].starts())
    }

    /// Draws what the place costs: from the school's wallets of the event's year in their order, or from the hub where there is a ticket.
    pub fn pay(&mut self, place: Place) {
        let booking = &self.bookings[&place];
        let (mut left, school) = (booking.price, booking.school);
        let mut paid = Vec::new();
        if booking.ticket.is_some() {
            paid.push((Purse::Subsidy(self.events[place.event].year), left));
        } else {
            for (wallet, balance) in self.wallets(school, self.events[place.event].year) {
                let amount = balance.min(left);
                if amount > 0 {
                    paid.push((Purse::Wallet(wallet), amount));
                    left -= amount;
                }
            }
            assert_eq!(left, 0, "the model lets nobody book who can't pay");
        }
        for (purse, amount) in &paid {
            self.shift(*purse, Purse::Escrow(place.event), *amount);
        }
        let booking = self.bookings.get_mut(&place).unwrap();
        booking.drew.extend(paid.iter().filter_map(|(purse, _)| match purse {
            Purse::Wallet(wallet) => Some(*wallet),
            _ => None,
        }));
        booking.paid = paid;
    }
}
