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
use std::fmt;

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

/// The limit that decided an award in place of the quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The quota was less than the floor.
    Floor,
    /// The quota was more than the cap.
    Cap,
}

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

/// The exact quota in units: `123 45/678`, or `123` without a fraction.
impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.whole)?;
        if self.numerator > 0 {
            write!(f, " {}/{}", self.numerator, self.denominator)?;
        }
        Ok(())
    }
}

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
        let units = self.numerator * score;
        let remainder = units % self.denominator;
        let common = greatest_common_divisor(self.denominator, remainder);
        Quota { whole: units / self.denominator, numerator: remainder / common, denominator: self.denominator / common }
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
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    fn school(key: u32, pupils: u32) -> Share<u32> {
        Share { key, pupils, weight: 10_000, months: 12, floor: 0, cap: None }
    }

    fn schools(pupils: &[u32]) -> Vec<Share<u32>> {
        (1..).zip(pupils).map(|(key, &pupils)| school(key, pupils)).collect()
    }

    fn units(awards: &[Award<u32>]) -> Vec<i64> {
        awards.iter().map(|award| award.units).collect()
    }

    fn divided(pool: i64, shares: &[Share<u32>]) -> Vec<i64> {
        units(&apportion(pool, shares).unwrap())
    }

    fn refused(pool: i64, shares: &[Share<u32>]) -> Impossible<u32> {
        apportion(pool, shares).unwrap_err()
    }

    /// The bill of 1792 that Washington vetoed: 120 seats on the census of 1790.
    #[test]
    fn hamiltons_own_division_of_the_house() {
        let states = schools(&[
            630_560, 475_327, 432_879, 353_523, 331_589, 278_514, 236_841, 206_236, 179_570, 141_822, 85_533, 70_835,
            68_705, 68_446, 55_540,
        ]);
        let awards = apportion(120, &states).unwrap();
        assert_eq!(units(&awards), [21, 16, 14, 12, 11, 9, 8, 7, 6, 5, 3, 2, 2, 2, 2]);
        assert_eq!(awards[0].quota.decimal(3), "20.926");
        assert_eq!(awards[8].remainder_rank, Some(1)); // New Jersey, 5.959
        assert_eq!(awards[5].remainder_rank, Some(14)); // Maryland, 9.243
    }

    #[test]
    fn alabama_paradox_is_kept() {
        assert_eq!(divided(10, &schools(&[6, 6, 2])), [4, 4, 2]);
        assert_eq!(divided(11, &schools(&[6, 6, 2])), [5, 5, 1]);
    }

    #[test]
    fn every_line_explains_itself() {
        let mut shares = schools(&[100, 200, 300, 400]);
        shares[0].floor = 20; // takes 20 where 10 is its due
        shares[3].cap = Some(30); // takes 30 where 40 is its due
        let awards = apportion(99, &shares).unwrap();
        // 49 units are left for 500 pupils: 19 3/5 and 29 2/5.
        let quotas: Vec<_> = awards.iter().map(|award| award.quota.to_string()).collect();
        assert_eq!(quotas, ["9 4/5", "19 3/5", "29 2/5", "39 1/5"]);
        assert_eq!(units(&awards), [20, 20, 29, 30]);
        let bounds: Vec<_> = awards.iter().map(|award| award.bound).collect();
        assert_eq!(bounds, [Some(Bound::Floor), None, None, Some(Bound::Cap)]);
        let ranks: Vec<_> = awards.iter().map(|award| award.remainder_rank).collect();
        assert_eq!(ranks, [None, Some(1), Some(2), None]);
        let rounded: Vec<_> = awards.iter().map(|award| award.rounded_down).collect();
        assert_eq!(rounded, [20, 19, 29, 30]);
    }

    #[test]
    fn weight_and_months_scale_the_pupils() {
        let mut shares = schools(&[120, 120, 120, 120]);
        shares[1].weight = 15_000;
        shares[2].months = 6;
        shares[3].weight = 0;
        assert_eq!(divided(300, &shares), [100, 150, 50, 0]);
    }

    #[test]
    fn ties_go_to_more_pupils_then_to_the_lower_key() {
        // Equal scores, so equal remainders: 60 pupils at weight 1 and 120 at weight 1/2.
        let mut shares = [school(1, 60), school(9, 120), school(4, 60), school(3, 60)];
        shares[1].weight = 5_000;
        assert_eq!(divided(1, &shares), [0, 1, 0, 0]);
        assert_eq!(divided(2, &shares), [1, 1, 0, 0]);
        assert_eq!(divided(3, &shares), [1, 1, 0, 1]);
    }

    #[test]
    fn fixing_a_floor_can_free_a_cap() {
        // At the first rate, 10, the last school is over its cap of 75; the floor takes 22 units
        // above its due, the rate falls to 7 5/9, and the cap no longer binds.
        let mut shares = schools(&[1, 1, 8]);
        shares[0].floor = 32;
        shares[2].cap = Some(75);
        let awards = apportion(100, &shares).unwrap();
        assert_eq!(units(&awards), [32, 8, 60]);
        assert_eq!(awards[2].bound, None);
    }

    #[test]
    fn a_school_with_no_score_gets_its_floor() {
        let mut shares = schools(&[10, 0, 0]);
        shares[1].floor = 3;
        assert_eq!(divided(10, &shares), [7, 3, 0]);
        shares[0].pupils = 0;
        assert_eq!(divided(3, &shares), [0, 3, 0]);
    }

    #[test]
    fn a_quota_equal_to_its_limit_is_not_bound() {
        let mut shares = schools(&[1, 3]);
        (shares[0].floor, shares[1].cap) = (25, Some(75));
        let awards = apportion(100, &shares).unwrap();
        assert_eq!((awards[0].bound, awards[1].bound), (None, None));
    }

    #[test]
    fn quota_prints_exactly_and_never_rounds_up() {
        let quota = Quota { whole: 123, numerator: 2, denominator: 3 };
        assert_eq!(quota.to_string(), "123 2/3");
        assert_eq!(quota.decimal(0), "123");
        assert_eq!(quota.decimal(4), "123.6666");
        let small = Quota { whole: 0, numerator: 1, denominator: 400 };
        assert_eq!((small.to_string().as_str(), small.decimal(3).as_str()), ("0 1/400", "0.002"));
        let whole = Quota { whole: 7, numerator: 0, denominator: 1 };
        assert_eq!((whole.to_string().as_str(), whole.decimal(2).as_str()), ("7", "7.00"));
    }

    #[test]
    fn impossible_sets_say_by_how_much() {
        let mut shares = schools(&[10, 20]);
        (shares[0].floor, shares[1].floor) = (60, 50);
        assert_eq!(refused(100, &shares), Impossible::FloorsOverPool { by: 10 });
        assert_eq!(divided(110, &shares), [60, 50]);

        let mut shares = schools(&[10, 20, 0]);
        (shares[0].cap, shares[1].cap, shares[2].floor) = (Some(30), Some(40), 5);
        assert_eq!(refused(100, &shares), Impossible::CapsUnderPool { by: 25 });
        assert_eq!(divided(75, &shares), [30, 40, 5]);

        let mut shares = [school(8, 1), school(5, 1), school(2, 1)];
        (shares[0].floor, shares[0].cap) = (9, Some(2));
        (shares[1].floor, shares[1].cap) = (9, Some(5));
        let refusal = refused(100, &shares);
        assert_eq!(refusal, Impossible::CapBelowFloor { key: 5, by: 4 });
        assert_eq!(refusal.to_string(), "school 5 has a cap 4 units below its floor");

        let twice = [school(8, 1), school(5, 1), school(8, 1), school(5, 2)];
        assert_eq!(refused(100, &twice), Impossible::DuplicateKey { key: 5 });

        let mut shares = schools(&[0, 0]);
        shares[0].floor = 99;
        assert_eq!(refused(100, &shares), Impossible::NoPupils);
        assert_eq!(refused(100, &[]), Impossible::NoPupils);
        assert_eq!(refused(0, &shares), Impossible::PoolNotPositive);
        assert_eq!(refused(-1, &shares), Impossible::PoolNotPositive);
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        let good = school(1, MAX_PUPILS);
        assert_eq!(divided(MAX_POOL, &[good]), [MAX_POOL]);
        let bad = [
            (MAX_POOL + 1, good, "pool"),
            (1, Share { pupils: MAX_PUPILS + 1, ..good }, "pupils"),
            (1, Share { months: 13, ..good }, "months"),
            (1, Share { floor: -1, ..good }, "floor"),
            (1, Share { floor: MAX_POOL + 1, ..good }, "floor"),
            (1, Share { cap: Some(-1), ..good }, "cap"),
        ];
        for (pool, share, named) in bad {
            let text = refused(pool, &[share]).to_string();
            assert!(text.starts_with(&format!("out of range: {named}")), "{named}: {text}");
        }
    }

    /// The corners of the range, where the products are largest; plain arithmetic would panic here
    /// in a debug build if it could overflow.
    #[test]
    fn the_largest_inputs_do_not_overflow() {
        let largest = |key| Share { weight: u32::MAX, cap: Some(i64::MAX), ..school(key, MAX_PUPILS) };
        let mut shares: Vec<_> = (0..1_000_000).map(largest).collect();
        assert_eq!(divided(MAX_POOL, &shares), vec![1_000_000; 1_000_000]);
        for share in shares.iter_mut().step_by(1_000) {
            share.floor = MAX_POOL / 1_000 - 1;
        }
        shares[7] = Share { weight: 1, months: 1, pupils: 1, ..shares[7] };
        assert_eq!(divided(MAX_POOL, &shares).iter().sum::<i64>(), MAX_POOL);

        shares.truncate(2);
        shares[0].cap = Some(1_000_000_000);
        shares[0].floor = 0;
        shares[1] = Share { weight: 1, months: 1, pupils: 1, ..shares[1] };
        let awards = apportion(MAX_POOL, &shares).unwrap();
        assert_eq!(units(&awards), [1_000_000_000, MAX_POOL - 1_000_000_000]);
        assert!(awards[0].quota.whole > i128::from(i64::MAX));

        shares.resize(1_000_001, shares[0]);
        let text = refused(1, &shares).to_string();
        assert!(text.starts_with("out of range: schools"), "{text}");
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "the time it takes is what is tested")]
    fn every_school_in_england_takes_well_under_a_second() {
        let shares: Vec<_> = (0..24_433_u32)
            .map(|n| Share {
                key: 100_000 + n,
                pupils: n * 7_919 % 1_801,
                weight: [10_000, 12_500, 9_000][usize::try_from(n % 3).unwrap()],
                months: if n % 40 == 0 { 5 } else { 12 },
                floor: if n % 5 == 0 { 2_000 } else { 0 },
                cap: (n % 7 == 0).then_some(40_000),
            })
            .collect();
        let started = Instant::now();
        let awards = apportion(500_000_000, &shares).unwrap();
        let taken = started.elapsed();
        assert_eq!(awards.iter().map(|award| award.units).sum::<i64>(), 500_000_000);
        assert!(awards.iter().any(|award| award.bound == Some(Bound::Floor)));
        assert!(awards.iter().any(|award| award.bound == Some(Bound::Cap)));
        let limit = if cfg!(debug_assertions) { 5_000 } else { 500 };
        assert!(taken < Duration::from_millis(limit), "took {taken:?}");
    }

    /// The slow, obvious version: divide, bind the side that is broken by more, divide again; then
    /// look through all schools for each unit left over.
    fn slow(pool: i64, shares: &[Share<u32>]) -> Result<Vec<i64>, Impossible<u32>> {
        let score = |s: &Share<u32>| i128::from(s.pupils) * i128::from(s.weight) * i128::from(s.months);
        let floors: i64 = shares.iter().map(|s| s.floor).sum();
        if floors > pool {
            return Err(Impossible::FloorsOverPool { by: floors - pool });
        }
        if floors < pool && shares.iter().all(|s| score(s) == 0) {
            return Err(Impossible::NoPupils);
        }
        let uncapped = shares.iter().any(|s| score(s) > 0 && s.cap.is_none());
        let most = |s: &Share<u32>| {
            if score(s) > 0 { s.cap.unwrap() } else { s.floor }
        };
        if !uncapped && shares.iter().map(most).sum::<i64>() < pool {
            return Err(Impossible::CapsUnderPool { by: pool - shares.iter().map(most).sum::<i64>() });
        }

        let mut bound: Vec<Option<i64>> = shares.iter().map(|s| (score(s) == 0).then_some(s.floor)).collect();
        let (rest, total) = loop {
            let rest = i128::from(pool - bound.iter().flatten().sum::<i64>());
            let free = || (0..shares.len()).filter(|&i| bound[i].is_none());
            let total: i128 = free().map(|i| score(&shares[i])).sum();
            // Quota, floor and cap, all times the total of the free scores.
            let quota = |i: usize| rest * score(&shares[i]);
            let under = |i: usize| (i128::from(shares[i].floor) * total - quota(i)).max(0);
            let over = |i: usize| shares[i].cap.map_or(0, |cap| (quota(i) - i128::from(cap) * total).max(0));
            let (lacking, excess): (i128, i128) = (free().map(under).sum(), free().map(over).sum());
            let binds: Vec<(usize, i64)> = if lacking >= excess {
                free().filter(|&i| under(i) > 0).map(|i| (i, shares[i].floor)).collect()
            } else {
                free().filter(|&i| over(i) > 0).map(|i| (i, shares[i].cap.unwrap())).collect()
            };
            if binds.is_empty() {
                break (rest, total);
            }
            for (i, limit) in binds {
                bound[i] = Some(limit);
            }
        };

        let mut units: Vec<i64> = (0..shares.len())
            .map(|i| bound[i].unwrap_or_else(|| (rest * score(&shares[i]) / total).try_into().unwrap()))
            .collect();
        let mut waiting: Vec<usize> = (0..shares.len()).filter(|&i| bound[i].is_none()).collect();
        while units.iter().sum::<i64>() < pool {
            let ahead = |&i: &usize, &j: &usize| {
                let remainder = |i: usize| rest * score(&shares[i]) % total;
                remainder(i)
                    .cmp(&remainder(j))
                    .then(shares[i].pupils.cmp(&shares[j].pupils))
                    .then(shares[j].key.cmp(&shares[i].key))
            };
            let first = waiting.iter().copied().max_by(ahead).unwrap();
            units[first] += 1;
            waiting.retain(|&i| i != first);
        }
        Ok(units)
    }

    fn any_share() -> impl Strategy<Value = Share<u32>> {
        let pupils = prop_oneof![4 => 0..=12_u32, 1 => Just(0), 3 => 0..=MAX_PUPILS];
        let weight = prop_oneof![5 => Just(10_000_u32), 2 => 1..=30_000_u32, 1 => Just(0)];
        let months = prop_oneof![3 => Just(12_u8), 1 => 0..=12_u8];
        let floor = prop_oneof![3 => Just(0_i64), 2 => 0..=40_i64];
        let headroom = prop::option::of(0..=40_i64);
        (pupils, weight, months, floor, headroom).prop_map(|(pupils, weight, months, floor, headroom)| Share {
            key: 0,
            pupils,
            weight,
            months,
            floor,
            cap: headroom.map(|headroom| floor + headroom),
        })
    }

    /// Keys are not in the order of the shares. The pool lies from just under the floors to just
    /// over the caps, so that most sets can be satisfied and most bind somebody.
    fn any_division() -> impl Strategy<Value = (i64, Vec<Share<u32>>)> {
        let shares = prop::collection::vec(any_share(), 1..14).prop_map(|mut shares| {
            for (key, share) in (0..).zip(&mut shares) {
                share.key = key * 7 % 17;
            }
            shares
        });
        (shares, 0..=1_000_i64).prop_map(|(shares, place)| {
            let floors: i64 = shares.iter().map(|s| s.floor).sum();
            let caps: i64 = shares.iter().map(|s| s.cap.unwrap_or(s.floor + 60)).sum();
            let pool = floors - 2 + (caps - floors + 4) * place / 1_000;
            (pool.max(1), shares)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 256,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn agrees_with_the_slow_version((pool, shares) in any_division()) {
            let fast = apportion(pool, &shares).map(|awards| units(&awards));
            prop_assert_eq!(fast, slow(pool, &shares));
        }

        #[test]
        fn sums_exactly_within_floors_caps_and_the_quota_rule((pool, shares) in any_division()) {
            let Ok(awards) = apportion(pool, &shares) else { return Ok(()) };
            prop_assert_eq!(awards.iter().map(|award| award.units).sum::<i64>(), pool);
            for (share, award) in shares.iter().zip(&awards) {
                prop_assert_eq!(
                    (share.key, share.pupils, share.weight, share.months),
                    (award.key, award.pupils, award.weight, award.months)
                );
                prop_assert!(award.units >= share.floor);
                prop_assert!(share.cap.is_none_or(|cap| award.units <= cap));
                let Quota { whole, numerator, denominator } = award.quota;
                prop_assert!(0 <= numerator && numerator < denominator);
                let up = whole + i128::from(numerator > 0);
                let given = i128::from(award.units);
                match award.bound {
                    None => prop_assert!(given == whole || given == up),
                    Some(Bound::Floor) => prop_assert!(award.units == share.floor && whole < given),
                    Some(Bound::Cap) => prop_assert!(Some(award.units) == share.cap && up > given),
                }
                prop_assert_eq!(award.remainder_rank.is_some(), award.bound.is_none());
            }
        }

        #[test]
        fn the_rest_is_divided_in_exact_proportion((pool, shares) in any_division()) {
            let Ok(awards) = apportion(pool, &shares) else { return Ok(()) };
            let pairs = shares.iter().zip(&awards);
            let free: Vec<_> = pairs.filter(|(_, a)| a.bound.is_none()).collect();
            let bound: i64 = awards.iter().filter(|a| a.bound.is_some()).map(|a| a.units).sum();
            let total: i128 = free.iter().map(|(s, _)| s.score()).sum();
            for (share, award) in free {
                let Quota { whole, numerator, denominator } = award.quota;
                // quota = (pool - bound) × score / total, cross multiplied
                prop_assert_eq!(
                    (whole * denominator + numerator) * total,
                    i128::from(pool - bound) * share.score() * denominator
                );
            }
        }

        #[test]
        fn order_of_the_shares_does_not_matter(
            (pool, shares, shuffled) in any_division().prop_flat_map(|(pool, shares)| {
                (Just(pool), Just(shares.clone()), Just(shares).prop_shuffle())
            })
        ) {
            let sorted = |shares: &[Share<u32>]| apportion(pool, shares).map(|mut awards| {
                awards.sort_by_key(|award| award.key);
                awards
            });
            prop_assert_eq!(sorted(&shares), sorted(&shuffled));
        }

        #[test]
        fn a_refusal_names_the_least_change_that_mends_it((pool, shares) in any_division()) {
            let reach = match apportion(pool, &shares) {
                Err(Impossible::FloorsOverPool { by }) => pool + by,
                Err(Impossible::CapsUnderPool { by }) => pool - by,
                _ => return Ok(()),
            };
            if reach > 0 {
                prop_assert!(apportion(reach, &shares).is_ok());
            }
            let short = reach + (pool - reach).signum();
            prop_assert!(short <= 0 || apportion(short, &shares).is_err());
        }
    }
}
