//! Who gets what of a commission's credits. Pure, exact.
//!
//! Of what is paid in all, the hub gets its brokerage, divided by largest remainder between the two: both parts are
//! rounded down to the hundredth, and the hundredth that is left goes to the larger remainder, of two equal ones to the
//! provider's. Milestones are paid one after the other, and each pays the difference that it makes to the whole, so
//! the parts always come to what the whole says, in whatever order milestones are paid and however they are split.

use crate::base::credits::Credits;
use crate::base::days::Days;
use crate::support::rate_card::BorneBy;

/// The hub's brokerage: `share` of every `of`, so that 15 % is 15 of 100, and 50 of a day's 350 is 50 of 350.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brokerage {
    /// The hub's part.
    pub share: Credits,
    /// Of how much; more than the part.
    pub of: Credits,
    /// Who bears it.
    pub borne_by: BorneBy,
}

/// What so many days cost at these prices of a whole and of a half day; none where it is more than can be counted.
pub fn cost_of_days(days: Days, day: Credits, half_day: Credits) -> Option<Credits> {
    let halves = days.half_days();
    let whole = day.hundredths().checked_mul(halves / 2)?;
    let sum = whole.checked_add(half_day.hundredths().checked_mul(halves % 2)?)?;
    (sum <= Credits::LARGEST.hundredths()).then_some(Credits::from_hundredths(sum))
}

/// What a commission's milestones cost as far as they are not given up, and what of that is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What its milestones cost.
    pub committed: Credits,
    /// What of that is paid for.
    pub settled: Credits,
}

/// What leaves the escrow, and to whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paid {
    /// To the provider.
    pub provider: Credits,
    /// To the hub.
    pub hub: Credits,
}

impl Brokerage {
    /// The hub's part of a price.
    pub fn part(&self, price: Credits) -> Credits {
        let (share, of) = (i128::from(self.share.hundredths()), i128::from(self.of.hundredths().max(1)));
        let exact = i128::from(price.hundredths()) * share;
        let (whole, rest) = (exact.div_euclid(of), exact.rem_euclid(of));
        let rounded = if rest * 2 > of { whole + 1 } else { whole };
        Credits::from_hundredths(i64::try_from(rounded).unwrap_or(i64::MAX))
    }

    /// What the buyer pays for milestones of this price.
    pub fn cost(&self, price: Credits) -> Credits {
        match self.borne_by {
            BorneBy::Provider => price,
            BorneBy::Buyer => price + self.part(price),
        }
    }

    /// What the escrow holds.
    pub fn held(&self, at: Standing) -> Credits {
        self.cost(at.committed) - self.cost(at.settled)
    }

    /// What is paid where so much more of the price is settled.
    pub fn paid(&self, settled: Credits, more: Credits) -> Paid {
        let hub = self.part(settled + more) - self.part(settled);
        let provider = match self.borne_by {
            BorneBy::Provider => more - hub,
            BorneBy::Buyer => more,
        };
        Paid { provider, hub }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn credits(text: &str) -> Credits {
        Credits::parse(text).expect("an amount")
    }

    fn brokerage(share: &str, of: &str, borne_by: BorneBy) -> Brokerage {
        Brokerage { share: credits(share), of: credits(of), borne_by }
    }

    fn paid(brokerage: Brokerage, parts: &[&str]) -> Vec<(String, String)> {
        let mut settled = Credits::ZERO;
        let pay = |part: &&str| {
            let Paid { provider, hub } = brokerage.paid(settled, credits(part));
            settled = settled + credits(part);
            (provider.to_string(), hub.to_string())
        };
        parts.iter().map(pay).collect()
    }

    fn texts(parts: &[(&str, &str)]) -> Vec<(String, String)> {
        parts.iter().map(|(provider, hub)| ((*provider).to_owned(), (*hub).to_owned())).collect()
    }

    #[test]
    fn fifty_of_a_day_of_three_hundred_and_fifty() {
        let of = brokerage("50", "350", BorneBy::Provider);
        assert_eq!(paid(of, &["1225"]), texts(&[("1050.00", "175.00")]));
        let (committed, settled) = (credits("1400"), credits("1225"));
        assert_eq!(of.held(Standing { committed, settled }), credits("175"));
    }

    #[test]
    fn fifteen_per_cent_of_three_hundred_and_fifty() {
        let of = brokerage("15", "100", BorneBy::Provider);
        assert_eq!(paid(of, &["350"]), texts(&[("297.50", "52.50")]));
        assert_eq!(brokerage("15", "100", BorneBy::Buyer).cost(credits("350")), credits("402.50"));
        assert_eq!(paid(brokerage("15", "100", BorneBy::Buyer), &["350"]), texts(&[("350.00", "52.50")]));
    }

    #[test]
    fn three_milestones_of_a_third_come_to_the_whole() {
        let of = brokerage("7", "100", BorneBy::Provider);
        assert_eq!(
            paid(of, &["33.33", "33.33", "33.33"]),
            texts(&[("31.00", "2.33"), ("30.99", "2.34"), ("31.00", "2.33")])
        );
        assert_eq!(paid(of, &["99.99"]), texts(&[("92.99", "7.00")]));
        assert_eq!(
            paid(of, &["33.33", "33.33", "33.34"]),
            texts(&[("31.00", "2.33"), ("30.99", "2.34"), ("31.01", "2.33")])
        );
        assert_eq!(paid(of, &["100"]), texts(&[("93.00", "7.00")]));
    }

    #[test]
    fn a_half_day_has_its_own_price() {
        let cost = |halves, day| cost_of_days(Days::from_half_days(halves), day, credits("200"));
        assert_eq!(cost(7, credits("350")), Some(credits("1250")));
        assert_eq!(cost(732, Credits::LARGEST), None);
    }

    #[test]
    fn a_half_goes_to_the_provider() {
        assert_eq!(paid(brokerage("50", "100", BorneBy::Provider), &["0.01"]), texts(&[("0.01", "0.00")]));
        assert_eq!(paid(brokerage("0", "1", BorneBy::Provider), &["0.01"]), texts(&[("0.01", "0.00")]));
    }

    proptest! {
        #[test]
        fn parts_come_to_the_whole_and_the_escrow_is_never_short(
            share in 0..10_000_i64,
            more in 1..10_000_i64,
            buyer in any::<bool>(),
            parts in proptest::collection::vec(1..100_000_i64, 1..12),
            left in 0..100_000_i64,
        ) {
            let borne_by = if buyer { BorneBy::Buyer } else { BorneBy::Provider };
            let of = Brokerage {
                share: Credits::from_hundredths(share),
                of: Credits::from_hundredths(share + more),
                borne_by,
            };
            let whole = Credits::from_hundredths(parts.iter().sum());
            let committed = whole + Credits::from_hundredths(left);
            let mut held = of.cost(committed);
            let (mut settled, mut hub) = (Credits::ZERO, Credits::ZERO);
            for part in parts {
                let part = Credits::from_hundredths(part);
                let paid = of.paid(settled, part);
                prop_assert!(paid.provider >= Credits::ZERO && paid.hub >= Credits::ZERO);
                prop_assert!(paid.provider <= part);
                settled = settled + part;
                (held, hub) = (held - paid.provider - paid.hub, hub + paid.hub);
                prop_assert_eq!(held, of.held(Standing { committed, settled }));
                prop_assert!(held >= Credits::ZERO);
            }
            prop_assert_eq!(hub, of.part(whole));
        }
    }
}
