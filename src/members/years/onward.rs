//! Where a refund goes when its wallet takes none any more: the one rule for it, pure.
//!
//! A refund to a wallet of a closed year goes to the same school's wallet of the same kind in the next year, as far as
//! the cap of that wallet's line has room left after earlier refunds; the rest lapses with the year. Where the next
//! year is closed by then as well, its own rule is followed from there, and so on. A refund to a school whose place
//! another took goes to the successor's wallet of the same year and kind, and on from there.

use std::collections::HashMap;

use super::carry::divide;
use crate::base::credits::Credits;
use crate::base::ids::{AccountId, SchoolId, YearCloseId};

/// What became of a wallet that takes no more refunds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onward {
    /// The wallet's year was closed.
    Closed(ClosedWallet),
    /// Another school took the place of the wallet's school.
    Succeeded(Heir),
}

impl Onward {
    /// The school that gets the refund, where that is another.
    pub fn heir(&self) -> Option<SchoolId> {
        match self {
            Onward::Closed(_) => None,
            Onward::Succeeded(heir) => Some(heir.school),
        }
    }
}

/// The wallet that stands in for another: of the same year and kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heir {
    /// The successor.
    pub school: SchoolId,
    /// The successor's wallet.
    pub wallet: AccountId,
}

/// A wallet of a closed year, as the close recorded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosedWallet {
    /// The close of its year.
    pub close: YearCloseId,
    /// The same school's wallet of the same kind in the next year.
    pub next: AccountId,
    /// The account that lapsed credits of the year go to.
    pub lapsed: AccountId,
    /// How much more may be carried; none where there is no limit.
    pub room: Option<Credits>,
}

/// What a close's rule made of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Followed {
    /// The close whose rule was followed.
    pub close: YearCloseId,
    /// The wallet of the closed year.
    pub wallet: AccountId,
    /// Carried to the next year.
    pub carried: Credits,
    /// Lapsed with the year.
    pub lapsed: Credits,
}

/// The wallet that stands in for another, after all successions of its school.
pub fn heir(onward: &HashMap<AccountId, Onward>, wallet: AccountId) -> AccountId {
    let mut at = wallet;
    for _ in 0..onward.len() {
        let Some(Onward::Succeeded(heir)) = onward.get(&at) else { break };
        at = heir.wallet;
    }
    at
}

/// Where a refund to `wallet` goes, the accounts in the order of the path, and by which closes. The parts sum to the
/// amount exactly. What is carried uses up room in `onward`, so that the next refund finds less.
pub fn redirect(
    onward: &mut HashMap<AccountId, Onward>,
    wallet: AccountId,
    amount: Credits,
) -> (Vec<(AccountId, Credits)>, Vec<Followed>) {
    let (mut to, mut followed) = (Vec::new(), Vec::new());
    let (mut at, mut left) = (wallet, amount);
    // A path has no more steps than there are wallets to go on from.
    let mut steps = onward.len();
    while left > Credits::ZERO {
        let closed = match onward.get_mut(&at).filter(|_| steps > 0) {
            None => {
                to.push((at, left));
                break;
            }
            Some(Onward::Succeeded(heir)) => {
                (at, steps) = (heir.wallet, steps - 1);
                continue;
            }
            Some(Onward::Closed(closed)) => closed,
        };
        steps -= 1;
        let (carried, lapsed) = divide(left, closed.room);
        closed.room = closed.room.map(|room| room - carried);
        followed.push(Followed { close: closed.close, wallet: at, carried, lapsed });
        if lapsed > Credits::ZERO {
            to.push((closed.lapsed, lapsed));
        }
        (at, left) = (closed.next, carried);
    }
    (to, followed)
}

/// Where refunds to several wallets go, each account once, and by which closes.
pub fn redirect_all(
    onward: &mut HashMap<AccountId, Onward>,
    refunds: impl IntoIterator<Item = (AccountId, Credits)>,
) -> (Vec<(AccountId, Credits)>, Vec<Followed>) {
    let (mut sums, mut followed) = (Vec::<(AccountId, Credits)>::new(), Vec::new());
    for (wallet, amount) in refunds {
        let (to, by) = redirect(onward, wallet, amount);
        for (account, amount) in to {
            match sums.iter_mut().find(|(other, _)| *other == account) {
                Some((_, sum)) => *sum = *sum + amount,
                None => sums.push((account, amount)),
            }
        }
        followed.extend(by);
    }
    (sums, followed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn account(n: u128) -> AccountId {
        AccountId(Uuid::from_u128(n))
    }

    /// Wallets 1, 2, … of years one after the other, all but the last closed with this room; what lapses goes to 101, ….
    fn years(rooms: &[Option<i64>]) -> HashMap<AccountId, Onward> {
        let closed = |(n, room): (u128, &Option<i64>)| {
            let room = room.map(Credits::from_hundredths);
            let close = YearCloseId(Uuid::from_u128(200 + n));
            (account(n), Onward::Closed(ClosedWallet { close, next: account(n + 1), lapsed: account(100 + n), room }))
        };
        (1..).zip(rooms).map(closed).collect()
    }

    fn go(onward: &mut HashMap<AccountId, Onward>, amount: i64) -> Vec<(u128, i64)> {
        let (to, _) = redirect(onward, account(1), Credits::from_hundredths(amount));
        to.into_iter().map(|(account, amount)| (account.0.as_u128(), amount.hundredths())).collect()
    }

    #[test]
    fn an_open_wallet_gets_its_refund() {
        assert_eq!(go(&mut HashMap::new(), 5), [(1, 5)]);
        assert_eq!(go(&mut HashMap::new(), 0), []);
    }

    #[test]
    fn what_the_cap_has_room_for_is_carried_and_the_rest_lapses() {
        let mut one = years(&[Some(7)]);
        assert_eq!(go(&mut one, 5), [(2, 5)]);
        assert_eq!(go(&mut one, 5), [(101, 3), (2, 2)], "the refund before took room");
        assert_eq!(go(&mut one, 1), [(101, 1)]);
        assert_eq!(go(&mut years(&[None]), 5), [(2, 5)]);
    }

    #[test]
    fn a_next_year_that_is_closed_too_follows_its_own_rule() {
        assert_eq!(go(&mut years(&[Some(7), Some(4)]), 10), [(101, 3), (102, 3), (3, 4)]);
        assert_eq!(go(&mut years(&[None, Some(0)]), 10), [(102, 10)]);
        let (_, followed) = redirect(&mut years(&[Some(7), None]), account(1), Credits::from_hundredths(10));
        let carried: Vec<i64> = followed.iter().map(|step| step.carried.hundredths()).collect();
        assert_eq!(carried, [7, 7]);
    }

    fn heir(n: u128) -> Onward {
        Onward::Succeeded(Heir { school: SchoolId(Uuid::from_u128(300 + n)), wallet: account(n) })
    }

    #[test]
    fn what_comes_back_to_a_school_goes_to_whoever_stands_in_its_place() {
        assert_eq!(go(&mut HashMap::from([(account(1), heir(2))]), 5), [(2, 5)]);
        assert_eq!(go(&mut HashMap::from([(account(1), heir(2)), (account(2), heir(3))]), 5), [(3, 5)]);
        // Its year was closed before: by that rule to its own next year, and from there to the successor's.
        let mut closed = years(&[Some(3)]);
        closed.insert(account(2), heir(9));
        assert_eq!(go(&mut closed, 5), [(101, 2), (9, 3)]);
        // The successor's year was closed since: by the rule for the successor.
        let mut since = years(&[None, Some(3)]);
        since.insert(account(1), heir(2));
        assert_eq!(go(&mut since, 5), [(102, 2), (3, 3)]);
    }

    #[test]
    fn a_circle_ends() {
        assert_eq!(go(&mut HashMap::from([(account(1), heir(2)), (account(2), heir(1))]), 5).len(), 1);
    }

    proptest! {
        #[test]
        fn every_hundredth_arrives(
            rooms in proptest::collection::vec(proptest::option::of(0..1_000_i64), 0..4),
            refunds in proptest::collection::vec(1..500_i64, 1..6),
        ) {
            let (mut onward, mut carried) = (years(&rooms), 0);
            for refund in refunds {
                let to = go(&mut onward, refund);
                prop_assert_eq!(to.iter().map(|(_, amount)| amount).sum::<i64>(), refund);
                prop_assert!(to.iter().all(|(_, amount)| *amount > 0));
                carried += to.iter().filter(|(account, _)| *account < 100).map(|(_, amount)| amount).sum::<i64>();
            }
            if let Some(Some(room)) = rooms.first() {
                prop_assert!(carried <= *room, "never more than the cap, however many refunds");
            }
        }
    }
}
