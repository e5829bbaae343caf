//! Cancellation policies: what part of the price comes back, by the days left before the first session.
//! Pure. A policy is copied onto a booking when it is made, so later edits never change what was agreed.

use serde::{Deserialize, Serialize};

use crate::db::types::{stored_text, words};

words!(/** How the days before an event are counted. */ Basis {
    /// Every day counts.
    CalendarDays = "calendar_days",
});

/// One step of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Holds while at least this many days are left.
    pub days_before: u16,
    /// What comes back, in percent of the price: 0 to 100.
    pub refund_percent: u8,
}

/// A cancellation policy: up to ten tiers, the days falling from each to the next and the refund never
/// rising. Where no tier holds, nothing comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Policy {
    basis: Basis,
    tiers: Vec<Tier>,
}

/// A tier that can't stand where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPolicy {
    /// More than ten tiers.
    #[error("a policy has at most 10 tiers")]
    TooMany,
    /// A refund over 100 percent in the tier with this index.
    #[error("refund_percent of tier {0} must be 0 to 100")]
    OverHundred(usize),
    /// The tier with this index is not nearer to the event than the one before.
    #[error("days_before of tier {0} must be lower than that of the tier before it")]
    NotDescending(usize),
    /// The tier with this index gives back more than the one before.
    #[error("refund_percent of tier {0} must not be higher than that of the tier before it")]
    Rising(usize),
}

const MOST_TIERS: usize = 10;

impl Policy {
    /// A policy, or all that is wrong with it.
    pub fn new(basis: Basis, tiers: Vec<Tier>) -> Result<Policy, Vec<NotAPolicy>> {
        let mut wrong = Vec::new();
        if tiers.len() > MOST_TIERS {
            wrong.push(NotAPolicy::TooMany);
        }
        wrong
            .extend((0..).zip(&tiers).filter(|(_, t)| t.refund_percent > 100).map(|(i, _)| NotAPolicy::OverHundred(i)));
        for (index, pair) in (1..).zip(tiers.windows(2)) {
            if let [before, tier] = pair {
                if tier.days_before >= before.days_before {
                    wrong.push(NotAPolicy::NotDescending(index));
                }
                if tier.refund_percent > before.refund_percent {
                    wrong.push(NotAPolicy::Rising(index));
                }
            }
        }
        if wrong.is_empty() { Ok(Policy { basis, tiers }) } else { Err(wrong) }
    }

    /// Everything comes back until the event starts.
    pub fn free() -> Policy {
        Policy { basis: Basis::CalendarDays, tiers: vec![Tier { days_before: 0, refund_percent: 100 }] }
    }

    /// How the days are counted.
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// The tiers, the farthest from the event first.
    pub fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// What comes back, in percent, with this many days left before the first session; nothing after it.
    pub fn refund_percent(&self, days_left: i64) -> u8 {
        let holds = self.tiers.iter().find(|tier| days_left >= i64::from(tier.days_before));
        holds.map_or(0, |tier| tier.refund_percent)
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

impl Default for Policy {
    fn default() -> Self {
        Policy::free()
    }
}

stored_text!(Policy);

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
    /// Where it is wrong, as a JSON pointer within the policy.
    pub fn pointer(&self) -> String {
        match self {
            NotAPolicy::TooMany => "/tiers".to_owned(),
            NotAPolicy::OverHundred(index) | NotAPolicy::Rising(index) => format!("/tiers/{index}/refund_percent"),
            NotAPolicy::NotDescending(index) => format!("/tiers/{index}/days_before"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn policy(tiers: &[(u16, u8)]) -> Result<Policy, Vec<NotAPolicy>> {
        let tiers = tiers.iter().map(|&(days_before, refund_percent)| Tier { days_before, refund_percent });
        Policy::new(Basis::CalendarDays, tiers.collect())
    }

    fn refunds(policy: &Policy, days: &[(i64, u8)]) {
        for &(days_left, percent) in days {
            assert_eq!(policy.refund_percent(days_left), percent, "{days_left} days left");
        }
    }

    /// "100% at 7 days or less; 75% at 14 or less; 50% at 28 or less; else refund": the fee that is kept.
    #[test]
    fn copthorne() {
        let policy = policy(&[(29, 100), (15, 50), (8, 25)]).unwrap();
        refunds(
            &policy,
            &[(365, 100), (29, 100), (28, 50), (15, 50), (14, 25), (8, 25), (7, 0), (1, 0), (0, 0), (-1, 0)],
        );
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
    fn what_is_wrong_is_all_told() {
        use NotAPolicy::{NotDescending, OverHundred, Rising, TooMany};
        assert_eq!(
            policy(&[(7, 101), (7, 0), (8, 50)]).unwrap_err(),
            [OverHundred(0), NotDescending(1), NotDescending(2), Rising(2)]
        );
        let eleven: Vec<(u16, u8)> = (0..11).rev().map(|days| (days, 50)).collect();
        assert_eq!(policy(&eleven).unwrap_err(), [TooMany]);
        assert!(policy(&eleven[1..]).is_ok());
        assert_eq!(Rising(2).pointer(), "/tiers/2/refund_percent");
    }

    #[test]
    fn the_stored_text_is_one_and_reads_back() {
        let policy = policy(&[(29, 100), (15, 50)]).unwrap();
        let text = r#"{"basis":"calendar_days","tiers":[{"days_before":29,"refund_percent":100},{"days_before":15,"refund_percent":50}]}"#;
        assert_eq!(policy.as_str(), text);
        assert_eq!(Policy::parse(text).unwrap(), policy);
        for wrong in [
            "",
            "{}",
            r#"{"basis":"working_days","tiers":[]}"#,
            r#"{"basis":"calendar_days","tiers":[{"days_before":1,"refund_percent":101}]}"#,
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
            prop_assert!(policy.refund_percent(left) <= policy.refund_percent(left + 1));
            let slow = (0..=left.max(0)).rev().find_map(|day| tiers.iter().find(|tier| i64::from(tier.0) == day && left >= day));
            prop_assert_eq!(policy.refund_percent(left), slow.map_or(0, |tier| tier.1));
        }
    }
}
