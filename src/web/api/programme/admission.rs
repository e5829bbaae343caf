//! Who may book an event, and how many delegates it needs, as it is sent and shown.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::credits::Credits;
use crate::base::text::{Day, Instant};
use crate::members::people::Role;
use crate::members::schools::Phase;
use crate::programme::programmes::admission::{Admission, Minimum};

/// Who may book an event, from when, at what price, and how many from one school. What is not sent sets no condition.
#[derive(Default, Serialize, eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Admission)]
pub(crate) struct AdmissionBody {
    /// When booking opens for full members: before the event's `opens_at`, which then applies to participants.
    #[serde(default)]
    opens_at_full: Option<Instant>,
    /// What a place costs a participant; the event's price where it is not sent.
    #[serde(default)]
    participant_price: Option<Credits>,
    /// How many live bookings one school may have.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100_000)]
    max_per_school: Option<u32>,
    /// The phases of the schools that it is for; empty for all.
    #[serde(default)]
    phases: Vec<Phase>,
    /// The roles that it is for, of `school_lead` and `teacher`; empty for both.
    #[serde(default)]
    roles: Vec<Role>,
    /// How many hours someone on the waiting list has to accept a place that came free; where it is not sent, the place
    /// is theirs at once.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 720)]
    offer_hours: Option<u16>,
}

impl From<AdmissionBody> for Admission {
    fn from(sent: AdmissionBody) -> Self {
        Admission {
            opens_at_full: sent.opens_at_full.map(|at| at.0),
            participant_price: sent.participant_price,
            max_per_school: sent.max_per_school.map(i64::from),
            phases: sent.phases,
            roles: sent.roles,
            offer_hours: sent.offer_hours.map(i64::from),
        }
    }
}

impl From<Admission> for AdmissionBody {
    fn from(admission: Admission) -> Self {
        AdmissionBody {
            opens_at_full: admission.opens_at_full.map(Instant),
            participant_price: admission.participant_price,
            max_per_school: admission.max_per_school.and_then(|most| u32::try_from(most).ok()),
            phases: admission.phases,
            roles: admission.roles,
            offer_hours: admission.offer_hours.and_then(|hours| u16::try_from(hours).ok()),
        }
    }
}

/// How many delegates an event needs, and when the hub decides whether it takes place.
#[derive(Serialize, eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Minimum)]
pub(crate) struct MinimumBody {
    /// The fewest delegates that the event needs: at most the capacity.
    #[schema(minimum = 1, maximum = 100_000)]
    delegates: u32,
    /// The day of the decision: before the day of the first session.
    decide_by: Day,
}

impl MinimumBody {
    /// The minimum of an event, as it is shown.
    pub(crate) fn of(delegates: Option<i64>, decide_by: Option<NaiveDate>) -> Option<MinimumBody> {
        let (delegates, decide_by) = delegates.zip(decide_by)?;
        Some(MinimumBody { delegates: u32::try_from(delegates).ok()?, decide_by: Day(decide_by) })
    }
}

impl From<MinimumBody> for Minimum {
    fn from(sent: MinimumBody) -> Self {
        Minimum { delegates: i64::from(sent.delegates), decide_by: sent.decide_by.0 }
    }
}
