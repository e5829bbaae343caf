//! Whether a letter goes now, later with others, or not at all.

use chrono::{DateTime, TimeDelta, Timelike, Utc};

use super::{Topic, Way};
use crate::base::clock::{london_date, london_days_later, london_midnight, london_time};
use crate::base::db::types::text;

/// What becomes of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes now.
    Now,
    /// It goes then, with whatever else was gathered.
    Gathered(DateTime<Utc>),
    /// It does not go.
    Refused,
}

/// A time of the day in London, to the minute: `22:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(i64);

impl TimeOfDay {
    /// Reads `HH:MM`.
    pub fn parse(text: &str) -> Result<TimeOfDay, &'static str> {
        let wrong = "must be a time such as 22:00";
        let number = |text: &str| match text.len() {
            2 if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse::<i64>().map_err(|_| wrong),
            _ => Err(wrong),
        };
        let (hour, minute) = text.split_once(':').ok_or(wrong)?;
        let (hour, minute) = (number(hour)?, number(minute)?);
        if hour > 23 || minute > 59 { Err(wrong) } else { Ok(TimeOfDay(hour * 60 + minute)) }
    }

    /// That many minutes from midnight.
    pub fn of_minutes(minutes: i64) -> TimeOfDay {
        TimeOfDay(minutes.rem_euclid(24 * 60))
    }

    /// Minutes from midnight.
    pub fn minutes(self) -> i64 {
        self.0
    }

    /// `HH:MM`.
    pub fn as_str(self) -> String {
        format!("{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

text!(TimeOfDay);

/// Hours in which somebody wants no letters; over midnight where they end before they begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// From when.
    pub from: TimeOfDay,
    /// Until when.
    pub until: TimeOfDay,
}

impl Quiet {
    /// When they end, where it is quiet at an instant.
    pub fn end(self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (from, until, minute) =
            (self.from.0, self.until.0, i64::from(london_time(at).num_seconds_from_midnight() / 60));
        let quiet = if from < until { (from..until).contains(&minute) } else { minute >= from || minute < until };
        (quiet && from != until).then(|| next(until, at))
    }
}

/// When the daily digest goes, in minutes from midnight: 7am.
const DIGEST: i64 = 7 * 60;

/// What becomes of a letter now. What somebody must act on before it would go goes at once.
pub fn fate(topic: Topic, way: Way, quiet: Option<Quiet>, due_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Fate {
    if !topic.can_be_changed() {
        return Fate::Now;
    }
    let end = |at: DateTime<Utc>| quiet.and_then(|quiet| quiet.end(at));
    let later = match way {
        Way::None => return Fate::Refused,
        Way::AtOnce => end(now),
        Way::Digest => Some(next(DIGEST, now)).map(|at| end(at).unwrap_or(at)),
    };
    match later {
        Some(at) if due_at.is_none_or(|due| at < due) => Fate::Gathered(at),
        _ => Fate::Now,
    }
}

/// What becomes of a letter that goes by itself, whatever else is gathered: who wants its topic once a day gets it at the
/// time of the digest that follows after it was written.
pub fn fate_alone(way: Way, quiet: Option<Quiet>, written_at: DateTime<Utc>, now: DateTime<Utc>) -> Fate {
    let from = match way {
        Way::None => return Fate::Refused,
        Way::AtOnce => now,
        Way::Digest => next(DIGEST, written_at).max(now),
    };
    let at = quiet.and_then(|quiet| quiet.end(from)).unwrap_or(from);
    if at > now { Fate::Gathered(at) } else { Fate::Now }
}

/// The next time after an instant that it is so many minutes from midnight in London.
fn next(minutes: i64, after: DateTime<Utc>) -> DateTime<Utc> {
    let today = london_date(after);
    let on = |day| london_days_later(london_midnight(day), TimeDelta::minutes(minutes));
    let days = today.iter_days().map(on);
    days.take(3).find(|at| *at > after).unwrap_or(after)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn quiet(from: &str, until: &str) -> Option<Quiet> {
        Some(Quiet { from: TimeOfDay::parse(from).unwrap(), until: TimeOfDay::parse(until).unwrap() })
    }

    #[test]
    fn a_digest_goes_at_seven_in_london() {
        let digest = |now: &str| fate(Topic::Places, Way::Digest, None, None, at(now));
        assert_eq!(digest("2026-12-01T06:59:59Z"), Fate::Gathered(at("2026-12-01T07:00:00Z")));
        assert_eq!(digest("2026-12-01T07:00:00Z"), Fate::Gathered(at("2026-12-02T07:00:00Z")));
        assert_eq!(digest("2026-07-01T05:00:00Z"), Fate::Gathered(at("2026-07-01T06:00:00Z")));
    }

    #[test]
    fn nothing_comes_in_quiet_hours() {
        let night = quiet("22:00", "07:30");
        let now = |now: &str| fate(Topic::Places, Way::AtOnce, night, None, at(now));
        assert_eq!(now("2026-12-01T21:59:00Z"), Fate::Now);
        assert_eq!(now("2026-12-01T22:00:00Z"), Fate::Gathered(at("2026-12-02T07:30:00Z")));
        assert_eq!(now("2026-12-02T07:30:00Z"), Fate::Now);
        let digest = fate(Topic::Places, Way::Digest, night, None, at("2026-12-01T12:00:00Z"));
        assert_eq!(digest, Fate::Gathered(at("2026-12-02T07:30:00Z")), "nor does a digest");
    }

    #[test]
    fn what_goes_alone_waits_for_its_time_once() {
        let written = at("2026-12-04T08:00:00Z");
        let alone = |way, quiet, now: &str| fate_alone(way, quiet, written, at(now));
        assert_eq!(alone(Way::AtOnce, None, "2026-12-04T08:00:00Z"), Fate::Now);
        assert_eq!(alone(Way::None, None, "2026-12-04T08:00:00Z"), Fate::Refused);
        let morning = Fate::Gathered(at("2026-12-05T07:00:00Z"));
        assert_eq!(alone(Way::Digest, None, "2026-12-04T08:00:00Z"), morning);
        assert_eq!(alone(Way::Digest, None, "2026-12-05T07:00:00Z"), Fate::Now);
        let night = quiet("22:00", "08:30");
        let later = Fate::Gathered(at("2026-12-04T08:30:00Z"));
        assert_eq!(alone(Way::AtOnce, night, "2026-12-04T08:00:00Z"), later);
        assert_eq!(alone(Way::AtOnce, night, "2026-12-04T08:30:00Z"), Fate::Now);
    }

    #[test]
    fn times_are_written_with_two_digits() {
        assert_eq!(TimeOfDay::parse("07:05").unwrap().as_str(), "07:05");
        for wrong in ["7:05", "24:00", "12:60", "12", "12:5", "+1:00", ""] {
            assert!(TimeOfDay::parse(wrong).is_err(), "{wrong}");
        }
    }

    fn some_topic() -> impl Strategy<Value = Topic> {
        proptest::sample::select(Topic::ALL)
    }

    proptest! {
        #[test]
        fn it_goes_in_time_or_not_at_all(
            topic in some_topic(),
            way in proptest::sample::select(Way::ALL),
            from in 0_i64..1440,
            // Not in the hour that is skipped when the clocks change.
            until in prop_oneof![0_i64..60, 120_i64..1440],
            minute in 0_i64..2_000_000,
            due in proptest::option::of(-3000_i64..3000),
        ) {
            let now = at("2026-01-01T00:00:00Z") + TimeDelta::minutes(minute);
            let quiet = Quiet { from: TimeOfDay(from), until: TimeOfDay(until) };
            let due_at = due.map(|due| now + TimeDelta::minutes(due));
            match fate(topic, way, Some(quiet), due_at, now) {
                Fate::Refused => prop_assert!(way == Way::None && topic.can_be_changed()),
                Fate::Gathered(at) => {
                    prop_assert!(topic.can_be_changed() && at > now && at <= now + TimeDelta::hours(50));
                    prop_assert!(due_at.is_none_or(|due| at < due), "it comes in time");
                    prop_assert!(quiet.end(at).is_none(), "and not in quiet hours");
                }
                Fate::Now => {
                    let held = way == Way::Digest || (way == Way::AtOnce && quiet.end(now).is_some());
                    prop_assert!(!topic.can_be_changed() || !held || due_at.is_some());
                }
            }
        }
    }
}
