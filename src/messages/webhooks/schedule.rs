//! When a delivery that failed is tried again.

use chrono::{DateTime, TimeDelta, Utc};

const SECOND: i64 = 1;
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// When it is tried again, in seconds from the first attempt. After the last it is given up.
const AFTER: &[i64] = &[
    10 * SECOND,
    MINUTE,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    6 * HOUR,
    12 * HOUR,
    24 * HOUR,
    36 * HOUR,
    48 * HOUR,
    GIVEN_UP_AFTER,
];

/// How long a delivery is tried, and after how long without any success a webhook is switched off: three days, in seconds.
const GIVEN_UP_AFTER: i64 = 72 * HOUR;

/// When a delivery that was first tried at `begun` and has failed at `now` is tried again; none where it is given up.
pub(super) fn again(begun: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    AFTER.iter().map(|seconds| begun + TimeDelta::seconds(*seconds)).find(|at| *at > now)
}

/// Whether nothing has arrived for so long that the webhook is switched off.
pub(super) fn is_over(failing_since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    failing_since.is_some_and(|since| now >= since + TimeDelta::seconds(GIVEN_UP_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_attempts_in_three_days() {
        let begun = DateTime::UNIX_EPOCH;
        let (mut now, mut attempts) = (begun, 1);
        while let Some(next) = again(begun, now) {
            assert!(next > now, "{next}");
            (now, attempts) = (next, attempts + 1);
        }
        assert_eq!((attempts, now - begun), (12, TimeDelta::days(3)));
        assert!(is_over(Some(begun), now) && !is_over(Some(begun), now - TimeDelta::seconds(1)) && !is_over(None, now));
    }

    #[test]
    fn a_service_that_stood_still_does_not_make_up_for_attempts() {
        let begun = DateTime::UNIX_EPOCH;
        let now = begun + TimeDelta::hours(7);
        assert_eq!(again(begun, now), Some(begun + TimeDelta::hours(12)));
        assert_eq!(again(begun, begun + TimeDelta::days(4)), None);
    }
}
