//! What is typed of an event besides its sessions: read into what the programme takes, and shown again.

use super::flaws::{Wrong, taken};
use crate::base::credits::Credits;
use crate::base::text::{Change, Day, Line};
use crate::members::people::Role;
use crate::members::schools::Phase;
use crate::programme::programmes::admission::{Admission, Minimum};
use crate::programme::programmes::attendance::{Attendance, AttendanceChange, Excused};
use crate::programme::programmes::events::{Event, EventChange};
use crate::programme::programmes::policy::{Basis, NotAPolicy, Policy, Refund, Tier};
use crate::web::pages::form::{Filled, Form, Whole};
use crate::web::pages::labels::Labelled;
use crate::web::pages::programme::typed::{Local, local};
use crate::web::pages::words;
use crate::web::problem::{Code, FieldError, Problem};

/// The most steps of a policy.
const STEPS: usize = 10;

/// What was typed.
#[derive(eserde::Deserialize)]
struct Typed {
    title: Line,
    capacity: Whole,
    price: Credits,
    opens_at: Option<Local>,
    closes_at: Option<Local>,
    threshold_percent: Option<Whole>,
    excused: Option<Excused>,
    late_after_minutes: Option<Whole>,
    opens_at_full: Option<Local>,
    participant_price: Option<Credits>,
    max_per_school: Option<Whole>,
    phases: Option<Vec<Phase>>,
    roles: Option<Vec<Role>>,
    offer_hours: Option<Whole>,
    delegates: Option<Whole>,
    decide_by: Option<Day>,
}

/// What was typed of an event, read.
#[derive(Clone)]
pub(super) struct Facts {
    /// All of it, as a change of an event.
    pub(super) change: EventChange,
    /// Whether certificates wait for evaluations.
    pub(super) evaluation_required: bool,
}

impl Facts {
    /// What the form says; every field that can't be taken is added to what is wrong.
    pub(super) fn read(form: &Form, wrong: &mut Wrong) -> Option<Facts> {
        let typed: Option<Typed> = wrong.keep(form.read());
        let (policy, minimum) = (policy(form, wrong), minimum(form, wrong));
        let typed = typed?;
        let attendance = AttendanceChange {
            threshold_percent: typed.threshold_percent.map(|whole| taken(whole.0)),
            excused: typed.excused,
            late_after_minutes: typed.late_after_minutes.map(|whole| taken(whole.0)),
        };
        let admission = Admission {
            opens_at_full: typed.opens_at_full.map(|at| at.0),
            participant_price: typed.participant_price,
            max_per_school: typed.max_per_school.map(|most| most.0),
            phases: typed.phases.unwrap_or_default(),
            roles: typed.roles.unwrap_or_default(),
            offer_hours: typed.offer_hours.map(|hours| hours.0),
        };
        let minimum = minimum.then(|| typed.delegates.zip(typed.decide_by)).flatten();
        let change = EventChange {
            title: Some(typed.title),
            capacity: Some(typed.capacity.0),
            opens_at: Change(Some(typed.opens_at.map(|at| at.0))),
            closes_at: Change(Some(typed.closes_at.map(|at| at.0))),
            price: Some(typed.price),
            policy: Some(policy?),
            attendance,
            admission: Some(admission),
            minimum: Change(Some(minimum.map(|(delegates, day)| Minimum { delegates: delegates.0, decide_by: day.0 }))),
            sessions: None,
        };
        Some(Facts { change, evaluation_required: form.has("evaluation_required") })
    }

    /// The event's attendance rule, for a new event.
    pub(super) fn attendance(&self) -> Attendance {
        self.change.attendance.over(Attendance::default())
    }
}

/// A number of delegates and the day of the decision go together.
fn minimum(form: &Form, wrong: &mut Wrong) -> bool {
    let (delegates, day) = (form.text("delegates").trim(), form.text("decide_by").trim());
    match (delegates.is_empty(), day.is_empty()) {
        (false, true) => wrong.field("decide_by", "say by which day it is decided"),
        (true, false) => wrong.field("delegates", "say how many are needed"),
        (true, true) | (false, false) => {}
    }
    !delegates.is_empty() && !day.is_empty()
}

/// The policy of the form's steps: those that are left empty are none.
fn policy(form: &Form, wrong: &mut Wrong) -> Option<Policy> {
    let by_amount = form.text("unit") == "credits";
    let (mut tiers, mut steps) = (Vec::new(), Vec::new());
    let before = wrong.count();
    for step in 0..STEPS {
        let name = |part: &str| format!("step{step}_{part}");
        let (days, refund) = (form.text(&name("days")).trim(), form.text(&name("refund")).trim());
        if days.is_empty() && refund.is_empty() {
            continue;
        }
        let days_before = days.parse::<u16>();
        if days_before.is_err() {
            wrong.field(&name("days"), "must be a whole number of days");
        }
        let amount = refund.trim_end_matches('%').trim();
        let refund = if by_amount {
            Credits::parse(amount).map(Refund::Amount).map_err(|error| error.to_string())
        } else {
            amount.parse().map(Refund::Percent).map_err(|_| "must be a whole number of 0 to 100".to_owned())
        };
        match (days_before, refund) {
            (Ok(days_before), Ok(refund)) => {
                tiers.push(Tier { days_before, refund });
                steps.push(step);
            }
            (_, Err(detail)) => wrong.field(&name("refund"), &detail),
            (Err(_), Ok(_)) => {}
        }
    }
    if wrong.count() > before {
        return None;
    }
    let basis = Basis::parse(form.text("basis")).unwrap_or(Basis::CalendarDays);
    let at = |index: usize| steps.get(index).copied().unwrap_or_default();
    let policy = Policy::new(basis, tiers).map_err(|all| {
        for flaw in all {
            let (field, detail) = match flaw {
                NotAPolicy::TooMany => ("step0_days".to_owned(), "there are too many steps"),
                NotAPolicy::OverHundred(n) => (format!("step{}_refund", at(n)), "must be 0 to 100 percent"),
                NotAPolicy::NotDescending(n) => {
                    (format!("step{}_days", at(n)), "must be fewer days than in the step before it")
                }
                NotAPolicy::Rising(n) | NotAPolicy::RisingAmount(n) => {
                    (format!("step{}_refund", at(n)), "must not be more than in the step before it")
                }
                NotAPolicy::NotOne(n) | NotAPolicy::Mixed(n) => {
                    (format!("step{}_refund", at(n)), "must be of the same unit as the others")
                }
            };
            wrong.field(&field, detail);
        }
    });
    policy.ok()
}

/// A step of the policy, as the form shows it: the names of its fields.
pub(super) struct Step {
    pub(super) number: usize,
    pub(super) days: String,
    pub(super) refund: String,
}

/// The steps of the form, with two empty ones after those there are.
pub(super) fn steps(filled: &Filled) -> Vec<Step> {
    let typed = |step: &usize| !filled.value(&format!("step{step}_days")).is_empty();
    let shown = ((0..STEPS).rfind(typed).map_or(0, |last| last + 1) + 2).min(STEPS);
    let step = |number: usize| Step {
        number: number + 1,
        days: format!("step{number}_days"),
        refund: format!("step{number}_refund"),
    };
    (0..shown).map(step).collect()
}

/// The form of a new event.
pub(super) fn blank() -> Filled {
    let mut filled = Filled::with([
        ("price", "0"),
        ("basis", Basis::CalendarDays.as_str()),
        ("unit", "percent"),
        ("step0_days", "0"),
        ("step0_refund", "100"),
        ("excused", Excused::LeftOut.as_str()),
        ("threshold_percent", "50"),
        ("late_after_minutes", "10"),
        ("pattern_every", "week"),
        ("pattern_times", "1"),
    ]);
    filled.put("rows", "0");
    filled
}

/// The form of an event as it is.
pub(super) fn filled(event: &Event, evaluation_required: bool) -> Filled {
    let mut filled = Filled::default();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            filled.put(name, value);
        }
    };
    put("version", Some(event.version.to_string()));
    put("title", Some(event.title.as_str().to_owned()));
    put("capacity", Some(event.capacity.to_string()));
    put("price", Some(words::amount(event.price)));
    put("opens_at", event.opens_at.map(local));
    put("closes_at", event.closes_at.map(local));
    put("basis", Some(event.policy.basis().word().to_owned()));
    let by_amount = event.policy.tiers().iter().any(|tier| matches!(tier.refund, Refund::Amount(_)));
    put("unit", Some(if by_amount { "credits" } else { "percent" }.to_owned()));
    for (number, tier) in event.policy.tiers().iter().enumerate() {
        put(&format!("step{number}_days"), Some(tier.days_before.to_string()));
        let refund = match tier.refund {
            Refund::Percent(percent) => percent.to_string(),
            Refund::Amount(amount) => words::amount(amount),
        };
        put(&format!("step{number}_refund"), Some(refund));
    }
    put("threshold_percent", Some(event.attendance.threshold_percent.to_string()));
    put("excused", Some(event.attendance.excused.word().to_owned()));
    put("late_after_minutes", Some(event.attendance.late_after_minutes.to_string()));
    let admission = &event.admission;
    put("opens_at_full", admission.opens_at_full.map(local));
    put("participant_price", admission.participant_price.map(words::amount));
    put("max_per_school", admission.max_per_school.map(|most| most.to_string()));
    admission.phases.iter().for_each(|phase| put("phases[]", Some(phase.word().to_owned())));
    admission.roles.iter().for_each(|role| put("roles[]", Some(role.word().to_owned())));
    put("offer_hours", admission.offer_hours.map(|hours| hours.to_string()));
    put("delegates", event.minimum.map(|least| least.to_string()));
    put("decide_by", event.decide_by.map(|day| day.to_string()));
    put("evaluation_required", evaluation_required.then(|| "yes".to_owned()));
    filled
}

/// What the programme refused, at the fields of the form.
pub(super) fn at_fields(problem: &Problem) -> Problem {
    let errors = problem.errors().iter().map(|error| {
        let field = match error.pointer.trim_start_matches('/').split('/').collect::<Vec<_>>().as_slice() {
            ["admission" | "attendance" | "minimum", field, ..] => (*field).to_owned(),
            ["policy", ..] => "step0_days".to_owned(),
            [field, ..] => (*field).to_owned(),
            [] => String::new(),
        };
        FieldError { pointer: field, ..error.clone() }
    });
    let mut errors: Vec<FieldError> = errors.collect();
    if errors.is_empty() && problem.code() == Code::CapacityBelowHeld {
        let detail = problem.detail().to_owned();
        errors.push(FieldError { pointer: "capacity".to_owned(), code: "invalid".to_owned(), detail });
    }
    Problem::new(problem.code(), problem.detail()).with_errors(errors)
}
