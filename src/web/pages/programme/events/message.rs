//! A message to the delegates of an event: written, looked at as one of them gets it, sent.

use askama::Template;

use super::manage::of_path;
use crate::base::ids::{EventId, PersonId};
use crate::base::text::{Line, Prose};
use crate::booking::announcements::{self, Audience, Error, NewAnnouncement, To, Which, listed};
use crate::web::call::{Call, Caller};
use crate::web::pages::announcements::{Row, Shown, rows_of_event, send};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::labels::options;
use crate::web::pages::programme::head::{Head, way};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::{Answer, Problem};
use crate::web::roles::MANAGER;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/events/{id}/message", MANAGER, begin);
    pages.post("/events/{id}/message", MANAGER, write);
}

#[derive(Template)]
#[template(path = "pages/programme/event_message.html")]
struct Writing {
    shell: Shell,
    filled: Filled,
    head: Head,
    placeholders: String,
    whom: Vec<(&'static str, &'static str)>,
    /// What was sent to its delegates before.
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "pages/programme/event_message_sure.html")]
struct Sure {
    shell: Shell,
    head: Head,
    shown: Shown,
}

async fn begin(call: Call) -> Answer {
    show(&call.allow()?, Filled::default()).await
}

async fn show(caller: &Caller, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let (entry, event) = of_path(caller, &mut tx).await?;
    let rows = rows_of_event(caller, &mut tx, event.id).await?;
    drop(tx);
    let view = Writing {
        shell: Shell::of(caller, "Write to the delegates", way(caller.role())).await?,
        filled,
        head: Head::of(caller, &entry, "message"),
        placeholders: listed(Audience::Delegates),
        whom: options::<Which>(),
        rows,
    };
    page(caller, &view).await
}

#[derive(eserde::Deserialize)]
struct Typed {
    delegates: Which,
    subject: Line,
    words: Prose,
    person_id: Option<PersonId>,
}

fn read(caller: &Caller, form: &Form) -> Result<(NewAnnouncement, Option<PersonId>), Problem> {
    let id: EventId = caller.id("id")?;
    let Typed { delegates, subject, words, person_id } = form.read()?;
    let new = NewAnnouncement::new(To::Delegates(id, delegates), subject, words).map_err(Error::Flawed)?;
    Ok((new, person_id))
}

async fn write(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    if form.has("change") {
        return show(&caller, form.typed()).await;
    }
    match look(&caller, &form).await {
        Err(problem) => show(&caller, form.again(problem)?).await,
        done => done,
    }
}

/// Shows it as one of them gets it, or sends it where that was looked at.
async fn look(caller: &Caller, form: &Form) -> Answer {
    let (new, person) = read(caller, form)?;
    if form.has("sure") {
        return send(caller, form, &new).await;
    }
    let mut tx = caller.read().await?;
    let (entry, event) = of_path(caller, &mut tx).await?;
    let preview = announcements::preview(&mut tx, caller.hub(), &new, person, caller.now()).await?;
    drop(tx);
    let view = Sure {
        shell: Shell::of(caller, "Look at it before it is sent", way(caller.role())).await?,
        head: Head::of(caller, &entry, "message"),
        shown: Shown::of(caller, preview, form, (Some(&entry.title), format!("/events/{}/message", event.id))),
    };
    page(caller, &view).await
}
