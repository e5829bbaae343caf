//! What is done next about support, and about what the partner is paid: mostly what takes a deal on, by whom it is for,
//! of amounts near what there is.

use chrono::{Days, NaiveDate};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use crate::command::Command;
use crate::deals::{Card, Deal, DealState, Dealing, NewQuote, PartState, Price, QuoteState, Side, Term};
use crate::plan::{COLLEAGUE, MANAGER, PARTNER, SECOND};
use crate::settling::Settling;
use crate::state::{Hundredths, Instant, Model, Purse, end_of, midnight};

/// How many deals are under way at once, about.
const UNDER_WAY: usize = 4;

impl Model {
    /// Something about support or settlements.
    pub fn next_dealing(&self, choose: &mut ChaCha8Rng) -> Command {
        let owed = self.earned.iter().any(|line| line.on.is_none() && line.credits > 0);
        let unpaid = (0..self.statements.len()).any(|it| !matches!(self.standing(it), "paid" | "cancelled"));
        if choose.random_bool(if unpaid {
            0.25
        } else if owed {
            0.15
        } else {
            0.02
        }) {
            return Command::Settle(self.next_settling(choose));
        }
        // The buyer says nothing.
        let waits = |deal: &Deal| deal.parts.iter().any(|part| part.state == PartState::Delivered);
        if self.deals.iter().any(waits) && choose.random_bool(0.15) {
            return self.pass(choose);
        }
        Command::Deal(match choose.random_range(0..100) {
            0..3 => self.some_card(choose),
            3..6 => {
                let limits = [None, Some(0), Some(1_000), Some(1_001), Some(20_000)];
                let school = choose.random_range(0..self.schools.len());
                Dealing::Limit { school, to: *limits.choose(choose).unwrap() }
            }
            _ => self.taken_on(choose),
        })
    }

    fn some_card(&self, choose: &mut ChaCha8Rng) -> Dealing {
        let cards = [(5_000, 35_000), (1_500, 10_000), (700, 10_000), (1, 2), (1, 3), (0, 100), (9_999, 10_000)];
        let (share, of) = *cards.choose(choose).unwrap();
        let by = if choose.random_bool(0.9) { MANAGER } else { self.anybody(choose) };
        Dealing::Card { by, card: Card { share, of, buyer_bears: choose.random_bool(0.4) } }
    }

    fn anybody(&self, choose: &mut ChaCha8Rng) -> usize {
        choose.random_range(0..self.people.len())
    }

    /// A lead of the school.
    fn lead(&self, choose: &mut ChaCha8Rng, school: usize) -> usize {
        let first = (1..SECOND).find(|it| self.people[*it].school == Some(school)).unwrap();
        if choose.random_bool(0.6) { first } else { COLLEAGUE + school }
    }

    /// Somebody of a side.
    fn of(&self, choose: &mut ChaCha8Rng, side: Option<Side>) -> usize {
        match side {
            _ if choose.random_bool(0.04) => self.anybody(choose),
            None => MANAGER,
            Some(Side::School(school)) => self.lead(choose, school),
            Some(Side::Partner) => PARTNER,
        }
    }

    fn some_side(&self, choose: &mut ChaCha8Rng) -> Side {
        let school = choose.random_range(0..self.schools.len());
        if choose.random_bool(0.4) { Side::Partner } else { Side::School(school) }
    }

    /// A deal goes a step further, or a new one is asked for.
    fn taken_on(&self, choose: &mut ChaCha8Rng) -> Dealing {
        let pending = |deal: &Deal| deal.is_sought() || deal.parts.iter().any(|part| part.is_pending());
        let live: Vec<usize> = (0..self.deals.len()).filter(|deal| pending(&self.deals[*deal])).collect();
        let all: Vec<usize> = (0..self.deals.len()).collect();
        let deal = if choose.random_bool(0.95) { live.choose(choose) } else { all.choose(choose) };
        let Some(deal) = deal.copied().filter(|_| live.len() >= UNDER_WAY || choose.random_bool(0.75)) else {
            let buyer = choose.random_range(0..self.schools.len());
            let side = self.some_side(choose);
            let by = self.of(choose, Some(Side::School(buyer)));
            let answer_by = choose.random_bool(0.4).then(|| self.some_day(choose, 12));
            return Dealing::Ask { by, of: choose.random_bool(0.7).then_some(side), answer_by };
        };
        let it = &self.deals[deal];
        let (buyer, provider) = (Some(Side::School(it.buyer)), it.provider);
        let offered: Vec<usize> =
            (0..it.quotes.len()).filter(|quote| it.quotes[*quote].state == QuoteState::Offered).collect();
        let any_quote = (!it.quotes.is_empty()).then(|| choose.random_range(0..it.quotes.len()));
        let quote = if choose.random_bool(0.95) { offered.choose(choose).copied() } else { any_quote };
        match it.state {
            DealState::Agreed if choose.random_bool(0.12) => return self.some_quote(choose, deal),
            DealState::Agreed if choose.random_bool(0.04) => {
                let side = *[buyer, buyer, provider, None].choose(choose).unwrap();
                return Dealing::Cancel { by: self.of(choose, side), deal };
            }
            _ if choose.random_bool(0.03) && !it.funds.is_empty() => {
                return Dealing::Reverse { by: self.of(choose, None), deal };
            }
            _ => {}
        }
        if let Some(quote) = quote
            && choose.random_bool(if it.state == DealState::Agreed { 0.4 } else { 0.85 })
        {
            return self.answered(choose, deal, quote);
        }
        match it.state {
            DealState::Requested | DealState::Quoted if choose.random_bool(0.06) => {
                let side = *[provider, buyer, None].choose(choose).unwrap();
                let by = self.of(choose, side);
                if choose.random_bool(0.5) {
                    Dealing::Decline { by, deal, quote: None }
                } else {
                    Dealing::Withdraw { by, deal, quote: None }
                }
            }
            DealState::Requested | DealState::Quoted => self.some_quote(choose, deal),
            _ => self.worked_on(choose, deal),
        }
    }

    /// Who must agree does, or a side does not want it.
    fn answered(&self, choose: &mut ChaCha8Rng, deal: usize, quote: usize) -> Dealing {
        let (it, of) = (&self.deals[deal], &self.deals[deal].quotes[quote]);
        let missing = if of.provided.is_none() { Some(of.provider) } else { Some(Side::School(it.buyer)) };
        let side = if choose.random_bool(0.85) { missing } else { *[it.provider, None].choose(choose).unwrap() };
        // The second person is not the first.
        let by =
            match of.buyer {
                Some(first) if missing == Some(Side::School(it.buyer)) && choose.random_bool(0.8) => {
                    if first >= COLLEAGUE { self.lead(choose, it.buyer) } else { COLLEAGUE + it.buyer }
                }
                _ => self.of(choose, side),
            };
        match choose.random_range(0..20) {
            0 => Dealing::Decline { by, deal, quote: Some(quote) },
            1 => Dealing::Withdraw { by, deal, quote: Some(quote) },
            _ => Dealing::Agree { by, deal, quote },
        }
    }

    fn some_quote(&self, choose: &mut ChaCha8Rng, deal: usize) -> Dealing {
        let it = &self.deals[deal];
        let side = it.provider.unwrap_or_else(|| self.some_side(choose));
        let (by, of) = match choose.random_range(0..10) {
            0..2 => (MANAGER, it.provider.is_none().then_some(side)),
            2 => (MANAGER, choose.random_bool(0.8).then_some(side)),
            3 if it.state == DealState::Agreed => (self.of(choose, Some(Side::School(it.buyer))), None),
            _ => (self.of(choose, Some(side)), None),
        };
        let count = if choose.random_bool(0.02) { 0 } else { choose.random_range(1..=3) };
        let funds = self.funds(it.buyer, self.year(None));
        let fixed = |choose: &mut ChaCha8Rng| {
            let near = [funds, funds + 1, funds / count.max(1) as i64, funds / 3, 3_333, 333, 100, 2, 1, 1];
            (*near.choose(choose).unwrap()).clamp(1, 1_000_000)
        };
        let term = |choose: &mut ChaCha8Rng| {
            let rates = [(35_000, 17_500), (350, 200), (101, 51), (100, 50), (1, 1), (3, 2)];
            let (day, half_day) = *rates.choose(choose).unwrap();
            let days = choose.random_bool(0.4);
            let halves = choose.random_range(1..9);
            let price = if days { Price::Days { halves, day, half_day } } else { Price::Fixed(fixed(choose)) };
            Term { due_on: self.some_day(choose, 25), price }
        };
        let terms = (0..count).map(|_| term(choose)).collect();
        let (notice, kept) = (*[0, 0, 2, 5, 10].choose(choose).unwrap(), *[0, 33, 50, 100].choose(choose).unwrap());
        let new = NewQuote { terms, valid_until: self.some_day(choose, 10), notice, kept };
        Dealing::Quote { by, deal, of, new }
    }

    /// Today or a day soon; seldom yesterday.
    fn some_day(&self, choose: &mut ChaCha8Rng, days: u64) -> NaiveDate {
        let today = self.today();
        if choose.random_bool(0.01) { today - Days::new(1) } else { today + Days::new(choose.random_range(0..days)) }
    }

    /// A part is delivered, or answered.
    fn worked_on(&self, choose: &mut ChaCha8Rng, deal: usize) -> Dealing {
        let it = &self.deals[deal];
        let (buyer, provider) = (Some(Side::School(it.buyer)), it.provider);
        let pending: Vec<usize> = (0..it.parts.len()).filter(|part| it.parts[*part].is_pending()).collect();
        let any = choose.random_range(0..it.parts.len() + 1);
        let part = pending.choose(choose).copied().filter(|_| choose.random_bool(0.95)).unwrap_or(any);
        let of = it.parts.get(part).or(it.parts.first());
        let price = of.map_or(Price::Fixed(1), |of| of.term.price);
        let state = it.parts.get(part).map_or(PartState::Open, |part| part.state);
        let (terms, price) = (price, price.all());
        let one_of_two = if choose.random_bool(0.5) { buyer } else { provider };
        match (state, choose.random_range(0..20)) {
            (PartState::Open, 0..2) | (PartState::Delivered, 0..3) => {
                Dealing::Dispute { by: self.of(choose, one_of_two), deal, part }
            }
            (PartState::Open, 2) => Dealing::Accept { by: self.of(choose, buyer), deal, part },
            (PartState::Open, _) => {
                let (mut halves, mut credits) = (None, None);
                if choose.random_bool(0.5) {
                    let edges = [price, price + 1, price - 1, price / 2, 1];
                    match terms {
                        Price::Days { halves: most, .. } => halves = Some(choose.random_range(0..=most + 1)),
                        Price::Fixed(_) => credits = Some((*edges.choose(choose).unwrap()).max(1)),
                    }
                }
                Dealing::Deliver { by: self.of(choose, provider), deal, part, halves, credits }
            }
            (PartState::Delivered, 3..5) => Dealing::NotYet { by: self.of(choose, buyer), deal, part },
            (PartState::Delivered, 5..19) => Dealing::Accept { by: self.of(choose, buyer), deal, part },
            (PartState::Delivered, _) => Dealing::Case { by: self.of(choose, one_of_two), deal, part },
            (_, 0..5) => Dealing::Case { by: self.of(choose, one_of_two), deal, part },
            (_, 5..13) => {
                let said = of.and_then(|of| of.dispute.as_ref()).map(|dispute| dispute.would).unwrap_or_default();
                let near = [price, 0, price / 2, price / 3, price + 1, 1];
                let said = said.into_iter().flatten().next().filter(|_| choose.random_bool(0.6));
                let credits = said.unwrap_or(*near.choose(choose).unwrap());
                Dealing::WouldSettle { by: self.of(choose, one_of_two), deal, part, credits }
            }
            _ => {
                let provider = *[price, 0, price / 2, price / 3, 1].choose(choose).unwrap();
                let buyer = (price - provider + i64::from(choose.random_bool(0.1))).max(0);
                Dealing::Resolve { by: self.of(choose, None), deal, part, provider, buyer }
            }
        }
    }

    fn next_settling(&self, choose: &mut ChaCha8Rng) -> Settling {
        let by = match choose.random_range(0..20) {
            0 => self.anybody(choose),
            1..8 => SECOND,
            _ => MANAGER,
        };
        let today = self.today();
        let unpaid: Vec<usize> = (0..self.statements.len())
            .filter(|it| !matches!(self.standing(*it), "paid" | "cancelled") || choose.random_bool(0.05))
            .collect();
        match unpaid.choose(choose) {
            Some(statement) if choose.random_bool(0.8) => {
                let statement = *statement;
                if choose.random_bool(0.15) {
                    return Settling::Cancel { by, statement };
                }
                let of = &self.statements[statement];
                let left = of.credits - self.paid(statement).0;
                let owed = self.balance(Purse::Payable);
                let near: [Hundredths; 7] = [left, left - 1, left + 1, left / 2, 1, owed, owed + 1];
                let credits = choose.random_bool(0.6).then(|| (*near.choose(choose).unwrap()).max(1));
                let days = [today, of.up_to, of.up_to - Days::new(1), today + Days::new(1)];
                let paid_on = choose.random_bool(0.3).then(|| *days.choose(choose).unwrap());
                // Mostly a reference of its own.
                let reference = of.payments.len() + choose.random_range(0..12) / 2;
                Settling::Pay { by, statement, credits, paid_on, reference }
            }
            _ => {
                let days = [today, today, today, today - Days::new(1), today - Days::new(7), today + Days::new(1)];
                Settling::State { by, up_to: *days.choose(choose).unwrap() }
            }
        }
    }

    /// When something about support changes by itself.
    pub fn deal_edges(&self) -> Vec<Instant> {
        let mut edges = Vec::new();
        for deal in &self.deals {
            let offered = deal.quotes.iter().filter(|quote| quote.state == QuoteState::Offered);
            edges.extend(offered.map(|quote| end_of(quote.what.valid_until)));
            edges.extend((deal.state == DealState::Requested).then(|| end_of(deal.answer_by)));
            for part in &deal.parts {
                edges.extend(part.answer_until.filter(|_| part.state == PartState::Delivered));
                let dispute = part.dispute.as_ref().filter(|_| part.state == PartState::Disputed);
                edges.extend(dispute.map(|dispute| dispute.cases_until));
                let open = part.state == PartState::Open && deal.notice > 0;
                edges.extend(open.then(|| midnight(part.term.due_on)));
            }
        }
        edges
    }

    /// Whether what it is about was made, where steps before it were left out.
    pub fn knows_dealing(&self, dealing: &Dealing) -> bool {
        let has = |deal: &usize, quote: &Option<usize>| {
            self.deals.get(*deal).is_some_and(|deal| quote.is_none_or(|quote| quote < deal.quotes.len()))
        };
        match dealing {
            Dealing::Card { .. } | Dealing::Limit { .. } | Dealing::Ask { .. } => true,
            Dealing::Agree { deal, quote, .. } => has(deal, &Some(*quote)),
            Dealing::Decline { deal, quote, .. } | Dealing::Withdraw { deal, quote, .. } => has(deal, quote),
            Dealing::Reverse { deal, .. } => self.deals.get(*deal).is_some_and(|deal| !deal.funds.is_empty()),
            Dealing::Quote { deal, .. }
            | Dealing::Deliver { deal, .. }
            | Dealing::Accept { deal, .. }
            | Dealing::NotYet { deal, .. }
            | Dealing::Dispute { deal, .. }
            | Dealing::Case { deal, .. }
            | Dealing::WouldSettle { deal, .. }
            | Dealing::Resolve { deal, .. }
            | Dealing::Cancel { deal, .. } => has(deal, &None),
        }
    }

    /// Whether the statement was made.
    pub fn knows_settling(&self, settling: &Settling) -> bool {
        match settling {
            Settling::State { .. } => true,
            Settling::Pay { statement, .. } | Settling::Cancel { statement, .. } => *statement < self.statements.len(),
        }
    }
}
