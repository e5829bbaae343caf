//! What cancelling gives back: the policy that was agreed, on the day it is done. Pure.

use chrono::{DateTime, Days, Utc};

use super::{Booking, State};
use crate::clock::{london_date, london_midnight};
use crate::credits::Credits;
use crate::db::types::text;
use crate::programmes::policy::{Policy, Tier};
use crate::programmes::sessions::FREE_AFTER;

/// What cancelling a booking would give back, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What would come back.
    pub refund: Credits,
    /// The tier of the policy that says so; none where nothing was agreed yet, or nothing comes back.
    pub tier: Option<Tier>,
    /// When the tier ends; none where nothing is about to end.
    pub until: Option<DateTime<Utc>>,
}

/// When an event takes place, as far as its cancellations go by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// When its first session starts.
    pub starts_at: DateTime<Utc>,
    /// When its last session ends.
    pub ends_at: DateTime<Utc>,
    /// When one of its sessions last got another time or place.
    pub rescheduled_at: Option<DateTime<Utc>>,
}

impl Timing {
    /// Until when whoever booked at `requested_at` may cancel with everything back, whatever the policy:
    /// for seven days after a session was moved, while the event is not over.
    pub fn free_until(&self, requested_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let moved = self.rescheduled_at.filter(|moved| requested_at <= *moved)?;
        Some((moved + FREE_AFTER).min(self.ends_at))
    }
}

impl Terms {
    /// Those of a live booking at `now`. What was not approved yet comes back whole, and so does everything
    /// in the days after a session was moved; of what else was agreed, the policy's part of the price, by
    /// days in England, and never more than is held; nothing once the event has begun.
    pub fn of(booking: &Booking, timing: Timing, now: DateTime<Utc>) -> Terms {
        let free = timing.free_until(booking.requested_at).filter(|until| now < *until);
        match booking.state {
            State::Requested | State::Waitlisted => Terms { refund: booking.held, tier: None, until: None },
            _ if free.is_some() => Terms { refund: booking.held, tier: None, until: free },
            _ => Terms::of_policy(&booking.policy, booking.price, booking.held, timing.starts_at, now),
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

/// What someone was told that cancelling gives back, and until when: `300.00@2026-10-20T23:00:00Z`.
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

    /// The quote as it is sent.
    pub fn as_str(&self) -> String {
        let until = self.until.map(|until| until.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true));
        format!("{}@{}", self.refund, until.unwrap_or_default())
    }
}

text!(Quote);

/// A part of what a booking paid, from one wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share<A> {
    /// The wallet.
    pub wallet: A,
    /// How much.
    pub amount: Credits,
}

/// Gives `refund` back to the wallets that paid, the last that was drawn on first, so that earned credits come back
/// before allocated ones. `paid` is in the order of the draw.
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
