//! The access and dietary needs of an event's delegates, for its organiser alone.

use askama::Template;

use super::head::{Head, way};
use crate::base::ids::PersonId;
use crate::booking::needs::{self, OfDelegate};
use crate::booking::organising;
use crate::web::call::Call;
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::Answer;
use crate::web::reply::{Limit, next_page};
use crate::web::roles::MAKERS_AND_LEADS;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/events/{id}/needs", MAKERS_AND_LEADS, list);
}

#[derive(eserde::Deserialize)]
struct Query {
    after: Option<String>,
}

/// The needs of one delegate.
struct Row {
    name: String,
    school: String,
    access: Option<String>,
    dietary: Option<String>,
    unreadable: bool,
}

impl Row {
    fn of(of: OfDelegate) -> Row {
        let unreadable = of.needs.is_none();
        let (access, dietary) = of.needs.map_or((None, None), |needs| (needs.access, needs.dietary));
        Row {
            name: of.person_name.as_str().to_owned(),
            school: of.school_name.as_str().to_owned(),
            access: access.map(|words| words.as_str().to_owned()),
            dietary: dietary.map(|words| words.as_str().to_owned()),
            unreadable,
        }
    }
}

#[derive(Template)]
#[template(path = "pages/programme/needs.html")]
struct Needs {
    shell: Shell,
    head: Head,
    rows: Vec<Row>,
    next: Option<String>,
}

async fn list(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { after } = asked_for(&caller)?;
    let (after, limit): (Option<PersonId>, _) = (place_after(&caller, after.as_deref()), Limit::default());
    let mut tx = caller.read().await?;
    let entry = organising::organised(&mut tx, &caller.person, caller.id("id")?).await?;
    let of = (caller.hub(), entry.id);
    let mut found = needs::of_event(&mut tx, caller.vault(), of, caller.now(), after, limit.and_one()).await?;
    drop(tx);
    let next = next_page(&mut found, limit, caller.uri(), |last| last.person_id);
    let view = Needs {
        shell: Shell::of(&caller, "Needs of the delegates", way(caller.role())).await?,
        head: Head::of(&caller, &entry, "needs"),
        rows: found.into_iter().map(Row::of).collect(),
        next,
    };
    page(&caller, &view).await
}
