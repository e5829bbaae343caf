//! Cancellation policies: how much is refunded, by the days left before the first session. Pure. A policy is copied
//! onto a booking when it is made, so later edits never change what was agreed.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::base::credits::{Credits, stored};
use crate::base::db::types::{stored_text, words};
use crate::base::workdays;

words!(/** How the days before an event are counted. */ Basis {
    /// Every day counts.
    CalendarDays = "calendar_days",
    /// Monday to Friday, without England's bank holidays.
    WorkingDays = "working_days",
});

/// One step of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "TierText", into = "TierText")]
pub struct Tier {
    /// Applies while at least this many days are left.
    pub days_before: u16,
    /// What is refunded.
    pub refund: Refund,
}

/// What a tier refunds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refund {
    /// This percentage of the price: 0 to 100.
    Percent(u8),
    /// This many credits, but never more than was paid.
    Amount(Credits),
}

/// A cancellation policy: up to ten tiers, with the days falling and the refund never rising from one to the next; all
/// of them percentages, or all amounts. Where no tier applies, nothing is refunded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Policy {
    basis: Basis,
    tiers: Vec<Tier>,
}

/// What is wrong with a tier, or with their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPolicy {
    /// More than ten tiers.
    #[error("a policy has at most 10 tiers")]
    TooMany,
    /// The tier with this index has neither or both of a percentage and an amount.
    #[error("tier {0} must have either refund_percent or refund_amount")]
    NotOne(usize),
    /// The tier with this index is an amount beside percentages, or the other way round.
    #[error("tier {0} must have a percentage where the others have one, or an amount where they do")]
    Mixed(usize),
    /// The tier with this index refunds over 100 percent.
    #[error("refund_percent of tier {0} must be 0 to 100")]
    OverHundred(usize),
    /// The tier with this index is not nearer to the event than the one before.
    #[error("days_before of tier {0} must be lower than that of the tier before it")]
    NotDescending(usize),
    /// The tier with this index refunds a higher percentage than the one before.
    #[error("refund_percent of tier {0} must not be higher than that of the tier before it")]
    Rising(usize),
    /// The tier with this index refunds a higher amount than the one before.
    #[error("refund_amount of tier {0} must not be higher than that of the tier before it")]
    RisingAmount(usize),
}

/// The most tiers of a policy.
const MOST_TIERS: usize = 10;

impl Policy {
    /// A policy, or everything that is wrong with it.
    pub fn new(basis: Basis, tiers: Vec<Tier>) -> Result<Policy, Vec<NotAPolicy>> {
        let mut wrong = Vec::new();
        if tiers.len() > MOST_TIERS {
            wrong.push(NotAPolicy::TooMany);
        }
        wrong.extend(
            (0..)
                .zip(&tiers)
                .filter(|(_, tier)| matches!(tier.refund, Refund::Percent(101..)))
                .map(|(i, _)| NotAPolicy::OverHundred(i)),
        );
        for (index, pair) in (1..).zip(tiers.windows(2)) {
            if let [before, tier] = pair {
                if tier.days_before >= before.days_before {
                    wrong.push(NotAPolicy::NotDescending(index));
                }
                match (before.refund, tier.refund) {
                    (Refund::Percent(before), Refund::Percent(refund)) if refund > before => {
                        wrong.push(NotAPolicy::Rising(index))
                    }
                    (Refund::Amount(before), Refund::Amount(refund)) if refund > before => {
                        wrong.push(NotAPolicy::RisingAmount(index))
                    }
                    (Refund::Percent(_), Refund::Percent(_)) | (Refund::Amount(_), Refund::Amount(_)) => {}
                    (Refund::Percent(_), Refund::Amount(_)) | (Refund::Amount(_), Refund::Percent(_)) => {
                        wrong.push(NotAPolicy::Mixed(index))
                    }
                }
            }
        }
        if wrong.is_empty() { Ok(Policy { basis, tiers }) } else { Err(wrong) }
    }

    /// The whole price is refunded until the event starts.
    pub fn free() -> Policy {
        Policy { basis: Basis::CalendarDays, tiers: vec![Tier::percent(0, 100)] }
    }

    /// How the days are counted.
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// The tiers, the farthest from the event first.
    pub fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// How many days are left on `today`, as this policy counts them, before an event that starts on `starts_on`.
    pub fn days_left(&self, today: NaiveDate, starts_on: NaiveDate) -> i64 {
        match self.basis {
            Basis::CalendarDays => (starts_on - today).num_days(),
            Basis::WorkingDays => workdays::until(today, starts_on),
        }
    }

    /// The tier that applies on `today`; none where nothing is refunded any more.
    pub fn tier(&self, today: NaiveDate, starts_on: NaiveDate) -> Option<Tier> {
        let days_left = self.days_left(today, starts_on);
        self.tiers.iter().find(|tier| days_left >= i64::from(tier.days_before)).copied()
    }

    /// The last day on which a tier applies before an event that starts on `starts_on`.
    pub fn last_day(&self, tier: Tier, starts_on: NaiveDate) -> NaiveDate {
        match self.basis {
            Basis::CalendarDays => {
                starts_on.checked_sub_days(Days::new(tier.days_before.into())).unwrap_or(NaiveDate::MIN)
            }
            Basis::WorkingDays => workdays::before(starts_on, tier.days_before),
        }
    }

    /// The policy changed so that it never refunds more than `most` of this price.
    pub fn capped(&self, price: Credits, most: Credits) -> Policy {
        let highest = self.tiers.first().map_or(Credits::ZERO, |tier| tier.refund_of(price));
        if highest <= most {
            return self.clone();
        }
        let capped = |tier: &Tier| Tier::amount(tier.days_before, tier.refund_of(price).min(most));
        Policy { basis: self.basis, tiers: self.tiers.iter().map(capped).collect() }
    }

    /// Reads the text of [`Policy::as_str`].
    pub fn parse(text: &str) -> Result<Policy, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The policy as JSON in its one canonical form: what is stored.
    pub fn as_str(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Tier {
    /// A tier that refunds a percentage.
    pub const fn percent(days_before: u16, percent: u8) -> Tier {
        Tier { days_before, refund: Refund::Percent(percent) }
    }

    /// A tier that refunds an amount.
    pub const fn amount(days_before: u16, amount: Credits) -> Tier {
        Tier { days_before, refund: Refund::Amount(amount) }
    }

    /// What the tier refunds of this price: a percentage to the nearest hundredth, halves rounded up.
    pub fn refund_of(self, price: Credits) -> Credits {
        match self.refund {
            Refund::Percent(percent) => price.percent(percent),
            Refund::Amount(amount) => amount.min(price),
        }
    }
}

impl std::fmt::Display for Refund {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refund::Percent(percent) => write!(f, "{percent}%"),
            Refund::Amount(amount) => write!(f, "{amount} credits"),
        }
    }
}

impl Refund {
    /// A refund from what a caller wrote: exactly one of the two.
    pub fn of(percent: Option<u8>, amount: Option<Credits>) -> Option<Refund> {
        match (percent, amount) {
            (Some(percent), None) => Some(Refund::Percent(percent)),
            (None, Some(amount)) => Some(Refund::Amount(amount)),
            (None, None) | (Some(_), Some(_)) => None,
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Policy::free()
    }
}

stored_text!(Policy);

/// The JSON form of a tier.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TierText {
    days_before: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_percent: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "stored::optional")]
    refund_amount: Option<Credits>,
}

impl From<Tier> for TierText {
    fn from(Tier { days_before, refund }: Tier) -> Self {
        let (refund_percent, refund_amount) = match refund {
            Refund::Percent(percent) => (Some(percent), None),
            Refund::Amount(amount) => (None, Some(amount)),
        };
        TierText { days_before, refund_percent, refund_amount }
    }
}

impl TryFrom<TierText> for Tier {
    type Error = &'static str;

    fn try_from(text: TierText) -> Result<Tier, &'static str> {
        let refund = Refund::of(text.refund_percent, text.refund_amount);
        refund
            .map(|refund| Tier { days_before: text.days_before, refund })
            .ok_or("a tier has either refund_percent or refund_amount")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    basis: Basis,
    tiers: Vec<Tier>,
}

impl TryFrom<Unchecked> for Policy {
    type Error = String;

    fn try_from(policy: Unchecked) -> Result<Policy, String> {
        Policy::new(policy.basis, policy.tiers)
            .map_err(|wrong| wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    }
}

impl NotAPolicy {
    /// The place of the fault, as a JSON pointer within the policy.
    pub fn pointer(&self) -> String {
        match self {
            NotAPolicy::TooMany => "/tiers".to_owned(),
            NotAPolicy::OverHundred(index) | NotAPolicy::Rising(index) => format!("/tiers/{index}/refund_percent"),
            NotAPolicy::RisingAmount(index) => format!("/tiers/{index}/refund_amount"),
            NotAPolicy::NotOne(index) | NotAPolicy::Mixed(index) => format!("/tiers/{index}"),
            NotAPolicy::NotDescending(index) => format!("/tiers/{index}/days_before"),
        }
    }
}

#[cfg(test)]
mod tests;
