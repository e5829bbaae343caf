//! What is done with credits outside bookings, in a year: allocated, sold, given, corrected, taken back.

use crate::close::Carry;
use crate::seats::Done;
use crate::state::{Codes, Hundredths, Model, Place, Purse, Role, Told, Wallet, day, no, unless, when};

/// One thing that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A pool is divided, as a draft.
    Draft { by: usize, year: usize, pool: Hundredths },
    /// A draft is approved: every school has its part.
    Approve { by: usize, draft: usize },
    /// The pupils of a school are counted again.
    Count { by: usize, school: usize, pupils: i64 },
    /// What a draft has given is computed again, as a draft: perhaps of another pool, and perhaps schools keep what they
    /// have spent.
    Correct { by: usize, draft: usize, pool: Option<Hundredths>, leave: bool },
    /// Credits are sold by an invoice.
    Sell { by: usize, school: usize, year: Option<usize>, amount: Hundredths, invoice: usize },
    /// A lead offers credits to another school.
    Offer { by: usize, to: usize, year: Option<usize>, earned: bool, amount: Hundredths },
    /// The other lead takes them.
    Accept { by: usize, gift: usize },
    /// The other lead does not want them.
    Refuse { by: usize, gift: usize },
    /// The lead takes the offer back.
    Withdraw { by: usize, gift: usize },
    /// An account is corrected by hand.
    Adjust { by: usize, target: Target, year: Option<usize>, up: bool, amount: Hundredths },
    /// Another manager posts a correction that one proposed.
    Confirm { by: usize, proposal: usize },
    /// It is thrown away.
    Discard { by: usize, proposal: usize },
    /// A posting is taken back by its mirror.
    Reverse { by: usize, posted: usize },
    /// A year is closed: what is carried over of allocated and of earned credits, and whether what is held follows.
    Close { by: usize, year: usize, carry: [Carry; 2], follow: bool },
    /// A closed year is opened again.
    Reopen { by: usize, year: usize },
    /// Somebody would take back what a booking paid.
    ReverseBooking { by: usize, place: Place },
}

/// An account that can be corrected by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Wallet { school: usize, earned: bool },
    Income,
    Payable,
    Subsidy,
    Lapsed,
}

/// A division of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub by: usize,
    pub year: usize,
    pub pool: Hundredths,
    /// What each school gets.
    pub lines: Vec<Hundredths>,
    pub corrects: Option<Correction>,
    pub stage: DraftStage,
    /// Which of all approvals was its own, and what that gave to each school, or took.
    pub nth: usize,
    pub moved: Vec<Hundredths>,
}

/// What a draft is computed again from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The draft that was the first.
    pub first: usize,
    /// What each school had been given.
    pub was: Vec<Hundredths>,
    /// Whether schools keep what they have spent.
    pub leave: bool,
}

/// Where a draft stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftStage {
    Drafted,
    Approved,
    Reversed,
}

/// Where a gift stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Offered,
    Accepted,
    Declined,
    Withdrawn,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gift {
    pub from: usize,
    pub to: usize,
    pub year: usize,
    pub earned: bool,
    pub amount: Hundredths,
    pub standing: Standing,
}

/// Something that was posted, and what can be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    pub legs: Vec<(Purse, Purse, Hundredths)>,
    pub kind: PostedBy,
    pub reversed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostedBy {
    /// The allocation of a draft: it is reversed as one.
    Allocation(usize),
    /// What a mirror takes back.
    Desk,
    Mirror,
}

impl Model {
    /// The year that is asked for, or today's.
    pub fn year(&self, asked: Option<usize>) -> usize {
        let second = day(self.now) >= "2027-09-01".parse().unwrap();
        asked.unwrap_or(usize::from(second))
    }

    pub fn balance(&self, purse: Purse) -> Hundredths {
        self.purses.get(&purse).copied().unwrap_or_default()
    }

    pub fn act(&mut self, act: Act) -> Told<Done> {
        match act {
            Act::Draft { by, year, pool } => self.draft(by, year, pool),
            Act::Approve { by, draft } => self.approve_draft(by, draft),
            Act::Count { by, school, pupils } => self.count(by, school, pupils),
            Act::Correct { by, draft, pool, leave } => self.correct(by, draft, pool, leave),
            Act::Sell { by, school, year, amount, invoice } => self.sell(by, school, year, amount, invoice),
            Act::Offer { by, to, year, earned, amount } => self.offer(by, to, year, earned, amount),
            Act::Accept { by, gift } => self.accept(by, gift),
            Act::Refuse { by, gift } => self.answer(by, gift, false, Standing::Declined),
            Act::Withdraw { by, gift } => self.answer(by, gift, true, Standing::Withdrawn),
            Act::Adjust { by, target, year, up, amount } => self.adjust(by, target, year, up, amount),
            Act::Confirm { by, proposal } => self.confirm(by, proposal),
            Act::Discard { by, proposal } => self.discard(by, proposal),
            Act::Reverse { by, posted } => self.reverse(by, posted),
            Act::Close { by, year, carry, follow } => self.close(by, year, carry, follow),
            Act::Reopen { by, year } => self.reopen(by, year),
            Act::ReverseBooking { by, .. } => {
                self.manages(by)?;
                no("not_reversible")
            }
        }
    }

    pub fn post(&mut self, kind: PostedBy, legs: Vec<(Purse, Purse, Hundredths)>) {
        for (from, to, amount) in &legs {
            self.shift(*from, *to, *amount);
        }
        self.posted.push(Posted { legs, kind, reversed: false });
    }

    fn sell(
        &mut self,
        by: usize,
        school: usize,
        year: Option<usize>,
        amount: Hundredths,
        invoice: usize,
    ) -> Told<Done> {
        self.manages(by)?;
        let (year, mut codes) = (self.year(year), Codes::new());
        when(&mut codes, self.is_closed(year), "year_closed");
        when(&mut codes, amount < 1, "invalid_request");
        when(&mut codes, self.invoices.contains(&invoice), "duplicate");
        unless(codes)?;
        self.invoices.insert(invoice);
        let wallet = Purse::Wallet(Wallet { school, year, earned: false });
        self.post(PostedBy::Desk, vec![(Purse::Sales(year), wallet, amount)]);
        Ok(Done::default())
    }

    fn led_by(&self, by: usize) -> Told<usize> {
        let person = &self.people[by];
        if person.role == Role::SchoolLead { Ok(person.school.unwrap()) } else { no("forbidden") }
    }

    fn offer(&mut self, by: usize, to: usize, year: Option<usize>, earned: bool, amount: Hundredths) -> Told<Done> {
        let (from, year, mut codes) = (self.led_by(by)?, self.year(year), Codes::new());
        let balance = self.balance(Purse::Wallet(Wallet { school: from, year, earned }));
        when(&mut codes, self.is_closed(year), "year_closed");
        when(&mut codes, amount < 1 || to == from, "invalid_request");
        when(&mut codes, balance < amount, "insufficient_credits");
        unless(codes)?;
        self.gifts.push(Gift { from, to, year, earned, amount, standing: Standing::Offered });
        Ok(Done::default())
    }

    /// Decides on a gift, where it is this lead's to decide and nobody has.
    fn answer(&mut self, by: usize, gift: usize, giver: bool, to: Standing) -> Told<Done> {
        let (school, it) = (self.led_by(by)?, &mut self.gifts[gift]);
        let (decides, other) = if giver { (it.from, it.to) } else { (it.to, it.from) };
        if school != decides {
            return no(if school == other { "forbidden" } else { "not_found" });
        }
        if it.standing != Standing::Offered {
            return no("invalid_transition");
        }
        it.standing = to;
        Ok(Done::default())
    }

    fn accept(&mut self, by: usize, gift: usize) -> Told<Done> {
        self.answer(by, gift, false, Standing::Accepted)?;
        let Gift { from, to, year, earned, amount, .. } = self.gifts[gift];
        let wallet = |school| Purse::Wallet(Wallet { school, year, earned });
        let mut codes = Codes::new();
        when(&mut codes, self.is_closed(year), "year_closed");
        when(&mut codes, self.balance(wallet(from)) < amount, "insufficient_credits");
        unless(codes)?;
        self.post(PostedBy::Desk, vec![(wallet(from), wallet(to), amount)]);
        Ok(Done::default())
    }

    fn reverse(&mut self, by: usize, posted: usize) -> Told<Done> {
        self.manages(by)?;
        let (it, mut codes) = (&self.posted[posted], Codes::new());
        let floored = |purse| matches!(purse, Purse::Wallet(_) | Purse::Income(_) | Purse::Payable);
        let short = |(_, to, amount): &(Purse, Purse, Hundredths)| floored(*to) && self.balance(*to) < *amount;
        when(&mut codes, it.kind == PostedBy::Mirror, "reversal_of_reversal");
        let year = |purse: &Purse| match purse {
            Purse::Wallet(wallet) => Some(wallet.year),
            Purse::Escrow(_) | Purse::Held(_) | Purse::Payable | Purse::Settled => None,
            Purse::Issuance(year) | Purse::Income(year) | Purse::Subsidy(year) => Some(*year),
            Purse::Sales(year) | Purse::Lapsed(year) | Purse::Adjustment(year) => Some(*year),
        };
        let years = it.legs.iter().flat_map(|(from, to, _)| [year(from), year(to)]).flatten();
        when(&mut codes, years.into_iter().any(|year| self.is_closed(year)), "year_closed");
        when(&mut codes, it.reversed, "already_reversed");
        if let PostedBy::Allocation(draft) = it.kind {
            when(&mut codes, self.is_corrected(draft), "in_use");
        }
        when(&mut codes, it.legs.iter().any(short), "insufficient_credits");
        unless(codes)?;
        let mirror = it.legs.iter().map(|(from, to, amount)| (*to, *from, *amount)).collect();
        if let PostedBy::Allocation(draft) = it.kind {
            self.drafts[draft].stage = DraftStage::Reversed;
        }
        self.posted[posted].reversed = true;
        self.post(PostedBy::Mirror, mirror);
        Ok(Done::default())
    }
}
