//! The arithmetic of corrected allocations, without I/O: how lines change, what wallets can give back, and which
//! deductions settle what schools owe from earlier years.

use std::collections::HashMap;
use std::hash::Hash;

use super::apportion::Quota;
use super::rules::{DraftLine, Weight};
use crate::base::credits::Credits;
use crate::base::ids::{AccountId, AllocationId, SchoolId};

/// A school that a chain of allocations gave credits to.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Given {
    pub(super) school_id: SchoolId,
    pub(super) urn: crate::base::text::Urn,
    pub(super) credits: Credits,
}

/// Credits that a school could not give back for an earlier year, and that are to be deducted from what it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Owed {
    pub(super) school_id: SchoolId,
    pub(super) adjustment_id: AllocationId,
    pub(super) credits: Credits,
}

/// Recomputed lines combined with what each school was given before, in the order of the URNs. A school that was given
/// something and no longer takes part has a line of nothing.
pub(super) fn correct(mut lines: Vec<DraftLine>, given: Vec<Given>) -> Vec<DraftLine> {
    let at: HashMap<SchoolId, usize> = lines.iter().enumerate().map(|(at, line)| (line.school, at)).collect();
    for Given { school_id, urn, credits } in given {
        match at.get(&school_id).and_then(|at| lines.get_mut(*at)) {
            Some(line) => line.was = credits,
            None => lines.push(DraftLine { was: credits, ..nothing(school_id, urn.number()) }),
        }
    }
    lines.sort_by_key(|line| line.urn);
    lines
}

/// The line of a school that no longer takes part.
fn nothing(school: SchoolId, urn: u32) -> DraftLine {
    DraftLine {
        school,
        urn,
        pupils: 0,
        revision: None,
        weight: Weight::ONE,
        months: 0,
        quota: Quota::ratio(0, 1),
        rounded_down: Credits::ZERO,
        remainder_rank: None,
        bound: None,
        credits: Credits::ZERO,
        was: Credits::ZERO,
        deduction: Credits::ZERO,
    }
}

/// Deducts what schools owe, the oldest debt first, from what they are given, but never more than that; the rest stays
/// owed. Returns what is deducted, and for which adjustment.
pub(super) fn deduct(given: impl IntoIterator<Item = (SchoolId, Credits)>, owed: &[Owed]) -> Vec<Owed> {
    let mut left: HashMap<SchoolId, Credits> = given.into_iter().collect();
    let take = |owed: &Owed| {
        let left = left.get_mut(&owed.school_id)?;
        let credits = owed.credits.min(*left);
        *left = *left - credits;
        (credits > Credits::ZERO).then_some(Owed { credits, ..*owed })
    };
    owed.iter().filter_map(take).collect()
}

/// Enters in each line what is deducted from it.
pub(super) fn show(lines: &mut [DraftLine], taken: &[Owed]) {
    let mut sums: HashMap<SchoolId, Credits> = HashMap::with_capacity(taken.len());
    for owed in taken {
        let sum = sums.entry(owed.school_id).or_default();
        *sum = *sum + owed.credits;
    }
    for line in lines {
        line.deduction = sums.get(&line.school).copied().unwrap_or_default();
    }
}

/// What one line moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moved {
    /// The credits posted to the wallet; from it where negative.
    pub(super) posted: Credits,
    /// What the wallet could not give back.
    pub(super) shortfall: Credits,
}

/// What lines move, given for each its wallet and the difference it makes, and what the wallets hold now: additions in
/// full; reductions as far as the wallet reaches, the first line first.
pub(super) fn settle<W: Eq + Hash + Copy>(lines: &[(W, Credits)], balances: &HashMap<W, Credits>) -> Vec<Moved> {
    let mut left = balances.clone();
    for (wallet, more) in lines.iter().filter(|(_, difference)| *difference > Credits::ZERO) {
        let balance = left.entry(*wallet).or_default();
        *balance = *balance + *more;
    }
    let settle = |(wallet, difference): &(W, Credits)| {
        if *difference >= Credits::ZERO {
            return Moved { posted: *difference, shortfall: Credits::ZERO };
        }
        let balance = left.entry(*wallet).or_default();
        let taken = (-*difference).min(*balance);
        *balance = *balance - taken;
        Moved { posted: -taken, shortfall: -*difference - taken }
    };
    lines.iter().map(settle).collect()
}

/// The debits and the credits of a posting.
pub(super) type Legs = (Vec<(AccountId, Credits)>, Vec<(AccountId, Credits)>);

/// The two sides of a posting that moves these amounts to or from each wallet: every wallet once, and issuance with the
/// balance. None where nothing moves.
pub(super) fn legs(issuance: AccountId, moves: &[(AccountId, Credits)]) -> Option<Legs> {
    let mut net: Vec<(AccountId, Credits)> = Vec::with_capacity(moves.len());
    let mut at: HashMap<AccountId, usize> = HashMap::with_capacity(moves.len());
    for (wallet, posted) in moves {
        let at = *at.entry(*wallet).or_insert(net.len());
        match net.get_mut(at) {
            Some((_, sum)) => *sum = *sum + *posted,
            None => net.push((*wallet, *posted)),
        }
    }
    let (mut debits, mut credits) = (Vec::new(), Vec::new());
    let total: Credits = net.iter().map(|(_, posted)| *posted).sum();
    for (account, posted) in [(issuance, -total)].into_iter().chain(net) {
        if posted > Credits::ZERO {
            credits.push((account, posted));
        } else if posted < Credits::ZERO {
            debits.push((account, -posted));
        }
    }
    (!debits.is_empty()).then_some((debits, credits))
}

#[cfg(test)]
mod tests;
