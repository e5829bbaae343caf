//! Support that a school commissions: asked for, quoted, and agreed or not.

use chrono::{Days, NaiveDate};
pub use hub_credits::support::commissions::{MilestoneState as PartState, QuoteState, State as DealState};

use crate::plan::SETTLED_IN;
use crate::seats::Done;
use crate::state::{Codes, Hundredths, Instant, Model, Role, Told, Wallet, end_of, is_worked, no, unless, when};

/// One thing that is done about support.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dealing {
    /// The hub keeps another part of what is quoted from now on.
    Card { by: usize, card: Card },
    /// Above how much two people of a school agree.
    Limit { school: usize, to: Option<Hundredths> },
    /// A school asks somebody, or everybody.
    Ask { by: usize, of: Option<Side>, answer_by: Option<NaiveDate> },
    /// What a provider would do, as it says or as the hub says for it; of what was agreed, a variation.
    Quote { by: usize, deal: usize, of: Option<Side>, new: NewQuote },
    /// Somebody agrees for their side.
    Agree { by: usize, deal: usize, quote: usize },
    /// A quote, or the whole, is not wanted.
    Decline { by: usize, deal: usize, quote: Option<usize> },
    /// A quote, or the whole, is taken back.
    Withdraw { by: usize, deal: usize, quote: Option<usize> },
    /// A part is delivered: so many half days of it, or so much of its price.
    Deliver { by: usize, deal: usize, part: usize, halves: Option<i64>, credits: Option<Hundredths> },
    /// The buyer is content.
    Accept { by: usize, deal: usize, part: usize },
    /// The buyer misses something.
    NotYet { by: usize, deal: usize, part: usize },
    /// The two don't agree.
    Dispute { by: usize, deal: usize, part: usize },
    /// A side says how it was.
    Case { by: usize, deal: usize, part: usize },
    /// A side would settle for a split.
    WouldSettle { by: usize, deal: usize, part: usize, credits: Hundredths },
    /// The hub splits.
    Resolve { by: usize, deal: usize, part: usize, provider: Hundredths, buyer: Hundredths },
    /// A side has enough of it.
    Cancel { by: usize, deal: usize },
    /// Somebody would take back what was agreed, past it.
    Reverse { by: usize, deal: usize },
}

/// Who provides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    School(usize),
    Partner,
}

/// Who somebody is in a deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    Buyer,
    Provider,
    Hub,
}

/// What the hub keeps: `share` of every `of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Card {
    pub share: Hundredths,
    pub of: Hundredths,
    pub buyer_bears: bool,
}

/// What a part costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Price {
    Fixed(Hundredths),
    Days { halves: i64, day: Hundredths, half_day: Hundredths },
}

/// A part as it is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    pub due_on: NaiveDate,
    pub price: Price,
}

/// What is quoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewQuote {
    pub terms: Vec<Term>,
    pub valid_until: NaiveDate,
    pub notice: i64,
    pub kept: i64,
}

/// A quote, and who agreed to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    pub what: NewQuote,
    pub provider: Side,
    pub varies: bool,
    pub card: Card,
    pub state: QuoteState,
    pub buyer: Option<usize>,
    pub second: Option<usize>,
    pub provided: Option<usize>,
}

/// A part of what was agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub term: Term,
    pub state: PartState,
    pub claimed: Option<Hundredths>,
    pub settled: Hundredths,
    pub answer_until: Option<Instant>,
    pub dispute: Option<Dispute>,
}

/// What the two don't agree on: the buyer's side first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    pub cases_until: Instant,
    pub cases: [bool; 2],
    pub would: [Option<Hundredths>; 2],
}

/// Support that was asked for, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deal {
    pub buyer: usize,
    pub provider: Option<Side>,
    pub open: bool,
    pub answer_by: NaiveDate,
    pub state: DealState,
    pub card: Card,
    pub notice: i64,
    pub kept: i64,
    /// What its parts cost, and what of that is paid for.
    pub committed: Hundredths,
    pub settled: Hundredths,
    /// The wallets that paid, in the order in which they were first drawn on, with what has not come back.
    pub funds: Vec<(Wallet, Hundredths)>,
    pub quotes: Vec<Offered>,
    pub parts: Vec<Part>,
}

impl Card {
    /// The hub's part of a price: to the nearest hundredth, a half down.
    fn part(self, price: Hundredths) -> Hundredths {
        (2 * price * self.share + self.of - 1).div_euclid(2 * self.of)
    }

    /// What the buyer pays.
    pub fn cost(self, price: Hundredths) -> Hundredths {
        if self.buyer_bears { price + self.part(price) } else { price }
    }

    /// What the hub and the provider get where so much more than was settled is settled.
    pub fn paid(self, settled: Hundredths, more: Hundredths) -> (Hundredths, Hundredths) {
        let hub = self.part(settled + more) - self.part(settled);
        (hub, if self.buyer_bears { more } else { more - hub })
    }
}

impl Price {
    /// What so many half days cost.
    pub fn of(self, halves: i64) -> Hundredths {
        match self {
            Price::Fixed(price) => price,
            Price::Days { day, half_day, .. } => halves / 2 * day + halves % 2 * half_day,
        }
    }

    /// What all of it costs.
    pub fn all(self) -> Hundredths {
        match self {
            Price::Fixed(price) => price,
            Price::Days { halves, .. } => self.of(halves),
        }
    }
}

impl NewQuote {
    pub fn price(&self) -> Hundredths {
        self.terms.iter().map(|term| term.price.all()).sum()
    }
}

impl Deal {
    pub fn held(&self) -> Hundredths {
        self.card.cost(self.committed) - self.card.cost(self.settled)
    }

    pub fn is_sought(&self) -> bool {
        matches!(self.state, DealState::Requested | DealState::Quoted)
    }

    /// What would be committed with a variation: its parts in the place of those that are open.
    fn committed_with(&self, quote: &Offered) -> Hundredths {
        let open = self.parts.iter().filter(|part| part.state == PartState::Open);
        self.committed + quote.what.price() - open.map(|part| part.term.price.all()).sum::<i64>()
    }

    pub fn offered(&mut self) -> impl Iterator<Item = &mut Offered> {
        self.quotes.iter_mut().filter(|quote| quote.state == QuoteState::Offered)
    }

    /// A variation is about the parts that were open when it was proposed.
    pub fn lapse_variations(&mut self) {
        for quote in self.offered().filter(|quote| quote.varies) {
            quote.state = QuoteState::Superseded;
        }
    }
}

/// The end of the last of so many working days after a day.
pub fn working_days_after(day: NaiveDate, working_days: usize) -> Instant {
    end_of(day.iter_days().skip(1).filter(|day| is_worked(*day)).nth(working_days - 1).unwrap())
}

impl Model {
    /// For which school or partner somebody acts; none for the hub.
    pub fn acts_for(&self, by: usize) -> Told<Option<Side>> {
        let person = &self.people[by];
        match (person.role, person.school) {
            (Role::HubManager, _) => Ok(None),
            (Role::SchoolLead, Some(school)) => Ok(Some(Side::School(school))),
            (Role::Partner, _) => Ok(Some(Side::Partner)),
            _ => no("forbidden"),
        }
    }

    /// Who somebody is in a deal that they may see; none where it is only open to them.
    pub fn party(&self, by: usize, deal: usize) -> Told<Option<Party>> {
        let (side, deal) = (self.acts_for(by)?, &self.deals[deal]);
        let Some(side) = side else { return Ok(Some(Party::Hub)) };
        if side == Side::School(deal.buyer) {
            Ok(Some(Party::Buyer))
        } else if deal.provider == Some(side) {
            Ok(Some(Party::Provider))
        } else if deal.open && deal.is_sought() {
            Ok(None)
        } else {
            no("not_found")
        }
    }

    pub fn deal(&mut self, dealing: Dealing) -> Told<Done> {
        match dealing {
            Dealing::Card { by, card } => {
                self.manages(by)?;
                self.card = card;
                Ok(Done::default())
            }
            Dealing::Limit { school, to } => {
                self.schools[school].deal_limit = to;
                Ok(Done::default())
            }
            Dealing::Ask { by, of, answer_by } => self.ask_support(by, of, answer_by),
            Dealing::Quote { by, deal, of, new } => self.quote_support(by, deal, of, new),
            Dealing::Agree { by, deal, quote } => self.agree(by, deal, quote),
            Dealing::Decline { by, deal, quote: Some(quote) } => self.decline_quote(by, deal, quote),
            Dealing::Decline { by, deal, quote: None } => {
                let theirs = matches!(self.party(by, deal)?, Some(Party::Provider | Party::Hub));
                self.end_request(deal, theirs, DealState::Declined)
            }
            Dealing::Withdraw { by, deal, quote: Some(quote) } => self.withdraw_quote(by, deal, quote),
            Dealing::Withdraw { by, deal, quote: None } => {
                let theirs = self.party(by, deal)? == Some(Party::Buyer);
                self.end_request(deal, theirs, DealState::Withdrawn)
            }
            other => self.work(other),
        }
    }

    fn ask_support(&mut self, by: usize, of: Option<Side>, answer_by: Option<NaiveDate>) -> Told<Done> {
        let buyer = match self.people[by] {
            crate::state::Person { role: Role::SchoolLead, school: Some(school), .. } => school,
            _ => return no("forbidden"),
        };
        let answer_by = answer_by.unwrap_or(self.today() + Days::new(30));
        let mut codes = Codes::new();
        when(&mut codes, answer_by < self.today() || of == Some(Side::School(buyer)), "invalid_request");
        unless(codes)?;
        self.deals.push(Deal {
            buyer,
            provider: of,
            open: of.is_none(),
            answer_by,
            state: DealState::Requested,
            card: Card { share: 0, of: 100, buyer_bears: false },
            notice: 0,
            kept: 0,
            committed: 0,
            settled: 0,
            funds: Vec::new(),
            quotes: Vec::new(),
            parts: Vec::new(),
        });
        Ok(Done::default())
    }

    fn quote_support(&mut self, by: usize, deal: usize, of: Option<Side>, what: NewQuote) -> Told<Done> {
        let (party, side, today, mut codes) = (self.party(by, deal)?, self.acts_for(by)?, self.today(), Codes::new());
        let it = &self.deals[deal];
        let varies = it.state == DealState::Agreed;
        let provider = match party {
            Some(Party::Buyer) if varies => it.provider,
            Some(Party::Buyer) => return no("own_request"),
            Some(Party::Hub) => of.or(it.provider),
            Some(Party::Provider) | None => side,
        };
        when(&mut codes, provider == Some(Side::School(it.buyer)), "own_request");
        let wrong = provider.is_none()
            || of.is_some_and(|of| Some(of) != provider)
            || it.provider.is_some_and(|asked| Some(asked) != provider);
        let past = what.valid_until < today || what.terms.iter().any(|term| term.due_on < today);
        when(&mut codes, wrong || past || what.terms.is_empty(), "invalid_request");
        when(&mut codes, !varies && !it.is_sought(), "invalid_transition");
        unless(codes)?;
        let (provider, card) = (provider.unwrap(), if varies { it.card } else { self.card });
        let it = &mut self.deals[deal];
        for quote in it.offered().filter(|quote| quote.provider == provider) {
            quote.state = QuoteState::Superseded;
        }
        let for_buyer = party == Some(Party::Buyer);
        it.quotes.push(Offered {
            what,
            provider,
            varies,
            card,
            state: QuoteState::Offered,
            buyer: for_buyer.then_some(by),
            second: None,
            provided: (!for_buyer && party != Some(Party::Hub)).then_some(by),
        });
        if !varies {
            it.state = DealState::Quoted;
        }
        Ok(Done::default())
    }

    /// For which side of a quote they act, where it waits for agreement.
    fn of_quote(&self, by: usize, deal: usize, quote: usize) -> Told<Party> {
        let (party, side) = (self.party(by, deal)?, self.acts_for(by)?);
        let it = &self.deals[deal].quotes[quote];
        let mut codes = Codes::new();
        let late = it.state == QuoteState::Offered && it.what.valid_until < self.today();
        when(&mut codes, late || it.state == QuoteState::Expired, "quote_expired");
        when(&mut codes, !matches!(it.state, QuoteState::Offered | QuoteState::Expired), "quote_over");
        unless(codes)?;
        match party {
            _ if side == Some(it.provider) => Ok(Party::Provider),
            Some(Party::Buyer) => Ok(Party::Buyer),
            Some(Party::Hub) => Ok(Party::Hub),
            Some(Party::Provider) | None => no("not_found"),
        }
    }

    fn agree(&mut self, by: usize, deal: usize, quote: usize) -> Told<Done> {
        let party = self.of_quote(by, deal, quote)?;
        let (it, of) = (&self.deals[deal], &self.deals[deal].quotes[quote]);
        let cost = match of.varies {
            false => of.card.cost(of.what.price()),
            true if it.committed_with(of) > it.committed => it.card.cost(it.committed_with(of)),
            // Less than was agreed needs no second.
            true => 0,
        };
        let by_two = self.schools[it.buyer].deal_limit.is_some_and(|limit| cost > limit);
        let (buyer, provided) = (of.buyer, of.provided);
        let is_new = self.now < crate::support::begins_at() + SETTLED_IN;
        let it = &mut self.deals[deal].quotes[quote];
        match party {
            Party::Hub => return no("forbidden"),
            Party::Provider if provided.is_some() => return no("already_agreed"),
            Party::Provider => it.provided = Some(by),
            Party::Buyer if buyer.is_none() => it.buyer = Some(by),
            Party::Buyer if by_two && it.second.is_some() => return no("already_agreed"),
            Party::Buyer if by_two && (buyer == Some(by) || is_new) => return no("four_eyes"),
            Party::Buyer if by_two => it.second = Some(by),
            // The limit was raised since.
            Party::Buyer if provided.is_some() => {}
            Party::Buyer => return no("already_agreed"),
        }
        if it.buyer.is_some() && it.provided.is_some() && (!by_two || it.second.is_some()) {
            let of = it.clone();
            if of.varies { self.vary(deal, quote, of)? } else { self.conclude(deal, quote, of)? }
        }
        Ok(Done::default())
    }

    fn conclude(&mut self, deal: usize, quote: usize, of: Offered) -> Told<()> {
        let it = &mut self.deals[deal];
        (it.provider, it.card, it.notice, it.kept) = (Some(of.provider), of.card, of.what.notice, of.what.kept);
        it.state = DealState::Agreed;
        if self.is_closed(self.year(None)) {
            return no("year_closed");
        }
        self.commit(deal, of.what.price())?;
        let it = &mut self.deals[deal];
        it.quotes[quote].state = QuoteState::Agreed;
        it.offered().for_each(|quote| quote.state = QuoteState::Declined);
        it.parts.extend(of.what.terms.into_iter().map(Part::of));
        Ok(())
    }

    fn vary(&mut self, deal: usize, quote: usize, of: Offered) -> Told<()> {
        let (was, now) = (self.deals[deal].committed, self.deals[deal].committed_with(&of));
        if now >= was {
            self.commit(deal, now)?;
        } else {
            self.give_up(deal, now);
        }
        let it = &mut self.deals[deal];
        for part in it.parts.iter_mut().filter(|part| part.state == PartState::Open) {
            part.state = PartState::Replaced;
        }
        it.parts.extend(of.what.terms.into_iter().map(Part::of));
        (it.notice, it.kept) = (of.what.notice, of.what.kept);
        it.quotes[quote].state = QuoteState::Agreed;
        Ok(())
    }

    fn decline_quote(&mut self, by: usize, deal: usize, quote: usize) -> Told<Done> {
        let own = self.deals[deal].quotes[quote].provided.is_some();
        match self.of_quote(by, deal, quote)? {
            Party::Hub => no("forbidden"),
            Party::Provider if own => no("already_agreed"),
            _ => Ok(self.end_quote(deal, quote, QuoteState::Declined)),
        }
    }

    fn withdraw_quote(&mut self, by: usize, deal: usize, quote: usize) -> Told<Done> {
        let side = self.of_quote(by, deal, quote)?;
        let it = &self.deals[deal].quotes[quote];
        let theirs = match side {
            Party::Hub => it.provided.is_none() && it.buyer.is_none(),
            side => side == if it.provided.is_some() { Party::Provider } else { Party::Buyer },
        };
        if theirs { Ok(self.end_quote(deal, quote, QuoteState::Withdrawn)) } else { no("forbidden") }
    }

    /// A quote ends; a request that has no other waits again.
    pub fn end_quote(&mut self, deal: usize, quote: usize, state: QuoteState) -> Done {
        let it = &mut self.deals[deal];
        it.quotes[quote].state = state;
        if it.offered().next().is_none() && !it.quotes[quote].varies {
            it.state = DealState::Requested;
        }
        Done::default()
    }

    fn end_request(&mut self, deal: usize, theirs: bool, state: DealState) -> Told<Done> {
        let it = &mut self.deals[deal];
        if !theirs {
            return no("forbidden");
        }
        if !it.is_sought() {
            return no("invalid_transition");
        }
        it.state = state;
        it.offered().for_each(|quote| quote.state = QuoteState::Declined);
        Ok(Done::default())
    }
}

impl Part {
    /// It is still to be delivered, answered or decided.
    pub fn is_pending(&self) -> bool {
        matches!(self.state, PartState::Open | PartState::Delivered | PartState::Disputed)
    }

    fn of(term: Term) -> Part {
        Part { term, state: PartState::Open, claimed: None, settled: 0, answer_until: None, dispute: None }
    }
}
