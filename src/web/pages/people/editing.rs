//! A person's name, and the address of somebody who has not signed in yet.

use askama::Template;

use super::shown::{Who, here};
use crate::base::text::{Email, Line};
use crate::booking::certificates;
use crate::members::people::{self, Person, addresses};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form, Whole};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::MANAGER_AND_LEADS;
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/people/{id}/edit", MANAGER_AND_LEADS, show);
    pages.post("/people/{id}/edit", MANAGER_AND_LEADS, change);
}

#[derive(Template)]
#[template(path = "pages/people/edit.html")]
struct Edit {
    shell: Shell,
    who: Who,
    filled: Filled,
    signed_in: bool,
}

#[derive(eserde::Deserialize)]
struct Fields {
    name: Line,
    email: Option<Email>,
    version: Whole,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let person = seen::person(&caller, &mut caller.read().await?).await?;
    form(&caller, &person, Filled::default()).await
}

async fn change(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let person = seen::person(&caller, &mut caller.read().await?).await?;
    match changed(&caller, &person, &sent).await {
        Err(problem) => form(&caller, &person, sent.again(problem)?).await,
        answer => answer,
    }
}

async fn changed(caller: &Caller, person: &Person, sent: &Form) -> Answer {
    let Fields { name, email, version } = sent.read()?;
    let email = email.filter(|email| *email != person.email);
    caller
        .write(sent.bytes(), async |journal| {
            let person = seen::person(caller, journal.tx()).await?;
            if person.name != name {
                certificates::rename(journal, person.id, version.0, name.clone()).await?;
            }
            if let Some(email) = &email {
                addresses::correct(journal, person.id, email.clone()).await?;
            }
            Ok(Reply::see(&format!("/people/{}?done=person-changed", person.id)))
        })
        .await
}

async fn form(caller: &Caller, person: &Person, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let signed_in = !people::signing_in(&mut tx, caller.hub(), &[person.id]).await?.is_empty();
    let who = Who::of(&mut tx, caller, person).await?;
    drop(tx);
    let filled = filled
        .or("name", person.name.as_str())
        .or("email", person.email.as_str())
        .or("version", person.version.to_string());
    let shell = Shell::of(caller, format!("Change {}", person.name), here(caller)).await?;
    page(caller, &Edit { shell, who, filled, signed_in }).await
}
