//! A new event of a programme, and a copy of an event on other dates.

use askama::Template;

use super::facts::{self, Facts, Step};
use super::flaws::Wrong;
use super::laying::{self, Meant};
use super::pattern::Every;
use super::rows::{self, Row};
use crate::base::credits::Credits;
use crate::base::ids::{EventId, ProgrammeId};
use crate::base::text::{Day, Email, Line};
use crate::booking::organising;
use crate::members::people::Role;
use crate::members::schools::Phase;
use crate::programme::programmes::Programme;
use crate::programme::programmes::attendance::Excused;
use crate::programme::programmes::events::NewEvent;
use crate::programme::programmes::policy::Basis;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::{Labelled, labelled, options};
use crate::web::pages::programme::head::{Head, way};
use crate::web::pages::programme::people::by_email;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::MAKERS;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/programmes/{id}/events/new", MAKERS, new);
    pages.post("/programmes/{id}/events/new", MAKERS, add);
    pages.get("/events/{id}/copy", MAKERS, ask_for_copy);
    pages.post("/events/{id}/copy", MAKERS, copy);
}

labelled!(Every {
    Day => "On every weekday";
    Week => "Every week";
    Fortnight => "Every two weeks";
    FourWeeks => "Every four weeks";
});

/// What the form of an event offers to choose from.
pub(super) struct Choices {
    pub(super) phases: Vec<(&'static str, &'static str)>,
    pub(super) roles: Vec<(&'static str, &'static str)>,
    pub(super) bases: Vec<(&'static str, &'static str)>,
    pub(super) units: Vec<(&'static str, &'static str)>,
    pub(super) excused: Vec<(&'static str, &'static str)>,
    pub(super) patterns: Vec<(&'static str, &'static str)>,
}

impl Choices {
    pub(super) fn all() -> Choices {
        let of_school = [Role::SchoolLead, Role::Teacher].map(|role| (role.word(), role.label()));
        Choices {
            phases: options::<Phase>(),
            roles: of_school.to_vec(),
            bases: options::<Basis>(),
            units: vec![("percent", "percent of the price"), ("credits", "credits")],
            excused: options::<Excused>(),
            patterns: options::<Every>(),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/programme/event_new.html")]
struct New {
    shell: Shell,
    filled: Filled,
    programme: (String, String),
    of_partner: bool,
    choices: Choices,
    steps: Vec<Step>,
    rows: Vec<Row>,
}

async fn new(call: Call) -> Answer {
    let caller = call.allow()?;
    let programme = of_path(&caller).await?;
    let mut filled = facts::blank();
    filled.put("title", programme.title.as_str());
    show(&caller, &programme, filled).await
}

pub(super) async fn of_path(caller: &Caller) -> Result<Programme, Problem> {
    Ok(organising::programme(&mut caller.read().await?, &caller.person, caller.id("id")?).await?)
}

async fn show(caller: &Caller, programme: &Programme, filled: Filled) -> Answer {
    let view = New {
        shell: Shell::of(caller, "Add an event", way(caller.role())).await?,
        programme: (programme.id.to_string(), programme.title.as_str().to_owned()),
        of_partner: caller.role() == Role::Partner,
        choices: Choices::all(),
        steps: facts::steps(&filled),
        rows: rows::rows(&filled),
        filled,
    };
    page(caller, &view).await
}

async fn add(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let programme = of_path(&caller).await?;
    let (form, wrong) = match laying::meant(form) {
        Meant::Again(filled) => return show(&caller, &programme, filled).await,
        Meant::Saved(form, wrong) => (form, wrong),
    };
    match added(&caller, programme.id, &form, wrong).await {
        Err(problem) => show(&caller, &programme, form.again(problem)?).await,
        done => done,
    }
}

async fn added(caller: &Caller, programme: ProgrammeId, form: &Form, mut wrong: Wrong) -> Answer {
    let facts = Facts::read(form, &mut wrong);
    let title = Line::parse(form.text("title")).ok();
    let mut typed = rows::read(form, title.as_ref(), &mut wrong);
    let hosts: Vec<Email> = typed.iter().filter_map(|row| row.host.clone()).collect();
    let people = by_email(&mut caller.read().await?, caller.hub(), &hosts).await?;
    rows::with_hosts(&mut typed, &people, &mut wrong);
    wrong.refuse()?;
    let facts = facts.ok_or_else(Problem::not_found)?;
    let change = facts.change.clone();
    let new = NewEvent {
        programme,
        title: change.title.clone().ok_or_else(Problem::not_found)?,
        capacity: change.capacity.unwrap_or_default(),
        price: change.price.unwrap_or(Credits::ZERO),
        opens_at: change.opens_at.over(None),
        closes_at: change.closes_at.over(None),
        policy: change.policy.clone().unwrap_or_default(),
        attendance: facts.attendance(),
        admission: change.admission.clone().unwrap_or_default(),
        minimum: change.minimum.over(None),
        sessions: typed.iter().map(|row| row.session.clone()).collect(),
    };
    let required = Some(facts.evaluation_required);
    let done = caller
        .write(form.bytes(), async |journal| {
            let event = organising::add_event(journal, &caller.person, new.clone(), required, &[]).await?;
            Ok(Reply::see(&format!("/events/{}/manage?done=event-added", event.id)))
        })
        .await;
    done.map_err(|problem| facts::at_fields(&rows::at_rows(&problem, &typed)))
}

#[derive(Template)]
#[template(path = "pages/programme/event_copy.html")]
struct CopyForm {
    shell: Shell,
    filled: Filled,
    head: Head,
}

async fn ask_for_copy(call: Call) -> Answer {
    let caller = call.allow()?;
    let entry = organising::event(&mut caller.read().await?, &caller.person, caller.id("id")?).await?;
    let filled = Filled::with([("title", entry.title.as_str().to_owned())]);
    copy_form(&caller, filled).await
}

async fn copy_form(caller: &Caller, filled: Filled) -> Answer {
    let entry = organising::event(&mut caller.read().await?, &caller.person, caller.id("id")?).await?;
    let shell = Shell::of(caller, "Copy to other dates", way(caller.role())).await?;
    page(caller, &CopyForm { shell, filled, head: Head::of(caller, &entry, "copy") }).await
}

#[derive(eserde::Deserialize)]
struct CopyFields {
    starts_on: Day,
    title: Option<Line>,
}

async fn copy(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match copied(&caller, &form).await {
        Err(problem) => copy_form(&caller, form.again(problem)?).await,
        done => done,
    }
}

async fn copied(caller: &Caller, form: &Form) -> Answer {
    let (id, CopyFields { starts_on, title }): (EventId, _) = (caller.id("id")?, form.read()?);
    caller
        .write(form.bytes(), async |journal| {
            let event = organising::copy_event(journal, &caller.person, id, starts_on.0, title.clone()).await?;
            Ok(Reply::see(&format!("/events/{}/manage?done=copied", event.id)))
        })
        .await
}
