//! Which past state a question is about: as it was recorded by an instant, or as it is effective on a day, or both.

use chrono::NaiveDate;
use utoipa::IntoParams;

use super::call::Caller;
use super::problem::Problem;
use crate::clock::london_date;
use crate::ledger::Moment;
use crate::text::{Day, Instant};

/// The parameters of it.
#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct At {
    /// With everything recorded at or before this instant, not after now; now where it is not given.
    as_of: Option<Instant>,
    /// With everything whose business date is this day or before, not after today; all where it is not given.
    effective_on: Option<Day>,
}

impl At {
    /// What is asked for: neither in the future, of which nothing is known yet.
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
