//! One event for those who run it: what it is, its sessions, and what can be done with it next.

use askama::Template;

use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::base::ids::{EventId, PersonId};
use crate::booking::bookings::joining::Joining;
use crate::booking::{evaluations, organising};
use crate::members::people;
use crate::programme::programmes::attendance::Excused;
use crate::programme::programmes::catalogue::Entry;
use crate::programme::programmes::events::{self, Event, State};
use crate::programme::programmes::policy::{Basis, Policy, Refund, Tier};
use crate::programme::programmes::sessions::{self, Session};
use crate::web::call::{Call, Caller};
use crate::web::pages::labels::Labelled;
use crate::web::pages::programme::head::{Head, way};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::roles::HUB_AND_PARTNERS;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/events/{id}/manage", HUB_AND_PARTNERS, manage);
}

/// A session as the page shows it.
pub(super) struct Shown {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) when: String,
    pub(super) place: Option<String>,
    pub(super) online: bool,
    pub(super) link: Option<String>,
    pub(super) speaker: Option<String>,
    pub(super) host: Option<String>,
    /// Whether it has not begun.
    pub(super) to_come: bool,
}

/// A step of the policy in words.
pub(super) struct Step {
    pub(super) days: u16,
    pub(super) working: bool,
    pub(super) refund: String,
    pub(super) until: String,
}

/// The steps of a policy, for an event that starts at an instant.
pub(super) fn steps(policy: &Policy, event: &Event) -> Vec<Step> {
    let starts_on = london_date(event.starts_at);
    let step = |tier: &Tier| Step {
        days: tier.days_before,
        working: policy.basis() == Basis::WorkingDays,
        refund: match tier.refund {
            Refund::Percent(percent) => format!("{percent}%"),
            Refund::Amount(amount) => words::credits(amount),
        },
        until: words::short_day(policy.last_day(*tier, starts_on)),
    };
    policy.tiers().iter().map(step).collect()
}

/// What the facts of an event say.
struct FactsShown {
    price: String,
    participant_price: Option<String>,
    capacity: i64,
    held: i64,
    waiting: i64,
    opens: Option<String>,
    opens_full: Option<String>,
    closes: Option<String>,
    minimum: Option<(i64, String)>,
    at_risk: bool,
    max_per_school: Option<i64>,
    phases: Vec<&'static str>,
    roles: Vec<&'static str>,
    offer_hours: Option<i64>,
    threshold: i64,
    excused: &'static str,
    late_after: i64,
    evaluation_required: bool,
    cancelled_because: Option<String>,
    steps: Vec<Step>,
}

#[derive(Template)]
#[template(path = "pages/programme/event_manage.html")]
struct Manage {
    shell: Shell,
    head: Head,
    programme: (String, String),
    provider: String,
    facts: FactsShown,
    sessions: Vec<Shown>,
}

async fn manage(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let (entry, event) = of_path(&caller, &mut tx).await?;
    let sessions = shown_sessions(&caller, &mut tx, &entry).await?;
    let required = evaluations::required(&mut tx, caller.hub(), event.id).await?;
    drop(tx);
    let view = Manage {
        shell: Shell::of(&caller, entry.title.as_str(), way(caller.role())).await?,
        head: Head::of(&caller, &entry, "manage"),
        programme: (entry.programme_id.to_string(), entry.programme_title.as_str().to_owned()),
        provider: entry.provider.name.as_str().to_owned(),
        facts: FactsShown::of(&event, required),
        sessions,
    };
    page(&caller, &view).await
}

/// The event of the path, as the catalogue has it and whole.
pub(super) async fn of_path(caller: &Caller, tx: &mut Tx) -> Result<(Entry, Event), Problem> {
    let id: EventId = caller.id("id")?;
    let entry = organising::event(tx, &caller.person, id).await?;
    let event = events::get(tx, caller.hub(), id).await?.ok_or_else(Problem::not_found)?;
    Ok((entry, event))
}

/// The sessions of an event, as the caller may see them.
pub(super) async fn shown_sessions(caller: &Caller, tx: &mut Tx, entry: &Entry) -> Result<Vec<Shown>, Problem> {
    let (all, joining) =
        (sessions::of_event(tx, caller.hub(), entry.id).await?, Joining::of(tx, &caller.person).await?);
    let mut shown = Vec::new();
    for session in all {
        let given = joining.gives(entry.id, entry.provider.who(), session.host_id);
        let host = name(caller, tx, session.host_id).await?;
        shown.push(Shown::of(session, given, host, caller));
    }
    Ok(shown)
}

async fn name(caller: &Caller, tx: &mut Tx, id: Option<PersonId>) -> Result<Option<String>, Problem> {
    let Some(id) = id else { return Ok(None) };
    Ok(people::get(tx, caller.hub(), id).await?.map(|person| person.name.as_str().to_owned()))
}

impl Shown {
    /// A session, with its link where that is given.
    pub(super) fn of(session: Session, given: bool, host: Option<String>, caller: &Caller) -> Shown {
        Shown {
            id: session.id.to_string(),
            title: session.title.as_str().to_owned(),
            when: words::span(session.starts_at, session.ends_at),
            place: session.place.map(|place| place.as_str().to_owned()),
            online: session.online_url.is_some(),
            link: session.online_url.filter(|_| given).map(|link| link.as_str().to_owned()),
            speaker: session.speaker.map(|speaker| speaker.as_str().to_owned()),
            host,
            to_come: session.starts_at > caller.now(),
        }
    }
}

impl FactsShown {
    fn of(event: &Event, evaluation_required: bool) -> FactsShown {
        let admission = &event.admission;
        FactsShown {
            price: words::credits(event.price),
            participant_price: admission.participant_price.map(words::credits),
            capacity: event.capacity,
            held: event.held,
            waiting: event.waiting,
            opens: event.opens_at.map(words::moment),
            opens_full: admission.opens_at_full.map(words::moment),
            closes: event.closes_at.map(words::moment),
            minimum: event.minimum.zip(event.decide_by).map(|(least, day)| (least, words::day(day))),
            at_risk: event.state == State::Published && event.minimum.is_some_and(|least| event.held < least),
            max_per_school: admission.max_per_school,
            phases: admission.phases.iter().map(|phase| phase.label()).collect(),
            roles: admission.roles.iter().map(|role| role.label()).collect(),
            offer_hours: admission.offer_hours,
            threshold: event.attendance.threshold_percent,
            excused: Excused::label(event.attendance.excused),
            late_after: event.attendance.late_after_minutes,
            evaluation_required,
            cancelled_because: event.cancelled_because.as_ref().map(|why| why.as_str().to_owned()),
            steps: steps(&event.policy, event),
        }
    }
}
