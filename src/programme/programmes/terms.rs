//! A cancellation policy as people read it: until which day how much comes back.

use chrono::{DateTime, Utc};

use super::policy::Policy;
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::said;

/// One step of a policy, for an event of which the first day is known.
pub struct Step {
    /// Until when: `Until Friday 2 April 2027`, `Until it starts`, `After that`.
    pub when: String,
    /// What comes back: `all 45 credits`, `22.50 credits`, `nothing`.
    pub back: String,
}

/// The steps that are still to come of a policy for a place at this price; none where there is nothing to give back.
pub fn steps(policy: &Policy, price: Credits, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Step> {
    if price.is_zero() || now >= starts_at {
        return Vec::new();
    }
    let (today, starts_on) = (london_date(now), london_date(starts_at));
    let to_come = policy.tiers().iter().filter(|tier| policy.last_day(**tier, starts_on) >= today);
    let mut steps: Vec<Step> = Vec::new();
    let mut ends = false;
    for tier in to_come {
        let (refund, last) = (tier.refund_of(price), policy.last_day(*tier, starts_on));
        ends = last >= starts_on;
        let when = if ends { "Until it starts".to_owned() } else { format!("Until {}", said::day(last)) };
        let back = match refund {
            refund if refund.is_zero() => "nothing".to_owned(),
            refund if refund == price => format!("all {}", said::credits(price)),
            refund => said::credits(refund),
        };
        steps.push(Step { when, back });
    }
    if !ends {
        let when = if steps.is_empty() { "From now on" } else { "After that" };
        steps.push(Step { when: when.to_owned(), back: "nothing".to_owned() });
    }
    steps
}

/// The same in one line: `all 45 credits back until Thursday 1 April 2027, then nothing`; none where there is nothing to
/// give back.
pub fn in_a_line(policy: &Policy, price: Credits, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<String> {
    let said = |step: Step| match (step.back.as_str(), step.when.strip_prefix("Until ")) {
        ("nothing", None) if step.when == "After that" => "then nothing".to_owned(),
        ("nothing", None) => "nothing comes back".to_owned(),
        ("nothing", Some(until)) => format!("nothing until {until}"),
        (back, Some(until)) => format!("{back} back until {until}"),
        (back, None) => format!("{back} back"),
    };
    let steps: Vec<String> = steps(policy, price, starts_at, now).into_iter().map(said).collect();
    (!steps.is_empty()).then(|| steps.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_days_and_credits() {
        let policy = Policy::parse(r#"{"basis":"calendar_days","tiers":[{"days_before":29,"refund_percent":100},{"days_before":15,"refund_percent":50}]}"#).unwrap();
        let (price, starts) = (Credits::parse("45").unwrap(), "2027-04-30T08:00:00Z".parse().unwrap());
        let said = |now: &str| {
            let steps = steps(&policy, price, starts, now.parse().unwrap()).into_iter();
            steps.map(|step| format!("{}: {}", step.when, step.back)).collect::<Vec<_>>()
        };
        assert_eq!(
            said("2027-01-01T12:00:00Z"),
            [
                "Until Thursday 1 April 2027: all 45 credits",
                "Until Thursday 15 April 2027: 22.50 credits",
                "After that: nothing"
            ]
        );
        assert_eq!(said("2027-04-20T12:00:00Z"), ["From now on: nothing"]);
        let line = |policy: &Policy, now: &str| in_a_line(policy, price, starts, now.parse().unwrap()).unwrap();
        assert_eq!(
            line(&policy, "2027-01-01T12:00:00Z"),
            "all 45 credits back until Thursday 1 April 2027, 22.50 credits back until Thursday 15 April 2027, then nothing"
        );
        assert_eq!(line(&policy, "2027-04-20T12:00:00Z"), "nothing comes back");
        assert_eq!(line(&Policy::free(), "2027-01-01T12:00:00Z"), "all 45 credits back until it starts");
        let free = steps(&Policy::free(), price, starts, "2027-01-01T12:00:00Z".parse().unwrap());
        assert_eq!(free.first().map(|step| step.when.as_str()), Some("Until it starts"));
        assert_eq!(free.len(), 1);
        assert!(steps(&policy, Credits::ZERO, starts, "2027-01-01T12:00:00Z".parse().unwrap()).is_empty());
    }
}
