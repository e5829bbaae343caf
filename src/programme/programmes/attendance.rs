//! Who came to an event, by its register: the marks, and the rule that decides by them. Pure.
//!
//! A session attended in full or late counts whole, one attended in part counts half, an absence nothing. An excused
//! session is left out of the count, or counts as the event says. The delegate attended the event where the result
//! reaches the event's threshold, in percent of the sessions counted; someone excused from every session did not.

use super::Flaw;
use crate::base::db::types::words;
use crate::base::hours::Hours;

words!(/** What the register says of a delegate at a session. */ Mark {
    /// Present from the beginning.
    Present = "present",
    /// Present, but late.
    Late = "late",
    /// Present for part of the session.
    Partial = "partial",
    /// Absent, for a reason that the hub accepts.
    Excused = "excused",
    /// Absent.
    Absent = "absent",
});

impl Mark {
    /// How long somebody with this mark was at a session of this length: in part means the minutes that were marked, or
    /// half of it where none were.
    pub fn hours(self, minutes: Option<i64>, length: Hours) -> Hours {
        match self {
            Mark::Present | Mark::Late => length,
            Mark::Partial => minutes.map_or(Hours::from_minutes(length.minutes() / 2), Hours::from_minutes).min(length),
            Mark::Excused | Mark::Absent => Hours::ZERO,
        }
    }
}

words!(/** How an excused session counts. */ Excused {
    /// Not at all: the threshold applies to the other sessions.
    LeftOut = "left_out",
    /// Like an attended session.
    Attended = "attended",
    /// Like a missed session.
    Missed = "missed",
});

/// How the register of an event decides who attended: by the share of sessions attended, where one attended in part
/// counts half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Attendance {
    /// The share of the sessions that is needed, in percent.
    pub threshold_percent: i64,
    /// How an excused session counts.
    pub excused: Excused,
    /// How many minutes after its start a check-in to a session is late.
    pub late_after_minutes: i64,
}

impl Default for Attendance {
    fn default() -> Self {
        Attendance { threshold_percent: 50, excused: Excused::LeftOut, late_after_minutes: 10 }
    }
}

/// How the register of an event decides who attended; what is not sent stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, eserde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttendanceChange {
    /// The share of the sessions that is needed, in percent; 50 at first.
    #[schema(minimum = 1, maximum = 100)]
    pub threshold_percent: Option<u8>,
    /// How an excused session counts; `left_out` at first.
    pub excused: Option<Excused>,
    /// How many minutes after its start a check-in to a session is late; 10 at first.
    #[schema(minimum = 0, maximum = 1440)]
    pub late_after_minutes: Option<u16>,
}

impl AttendanceChange {
    /// The old values with the change applied.
    pub fn over(self, old: Attendance) -> Attendance {
        Attendance {
            threshold_percent: self.threshold_percent.map_or(old.threshold_percent, i64::from),
            excused: self.excused.unwrap_or(old.excused),
            late_after_minutes: self.late_after_minutes.map_or(old.late_after_minutes, i64::from),
        }
    }
}

impl Attendance {
    /// Everything in it that is invalid.
    pub fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        if !(1..=100).contains(&self.threshold_percent) {
            flaws.push(Flaw::invalid("/attendance/threshold_percent", "must be 1 to 100"));
        }
        if !(0..=LATEST_LATE).contains(&self.late_after_minutes) {
            flaws.push(Flaw::invalid("/attendance/late_after_minutes", format!("must be 0 to {LATEST_LATE}")));
        }
        flaws
    }
}

/// The latest that a check-in may begin to count as late, in minutes after the start: a day.
const LATEST_LATE: i64 = 1_440;

/// How often a delegate has each mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Present or late.
    pub whole: i64,
    /// Present for part of it.
    pub partial: i64,
    /// Excused.
    pub excused: i64,
    /// Absent.
    pub absent: i64,
}

impl Tally {
    /// Adds `sessions` of the mark.
    #[must_use]
    pub fn with(mut self, mark: Mark, sessions: i64) -> Tally {
        let count = match mark {
            Mark::Present | Mark::Late => &mut self.whole,
            Mark::Partial => &mut self.partial,
            Mark::Excused => &mut self.excused,
            Mark::Absent => &mut self.absent,
        };
        *count += sessions;
        self
    }

    /// How many sessions are marked.
    pub fn marked(&self) -> i64 {
        self.whole + self.partial + self.excused + self.absent
    }
}

impl Attendance {
    /// The attended share of the sessions that count, in whole percent rounded down; none where no session counts.
    pub fn percent(&self, tally: &Tally) -> Option<i64> {
        let (half_points, counted) = self.counted(tally);
        (counted > 0).then(|| half_points * 50 / counted)
    }

    /// Whether the delegate attended the event. Sessions without a mark are not counted.
    pub fn attended(&self, tally: &Tally) -> bool {
        let (half_points, counted) = self.counted(tally);
        counted > 0 && half_points * 50 >= self.threshold_percent * counted
    }

    /// Half points attended, and sessions counted.
    fn counted(&self, tally: &Tally) -> (i64, i64) {
        let Tally { whole, partial, excused, absent } = *tally;
        let (excused_points, excused_counted) = match self.excused {
            Excused::LeftOut => (0, 0),
            Excused::Attended => (2 * excused, excused),
            Excused::Missed => (0, excused),
        };
        (2 * whole + partial + excused_points, whole + partial + absent + excused_counted)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tally(whole: i64, partial: i64, excused: i64, absent: i64) -> Tally {
        Tally { whole, partial, excused, absent }
    }

    #[test]
    fn a_part_of_a_session_is_as_long_as_it_was_marked() {
        let length = Hours::from_minutes(90);
        for (mark, minutes, hours) in [
            (Mark::Present, None, 90),
            (Mark::Late, None, 90),
            (Mark::Partial, Some(20), 20),
            (Mark::Partial, Some(91), 90),
            (Mark::Partial, None, 45),
            (Mark::Excused, None, 0),
            (Mark::Absent, None, 0),
        ] {
            assert_eq!(mark.hours(minutes, length), Hours::from_minutes(hours), "{mark} {minutes:?}");
        }
    }

    #[test]
    fn five_of_six_and_one_excused() {
        let of = |threshold_percent, excused| Attendance { threshold_percent, excused, ..Attendance::default() };
        let year = tally(5, 0, 1, 0);
        assert!(of(100, Excused::LeftOut).attended(&year) && of(100, Excused::Attended).attended(&year));
        assert!(of(83, Excused::Missed).attended(&year) && !of(84, Excused::Missed).attended(&year));
        assert_eq!(of(1, Excused::Missed).percent(&year), Some(83));
    }

    #[test]
    fn a_part_counts_half_and_nothing_counted_is_not_attended() {
        let half = Attendance::default();
        assert!(half.attended(&tally(0, 1, 0, 0)) && !half.attended(&tally(0, 1, 0, 1)));
        assert!(half.attended(&tally(1, 0, 0, 1)) && !half.attended(&tally(1, 0, 0, 2)));
        assert!(!half.attended(&tally(0, 0, 3, 0)) && !half.attended(&Tally::default()));
        assert_eq!((half.percent(&tally(0, 0, 3, 0)), half.percent(&tally(2, 1, 1, 1))), (None, Some(62)));
    }

    proptest! {
        /// The slow way: sum over the sessions one by one, in exact fractions.
        #[test]
        fn the_rule_is_that_of_each_session(
            marks in prop::collection::vec(0_usize..5, 0..12), threshold_percent in 1_i64..=100, excused in 0_usize..3,
        ) {
            let attendance = Attendance { threshold_percent, excused: Excused::ALL[excused], late_after_minutes: 10 };
            let (mut points, mut counted, mut tally) = (0, 0, Tally::default());
            for mark in marks.iter().map(|mark| Mark::ALL[*mark]) {
                tally = tally.with(mark, 1);
                let (of, out_of) = match (mark, attendance.excused) {
                    (Mark::Present | Mark::Late, _) | (Mark::Excused, Excused::Attended) => (100, 100),
                    (Mark::Partial, _) => (50, 100),
                    (Mark::Absent, _) | (Mark::Excused, Excused::Missed) => (0, 100),
                    (Mark::Excused, Excused::LeftOut) => (0, 0),
                };
                (points, counted) = (points + of, counted + out_of);
            }
            let expected = counted > 0 && points * 100 >= threshold_percent * counted;
            prop_assert_eq!(attendance.attended(&tally), expected);
            prop_assert_eq!(tally.marked(), i64::try_from(marks.len()).unwrap());
        }
    }
}
