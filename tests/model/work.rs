//! Support that was agreed: delivered, accepted, disputed, cancelled, and paid for to the hundredth.

use chrono::NaiveDate;

use crate::deals::{DealState, Dealing, Dispute, Part, PartState, Party, Price, QuoteState, Side, working_days_after};
use crate::seats::Done;
use crate::state::{Codes, Hundredths, Instant, Model, Purse, Told, Wallet, is_worked, no, unless, when};

/// After how many working days silence accepts, and a case is stated too late.
const SILENCE: usize = 10;

impl Model {
    pub fn work(&mut self, dealing: Dealing) -> Told<Done> {
        match dealing {
            Dealing::Deliver { by, deal, part, halves, credits } => self.deliver(by, deal, part, halves, credits)?,
            Dealing::Accept { by, deal, part } => {
                self.of_side(by, deal, Party::Buyer)?;
                self.accept_part(deal, part)?;
            }
            Dealing::NotYet { by, deal, part } => {
                self.of_side(by, deal, Party::Buyer)?;
                let it = self.stands(deal, part, &[PartState::Delivered])?;
                (it.state, it.claimed, it.answer_until) = (PartState::Open, None, None);
                self.deals[deal].lapse_variations();
            }
            Dealing::Dispute { by, deal, part } => {
                let side = self.of_sides(by, deal)?;
                let cases_until = working_days_after(self.today(), SILENCE);
                let it = self.stands(deal, part, &[PartState::Open, PartState::Delivered])?;
                (it.state, it.answer_until) = (PartState::Disputed, None);
                it.dispute = Some(Dispute { cases_until, cases: [side == 0, side == 1], would: [None; 2] });
                self.deals[deal].lapse_variations();
            }
            Dealing::Case { by, deal, part } => {
                let (side, now) = (self.of_sides(by, deal)?, self.now);
                let it = self.stands(deal, part, &[PartState::Disputed])?.dispute.as_mut().unwrap();
                if it.cases_until <= now {
                    return no("cases_closed");
                }
                it.cases[side] = true;
            }
            Dealing::WouldSettle { by, deal, part, credits } => {
                let side = self.of_sides(by, deal)?;
                let it = self.stands(deal, part, &[PartState::Disputed])?;
                if credits > it.term.price.all() {
                    return no("invalid_request");
                }
                let would = &mut it.dispute.as_mut().unwrap().would;
                would[side] = Some(credits);
                if would[0] == would[1] {
                    self.split(deal, part, credits)?;
                }
            }
            Dealing::Resolve { by, deal, part, provider, buyer } => {
                self.manages(by)?;
                let (now, mut codes) = (self.now, Codes::new());
                let it = self.stands(deal, part, &[PartState::Disputed])?;
                let dispute = it.dispute.as_ref().unwrap();
                let heard = dispute.cases == [true; 2] || now >= dispute.cases_until;
                when(&mut codes, !heard, "cases_open");
                when(&mut codes, provider + buyer != it.term.price.all(), "split_does_not_sum");
                unless(codes)?;
                self.split(deal, part, provider)?;
            }
            Dealing::Cancel { by, deal } => self.cancel_support(by, deal)?,
            Dealing::Reverse { by, .. } => {
                self.manages(by)?;
                return no("not_reversible");
            }
            other => panic!("{other:?} is not about what was agreed"),
        }
        Ok(Done::default())
    }

    fn of_side(&self, by: usize, deal: usize, side: Party) -> Told<()> {
        if self.party(by, deal)? == Some(side) { Ok(()) } else { no("forbidden") }
    }

    /// The buyer is 0, the provider 1.
    fn of_sides(&self, by: usize, deal: usize) -> Told<usize> {
        match self.party(by, deal)? {
            Some(Party::Buyer) => Ok(0),
            Some(Party::Provider) => Ok(1),
            _ => no("forbidden"),
        }
    }

    /// The part, where it stands so.
    fn stands(&mut self, deal: usize, part: usize, states: &[PartState]) -> Told<&mut Part> {
        match self.deals[deal].parts.get_mut(part) {
            None => no("not_found"),
            Some(part) if states.contains(&part.state) => Ok(part),
            Some(_) => no("invalid_transition"),
        }
    }

    fn deliver(
        &mut self,
        by: usize,
        deal: usize,
        part: usize,
        halves: Option<i64>,
        credits: Option<Hundredths>,
    ) -> Told<()> {
        self.of_side(by, deal, Party::Provider)?;
        let until = working_days_after(self.today(), SILENCE);
        let it = self.stands(deal, part, &[PartState::Open])?;
        let (price, mut codes) = (it.term.price, Codes::new());
        let claimed = match price {
            Price::Days { halves: most, .. } => {
                when(&mut codes, credits.is_some() || halves == Some(0), "invalid_request");
                when(&mut codes, halves.is_some_and(|halves| halves > most), "too_many_days");
                price.of(halves.unwrap_or(most))
            }
            Price::Fixed(most) => {
                when(&mut codes, halves.is_some() || credits.is_some_and(|credits| credits > most), "invalid_request");
                credits.unwrap_or(most)
            }
        };
        unless(codes)?;
        (it.state, it.claimed, it.answer_until) = (PartState::Delivered, Some(claimed), Some(until));
        self.deals[deal].lapse_variations();
        Ok(())
    }

    /// What was delivered is paid for, and the rest of the part comes back.
    fn accept_part(&mut self, deal: usize, part: usize) -> Told<()> {
        let it = self.stands(deal, part, &[PartState::Delivered])?;
        (it.state, it.settled) = (PartState::Accepted, it.claimed.unwrap());
        self.settle_part(deal, part)
    }

    fn split(&mut self, deal: usize, part: usize, provider: Hundredths) -> Told<()> {
        let it = &mut self.deals[deal].parts[part];
        (it.state, it.settled) = (PartState::Resolved, provider);
        self.settle_part(deal, part)
    }

    fn settle_part(&mut self, deal: usize, part: usize) -> Told<()> {
        let (price, settled) = (self.deals[deal].parts[part].term.price.all(), self.deals[deal].parts[part].settled);
        self.pay_provider(deal, settled)?;
        self.give_up(deal, self.deals[deal].committed - (price - settled));
        let it = &mut self.deals[deal];
        if it.state == DealState::Agreed && !it.parts.iter().any(|part| part.is_pending()) {
            it.state = DealState::Completed;
            it.offered().for_each(|quote| quote.state = QuoteState::Declined);
        }
        Ok(())
    }

    fn cancel_support(&mut self, by: usize, deal: usize) -> Told<()> {
        let Some(party) = self.party(by, deal)? else { return no("forbidden") };
        if self.deals[deal].state != DealState::Agreed {
            return no("invalid_transition");
        }
        let today = self.today();
        for part in 0..self.deals[deal].parts.len() {
            let it = &self.deals[deal];
            if it.parts[part].state != PartState::Open {
                continue;
            }
            let late = party == Party::Buyer && notice(today, it.parts[part].term.due_on) < it.notice;
            let price = it.parts[part].term.price.all();
            let kept = if late { price * it.kept / 100 } else { 0 };
            let it = &mut self.deals[deal].parts[part];
            (it.state, it.settled) = (PartState::Ended, kept);
            self.pay_provider(deal, kept)?;
        }
        let it = &mut self.deals[deal];
        it.state = DealState::Cancelled;
        it.offered().for_each(|quote| quote.state = QuoteState::Declined);
        let ended = it.parts.iter().filter(|part| part.state == PartState::Ended);
        let given_up: i64 = ended.map(|part| part.term.price.all() - part.settled).sum();
        self.give_up(deal, self.deals[deal].committed - given_up);
        Ok(())
    }

    /// More is committed: the buyer's wallets of today's year pay the difference, allocated before earned.
    pub fn commit(&mut self, deal: usize, committed: Hundredths) -> Told<()> {
        let (year, it) = (self.year(None), &self.deals[deal]);
        let (mut left, buyer) = (it.card.cost(committed) - it.card.cost(it.committed), it.buyer);
        self.deals[deal].committed = committed;
        if left == 0 {
            return Ok(());
        }
        let mut codes = Codes::new();
        when(&mut codes, self.is_closed(year), "year_closed");
        when(&mut codes, self.funds(buyer, year) < left, "insufficient_credits");
        unless(codes)?;
        let wallets: Vec<(Wallet, Hundredths)> = self.wallets(buyer, year).collect();
        for (wallet, balance) in wallets {
            let amount = balance.min(left);
            left -= amount;
            if amount > 0 {
                self.shift(Purse::Wallet(wallet), Purse::Held(deal), amount);
                let funds = &mut self.deals[deal].funds;
                match funds.iter_mut().find(|(fund, _)| *fund == wallet) {
                    Some((_, paid)) => *paid += amount,
                    None => funds.push((wallet, amount)),
                }
            }
        }
        Ok(())
    }

    /// Less is committed: the difference goes back, to the wallet that was drawn on last first.
    pub fn give_up(&mut self, deal: usize, committed: Hundredths) {
        let it = &mut self.deals[deal];
        let mut left = it.card.cost(it.committed) - it.card.cost(committed);
        it.committed = committed;
        let mut back = Vec::new();
        for (wallet, paid) in it.funds.iter_mut().rev() {
            let amount = left.min(*paid);
            (*paid, left) = (*paid - amount, left - amount);
            back.push((*wallet, amount));
        }
        assert_eq!(left, 0, "nothing comes back that was not paid");
        for (wallet, amount) in back {
            self.back_to(Purse::Held(deal), Purse::Wallet(wallet), amount);
        }
    }

    fn pay_provider(&mut self, deal: usize, more: Hundredths) -> Told<()> {
        let (year, it) = (self.year(None), &mut self.deals[deal]);
        let (hub, provider) = it.card.paid(it.settled, more);
        it.settled += more;
        if more == 0 {
            return Ok(());
        }
        let payee = match it.provider.unwrap() {
            Side::School(school) => Purse::Wallet(Wallet { school, year, earned: true }),
            Side::Partner => Purse::Payable,
        };
        if self.is_closed(year) {
            return no("year_closed");
        }
        self.shift(Purse::Held(deal), payee, provider);
        self.shift(Purse::Held(deal), Purse::Income(year), hub);
        Ok(())
    }

    /// What time brings about: quotes and requests run out, and silence accepts.
    pub fn deals_lapse(&mut self) {
        let (now, today) = (self.now, self.today());
        for deal in 0..self.deals.len() {
            for quote in 0..self.deals[deal].quotes.len() {
                let it = &self.deals[deal].quotes[quote];
                if it.state == QuoteState::Offered && it.what.valid_until < today {
                    self.end_quote(deal, quote, QuoteState::Expired);
                }
            }
            let it = &mut self.deals[deal];
            if it.state == DealState::Requested && it.answer_by < today {
                it.state = DealState::Expired;
            }
        }
        let mut silent: Vec<(Instant, usize, usize)> = Vec::new();
        for (deal, it) in self.deals.iter().enumerate() {
            let due =
                |part: &Part| part.answer_until.filter(|until| part.state == PartState::Delivered && *until <= now);
            silent.extend(it.parts.iter().enumerate().filter_map(|(part, it)| Some((due(it)?, deal, part))));
        }
        silent.sort();
        for (_, deal, part) in silent {
            if self.is_closed(self.year(None)) {
                return;
            }
            self.accept_part(deal, part).unwrap();
        }
    }

    /// Whether credits of the year's wallets are set aside for support: those that would come back first.
    pub fn has_deals(&self, year: usize) -> bool {
        self.deals.iter().any(|deal| {
            let mut left = deal.held();
            deal.funds.iter().rev().any(|(wallet, paid)| {
                let amount = left.min(*paid);
                left -= amount;
                amount > 0 && wallet.year == year
            })
        })
    }
}

/// How many working days are left until a day; fewer than none after it.
fn notice(today: NaiveDate, due_on: NaiveDate) -> i64 {
    if today > due_on {
        return -1;
    }
    today.iter_days().take_while(|day| *day < due_on).filter(|day| is_worked(*day)).count() as i64
}
