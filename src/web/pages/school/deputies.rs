//! Who decides in place of a school's lead, and when.

use askama::Template;

use super::choices::{self, Choices, Finding, crumb, here};
use crate::base::clock::london_date;
use crate::base::ids::PersonId;
use crate::base::text::Day;
use crate::members::people::{self, Deputy, Role};
use crate::members::schools::School;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::{HUB_AND_LEADS, MANAGER_AND_LEADS};
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/schools/{id}/deputies", HUB_AND_LEADS, show);
    pages.post("/schools/{id}/deputies", MANAGER_AND_LEADS, name);
    pages.post("/schools/{id}/deputies/{deputy_id}/end", MANAGER_AND_LEADS, end);
}

struct Row {
    name: String,
    person: String,
    from: String,
    until: String,
    state: &'static str,
    tone: &'static str,
    /// What ends it, where it is not over.
    end: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/school/deputies.html")]
struct List {
    shell: Shell,
    filled: Filled,
    crumb: (String, String),
    path: String,
    rows: Vec<Row>,
    people: Choices,
    finding: Finding,
    changes: bool,
}

#[derive(eserde::Deserialize)]
struct Fields {
    person_id: PersonId,
    starts_on: Option<Day>,
    ends_on: Day,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let school = seen::school(&caller, &mut caller.read().await?).await?;
    shown(&caller, &school, Filled::default()).await
}

/// The most deputations that the page shows, the newest first.
const MOST: usize = 100;

async fn shown(caller: &Caller, school: &School, filled: Filled) -> Answer {
    let (mut tx, today) = (caller.read().await?, london_date(caller.now()));
    let mut found = people::deputies(&mut tx, caller.hub(), school.id, None, 1000).await?;
    found.sort_by_key(|deputy| std::cmp::Reverse(deputy.ends_on));
    found.truncate(MOST);
    let people = choices::of_people(&mut tx, caller, school.id).await?;
    drop(tx);
    let path = format!("/schools/{}/deputies", school.id);
    let row = |deputy: Deputy| {
        let (state, tone) = match (deputy.starts_on > today, deputy.ends_on < today) {
            (true, _) => ("To come", ""),
            (_, true) => ("Over", ""),
            _ => ("Now", "good"),
        };
        Row {
            name: deputy.person_name.to_string(),
            person: format!("/people/{}", deputy.person_id),
            from: words::day(deputy.starts_on),
            until: words::day(deputy.ends_on),
            state,
            tone,
            end: (deputy.ends_on >= today).then(|| format!("{path}/{}/end", deputy.id)),
        }
    };
    let rows = found.into_iter().map(row).collect();
    let list = List {
        shell: Shell::of(caller, "Deputies", here(caller)).await?,
        filled: filled.or("starts_on", today.to_string()),
        crumb: crumb(school),
        finding: people.on(&path, ""),
        path,
        rows,
        people: people.people,
        changes: caller.role() != Role::HubViewer,
    };
    page(caller, &list).await
}

async fn name(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let school = seen::school(&caller, &mut caller.read().await?).await?;
    match named(&caller, &school, &sent).await {
        Err(problem) => shown(&caller, &school, sent.again(problem)?).await,
        answer => answer,
    }
}

async fn named(caller: &Caller, school: &School, sent: &Form) -> Answer {
    let Fields { person_id, starts_on, ends_on } = sent.read()?;
    let starts_on = starts_on.map_or_else(|| london_date(caller.now()), |Day(day)| day);
    caller
        .write(sent.bytes(), async |journal| {
            people::name_deputy(journal, school.id, person_id, starts_on, ends_on.0).await?;
            Ok(Reply::see(&format!("/schools/{}/deputies?done=deputy-named", school.id)))
        })
        .await
}

async fn end(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let school = seen::school(&caller, &mut caller.read().await?).await?.id;
    let deputy = caller.id("deputy_id")?;
    caller
        .write(sent.bytes(), async |journal| {
            people::dismiss_deputy(journal, school, deputy).await?;
            Ok(Reply::see(&format!("/schools/{school}/deputies?done=deputy-ended")))
        })
        .await
}
