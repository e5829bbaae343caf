//! A message to the CPD leads of all schools, or of some.

use askama::Template;

use super::shown::{Shown, send};
use crate::base::clock::london_date;
use crate::base::ids::{PersonId, SchoolId};
use crate::base::text::{Line, Prose};
use crate::booking::announcements::{self, Audience, Error, NewAnnouncement, To, listed};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::people;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::{Answer, Problem};
use crate::web::roles::MANAGER;

/// Where the form is, and is sent.
const HERE: &str = "/announcements/new";

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get(HERE, MANAGER, begin);
    pages.post(HERE, MANAGER, write);
}

#[derive(Template)]
#[template(path = "pages/announcements/leads.html")]
struct Leads {
    shell: Shell,
    filled: Filled,
    placeholders: String,
    schools: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "pages/announcements/leads_sure.html")]
struct Sure {
    shell: Shell,
    shown: Shown,
}

async fn begin(call: Call) -> Answer {
    show(&call.allow()?, Filled::default()).await
}

async fn show(caller: &Caller, filled: Filled) -> Answer {
    let today = london_date(caller.now());
    let mut schools = people::schools(&mut caller.read().await?, caller.hub(), today, "").await?;
    schools.retain(|(id, _)| !id.is_empty());
    let view = Leads {
        shell: Shell::of(caller, "Write to CPD leads", "/announcements").await?,
        filled,
        placeholders: listed(Audience::Leads),
        schools,
    };
    page(caller, &view).await
}

#[derive(eserde::Deserialize)]
struct Typed {
    school_ids: Option<Vec<SchoolId>>,
    subject: Line,
    words: Prose,
    person_id: Option<PersonId>,
}

fn read(form: &Form) -> Result<(NewAnnouncement, Option<PersonId>), Problem> {
    let Typed { school_ids, subject, words, person_id } = form.read()?;
    let new = NewAnnouncement::new(To::Leads(school_ids), subject, words).map_err(Error::Flawed)?;
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
    let (new, person) = read(form)?;
    if form.has("sure") {
        return send(caller, form, &new).await;
    }
    let mut tx = caller.read().await?;
    let preview = announcements::preview(&mut tx, caller.hub(), &new, person, caller.now()).await?;
    drop(tx);
    let shell = Shell::of(caller, "Look at it before it is sent", "/announcements").await?;
    page(caller, &Sure { shell, shown: Shown::of(caller, preview, form, (None, HERE.to_owned())) }).await
}
