//! A change of a hub's settings as it is sent, to the API or by a page: what may be set, and what that makes of the hub.

use utoipa::ToSchema;

use super::problem::Problem;
use crate::base::colour::Colour;
use crate::base::credits::Credits;
use crate::base::text::{Change, Line};
use crate::members::hubs::{CREDIT_VALUES, Hub, NO_CREDIT_VALUE, Settings};

/// What may be changed of a hub; what is not sent stays.
#[derive(Default, eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HubChange)]
pub(crate) struct HubChange {
    /// The hub's new name.
    pub(crate) name: Option<Line>,
    /// The step of allocations: `"1.00"`, `"0.50"` or `"0.01"`.
    pub(crate) step: Option<Credits>,
    /// What one credit is worth, in pence: 1 to 1000000.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub(crate) credit_value_pence: Option<u32>,
    /// How much of its funding the hub returns to its schools, in percent: 0 to 100.
    #[schema(minimum = 0, maximum = 100)]
    pub(crate) returned_share_percent: Option<u8>,
    /// Whether an allocation must be approved by another hub manager than its author. Switching it off takes two: the
    /// first to send `false` asks for it, and it takes effect when another hub manager sends the same; `true` withdraws
    /// it.
    pub(crate) four_eyes: Option<bool>,
    /// How many working days a school then has to decide on a new request: 1 to 60.
    #[schema(minimum = 1, maximum = 60)]
    pub(crate) approval_days: Option<u8>,
    /// Evaluations by fewer people than this are not summed up: 1 to 100; 5 at first.
    #[schema(minimum = 1, maximum = 100)]
    pub(crate) smallest_group: Option<u8>,
    /// Whether a hub manager can act only in a session in which a code of their authenticator app was given; false at
    /// first. It holds from the managers' next requests on.
    pub(crate) totp_for_managers: Option<bool>,
    /// How many years after they were disabled people are erased, unless they have had a place on an event since: 1 to
    /// 50; null erases nobody.
    #[serde(default)]
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 50)]
    pub(crate) retention_years: Change<u8>,
    /// How many days the audit is kept: 90 to 3650; 730 at first.
    #[schema(minimum = 90, maximum = 3650)]
    pub(crate) audit_days: Option<u16>,
    /// Whether anyone may look at the hub's events to come on `/programme/{id}`, without signing in; false at first.
    pub(crate) public_programme: Option<bool>,
    /// The colour of the hub's pages and letters, dark enough for white words on it; `"#0f5257"` at first.
    pub(crate) colour: Option<Colour>,
}

impl HubChange {
    /// Refuses what no hub may set.
    pub(crate) fn sense(&self) -> Result<(), Problem> {
        if self.step.is_some_and(|step| ![100, 50, 1].contains(&step.hundredths())) {
            return Err(Problem::field("/step", "invalid", "must be \"1.00\", \"0.50\" or \"0.01\""));
        }
        if self.credit_value_pence.is_some_and(|pence| !CREDIT_VALUES.contains(&pence)) {
            return Err(Problem::field("/credit_value_pence", "invalid", NO_CREDIT_VALUE));
        }
        if self.returned_share_percent.is_some_and(|percent| percent > 100) {
            return Err(Problem::field("/returned_share_percent", "invalid", "must be 0 to 100 percent"));
        }
        if self.approval_days.is_some_and(|days| !(1..=60).contains(&days)) {
            return Err(Problem::field("/approval_days", "invalid", "must be 1 to 60 working days"));
        }
        if self.smallest_group.is_some_and(|people| !(1..=100).contains(&people)) {
            return Err(Problem::field("/smallest_group", "invalid", "must be 1 to 100 people"));
        }
        if self.retention_years.0.flatten().is_some_and(|years| !(1..=50).contains(&years)) {
            return Err(Problem::field("/retention_years", "invalid", "must be 1 to 50 years"));
        }
        if self.audit_days.is_some_and(|days| !(90..=3650).contains(&days)) {
            return Err(Problem::field("/audit_days", "invalid", "must be 90 to 3650 days"));
        }
        Ok(())
    }

    /// The settings of a hub as the change leaves them, but for the second pair of eyes, which two people switch off.
    pub(crate) fn over(&self, old: Hub) -> Settings {
        Settings {
            name: self.name.clone().unwrap_or(old.name),
            step: self.step.unwrap_or(old.step),
            credit_value_pence: self.credit_value_pence.map_or(old.credit_value_pence, i64::from),
            returned_share_percent: self.returned_share_percent.map_or(old.returned_share_percent, i64::from),
            four_eyes: old.four_eyes,
            four_eyes_off_asked_by: old.four_eyes_off_asked_by,
            approval_days: self.approval_days.map_or(old.approval_days, i64::from),
            smallest_group: self.smallest_group.map_or(old.smallest_group, i64::from),
            totp_for_managers: self.totp_for_managers.unwrap_or(old.totp_for_managers),
            retention_years: self.retention_years.0.map_or(old.retention_years, |years| years.map(i64::from)),
            audit_days: self.audit_days.map_or(old.audit_days, i64::from),
            public_programme: self.public_programme.unwrap_or(old.public_programme),
            colour: self.colour.unwrap_or(old.colour),
        }
    }
}
