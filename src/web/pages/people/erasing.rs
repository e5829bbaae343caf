//! A person is erased, after a look at what goes and what must stay.

use askama::Template;

use super::shown::{Who, here};
use crate::base::ids::PersonId;
use crate::lifecycle::erasure::{self, Goes, Stays};
use crate::lifecycle::quote::Quote;
use crate::members::people;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::MANAGER;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/people/{id}/erase", MANAGER, show);
    pages.post("/people/{id}/erase", MANAGER, erase);
}

#[derive(Template)]
#[template(path = "pages/people/erase.html")]
struct Look {
    shell: Shell,
    filled: Filled,
    who: Who,
    erased_name: String,
    goes: Vec<Goes>,
    stays: Vec<Stays>,
    open: usize,
    quote: String,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    look(&caller, Filled::default()).await
}

async fn look(caller: &Caller, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let preview = erasure::preview(&mut tx, caller.hub(), caller.id("id")?).await?;
    let who = Who::of(&mut tx, caller, &preview.person).await?;
    drop(tx);
    let look = Look {
        shell: Shell::of(caller, format!("Erase {}", preview.person.name), here(caller)).await?,
        filled,
        who,
        erased_name: people::erased_name(preview.person.id).to_string(),
        goes: preview.goes(),
        stays: preview.stays(),
        open: preview.open,
        quote: preview.quote().as_str().to_owned(),
    };
    page(caller, &look).await
}

#[derive(eserde::Deserialize)]
struct Fields {
    quote: Quote,
}

async fn erase(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    let id: PersonId = caller.id("id")?;
    let done = match sent.read::<Fields>() {
        Ok(Fields { quote }) => {
            caller
                .write(sent.bytes(), async |journal| {
                    erasure::erase(journal, id, &quote).await?;
                    Ok(Reply::see(&format!("/people/{id}?done=erased")))
                })
                .await
        }
        Err(problem) => Err(problem),
    };
    match done {
        Err(problem) => look(&caller, sent.again(problem)?).await,
        answer => answer,
    }
}
