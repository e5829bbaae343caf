//! When a letter that was not taken is tried again: soon at first, ever more seldom, and after three days no more.

use chrono::{DateTime, TimeDelta, Utc};

/// For how long a letter is tried.
pub const GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(3);

/// The longest between two tries.
const LONGEST: TimeDelta = TimeDelta::hours(1);

/// What follows a try in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is tried again then.
    At(DateTime<Utc>),
    /// It is given up.
    Never,
}

/// What follows the `tries`-th try in vain of a letter that is given up at `until`: a minute until the second try, and
/// twice as long each time. The last is made when it would be given up.
pub fn after_failure(tries: i64, until: DateTime<Utc>, now: DateTime<Utc>) -> Next {
    if now >= until {
        return Next::Never;
    }
    let doubled = u32::try_from(tries.clamp(1, 16) - 1).unwrap_or(0);
    let wait = TimeDelta::minutes(1 << doubled).min(LONGEST);
    Next::At((now + wait).min(until))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_is_tried_over_three_days() {
        let written: DateTime<Utc> = "2026-10-05T09:00:00Z".parse().unwrap();
        let until = written + GIVEN_UP_AFTER;
        let (mut now, mut at) = (written, Vec::new());
        for tries in 1.. {
            match after_failure(tries, until, now) {
                Next::At(next) => now = next,
                Next::Never => break,
            }
            at.push((now - written).num_minutes());
        }
        assert_eq!(at[..6], [1, 3, 7, 15, 31, 63]);
        assert_eq!(at.last(), Some(&GIVEN_UP_AFTER.num_minutes()), "the last try is made at the end");
        assert!((70..90).contains(&at.len()), "{at:?}");
    }

    proptest! {
        #[test]
        fn the_next_try_is_later_and_never_after_the_end(tries in -5_i64..1_000_000, late in 0_i64..400_000, age in 0_i64..300_000) {
            let now = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(age);
            let until = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(late);
            match after_failure(tries, until, now) {
                Next::At(next) => prop_assert!(next > now && next <= until && next - now <= LONGEST),
                Next::Never => prop_assert!(now >= until),
            }
        }
    }
}
