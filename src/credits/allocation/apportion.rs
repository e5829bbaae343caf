//! Divides a pool of credits over schools in proportion to their pupils.
//!
//! **Contract.** [`apportion`] is pure: the same pool and the same shares, in any order, give the
//! same awards on every machine. The awards sum to the pool exactly, every floor and cap is kept
//! exactly, and each school at neither gets its exact quota rounded down or up by less than one
//! unit. A set that cannot be satisfied is refused with the amount by which it fails.
//!
//! **Units.** All amounts are whole multiples of the hub's `step` (1, 0.5 or 0.01 credits), called
//! units here; the caller converts.
//!
//! **Method.** A school's score is `weight × months × pupils`. There is one rate at which
//! `Σ clamp(rate × score, floor, cap) = pool`; it is found exactly by walking the rates at which a
//! school leaves its floor or meets its cap. Schools strictly under their floor or over their cap
//! at that rate are bound to it. For the others `rate × score` is the quota; it is rounded by
//! largest remainder, ties going to more pupils and then to the lower key.
//!
//! Largest remainder is Hamilton's method of 1792: M. L. Balinski and H. P. Young, *Fair
//! Representation: Meeting the Ideal of One Man, One Vote*, 2nd ed., Brookings, 2001. It keeps the
//! quota rule; it is not monotone, so a larger pool may give a school one unit less (the Alabama
//! paradox), and a change of one school's roll may move a unit between two others.
//!
//! **Cost.** O(n log n) time and O(n) memory for n schools.
//!
//! **Range.** With the `MAX_` limits below, checked on entry, a score is under 5.2 × 10^16, the sum
//! of scores under 5.2 × 10^22, and no product here passes that sum times the pool, 5.2 × 10^34: an
//! `i128` holds 1.7 × 10^38. Sums of floors and of caps stay within 10^18: an `i64` holds
//! 9.2 × 10^18. So the arithmetic below is plain.

use std::cmp::Reverse;

use crate::base::db::types::{text, words};
use crate::base::said;

/// Largest pool, and largest floor, in units.
pub const MAX_POOL: i64 = 1_000_000_000_000;
/// Largest roll of one school, in pupils.
pub const MAX_PUPILS: u32 = 1_000_000;
/// Most schools in one division.
pub const MAX_SCHOOLS: usize = 1_000_000;
/// Whole months in a full year.
pub const MAX_MONTHS: u8 = 12;

/// What one school brings to the division.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share<K> {
    /// The school. Unique in the division; the lower key wins the last tie.
    pub key: K,
    /// Pupils on roll at the census, up to [`MAX_PUPILS`].
    pub pupils: u32,
    /// Ten-thousandths: 10 000 is weight 1. Zero takes no part beyond its floor.
    pub weight: u32,
    /// Whole months of membership in the year, 0 to 12.
    pub months: u8,
    /// The least the school gets, in units, zero or more.
    pub floor: i64,
    /// The most the school gets, in units, if there is a most.
    pub cap: Option<i64>,
}

impl<K> Share<K> {
    /// The school's claim on the pool: ten-thousandths × months × pupils.
    fn score(&self) -> i128 {
        i128::from(self.weight) * i128::from(self.months) * i128::from(self.pupils)
    }

    /// The most the school can get, in units: its cap, and never more than the pool.
    fn ceiling(&self, pool: i64) -> i64 {
        self.cap.map_or(pool, |cap| cap.min(pool))
    }
}

/// What one school gets, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Award<K> {
    /// The school, as in its [`Share`].
    pub key: K,
    /// Pupils on roll, as in the share.
    pub pupils: u32,
    /// Ten-thousandths, as in the share.
    pub weight: u32,
    /// Whole months of membership, as in the share.
    pub months: u8,
    /// `rate × score` in the final division, in units, before floor, cap and rounding.
    pub quota: Quota,
    /// Units before remainders are handed out: the whole part of the quota, or the floor or cap
    /// that binds.
    pub rounded_down: i64,
    /// Place by remainder among the schools at neither floor nor cap, from 1. `None` exactly where
    /// `bound` is `Some`.
    pub remainder_rank: Option<u32>,
    /// The limit that replaced the quota. A quota equal to its floor or cap is not bound by it.
    pub bound: Option<Bound>,
    /// The award, in units: `rounded_down`, and one more for the largest remainders.
    pub units: i64,
}

words!(/** The limit that decided an award in place of the quota. */ Bound {
    /// The quota was less than the floor.
    Floor = "floor",
    /// The quota was more than the cap.
    Cap = "cap",
});

/// An exact number of units, `whole + numerator / denominator`, zero or more, in lowest terms with
/// `0 <= numerator < denominator`.
///
/// `whole` is wider than an award because the quota of a capped school has no such limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Whole units.
    pub whole: i128,
    /// Of the fraction of a unit.
    pub numerator: i128,
    /// Of the fraction of a unit, at least 1.
    pub denominator: i128,
}

impl Quota {
    /// `numerator / denominator`, both zero or more, in lowest terms; nothing over nothing is nothing.
    #[must_use]
    pub fn ratio(numerator: i128, denominator: i128) -> Quota {
        let denominator = denominator.max(1);
        let rest = numerator % denominator;
        let common = greatest_common_divisor(denominator, rest);
        Quota { whole: numerator / denominator, numerator: rest / common, denominator: denominator / common }
    }

    /// The quota times `by / of`: what so many units of that size are in credits.
    #[must_use]
    pub fn times(self, by: i128, of: i128) -> Quota {
        Quota::ratio((self.whole * self.denominator + self.numerator) * by, self.denominator * of)
    }

    /// Reads what [`Quota::as_str`] wrote.
    pub fn parse(text: &str) -> Result<Quota, &'static str> {
        let (whole, fraction) = text.split_once(' ').unwrap_or((text, "0/1"));
        let number = |digits: &str| digits.parse::<i128>().ok().filter(|number| *number >= 0);
        let parts = fraction.split_once('/').and_then(|(n, d)| Some((number(whole)?, number(n)?, number(d)?)));
        match parts {
            Some((whole, numerator, denominator)) if numerator < denominator => {
                Ok(Quota { whole, numerator, denominator })
            }
            _ => Err("must be an exact number such as 123 45/678"),
        }
    }

    /// The exact quota: `123 45/678`, or `123` without a fraction.
    #[must_use]
    pub fn as_str(self) -> String {
        match self.numerator {
            0 => self.whole.to_string(),
            _ => format!("{} {}/{}", self.whole, self.numerator, self.denominator),
        }
    }

    /// Whether the quota is exactly so many hundredths of a unit.
    #[must_use]
    pub fn is_exactly(self, hundredths: i64) -> bool {
        let own = self.times(100, 1);
        own.numerator == 0 && own.whole == i128::from(hundredths)
    }

    /// The quota in units with two decimals as people round it, to the nearest, with commas between thousands; where it is
    /// not exactly that, `about` stands before it.
    #[must_use]
    pub fn in_words(self) -> String {
        if self.numerator == 0 {
            return said::number(self.whole);
        }
        let halves = self.times(200, 1);
        let nearest = Quota::ratio((halves.whole + 1) / 2, 100).decimal(2);
        let about = if self.times(100, 1).numerator == 0 { "" } else { "about " };
        format!("{about}{}", said::number(nearest))
    }

    /// The quota in units with `places` decimals, cut off and never rounded up: for reading, not
    /// for arithmetic.
    #[must_use]
    pub fn decimal(&self, places: u8) -> String {
        let mut text = self.whole.to_string();
        let mut rest = self.numerator;
        for place in 0..places {
            if place == 0 {
                text.push('.');
            }
            rest *= 10;
            text.push_str(&(rest / self.denominator).to_string());
            rest %= self.denominator;
        }
        text
    }
}

text!(Quota);

/// Why a pool cannot be divided. Amounts are in units. Where several schools are at fault the one
/// with the lowest key is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Impossible<K> {
    /// The pool is zero or less.
    #[error("the pool must be more than zero")]
    PoolNotPositive,
    /// An input is outside the documented range.
    #[error("out of range: {what}")]
    OutOfRange {
        /// The input and its range.
        what: &'static str,
    },
    /// A school has two shares.
    #[error("school {key} is listed more than once")]
    DuplicateKey {
        /// The school.
        key: K,
    },
    /// A school's cap is less than its floor.
    #[error("school {key} has a cap {by} units below its floor")]
    CapBelowFloor {
        /// The school.
        key: K,
        /// Floor less cap.
        by: i64,
    },
    /// The floors together are more than the pool.
    #[error("the floors come to {by} units more than the pool")]
    FloorsOverPool {
        /// Floors less pool.
        by: i64,
    },
    /// The caps, with the floors of schools whose score is zero, are less than the pool.
    #[error("the caps come to {by} units less than the pool")]
    CapsUnderPool {
        /// Pool less all that can be awarded.
        by: i64,
    },
    /// No school has a score, and the floors do not use up the pool.
    #[error("no school has pupils, weight and months to divide the pool by")]
    NoPupils,
}

/// Divides `pool` units over the schools of `shares`; the awards come in the order of `shares`.
///
/// A school whose score is zero gets its floor.
///
/// # Errors
/// [`Impossible`], when an input is out of range or no division keeps every floor and cap.
pub fn apportion<K: Ord + Copy>(pool: i64, shares: &[Share<K>]) -> Result<Vec<Award<K>>, Impossible<K>> {
    check(pool, shares)?;
    let rate = Rate::find(pool, shares)?;
    let mut awards: Vec<_> = shares.iter().map(|share| rate.award(share, pool)).collect();
    hand_out_remainders(pool, rate, &mut awards);
    Ok(awards)
}

/// Refuses what the arithmetic cannot hold and what no rate could mend.
fn check<K: Ord + Copy>(pool: i64, shares: &[Share<K>]) -> Result<(), Impossible<K>> {
    if pool <= 0 {
        return Err(Impossible::PoolNotPositive);
    }
    let limits = [
        (pool > MAX_POOL, "pool, at most 1000000000000 units"),
        (shares.len() > MAX_SCHOOLS, "schools, at most 1000000"),
        (shares.iter().any(|s| s.pupils > MAX_PUPILS), "pupils of a school, at most 1000000"),
        (shares.iter().any(|s| s.months > MAX_MONTHS), "months of a school, 0 to 12"),
        (shares.iter().any(|s| !(0..=MAX_POOL).contains(&s.floor)), "floor of a school, 0 to 1000000000000 units"),
        (shares.iter().any(|s| s.cap.is_some_and(|cap| cap < 0)), "cap of a school, 0 or more units"),
    ];
    if let Some((_, what)) = limits.into_iter().find(|(broken, _)| *broken) {
        return Err(Impossible::OutOfRange { what });
    }

    let mut keys: Vec<K> = shares.iter().map(|share| share.key).collect();
    keys.sort_unstable();
    if let Some((&key, _)) = keys.iter().zip(keys.iter().skip(1)).find(|(a, b)| a == b) {
        return Err(Impossible::DuplicateKey { key });
    }

    let shortfalls = shares
        .iter()
        .filter_map(|share| share.cap.filter(|cap| *cap < share.floor).map(|cap| (share.key, share.floor - cap)));
    if let Some((key, by)) = shortfalls.min() {
        return Err(Impossible::CapBelowFloor { key, by });
    }
    Ok(())
}

/// Units for each point of score, as an exact fraction: `numerator` is at most the pool,
/// `denominator` at most the sum of scores.
#[derive(Clone, Copy)]
struct Rate {
    numerator: i128,
    denominator: i128,
}

/// A rate, `units / score`, at which a school's award begins or ceases to grow.
struct Breakpoint {
    units: i64,
    score: i128,
    leaves_floor: bool,
}

impl Rate {
    /// The least rate at which the clamped quotas sum to the pool.
    ///
    /// Between breakpoints the sum is `bound + growing × rate`: `bound` the units of the schools at
    /// a floor or cap, `growing` the scores of the rest.
    fn find<K>(pool: i64, shares: &[Share<K>]) -> Result<Self, Impossible<K>> {
        let floors: i64 = shares.iter().map(|share| share.floor).sum();
        if floors > pool {
            return Err(Impossible::FloorsOverPool { by: floors - pool });
        }
        if floors == pool {
            return Ok(Self { numerator: 0, denominator: 1 });
        }

        let mut breakpoints = breakpoints(pool, shares);
        if breakpoints.is_empty() {
            return Err(Impossible::NoPupils);
        }
        breakpoints.sort_by(|a, b| (i128::from(a.units) * b.score).cmp(&(i128::from(b.units) * a.score)));

        let (mut bound, mut growing) = (floors, 0);
        for Breakpoint { units, score, leaves_floor } in breakpoints {
            // The sum was under the pool at the breakpoint before, so if it gets there by this one
            // then something is growing, and the denominator is not zero.
            if growing * i128::from(units) >= i128::from(pool - bound) * score {
                return Ok(Self { numerator: i128::from(pool - bound), denominator: growing });
            }
            if leaves_floor {
                bound -= units;
                growing += score;
            } else {
                bound += units;
                growing -= score;
            }
        }
        Err(Impossible::CapsUnderPool { by: pool - bound })
    }

    /// The school's quota at this rate, and its award before remainders.
    fn award<K: Copy>(self, share: &Share<K>, pool: i64) -> Award<K> {
        let quota = self.quota(share.score());
        let ceiling = share.ceiling(pool);
        let over = (quota.whole, quota.numerator) > (i128::from(ceiling), 0);
        let bound = if quota.whole < i128::from(share.floor) {
            Some(Bound::Floor)
        } else if over {
            Some(Bound::Cap)
        } else {
            None
        };
        // A whole part beyond an i64 is beyond any ceiling too.
        let whole = i64::try_from(quota.whole).unwrap_or(i64::MAX);
        let rounded_down = whole.max(share.floor).min(ceiling);
        Award {
            key: share.key,
            pupils: share.pupils,
            weight: share.weight,
            months: share.months,
            quota,
            rounded_down,
            remainder_rank: None,
            bound,
            units: rounded_down,
        }
    }

    fn quota(self, score: i128) -> Quota {
        Quota::ratio(self.numerator * score, self.denominator)
    }

    /// The fraction of a unit in a quota at this rate, over the rate's own denominator: comparing
    /// fractions in lowest terms by cross multiplication could pass an `i128`.
    fn remainder(self, quota: Quota) -> i128 {
        quota.numerator * (self.denominator / quota.denominator)
    }
}

/// Two for each school with a score, in no order but that a school's floor comes before its cap.
fn breakpoints<K>(pool: i64, shares: &[Share<K>]) -> Vec<Breakpoint> {
    let with_score = shares.iter().filter(|share| share.score() > 0);
    with_score
        .flat_map(|share| {
            let score = share.score();
            [
                Breakpoint { units: share.floor, score, leaves_floor: true },
                Breakpoint { units: share.ceiling(pool), score, leaves_floor: false },
            ]
        })
        .collect()
}

/// Ranks the schools that are not bound, and gives one unit each from the top until the pool is
/// used up. The units left over are the sum of the remainders, so fewer than the remainders that
/// are not zero: no school with a whole quota gets one, and none passes its cap.
fn hand_out_remainders<K: Ord + Copy>(pool: i64, rate: Rate, awards: &mut [Award<K>]) {
    let left_over = pool - awards.iter().map(|award| award.rounded_down).sum::<i64>();
    let mut free: Vec<_> = awards.iter_mut().filter(|award| award.bound.is_none()).collect();
    free.sort_by_cached_key(|award| (Reverse(rate.remainder(award.quota)), Reverse(award.pupils), award.key));
    for (rank, award) in (1_u32..).zip(free) {
        award.remainder_rank = Some(rank);
        if i64::from(rank) <= left_over {
            award.units += 1;
        }
    }
}

fn greatest_common_divisor(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here says where")]
mod tests;
