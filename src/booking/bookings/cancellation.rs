//! What cancelling refunds: by the policy that was agreed, on the day of cancelling; where the event is not at the
//! times that were agreed, everything, or the share of the sessions still to come. Pure.

use chrono::{DateTime, Days, Utc};

use super::{Booking, State};
use crate::base::clock::{london_date, london_midnight};
use crate::base::credits::Credits;
use crate::base::db::types::text;
use crate::programme::programmes::policy::{Policy, Tier};
use crate::programme::programmes::sessions::FREE_AFTER;

/// What cancelling a booking would refund, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What would be refunded.
    pub refund: Credits,
    /// The tier of the policy that decides; none where nothing was agreed yet, the event was moved, or nothing is
    /// refunded.
    pub tier: Option<Tier>,
    /// When these terms end; none where they are not about to.
    pub until: Option<DateTime<Utc>>,
}

/// The timing of an event that its cancellations depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// When its first session starts.
    pub starts_at: DateTime<Utc>,
    /// What follows for the booking where the event is not at the times that it was agreed on; none where it is.
    pub moved: Option<Moved>,
}

/// The right of a booking whose event is not at the times that it was agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Until when it may be cancelled, whatever the policy.
    pub free_until: DateTime<Utc>,
    /// When the sessions of its event now start.
    pub starts: Vec<DateTime<Utc>>,
}

impl Moved {
    /// The right that arises from sessions that were each moved, added or called off at the first of two times, and
    /// start, or would have started, at the second: for [`FREE_AFTER`], or until such a session starts.
    pub fn of(
        moves: impl IntoIterator<Item = (DateTime<Utc>, DateTime<Utc>)>,
        starts: Vec<DateTime<Utc>>,
    ) -> Option<Moved> {
        let free_until = moves.into_iter().map(|(moved, starts)| (moved + FREE_AFTER).min(starts)).max()?;
        Some(Moved { free_until, starts })
    }

    /// Whether it gives back more of a place than the policy that was agreed does now, or for longer.
    pub fn betters(&self, booking: &Booking, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        self.betters_policy(&booking.policy, (booking.price, booking.held), starts_at, now)
    }

    fn betters_policy(
        &self,
        policy: &Policy,
        (price, held): (Credits, Credits),
        starts_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> bool {
        let usual = Terms::of_policy(policy, price, held, starts_at, now);
        let (back, until) = self.back(held, starts_at, now);
        let longer = usual.until.is_none_or(|usual| usual < until);
        now < self.free_until && !back.is_zero() && (usual.refund < back || longer)
    }

    /// What of `held` is refunded at `now`, and until when: everything before the first session; after it the share of
    /// the sessions still to come, rounded down.
    fn back(&self, held: Credits, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> (Credits, DateTime<Utc>) {
        if now < starts_at {
            return (held, self.free_until.min(starts_at));
        }
        let to_come: Vec<DateTime<Utc>> = self.starts.iter().copied().filter(|starts| now < *starts).collect();
        let until = to_come.iter().copied().min().unwrap_or(self.free_until);
        (held.share(to_come.len(), self.starts.len()), self.free_until.min(until))
    }
}

impl Terms {
    /// The terms of a live booking at `now`. What is not approved yet is refunded in full. In the days after a move, so
    /// is everything else before the first session, and then the share of the sessions still to come. Otherwise the
    /// policy's part of the price, by days in England, and never more than is held; nothing once the event has begun.
    pub fn of(booking: &Booking, timing: &Timing, now: DateTime<Utc>) -> Terms {
        let moved = timing.moved.as_ref().filter(|moved| now < moved.free_until);
        match (booking.state, moved) {
            (State::Requested | State::Waitlisted, _) => Terms { refund: booking.held, tier: None, until: None },
            (_, Some(moved)) => {
                let (refund, until) = moved.back(booking.held, timing.starts_at, now);
                Terms { refund, tier: None, until: Some(until) }
            }
            (_, None) => Terms::of_policy(&booking.policy, booking.price, booking.held, timing.starts_at, now),
        }
    }

    fn of_policy(
        policy: &Policy,
        price: Credits,
        held: Credits,
        starts_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Terms {
        let starts_on = london_date(starts_at);
        let tier = if now < starts_at { policy.tier(london_date(now), starts_on) } else { None };
        let ends = |tier: Tier| {
            let next = policy.last_day(tier, starts_on).checked_add_days(Days::new(1))?;
            Some(london_midnight(next).min(starts_at))
        };
        Terms {
            refund: tier.map_or(Credits::ZERO, |tier| tier.refund_of(price)).min(held),
            tier,
            until: tier.and_then(ends),
        }
    }

    /// What to send with the cancellation to be held to these terms.
    pub fn quote(&self) -> Quote {
        Quote { refund: self.refund, until: self.until }
    }
}

/// What someone was told that cancelling refunds, and until when: `300.00@2026-10-20T23:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    refund: Credits,
    until: Option<DateTime<Utc>>,
}

impl Quote {
    /// Reads the text of [`Quote::as_str`].
    pub fn parse(text: &str) -> Result<Quote, &'static str> {
        let wrong = "must be the quote of a cancellation-quote, as it was sent";
        let (refund, until) = text.split_once('@').ok_or(wrong)?;
        let refund = Credits::parse(refund).map_err(|_| wrong)?;
        let until = if until.is_empty() { None } else { Some(until.parse().map_err(|_| wrong)?) };
        Ok(Quote { refund, until })
    }

    /// The quote as text, as it is sent.
    pub fn as_str(&self) -> String {
        let until = self.until.map(|until| until.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true));
        format!("{}@{}", self.refund, until.unwrap_or_default())
    }
}

text!(Quote);

/// A part of what a booking paid, from one wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share<A> {
    /// The wallet that paid.
    pub wallet: A,
    /// How much it paid.
    pub amount: Credits,
}

/// Returns `refund` to the wallets that paid, the last drawn on first, so that earned credits come back before
/// allocated ones. `paid` is in the order of the draw.
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

    fn refund(policy: &Policy, price: Credits, held: Credits, starts: DateTime<Utc>, now: DateTime<Utc>) -> Credits {
        Terms::of_policy(policy, price, held, starts, now).refund
    }

    #[test]
    fn a_quote_holds_as_long_as_its_tier() {
        let starts = at("2027-04-30T08:00:00Z");
        let terms = |now| Terms::of_policy(&copthorne(), credits("600"), credits("600"), starts, at(now));
        // Summer time began on 28 March: days end at 23:00 UTC.
        for (now, refund, until) in [
            ("2027-03-01T00:00:00Z", "600", Some("2027-04-01T23:00:00Z")),
            ("2027-04-10T00:00:00Z", "300", Some("2027-04-15T23:00:00Z")),
            ("2027-04-22T22:59:59Z", "150", Some("2027-04-22T23:00:00Z")),
            ("2027-04-22T23:00:00Z", "0", None),
            ("2027-04-30T08:00:00Z", "0", None),
        ] {
            assert_eq!((terms(now).refund, terms(now).until), (credits(refund), until.map(at)), "{now}");
            let quote = terms(now).quote();
            assert_eq!(Quote::parse(&quote.as_str()), Ok(quote));
        }
        assert_eq!(terms("2027-04-10T00:00:00Z").quote().as_str(), "300.00@2027-04-15T23:00:00Z");
        let free = |now| Terms::of_policy(&Policy::free(), credits("600"), credits("600"), starts, at(now));
        assert_eq!(
            (free("2027-04-30T07:59:59Z").refund, free("2027-04-30T07:59:59Z").until),
            (credits("600"), Some(starts))
        );
        assert_eq!(free("2027-04-30T08:00:00Z").refund, credits("0"), "after the start nothing comes back");
        for wrong in ["", "300", "x@", "300@tomorrow", "@"] {
            assert!(Quote::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_move_gives_back_everything_before_the_start_and_then_the_share_of_what_is_to_come() {
        let starts = ["2027-03-01T09:00:00Z", "2027-03-08T09:00:00Z", "2027-03-15T09:00:00Z"].map(at);
        let of = |moves: &[(&str, &str)]| {
            Moved::of(moves.iter().map(|(moved, starts)| (at(moved), at(starts))), starts.to_vec())
        };
        assert_eq!(of(&[]), None);
        let until = |moves: &[(&str, &str)]| of(moves).map(|moved| moved.free_until);
        let second = ("2027-02-20T12:00:00Z", "2027-03-08T09:00:00Z");
        assert_eq!(until(&[second]), Some(at("2027-02-27T12:00:00Z")), "seven days");
        let late = ("2027-03-05T12:00:00Z", "2027-03-08T09:00:00Z");
        assert_eq!(until(&[late]), Some(starts[1]), "or until it starts");
        assert_eq!(until(&[late, second]), Some(starts[1]), "each of them gives the right");
        let moved = of(&[("2027-02-28T12:00:00Z", "2027-03-15T09:00:00Z")]).unwrap();
        let back = |held: &str, now: &str| moved.back(credits(held), starts[0], at(now));
        assert_eq!(back("100", "2027-03-01T08:59:59Z"), (credits("100"), starts[0]));
        assert_eq!(back("100", "2027-03-01T09:00:00Z"), (credits("66.66"), at("2027-03-07T12:00:00Z")));
        let late = of(&[("2027-03-07T12:00:00Z", "2027-03-15T09:00:00Z")]).unwrap();
        assert_eq!(late.back(credits("100"), starts[0], at("2027-03-08T08:59:59Z")), (credits("66.66"), starts[1]));
        assert_eq!(late.back(credits("100"), starts[0], starts[1]), (credits("33.33"), at("2027-03-14T12:00:00Z")));
        assert_eq!(late.back(credits("0.02"), starts[0], starts[1]).0, credits("0"));
    }

    #[test]
    fn a_move_is_worth_a_word_where_the_policy_gives_less() {
        let (starts, now) = (at("2027-04-30T08:00:00Z"), at("2027-03-20T12:00:00Z"));
        let moved = |at: DateTime<Utc>| Moved::of([(at, starts)], vec![starts]).unwrap();
        let gives = |policy: Policy, held: &str, now: DateTime<Utc>| {
            moved(now).betters_policy(&policy, (credits("600"), credits(held)), starts, now)
        };
        assert!(!gives(copthorne(), "600", now), "all comes back until 1 April anyway");
        assert!(gives(copthorne(), "600", at("2027-03-28T12:00:00Z")), "for longer");
        assert!(gives(copthorne(), "600", at("2027-04-10T12:00:00Z")), "all, where the policy gives half");
        assert!(!gives(copthorne(), "0", at("2027-04-10T12:00:00Z")), "there is nothing to give back");
        assert!(!gives(Policy::free(), "600", at("2027-04-10T12:00:00Z")));
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
