//! An event changed. Where people have booked it, a page says first what the change means to them.

use askama::Template;

use super::facts::{self, Facts, Step};
use super::flaws::Wrong;
use super::make::Choices;
use super::manage::{self, of_path};
use crate::base::ids::EventId;
use crate::booking::{evaluations, organising};
use crate::ledger::Journal;
use crate::members::people::Role;
use crate::programme::programmes::catalogue::Entry;
use crate::programme::programmes::events::{Event, State};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::programme::head::{Head, way};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::MAKERS;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/events/{id}/edit", MAKERS, edit);
    pages.post("/events/{id}/edit", MAKERS, change);
}

#[derive(Template)]
#[template(path = "pages/programme/event_edit.html")]
struct Edit {
    shell: Shell,
    filled: Filled,
    head: Head,
    choices: Choices,
    steps: Vec<Step>,
    of_partner: bool,
}

async fn edit(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let (entry, event) = of_path(&caller, &mut tx).await?;
    let required = evaluations::required(&mut tx, caller.hub(), event.id).await?;
    drop(tx);
    show(&caller, &entry, facts::filled(&event, required)).await
}

async fn show(caller: &Caller, entry: &Entry, filled: Filled) -> Answer {
    let view = Edit {
        shell: Shell::of(caller, "Change the event", way(caller.role())).await?,
        head: Head::of(caller, entry, "edit"),
        choices: Choices::all(),
        steps: facts::steps(&filled),
        of_partner: caller.role() == Role::Partner,
        filled,
    };
    page(caller, &view).await
}

/// What a change means to those who have booked.
struct Meaning {
    held: i64,
    waiting: i64,
    price: Option<(String, String)>,
    policy: Option<Vec<manage::Step>>,
    more_places: Option<i64>,
    fewer_places: Option<i64>,
    title: Option<String>,
    attendance: bool,
    evaluation: Option<bool>,
    admission: bool,
    minimum: bool,
    window: bool,
}

impl Meaning {
    fn of(event: &Event, facts: &Facts, evaluation_required: bool) -> Meaning {
        let change = &facts.change;
        let capacity = change.capacity.unwrap_or(event.capacity);
        let price = change.price.filter(|price| *price != event.price);
        let policy = change.policy.as_ref().filter(|policy| **policy != event.policy);
        let title = change.title.as_ref().filter(|title| **title != event.title);
        let evaluation = facts.evaluation_required;
        let minimum = change.minimum.0.map(|least| least.map(|least| (least.delegates, least.decide_by)));
        Meaning {
            held: event.held,
            waiting: event.waiting,
            price: price.map(|price| (words::credits(event.price), words::credits(price))),
            policy: policy.map(|policy| manage::steps(policy, event)),
            more_places: (capacity > event.capacity).then(|| capacity - event.capacity),
            fewer_places: (capacity < event.capacity).then(|| event.capacity - capacity),
            title: title.map(|title| title.as_str().to_owned()),
            attendance: change.attendance.over(event.attendance) != event.attendance,
            evaluation: (evaluation != evaluation_required).then_some(evaluation),
            admission: change.admission.as_ref().is_some_and(|admission| *admission != event.admission),
            minimum: minimum != Some(event.minimum.zip(event.decide_by)),
            window: (change.opens_at.0, change.closes_at.0) != (Some(event.opens_at), Some(event.closes_at)),
        }
    }

    /// Whether there is anything to be said.
    fn says(&self) -> bool {
        self.price.is_some()
            || self.policy.is_some()
            || self.more_places.is_some()
            || self.fewer_places.is_some()
            || self.title.is_some()
            || self.attendance
            || self.evaluation.is_some()
            || self.admission
            || self.minimum
            || self.window
    }
}

#[derive(Template)]
#[template(path = "pages/programme/event_edit_sure.html")]
struct Sure {
    shell: Shell,
    head: Head,
    meaning: Meaning,
    typed: Vec<(String, String)>,
}

async fn change(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let (entry, event) = of_path(&caller, &mut tx).await?;
    let required = evaluations::required(&mut tx, caller.hub(), event.id).await?;
    drop(tx);
    let facts = match read(&form) {
        Ok(facts) => facts,
        Err(problem) => return show(&caller, &entry, form.again(problem)?).await,
    };
    if event.state == State::Published && event.held + event.waiting > 0 && !form.has("sure") {
        let meaning = Meaning::of(&event, &facts, required);
        if meaning.says() {
            // What would be refused is not asked about.
            return match caller.tried(async |journal| done(journal, &caller, event.id, &form, &facts).await).await {
                Err(problem) => refused(&caller, &form, &problem, required).await,
                Ok(()) => ask(&caller, &entry, &form, meaning).await,
            };
        }
    }
    match changed(&caller, event.id, &form, &facts).await {
        Err(problem) => refused(&caller, &form, &problem, required).await,
        done => done,
    }
}

/// The form again with why the change was refused, beside what stands there now.
async fn refused(caller: &Caller, form: &Form, problem: &Problem, required: bool) -> Answer {
    let (entry, event) = of_path(caller, &mut caller.read().await?).await?;
    let refused = form.refused(&facts::at_fields(problem)).beside(facts::filled(&event, required));
    show(caller, &entry, refused).await
}

async fn ask(caller: &Caller, entry: &Entry, form: &Form, meaning: Meaning) -> Answer {
    let shell = Shell::of(caller, "What this change means", way(caller.role())).await?;
    page(caller, &Sure { shell, head: Head::of(caller, entry, "edit"), meaning, typed: form.pairs() }).await
}

fn read(form: &Form) -> Result<Facts, Problem> {
    let mut wrong = Wrong::default();
    let facts = Facts::read(form, &mut wrong);
    wrong.refuse()?;
    facts.ok_or_else(Problem::not_found)
}

async fn done(journal: &mut Journal, caller: &Caller, id: EventId, form: &Form, facts: &Facts) -> Result<(), Problem> {
    let version = form.text("version").parse().unwrap_or_default();
    let (change, required) = (facts.change.clone(), Some(facts.evaluation_required));
    organising::change_event(journal, &caller.person, id, version, change, required, &[]).await?;
    Ok(())
}

async fn changed(caller: &Caller, id: EventId, form: &Form, facts: &Facts) -> Answer {
    caller
        .write(form.bytes(), async |journal| {
            done(journal, caller, id, form, facts).await?;
            Ok(Reply::see(&format!("/events/{id}/manage?done=saved")))
        })
        .await
}
