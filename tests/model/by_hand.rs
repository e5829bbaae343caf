//! An account is corrected by hand, by two managers where the hub asks for four eyes.

use crate::seats::Done;
use crate::state::{Codes, Hundredths, Model, Purse, Told, Wallet, no, unless, when};
use crate::year::{PostedBy, Target};

/// A correction of an account, posted at once or when another manager has seen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub by: usize,
    pub target: Target,
    pub year: usize,
    pub up: bool,
    pub amount: Hundredths,
    pub waits: bool,
}

impl Model {
    pub fn adjust(
        &mut self,
        by: usize,
        target: Target,
        year: Option<usize>,
        up: bool,
        amount: Hundredths,
    ) -> Told<Done> {
        self.manages(by)?;
        let it = Proposal { by, target, year: self.year(year), up, amount, waits: self.four_eyes };
        let mut codes = Codes::new();
        when(&mut codes, self.is_closed(it.year), "year_closed");
        when(&mut codes, amount < 1, "invalid_request");
        when(&mut codes, !it.waits && self.is_short(it), "insufficient_credits");
        unless(codes)?;
        if it.waits {
            self.proposals.push(it);
        } else {
            self.correct_by_hand(it);
        }
        Ok(Done::default())
    }

    /// Another manager posts what one proposed.
    pub fn confirm(&mut self, by: usize, proposal: usize) -> Told<Done> {
        self.manages(by)?;
        let (it, mut codes) = (self.proposals[proposal], Codes::new());
        when(&mut codes, !it.waits, "invalid_transition");
        when(&mut codes, by == it.by, "four_eyes");
        when(&mut codes, self.is_closed(it.year), "year_closed");
        when(&mut codes, self.is_short(it), "insufficient_credits");
        unless(codes)?;
        self.proposals[proposal].waits = false;
        self.correct_by_hand(it);
        Ok(Done::default())
    }

    /// Nobody posts it; whoever proposed it may say so too.
    pub fn discard(&mut self, by: usize, proposal: usize) -> Told<Done> {
        self.manages(by)?;
        let proposal = &mut self.proposals[proposal];
        if !proposal.waits {
            return no("invalid_transition");
        }
        proposal.waits = false;
        Ok(Done::default())
    }

    /// The account, and whether it may not be below zero.
    fn corrected(Proposal { target, year, .. }: Proposal) -> (Purse, bool) {
        match target {
            Target::Wallet { school, earned } => (Purse::Wallet(Wallet { school, year, earned }), true),
            Target::Income => (Purse::Income(year), true),
            Target::Payable => (Purse::Payable, true),
            Target::Subsidy => (Purse::Subsidy(year), false),
            Target::Lapsed => (Purse::Lapsed(year), false),
        }
    }

    fn is_short(&self, it: Proposal) -> bool {
        let (purse, floored) = Model::corrected(it);
        floored && !it.up && self.balance(purse) < it.amount
    }

    fn correct_by_hand(&mut self, it: Proposal) {
        let ((purse, _), by_hand) = (Model::corrected(it), Purse::Adjustment(it.year));
        let (from, to) = if it.up { (by_hand, purse) } else { (purse, by_hand) };
        self.post(PostedBy::Desk, vec![(from, to, it.amount)]);
    }
}
