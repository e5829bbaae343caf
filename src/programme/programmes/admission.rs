//! Who may book an event, from when, at what price, and how many from one school. Pure.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Flaw, HIGHEST_PRICE};
use crate::base::credits::{Credits, stored};
use crate::base::db::types::stored_text;
use crate::members::people::Role;
use crate::members::schools::{Membership, Phase};

/// An event's conditions for those who book it. The default has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Admission {
    /// From when full members may book, where that is earlier than for participants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opens_at_full: Option<DateTime<Utc>>,
    /// What a place costs a participant; none where it is the event's price.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "stored::optional")]
    pub participant_price: Option<Credits>,
    /// How many live bookings one school may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_per_school: Option<i64>,
    /// The phases of the schools that it is for; empty for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<Phase>,
    /// The roles that it is for; empty for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    /// How many hours someone on the waiting list has to accept a place that came free; none where it is theirs at
    /// once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer_hours: Option<i64>,
}

/// How many delegates an event needs, and when the hub decides whether it takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minimum {
    /// The fewest delegates that the event needs.
    pub delegates: i64,
    /// The day of the decision, in London.
    pub decide_by: NaiveDate,
}

/// The highest limit of bookings for one school.
const MOST_PER_SCHOOL: i64 = 100_000;
/// The longest time to accept an offered place, in hours: 30 days.
const LONGEST_OFFER: i64 = 720;

impl Admission {
    /// From when a school of this membership may book an event that opens at `opens_at`.
    pub fn opens_at(&self, opens_at: Option<DateTime<Utc>>, membership: Membership) -> Option<DateTime<Utc>> {
        match membership {
            Membership::Full => self.opens_at_full.or(opens_at),
            Membership::Participant => opens_at,
        }
    }

    /// What a place costs a school of this membership on an event at `price`.
    pub fn price(&self, price: Credits, membership: Membership) -> Credits {
        match membership {
            Membership::Full => price,
            Membership::Participant => self.participant_price.unwrap_or(price),
        }
    }

    /// Whether it is for someone of this role at a school of this phase.
    pub fn is_for(&self, role: Role, phase: Phase) -> bool {
        (self.roles.is_empty() || self.roles.contains(&role)) && self.is_for_phase(phase)
    }

    /// Whether it is for schools of this phase.
    pub fn is_for_phase(&self, phase: Phase) -> bool {
        self.phases.is_empty() || self.phases.contains(&phase)
    }

    /// Everything in it that is invalid by itself.
    pub fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        let mut flaw = |wrong: bool, field: &str, detail: String| {
            flaws.extend(wrong.then(|| Flaw::invalid(format!("/admission/{field}"), detail)));
        };
        flaw(
            self.participant_price.is_some_and(|price| price > HIGHEST_PRICE),
            "participant_price",
            format!("must be at most {HIGHEST_PRICE} credits"),
        );
        flaw(
            self.max_per_school.is_some_and(|most| !(1..=MOST_PER_SCHOOL).contains(&most)),
            "max_per_school",
            format!("must be 1 to {MOST_PER_SCHOOL}"),
        );
        flaw(
            self.roles.iter().any(|role| !matches!(role, Role::SchoolLead | Role::Teacher)),
            "roles",
            "must be roles of a school: school_lead, teacher".to_owned(),
        );
        flaw(
            self.offer_hours.is_some_and(|hours| !(1..=LONGEST_OFFER).contains(&hours)),
            "offer_hours",
            format!("must be 1 to {LONGEST_OFFER}"),
        );
        flaws
    }

    /// Reads the text of [`Admission::as_str`].
    pub fn parse(text: &str) -> Result<Admission, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// JSON in its one canonical form: what is stored.
    pub fn as_str(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

stored_text!(Admission);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn credits(whole: i64) -> Credits {
        Credits::from_hundredths(whole * 100)
    }

    #[test]
    fn full_members_come_first_and_participants_have_a_price_of_their_own() {
        let admission = Admission {
            opens_at_full: Some(at("2026-10-01T09:00:00Z")),
            participant_price: Some(credits(40)),
            ..Admission::default()
        };
        let opens = Some(at("2026-10-08T09:00:00Z"));
        assert_eq!(admission.opens_at(opens, Membership::Full), admission.opens_at_full);
        assert_eq!(admission.opens_at(opens, Membership::Participant), opens);
        assert_eq!(admission.price(credits(30), Membership::Full), credits(30));
        assert_eq!(admission.price(credits(30), Membership::Participant), credits(40));
        let none = Admission::default();
        assert_eq!(none.opens_at(opens, Membership::Full), opens);
        assert_eq!(none.price(credits(30), Membership::Participant), credits(30));
    }

    #[test]
    fn an_audience_is_of_phases_and_roles() {
        let admission =
            Admission { phases: vec![Phase::Secondary], roles: vec![Role::Teacher], ..Admission::default() };
        assert!(admission.is_for(Role::Teacher, Phase::Secondary));
        assert!(!admission.is_for(Role::SchoolLead, Phase::Secondary));
        assert!(!admission.is_for(Role::Teacher, Phase::Primary));
        assert!(Admission::default().is_for(Role::SchoolLead, Phase::Nursery));
    }

    #[test]
    fn every_flaw_is_told() {
        let wrong = Admission {
            opens_at_full: Some(at("2026-10-08T09:00:00Z")),
            participant_price: Some(credits(1_000_001)),
            max_per_school: Some(0),
            phases: Vec::new(),
            roles: vec![Role::HubManager],
            offer_hours: Some(721),
        };
        let pointers: Vec<String> = wrong.flaws().into_iter().map(|flaw| flaw.pointer).collect();
        let all = ["participant_price", "max_per_school", "roles", "offer_hours"];
        let all = all.map(|field| format!("/admission/{field}"));
        assert_eq!(pointers, all);
    }

    #[test]
    fn it_is_stored_in_one_canonical_form() {
        assert_eq!(Admission::default().as_str(), "{}");
        let all = Admission {
            opens_at_full: Some(at("2026-10-08T09:00:00Z")),
            participant_price: Some(credits(40)),
            max_per_school: Some(3),
            phases: vec![Phase::Secondary],
            roles: vec![Role::Teacher],
            offer_hours: Some(48),
        };
        assert_eq!(Admission::parse(&all.as_str()), Ok(all));
        assert!(Admission::parse(r#"{"colour":1}"#).is_err());
    }
}
