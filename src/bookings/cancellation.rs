//! What cancelling gives back: the policy that was agreed, on the day it is done.

use chrono::{DateTime, Utc};

use crate::clock::london_date;
use crate::credits::Credits;
use crate::programmes::policy::Policy;

/// What comes back of `held` credits when a booking is cancelled at `now` and its event starts at
/// `starts_at`: the policy's percentage of `price`, by whole days in England between the two, to the
/// nearest hundredth, a half rounded up; never more than is held.
pub fn refund(policy: &Policy, price: Credits, held: Credits, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Credits {
    let days_left = (london_date(starts_at) - london_date(now)).num_days();
    price.percent(policy.refund_percent(days_left)).min(held)
}

/// A part of what a booking paid, from one wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share<A> {
    /// The wallet.
    pub wallet: A,
    /// How much.
    pub amount: Credits,
}

/// Gives `refund` back to the wallets that paid, the last that was drawn on first, so that a school
/// gets back the credits that live longest. `paid` is in the order of the draw.
pub fn give_back<A: Copy>(paid: &[Share<A>], refund: Credits) -> Vec<Share<A>> {
    let mut left = refund;
    let mut back = Vec::new();
    for share in paid.iter().rev() {
        let amount = share.amount.min(left);
        if amount > Credits::ZERO {
            back.push(Share { wallet: share.wallet, amount });
            left = left - amount;
        }
    }
    back
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credits(text: &str) -> Credits {
        Credits::parse(text).unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Above 28 days all, 28 to 15 half, 14 to 8 a quarter, 7 or fewer nothing.
    fn copthorne() -> Policy {
        Policy::parse(r#"{"basis":"calendar_days","tiers":[{"days_before":29,"refund_percent":100},{"days_before":15,"refund_percent":50},{"days_before":8,"refund_percent":25}]}"#).unwrap()
    }

    #[test]
    fn tiers_end_on_their_day_in_england() {
        let starts = at("2027-03-31T08:00:00Z");
        for (now, back) in [
            ("2027-03-02T12:00:00Z", "600"),
            ("2027-03-03T00:00:00Z", "300"),
            ("2027-03-11T12:00:00Z", "300"),
            ("2027-03-16T23:59:59Z", "300"),
            ("2027-03-17T00:00:00Z", "150"),
            ("2027-03-23T12:00:00Z", "150"),
            ("2027-03-24T12:00:00Z", "0"),
            ("2027-03-31T07:59:00Z", "0"),
        ] {
            assert_eq!(refund(&copthorne(), credits("600"), credits("600"), starts, at(now)), credits(back), "{now}");
        }
        // In summer time a day in England begins at 23:00 UTC.
        let summer = at("2027-07-30T08:00:00Z");
        assert_eq!(
            refund(&copthorne(), credits("600"), credits("600"), summer, at("2027-07-01T22:59:59Z")),
            credits("600")
        );
        assert_eq!(
            refund(&copthorne(), credits("600"), credits("600"), summer, at("2027-07-01T23:00:00Z")),
            credits("300")
        );
    }

    #[test]
    fn no_more_comes_back_than_is_held() {
        assert_eq!(
            refund(&copthorne(), credits("600"), credits("10"), at("2027-03-31T08:00:00Z"), at("2027-01-01T00:00:00Z")),
            credits("10")
        );
    }

    #[test]
    fn the_last_wallet_drawn_on_is_refunded_first() {
        let paid = [Share { wallet: 'a', amount: credits("2") }, Share { wallet: 'b', amount: credits("3") }];
        let back = |refund: &str| {
            give_back(&paid, credits(refund))
                .iter()
                .map(|share| (share.wallet, share.amount.to_string()))
                .collect::<Vec<_>>()
        };
        assert_eq!(back("5"), [('b', "3.00".to_owned()), ('a', "2.00".to_owned())]);
        assert_eq!(back("3.5"), [('b', "3.00".to_owned()), ('a', "0.50".to_owned())]);
        assert_eq!(back("1"), [('b', "1.00".to_owned())]);
        assert!(back("0").is_empty());
    }
}
