//! Two records of one person become one: the other is looked for, what goes over is looked at, and it is done.

use askama::Template;

use super::shown::{Open, Who, here};
use crate::base::ids::PersonId;
use crate::base::text::Line;
use crate::lifecycle::merging::{self, Counts, Preview};
use crate::lifecycle::quote::Quote;
use crate::members::people::{self, Filter, Person};
use crate::members::schools;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form, asked, query};
use crate::web::pages::labels::Labelled;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::MANAGER;
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/people/{id}/merge", MANAGER, show);
    pages.post("/people/{id}/merge", MANAGER, merge);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    text: Option<Line>,
    with: Option<PersonId>,
}

/// Another record, which may be of the same person.
struct Other {
    path: String,
    name: String,
    email: String,
    role: &'static str,
    school: String,
}

#[derive(Template)]
#[template(path = "pages/people/merge.html")]
struct Find {
    shell: Shell,
    filled: Filled,
    who: Who,
    others: Vec<Other>,
}

#[derive(Template)]
#[template(path = "pages/people/merge_preview.html")]
struct Look {
    shell: Shell,
    who: Who,
    kept: Vec<String>,
    absorbed: Vec<String>,
    with: String,
    quote: String,
    counts: Vec<(&'static str, i64)>,
    needs: bool,
    bookings: Vec<Open>,
    conflicts: Vec<Open>,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let person = seen::person(&caller, &mut caller.read().await?).await?;
    let Query { with, text } = query(caller.uri())?;
    let Some(with) = with else {
        let words = text.as_ref().unwrap_or(&person.name).clone();
        return find(&caller, &person, words, Filled::default()).await;
    };
    let preview = merging::preview(&mut caller.read().await?, caller.hub(), person.id, with).await;
    match preview.map_err(|error| Problem::of_merge(error, "/")) {
        Ok(preview) => look(&caller, preview).await,
        Err(problem) => find(&caller, &person, person.name.clone(), asked(caller.uri()).again(problem)?).await,
    }
}

#[derive(eserde::Deserialize)]
struct Fields {
    with: PersonId,
    quote: Quote,
}

async fn merge(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let id: PersonId = caller.id("id")?;
    let done = match sent.read::<Fields>() {
        Ok(Fields { with, quote }) => {
            caller
                .write(sent.bytes(), async |journal| {
                    let merged = merging::merge(journal, caller.vault(), id, with, &quote).await;
                    merged.map_err(|error| Problem::of_merge(error, "/"))?;
                    Ok(Reply::see(&format!("/people/{id}?done=merged")))
                })
                .await
        }
        Err(problem) => Err(problem),
    };
    match done {
        Err(problem) => {
            let person = seen::person(&caller, &mut caller.read().await?).await?;
            find(&caller, &person, person.name.clone(), sent.again(problem)?).await
        }
        answer => answer,
    }
}

/// The most records that are offered.
const MOST: i64 = 30;

async fn find(caller: &Caller, person: &Person, words: Line, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let filter = Filter { text: Some(words.clone()), ..Filter::default() };
    let mut found = people::list(&mut tx, caller.hub(), &filter, None, MOST).await?;
    found.retain(|other| other.id != person.id && other.erased_at.is_none());
    let of: Vec<_> = found.iter().filter_map(|other| other.school_id).collect();
    let names = schools::names(&mut tx, caller.hub(), &of).await?;
    let who = Who::of(&mut tx, caller, person).await?;
    drop(tx);
    let other = |other: Person| Other {
        path: format!("{}/merge?with={}", who.path, other.id),
        role: other.role.label(),
        school: other.school_id.and_then(|id| names.get(&id)).map(|(_, name)| name.to_string()).unwrap_or_default(),
        name: other.name.to_string(),
        email: other.email.to_string(),
    };
    let others = found.into_iter().map(other).collect();
    let shell = Shell::of(caller, format!("Merge records of {}", person.name), here(caller)).await?;
    page(caller, &Find { shell, filled: filled.or("text", words.as_str()), who, others }).await
}

async fn look(caller: &Caller, preview: Preview) -> Answer {
    let mut tx = caller.read().await?;
    let who = Who::of(&mut tx, caller, &preview.kept).await?;
    drop(tx);
    let quote = preview.quote().as_str().to_owned();
    let Preview { kept, absorbed, counts, conflicts, bookings, needs } = preview;
    let look = Look {
        shell: Shell::of(caller, format!("Merge records of {}", kept.name), here(caller)).await?,
        who,
        kept: lines(&kept),
        absorbed: lines(&absorbed),
        with: absorbed.id.to_string(),
        quote,
        counts: counted(&counts),
        needs,
        bookings: Open::all(&bookings),
        conflicts: Open::all(&conflicts),
    };
    page(caller, &look).await
}

fn lines(person: &Person) -> Vec<String> {
    vec![person.name.to_string(), person.email.to_string(), person.role.label().to_owned()]
}

/// What goes over, where there is any of it.
fn counted(counts: &Counts) -> Vec<(&'static str, i64)> {
    let Counts { bookings, certificates, evaluations, tickets, notices, messages, sessions, deputations } = *counts;
    let all = [
        ("Bookings, past and present", bookings),
        ("Certificates", certificates),
        ("Evaluations", evaluations),
        ("Tickets", tickets),
        ("Notices", notices),
        ("Messages to other schools", messages),
        ("Sessions that they host", sessions),
        ("Times as deputy", deputations),
    ];
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}
