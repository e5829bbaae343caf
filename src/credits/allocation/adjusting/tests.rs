use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::base::ids::AccountId;
use crate::base::text::Urn;

fn credits(hundredths: i64) -> Credits {
    Credits::from_hundredths(hundredths)
}

fn school(number: u32) -> SchoolId {
    SchoolId(Uuid::from_u128(number.into()))
}

fn account(number: u32) -> AccountId {
    AccountId(Uuid::from_u128(number.into()))
}

fn allocation(number: u32) -> AllocationId {
    AllocationId(Uuid::from_u128(number.into()))
}

fn line(number: u32, hundredths: i64) -> DraftLine {
    DraftLine { credits: credits(hundredths), ..nothing(school(number), 100_000 + number) }
}

fn given(number: u32, hundredths: i64) -> Given {
    let urn = Urn::parse(&(100_000 + number).to_string()).unwrap();
    Given { school_id: school(number), urn, credits: credits(hundredths) }
}

#[test]
fn a_school_that_is_gone_has_a_line_of_nothing_in_its_place() {
    let lines = correct(vec![line(1, 500), line(4, 700)], vec![given(4, 900), given(2, 300)]);
    let told: Vec<_> = lines.iter().map(|line| (line.urn, line.credits, line.was)).collect();
    assert_eq!(
        told,
        [
            (100_001, credits(500), credits(0)),
            (100_002, credits(0), credits(300)),
            (100_004, credits(700), credits(900))
        ]
    );
}

#[test]
fn a_wallet_gives_back_what_it_holds_and_no_more() {
    let balances = HashMap::from([(1, credits(30)), (2, credits(0)), (3, credits(80))]);
    let lines =
        [(1, credits(-50)), (2, credits(-1)), (3, credits(-80)), (4, credits(-7)), (5, credits(9)), (6, credits(0))];
    let moved: Vec<_> = settle(&lines, &balances)
        .iter()
        .map(|moved| (moved.posted.hundredths(), moved.shortfall.hundredths()))
        .collect();
    assert_eq!(moved, [(-30, 20), (0, 1), (-80, 0), (0, 7), (9, 0), (0, 0)]);
}

#[test]
fn two_lines_on_one_wallet_share_it() {
    let balances = HashMap::from([(1, credits(10))]);
    let moved = settle(&[(1, credits(-25)), (1, credits(20)), (1, credits(-10))], &balances);
    let told: Vec<_> = moved.iter().map(|moved| (moved.posted.hundredths(), moved.shortfall.hundredths())).collect();
    assert_eq!(told, [(-25, 0), (20, 0), (-5, 5)]);
}

#[test]
fn what_is_owed_first_is_deducted_first() {
    let owed = |adjustment, of, hundredths| Owed {
        school_id: school(of),
        adjustment_id: allocation(adjustment),
        credits: credits(hundredths),
    };
    let mut lines = [line(1, 100), line(2, 5)];
    let all = [owed(7, 1, 60), owed(8, 1, 70), owed(7, 2, 5), owed(8, 2, 1), owed(8, 3, 9)];
    let taken = deduct(lines.iter().map(|line| (line.school, line.credits)), &all);
    assert_eq!(taken, [owed(7, 1, 60), owed(8, 1, 40), owed(7, 2, 5)]);
    show(&mut lines, &taken);
    assert_eq!(lines.each_ref().map(|line| line.deduction), [credits(100), credits(5)]);
}

/// The obvious version: hundredth by hundredth, until the wallet is empty.
fn slow(difference: i64, balance: i64) -> (i64, i64) {
    let (mut posted, mut short, mut wallet) = (difference.max(0), 0, balance);
    for _ in 0..-difference.min(0) {
        if wallet > 0 {
            wallet -= 1;
            posted -= 1;
        } else {
            short += 1;
        }
    }
    (posted, short)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// A pool divided twice over schools of which some come and some go.
    #[test]
    fn only_differences_move_and_nothing_is_lost(
        schools in prop::collection::vec((prop::option::of(0..60_i64), prop::option::of(0..60_i64), 0..60_i64), 1..12),
    ) {
        let numbered = || (1..).zip(&schools);
        let lines = numbered().filter_map(|(n, (is, ..))| is.map(|is| line(n, is))).collect();
        let before = numbered().filter_map(|(n, (_, was, _))| was.map(|was| given(n, was))).collect();
        let lines = correct(lines, before);
        prop_assert!(lines.is_sorted_by_key(|line| line.urn));
        let expected: BTreeMap<SchoolId, (i64, i64)> = numbered()
            .filter(|(_, (is, was, _))| is.is_some() || was.is_some())
            .map(|(n, (is, was, _))| (school(n), (was.unwrap_or(0), is.unwrap_or(0))))
            .collect();
        let found: BTreeMap<SchoolId, (i64, i64)> =
            lines.iter().map(|line| (line.school, (line.was.hundredths(), line.credits.hundredths()))).collect();
        prop_assert_eq!(&found, &expected);

        let differences: Vec<_> = lines.iter().map(|line| (line.school, line.credits - line.was)).collect();
        let mut wallets: HashMap<SchoolId, Credits> =
            numbered().map(|(n, (.., balance))| (school(n), credits(*balance))).collect();
        let moved = settle(&differences, &wallets);
        for ((of, difference), moved) in differences.iter().zip(&moved) {
            let (posted, short) = slow(difference.hundredths(), wallets[of].hundredths());
            prop_assert_eq!((moved.posted, moved.shortfall), (credits(posted), credits(short)));
            prop_assert_eq!(moved.posted - moved.shortfall, *difference);
        }

        // What is posted balances, moves every wallet that has a difference once, and leaves none below zero.
        let pool = |of: fn(&DraftLine) -> Credits| lines.iter().map(of).sum::<Credits>();
        let short: Credits = moved.iter().map(|moved| moved.shortfall).sum();
        let issued = pool(|line| line.credits) - pool(|line| line.was) + short;
        let accounts: HashMap<AccountId, SchoolId> = (1..).zip(&differences).map(|(n, (of, _))| (account(n), *of)).collect();
        let moves: Vec<_> = (1..).zip(&moved).map(|(n, moved)| (account(n), moved.posted)).collect();
        let Some((debits, paid)) = legs(account(0), &moves) else {
            prop_assert!(moved.iter().all(|moved| moved.posted == Credits::ZERO) && issued == Credits::ZERO);
            return Ok(());
        };
        prop_assert_eq!(debits.iter().map(|leg| leg.1).sum::<Credits>(), paid.iter().map(|leg| leg.1).sum::<Credits>());
        let mut net = Credits::ZERO;
        for (sign, (leg, amount)) in debits.iter().map(|leg| (-1, leg)).chain(paid.iter().map(|leg| (1, leg))) {
            prop_assert!(*amount > Credits::ZERO);
            let amount = credits(sign * amount.hundredths());
            match accounts.get(leg) {
                Some(of) => *wallets.get_mut(of).unwrap() = wallets[of] + amount,
                None => net = net - amount,
            }
        }
        prop_assert_eq!(net, issued);
        prop_assert!(wallets.values().all(|balance| *balance >= Credits::ZERO));
        prop_assert_eq!(debits.len() + paid.len(), moves.iter().filter(|(_, posted)| *posted != Credits::ZERO).count() + usize::from(net != Credits::ZERO));
    }

    /// With the same pool the differences are nothing together.
    #[test]
    fn differences_of_one_pool_sum_to_nothing(
        before in prop::collection::vec(0..500_i64, 1..12),
        after in prop::collection::vec(0..500_i64, 1..12),
    ) {
        // Both sides hold the same pool: the last line takes what is left over.
        let pool = before.iter().sum::<i64>().max(after.iter().sum());
        let fill = |mut side: Vec<i64>| {
            let rest = pool - side.iter().sum::<i64>();
            *side.last_mut().unwrap() += rest;
            side
        };
        let lines = (1..).zip(fill(after)).map(|(n, is)| line(n, is)).collect();
        let lines = correct(lines, (1..).zip(fill(before)).map(|(n, was)| given(n, was)).collect());
        prop_assert_eq!(lines.iter().map(|line| line.credits - line.was).sum::<Credits>(), Credits::ZERO);
        let moves: Vec<_> = lines.iter().map(|line| (AccountId(line.school.0), line.credits - line.was)).collect();
        let issuance = legs(account(0), &moves).into_iter().flat_map(|(debits, paid)| debits.into_iter().chain(paid)).find(|leg| leg.0 == account(0));
        prop_assert_eq!(issuance, None);
    }

    /// However it is owed, a school is deducted no more than it gets, and no more than it owes.
    #[test]
    fn deductions_stay_within_what_is_owed_and_given(
        award in 0..100_i64,
        owed in prop::collection::vec(1..60_i64, 0..6),
    ) {
        let debts: Vec<Owed> = (1..)
            .zip(&owed)
            .map(|(n, of)| Owed { school_id: school(1), adjustment_id: allocation(n), credits: credits(*of) })
            .collect();
        let taken = deduct([(school(1), credits(award))], &debts);
        let total = taken.iter().map(|owed| owed.credits.hundredths()).sum::<i64>();
        prop_assert_eq!(total, award.min(owed.iter().sum()));
        // One by one: each debt is paid in whole before the next is begun.
        let mut left = award;
        for debt in &debts {
            let paid = debt.credits.hundredths().min(left);
            left -= paid;
            let found = taken.iter().find(|owed| owed.adjustment_id == debt.adjustment_id);
            prop_assert_eq!(found.map_or(0, |owed| owed.credits.hundredths()), paid);
        }
    }
}
