use proptest::prelude::*;

use super::*;

fn policy(tiers: &[(u16, u8)]) -> Result<Policy, Vec<NotAPolicy>> {
    Policy::new(Basis::CalendarDays, tiers.iter().map(|&(days, percent)| Tier::percent(days, percent)).collect())
}

fn credits(whole: i64) -> Credits {
    Credits::from_hundredths(whole * 100)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The percentage that comes back with this many days left.
fn percent(policy: &Policy, days_left: i64) -> i64 {
    let starts_on = day("2027-03-31");
    let today = starts_on - chrono::TimeDelta::days(days_left);
    policy.tier(today, starts_on).map_or(0, |tier| tier.refund_of(credits(100)).hundredths() / 100)
}

fn refunds(policy: &Policy, days: &[(i64, i64)]) {
    for &(days_left, expected) in days {
        assert_eq!(percent(policy, days_left), expected, "{days_left} days left");
    }
}

/// "100% at 7 days or less; 75% at 14 or less; 50% at 28 or less; else refund": the fee that is kept.
#[test]
fn copthorne() {
    let policy = policy(&[(29, 100), (15, 50), (8, 25)]).unwrap();
    refunds(&policy, &[(365, 100), (29, 100), (28, 50), (15, 50), (14, 25), (8, 25), (7, 0), (1, 0), (0, 0), (-1, 0)]);
}

/// "14 days or more: none; 8-13 days: 50%; 7 or less, or no show: 100%": the fee that is kept.
#[test]
fn colmore() {
    let policy = policy(&[(14, 100), (8, 50)]).unwrap();
    refunds(&policy, &[(15, 100), (14, 100), (13, 50), (8, 50), (7, 0), (0, 0), (-30, 0)]);
}

#[test]
fn without_tiers_nothing_comes_back_and_free_gives_all_until_the_start() {
    refunds(&policy(&[]).unwrap(), &[(1000, 0), (0, 0)]);
    refunds(&Policy::default(), &[(1000, 100), (0, 100), (-1, 0)]);
}

#[test]
fn working_days_pass_over_weekends_and_bank_holidays() {
    let policy = Policy::new(Basis::WorkingDays, vec![Tier::percent(5, 100), Tier::percent(1, 50)]).unwrap();
    // Easter is 28 March 2027: five working days before Wednesday 31 March is Monday 22 March.
    let starts_on = day("2027-03-31");
    for (today, expected) in [
        ("2027-03-22", Some(5)),
        ("2027-03-23", Some(1)),
        ("2027-03-29", Some(1)),
        ("2027-03-30", Some(1)),
        ("2027-03-31", None),
    ] {
        assert_eq!(policy.tier(day(today), starts_on).map(|tier| tier.days_before), expected, "{today}");
    }
    assert_eq!(policy.last_day(policy.tiers()[0], starts_on), day("2027-03-22"));
    assert_eq!(policy.last_day(policy.tiers()[1], starts_on), day("2027-03-30"));
}

#[test]
fn an_amount_comes_back_but_never_more_than_the_price() {
    assert_eq!(Tier::amount(7, credits(40)).refund_of(credits(100)), credits(40));
    assert_eq!(Tier::amount(7, credits(40)).refund_of(credits(30)), credits(30));
}

#[test]
fn what_is_wrong_is_all_told() {
    use NotAPolicy::{Mixed, NotDescending, NotOne, OverHundred, Rising, RisingAmount, TooMany};
    assert_eq!(
        policy(&[(7, 101), (7, 0), (8, 50)]).unwrap_err(),
        [OverHundred(0), NotDescending(1), NotDescending(2), Rising(2)]
    );
    let eleven: Vec<(u16, u8)> = (0..11).rev().map(|days| (days, 50)).collect();
    assert_eq!(policy(&eleven).unwrap_err(), [TooMany]);
    assert!(policy(&eleven[1..]).is_ok());
    let tiers = vec![Tier::amount(9, credits(5)), Tier::amount(8, credits(6)), Tier::percent(7, 1)];
    assert_eq!(Policy::new(Basis::WorkingDays, tiers).unwrap_err(), [RisingAmount(1), Mixed(2)]);
    assert_eq!(Rising(2).pointer(), "/tiers/2/refund_percent");
    assert_eq!(RisingAmount(2).pointer(), "/tiers/2/refund_amount");
    assert_eq!(NotOne(1).pointer(), "/tiers/1");
}

#[test]
fn the_stored_text_is_one_and_reads_back() {
    for text in [
        r#"{"basis":"calendar_days","tiers":[{"days_before":29,"refund_percent":100},{"days_before":15,"refund_percent":50}]}"#,
        r#"{"basis":"working_days","tiers":[{"days_before":10,"refund_amount":"40.00"},{"days_before":5,"refund_amount":"12.50"}]}"#,
        r#"{"basis":"working_days","tiers":[]}"#,
    ] {
        assert_eq!(Policy::parse(text).unwrap().as_str(), text);
    }
    for wrong in [
        "",
        "{}",
        r#"{"basis":"moons","tiers":[]}"#,
        r#"{"basis":"calendar_days","tiers":[{"days_before":1,"refund_percent":101}]}"#,
        r#"{"basis":"calendar_days","tiers":[{"days_before":1}]}"#,
        r#"{"basis":"calendar_days","tiers":[{"days_before":1,"refund_percent":1,"refund_amount":"1"}]}"#,
        r#"{"basis":"calendar_days","tiers":[],"fee":1}"#,
    ] {
        assert!(Policy::parse(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    /// The refund never rises as the event comes nearer, and is that of the nearest tier not yet passed.
    #[test]
    fn nearer_never_gives_more(
        days in prop::collection::btree_set(0_u16..400, 0..=10),
        mut percents in prop::collection::vec(0_u8..=100, 10),
        left in -10_i64..500,
    ) {
        percents.sort_unstable_by(|a, b| b.cmp(a));
        let tiers: Vec<(u16, u8)> = days.into_iter().rev().zip(percents).collect();
        let policy = policy(&tiers).unwrap();
        prop_assert!(percent(&policy, left) <= percent(&policy, left + 1));
        let slow = (0..=left.max(0)).rev().find_map(|day| tiers.iter().find(|tier| i64::from(tier.0) == day && left >= day));
        prop_assert_eq!(percent(&policy, left), slow.map_or(0, |tier| tier.1.into()));
    }

    /// A tier holds to the end of its last day and not on the next, whichever way the days are counted.
    #[test]
    fn a_tier_ends_with_its_last_day(
        days in prop::collection::btree_set(0_u16..60, 1..=10),
        working in any::<bool>(),
        offset in 0_u64..20_000,
    ) {
        let basis = if working { Basis::WorkingDays } else { Basis::CalendarDays };
        let tiers = days.into_iter().rev().map(|days| Tier::percent(days, 50)).collect();
        let (policy, starts_on) = (Policy::new(basis, tiers).unwrap(), day("2020-01-01") + Days::new(offset));
        for tier in policy.tiers() {
            let last = policy.last_day(*tier, starts_on);
            prop_assert_eq!(policy.tier(last, starts_on), Some(*tier));
            prop_assert_ne!(policy.tier(last + Days::new(1), starts_on), Some(*tier));
        }
    }
}
