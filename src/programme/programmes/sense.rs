//! Whether an event makes sense: whether its fields agree with one another. Pure.
//!
//! The same rules apply when an event is added, whenever it or its sessions are changed, and when it is published. A
//! rule relates two fields; the fault is reported at the one that the caller sent.

use chrono::{DateTime, NaiveDate, Utc};

use super::Flaw;
use super::admission::{Admission, Minimum};
use crate::base::clock::london_date;
use crate::base::text::counted;

/// The fields of an event that must agree.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// How many places there are.
    pub capacity: i64,
    /// How many places are held.
    pub held: i64,
    /// How many delegates the event needs, and when that is decided.
    pub minimum: Option<Minimum>,
    /// When booking opens.
    pub opens_at: Option<DateTime<Utc>>,
    /// When booking closes.
    pub closes_at: Option<DateTime<Utc>>,
    /// Who may book it, and how.
    pub admission: &'a Admission,
    /// The start and end of each session, in any order.
    pub sessions: Vec<(DateTime<Utc>, DateTime<Utc>)>,
}

/// A field that a caller may have sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// How many places there are.
    Capacity,
    /// How many delegates the event needs, and when that is decided.
    Minimum,
    /// When booking opens.
    OpensAt,
    /// When booking closes.
    ClosesAt,
    /// Who may book it, and how.
    Admission,
    /// All the sessions of the event, or one of them.
    Sessions,
}

/// The code of a capacity below the places held.
pub const BELOW_HELD: &str = "capacity_below_held";

/// Why there can't be fewer places than are held, and what to do.
pub(super) fn below_held(held: i64) -> String {
    let are = if held == 1 { "is" } else { "are" };
    format!(
        "{} {are} taken, and there can't be fewer than that: to have fewer, cancel bookings first",
        counted(held, "place")
    )
}

/// A conflict between two fields, with the place of each in the body.
struct Conflict {
    between: [(Field, &'static str); 2],
    code: &'static str,
    detail: String,
}

impl Plan<'_> {
    /// All conflicts, reported at the fields that were sent; where neither of the two was sent, at the first.
    pub fn flaws(&self, sent: impl Fn(Field) -> bool) -> Vec<Flaw> {
        let at = |[first, second]: [(Field, &'static str); 2]| {
            if sent(second.0) && !sent(first.0) { second.1 } else { first.1 }
        };
        self.conflicts()
            .into_iter()
            .map(|Conflict { between, code, detail }| Flaw { pointer: at(between).to_owned(), code, detail })
            .collect()
    }

    fn conflicts(&self) -> Vec<Conflict> {
        const CAPACITY: (Field, &str) = (Field::Capacity, "/capacity");
        const DELEGATES: (Field, &str) = (Field::Minimum, "/minimum/delegates");
        const DECIDE_BY: (Field, &str) = (Field::Minimum, "/minimum/decide_by");
        const OPENS: (Field, &str) = (Field::OpensAt, "/opens_at");
        const OPENS_FULL: (Field, &str) = (Field::Admission, "/admission/opens_at_full");
        const CLOSES: (Field, &str) = (Field::ClosesAt, "/closes_at");
        const STARTS: (Field, &str) = (Field::Sessions, "/starts_at");
        const ENDS: (Field, &str) = (Field::Sessions, "/ends_at");

        let mut found = Vec::new();
        let mut conflict = |wrong: bool, between, detail: String| {
            found.extend(wrong.then_some(Conflict { between, code: "invalid", detail }));
        };
        let Plan { capacity, held, minimum, opens_at, closes_at, .. } = *self;
        let starts_at = self.sessions.iter().map(|(starts, _)| *starts).min();
        let ends_at = self.sessions.iter().map(|(_, ends)| *ends).max();

        if let Some(Minimum { delegates, decide_by }) = minimum {
            let too_many = format!("the minimum of {delegates} must be 1 to the capacity of {capacity}");
            conflict(!(1..=capacity).contains(&delegates), [DELEGATES, CAPACITY], too_many);
            let starts_on = starts_at.map_or(NaiveDate::MAX, london_date);
            let late = format!("the decision by {decide_by} must be before the day of the first session, {starts_on}");
            conflict(decide_by >= starts_on, [DECIDE_BY, STARTS], late);
        }
        if let Some((opens, closes)) = opens_at.zip(closes_at) {
            conflict(
                closes <= opens,
                [CLOSES, OPENS],
                format!("booking closes at {closes}: must be after it opens, {opens}"),
            );
        }
        if let Some((opens, starts)) = opens_at.zip(starts_at) {
            let late = format!("booking opens at {opens}: must be before the first session starts, {starts}");
            conflict(opens >= starts, [OPENS, STARTS], late);
        }
        if let Some((closes, ends)) = closes_at.zip(ends_at) {
            let late = format!("booking closes at {closes}: must be before the last session ends, {ends}");
            conflict(closes >= ends, [CLOSES, ENDS], late);
        }
        if let Some(early) = self.admission.opens_at_full {
            let late = opens_at.is_none_or(|opens| early >= opens);
            conflict(late, [OPENS_FULL, OPENS], "early booking must open before the event's opens_at".to_owned());
        }
        if capacity < held {
            found.push(Conflict { between: [CAPACITY, CAPACITY], code: BELOW_HELD, detail: below_held(held) });
        }
        found
    }
}

/// The sessions, by index, that begin while another is under way.
pub fn overlapping(sessions: &[(DateTime<Utc>, DateTime<Utc>)]) -> Vec<usize> {
    let mut ordered: Vec<(usize, _)> = sessions.iter().copied().enumerate().collect();
    ordered.sort_by_key(|(index, (starts_at, _))| (*starts_at, *index));
    let mut busy_until = DateTime::<Utc>::MIN_UTC;
    let mut overlapping = Vec::new();
    for (index, (starts_at, ends_at)) in ordered {
        if starts_at < busy_until {
            overlapping.push(index);
        }
        busy_until = busy_until.max(ends_at);
    }
    overlapping
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Two sessions, on 12 and 19 November at 9:00, of an event with ten places.
    fn plan(admission: &Admission) -> Plan<'_> {
        let days = [("2026-11-12T09:00:00Z", "2026-11-12T10:00:00Z"), ("2026-11-19T09:00:00Z", "2026-11-19T10:00:00Z")];
        Plan {
            capacity: 10,
            held: 0,
            minimum: None,
            opens_at: None,
            closes_at: None,
            admission,
            sessions: days.map(|(starts, ends)| (at(starts), at(ends))).to_vec(),
        }
    }

    fn pointers(plan: &Plan<'_>, sent: &[Field]) -> Vec<String> {
        plan.flaws(|field| sent.contains(&field)).into_iter().map(|flaw| flaw.pointer).collect()
    }

    #[test]
    fn each_rule_holds_to_its_last_moment() {
        let none = Admission::default();
        let minimum = |delegates, day: &str| Some(Minimum { delegates, decide_by: day.parse().unwrap() });
        for (right, plan) in [
            (true, Plan { minimum: minimum(10, "2026-11-11"), ..plan(&none) }),
            (false, Plan { minimum: minimum(11, "2026-11-11"), ..plan(&none) }),
            (false, Plan { minimum: minimum(0, "2026-11-11"), ..plan(&none) }),
            (false, Plan { minimum: minimum(10, "2026-11-12"), ..plan(&none) }),
            (true, Plan { opens_at: Some(at("2026-11-12T08:59:59Z")), ..plan(&none) }),
            (false, Plan { opens_at: Some(at("2026-11-12T09:00:00Z")), ..plan(&none) }),
            (true, Plan { closes_at: Some(at("2026-11-19T09:59:59Z")), ..plan(&none) }),
            (false, Plan { closes_at: Some(at("2026-11-19T10:00:00Z")), ..plan(&none) }),
            (true, Plan { held: 10, ..plan(&none) }),
            (false, Plan { held: 11, ..plan(&none) }),
        ] {
            assert_eq!(pointers(&plan, &[]).is_empty(), right, "{plan:?}");
        }
        let window = |opens, closes| Plan { opens_at: Some(at(opens)), closes_at: Some(at(closes)), ..plan(&none) };
        assert!(pointers(&window("2026-11-01T00:00:00Z", "2026-11-01T00:00:01Z"), &[]).is_empty());
        assert_eq!(pointers(&window("2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"), &[]), ["/closes_at"]);
    }

    #[test]
    fn all_of_it_is_told_at_once_at_what_was_sent() {
        let early = Admission { opens_at_full: Some(at("2026-11-20T00:00:00Z")), ..Admission::default() };
        let wrong = Plan {
            held: 11,
            minimum: Some(Minimum { delegates: 11, decide_by: "2026-11-13".parse().unwrap() }),
            opens_at: Some(at("2026-11-20T00:00:00Z")),
            closes_at: Some(at("2026-11-20T00:00:00Z")),
            ..plan(&early)
        };
        let all = |sent: &[Field]| pointers(&wrong, sent);
        assert_eq!(
            all(&[Field::Minimum, Field::OpensAt, Field::ClosesAt, Field::Admission]),
            [
                "/minimum/delegates",
                "/minimum/decide_by",
                "/closes_at",
                "/opens_at",
                "/closes_at",
                "/admission/opens_at_full",
                "/capacity"
            ]
        );
        assert_eq!(
            all(&[Field::Capacity, Field::OpensAt, Field::Sessions]),
            ["/capacity", "/starts_at", "/opens_at", "/opens_at", "/ends_at", "/opens_at", "/capacity"]
        );
    }
}
