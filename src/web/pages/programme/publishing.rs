//! A draft published: a page says first what that does, with the figures, since it can't be undone.

use askama::Template;

use super::head::{Head, way};
use crate::base::db::Tx;
use crate::base::ids::{EventId, ProgrammeId};
use crate::booking::{bookings, organising, saved_filters};
use crate::programme::programmes::catalogue::{self, Entry, View};
use crate::programme::programmes::{self, Stage, sessions};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::Labelled;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::MANAGER;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/events/{id}/publish", MANAGER, ask_for_event);
    pages.post("/events/{id}/publish", MANAGER, publish_event);
    pages.get("/programmes/{id}/publish", MANAGER, ask_for_programme);
    pages.post("/programmes/{id}/publish", MANAGER, publish_programme);
}

#[derive(Template)]
#[template(path = "pages/programme/event_publish.html")]
struct Event {
    shell: Shell,
    filled: Filled,
    head: Head,
    price: String,
    participant_price: Option<String>,
    capacity: i64,
    sessions: usize,
    opens: Option<String>,
    opens_full: Option<String>,
    closes: Option<String>,
    phases: Vec<&'static str>,
    roles: Vec<&'static str>,
    /// The programme, where it is a draft and is published too.
    programme: Option<String>,
    /// The partner who gives it.
    partner: Option<String>,
    /// How many people look for such an event.
    looking: usize,
    /// What is shown, as the form sends it back.
    shown: String,
}

async fn ask_for_event(call: Call) -> Answer {
    sure_of_event(&call.allow()?, Filled::default()).await
}

async fn sure_of_event(caller: &Caller, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let entry = organising::event(&mut tx, &caller.person, caller.id("id")?).await?;
    let programme = organising::programme(&mut tx, &caller.person, entry.programme_id).await?;
    let sessions = sessions::of_event(&mut tx, caller.hub(), entry.id).await?.len();
    let looking = saved_filters::looking(&mut tx, caller.hub(), &entry, caller.person.id, caller.now()).await?;
    drop(tx);
    let admission = &entry.admission;
    let view = Event {
        shell: Shell::of(caller, "Publish the event", way(caller.role())).await?,
        filled,
        head: Head::of(caller, &entry, "manage"),
        price: words::credits(entry.price),
        participant_price: admission.participant_price.map(words::credits),
        capacity: entry.capacity,
        sessions,
        opens: entry.opens_at.map(words::moment),
        opens_full: admission.opens_at_full.map(words::moment),
        closes: entry.closes_at.map(words::moment),
        phases: admission.phases.iter().map(|phase| phase.label()).collect(),
        roles: admission.roles.iter().map(|role| role.label()).collect(),
        programme: (programme.stage == Stage::Draft).then(|| programme.title.as_str().to_owned()),
        partner: entry.provider.partner_id.map(|_| entry.provider.name.as_str().to_owned()),
        looking,
        shown: shown(&entry, sessions),
    };
    page(caller, &view).await
}

/// What is shown of an event, as the form sends it back.
fn shown(entry: &Entry, sessions: usize) -> String {
    format!("{} {} {sessions} {} {}", entry.state, entry.version, entry.starts_at, entry.ends_at)
}

async fn publish_event(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match event_published(&caller, &form).await {
        Err(problem) => sure_of_event(&caller, form.again(problem)?).await,
        done => done,
    }
}

async fn event_published(caller: &Caller, form: &Form) -> Answer {
    let id: EventId = caller.id("id")?;
    caller
        .write(form.bytes(), async |journal| {
            let entry = organising::event(journal.tx(), &caller.person, id).await?;
            let sessions = sessions::of_event(journal.tx(), caller.hub(), id).await?.len();
            if shown(&entry, sessions) != form.text("shown") {
                return Err(bookings::Refusal::NotAsShown.into());
            }
            organising::publish_event(journal, id).await?;
            Ok(Reply::see(&format!("/events/{id}/manage?done=published")))
        })
        .await
}

#[derive(Template)]
#[template(path = "pages/programme/programme_publish.html")]
struct Programme {
    shell: Shell,
    filled: Filled,
    id: String,
    title: String,
    draft: bool,
    /// The partner who gives it.
    partner: Option<String>,
    /// How many events it has, which stay drafts.
    events: usize,
}

async fn ask_for_programme(call: Call) -> Answer {
    sure_of_programme(&call.allow()?, Filled::default()).await
}

async fn sure_of_programme(caller: &Caller, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let programme = organising::programme(&mut tx, &caller.person, caller.id("id")?).await?;
    let events = drafts(caller, &mut tx, programme.id).await?;
    drop(tx);
    let view = Programme {
        shell: Shell::of(caller, "Publish the programme", way(caller.role())).await?,
        filled,
        id: programme.id.to_string(),
        title: programme.title.as_str().to_owned(),
        draft: programme.stage == Stage::Draft,
        partner: programme.provider.partner_id.map(|_| programme.provider.name.as_str().to_owned()),
        events,
    };
    page(caller, &view).await
}

/// How many events a draft has: so many are read at most.
async fn drafts(caller: &Caller, tx: &mut Tx, programme: ProgrammeId) -> Result<usize, Problem> {
    let filter = catalogue::Filter { programme: Some(programme), ..catalogue::Filter::default() };
    Ok(catalogue::list(tx, caller.hub(), View::of(&caller.person), &filter, None, MOST).await?.len())
}

/// The most events of a draft that are counted.
const MOST: i64 = 500;

async fn publish_programme(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let id: ProgrammeId = caller.id("id")?;
    let done = caller
        .write(form.bytes(), async |journal| {
            programmes::publish(journal, id).await?;
            Ok(Reply::see(&format!("/programmes/{id}?done=published")))
        })
        .await;
    match done {
        Err(problem) => sure_of_programme(&caller, form.again(problem)?).await,
        done => done,
    }
}
