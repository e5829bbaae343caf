//! Which past state a request is about: as recorded by an instant, or as effective on a day, or both.

use chrono::NaiveDate;
use utoipa::IntoParams;

use super::call::Caller;
use super::problem::Problem;
use crate::base::clock::london_date;
use crate::base::text::{Day, Instant};
use crate::ledger::Moment;

/// The query parameters for a past state.
#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct At {
    /// Counts everything recorded at or before this instant, no later than now; now where it is not given.
    as_of: Option<Instant>,
    /// Counts everything with a business date on or before this day, no later than today; all where it is not given.
    effective_on: Option<Day>,
}

impl At {
    /// The moment and day asked for; refused in the future, about which nothing is known yet.
    pub(crate) fn read(self, caller: &Caller) -> Result<(Moment, Option<NaiveDate>), Problem> {
        let (now, At { as_of, effective_on }) = (caller.now(), self);
        if as_of.is_some_and(|Instant(instant)| instant > now) {
            return Err(Problem::field("as_of", "in_future", format!("is after now, {now}")));
        }
        let today = london_date(now);
        if effective_on.is_some_and(|Day(day)| day > today) {
            return Err(Problem::field("effective_on", "in_future", format!("is after today, {today}")));
        }
        let moment = as_of.map_or(Moment::Now, |Instant(instant)| Moment::At(instant));
        Ok((moment, effective_on.map(|Day(day)| day)))
    }
}
