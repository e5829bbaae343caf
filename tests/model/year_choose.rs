//! What is done with credits next: near what the accounts have, exactly or but for a hundredth.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use crate::close::Carry;
use crate::plan::{MANAGER, SECOND};
use crate::state::{Hundredths, Model, Place, Purse, Wallet, day};
use crate::year::{Act, DraftStage, Target};

impl Model {
    /// What is done with credits next.
    pub fn next_act(&self, choose: &mut ChaCha8Rng) -> Act {
        let manager = if choose.random_bool(0.7) { MANAGER } else { SECOND };
        let by = if choose.random_bool(0.95) { manager } else { choose.random_range(0..self.people.len()) };
        let school = choose.random_range(0..self.schools.len());
        let earned = choose.random_bool(0.25);
        let year = choose.random_bool(0.6).then(|| choose.random_range(0..2));
        let is_late = day(self.now) >= "2027-08-30".parse().unwrap();
        if choose.random_bool(if is_late { 0.35 } else { 0.02 }) {
            let year = usize::from(choose.random_bool(0.1));
            if self.is_closed(year) && choose.random_bool(0.6) {
                return Act::Reopen { by, year };
            }
            let mut carry = || {
                let near = self.near(choose, Purse::Wallet(Wallet { school, year, earned }));
                let [a, b, c] = [10, 50, 100].map(Carry::Percent);
                *[Carry::All, Carry::None, a, b, c, Carry::Credits(near)].choose(choose).unwrap()
            };
            let carry = [carry(), carry()];
            return Act::Close { by, year, carry, follow: choose.random_bool(0.6) };
        }
        match choose.random_range(0..100) {
            0..6 => {
                let pool = *[0, 100, 300, 1_050, 1_000, 99_900].choose(choose).unwrap();
                Act::Draft { by, year: choose.random_range(0..2), pool }
            }
            6..10 => {
                let pupils = *[0, 1, 333, 1_522].choose(choose).unwrap() + i64::from(school == 0);
                Act::Count { by, school, pupils }
            }
            10..18 if !self.drafts.is_empty() => {
                let pool = *[None, None, None, Some(0), Some(50), Some(300), Some(2_000)].choose(choose).unwrap();
                let draft = self.some_draft(choose, DraftStage::Approved);
                Act::Correct { by, draft, pool, leave: choose.random_bool(0.6) }
            }
            18..30 if !self.drafts.is_empty() => {
                Act::Approve { by, draft: self.some_draft(choose, DraftStage::Drafted) }
            }
            30..38 => {
                let event = choose.random_range(0..self.events.len());
                let missing = self.price(event, school) - self.funds(school, self.events[event].year);
                let amount = *[missing, missing - 1, 1, 0, 5_000].choose(choose).unwrap();
                // Mostly an invoice of its own.
                let invoice = self.invoices.len() + choose.random_range(0..12) / 2;
                Act::Sell { by, school, year, amount: amount.max(0), invoice }
            }
            38..50 => {
                let leads: Vec<usize> = (0..self.people.len())
                    .filter(|it| self.people[*it].role == crate::state::Role::SchoolLead)
                    .collect();
                let by = if choose.random_bool(0.95) { *leads.choose(choose).unwrap() } else { by };
                let from = self.people[by].school.unwrap_or(0);
                let amount = self.near(choose, Purse::Wallet(Wallet { school: from, year: year.unwrap_or(0), earned }));
                Act::Offer { by, to: school, year, earned, amount }
            }
            50..66 if !self.gifts.is_empty() => {
                let gift = near_last(choose, self.gifts.len());
                let lead =
                    |school: usize| (1..self.people.len()).find(|it| self.people[*it].school == Some(school)).unwrap();
                let (giver, receiver) = (lead(self.gifts[gift].from), lead(self.gifts[gift].to));
                let others = choose.random_bool(0.1);
                match choose.random_range(0..10) {
                    0..7 => Act::Accept { by: if others { giver } else { receiver }, gift },
                    7 => Act::Refuse { by: if others { by } else { receiver }, gift },
                    _ => Act::Withdraw { by: if others { receiver } else { giver }, gift },
                }
            }
            66..72 if !self.proposals.is_empty() => {
                let waits = self.proposals.iter().rposition(|it| it.waits);
                let proposal = waits.filter(|_| choose.random_bool(0.8));
                let proposal = proposal.unwrap_or_else(|| near_last(choose, self.proposals.len()));
                if choose.random_bool(0.2) { Act::Discard { by, proposal } } else { Act::Confirm { by, proposal } }
            }
            66..82 => {
                let at = year.unwrap_or(0);
                let (target, purse) = match choose.random_range(0..10) {
                    0..6 => (Target::Wallet { school, earned }, Purse::Wallet(Wallet { school, year: at, earned })),
                    6 => (Target::Income, Purse::Income(at)),
                    7 => (Target::Payable, Purse::Payable),
                    8 => (Target::Subsidy, Purse::Subsidy(at)),
                    _ => (Target::Lapsed, Purse::Lapsed(at)),
                };
                Act::Adjust { by, target, year, up: choose.random_bool(0.4), amount: self.near(choose, purse) }
            }
            82..97 if !self.posted.is_empty() => Act::Reverse { by, posted: near_last(choose, self.posted.len()) },
            _ => {
                let paid = self.bookings.iter().filter(|(_, it)| it.held() > 0).map(|(place, _)| *place);
                match paid.collect::<Vec<Place>>().choose(choose) {
                    Some(place) => Act::ReverseBooking { by, place: *place },
                    None => Act::Draft { by, year: 0, pool: 500 },
                }
            }
        }
    }

    /// Whether what it is about was made, where steps before it were left out.
    pub fn knows_act(&self, act: &Act) -> bool {
        match act {
            Act::Approve { draft, .. } | Act::Correct { draft, .. } => *draft < self.drafts.len(),
            Act::Accept { gift, .. } | Act::Refuse { gift, .. } | Act::Withdraw { gift, .. } => {
                *gift < self.gifts.len()
            }
            Act::Confirm { proposal, .. } | Act::Discard { proposal, .. } => *proposal < self.proposals.len(),
            Act::Reverse { posted, .. } => *posted < self.posted.len(),
            Act::ReverseBooking { place, .. } => self.bookings.get(place).is_some_and(|it| it.held() > 0),
            Act::Draft { .. } | Act::Sell { .. } | Act::Offer { .. } | Act::Adjust { .. } => true,
            Act::Close { .. } | Act::Reopen { .. } | Act::Count { .. } => true,
        }
    }

    /// One that stands so, mostly the last.
    fn some_draft(&self, choose: &mut ChaCha8Rng, stage: DraftStage) -> usize {
        let last = (0..self.drafts.len()).rfind(|draft| self.drafts[*draft].stage == stage);
        last.filter(|_| choose.random_bool(0.8)).unwrap_or_else(|| near_last(choose, self.drafts.len()))
    }

    /// What an account has, a hundredth more or less, or little.
    fn near(&self, choose: &mut ChaCha8Rng, purse: Purse) -> Hundredths {
        let balance = self.purses.get(&purse).copied().unwrap_or_default().abs();
        let amount = *[balance, balance + 1, balance - 1, balance / 2, 1, 250].choose(choose).unwrap();
        if choose.random_bool(0.03) { 0 } else { amount.max(1) }
    }
}

/// One of the last few, mostly.
fn near_last(choose: &mut ChaCha8Rng, len: usize) -> usize {
    let back = choose.random_range(0..4);
    if choose.random_bool(0.8) { len.saturating_sub(1 + back) } else { choose.random_range(0..len) }
}
