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
fn a_larger_pool_may_give_a_school_less() {
    let pupils = schools(&[600, 600, 200]);
    assert_eq!(divided(10, &pupils), [4, 4, 2]);
    assert_eq!(divided(11, &pupils), [5, 5, 1]);
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
    for (numerator, denominator, words) in [
        (4_941_291, 10_000, "about 494.13"),
        (4_941_249, 10_000, "about 494.12"),
        (49_995, 10, "4,999.50"),
        (7, 1, "7"),
    ] {
        assert_eq!(Quota::ratio(numerator, denominator).in_words(), words);
    }
    assert!(Quota::ratio(49_995, 10).is_exactly(499_950) && !Quota::ratio(1, 3).is_exactly(33));
    assert_eq!(quota.decimal(4), "123.6666");
    let small = Quota { whole: 0, numerator: 1, denominator: 400 };
    assert_eq!((small.to_string().as_str(), small.decimal(3).as_str()), ("0 1/400", "0.002"));
    let whole = Quota { whole: 7, numerator: 0, denominator: 1 };
    assert_eq!((whole.to_string().as_str(), whole.decimal(2).as_str()), ("7", "7.00"));
    // 123 2/3 half credits are 61 5/6 credits.
    assert_eq!(quota.times(50, 100).to_string(), "61 5/6");
    for quota in [quota, small, whole] {
        assert_eq!(Quota::parse(&quota.to_string()), Ok(quota));
    }
    for wrong in ["", "x", "-1", "1 1/0", "1 3/2", "1 1", "1 -1/2"] {
        assert!(Quota::parse(wrong).is_err(), "{wrong}");
    }
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
fn as_many_schools_as_england_has_sum_exactly() {
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
    let awards = apportion(500_000_000, &shares).unwrap();
    assert_eq!(awards.iter().map(|award| award.units).sum::<i64>(), 500_000_000);
    assert!(awards.iter().any(|award| award.bound == Some(Bound::Floor)));
    assert!(awards.iter().any(|award| award.bound == Some(Bound::Cap)));
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
