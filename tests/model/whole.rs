//! What is done with whole events, and all that does not go to the desk.

use std::collections::BTreeMap;

use crate::command::Command;
use crate::seats::Done;
use crate::state::{
    Codes, Hundredths, Mark, Model, Place, Provider, Purse, School, Stage, State, Ticket, Told, Wallet, day, end_of,
    midnight, no, unless, when,
};

impl Model {
    /// Does it, or says why not; what is refused changes nothing.
    pub fn perform(&mut self, command: &Command) -> Told<Done> {
        let before = self.clone();
        let told = self.attempt(command.clone());
        let moves_lines =
            matches!(command, Command::Year(_) | Command::Deal(_) | Command::CallOff { .. } | Command::Complete { .. });
        let rose = |(purse, credits): (&Purse, &Hundredths)| {
            matches!(purse, Purse::Wallet(_)) && *credits > before.purses.get(purse).copied().unwrap_or_default()
        };
        if told.is_ok() && moves_lines && self.purses.iter().any(rose) {
            for event in self.fillable() {
                self.move_up(event);
            }
        }
        if told.is_err() {
            *self = before;
        }
        told
    }

    fn attempt(&mut self, command: Command) -> Told<Done> {
        match command {
            Command::Book { by, event, delegate, allow_clash, ticket } => {
                self.book(by, event, delegate, allow_clash, ticket)
            }
            Command::Group { by, event, delegates, unnamed, best_effort, allow_clash } => {
                self.group(by, event, &delegates, unnamed, best_effort, allow_clash)
            }
            Command::Approve { by, place } => self.approve(by, place),
            Command::Decline { by, place } => self.decline(by, place),
            Command::Cancel { by, place, quote } => self.cancel(by, place, quote.as_deref()),
            Command::Waive { by, place, amount } => self.waive(by, place, amount),
            Command::Name { by, place, delegate, allow_clash } => self.name(by, place, delegate, allow_clash),
            Command::Substitute { by, place, delegate, allow_clash } => {
                self.substitute(by, place, delegate, allow_clash)
            }
            Command::Transfer { by, place, event, allow_clash } => self.transfer(by, place, event, allow_clash),
            Command::AcceptOffer { by, place } => self.accept_offer(by, place),
            Command::DeclineOffer { by, place } => self.decline_offer(by, place),
            Command::Quote { by, place } => self.quote(by, place),
            Command::Capacity { by, event, to } => self.capacity(by, event, to),
            Command::Price { event, to } => self.reprice(event, to),
            Command::Reschedule { event, session } => self.reschedule(event, session),
            Command::CallOff { by, event } => self.call_off(by, event),
            Command::Mark { event, session, marks } => self.mark(event, session, marks),
            Command::Complete { by, event, unmarked } => self.complete(by, event, unmarked),
            Command::Rules { school, own_approval, second_person, limit } => {
                self.schools[school] = School { own_approval, second_person, limit, ..self.schools[school].clone() };
                Ok(Done::default())
            }
            Command::Issue { person, kind, valid_until } => {
                if valid_until.is_some_and(|last| last < self.today()) {
                    return no("invalid_request");
                }
                self.tickets.push(Ticket { person, kind, valid_until, place: None, revoked: false });
                Ok(Done::default())
            }
            Command::Revoke { ticket } => {
                let ticket = &mut self.tickets[ticket];
                if ticket.place.is_some() || ticket.revoked {
                    return no("invalid_transition");
                }
                ticket.revoked = true;
                Ok(Done::default())
            }
            Command::Year(act) => self.act(act),
            Command::Deal(dealing) => self.deal(dealing),
            Command::Settle(settling) => self.settle_up(settling),
            Command::Pass { to } => {
                self.now = to;
                Ok(Done::default())
            }
            Command::Round => {
                self.round();
                Ok(Done::default())
            }
        }
    }

    fn capacity(&mut self, by: usize, event: usize, to: i64) -> Told<Done> {
        self.manages(by)?;
        let (over, mut codes) = (matches!(self.events[event].stage, Stage::Completed | Stage::Cancelled), Codes::new());
        when(&mut codes, over, "invalid_transition");
        when(&mut codes, to < 1, "invalid_request");
        when(&mut codes, to < self.holding(event), "capacity_below_held");
        unless(codes)?;
        let before = std::mem::replace(&mut self.events[event].capacity, to);
        if to > before {
            self.move_up(event);
        }
        Ok(Done::default())
    }

    fn reprice(&mut self, event: usize, to: Hundredths) -> Told<Done> {
        if matches!(self.events[event].stage, Stage::Completed | Stage::Cancelled) {
            return no("invalid_transition");
        }
        self.events[event].price = to;
        Ok(Done::default())
    }

    /// Whether the session can be moved: it has not begun, and its register has no marks.
    pub fn may_move(&self, event: usize, session: usize) -> bool {
        let it = &self.events[event];
        self.now < it.sessions[session].0 && !it.marks.keys().any(|(_, marked)| *marked == session)
    }

    fn reschedule(&mut self, event: usize, session: usize) -> Told<Done> {
        self.events[event].moves.push((session, self.now));
        Ok(Done::default())
    }

    /// Everyone's place is given up and everything comes back, what was kept before too.
    fn call_off(&mut self, by: usize, event: usize) -> Told<Done> {
        self.manages(by)?;
        if self.events[event].stage != Stage::Published {
            return no("invalid_transition");
        }
        self.events[event].stage = Stage::Cancelled;
        let places: Vec<Place> = self.on(event).map(|(place, _)| *place).collect();
        let mut refund = 0;
        for place in places {
            let booking = &self.bookings[&place];
            let (held, ticket) = (booking.held(), booking.ticket);
            refund += held;
            if booking.is_live() {
                self.leave(place, State::Cancelled, held);
            } else if held > 0 {
                self.give(place, held);
                self.return_ticket(ticket, place);
            }
        }
        Ok(Done { refund: Some(refund), ..Done::default() })
    }

    /// Who is to be paid for an event, or was: where its year is closed, in the next that is open.
    pub fn payee(&self, event: usize) -> Purse {
        let Self { events, providers, .. } = self;
        let open = |year| self.open_from(year).unwrap_or(year);
        let year = open(events[event].year);
        match (events[event].paid_to, providers[events[event].programme]) {
            (Some(Purse::Income(year)), _) => Purse::Income(open(year)),
            (Some(Purse::Wallet(paid)), _) => Purse::Wallet(Wallet { year: open(paid.year), ..paid }),
            (Some(paid), _) => paid,
            (None, Provider::Hub) => Purse::Income(year),
            (None, Provider::School(school)) => Purse::Wallet(Wallet { school, year, earned: true }),
            (None, Provider::Partner) => Purse::Payable,
        }
    }

    fn mark(&mut self, event: usize, session: usize, marks: Vec<(Place, Mark)>) -> Told<Done> {
        let it = &self.events[event];
        if !matches!(it.stage, Stage::Published | Stage::Completed) {
            return no("invalid_transition");
        }
        if self.now < midnight(day(it.sessions[session].0)) {
            return no("register_not_open");
        }
        let known =
            |place: &Place| matches!(self.bookings[place].state, State::Confirmed | State::Attended | State::NoShow);
        if marks.iter().any(|(place, _)| !known(place)) {
            return no("invalid_request");
        }
        for (place, mark) in marks {
            self.events[event].marks.insert((place, session), mark);
        }
        if self.events[event].stage == Stage::Completed {
            self.settle(event);
        }
        Ok(Done::default())
    }

    /// Whoever was there for half of the sessions at least attended; a session that they were excused from is left out,
    /// and one that they were at for a part is half a session.
    fn settle(&mut self, event: usize) {
        let mut counts: BTreeMap<Place, (i64, i64)> = BTreeMap::new();
        for ((place, _), mark) in &self.events[event].marks {
            let (halves, of) = counts.entry(*place).or_default();
            let (more, counted) = match mark {
                Mark::Present | Mark::Late => (2, 1),
                Mark::Partial => (1, 1),
                Mark::Absent => (0, 1),
                Mark::Excused => (0, 0),
            };
            (*halves, *of) = (*halves + more, *of + counted);
        }
        for (place, booking) in self.bookings.iter_mut().filter(|(place, _)| place.event == event) {
            if matches!(booking.state, State::Confirmed | State::Attended | State::NoShow) {
                let (halves, of) = counts.get(place).copied().unwrap_or_default();
                booking.state = if of > 0 && halves >= of { State::Attended } else { State::NoShow };
            }
        }
    }

    fn complete(&mut self, by: usize, event: usize, unmarked: Option<Mark>) -> Told<Done> {
        self.manages(by)?;
        let it = &self.events[event];
        if it.stage != Stage::Published {
            return no("invalid_transition");
        }
        if self.now < it.ends() {
            return no("event_not_over");
        }
        let confirmed = self.on(event).filter(|(_, it)| it.state == State::Confirmed);
        let (named, unnamed): (Vec<_>, Vec<_>) = confirmed
            .map(|(place, it)| (*place, it.names_by))
            .partition(|(place, _)| self.bookings[place].person.is_some());
        for (place, _) in named {
            for session in 0..self.events[event].sessions.len() {
                match (self.events[event].marks.contains_key(&(place, session)), unmarked) {
                    (true, _) => {}
                    (false, Some(mark)) => drop(self.events[event].marks.insert((place, session), mark)),
                    (false, None) => return no("register_incomplete"),
                }
            }
        }
        // A place that nobody was named for was nobody's.
        for (place, names_by) in unnamed {
            let (back, _) = self.terms(place, end_of(names_by.unwrap()).min(self.now));
            self.leave(place, State::Cancelled, back);
        }
        self.events[event].stage = Stage::Completed;
        let undecided = self.on(event).filter(|(_, it)| matches!(it.state, State::Requested | State::Waitlisted));
        let undecided: Vec<Place> = undecided.map(|(place, _)| *place).collect();
        for place in undecided {
            let held = self.bookings[&place].held();
            self.leave(place, State::Expired, held);
        }
        self.settle(event);
        let (payee, escrow) = (self.payee(event), Purse::Escrow(event));
        let held = self.purses.get(&escrow).copied().unwrap_or_default();
        self.shift(escrow, payee, held);
        self.events[event].paid_to = (held > 0).then_some(payee);
        Ok(Done::default())
    }
}
