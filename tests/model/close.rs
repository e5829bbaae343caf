//! A year is closed, and perhaps opened again; and what becomes of what comes back to it.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::seats::Done;
use crate::state::{Codes, Hundredths, Model, Purse, Stage, Told, Wallet, day, no, unless, when};
use crate::year::{Posted, PostedBy, Standing};

/// What is carried over from a wallet at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carry {
    All,
    None,
    /// Of what was allocated to the school for the year.
    Percent(i64),
    Credits(Hundredths),
}

/// What a close has recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Close {
    /// Each wallet of the year: what was carried from it, what lapsed, and what may be carried yet.
    pub wallets: BTreeMap<Wallet, (Hundredths, Hundredths, Option<Hundredths>)>,
    /// The least that has been in the wallets of the next year since.
    pub least: BTreeMap<Wallet, Hundredths>,
    /// Something has come back since.
    pub followed: bool,
}

/// The last days of the years.
pub const LAST_DAYS: [&str; 2] = ["2027-08-31", "2028-08-31"];

impl Model {
    pub fn is_closed(&self, year: usize) -> bool {
        self.closes[year].is_some()
    }

    /// The year that takes postings in the place of a closed one; none where there is none.
    pub fn open_from(&self, year: usize) -> Option<usize> {
        (year..self.closes.len()).find(|year| !self.is_closed(*year))
    }

    /// What was allocated to the school of a wallet for its year, as far as it was not taken back.
    fn allocated(&self, wallet: Wallet) -> Hundredths {
        let of = Purse::Wallet(Wallet { earned: false, ..wallet });
        let stands = |it: &&Posted| matches!(it.kind, PostedBy::Allocation(_)) && !it.reversed;
        let legs = self.posted.iter().filter(stands).flat_map(|it| &it.legs);
        let sign = |from: &Purse, to: &Purse| i64::from(*to == of) - i64::from(*from == of);
        legs.map(|(from, to, amount)| sign(from, to) * amount).sum()
    }

    /// Whether anything of the year is held or waits: a gift without an answer, an event of it that is not settled, a place
    /// on offer, a booking on an event of another year that one of its wallets paid for, or a commission that one did.
    fn has_holds(&self, year: usize) -> bool {
        let unanswered = self.gifts.iter().any(|gift| gift.year == year && gift.standing == Standing::Offered);
        unanswered || self.has_bookings(year) || self.has_deals(year)
    }

    fn has_bookings(&self, year: usize) -> bool {
        self.bookings.iter().any(|(place, booking)| {
            let event = &self.events[place.event];
            let open = matches!(event.stage, Stage::Draft | Stage::Published);
            let drawn = booking.drew.iter().any(|wallet| wallet.year == year);
            let elsewhere = event.year != year && event.stage == Stage::Published && booking.is_live() && drawn;
            (event.year == year && booking.offered_until.is_some())
                || (event.year == year && open && booking.held() > 0)
                || (elsewhere && booking.held() > 0)
        })
    }

    pub fn close(&mut self, by: usize, year: usize, carry: [Carry; 2], follow: bool) -> Told<Done> {
        self.manages(by)?;
        let mut codes = Codes::new();
        let last: NaiveDate = LAST_DAYS[year].parse().unwrap();
        when(&mut codes, self.is_closed(year), "year_closed");
        when(&mut codes, day(self.now) < last, "year_not_over");
        when(&mut codes, (0..year).any(|before| !self.is_closed(before)), "earlier_year_open");
        when(&mut codes, year + 1 >= self.closes.len() || self.is_closed(year + 1), "next_year_not_open");
        when(&mut codes, !follow && self.has_holds(year), "open_holds");
        unless(codes)?;
        let mut close = Close::default();
        let theirs: Vec<(Wallet, Hundredths)> = self
            .purses
            .iter()
            .filter_map(|(purse, balance)| match purse {
                Purse::Wallet(wallet) if wallet.year == year => Some((*wallet, *balance)),
                _ => None,
            })
            .collect();
        for (wallet, balance) in theirs {
            let cap = match carry[usize::from(wallet.earned)] {
                Carry::All => None,
                Carry::None => Some(0),
                Carry::Percent(percent) => Some(self.allocated(wallet) * percent / 100),
                Carry::Credits(credits) => Some(credits),
            };
            let carried = balance.min(cap.unwrap_or(balance));
            let next = Wallet { year: year + 1, ..wallet };
            self.shift(Purse::Wallet(wallet), Purse::Wallet(next), carried);
            self.shift(Purse::Wallet(wallet), Purse::Lapsed(year), balance - carried);
            close.wallets.insert(wallet, (carried, balance - carried, cap.map(|cap| cap - carried)));
            close.least.insert(next, self.purses.get(&Purse::Wallet(next)).copied().unwrap_or_default());
        }
        self.closes[year] = Some(close);
        Ok(Done::default())
    }

    pub fn reopen(&mut self, by: usize, year: usize) -> Told<Done> {
        self.manages(by)?;
        let Some(close) = self.closes[year].clone() else { return no("invalid_transition") };
        let mut codes = Codes::new();
        when(&mut codes, year + 1 >= self.closes.len() || self.is_closed(year + 1), "next_year_not_open");
        let used = close.wallets.iter().any(|(wallet, (carried, ..))| {
            *carried > 0 && close.least[&Wallet { year: year + 1, ..*wallet }] < *carried
        });
        when(&mut codes, close.followed || used, "in_use");
        unless(codes)?;
        for (wallet, (carried, lapsed, _)) in close.wallets {
            let next = Wallet { year: year + 1, ..wallet };
            self.shift(Purse::Wallet(next), Purse::Wallet(wallet), carried);
            self.shift(Purse::Lapsed(year), Purse::Wallet(wallet), lapsed);
        }
        self.closes[year] = None;
        Ok(Done::default())
    }

    /// Gives back to where it came from, or, where that is of a closed year, to where the close says.
    pub fn back_to(&mut self, escrow: Purse, purse: Purse, amount: Hundredths) {
        let (mut purse, mut left) = (purse, amount);
        if let Purse::Subsidy(year) = purse {
            purse = Purse::Subsidy(self.open_from(year).unwrap_or(year));
        }
        while let Purse::Wallet(wallet) = purse
            && let Some(close) = &mut self.closes[wallet.year]
            && left > 0
        {
            let (.., room) = close.wallets.get_mut(&wallet).unwrap();
            let carried = left.min(room.unwrap_or(left));
            *room = room.map(|room| room - carried);
            close.followed = true;
            self.shift(escrow, Purse::Lapsed(wallet.year), left - carried);
            (purse, left) = (Purse::Wallet(Wallet { year: wallet.year + 1, ..wallet }), carried);
        }
        self.shift(escrow, purse, left);
    }
}
